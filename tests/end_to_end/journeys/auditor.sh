# An auditor without a key asks: what was looked at, by whom, and what could nobody judge?
# The last screen has scope, evidence of when, score with its formula, and what needs a person.
pagerduty-sec-inspector recordings show demo-compliant
pagerduty-sec-inspector --replay demo-compliant --framework soc2 \
    --format html,csv,oscal,markdown --output evidence/
