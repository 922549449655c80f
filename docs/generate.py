"""Writes what the documentation repeats from the code: tables, lists, and one page a control.

In ``README.md``, ``CONTRIBUTING.md``, ``docs/reliability.md``, ``docs/consumers.md`` and
``docs/ring.md`` it fills what stands between markers such as ``<!-- controls -->`` and
``<!-- /controls -->``; ``docs/ring.svg`` it draws.

``python docs/generate.py`` writes; ``python docs/generate.py --check`` only compares, and exits
with 1 and the names of the files that are out of date.
"""

from __future__ import annotations

import ast
import json
import re
import runpy
import shlex
import sys
import textwrap
from pathlib import Path
from typing import Any

from pdsec_checks import NAME
from pdsec_checks.catalogue.consequences import sentence
from pdsec_checks.catalogue.controls import shipped_extended
from pdsec_checks.catalogue.framework_files import load_catalogue
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.commands import ring
from pdsec_checks.commands.ring_question import ask
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.model import CORE, EXTENDED, Control, MappingName
from pdsec_checks.pagerduty.access.credential import READ_SCOPES
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS, closure
from pdsec_checks.reports.ring.html import RingPage
from pdsec_checks.reports.ring.picture import as_picture
from pdsec_checks.reports.ring.text import as_text

ROOT = Path(__file__).parent.parent
WIDTH = 100
PAGES = ROOT / "docs" / "controls"
EXAMPLES = {
    "ring-overview": (),
    "ring-walk": ("--resource", "Service Desk Portal", "--at", "2026-11-30T08:35Z"),
}
"""Marker of ``docs/ring.md`` → the flags of ``ring`` whose answer stands there."""
FOUND = "Warehouse Picking"
"""The service of the demo account that the README draws; its overview is shown up to it."""
BAR = "&#124;"
"""``|`` in the cell of a table. The other way, a backslash, fails behind a backslash."""


def table(controls: list[Control]) -> str:
    """Return the README's table of controls."""
    rows = [
        row(f"[{each.id}](docs/controls/{each.id}.md)", each.severity, set_of(each), each.title)
        for each in controls
    ]
    return "\n".join(["| control | severity | set | what it demands |", "|---|---|---|---|", *rows])


def set_of(control: Control) -> str:
    """Return the set that a control belongs to."""
    return EXTENDED if control.id in shipped_extended() else CORE


def scopes() -> str:
    """Return the OAuth scopes that all controls together take, in the order of the data sets."""
    found = dict.fromkeys(scope for each in DATA_SETS.values() for scope in each.scopes)
    return textwrap.fill(f"`{' '.join(each for each in found if each in READ_SCOPES)}`", WIDTH)


def layers() -> str:
    """Return the layers of the package, as the test that holds them lists them."""
    source = (ROOT / "tests" / "test_layers.py").read_text(encoding="utf-8")
    listed = next(
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LAYERS"
    )
    return "\n".join(["```", *(", ".join(names) for names in listed), "```"])


def faults() -> str:
    """Return what is promised under each fault, as the test that tries them lists it."""
    found: str = runpy.run_path(str(ROOT / "tests" / "support" / "promises.py"))["table"]()
    return found


def consumers() -> str:
    """Return what other programs show of our reports, as their tests recorded it."""
    folder = ROOT / "tests" / "consumers" / "recorded"
    found = [
        each
        for path in sorted(folder.glob("*.json"))
        for each in json.loads(path.read_text(encoding="utf-8"))
    ]
    reasons = list(dict.fromkeys(each["why"] for each in found if each["why"]))
    rows = [consumer_row(each, reasons) for each in found]
    head = ["| program | version | format | account | shows | we say | it shows |"]
    notes = [f"{number}. {reason}" for number, reason in enumerate(reasons, 1)]
    return "\n".join(
        [*head, "|---|---|---|---|---|---|---|", *rows, *([""] if notes else []), *notes]
    )


def consumer_row(found: dict[str, Any], reasons: list[str]) -> str:
    """Return the row of one count; *reasons* are the notes below the table, in their order."""
    shows = f"**{found['shows']}**" if found["settles"] else found["shows"]
    note = f" ({reasons.index(found['why']) + 1})" if found["why"] else ""
    about = (found["consumer"], found["version"], f"`{found['format']}`", found["account"], shows)
    return row(*about, f"{found['ours']:,}", f"{found['theirs']:,}{note}")


def rung(*flags: str) -> str:
    """Return what ``ring`` prints about the demo account, with the command."""
    given = ring.parser().parse_args(["--replay", "demo", "--isolated", *flags])
    typed = " ".join(["ring", "--replay", "demo", *map(shlex.quote, flags)])
    return f"```text\n$ {NAME} {typed}\n{as_text(ask(given))}```"


def found_first() -> str:
    """Return the overview of ``ring`` up to the service that the README draws."""
    parts = rung().split("\n\n")
    place = next(number for number, each in enumerate(parts) if each.startswith(FOUND))
    return "\n\n".join([*parts[: place + 1], "…\n```"])


