"""Reads each report format back into cases: (control, resource, status)."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections import Counter
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from pdsec_checks.catalogue.framework_files import ORDER
from pdsec_checks.finding import Finding
from pdsec_checks.model import ACCOUNT, Status
from pdsec_checks.reports.spreadsheet import BOM
from tests.support.shown import rows


class Case(NamedTuple):
    """One finding, as much of it as every format holds."""

    control: str
    resource: str
    """Type and id, or the id alone, by their letters and digits: see :func:`letters`."""
    status: Status


Cases = Counter[Case]


def letters(text: str) -> str:
    """Return the letters and digits of a text; each format escapes the rest in its own way."""
    return re.sub(r"[\W_]+", "", text)


def case(control: str, resource: str, status: str) -> Case:
    """Return a case as it can be compared."""
    return Case(control, letters(resource), Status(status))


def expected(findings: Iterable[Finding], statuses: Iterable[Status], *, types: bool) -> Cases:
    """Return the cases that a format of these *statuses* has to hold; *types* if it has them."""
    wanted = set(statuses)
    return Counter(
        case(each.control, each.resource.type * types + each.resource.id, each.status)
        for each in findings
        if each.status in wanted
    )


def from_json(text: str) -> Cases:
    """Read the JSON report."""
    return Counter(
        case(each["control"], each["resource"]["type"] + each["resource"]["id"], each["status"])
        for each in json.loads(text)["findings"]
    )


def from_csv(text: str) -> Cases:
    """Read the CSV report or the action plan."""
    return Counter(
        case(row["control"], row["resource_type"] + row["resource_id"], row["status"])
        for row in csv.DictReader(io.StringIO(text.removeprefix(BOM), newline=""))
    )


def from_xlsx(made: bytes) -> Cases:
    """Read the sheet of findings of the workbook."""
    return Counter(
        case(row["control"], row["resource_type"] + row["resource_id"], row["status"])
        for row in rows(made, "Findings")
    )


def from_junit(text: str) -> Cases:
    """Read the cases of the JUnit report; the kind of skipping is its type."""
    found = []
    for each in ET.fromstring(text).iter("testcase"):  # noqa: S314 - we wrote it
        tag, kind = next(((child.tag, child.get("type")) for child in each), ("", "pass"))
        status = Status(str(kind))
        assert tag == {"pass": "", "fail": "failure", "error": "error"}.get(status, "skipped")
        control, _, resource = str(each.get("name")).partition(" ")
        found.append(case(control, address_in(resource), status))
    return Counter(found)


def from_defectdojo(text: str) -> Cases:
    """Read the findings for DefectDojo: what has no verdict is Info, with a tag that says why."""
    found = []
    for each in json.loads(text)["findings"]:
        tags = {"not-judged": "error", "needs-a-person": "manual"}
        status = next((tags[tag] for tag in each["tags"] if tag in tags), "fail")
        assert (status == "fail") == (each["severity"] != "Info") == each["verified"]
        assert each["active"] is not each["risk_accepted"]
        control = each["title"].partition(" ")[0]
        resource = each["description"].rpartition("\n\nPagerDuty ")[2]
        found.append(case(control, resource, "waived" if each["risk_accepted"] else status))
    return Counter(found)


def address_in(named: str) -> str:
    """Return type and id at the end of a resource's name; the account has one of each."""
    address = named.rpartition("(")[2].removesuffix(")")
    return "account/account" if address == "account" else address


def from_prometheus(text: str) -> dict[tuple[str, Status], int]:
    """Read how many checks of each control have each status."""
    sample = r'^pdsec_checks\{.*,control="(.*?)",severity="\w+",status="(\w+)"\} (\d+)$'
    return {
        (control, Status(status)): int(count)
        for control, status, count in re.findall(sample, text, re.MULTILINE)
    }


def plain_cell(cell: str) -> str:
    """Return what a spreadsheet shows of a cell of a CSV that says its text as a formula."""
    said = re.fullmatch(r'="([^"]*)"', cell)
    return said[1] if said else cell


