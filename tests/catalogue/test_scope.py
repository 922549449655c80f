"""The scope of a run: which controls of all, by what thresholds, with which decisions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pdsec_checks.catalogue.controls import shipped_extended
from pdsec_checks.catalogue.scope import Changed, InForce, Scope, scope_of
from pdsec_checks.configuration.settings import load_settings
from pdsec_checks.model import Severity
from tests.support.findings import controls

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WRITTEN = {each.id: each.severity for each in controls().values()}
CORE = WRITTEN.keys() - shipped_extended()
FILE = """
[baseline]
max_admin_percent = 100
critical_services = ["Checkout*"]

[[waivers]]
control = "PD-22"
resource = "PBBBBBB"
reason = "retired service"
approved_by = "head of operations"
expires = 2026-12-20

[[waivers]]
control = "PD-22"
resource = "PCCCCCC"
reason = "it was over before"
approved_by = "head of operations"
expires = 2026-11-22

[[waivers]]
control = "PD-23"
resource = "PBBBBBB"
reason = "of a control that nobody selected"
approved_by = "head of operations"
expires = 2026-12-20

[[attestations]]
control = "PD-01"
who = "head of security"
when = 2026-10-01
until = 2027-01-31
statement = "the identity provider refuses everybody else"
"""


def a_scope(folder: Path, *names: str, as_of: datetime | None = NOW, **told: Any) -> Scope:
    """Return the scope of a run over some controls, with the configuration above."""
    (folder / "pdsec.toml").write_text(FILE, encoding="utf-8")
    settings = load_settings(told, {}, folder)
    baseline = msgspec.json.decode(msgspec.json.encode(settings.decided.baseline))
    chosen = [controls()[name] for name in names]
    return scope_of(chosen, WRITTEN, settings, baseline, as_of, "account key")


def test_every_control_is_selected_or_not(tmp_path: Path) -> None:
    """The two lists together hold each control there is, once and in order."""
    scope = a_scope(tmp_path, "PD-22", "PD-01")

    assert scope.selected == ("PD-01", "PD-22")
    assert sorted([*scope.selected, *scope.not_selected]) == sorted(CORE)
    assert scope.every_control == len(CORE)
    assert scope.controls_set == "core"


def test_extended_set_has_every_control(tmp_path: Path) -> None:
    """A control of the extended set counts where the set was chosen, and where it was named."""
    extended = a_scope(tmp_path, "PD-01", pd_controls_set="extended")
    named = a_scope(tmp_path, "PD-26", pd_controls="26")

    assert sorted([*extended.selected, *extended.not_selected]) == sorted(WRITTEN)
    assert extended.controls_set == "extended"
    assert (named.selected, named.controls_set) == (("PD-26",), "core")
    assert sorted(named.not_selected) == sorted(CORE)


@pytest.mark.parametrize(
    ("written", "told"), [("100", "100"), ("100.0", "100"), ("0.0", "0"), ("33.5", "33.5")]
)
def test_a_percentage_is_told_as_people_write_it(tmp_path: Path, written: str, told: str) -> None:
    """A whole number has no decimals, in whatever form the file has it."""
    (tmp_path / "pdsec.toml").write_text(f"[baseline]\nmax_admin_percent = {written}\n")
    baseline = load_settings({}, {}, tmp_path).decided.baseline

    assert msgspec.json.encode(baseline.max_admin_percent).decode() == told


def test_thresholds_that_people_chose_stand_beside_the_default(tmp_path: Path) -> None:
    """A loosened threshold is seen by whoever did not write the configuration."""
    assert a_scope(tmp_path, "PD-01").changed == (
        Changed("critical_services", ["Checkout*"], []),
        Changed("max_admin_percent", 100, 10),
    )


def test_decisions_count_for_a_day_and_for_selected_controls(tmp_path: Path) -> None:
    """What has expired, or is about a control that was not selected, is not in force."""
    scope = a_scope(tmp_path, "PD-01", "PD-22")

    assert scope.waivers == (
        InForce("PD-22", "PBBBBBB", "2026-12-20", "head of operations", "retired service"),
    )
    assert [(each.control, each.by) for each in scope.attestations] == [
        ("PD-01", "head of security")
    ]


def test_no_decision_counts_where_nobody_knows_the_day(tmp_path: Path) -> None:
    """Where the clocks contradict each other no waiver is applied, and so none is in force."""
    scope = a_scope(tmp_path, "PD-22", as_of=None)

    assert (scope.waivers, scope.attestations) == ((), ())


@pytest.mark.parametrize("selected", [("PD-02", "PD-05", "PD-22"), ("PD-22",), ()])
def test_a_changed_severity_is_told_whatever_was_selected(
    tmp_path: Path, selected: tuple[str, ...]
) -> None:
    """A lower one can be why a control was left out; one that is written so is no change."""
    (tmp_path / "pdsec.toml").write_text(
        '[severities]\nPD-05 = "low"\nPD-02 = "high"\nPD-22 = "medium"\nPD-99 = "low"\n'
    )
    settings = load_settings({}, {}, tmp_path)
    scope = scope_of([controls()[each] for each in selected], WRITTEN, settings, {}, NOW)
    told = (Changed("PD-02", "high", "critical"), Changed("PD-05", "low", "critical"))

    assert scope.severities == told
    assert scope.narrowed(()).severities == told


def test_a_control_that_was_dropped_is_not_selected(tmp_path: Path) -> None:
    """Its decisions go with it; nothing else does."""
    scope = a_scope(tmp_path, "PD-01", "PD-22").narrowed({"PD-01"})

    assert scope.selected == ("PD-01",)
    assert "PD-22" in scope.not_selected
    assert scope.waivers == ()
    assert scope.attestations
    assert scope.every_control == len(CORE)


@pytest.mark.parametrize("names", [("PD-01",), ("PD-01", "PD-22")])
def test_a_scope_travels_as_plain_json(tmp_path: Path, names: tuple[str, ...]) -> None:
    """A worker sends it to the process that reports, and nothing is lost on the way."""
    scope = a_scope(tmp_path, *names, pd_severity="medium", pd_resource=["Shop*"])

    assert msgspec.json.decode(msgspec.json.encode(scope), type=Scope) == scope
    assert (scope.severity, scope.resources) == (Severity.MEDIUM, ("Shop*",))
