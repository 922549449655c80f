"""Fixes as an ``.http`` file, which editors open and send request by request."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from pdsec_checks.fixes.fix import Request
from pdsec_checks.reports.fixes.document import Document, Entry, as_json, commented

HOW = (
    "Set the variable PAGERDUTY_API_TOKEN in your editor's environment, to a key that may write,",
    "and keep it out of this file. Requests behind CHECK are comments until that is true.",
)
HEADERS = (
    "Authorization: Token token={{PAGERDUTY_API_TOKEN}}",
    "Accept: application/vnd.pagerduty+json;version=2",
)
CONTENT_TYPE = "Content-Type: application/json"


class Seen:
    """What a file replaces already: of two requests for one object the second undoes the first."""

    def __init__(self) -> None:
        self._by_path: dict[str, str] = {}

    def warnings(self, request: Request, entry: Entry) -> Iterator[str]:
        """Yield what to mind about a request whose object stands above, and note it down."""
        if request.method != "PUT":
            return
        earlier = self._by_path.setdefault(request.path, entry.mark)
        if earlier != entry.mark:
            yield (
                f"{earlier} above changes the same: bring its change into this body too, or this "
                "may undo it"
            )


def render(document: Document) -> str:
    """Return an ``.http`` file with every fix."""
    lines, seen = [*commented([*document.head, "", *HOW])], Seen()
    for entry in document.entries:
        lines += ["", *lines_of(entry, document.base_url, seen)]
    return "\n".join(lines) + "\n"


def lines_of(entry: Entry, base_url: str, seen: Seen) -> Iterator[str]:
    """Yield the fix of one fail; *seen* is what stands in the file already."""
    yield f"### {entry.heading}"
    yield from commented([entry.gen, *filter(None, [entry.fix.note])])
    if not entry.fix.requests:
        yield from commented([f"No request does this. {entry.remedy}"])
    for number, request in enumerate(entry.fix.requests, 1):
        if number > 1:
            yield from ("", f"### {entry.finding.control}, request {number}")
        yield from commented(seen.warnings(request, entry))
        yield from written(request, base_url)


def written(request: Request, base_url: str) -> Iterator[str]:
    """Yield one request; one that must be checked first is a comment."""
    yield from commented(filter(None, [request.note]))
    if request.check:
        yield from commented([f"CHECK first: {request.check}"])
        yield from (f"# {line}".rstrip() for line in bare(request, base_url))
    else:
        yield from bare(request, base_url)


def bare(request: Request, base_url: str) -> Iterator[str]:
    """Yield the lines of a request; the Events API knows a sender by the routing key alone."""
    is_event = request.path.startswith("https://")
    yield f"{request.method} {'' if is_event else quote(base_url, safe=':/[]')}{request.path}"
    yield from () if is_event else HEADERS
    if request.body is not None:
        yield from (CONTENT_TYPE, "", *as_json(request.body).split("\n"))
