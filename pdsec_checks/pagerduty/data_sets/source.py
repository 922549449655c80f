"""The client as one data set uses it: its requests have a rank, its answers only what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from pdsec_checks.model import Record
from pdsec_checks.pagerduty.data_sets.depth import check_depth
from pdsec_checks.pagerduty.data_sets.fields import prune
from pdsec_checks.pagerduty.http.turns import Lane, on_behalf_of
from pdsec_checks.resources.kept import Kept

if TYPE_CHECKING:
    from pdsec_checks.pagerduty.http.client import Client


class Source(Struct, frozen=True):
    """Answers the requests of one data set; raises what :class:`Client` raises."""

    client: Client
    concurrency: int
    """How many requests it is worth to have under way at once."""
    lane: Lane
    kept: Kept

    def get(self, path: str, **params: str | int | list[str]) -> Record:
        """Return the JSON object at *path*, its records pruned."""
        try:
            with on_behalf_of(self.lane):
                answer = self.client.get(path, **params)
        finally:
            self.client.outlook.answered(self.lane.name)
        return self._pruned(path, answer)

    @property
    def is_taped(self) -> bool:
        """Whether a tape records the requests, or answers them: a replay asks for no others."""
        return self.client.is_taped

    def expect(self, requests: int) -> None:
        """Take note of further requests that will be made, or of fewer where it is negative."""
        self.client.outlook.expect(self.lane.name, requests)

    def guesses(self, wanted: int) -> int:
        """Return how many of *wanted* requests may be made for what may not exist.

        So many are left in the window of the rate limit beyond what all data sets will ask.
        """
        with on_behalf_of(self.lane):
            return self.client.guesses(wanted)

    def post_analytics(self, path: str, filters: Record) -> Record:
        """Return the answer of one analytics query, its records pruned."""
        with on_behalf_of(self.lane):
            answer = self.client.post_analytics(path, filters)
        return self._pruned(path, answer)

    def _pruned(self, path: str, answer: Record) -> Record:
        """Return what is kept of an answer.

        Raises:
            UnavailableError: That is nested too deep.
        """
        found = prune(answer, self.kept.fields)
        check_depth(path, found)
        return found
