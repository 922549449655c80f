"""What happens if nothing is done: one class for each control, and the words for it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pdsec_checks.catalogue.consequences import (
    CLASS_OF,
    CLASSES,
    IF_IGNORED,
    OF_CAUSE,
    OF_CONTROL,
    consequence_of,
    sentence,
)
from pdsec_checks.catalogue.controls import read_module, shipped_ids, shipped_sources
from pdsec_checks.errors import UsageError
from pdsec_checks.judging.controls import describe
from pdsec_checks.model import Consequence, Control, Severity
from tests.support.findings import controls
from tests.support.judged import CONTROLS

AS_ASKED_FOR = {
    "nobody is called": "05 07 08 18 26 28 29 35 41",
    "one person or key can silence or read everything": "01 02 03 13 33 36 42 44 45",
    "alerts can be forged or read on the way": "14 15 16 34 32",
    "help comes late": "06 09 10 17 22 27 30 31",
    "nobody can tell afterwards": "11 12 40 43",
    "order": "04 19 20 21 23 24 25 37 38 39",
}
"""The classes, worst first, and the controls of each."""
OWN = '''
import pytest


@pytest.mark.control("ACME-01")
@pytest.mark.low
def test_something(account):
    """Something holds.

    Rationale: because.
    Remediation: make it.{consequence}
    """
    assert account
'''


def own(consequence: str, folder: Path) -> Control:
    """Return a control of an organisation, read in both ways there are; they agree."""
    file = folder / "test_acme.py"
    file.write_text(OWN.format(consequence=consequence), encoding="utf-8")
    (source,) = read_module(file)
    names: dict[str, object] = {}
    exec(compile(file.read_text("utf-8"), file, "exec"), names)  # noqa: S102 - our own text
    found = describe("ACME-01", Severity.LOW, names["test_something"])  # type: ignore[arg-type]
    assert (source.consequence, source.if_ignored) == (found.consequence, found.if_ignored)
    return found


def test_the_classes_stand_in_their_order() -> None:
    """The first is the worst, and none is left out."""
    assert [each.value for each in Consequence] == list(AS_ASKED_FOR)
    assert [each.place for each in Consequence] == list(range(len(Consequence)))


def test_each_control_of_the_product_has_exactly_one_class() -> None:
    """The table is that of the order, PD-01 to PD-45, those that are to come as well."""
    asked = {name: sorted(numbers.split()) for name, numbers in AS_ASKED_FOR.items()}
    counted = Counter(number for numbers in CLASSES.values() for number in numbers.split())

    assert {each.value: sorted(numbers.split()) for each, numbers in CLASSES.items()} == asked
    assert set(counted.values()) == {1}
    assert set(CLASS_OF) == {f"PD-{number:02}" for number in range(1, 46)}


def test_a_shipped_control_has_the_class_of_the_table() -> None:
    """It does not say so itself: its docstring would be a second place."""
    named = {name: each for name, each in CONTROLS.items() if name in CLASS_OF}
    written = {each.id: each.consequence for each in shipped_sources() if each.id in CLASS_OF}

    assert {name: each.control.consequence for name, each in named.items()} == written
    assert written == {name: CLASS_OF[name] for name in written}
    assert [
        name for name, each in named.items() if "Consequence:" in str(each.function.__doc__)
    ] == []


def test_a_shipped_control_with_words_of_its_own_says_these() -> None:
    """One that has none says what its class says."""
    assert OF_CONTROL.keys() <= {*shipped_ids()}
    for name, each in controls().items():
        own = OF_CONTROL.get(name) or each.if_ignored
        assert sentence(each, "") == (own or IF_IGNORED[each.consequence])


def test_a_cause_with_another_consequence_says_its_own() -> None:
    """Each cause that the table names is one of the control, and has another sentence."""
    declared = {(name, cause.id) for name, each in controls().items() for cause in each.causes}

    assert OF_CAUSE.keys() <= declared
    for (name, cause), text in OF_CAUSE.items():
        assert sentence(controls()[name], cause) == text != OF_CONTROL[name]


def test_a_consequence_is_one_sentence() -> None:
    """It begins with a capital and ends with its only full stop."""
    for text in (*IF_IGNORED.values(), *OF_CONTROL.values(), *OF_CAUSE.values()):
        assert text[0].isupper()
        assert (text[-1], text.count(". ")) == (".", 0)


@pytest.mark.parametrize("consequence", Consequence)
@pytest.mark.parametrize("ends", ["", "."])
def test_an_own_control_names_its_class(
    consequence: Consequence, ends: str, tmp_path: Path
) -> None:
    """The sentence is that of the class."""
    found = own(f"\n    Consequence: {consequence.value}{ends}", tmp_path)

    assert found.consequence is consequence
    assert sentence(found, "any-cause") == IF_IGNORED[consequence]


def test_an_own_control_may_say_more(tmp_path: Path) -> None:
    """What stands behind the class is the sentence, line breaks and capitals do not matter."""
    text = "\n    Consequence: Help comes\n    late. Orders wait until the morning."
    found = own(text, tmp_path)

    assert found.consequence is Consequence.LATE
    assert sentence(found, "") == "Orders wait until the morning."


def test_an_own_control_that_says_nothing_comes_last(tmp_path: Path) -> None:
    """Nobody said that its fail is urgent."""
    assert own("", tmp_path).consequence is Consequence.ORDER


@pytest.mark.parametrize("text", ["help comes to late.", "Orders wait.", "help comes late Orders"])
def test_an_unknown_class_is_refused_with_the_classes(text: str, tmp_path: Path) -> None:
    """The message names the control and what may stand there."""
    with pytest.raises(UsageError, match="test_something") as refused:
        own(f"\n    Consequence: {text}", tmp_path)

    assert [each for each in Consequence if repr(each.value) not in str(refused.value)] == []


def test_the_table_decides_for_the_product() -> None:
    """A control of the product has its class from there, whatever its docstring says."""
    assert consequence_of("PD-28", "Help comes late.", "PD-28")[0] is Consequence.NOBODY_CALLED
    assert consequence_of("PD-98", "Help comes late.", "PD-98") == (Consequence.LATE, "")
