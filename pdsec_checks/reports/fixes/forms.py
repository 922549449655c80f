"""The three forms by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pdsec_checks.fixes.fix import Fix
from pdsec_checks.reports.fixes import http, terraform, text
from pdsec_checks.reports.fixes.document import Document, Entry


class Form(NamedTuple):
    """One way to write fixes down."""

    file: str
    kind: str
    """What its file is called where the command names it."""
    render: Callable[[Document], str]


FORMS = {
    "terraform": Form("fixes.tf", "fixes for Terraform", terraform.render),
    "http": Form("fixes.http", "fixes as HTTP requests", http.render),
    "text": Form("fixes.txt", "fixes in words", text.render),
}


def files_with(fix: Fix) -> list[str]:
    """Return the files of the command ``fixes`` in which a fix stands; its words stand in one."""
    parts = {"terraform": fix.terraform, "http": fix.requests, "text": True}
    return [form.file for name, form in FORMS.items() if parts[name]]


def three(entry: Entry, base_url: str) -> dict[str, str]:
    """Return one fix in each form, by the name of the form."""
    return {
        "Terraform": "\n".join(terraform.lines_of(entry, set())),
        "HTTP": "\n".join(http.lines_of(entry, base_url, http.Seen())),
        "Text": "\n".join(text.lines_of(entry)),
    }
