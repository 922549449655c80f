"""Where a recording is from: the host of the API, whatever stood between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pdsec_checks.pagerduty.recordings import recording
from pdsec_checks.pagerduty.recordings.origin import THIS_MACHINE, Origin, origin_of, spelled
from pdsec_checks.pagerduty.recordings.redaction import Redactor
from tests.simulator import accounts, run
from tests.simulator.record import AS_OF
from tests.support.calls import run_command
from tests.support.tapes import plain_of, replayed, tape

US, EU = "https://api.pagerduty.com", "https://api.eu.pagerduty.com"
UNKNOWN = "https://unknown.example.invalid"
GATEWAY = "https://gateway.corp.example/pagerduty"


@pytest.mark.parametrize(
    ("asked", "pages", "configured", "expected"),
    [
        (US, "acme.pagerduty.com", "", Origin(US, "us")),
        (EU, None, "", Origin(EU, "eu")),
        ("http://localhost:8080", "acme.pagerduty.com", "", Origin(US, "us", THIS_MACHINE)),
        ("http://127.0.0.1:8080", "acme.eu.pagerduty.com", "", Origin(EU, "eu", THIS_MACHINE)),
        ("https://[::1]:8080", "acme.eu.pagerduty.com", "us", Origin(EU, "eu", THIS_MACHINE)),
        ("http://localhost:8080", None, "eu", Origin(EU, "eu", THIS_MACHINE)),
        ("http://localhost:8080", None, "", Origin(UNKNOWN, "", THIS_MACHINE)),
        ("http://localhost", "acme.ap.pagerduty.com", "", Origin(UNKNOWN, "", THIS_MACHINE)),
        (GATEWAY, "acme.eu.pagerduty.com", "", Origin(GATEWAY, "eu")),
        (GATEWAY, None, "", Origin(GATEWAY, "")),
    ],
)
def test_the_host_is_that_of_the_api(
    asked: str, pages: str | None, configured: str, expected: Origin
) -> None:
    """Answers tell it before the configuration does; where neither does, nothing is made up."""
    assert origin_of(asked, pages, configured, None) == expected


def test_a_gateway_has_a_pseudonym_where_everything_private_has() -> None:
    """PagerDuty's own host is no secret; that of an organisation's gateway is."""
    redactor = Redactor(b"key")
    found = origin_of(GATEWAY, "acme.pagerduty.com", "", redactor)

    assert found == Origin(f"https://{redactor.token(GATEWAY)}.example.invalid", "us")
    assert origin_of(EU, None, "", redactor) == Origin(EU, "eu")
    assert origin_of("http://localhost", None, "us", redactor) == Origin(US, "us", THIS_MACHINE)


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("HTTPS://API.PagerDuty.com:443/", US),
        ("https://Gateway.Example:8443/pd/", "https://gateway.example:8443/pd"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
    ],
)
def test_an_address_is_spelled_as_requests_spell_it(base_url: str, expected: str) -> None:
    """A replay looks answers up by it."""
    assert spelled(base_url) == expected


CONTROLS = ("PD-05", "PD-07", "PD-14")


@pytest.mark.parametrize("flags", [{}, {"pd_no_redact": True}], ids=["pseudonyms", "as it is"])
def test_no_recording_names_an_address_of_this_machine(
    tmp_path: Path, flags: dict[str, Any]
) -> None:
    """Each request and the header have the API's own host, and a replay finds every answer."""
    with run(accounts.small(AS_OF)) as simulator:
        live = tape(simulator, tmp_path / "tape.yaml", CONTROLS, **flags)
    plain = plain_of(tmp_path / "tape.yaml")
    header = recording.requests_on(str(tmp_path / "tape.yaml"))[0]

    assert {each["request"]["uri"].partition(".com/")[0] for each in plain["interactions"]} == {
        "https://api.pagerduty"
    }
    assert (header.host, header.region, header.through) == ("api.pagerduty.com", "us", THIS_MACHINE)
    assert header.base_url == US
    assert simulator.url not in (tmp_path / "tape.yaml").read_text("utf-8")
    assert replayed(tmp_path / "tape.yaml", CONTROLS) == live


def test_the_path_of_a_proxy_is_no_path_of_the_api(tmp_path: Path) -> None:
    """What stands before the API's paths belongs to the address, and goes with it."""
    with run(accounts.small(AS_OF)) as simulator:
        simulator.url += "/proxy"  # which the simulator answers with 404
        tape(simulator, tmp_path / "tape.json", names=["users"])
    header, paths = recording.requests_on(str(tmp_path / "tape.json"))

    assert header.base_url == UNKNOWN
    assert paths == ["/users"]


def test_the_region_of_a_recording_is_that_of_its_replay(tmp_path: Path) -> None:
    """An account of the EU is one in its recording, through whatever it was read."""
    account = accounts.small(AS_OF)
    for each in [*account.users, *account.services]:
        each["html_url"] = each["html_url"].replace(".pagerduty.com", ".eu.pagerduty.com")
    with run(account) as simulator:
        run_command(
            tmp_path, "--record=tape.json", "--no-redact", "--controls=22", simulator=simulator
        )
    shown = run_command(tmp_path, "recordings", "show", "tape.json").out
    report = run_command(tmp_path, "--replay=tape.json", "--output=inspection.json").report

    assert "host        api.eu.pagerduty.com" in shown
    assert "region      eu" in shown
    assert f"through     {THIS_MACHINE}" in shown
    assert report["account"]["base_url"] == EU
    assert {name: report["scope"][name] for name in ("host", "region", "through")} == {
        "host": "api.eu.pagerduty.com",
        "region": "eu",
        "through": THIS_MACHINE,
    }
