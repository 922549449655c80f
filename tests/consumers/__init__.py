"""What other programs show of our reports: a module for each program, with its rows of the table.

``rows()`` of a module gives a report to the program, or follows the program's written rule where
the program itself cannot be had, and returns what it shows beside what we say. It calls
``pytest.skip`` where the program is not installed.
"""
