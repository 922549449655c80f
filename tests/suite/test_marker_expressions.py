"""What a ``-m`` expression says of frameworks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdsec_checks.suite.marker_expressions import asked_about, holds_without, names_in, parsed
from tests.accounts.files import accounts_toml
from tests.support.calls import run_command, run_pytest

KNOWN = ("soc2", "fedramp", "cis")
OTHERS = ("critical", "high", "slow")


@pytest.mark.parametrize(
    ("expression", "frameworks"),
    [
        ("", []),
        ("critical", []),
        ("soc2", ["soc2"]),
        ("critical and soc2", ["soc2"]),
        ("soc2 or fedramp", ["soc2", "fedramp"]),
        ("(soc2 or fedramp) and not low", ["soc2", "fedramp"]),
        ("soc2(id='CC7.3')", ["soc2:CC7.3"]),
        ("soc2 and not fedramp", ["soc2"]),
        ("not soc2", []),
        ("not (critical or not soc2)", ["soc2"]),
        ("soc2 or critical", []),
        ("soc2 and", []),
    ],
)
def test_frameworks_that_an_expression_asks_about(expression: str, frameworks: list[str]) -> None:
    """Those that everything is chosen for are asked about; one that is excluded is not."""
    assert asked_about(expression, KNOWN) == frameworks


def expressions() -> st.SearchStrategy[str]:
    """Return a strategy for expressions over a few markers."""
    return st.recursive(
        st.sampled_from([*KNOWN, *OTHERS]),
        lambda inner: st.one_of(
            inner.map("not ({})".format),
            st.tuples(inner, inner).map(lambda pair: "({}) and ({})".format(*pair)),
            st.tuples(inner, inner).map(lambda pair: "({}) or ({})".format(*pair)),
        ),
        max_leaves=6,
    )


@given(expressions(), st.sets(st.sampled_from(OTHERS)))
def test_what_is_certain_is_so_whatever_other_markers_say(
    expression: str, others: set[str]
) -> None:
    """Where the answer is known, Python gives the same for a control without a framework."""
    tree = parsed(expression)
    assert tree is not None
    names = dict.fromkeys(KNOWN, False) | {name: name in others for name in OTHERS}
    evaluated = bool(eval(expression, {}, names))  # noqa: S307 - made above

    assert holds_without(tree, KNOWN) in {None, evaluated}


@given(expressions())
def test_only_what_an_expression_names_is_asked_about(expression: str) -> None:
    """No framework is asked about that the expression does not name."""
    assert {*asked_about(expression, KNOWN)} <= {name for name, _ in names_in(expression)}


@pytest.mark.parametrize("how", ["-m", "--framework", "accounts"])
def test_reports_show_the_frameworks_that_were_asked_about(tmp_path: Path, how: str) -> None:
    """``-m soc2`` narrows the tables as ``--framework soc2`` does, for several accounts too."""
    if how == "--framework":
        arguments = ("--replay=demo", "--framework=soc2", "--format=markdown", "--output=out.md")
        run_command(tmp_path, *arguments)
    elif how == "-m":
        run_pytest(tmp_path, "--pd-replay=demo", "-m", "soc2", "--pd-markdown=out.md")
    else:
        accounts_toml(tmp_path, {"name": "shop", "replay": "demo"})
        run_pytest(
            tmp_path, "--pd-accounts=accounts.toml", "-m", "soc2", "--pd-accounts-output=out",
            "--pd-accounts-format=markdown",
        )  # fmt: skip
    (path,) = [each for each in tmp_path.rglob("*.md") if each.name != "accounts.md"]
    text = path.read_text("utf-8")

    assert "<summary><b>SOC 2 2017</b>" in text
    assert text.count("<summary>") == 1
    assert "(framework soc2)" in text