def picture() -> str:
    """Return the strip of the service that the README draws, from the real answer."""
    given = ring.parser().parse_args(["--replay", "demo", "--isolated", "--resource", FOUND])
    return as_picture(RingPage(ask(given)))


def page(control: Control, catalogue: Catalogue) -> str:
    """Return the page of one control."""
    reads = [DATA_SETS[name] for name in DATA_SETS if name in closure(control.needs)]
    scopes = sorted({scope for data_set in reads for scope in data_set.scopes})
    lines = [
        f"# {control.id}: {control.title}",
        "",
        control.description,
        "",
        f"Severity: {control.severity}",
        "",
        f"**Why.** {control.rationale}",
        "",
        f"**If nothing is done.** {sentence(control, '')} (Class: {control.consequence}.)",
        "",
        f"**How to fix it.** {control.remediation}",
        "",
        *remedies(control),
    ]
    if control.limits:
        lines += [f"**What the API cannot show.** {control.limits}", ""]
    if control.figures:
        worse = ", ".join(f"{each.direction} `{each.name}`" for each in control.figures)
        lines += [f"**What makes a fail worse** than in an earlier report: {worse}.", ""]
    lines += [
        f"**What it reads.** {', '.join(f'`{each.path}`' for each in reads)}",
        "",
        f"**OAuth scopes.** {', '.join(f'`{scope}`' for scope in scopes)}",
        "",
        *requirements(control, catalogue, MappingName.SPECIFIED, "as specified"),
        *requirements(control, catalogue, MappingName.CURRENT, "in the editions in force"),
        "The control supports these requirements; it does not satisfy them.",
    ]
    return "\n".join(lines) + "\n"


def remedies(control: Control) -> list[str]:
    """Return what to do about each cause, and the page of PagerDuty about the control."""
    lines = [f"- `{each.id}`: {each.remedy}{linked(each.help)}" for each in control.causes]
    if lines:
        lines = ["By cause, as the reports name it:", "", *lines, ""]
    return [*lines, f"PagerDuty's own page: <{control.help}>", ""] if control.help else lines


def linked(address: str) -> str:
    """Return a link to put behind a sentence."""
    return f" ([PagerDuty's page]({address}))" if address else ""


def requirements(
    control: Control, catalogue: Catalogue, mapping: MappingName, heading: str
) -> list[str]:
    """Return the section of one mapping."""
    lines = [f"## Requirements, {heading}", "", "| framework | edition | id | title | fit |"]
    lines.append("|---|---|---|---|---|")
    for mapped in catalogue.requirements(control.id, mapping):
        each = mapped.requirement
        fit = catalogue.doubt(control.id, mapped) or mapped.rating
        lines.append(row(each.framework, each.edition, each.id, each.title, fit))
    return [*lines, ""]


def row(*cells: str) -> str:
    """Return a row of a table; a bar or a line end in a cell does not end the cell."""
    return f"| {' | '.join(' '.join(each.split()).replace('|', BAR) for each in cells)} |"


def filled(text: str, name: str, content: str) -> str:
    """Return *text* with *content* between the markers of a name.

    Raises:
        ValueError: The markers are not there.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    marked = re.compile(rf"({begin}\n).*?({end})", re.DOTALL)
    changed, count = marked.subn(lambda match: f"{match[1]}{content}\n{match[2]}", text)
    if count != 1:
        raise ValueError(f"a file needs the markers {begin} and {end}")
    return changed


def generated() -> dict[Path, str]:
    """Return every file that is generated, wholly or in part, with its content."""
    controls, catalogue = shipped_controls(), load_catalogue()
    readme, contributing = ROOT / "README.md", ROOT / "CONTRIBUTING.md"
    text = readme.read_text(encoding="utf-8")
    text = filled(filled(text, "controls", table(controls)), "scopes", scopes())
    text = filled(text, "ring-found", found_first())
    pages = {PAGES / f"{control.id}.md": page(control, catalogue) for control in controls}
    parts = filled(contributing.read_text(encoding="utf-8"), "layers", layers())
    reliability = ROOT / "docs" / "reliability.md"
    promises = filled(reliability.read_text(encoding="utf-8"), "faults", faults())
    programs = ROOT / "docs" / "consumers.md"
    shown = filled(programs.read_text(encoding="utf-8"), "consumers", consumers())
    ringing = ROOT / "docs" / "ring.md"
    rings = ringing.read_text(encoding="utf-8")
    for name, flags in EXAMPLES.items():
        rings = filled(rings, name, rung(*flags))
    files = {readme: text, contributing: parts, reliability: promises, programs: shown}
    return {**files, ringing: rings, ROOT / "docs" / "ring.svg": picture(), **pages}


def main(arguments: list[str]) -> int:
    """Write the files, or compare them with ``--check``."""
    stale = [
        (path, text)
        for path, text in generated().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in arguments:
        for path, _ in stale:
            sys.stdout.write(f"out of date: {path.relative_to(ROOT)}; run {__file__}\n")
        return bool(stale)
    for path, text in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
