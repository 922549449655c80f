# A CI owner asks: what broke since last week? What was red before must not stop the pipeline.
# The last screen names what is new, then what is worse; what was red before comes last and is only
# counted by diff. Each exit code says the same. $LAST_WEEK is a recording of last week's account.
code=0
pagerduty-sec-inspector --replay "$LAST_WEEK" --controls 2,5,22 --format json --output last-week.json --quiet || code=$?
test "$code" -eq 1
code=0
pagerduty-sec-inspector --controls 2,5,22 --format json,sarif --output reports/ --baseline last-week.json || code=$?
test "$code" -eq 1
code=0
pagerduty-sec-inspector --controls 2,5,22 --format json --output again.json --baseline reports/inspection.json --quiet || code=$?
test "$code" -eq 0
code=0
pagerduty-sec-inspector diff last-week.json reports/inspection.json || code=$?
test "$code" -eq 1
