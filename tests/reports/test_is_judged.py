"""Whether everything was judged: SARIF, HDF, OCSF, JUnit and the exit code say the same."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.finding import Finding
from pdsec_checks.model import Status
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.reports import render
from pdsec_checks.reports.report import exit_code
from tests.simulator import Fault, Simulator, accounts, run
from tests.support import reading
from tests.support.calls import run_pytest
from tests.support.findings import a_report, any_findings, refused_audit_trail
from tests.support.judged import NOW


def says_sarif(text: str) -> bool:
    """Tell whether a SARIF log says that the execution was successful."""
    (invocation,) = json.loads(text)["runs"][0]["invocations"]
    return bool(invocation["executionSuccessful"])


def says_hdf(text: str) -> bool:
    """Tell whether no result of an HDF file is one that could not be judged."""
    return not any(
        result["status"] == "error" or "could not be judged" in json.dumps(result)
        for control in json.loads(text)["profiles"][0]["controls"]
        for result in control["results"]
    )


def says_ocsf(text: str) -> bool:
    """Tell whether no OCSF event has the verdict of an error."""
    events = map(json.loads, text.splitlines())
    return not any(each["compliance"]["status"] == "Error" for each in events)


def says_junit(text: str) -> bool:
    """Tell whether JUnit's XML has no error."""
    return ET.XML(text).find(".//error") is None


FORMATS = {"sarif": says_sarif, "hdf": says_hdf, "ocsf": says_ocsf}


@settings(max_examples=30)
@given(findings=any_findings(), is_refused=st.booleans(), stopped=st.booleans())
def test_the_formats_agree_whatever_was_found(
    *, findings: list[Finding], is_refused: bool, stopped: bool
) -> None:
    """An error, or a stop, is why not all was judged; a path that nothing needed is not."""
    unread = [refused_audit_trail()] if is_refused else []
    selected = sorted({each.control for each in findings} | ({"PD-25"} if stopped else set()))
    rest = [each for each in findings if not (stopped and each.control == "PD-25")]
    report = a_report(*rest, selected=selected, unread=unread, complete=not stopped)
    is_judged = not stopped and not any(each.status is Status.ERROR for each in findings)

    assert report.is_judged is is_judged
    assert {name: says(render(name, report)) for name, says in FORMATS.items()} == dict.fromkeys(
        FORMATS, is_judged
    )
    code = exit_code(report, NOW, strict=False)
    assert code is not (ExitCode.NOT_JUDGED if is_judged else ExitCode.PASSED)


@pytest.fixture(scope="module", params=["demo_compliant", reading.in_ci("demo")])
def served(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A running account, of which a test may refuse a part."""
    with run(accounts.NAMED[request.param]) as simulator:
        yield simulator


PATHS = sorted({each.path for each in DATA_SETS.values()})
QUICK = {("/users", 403), ("/audit/records", 402)}
INJURIES = [
    pytest.param(path, status) if (path, status) in QUICK else reading.in_ci(path, status)
    for path in PATHS
    for status in (402, 403)
]


@pytest.mark.parametrize(("path", "status"), [pytest.param("", 0, id="nothing"), *INJURIES])
def test_a_run_says_the_same_five_times(
    served: Simulator, path: str, status: int, tmp_path: Path
) -> None:
    """Whichever path is refused, or not in the plan: files and exit code agree about the run."""
    faults = [Fault(path.replace("{id}", "*"), "status", status=status)] if path else []
    served.faults[:] = faults
    asked = [f"--pd-{name}={name}" for name in FORMATS]
    ended = run_pytest(
        tmp_path, *asked, "--pd-json=inspection.json", "--junitxml=junit", simulator=served
    )
    files = {"junit": says_junit, **FORMATS}
    said = {name: says((tmp_path / name).read_text("utf-8")) for name, says in files.items()}

    counts = ended.report["summary"]["status"]
    assert said == dict.fromkeys(files, not counts["error"])
    unfailed = ExitCode.NOT_JUDGED if counts["error"] else ExitCode.PASSED
    assert ended.code == (ExitCode.FAILED if counts["fail"] else unfailed), ended.text
    if not path:
        assert not counts["error"]
