"""What the command ``ring`` found, ready to be shown in any format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pdsec_checks.analysis.certainty import combined
from pdsec_checks.analysis.ring.account import Ring, Situation
from pdsec_checks.analysis.ring.incident import Incident
from pdsec_checks.analysis.ring.load import Load
from pdsec_checks.analysis.ring.losses import Loss
from pdsec_checks.analysis.ring.overview import Overview, Standing
from pdsec_checks.exit_codes import ExitCode
from pdsec_checks.pagerduty.snapshot import RecordingFacts
from pdsec_checks.reports.ring.headline import Tally, headline, tally_of
from pdsec_checks.reports.ring.words import IN_UTC, Zone
from pdsec_checks.resources import View


@dataclass(frozen=True)
class Source:
    """The account, and how it was read."""

    as_of: datetime
    base_url: str
    subdomain: str | None
    source: str
    """``live`` or ``recording``."""
    notices: tuple[str, ...] = ()
    recording: RecordingFacts | None = None
    """The recording that was replayed, or made; None where neither was."""


@dataclass(frozen=True)
class WhatIf:
    """What the question takes to be so; nothing where all three are empty."""

    without_users: tuple[View, ...] = ()
    """They are taken to be deleted."""
    silent_users: tuple[View, ...] = ()
    """They are taken not to react."""
    without_schedules: tuple[View, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A service about which a question cannot be answered, and why."""

    service: View
    why: str

    @property
    def reason(self) -> str:
        """Why, for a line that names the service already."""
        return self.why.removeprefix(f"{self.service}: ")


@dataclass(frozen=True)
class RingAnswer:
    """The answer to one question about an account."""

    source: Source
    overview: Overview
    what_if: WhatIf = WhatIf()
    selected: tuple[str, ...] = ()
    """The patterns of ids and names that were asked about; empty: all services."""
    zone: Zone = IN_UTC
    """The zone in which moments are shown as well."""
    incidents: Sequence[Incident] | None = None
    """Those of one moment; None where none was asked about."""
    losses: Sequence[Loss] | None = None
    """The blast radius; None where it was not asked for."""
    loads: Sequence[Load] | None = None
    """Who carries alone; None where that was not asked for."""
    refused: tuple[Refused, ...] = ()
    """What a walk, the blast radius or the load cannot say, beside what the overview cannot."""

    @property
    def ring(self) -> Ring:
        """The analysis."""
        return self.overview.ring

    @property
    def tally(self) -> Tally:
        """How many services stand how."""
        return tally_of(self.overview, is_selected=bool(self.selected))

    @property
    def headline(self) -> str:
        """The answer in a sentence."""
        return headline(self.tally)

    @property
    def not_judged(self) -> list[Refused]:
        """Every service about which something cannot be said, once, by its name."""
        found = [Refused(each.service, each.why) for each in self.overview.not_judged]
        known = {id(each.service) for each in found}
        return [*found, *(each for each in self.refused if id(each.service) not in known)]

    @property
    def exit_code(self) -> ExitCode:
        """How the command ends: by the incidents of one moment where it was asked about one."""
        if self.incidents is not None:
            states = {each.is_dead for each in self.incidents}
            is_dead, is_unknown = True in states, None in states or bool(self.refused)
        else:
            is_dead = bool(self.overview.dead)
            is_unknown = bool(self.not_judged or self.overview.unread)
        if is_dead:
            return ExitCode.FAILED
        return ExitCode.NOT_JUDGED if is_unknown else ExitCode.PASSED


def certain(overview: Overview) -> tuple[list[Situation], list[Refused]]:
    """Return the services of which everything is known, and why it is not of the others."""
    situations: list[Situation] = []
    refused: list[Refused] = []
    for row in overview.of(Standing.DEAD, Standing.RINGS):
        situation = row.sure.situation
        if doubts := situation.chain.doubts:
            refused.append(Refused(row.service, str(combined(each.why for each in doubts))))
        else:
            situations.append(situation)
    return situations, refused
