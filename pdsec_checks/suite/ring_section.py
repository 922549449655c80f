"""The page's section about whom incidents would call: made where PD-26 was judged."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pdsec_checks.suite.items import CASE, CONTROL
from pdsec_checks.suite.report_options import path_of
from pdsec_checks.suite.workers import RING, RING_BEGUN, leave, shared_folder

if TYPE_CHECKING:
    from pdsec_checks.reports.ring.section import RingSection
    from pdsec_checks.suite.run import Run


def of_session(run: Run, session: pytest.Session) -> RingSection | None:
    """Return the section about the services of a session's cases of PD-26.

    None where no page was asked for, or no service.
    """
    from pdsec_checks.reports.ring.inspected import CONTROL as RING_CONTROL

    cases = (item.stash[CASE] for item in session.items if is_of(item, RING_CONTROL))
    services = {each.ref.id for case in cases for each in case.resources}
    if path_of(run.config, "html") is None or run.inspection is None or not services:
        return None
    from pdsec_checks.reports.ring.making import section_of  # heavy: only where it is shown

    return section_of(run.inspection, services)


def is_of(item: pytest.Item, control: str) -> bool:
    """Tell whether an item is a case of a control."""
    return CASE in item.stash and item.stash[CONTROL].id == control


class Leaver:
    """Lets the first worker that is done leave the section for the process that reports."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Make the section, unless another worker does."""
        folder = shared_folder(self.run.config)
        if folder is None or not claimed(folder):
            return
        found = of_session(self.run, session)
        if found is not None:
            import msgspec

            leave(folder / RING, msgspec.json.encode(found).decode())


def claimed(folder: Path) -> bool:
    """Tell whether this worker is the first that is done; of two, one is."""
    with suppress(FileExistsError, FileNotFoundError):
        (folder / RING_BEGUN).touch(exist_ok=False)
        return True
    return False


def load(folder: Path) -> RingSection | None:
    """Return the section that a worker left; None where none did."""
    import msgspec

    from pdsec_checks.reports.ring.section import RingSection

    file = folder / RING
    return msgspec.json.decode(file.read_bytes(), type=RingSection) if file.exists() else None
