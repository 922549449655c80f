"""What an organisation adds to the tool: a framework, and a control of its own."""

from __future__ import annotations

from pathlib import Path

FRAMEWORK = """\
id: acme
title: Acme security policy
requirements:
  - id: "4.2"
    title: Paging
    controls: [PD-22, ACME-01]
"""
CONTROL = '''\
"""Acme's own controls."""

import pytest

from pdsec_checks.resources import Service


@pytest.mark.control("ACME-01")
@pytest.mark.high
def test_service_has_description(service: Service) -> None:
    """Every service says what it is for.

    Rationale: who is called at night must know what is broken.
    Remediation: write a description in the service's settings.
    Limits: nobody can tell whether the description is any good.
    """
    assert service.read("description", str | None), f"{service} has no description"
'''
CONFIG = """\
frameworks = ["acme.yaml"]
controls_path = "controls"
"""


def write_additions(folder: Path, config: str = CONFIG, control: str = CONTROL) -> Path:
    """Write a configuration with a framework and a control; return the control's file."""
    (folder / "pdsec.toml").write_text(config, encoding="utf-8")
    (folder / "acme.yaml").write_text(FRAMEWORK, encoding="utf-8")
    (folder / "controls").mkdir()
    file = folder / "controls" / "test_acme.py"
    file.write_text(control, encoding="utf-8")
    return file
