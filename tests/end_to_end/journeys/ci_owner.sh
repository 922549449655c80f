# A CI owner asks: what broke since last week? What was red before must not stop the pipeline.
# The last screen names what is new and nothing else, and the exit code is stable.
pagerduty-sec-inspector --replay demo-compliant --controls 5,22 --format json --output last-week.json
pagerduty-sec-inspector --replay demo --controls 5,22 --format json,sarif --output reports/ \
    --baseline last-week.json || code=$?
test "$code" -eq 1
pagerduty-sec-inspector --replay demo --controls 5,22 --format json --output again.json \
    --baseline reports/inspection.json
pagerduty-sec-inspector diff last-week.json reports/inspection.json || code=$?
test "$code" -eq 1
