"""All controls and frameworks there are: ours, and those of the configuration in the folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pdsec_checks.catalogue.controls import WrittenControl, own_sources, shipped_sources
from pdsec_checks.catalogue.framework_files import load_catalogue
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.catalogue.names import no_control
from pdsec_checks.configuration.file import find_config
from pdsec_checks.errors import UsageError
from pdsec_checks.model import Severity


@dataclass(frozen=True)
class Organisation:
    """What can be judged here, read without an account."""

    controls: list[WrittenControl]
    """By id, with the severity of their source."""
    severities: Mapping[str, Severity]
    """Control → the severity of the configuration."""
    framework_files: tuple[Path, ...]

    @classmethod
    def shipped(cls) -> Organisation:
        """Return what there is without a configuration."""
        return cls(shipped_sources(), {}, ())

    @classmethod
    def of(cls, config: Path | None, folder: Path) -> Organisation:
        """Read the configuration at *config*, else that of *folder*.

        Raises:
            UsageError: The configuration, or what it names, cannot be used.
        """
        if find_config(config, folder).path is None:
            return cls.shipped()
        from pdsec_checks.configuration import schema  # only where there is something to read

        file, text = schema.read_config(config, folder)
        own = schema.controls_folder(file.controls_path, text)
        controls = [*shipped_sources(), *(own_sources(own) if own else ())]
        return cls(
            sorted(controls, key=lambda control: control.id),
            schema.own_severities(file.severities, f"{text.name}: severities"),
            tuple(schema.framework_path(name, text) for name in file.frameworks),
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        """All frameworks, with their requirements."""
        return load_catalogue(self.framework_files, {control.id for control in self.controls})

    def severity(self, control: WrittenControl) -> Severity:
        """Return the severity in force."""
        return self.severities.get(control.id, control.severity)

    def control(self, control_id: str) -> WrittenControl:
        """Return one control.

        Raises:
            UsageError: There is none with this id.
        """
        for each in self.controls:
            if each.id == control_id:
                return each
        raise UsageError(no_control(control_id, (each.id for each in self.controls)))
