"""What the configuration file adds to a pytest run: own frameworks and own controls.

Both must be known before the first control is collected: frameworks are markers, and the
folder of controls is one more argument of pytest. Whatever is wrong with the file is said when
a control is collected, and by nobody in a run that collects none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pdsec_checks.catalogue.controls import SHIPPED
from pdsec_checks.catalogue.framework_files import framework_files
from pdsec_checks.configuration.file import ConfigText, find_config
from pdsec_checks.errors import UsageError
from pdsec_checks.suite.console import say_uncaptured
from pdsec_checks.suite.usage_errors import PROBLEM


@dataclass(frozen=True)
class Additions:
    """The organisation's own frameworks and controls."""

    config: pytest.Config
    frameworks: tuple[Path, ...] = ()
    controls_path: Path | None = None
    file: str = ""
    """What messages call the configuration file."""

    @classmethod
    def of(cls, config: pytest.Config) -> Additions:
        """Return what the configuration file names; nothing where it cannot be read."""
        given = config.option.pd_config
        here = None if config.option.pd_isolated else config.invocation_params.dir
        try:
            text = find_config(Path(given) if given else None, here)
        except UsageError:
            return cls(config)
        folder = text.plain.get("controls_path")
        path = text.beside(folder).absolute() if isinstance(folder, str) else None
        found = path if path and path.is_dir() else None
        return cls(config, tuple(named(text)), found, text.name)

    def framework_files(self) -> list[Path]:
        """Return the files whose names are markers."""
        try:
            return framework_files(self.frameworks)
        except UsageError:
            return framework_files()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Collect the own controls wherever all of the package's are collected."""
        given = self.config.args
        if any(map(self._holds_shipped, given)) and str(self.controls_path) not in given:
            given.append(str(self.controls_path))
            self._say_so()

    def _say_so(self) -> None:
        """Say, once and before it happens, that code of the folder runs."""
        if not (self.config.option.pd_quiet or hasattr(self.config, "workerinput")):
            text = f"{self.file}: controls_path: running the code in {self.controls_path}\n"
            say_uncaptured(self.config, text)

    def _holds_shipped(self, argument: str) -> bool:
        """Tell whether an argument of pytest stands for all controls of the package."""
        if self.config.option.pyargs and argument in {"pdsec_checks", "pdsec_checks.controls"}:
            return True
        path = (self.config.invocation_params.dir / argument).resolve()
        return SHIPPED.resolve().is_relative_to(path)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Refuse a run whose own controls cannot be imported: they would be missing in it."""
        path = self.config.rootpath / report.nodeid
        if report.failed and (self._is_ours(path) or self._is_ours_by_name(report.nodeid)):
            reason = str(report.longrepr).rstrip().rpartition("\n")[2].removeprefix("E").strip()
            text = f"{self.controls_path}: {report.nodeid} cannot be imported: {reason}"
            self.config.stash.setdefault(PROBLEM, text)

    def _is_ours(self, path: Path) -> bool:
        return self.controls_path is not None and path.is_relative_to(self.controls_path)

    def _is_ours_by_name(self, nodeid: str) -> bool:
        """Tell it of a file outside of pytest's root folder, which is named from its own."""
        return self.controls_path is not None and (self.controls_path / nodeid).is_file()


def framework_marker(path: Path) -> str:
    """Return the line that declares the marker of a framework file to pytest."""
    return f"{path.stem}(id): controls that support a requirement of {path.stem}"


def named(text: ConfigText) -> list[Path]:
    """Return the framework files that the configuration names and that there are."""
    names = text.plain.get("frameworks")
    if not isinstance(names, list):
        return []
    paths = [text.beside(name) for name in names if isinstance(name, str)]
    return [path for path in paths if path.is_file()]
