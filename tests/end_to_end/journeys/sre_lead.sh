# An SRE lead asks: who is not reached at night, and what exactly do I change?
# The last screen is the fix of each on-call fail, with ids and the way through the web app.
code=0
pagerduty-sec-inspector --replay demo --controls 7,8,17,18 --format json --output on-call.json || code=$?
test "$code" -eq 1
pagerduty-sec-inspector fixes --report on-call.json --as text
