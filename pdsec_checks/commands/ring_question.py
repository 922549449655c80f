"""What ``ring`` is asked, as the analysis takes it: the account is read, and names are looked up."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from pdsec_checks.analysis.certainty import combined
from pdsec_checks.analysis.ring.account import Limits, Ring
from pdsec_checks.analysis.ring.callers import Assumed
from pdsec_checks.analysis.ring.incident import Incident, incident_at
from pdsec_checks.analysis.ring.load import loads
from pdsec_checks.analysis.ring.losses import losses
from pdsec_checks.analysis.ring.overview import Overview, Standing, survey
from pdsec_checks.analysis.ring.support_hours import zone_named
from pdsec_checks.configuration.options import flags_of_command
from pdsec_checks.configuration.settings import Settings, load_settings
from pdsec_checks.errors import InspectionError, UsageError
from pdsec_checks.fixtures import readable_services
from pdsec_checks.inspection import Inspection
from pdsec_checks.judging.cases import matches
from pdsec_checks.judging.controls import shipped_controls
from pdsec_checks.judging.matching import nearest
from pdsec_checks.output import say
from pdsec_checks.pagerduty import reading
from pdsec_checks.pagerduty.http.client import Client
from pdsec_checks.pagerduty.snapshot import Snapshot, Unavailable
from pdsec_checks.reports.ring.answer import Refused, RingAnswer, Source, WhatIf
from pdsec_checks.reports.ring.words import IN_UTC, Zone
from pdsec_checks.resources import Service, Unreadable, View

CONTROL = "PD-26"
"""The control that is judged by what this command needs."""
V = TypeVar("V", bound=View)
