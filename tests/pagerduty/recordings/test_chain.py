"""A recording cannot be edited unseen: the error names the first interaction that differs."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vcr.request import Request

from pdsec_checks import NAME
from pdsec_checks.errors import UsageError
from pdsec_checks.pagerduty.recordings import chain, recording
from pdsec_checks.pagerduty.recordings.ledger import ledger_of
from pdsec_checks.pagerduty.recordings.tape import open_tape
from tests.simulator import accounts, run
from tests.simulator.record import AS_OF
from tests.support.calls import run_command
from tests.support.tapes import ENDINGS, plain_of, resealed, tape, unsealed, write_plain

Plain = dict[str, Any]
Edit = Callable[[st.DataObject, Plain], int]
"""Changes a recording, and returns the number of the first interaction that differs then."""
HEADER = 0
"""That number where the header differs."""
NAMED = re.compile(r"edited since it was recorded: interaction (\d+) of \d+ (differs: |is missing)")


@pytest.fixture(scope="module", params=ENDINGS)
def suffix(request: pytest.FixtureRequest) -> str:
    """Return each ending of a recording's name."""
    return str(request.param)


@pytest.fixture(scope="module", params=[False, True], ids=["pseudonyms", "as it is"])
def sound(
    request: pytest.FixtureRequest, suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return a recording as it was made, with pseudonyms and without."""
    path = tmp_path_factory.mktemp("tape") / f"sound{suffix}"
    with run(accounts.small(AS_OF)) as simulator:
        tape(simulator, path, pd_no_redact=request.param)
    return path


def somewhere(draw: st.DataObject, plain: Plain, last: int | None = None) -> tuple[int, Plain]:
    """Return the place of an interaction, and the interaction."""
    end = len(plain["interactions"]) - 1 if last is None else last
    place = draw.draw(st.integers(0, end), "place")
    return place, plain["interactions"][place]


def another_letter(draw: st.DataObject, text: str) -> str:
    """Return a text with one character that is another one."""
    at = draw.draw(st.integers(0, len(text) - 1), "character")
    new = draw.draw(st.sampled_from([each for each in "abcXYZ019 " if each != text[at]]))
    return f"{text[:at]}{new}{text[at + 1 :]}"


def edited_body(draw: st.DataObject, plain: Plain) -> int:
    """Change one character of an answer."""
    place, each = somewhere(draw, plain)
    body = each["response"]["body"]
    body["string"] = another_letter(draw, body["string"])
    return place + 1


def edited_status(draw: st.DataObject, plain: Plain) -> int:
    """Change a status code, or the reason beside it."""
    place, each = somewhere(draw, plain)
    status = each["response"]["status"]
    changes: list[Plain] = [{"code": status["code"] + 1}, {"message": "Fine"}]
    status.update(draw.draw(st.sampled_from(changes)))
    return place + 1


def edited_answer_header(draw: st.DataObject, plain: Plain) -> int:
    """Change, drop, rename, repeat or add a header of an answer."""
    place, each = somewhere(draw, plain)
    headers = each["response"]["headers"]
    name = draw.draw(st.sampled_from(sorted(headers)))
    (value,) = headers[name]
    match draw.draw(st.sampled_from(["change", "drop", "rename", "repeat", "add"])):
        case "change":
            headers[name] = [another_letter(draw, value)]
        case "drop":
            del headers[name]
        case "rename":
            headers[name.title()] = headers.pop(name)
        case "repeat":
            headers[name] = [value, value]
        case _:
            headers["x-more"] = ["1"]
    return place + 1


def edited_request(draw: st.DataObject, plain: Plain) -> int:
    """Change what was asked: the address, the method, the body or a header."""
    place, each = somewhere(draw, plain)
    asked = each["request"]
    changes: list[Plain] = [
        {"uri": f"{asked['uri']}&limit=1"},
        {"uri": asked["uri"].replace("https://api.", "https://api.eu.")},
        {"method": "HEAD"},
        {"body": "{}"},
        {"headers": {"Accept": ["x"]}},
    ]
    asked.update(draw.draw(st.sampled_from(changes)))
    return place + 1


def edited_link(draw: st.DataObject, plain: Plain) -> int:
    """Change a digest, or drop one."""
    place, each = somewhere(draw, plain)
    link = each["response"].pop("digest")
    if draw.draw(st.booleans()):
        each["response"]["digest"] = another_letter(draw, link)
    return place + 1


def removed(draw: st.DataObject, plain: Plain) -> int:
    """Leave one interaction out, or all from one on."""
    place, _ = somewhere(draw, plain)
    end = None if draw.draw(st.booleans()) else place + 1
    del plain["interactions"][place:end]
    return place + 1


def repeated(draw: st.DataObject, plain: Plain) -> int:
    """Have one interaction there twice."""
    place, each = somewhere(draw, plain)
    plain["interactions"].insert(place, deepcopy(each))
    return place + 2


def inserted(draw: st.DataObject, plain: Plain) -> int:
    """Add an interaction that was none."""
    place, each = somewhere(draw, plain)
    new = deepcopy(each)
    new["request"]["uri"] += "/new"
    plain["interactions"].insert(place, new)
    return place + 1


def swapped(draw: st.DataObject, plain: Plain) -> int:
    """Exchange two interactions."""
    all_of_them = plain["interactions"]
    place, _ = somewhere(draw, plain, last=len(all_of_them) - 2)
    other = draw.draw(st.integers(place + 1, len(all_of_them) - 1))
    all_of_them[place], all_of_them[other] = all_of_them[other], all_of_them[place]
    return place + 1


def edited_header(draw: st.DataObject, plain: Plain) -> int:
    """Change, drop or add something that the recording says about itself."""
    header = plain["metadata"][NAME]
    name = draw.draw(st.sampled_from([*sorted(header), "surprise"]))
    new = draw.draw(st.sampled_from(["2026-11-24T09:00:00Z", 7, 1.5, None, ["x"], {"x": "y"}, {}]))
    is_dropped = draw.draw(st.booleans()) and name in header and name != "base_url"
    if is_dropped:
        del header[name]
    else:
        header[name] = new if header.get(name, "none") != new else "another"
    return HEADER


EDITS: list[Edit] = [
    edited_body,
    edited_status,
    edited_answer_header,
    edited_request,
    edited_link,
    removed,
    repeated,
    inserted,
    swapped,
    edited_header,
]


def named(path: Path) -> int:
    """Return the number of the interaction that an error names, or that of the header."""
    with pytest.raises(UsageError) as raised:
        recording.requests_on(str(path))
    said = str(raised.value)
    assert said.startswith(f"{path}: edited since it was recorded: ")
    assert "ask whoever made the recording" in said
    if "its header differs" in said:
        return HEADER
    found = NAMED.search(said)
    assert found, said
    return int(found[1])


@settings(max_examples=25, deadline=None)
@given(draw=st.data())
def test_any_edit_is_refused_at_its_place(sound: Path, draw: st.DataObject) -> None:
    """Whatever is changed, left out, added or moved, the first that differs is named."""
    plain = plain_of(sound)
    expected = draw.draw(st.sampled_from(EDITS))(draw, plain)
    path = sound.with_name(f"edited{sound.name.removeprefix('sound')}")
    write_plain(path, plain)

    assert named(path) == expected


def test_what_was_recorded_is_no_edit(sound: Path) -> None:
    """The recording itself is fine, and so is another spelling of the same content."""
    before = ledger_of(sound)
    path = sound.with_name(f"again{sound.name.removeprefix('sound')}")
    write_plain(path, plain_of(sound))

    assert ledger_of(path) == before
    assert recording.requests_on(str(path))[0].digest


def test_an_edited_moment_of_yaml_is_an_edit(tmp_path: Path) -> None:
    """YAML has values that JSON has not: a moment without quotation marks is one."""
    text = recording.shipped("demo").read_text("utf-8")
    path = tmp_path / "tape.yaml"
    path.write_text(text.replace("as_of: '2026-11-23T09:00:00Z'", "as_of: 2026-11-24T09:00:00Z"))

    assert named(path) == HEADER


def test_a_digest_of_the_whole_that_was_changed_alone_is_an_edit(tmp_path: Path) -> None:
    """Reports carry it: it is held against that of the last interaction."""
    plain = plain_of(recording.shipped("demo"))
    plain["metadata"][NAME]["digest"] = "0" * 64
    write_plain(tmp_path / "tape.json", plain)

    assert named(tmp_path / "tape.json") == HEADER


@pytest.mark.parametrize(
    "key", ["run", "digest", "header_digest", "interactions"]
)  # fmt: skip
def test_digests_that_were_taken_out_in_part_are_an_edit(tmp_path: Path, key: str) -> None:
    """A recording has all its digests, or none of them."""
    plain = plain_of(recording.shipped("demo"))
    header = plain["metadata"][NAME]
    kept = header[key]
    found = unsealed(plain)
    found["metadata"][NAME][key] = kept
    write_plain(tmp_path / "tape.json", found)

    assert named(tmp_path / "tape.json") == HEADER


def test_an_interaction_that_goes_on_with_the_chain_is_an_edit(tmp_path: Path) -> None:
    """The header says how many there are, and only its own digest says otherwise."""
    plain = plain_of(recording.shipped("demo"))
    longer = deepcopy(plain)
    longer["interactions"].append(deepcopy(plain["interactions"][0]))
    line = ledger_of(recording.shipped("demo")).splitlines()[0]
    (link,) = chain.links(plain["metadata"][NAME]["digest"], [line])
    longer["interactions"][-1]["response"]["digest"] = link
    write_plain(tmp_path / "tape.json", longer)

    assert named(tmp_path / "tape.json") == len(longer["interactions"]) == 82


def test_the_id_of_a_run_cannot_be_chosen(tmp_path: Path) -> None:
    """Whoever works out digests anew cannot pass a recording for that of another run."""
    plain = plain_of(recording.shipped("demo"))
    other = plain_of(recording.shipped("demo-compliant"))["metadata"][NAME]["run"]
    header = plain["metadata"][NAME]
    header["run"] = other
    header["header_digest"] = begin = chain.header_digest(header)
    lines = ledger_of(recording.shipped("demo")).splitlines()
    for each, link in zip(plain["interactions"], chain.links(begin, lines), strict=True):
        each["response"]["digest"] = header["digest"] = link
    write_plain(tmp_path / "tape.json", plain)

    assert named(tmp_path / "tape.json") == HEADER


@pytest.mark.parametrize("arguments", [["--replay"], ["recordings", "show"]])
def test_an_edited_recording_ends_with_4_and_what_differs(
    tmp_path: Path, arguments: list[str]
) -> None:
    """Number, method and path of the interaction, and the way out; no control character."""
    plain = plain_of(recording.shipped("demo"))
    plain["interactions"][0]["request"]["uri"] += "?\x1b[31m"
    write_plain(tmp_path / "tape.json", plain)
    ended = run_command(tmp_path, *arguments, "tape.json")

    assert ended.code == 4
    assert ended.err.strip() == (
        "ERROR: tape.json: edited since it was recorded: interaction 1 of 81 differs: "
        r"GET /abilities?\x1b[31m (record the account again, or ask whoever made the recording "
        "for the file as it was)"
    )


def test_digests_that_somebody_worked_out_anew_show_no_edit(tmp_path: Path) -> None:
    """They are no signature: what nobody sealed can be forged, and has another digest."""
    plain = plain_of(recording.shipped("demo"))
    before = plain["metadata"][NAME]["digest"]
    body = plain["interactions"][0]["response"]["body"]
    body["string"] = body["string"].replace('"teams",', "")
    write_plain(tmp_path / "tape.json", resealed(plain))

    assert recording.requests_on(str(tmp_path / "tape.json"))[0].digest not in {before, ""}


def test_the_id_of_a_run_is_that_of_what_was_recorded(tmp_path: Path) -> None:
    """The same account at the same moment has the same one, any other another one."""
    made = [
        accounts.small(AS_OF),
        accounts.small(AS_OF),
        accounts.small(AS_OF.replace(minute=1)),
        accounts.demo(AS_OF),
    ]
    runs = []
    for number, account in enumerate(made):
        path = tmp_path / f"tape{number}.json"
        with run(account) as simulator:
            tape(simulator, path, names=["users", "services"], pd_no_redact=True)
        runs.append(recording.requests_on(str(path))[0].run)

    assert runs[0] == runs[1]
    assert len(set(runs)) == 3


def test_a_recording_without_digests_is_read_and_says_so(tmp_path: Path) -> None:
    """Those of earlier versions stay what they were; no report takes them for checked."""
    write_plain(tmp_path / "tape.json", unsealed(plain_of(recording.shipped("demo"))))
    shown = run_command(tmp_path, "recordings", "show", "tape.json").out
    new = run_command(tmp_path, "--replay=demo", "--output=inspection.json").verdicts
    old = run_command(tmp_path, "--replay=tape.json", "--output=inspection.json")

    assert "digest      none: made by an earlier version" in shown
    assert "run         no id" in shown
    assert old.verdicts == new
    assert old.report["scope"]["recording"] == {"run": None, "digest": None}
    said = [each for each in old.report["notices"] if "carries no digest" in each]
    assert len(said) == old.text.count("carries no digest") == 1
    assert "Replayed: run" not in old.text


@settings(max_examples=40, deadline=None)
@given(
    bodies=st.lists(st.text(), min_size=1, max_size=4),
    query=st.text(st.characters(codec="ascii", exclude_categories=["Cc"])),
    request_id=st.from_regex(r"[A-Za-z0-9._-]{1,128}", fullmatch=True),
)
def test_whatever_is_written_is_read_as_it_was(
    suffix: str,
    bodies: list[str],
    query: str,
    request_id: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """No text of an answer looks edited because a format spells it in its own way."""
    path = tmp_path_factory.mktemp("tape") / f"tape{suffix}"
    with open_tape(path, "all") as written:
        for number, body in enumerate(bodies):
            asked = Request("GET", f"http://localhost/{number}?{query}", None, {})
            answer = {
                "status": {"code": 200, "message": "Fine"},
                "headers": {
                    "X-Request-Id": [request_id],
                    "Date": ["Mon, 23 Nov 2026 09:00:00 GMT"],
                },
                "body": {"string": body.encode()},
            }
            written.append(asked, answer)
        written.get_metadata(NAME, {"base_url": "https://api.pagerduty.com", "account": bodies[0]})
    with open_tape(path, "none") as read:
        found = [answer["body"]["string"].decode() for answer in read.responses]
        header = read.get_metadata(NAME, None)

    assert found == bodies
    assert header["account"] == bodies[0]
    assert header["interactions"] == len(bodies)