def from_sarif(text: str) -> Cases:
    """Read the SARIF report: a waiver is a suppression, a doubt has the word for it."""
    found = []
    for result in json.loads(text)["runs"][0]["results"]:
        (logical,) = result["locations"][0]["logicalLocations"]
        status = sarif_status(result)
        assert status == result["properties"]["status"]
        control = result["ruleId"].partition("/")[0]  # behind it the rule of what has no verdict
        found.append(case(control, logical["fullyQualifiedName"], status))
    return Counter(found)


def sarif_status(result: dict[str, Any]) -> str:
    """Return the status by what a viewer shows, without our own property."""
    if result.get("suppressions"):
        return "waived"
    for opening, status in (("Could not be judged: ", "error"), ("Needs a person: ", "manual")):
        if result["message"]["text"].startswith(opening):
            return status
    return {"fail": "fail", "pass": "pass", "notApplicable": "not_applicable"}[result["kind"]]


HEADINGS = {
    "Failing": Status.FAIL,
    "Could not be judged": Status.ERROR,
    "Needs a person": Status.MANUAL,
    "Waived": Status.WAIVED,
}


def from_markdown(text: str) -> Cases:
    """Read the items of the Markdown report; in place of the resource each has its sentence."""
    found, control, status = [], "", Status.FAIL
    for line in text.splitlines():
        if line.startswith("### ") and line.endswith("Fix first"):
            continue  # its items are among the findings below
        if line == "### Requirements by framework":
            break  # no findings: what they say of the frameworks
        if line.startswith("### "):
            status = HEADINGS[line.removeprefix("### ")]
        elif line.startswith("#### "):
            control = line.split()[1]
        elif line.startswith("- ") and control:  # above all controls is what was looked at
            said = re.sub(r" \[open\]\([^ ]*\)$", "", line.removeprefix("- "))
            found.append(case(control, html.unescape(said), status))
    return Counter(found)


def markdown_counts(text: str) -> list[int]:
    """Return the last row of the table: fail, error, manual, waived, pass, not applicable."""
    (row,) = (line for line in text.splitlines() if line.startswith("| all |"))
    return [int(cell) for cell in row.strip("| ").split("|")[1:]]


def from_oscal(text: str) -> Cases:
    """Read the observations of the assessment results."""
    return observed(json.loads(text)["assessment-results"]["results"][0])


def observed(result: dict[str, Any]) -> Cases:
    """Read observations; what an earlier run saw is none of this one."""
    found = []
    for each in result.get("observations", []):
        if "historic" in each["types"]:
            continue
        (status,) = (prop["value"] for prop in each["props"] if prop["name"] == "status")
        control, _, resource = each["title"].partition(": ")
        found.append(case(control, resource, status))
    return Counter(found)


def oscal_states(text: str) -> dict[str, str]:
    """Return the state of each control that has one."""
    result = json.loads(text)["assessment-results"]["results"][0]
    targets = [each["target"] for each in result.get("findings", [])]
    return {
        target["target-id"].removesuffix("_obj"): target["status"]["state"] for target in targets
    }


def from_poam(text: str) -> Cases:
    """Read the plan of action and milestones; each check has a risk, many doubts together one."""
    statuses = {"fail": "open", "waived": "deviation-approved"}
    plan = json.loads(text)["plan-of-action-and-milestones"]
    of_observation = {
        each["observation-uuid"]: risk["status"]
        for risk in plan.get("risks", [])
        for each in risk["related-observations"]
    }
    for each in plan.get("observations", []):
        (status,) = (prop["value"] for prop in each["props"] if prop["name"] == "status")
        assert of_observation[each["uuid"]] == statuses.get(status, "investigating")
    return observed(plan)


OCSF_STATUSES = {
    ("Pass", "Resolved"): "pass",
    ("Fail", "New"): "fail",
    ("Fail", "Suppressed"): "waived",
    ("Error", "New"): "error",
    ("Manual", "New"): "manual",
    ("Not Applicable", "Not Applicable"): "not_applicable",
}


def from_ocsf(text: str) -> Cases:
    """Read the events: verdict and state together give the status.

    The account has its name as its id.
    """
    found = []
    for line in text.splitlines():
        event = json.loads(line)
        (resource,) = event["resources"]
        identity = ACCOUNT if resource["type"] == ACCOUNT else resource["uid"]
        status = OCSF_STATUSES[event["compliance"]["status"], event["status"]]
        assert status == event["unmapped"]["status"]
        found.append(case(event["compliance"]["control"], resource["type"] + identity, status))
    return Counter(found)


