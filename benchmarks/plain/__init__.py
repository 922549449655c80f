"""What an inspection is held against: the same facts and verdicts, as a script would get them.

No framework, no pytest, no checks of what PagerDuty sends: ``requests``, and functions over the
dictionaries that come back. It is right about accounts whose records are whole, and about no
others: what it saves is what an inspection spends on telling absent data from compliance.
"""
