"""Terraform: files that parse, and name only what the official provider has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import hcl2
import msgspec
import pytest
from hcl2 import SerializationOptions

from pdsec_checks.finding import Finding
from pdsec_checks.fixes.fix import Block, Fix
from pdsec_checks.reports.fixes import terraform
from tests.support.changed import replace
from tests.support.fails import ACCOUNTS, a_document, every_fail, fails, more_fails
from tests.support.findings import HOSTILE, a_finding, a_resource
from tests.support.provider import ATTRIBUTES, IMPORT_IDS, REQUIRED

PLAIN = SerializationOptions(strip_string_quotes=True, explicit_blocks=False)
BREAKOUTS = (
    'x"\n}\nresource "null_resource" "evil" {\n  name = "',
    '${file("/etc/passwd")} %{ if true }x%{ endif }',
    "*/ // # \\",
    "\u2028}\u2029\x85\x0bimport {",
)
"""Names that want out of a comment or a text of HCL."""


def parsed(text: str) -> dict[str, Any]:
    """Return what a ``.tf`` file holds."""
    found: dict[str, Any] = hcl2.loads(text, serialization_options=PLAIN)
    return {name: each for name, each in found.items() if name != "__comments__"}


@cache
def file_of(*names: str) -> str:
    """Return the file of these accounts, and of the rare fails."""
    return terraform.render(a_document(*(each for name in names for each in fails(name)),
                                       *more_fails()))  # fmt: skip


def blocks() -> list[Block]:
    """Return every resource that a fix names."""
    return [each for found in every_fail() for each in msgspec.convert(found.fix, Fix).terraform]


def names_in(attributes: Any, where: str = "") -> Iterator[str]:
    """Yield the name of each attribute, of those inside blocks and maps too."""
    for each in attributes if isinstance(attributes, list) else [attributes]:
        for name, value in each.items() if isinstance(each, dict) else ():
            if name != "__is_block__":
                yield f"{where}{name}"
                yield from names_in(value, f"{where}{name}.")


@pytest.mark.parametrize("name", ACCOUNTS)
def test_files_parse(name: str) -> None:
    """Every file is Terraform, with one block for each resource of its fixes."""
    found = parsed(file_of(name))
    wanted = {
        each.address: each
        for fail in (*fails(name), *more_fails())
        for each in msgspec.convert(fail.fix, Fix).terraform
    }

    assert set(found) <= {"import", "resource"}
    imports = {each["to"].strip("${}"): each["id"] for each in found.get("import", [])}
    assert imports == {
        address: each.import_id for address, each in wanted.items() if each.import_id
    }
    made = [
        f"{kind}.{label}"
        for each in found.get("resource", [])
        for kind, labelled in each.items()
        for label in labelled
    ]
    assert sorted(made) == sorted(address for address, each in wanted.items() if not each.import_id)


def test_files_name_only_what_the_provider_has() -> None:
    """Resources, attributes to change, and attributes of what is new."""
    for block in blocks():
        known = ATTRIBUTES[block.type]
        assert {each.attribute for each in block.changes} <= known, block
        assert set(names_in(block.create)) <= known, block


def test_what_is_new_has_what_the_provider_requires() -> None:
    """A resource that could not be planned would be no fix."""
    for block in blocks():
        if not block.import_id:
            assert REQUIRED[block.type] <= block.create.keys(), block


def test_imports_are_addressed_as_the_provider_reads_them() -> None:
    """An integration by its service and its own id, everything else by its id."""
    for block in blocks():
        if block.import_id:
            assert re.fullmatch(IMPORT_IDS[block.type], block.import_id), block
            assert block.changes, block


def test_attributes_that_are_written_are_those_that_are_checked() -> None:
    """What the parser reads of new resources is what stands in the data."""
    found = parsed(file_of("demo"))
    for each in found["resource"]:
        for kind, labelled in each.items():
            for attributes in labelled.values():
                assert set(names_in(attributes)) <= ATTRIBUTES[kind], each


def test_resource_of_two_fails_is_imported_once() -> None:
    """Terraform refuses to import twice to one address; the second fail says what to change."""
    first = next(each for each in fails("demo") if each.control == "PD-22")
    text = terraform.render(a_document(first, replace(first, control="PD-23")))

    assert text.count("import {") == 1
    assert text.count("after generating the configuration set acknowledgement_timeout") == 2
    assert f"# pagerduty_service.{first.resource.id} stands above already" in text


def test_import_block_and_the_attribute_to_change() -> None:
    """An import has the real id, and above it what to change and what it is now."""
    (finding,) = [each for each in fails("demo") if each.control == "PD-06"][:1]
    text = "\n".join(terraform.lines_of(a_document(finding).entries[0], set()))

    assert text.startswith(f"# PD-06 {finding.fingerprint[:12]} ")
    assert text.endswith(
        "# after generating the configuration set rule.target = CHOOSE_A_USER (now 1 level)\n"
        f"import {{\n  to = pagerduty_escalation_policy.{finding.resource.id}\n"
        f'  id = "{finding.resource.id}"\n}}'
    )


def test_what_terraform_cannot_do_says_where_it_is_done() -> None:
    """A fail without a resource leaves the remedy of its cause, as a comment."""
    (finding,) = [each for each in fails("demo") if each.control == "PD-01"]
    text = terraform.render(a_document(finding))

    assert parsed(text) == {}
    assert "# Terraform has nothing for this. Move to a plan with single sign-on under" in text


def hostile(name: str) -> Finding:
    """Return a fail with a name wherever one may stand."""
    fix = Fix(
        "choice",  # type: ignore[arg-type]  # as it comes from JSON
        name,
        terraform=[
            Block("pagerduty_user", "PADA", name, []),
            Block("pagerduty_service_integration", "PADA", create={"name": name, name: [name]}),
        ],
    )
    finding = a_finding("PD-22", resource=a_resource(name), message=f"{name} is an example")
    return replace(finding, fix=fix.to_json())


@pytest.mark.parametrize("name", [*BREAKOUTS, *HOSTILE])
def test_no_name_breaks_out(name: str) -> None:
    """Whatever a resource is called, the file has the same two blocks, and no expression."""
    text = terraform.render(a_document(hostile(name)))
    found = parsed(text)

    assert [len(found[kind]) for kind in ("import", "resource")] == [1, 1]
    assert list(found["resource"][0]) == ["pagerduty_service_integration"]
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", re.sub(r"^#.*$", "", text, flags=re.MULTILINE))
