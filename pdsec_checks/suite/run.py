"""What is known of one pytest run over one account, so far; who fills it in is elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pytest

from pdsec_checks.catalogue.controls import own_sources, shipped_severities
from pdsec_checks.catalogue.framework_files import load_catalogue
from pdsec_checks.catalogue.frameworks import Catalogue
from pdsec_checks.configuration.contradictions import check_flags
from pdsec_checks.configuration.needs import check_needs, reports_before, reports_in
from pdsec_checks.configuration.settings import Settings, load_settings
from pdsec_checks.errors import without_locals
from pdsec_checks.inspection import Inspection
from pdsec_checks.model import Control, Severity
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.reports.same_account import EarlierReports
from pdsec_checks.suite.items import Labels
from pdsec_checks.suite.marker_expressions import with_marked_frameworks
from pdsec_checks.suite.report_options import check_all_is_kept

if TYPE_CHECKING:
    from pdsec_checks.judging.early import EarlyJudge
    from pdsec_checks.judging.engine import KnownFails
    from pdsec_checks.reports.report import RunInfo


@dataclass
class Run:
    """The state of a run; created when the first control is collected."""

    config: pytest.Config
    settings: Settings
    catalogue: Catalogue
    written: dict[str, Severity]
    """Every control there is, the organisation's own ones too → the severity it is written with."""
    before: EarlierReports = field(default_factory=EarlierReports)
    """The reports of before that the run goes by."""
    controls: dict[str, Control] = field(default_factory=dict)
    """Every control that was collected, by id."""
    homes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Control → (module file, function)."""
    labels: dict[str, Labels] = field(default_factory=dict)
    """Control → what its items get, as far as it was looked up."""
    wanted: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """(module file, function) → the case ids that were asked for; the placeholder for all."""
    selected: list[Control] = field(default_factory=list)
    """The controls that pytest's and our own selection left."""
    inspection: Inspection | None = None
    """None until the account was read."""
    early: EarlyJudge | None = None
    """What was judged while the account was read; None where nothing is."""
    found_resource: bool = False
    """Whether a resource was found that the run may judge."""
    unchosen: set[str] = field(default_factory=set)
    """The controls none of whose resources was asked for: in the end these were not selected."""
    expanded: set[str] = field(default_factory=set)
    """The controls that got their cases, whatever was deselected of these."""
    expected: Counter[str] = field(default_factory=Counter)
    """Control → how many checks it must have when the run is complete; empty until then."""

    @classmethod
    def begin(cls, config: pytest.Config) -> Run:
        """Read settings, frameworks and the earlier report.

        Raises:
            UsageError: One of them is not valid, a flag says nothing in this run, or a report
                would replace what is read.
        """
        flags = vars(config.option)
        with without_locals():
            settings = load_settings(flags, folder=config.invocation_params.dir)
            check_flags(flags)
        if not config.option.pd_accounts:  # which were checked by their file
            there = settings.explicit
            check_needs(flags, {*there, *reports_before(there), *reports_in(flags)})
        own = own_sources(settings.controls_path) if settings.controls_path else []
        written = {**shipped_severities(), **{source.id: source.severity for source in own}}
        check_all_is_kept(config, settings)
        before = EarlierReports.read(settings.decided)
        catalogue = load_catalogue(settings.framework_files, frozenset(written))
        settings = with_marked_frameworks(settings, config.option.markexpr, catalogue.frameworks)
        return cls(config, settings, catalogue, written, before)

    @property
    def known(self) -> frozenset[str]:
        """The ids of all controls there are."""
        return frozenset(self.written)

    @cached_property
    def known_fails(self) -> KnownFails | None:
        """What failed in the earlier report; None where there is none."""
        return self.before.baseline.failing if self.before.baseline else None

    @property
    def info(self) -> RunInfo | None:
        """What reports say about the run; None before the account was read."""
        return self.info_of(self.inspection.snapshot) if self.inspection else None

    def info_of(self, snapshot: Snapshot) -> RunInfo:
        """Return what reports say about the run over the account that was read."""
        from pdsec_checks.reports.report import RunInfo  # heavy, and not for a plan

        return RunInfo.of(snapshot, self.selected, self.settings, self.written)
