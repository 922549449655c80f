"""Fixes for Terraform: import blocks with the attribute to change, and what is new.

No block of ours describes what exists: it would reset every attribute that it leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pdsec_checks.fixes.fix import Block, label
from pdsec_checks.reports.fixes.document import Document, Entry, changes, comment, commented

HOW = (
    "Terraform 1.5 or newer, provider PagerDuty/pagerduty. For what is imported run",
    "terraform plan -generate-config-out=found.tf",
    "and change the attribute that stands above its block, in found.tf. What is in your state",
    "already needs no import: change the attribute where you keep it.",
)


def render(document: Document) -> str:
    """Return a ``.tf`` file with every fix; each resource is imported or made once."""
    lines, seen = [*commented([*document.head, "", *HOW])], set[str]()
    for entry in document.entries:
        lines += ["", *lines_of(entry, seen)]
    return "\n".join(lines) + "\n"


def lines_of(entry: Entry, seen: set[str]) -> Iterator[str]:
    """Yield the fix of one fail; *seen* are the resources that stand in the file already."""
    yield f"# {entry.heading}"
    yield from commented([entry.gen, *filter(None, [entry.fix.note])])
    if not entry.fix.terraform:
        yield from commented([f"Terraform has nothing for this. {entry.remedy}"])
    for block in entry.fix.terraform:
        yield from commented(
            f"after generating the configuration {each}" for each in changes(block)
        )
        if block.address in seen:
            yield from commented([f"{block.address} stands above already"])
            continue
        seen.add(block.address)
        yield from import_block(block) if block.import_id else resource_block(block)


def import_block(block: Block) -> Iterator[str]:
    """Yield the block that imports what exists."""
    yield "import {"
    yield f"  to = {block.address}"
    yield f"  id = {text(block.import_id)}"
    yield "}"


def resource_block(block: Block) -> Iterator[str]:
    """Yield the block of something new."""
    yield f'resource "{block.type}" "{block.name}" {{'
    yield from body(block.create, "  ")
    yield "}"


def body(attributes: dict[str, Any], indent: str) -> Iterator[str]:
    """Yield attributes, and below them the blocks among them."""
    for given, each in attributes.items():
        name = label(given)
        blocks = each if is_blocks(each) else []
        if not blocks:
            yield f"{indent}{name} = {value(each)}"
        for inner in blocks:
            yield f"{indent}{name} {{"
            yield from body(inner, f"{indent}  ")
            yield f"{indent}}}"


def is_blocks(each: Any) -> bool:
    """Tell whether an attribute is a list of blocks, not of values."""
    return isinstance(each, list) and any(isinstance(inner, dict) for inner in each)


def value(each: Any) -> str:
    """Return a value as HCL has it."""
    match each:
        case bool():
            return str(each).lower()
        case int():
            return str(each)
        case list():
            return f"[{', '.join(map(value, each))}]"
        case dict():
            pairs = (f"{label(name)} = {value(inner)}" for name, inner in each.items())
            return f"{{ {', '.join(pairs)} }}"
    return text(str(each))


def text(content: str) -> str:
    """Return a quoted text that ends where it ends, and starts no expression."""
    quoted = comment(content).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted.replace("${", "$${").replace("%{", "%%{")}"'
