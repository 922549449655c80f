"""Everything that is wrong with a configuration file, not only the first thing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec

from pdsec_checks.baseline import Baseline
from pdsec_checks.catalogue.controls import own_sources, shipped_ids
from pdsec_checks.catalogue.framework_files import (
    framework_files,
    load_catalogue,
    load_framework,
)
from pdsec_checks.catalogue.names import unknown_controls, unknown_frameworks
from pdsec_checks.configuration.addresses import check_base_url
from pdsec_checks.configuration.decisions import (
    Attestation,
    MaxDays,
    RemediationDays,
    Waiver,
    WaiverDays,
)
from pdsec_checks.configuration.file import ConfigText, find_config
from pdsec_checks.configuration.options import OPTIONS, Written
from pdsec_checks.configuration.schema import (
    ConfigFile,
    controls_folder,
    framework_path,
    own_severities,
    problems_in,
    with_control_id,
)
from pdsec_checks.configuration.settings import Origins
from pdsec_checks.errors import UsageError

TABLES = {"waivers": Waiver, "attestations": Attestation}


def problems_of(path: Path | None, folder: Path) -> list[str]:
    """Return what is wrong with the file at *path*, else with that of *folder*; each once.

    Raises:
        UsageError: There is no such file, or none in *folder*.
    """
    text = find_config(path, folder)
    if text.path is None:
        raise UsageError(f"{folder}: there is no configuration; 'config init' writes one")
    found = list(problems_in(text.plain, ConfigFile, text.name))
    file = usable_part(text)
    found += [*options(file, text), *tables(file, text), *additions(file, text)]
    return list(dict.fromkeys(found))


def usable_part(text: ConfigText) -> ConfigFile:
    """Return the keys that are right by themselves."""
    usable = {
        each.name: text.plain[each.name]
        for each in msgspec.structs.fields(ConfigFile)
        if each.name in text.plain
        and not any(problems_in({each.name: text.plain[each.name]}, ConfigFile, text.name))
    }
    found: ConfigFile = msgspec.convert(usable, ConfigFile)
    return found


def options(file: ConfigFile, text: ConfigText) -> Iterator[str]:
    """Yield what is wrong with the options, each by itself."""
    origins = Origins({}, {}, file, text)
    for option in OPTIONS:
        yield from said_by(origins.value, option)
    if file.base_url:
        yield from said_by(check_base_url, file.base_url)


def tables(file: ConfigFile, text: ConfigText) -> Iterator[str]:
    """Yield what is wrong with thresholds, severities, waivers and attestations."""
    yield from problems_in(file.baseline, Baseline, f"{text.name}: baseline")
    yield from problems_in(file.max_waiver_days, WaiverDays, f"{text.name}: max_waiver_days")
    limits = f"{text.name}: max_attestation_days"
    yield from problems_in(file.max_attestation_days, MaxDays, limits)
    fixes = f"{text.name}: remediation_days"
    yield from problems_in(file.remediation_days, RemediationDays, fixes)
    for key, level in file.severities.items():
        yield from said_by(own_severities, {key: level}, f"{text.name}: severities")
    yield from said_by(own_severities, file.severities, f"{text.name}: severities")  # one twice
    for name, kind in TABLES.items():
        for number, entry in enumerate(getattr(file, name)):
            where = f"{text.name}: {name}[{number}]"
            yield from said_by(with_control_id, entry, where)
            yield from problems_in(entry, kind, where)


def additions(file: ConfigFile, text: ConfigText) -> Iterator[str]:
    """Yield what is wrong with own controls and frameworks, and with the names of either."""
    known = set(shipped_ids())
    try:
        folder = controls_folder(file.controls_path, text)
        known |= {source.id for source in own_sources(folder)} if folder else set()
    except UsageError as error:
        yield str(error)
    else:
        yield from unknown_controls(written_controls(file, text), known)
    paths = [text.beside(name) for name in file.frameworks]
    yield from said_by(framework_files, paths)
    for name in file.frameworks:
        yield from said_by(lambda name=name: load_framework(framework_path(name, text), known))
    yield from chosen_frameworks(file, text, [path for path in paths if path.is_file()], known)


def written_controls(file: ConfigFile, text: ConfigText) -> Iterator[Written]:
    """Yield every control that is named; what is no id at all is said where its form is checked."""
    named: list[tuple[str, Any]] = [
        *(("controls", name) for name in file.controls or ()),
        *(("skip_controls", name) for name in file.skip_controls or ()),
        *(("severities", name) for name in file.severities),
        *((key, entry.get("control")) for key in TABLES for entry in getattr(file, key)),
    ]
    for key, name in named:
        try:
            control = with_control_id({"control": name}, "")["control"]
        except UsageError:
            continue
        yield Written(f"{text.name}: {key}", control)


def chosen_frameworks(
    file: ConfigFile, text: ConfigText, paths: list[Path], known: Collection[str]
) -> Iterator[str]:
    """Yield what is wrong with the frameworks that are chosen, once all of them can be read."""
    try:
        catalogue = load_catalogue(paths, known)
    except UsageError:  # said where the files are looked at
        return
    written = [Written(f"{text.name}: framework", name) for name in file.framework or ()]
    yield from unknown_frameworks(written, catalogue)


def said_by(function: Callable[..., Any], *arguments: Any) -> Iterator[str]:
    """Yield what a function refuses its arguments with."""
    try:
        function(*arguments)
    except UsageError as error:
        yield str(error)
