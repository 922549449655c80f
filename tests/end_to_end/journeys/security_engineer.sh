# A security engineer with a read-only key asks: is this account safe, and what do I do first?
# The last screen names at most five fails, what each costs, and how to fix it.
pagerduty-sec-inspector doctor
code=0
pagerduty-sec-inspector --severity critical --format html,json --output reports/ || code=$?
test "$code" -eq 1
