"""Finding records: by id, by name and team, by time."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.simulator.layers import moment
from tests.simulator.messages import Call, not_found
from tests.simulator.records import Record

MONTH = timedelta(days=31)


def found(call: Call, records: dict[str, Record], identity: str) -> Record:
    """Return the record with this id.

    Raises:
        RefusedError: There is none, or none any more.
    """
    if identity not in records or identity in call.account.gone:
        raise not_found()
    return records[identity]


def matching(call: Call, records: list[Record], *fields: str) -> list[Record]:
    """Return the records that ``query`` and ``team_ids[]`` leave, and that the caller may see."""
    hidden = call.account.hidden.get(call.credential.user_id or "")
    if hidden:
        records = [each for each in records if each["id"] not in hidden]
    text, teams = call.query.one("query"), set(call.query.many("team_ids"))
    if text:
        words = text.casefold()
        records = [each for each in records if _has(each, words, fields or ("name",))]
    if teams:
        records = [
            each
            for each in records
            if teams & {team["id"] for team in each.get("teams") or () if "id" in team}
        ]
    return records


def _has(record: Record, words: str, fields: tuple[str, ...]) -> bool:
    return any(words in str(record.get(field)).casefold() for field in fields)


def between(records: list[Record], field: str, since: datetime, until: datetime) -> list[Record]:
    """Return the records whose *field* lies in a window, both ends included."""
    return [each for each in records if since <= moment(each[field]) <= until]


def by_name(call: Call, collection: str) -> list[Record]:
    """Return a collection in the order of its names, backwards where the call says so."""
    records = call.directory.by_name[collection]
    return records[::-1] if call.query.one("sort_by") == "name:desc" else records
