# A pytest expert asks: does it behave as my other suites, with markers, workers, --lf and JUnit?
# The last screen runs again what failed, and names each control.
code=0
pytest --pyargs pdsec_checks --pd-replay demo -m "critical and soc2" -n 2 --junitxml junit.xml || code=$?
test "$code" -eq 1
code=0
pytest --pyargs pdsec_checks --pd-replay demo -m "critical and soc2" --lf || code=$?
test "$code" -eq 1
grep -o 'testcase [^>]*name="PD-05 [^"]*PQMGH6WN\]' junit.xml