FOLDED = "passed, listed here because the others have no verdict or are waived: "


def from_hdf(text: str) -> Cases:
    """Read the results; passed ones beside a doubt are listed in one skipped result.

    What does not apply stands in a tag where something else does.
    """
    found = []
    for control in json.loads(text)["profiles"][0]["controls"]:
        others = control["tags"].get("not_applicable", [])
        ids = [address.partition("/")[2] for address in others]
        found += [case(control["id"], each, "not_applicable") for each in ids]
        for result in control["results"]:
            if result["code_desc"].startswith(FOLDED):
                addresses = result["code_desc"].removeprefix(FOLDED).split(", ")
                ids = [address.partition("/")[2] for address in addresses]
                found += [case(control["id"], each, "pass") for each in ids]
            else:
                found.append(case(control["id"], result["resource_id"], hdf_status(result)))
    return Counter(found)


def hdf_status(result: dict[str, Any]) -> str:
    """Return the status of one result: four of ours can be ``skipped``, each with its words."""
    if result["status"] != "skipped":
        return {"passed": "pass", "failed": "fail", "error": "error"}[result["status"]]
    said = result["skip_message"]
    if said.startswith("needs a person: "):
        return "manual"
    if said.startswith("could not be judged: "):
        return "error"
    return "not_applicable" if said.startswith("not applicable: ") else "waived"


class HtmlCases(HTMLParser):
    """Reads the findings of the control sections of the page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: Cases = Counter()
        self.control = ""
        self.status = ""
        self.parts: dict[str, str] | None = None
        """Of the entry that is open: label, kind and code."""
        self.part = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "article":
            self.control = given["id"]
        elif tag == "details" and "data-status" in given:
            self.status = given["data-status"]
        elif tag in {"li", "tr"} and self.status and "id" in given:
            self.end_entry()
            self.parts, self.part = {}, "label"
        elif self.parts is not None:
            before_type = tag == "td" and "label" not in self.parts
            self.part = {"a": "label", "small": "kind", "code": "code"}.get(
                tag, "label" if before_type else ""
            ) if self.part else ""  # fmt: skip

    def handle_endtag(self, tag: str) -> None:
        if tag == "thead":
            self.parts = None
        elif tag in {"ul", "tbody"}:
            self.end_entry()
        elif tag == "article":
            self.control = self.status = ""

    def handle_data(self, data: str) -> None:
        if self.parts is not None and self.part and (data.strip() or not self.parts):
            self.parts[self.part] = self.parts.get(self.part, "") + data

    def end_entry(self) -> None:
        """Keep what was read of one entry."""
        parts, self.parts = self.parts, None
        if parts:
            resource = next(parts[name] for name in ("code", "kind", "label") if name in parts)
            self.found[case(self.control, resource, self.status)] += 1


def from_html(text: str) -> Cases:
    """Read the HTML report; an entry has the id of its resource, and not always the type."""
    return HtmlCases(text).found


def cited_in_hdf(text: str) -> dict[str, list[str]]:
    """Return the labels of requirements in the tags of each control."""
    plain = json.loads(text)
    return {
        each["id"]: sorted(label for name in ORDER for label in each["tags"].get(name, []))
        for each in plain["profiles"][0]["controls"]
    }


def cited_in_ocsf(text: str) -> dict[str, list[str]]:
    """Return the requirements of each control that has an event."""
    events = map(json.loads, text.splitlines())
    return {
        each["compliance"]["control"]: sorted(each["compliance"].get("requirements", []))
        for each in events
    }


def cited_in_oscal(text: str) -> dict[str, list[str]]:
    """Return the requirements of each control that has a finding."""
    plain = json.loads(text)["assessment-results"]["results"][0]
    return {
        each["target"]["target-id"].removesuffix("_obj"): sorted(
            found["value"] for found in each["props"] if found["name"] == "supports-requirement"
        )
        for each in plain.get("findings", [])
    }
