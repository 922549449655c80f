"""One inspection: the snapshot, the settings, and what controls ask for by argument name.

A control names what it needs as function arguments. What such a name stands for is declared
with :func:`resource` (one case for each) or :func:`shared` (the same object for all cases);
from these declarations follows which data sets a selection of controls has to read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from pdsec_checks.analysis.analytics import figures_by_service
from pdsec_checks.baseline import Baseline
from pdsec_checks.errors import InspectionError, UnavailableError, UnforeseenError
from pdsec_checks.model import Interval
from pdsec_checks.outcomes import Skipped
from pdsec_checks.pagerduty.data_sets.table import DATA_SETS
from pdsec_checks.pagerduty.snapshot import Snapshot
from pdsec_checks.resources import Unreadable, View

Builder = Callable[["Inspection"], Any]
V = TypeVar("V", bound=View)


@dataclass(frozen=True)
class Provider:
    """What an argument name stands for."""

    build: Builder
    data_sets: tuple[str, ...]
    plural: str = ""
    """For resources: how a sentence calls several of them."""


SHARED: dict[str, Provider] = {}
RESOURCES: dict[str, Provider] = {}


def shared(*data_sets: str) -> Callable[[Builder], Builder]:
    """Declare an argument that all cases share, made from *data_sets*.

    The function returns the object, or raises why no case can be judged: an InspectionError
    for each resource, or one verdict for the account by ``not_applicable``, ``manual`` or a
    failing assertion.
    """

    def declare(build: Builder) -> Builder:
        SHARED[build.__name__] = Provider(build, data_sets)
        return build

    return declare


def resource(plural: str, *data_sets: str) -> Callable[[Builder], Builder]:
    """Declare an argument that stands for one resource; the function returns all of them."""

    def declare(build: Builder) -> Builder:
        RESOURCES[build.__name__] = Provider(build, data_sets, plural)
        return build

    return declare


@dataclass
class Inspection:
    """What the cases of one run are judged by."""

    snapshot: Snapshot
    baseline: Baseline
    listed: dict[str, list[View]] = field(default_factory=dict)
    """Argument → its resources as cases have them, as far as a control asked for them."""
    _views: dict[tuple[type[View], str], list[Any]] = field(default_factory=dict)
    _made: dict[str, tuple[Any, BaseException | None]] = field(default_factory=dict)
    _found: dict[str, dict[tuple[str, str], View]] = field(default_factory=dict)

    @property
    def as_of(self) -> datetime:
        """The moment the account was read; every age counts from it."""
        return self.snapshot.as_of

    @property
    def coverage_window(self) -> Interval:
        """The span in which somebody must be on call."""
        days = timedelta(days=self.baseline.schedule_coverage_days)
        return Interval(self.as_of, self.as_of + days)

    @cached_property
    def figures(self) -> dict[str, dict[str, Any]]:
        """Incident figures by service id; empty unless they were asked for and readable."""
        known = self.snapshot.has("analytics")
        return figures_by_service(self.snapshot.records("analytics")) if known else {}

    def records(self, name: str) -> list[Any]:
        """Return the records of a data set.

        Raises:
            UnavailableError: It could not be read.
        """
        return self.snapshot.records(name)

    def views(self, kind: type[V], name: str) -> list[V]:
        """Return the records of a data set as views, which know what was kept of them.

        Everybody gets the same views: what one of them was asked, it tells the next at once.

        Raises:
            UnavailableError: It could not be read.
        """
        if (kind, name) not in self._views:
            self._views[kind, name] = self.snapshot.views(kind, name)
        return [*self._views[kind, name]]

    def records_or_none(self, name: str, *absent: int) -> list[Any] | None:
        """Return the records of a data set; None when PagerDuty answered one of *absent*.

        A status speaks only for the path that sent it: one of another list, which this data set
        is derived from, says nothing about this one.

        Raises:
            UnavailableError: It could not be read for another reason.
        """
        try:
            return self.snapshot.records(name)
        except UnavailableError as error:
            if error.status in absent and error.path == DATA_SETS[name].path:
                return None
            raise

    def views_or_none(self, kind: type[V], name: str, *absent: int) -> list[V] | None:
        """Return the records of a data set as views; None when PagerDuty answered one of *absent*.

        Raises:
            UnavailableError: It could not be read for another reason.
        """
        if self.records_or_none(name, *absent) is None:
            return None
        return self.views(kind, name)

    def let_go(self) -> None:
        """Forget what was read, and all that was made of it; nobody may ask any more.

        Makers hold the inspection, and parts of a record their record: what goes round in circles
        would stay until Python searches everything there is, which takes half a second.
        """
        for found in (*self._views.values(), *self.listed.values()):
            for view in found:
                vars(view).clear()
        for known in (self.snapshot.data, self.listed, self._views, self._made, self._found):
            known.clear()

    def find(self, name: str, kind: str, identity: str) -> View:
        """Return the resource of the argument *name* with a type and an id.

        Raises:
            InspectionError: There is none, or they cannot be read.
        """
        if name not in self._found:
            readable = (each for each in self.provide(name) if not isinstance(each, Unreadable))
            self._found[name] = {(each.ref.type, each.ref.id): each for each in readable}
        if (kind, identity) not in self._found[name]:
            raise InspectionError(f"no {kind} {identity} was read")
        return self._found[name][kind, identity]

    def provide(self, name: str) -> Any:
        """Return what the argument *name* stands for, made once; raise what its maker raised.

        Raises:
            UnforeseenError: The maker broke.
        """
        if name not in self._made:
            provider = SHARED.get(name) or RESOURCES[name]
            try:
                self._made[name] = (provider.build(self), None)
            except (InspectionError, Skipped, AssertionError) as error:
                self._made[name] = (None, error)
            except Exception as error:  # noqa: BLE001 - it costs the controls that ask for it
                self._made[name] = (None, UnforeseenError.of(name.replace("_", " "), error))
        made, failure = self._made[name]
        if failure is not None:
            raise failure.with_traceback(None)
        return made
