"""The action and the pipelines of ``docs/ci.md``: valid, and run as far as that is possible."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from pdsec_checks.configuration.options import REPORT_FORMATS
from tests.accounts.files import accounts_toml
from tests.simulator import Fault, accounts, run
from tests.support import reading
from tests.support.processes import ROOT, Ended, shell
from tests.support.schemas import check
from tests.support.shared_files import junit_schema
from tests.support.zizmor import objections

ACTION = ROOT / "action.yml"
PIPELINES = (ROOT / "docs" / "ci.md").read_text("utf-8")
SNIPPET = re.compile(r"<!-- check: (?P<schema>[\w.-]+) -->\n```yaml\n(?P<text>.*?)```", re.DOTALL)
SNIPPETS = [(found["schema"], found["text"]) for found in SNIPPET.finditer(PIPELINES)]


# The action


def action() -> dict[str, Any]:
    """Return the action."""
    found: dict[str, Any] = yaml.safe_load(ACTION.read_text("utf-8"))
    return found


def script_of(name: str) -> str:
    """Return the script of one step of the action."""
    script: str = next(s["run"] for s in action()["runs"]["steps"] if s.get("id") == name)
    return script


PYTHON = f'exec {sys.executable} "$@"'
TOOL = f'exec {sys.executable} -m pdsec_checks "$@"'


def inspect(folder: Path, tool: str = TOOL, **variables: str) -> Ended:
    """Run the step of the action that inspects, with *tool* where the action installs it."""
    installed = folder / "pagerduty-sec-inspector" / "bin"
    installed.mkdir(parents=True)
    for name, script in {"pagerduty-sec-inspector": tool, "python": PYTHON}.items():
        (installed / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (installed / name).chmod(0o755)
    given = {
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": "outputs",
        "GITHUB_STEP_SUMMARY": "summary",
        "INPUT_API_KEY": "",
        "INPUT_ACCOUNTS": "",
        "INPUT_KEEP": "pagerduty-inspection",
        "INPUT_ARGS": "",
        "INPUT_FORMATS": "json",
        "INPUT_OUTPUT": "reports",
        "INPUT_BASELINE": "",
        "INPUT_RENAMED": "false",
        "INPUT_ISOLATED": "auto",
        "FROM_FORK": "",
    }
    return shell(folder, script_of("inspect"), **{**given, **variables})


def test_the_action_is_valid() -> None:
    """The action follows GitHub's schema."""
    ended = check("vendor.github-actions", ACTION)

    assert ended.code == 0, ended.text


def test_no_input_is_pasted_into_a_script() -> None:
    """Inputs reach scripts through the environment, where they cannot become commands."""
    scripts = [step["run"] for step in action()["runs"]["steps"] if "run" in step]

    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_the_action_writes_reports_outputs_and_summary(tmp_path: Path) -> None:
    """The step ends well whatever the verdict: it hands on the exit code and the SARIF report."""
    ended = inspect(tmp_path, INPUT_ARGS="--replay demo --controls 5,22")

    assert ended.code == 0, ended.text
    assert outputs_of(tmp_path) == {
        "exit-code": "1",
        "judged": "true",
        "headline": "PARTIAL: PagerDuty Security Inspector: failing 2 critical, 3 medium",
        "json": "reports/inspection.json",
        "markdown": "reports/inspection.md",
        "sarif": "reports/inspection.sarif",
        "kept": "true",
    }
    assert {path.name for path in (tmp_path / "reports").iterdir()} == {
        "inspection.json",
        "inspection.md",
        "inspection.sarif",
    }
    summary = (tmp_path / "summary").read_text("utf-8")
    assert summary.startswith("## PARTIAL: PagerDuty Security Inspector: failing 2 critical")


def test_the_action_without_key_says_so(tmp_path: Path) -> None:
    """A run that cannot begin uploads nothing, hands on exit code 4, and says so on the page."""
    ended = inspect(tmp_path)

    assert outputs_of(tmp_path) == NOTHING_JUDGED
    assert "the account was not judged\nExit code 4;" in (tmp_path / "summary").read_text("utf-8")
    assert "PAGERDUTY_API_KEY" in ended.text


NOTHING_JUDGED = {"exit-code": "4", "judged": "false"}


EMPTY = '{"runs": [{"results": []}]}'
"""A SARIF log without a result."""


def a_tool(code: int, *files: str) -> str:
    """Return a script in place of the tool, which writes *files* and ends with *code*."""
    made = "; ".join(
        f"""mkdir -p "$(dirname {each})"; echo '{EMPTY if "sarif" in each else "new"}' > {each}"""
        for each in files
    )
    return f"sleep 0.02; {made or ':'}; exit {code}"


@pytest.mark.parametrize("code", [2, 3, 4, 5])
def test_what_an_earlier_run_left_is_not_of_this_one(tmp_path: Path, code: int) -> None:
    """A run that judged nothing uploads and keeps no report that lies in its folder."""
    (tmp_path / "reports").mkdir()
    for name in ("sarif", "md", "json"):
        (tmp_path / "reports" / f"inspection.{name}").write_text("## of last week\n", "utf-8")
    ended = inspect(tmp_path, a_tool(code))

    assert ended.code == 0, ended.text
    assert outputs_of(tmp_path) == {"exit-code": str(code), "judged": "false"}
    assert "of last week" not in (tmp_path / "summary").read_text("utf-8")
    assert not (tmp_path / LAST).exists()


def test_only_what_this_run_wrote_is_an_output(tmp_path: Path) -> None:
    """A report of another format, left by an earlier run, is no output."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "inspection.csv").write_text("old", encoding="utf-8")
    inspect(tmp_path, a_tool(0, "reports/inspection.html"))

    assert outputs_of(tmp_path) == {
        "exit-code": "0",
        "judged": "true",
        "html": "reports/inspection.html",
    }


def test_every_format_is_an_output_of_the_action(tmp_path: Path) -> None:
    """A workflow finds each file by the name of its format, and the upload by its id."""
    files = [f"reports/{file}" for file in REPORT_FORMATS.values()]
    inspect(tmp_path, a_tool(0, *files))
    found = outputs_of(tmp_path)

    assert {name: found[name] for name in REPORT_FORMATS} == {
        name: f"reports/{file}" for name, file in REPORT_FORMATS.items()
    }
    outputs = action()["outputs"]
    assert {*REPORT_FORMATS, "sarif-id", "judged"} <= {*outputs}
    for name in REPORT_FORMATS:
        assert outputs[name]["value"] == f"${{{{ steps.inspect.outputs.{name} }}}}"


# The report of the last run

LAST = "pagerduty-last-report"
"""What the steps of the cache restore and keep, in the runner's temporary folder."""


def test_the_cache_keeps_what_the_inspection_reads() -> None:
    """Restored before the inspection, and kept after one that judged something."""
    steps = action()["runs"]["steps"]
    names = [step["uses"].partition("@")[0] if "uses" in step else step["id"] for step in steps]
    restore, save = (
        next(step for step in steps if step.get("uses", "").startswith(f"actions/cache/{name}"))
        for name in ("restore", "save")
    )

    assert names.index("actions/cache/restore") < names.index("inspect")
    assert names.index("inspect") < names.index("actions/cache/save")
    assert restore["with"]["path"] == save["with"]["path"] == f"${{{{ runner.temp }}}}/{LAST}"
    assert restore["with"]["key"] == save["with"]["key"]
    assert save["with"]["key"].startswith(restore["with"]["restore-keys"])
    assert save["if"] == "steps.inspect.outputs.kept == 'true'"


@pytest.mark.parametrize(
    ("name", "args", "same"),
    [("acme", "--severity high", True), ("other", "--severity high", False), ("acme", "", False)],
)
def test_each_name_and_selection_has_its_own_last_report(
    tmp_path: Path, name: str, args: str, *, same: bool
) -> None:
    """A run over critical controls alone does not stand for a full one; a comma is no problem."""
    given = {"GITHUB_OUTPUT": "outputs", "GITHUB_JOB": "inspect"}
    shell(tmp_path, script_of("last"), NAME="acme", ASKED=" --severity high", **given)
    shell(tmp_path, script_of("last"), NAME=f"{name}", ASKED=f" {args}", **given)
    shell(tmp_path, script_of("last"), NAME="a,b", ASKED="", **given)
    first, second, third = (tmp_path / "outputs").read_text("utf-8").splitlines()

    assert (first == second) is same
    assert third.startswith("key=a-b-inspect-")


def test_what_failed_in_the_last_run_and_cannot_be_read_stays_open(tmp_path: Path) -> None:
    """The second run of the action carries the fails of the first on; nothing names a report."""
    flags = "--controls 5"
    with run(accounts.demo) as simulator:
        reach = {"INPUT_ARGS": flags, "INPUT_API_KEY": simulator.api_key}
        given = {**reach, "PAGERDUTY_BASE_URL": simulator.url}
        first, second = tmp_path / "first", tmp_path / "second"
        first.mkdir()
        inspect(first, **given)
        simulator.faults.append(Fault("/services", "status", status=403))
        shutil.copytree(first / LAST, second / LAST)  # as the cache does
        inspect(second, **given)
    plain = json.loads((second / "reports" / "inspection.json").read_text("utf-8"))

    assert outputs_of(first)["exit-code"] == "1"
    assert outputs_of(second)["exit-code"] == "6"
    assert {each["finding"]["control"] for each in plain["carried"]} == {"PD-05"}
    assert json.loads((second / LAST / "inspection.json").read_text("utf-8")) == plain


@pytest.mark.parametrize(("keep", "fork"), [("", "false"), ("name", "true")])
def test_nothing_is_kept_for_nobody_and_of_a_fork(tmp_path: Path, keep: str, fork: str) -> None:
    """Without a name there is no last report; what a fork has a say in is none of the branch."""
    inspect(tmp_path, a_tool(1, "reports/inspection.json"), INPUT_KEEP=keep, FROM_FORK=fork)

    assert "kept" not in outputs_of(tmp_path)
    assert not (tmp_path / LAST).exists()


@pytest.mark.parametrize(
    ("formats", "keep", "written"),
    [
        ("html", "name", "sarif,markdown,html,json"),
        ("", "name", "sarif,markdown,json"),
        ("json,html", "name", "sarif,markdown,json,html"),
        ("html", "", "sarif,markdown,html"),
    ],
)
def test_what_is_kept_is_written(tmp_path: Path, formats: str, keep: str, written: str) -> None:
    """The JSON report is there for the next run, whatever else was asked for."""
    inspect(tmp_path, PRINTING, INPUT_FORMATS=formats, INPUT_KEEP=keep)

    assert given_to(tmp_path)[:2] == ["--format", written]


PRINTING = 'printf "%s\\0" "$@" > given'
"""A tool that keeps what it was given."""


def given_to(folder: Path) -> list[str]:
    """Return the arguments of the tool."""
    return (folder / "given").read_text("utf-8").split("\0")[:-1]


# Several accounts


def test_the_action_inspects_several_accounts(tmp_path: Path) -> None:
    """One summary, the folder of SARIF files for one upload, and a last report of each account."""
    accounts_toml(
        tmp_path,
        {"name": "acme-eu", "replay": "demo"},
        {"name": "acme-us", "replay": "demo-compliant"},
        {"name": "gone", "replay": "gone.yaml"},
    )
    ended = inspect(tmp_path, INPUT_ACCOUNTS="accounts.toml", INPUT_ARGS="--controls 5")
    found = outputs_of(tmp_path)
    folder = Path(found["sarif"])

    assert ended.code == 0, ended.text
    assert (found["exit-code"], found["judged"], found["kept"]) == ("1", "true", "true")
    assert found["json"] == "reports/accounts.json"
    assert found["html"] == "reports/accounts.html"
    assert found["markdown"] == "reports/accounts.md"
    assert found["headline"].endswith("1 fail, 1 error, 1 pass of 3 accounts")
    assert {path.name for path in folder.iterdir()} == {"acme-eu.sarif", "acme-us.sarif"}
    assert {path.name for path in (tmp_path / LAST).iterdir()} == {"acme-eu", "acme-us"}
    summary = (tmp_path / "summary").read_text("utf-8")
    assert [line for line in summary.splitlines() if line.startswith("## ")] == [
        f"## {found['headline']}"
    ]
    assert "| gone | error |" in summary


def test_the_last_report_of_an_account_that_was_not_read_is_kept_on(tmp_path: Path) -> None:
    """What is kept is the last report that there was of each account, not of the last run."""
    for name in ("acme", "gone"):
        (tmp_path / LAST / name).mkdir(parents=True)
        (tmp_path / LAST / name / "inspection.json").write_text("old", encoding="utf-8")
    inspect(tmp_path, a_tool(6, "reports/accounts/acme/inspection.json"), INPUT_ACCOUNTS="a.toml")

    kept = {path.parent.name: path.read_text("utf-8") for path in (tmp_path / LAST).rglob("*.json")}
    assert kept == {"acme": "new\n", "gone": "old"}


def test_the_last_reports_of_several_accounts_are_passed_on(tmp_path: Path) -> None:
    """From the second run on."""
    inspect(tmp_path, PRINTING, INPUT_ACCOUNTS="a.toml")
    first = given_to(tmp_path)
    (tmp_path / LAST).mkdir()
    shutil.rmtree(tmp_path / "pagerduty-sec-inspector")
    inspect(tmp_path, PRINTING, INPUT_ACCOUNTS="a.toml")

    assert first[0] == "--accounts=a.toml"
    assert given_to(tmp_path)[:2] == [first[0], f"--accounts-last-reports={tmp_path / LAST}"]


def test_no_alert_of_an_account_that_was_not_read_is_uploaded(tmp_path: Path) -> None:
    """Its report of last week lies there; an upload of it would bring back what was fixed since."""
    old = tmp_path / "reports" / "accounts" / "gone" / "inspection.sarif"
    old.parent.mkdir(parents=True)
    old.write_text("old", encoding="utf-8")
    inspect(tmp_path, a_tool(6, "reports/accounts/a/inspection.sarif"), INPUT_ACCOUNTS="a.toml")

    assert {path.name for path in Path(outputs_of(tmp_path)["sarif"]).iterdir()} == {"a.sarif"}


@pytest.mark.parametrize("given", ["INPUT_API_KEY", "INPUT_BASELINE"])
def test_what_is_of_one_account_is_refused_for_several(tmp_path: Path, given: str) -> None:
    """A key of one account is not taken for that of all, and is not repeated."""
    variables = {"INPUT_ACCOUNTS": "a.toml", given: "hush"}
    ended = inspect(tmp_path, PRINTING, **variables)

    assert "::error::accounts: api-key and baseline are of one account" in ended.out
    assert "hush" not in ended.text
    assert outputs_of(tmp_path) == NOTHING_JUDGED
    assert not (tmp_path / "given").exists()


@pytest.mark.parametrize(
    ("args", "flags"),
    [
        ("", []),
        (" --severity  high ", ["--severity", "high"]),
        ("--severity high\n--region eu\n", ["--severity", "high", "--region", "eu"]),
        ("--config 'pager duty.toml'", ["--config", "pager duty.toml"]),
        ('--config "a \\"b\\".toml"', ["--config", 'a "b".toml']),
        ("--config pager\\ duty.toml", ["--config", "pager duty.toml"]),
        ("--config 'two\nlines'", ["--config", "two\nlines"]),
        ("--config ''", ["--config", ""]),
        ("$(touch a) `touch b` $HOME *", ["$(touch", "a)", "`touch", "b`", "$HOME", "*"]),
        ("x; touch c && y > e #f", ["x;", "touch", "c", "&&", "y", ">", "e", "#f"]),
    ],
)
def test_args_are_quoted_as_in_a_shell_and_never_run(
    tmp_path: Path, args: str, flags: list[str]
) -> None:
    """Quotes keep blanks together over several lines; whatever else a shell knows is text."""
    ended = inspect(tmp_path, 'printf "%s\\0" "$@" > given', INPUT_ARGS=args)

    assert ended.code == 0, ended.text
    given = (tmp_path / "given").read_text("utf-8").split("\0")[:-1]
    assert given == ["--format", "sarif,markdown,json", "--output", "reports", *flags]
    assert {path.name for path in tmp_path.iterdir()} == {
        *("given", "outputs", "pagerduty-began", "pagerduty-sec-inspector"),
    }


@pytest.mark.parametrize(
    ("wanted", "from_fork", "isolated"),
    [
        ("auto", "true", True),
        ("auto", "false", False),
        ("auto", "", False),
        ("true", "", True),
        ("false", "true", False),
    ],
)
def test_the_checkout_of_a_fork_configures_nothing(
    tmp_path: Path, wanted: str, from_fork: str, *, isolated: bool
) -> None:
    """The action is isolated where a fork was checked out, and where the workflow says so."""
    ended = inspect(
        tmp_path,
        'printf "%s\\0" "$@" > given',
        INPUT_ISOLATED=wanted,
        FROM_FORK=from_fork,
        INPUT_ARGS="--config base/pdsec.toml",
    )

    assert ended.code == 0, ended.text
    given = (tmp_path / "given").read_text("utf-8").split("\0")[:-1]
    assert ("--isolated" in given) is isolated
    assert given[-2:] == ["--config", "base/pdsec.toml"]


def test_a_misspelt_isolation_inspects_nothing(tmp_path: Path) -> None:
    """Whoever asks for isolation in other words gets no run without it."""
    ended = inspect(tmp_path, "touch given", INPUT_ISOLATED="yes", FROM_FORK="true")

    assert "::error::isolated is none of auto, true, false" in ended.out
    assert outputs_of(tmp_path) == NOTHING_JUDGED
    assert not (tmp_path / "given").exists()


def test_what_a_fork_is_depends_on_the_repository_of_its_branch() -> None:
    """A branch of another repository, or of one that is gone, is a fork's."""
    (step,) = (step for step in action()["runs"]["steps"] if step.get("id") == "inspect")
    condition = step["env"]["FROM_FORK"]

    for branch in ("pull_request.head.repo", "workflow_run.head_repository"):
        assert f"github.event.{branch}.full_name != github.repository" in " ".join(
            condition.split()
        )


def test_args_that_cannot_be_read_stop_the_job(tmp_path: Path) -> None:
    """A quote that nobody closed is named, nothing is inspected, and the exit code is 4."""
    ended = inspect(tmp_path, "touch given", INPUT_ARGS="--config 'pager duty.toml")

    assert "::error::the input args cannot be read: No closing quotation" in ended.out
    assert outputs_of(tmp_path) == NOTHING_JUDGED
    assert not (tmp_path / "given").exists()


def test_checkout_cannot_replace_a_module(tmp_path: Path) -> None:
    """The step runs where the user's repository is, and imports nothing from there."""
    (tmp_path / "shlex.py").write_text("raise SystemExit(0)", encoding="utf-8")
    inspect(tmp_path, "touch given", INPUT_ARGS="--severity high")

    assert (tmp_path / "given").exists()


@pytest.mark.parametrize(
    ("fail_on", "code", "ends_with"),
    [
        ("error", "0", 0),
        ("error", "1", 1),
        ("error", "6", 6),
        ("fail", "1", 1),
        ("fail", "6", 0),
        ("never", "1", 0),
        ("never", "6", 0),
        ("never", "4", 4),
        ("", "0", 4),
        ("sometimes", "0", 4),
    ],
)
def test_the_action_fails_as_it_was_told(
    tmp_path: Path, fail_on: str, code: str, ends_with: int
) -> None:
    """A run that went wrong always fails the job; a verdict fails it as ``fail-on`` says."""
    assert shell(tmp_path, script_of("gate"), FAIL_ON=fail_on, CODE=code).code == ends_with


@pytest.mark.parametrize(
    ("fail_on", "code", "said"),
    [
        ("error", "0", "exit code 0: nothing failed that was not known (2 new)"),
        ("error", "1", "::error::exit code 1: a control failed, or failed worse than in the"),
        (
            "error",
            "6",
            "::error::exit code 6: nothing new failed, but something could not be judged",
        ),
        ("fail", "6", "judged (2 new); fail-on: fail lets it pass"),
        ("never", "4", "::error::exit code 4: usage, configuration, credential or connection;"),
    ],
)
def test_the_gate_says_why(tmp_path: Path, fail_on: str, code: str, said: str) -> None:
    """The step that is red says what the exit code means, and what failed."""
    ended = shell(tmp_path, script_of("gate"), FAIL_ON=fail_on, CODE=code, HEADLINE="2 new")

    assert said in ended.out
    assert "(2 new)" in ended.out


def outputs_of(folder: Path) -> dict[str, str]:
    """Return the outputs of the step that inspects."""
    lines = (folder / "outputs").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_report_of_the_last_run_is_a_baseline(tmp_path: Path) -> None:
    """The first run has none, says so and is red; with its report the next is green."""
    first, second = tmp_path / "first", tmp_path / "second"
    given = {"INPUT_ARGS": "--controls 5,22", "PAGERDUTY_REPLAY": "demo"}
    for folder, last in (
        (first, "gone/inspection.json"),
        (second, "../first/reports/inspection.json"),
    ):
        folder.mkdir()
        ended = inspect(folder, INPUT_BASELINE=last, **given)
        assert ("::notice::there is no earlier report gone/" in ended.out) == (folder is first)

    assert outputs_of(first)["exit-code"] == "1"
    assert outputs_of(first)["headline"].endswith("failing 2 critical, 3 medium")
    assert outputs_of(second)["exit-code"] == "0"
    assert outputs_of(second)["headline"].endswith("(0 new, 0 worse, 5 known)")


GH = """#!/bin/sh
echo "$@" >> asked
case "$2" in
  list) echo "$RUN" ;;
  download) [ "$3" = 7 ] && mkdir last-inspection && echo '{}' > last-inspection/inspection.json ;;
esac
"""


@pytest.mark.parametrize(("last", "is_there"), [("7", True), ("8", False), ("", False)])
def test_the_recipe_fetches_the_last_report(tmp_path: Path, last: str, *, is_there: bool) -> None:
    """It takes the report of the last green run, and goes on where there is none any more."""
    (tmp_path / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    steps = yaml.safe_load(SNIPPETS[1][1])["jobs"]["inspect"]["steps"]
    script = f'PATH="$PWD:$PATH"\n{steps[1]["run"]}'
    ended = shell(tmp_path, script, RUN=last, WORKFLOW="PagerDuty", BRANCH="main")

    assert ended.code == 0, ended.text
    assert (tmp_path / steps[2]["with"]["baseline"]).exists() == is_there
    assert ("no longer has a report" in ended.out) == (last == "8")
    asked = (tmp_path / "asked").read_text("utf-8").splitlines()
    assert "--workflow PagerDuty --branch main --status success" in asked[0]
    assert len(asked) == (2 if last else 1)


# The pipelines


def test_every_pipeline_in_yaml_is_checked() -> None:
    """No YAML example of the page goes without its schema."""
    assert len(SNIPPETS) == PIPELINES.count("```yaml") == 8


@pytest.fixture(scope="module")
def workflows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the action, our workflows, and those of the page."""
    folder = tmp_path_factory.mktemp("workflows")
    shutil.copy(ACTION, folder)
    shutil.copytree(ROOT / ".github", folder / ".github")
    for number, (schema, text) in enumerate(SNIPPETS):
        if schema == "vendor.github-workflows":
            (folder / ".github" / "workflows" / f"example{number}.yml").write_text(text, "utf-8")
    return folder


def test_nothing_is_insecure_but_what_is_named_by_a_tag(workflows: Path) -> None:
    """Nobody objects to an action, workflow or example but where a commit is not known."""
    found = objections(workflows)

    assert {each.rule for each in found} == {"unpinned-uses"}
    assert [each for each in found if not each.comment.startswith("# tag: ")] == []


def test_an_insecure_workflow_would_be_seen(tmp_path: Path) -> None:
    """What is pasted into a script is found; so zizmor looks at what the test above gives it."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    text = SNIPPETS[0][1] + "      - run: echo ${{ github.event.issue.title }}\n"
    (folder / "example.yml").write_text(text, encoding="utf-8")

    assert {each.rule for each in objections(tmp_path)} == {"template-injection", "unpinned-uses"}


UNKNOWN_TASK = re.compile(r"  - task: AdvancedSecurity-Publish@1\n(?: {4}.*\n)+")
"""A step of Advanced Security, whose tasks the schema of Azure's pipelines does not have."""


@pytest.mark.parametrize(("schema", "text"), SNIPPETS)
def test_pipeline_is_valid(tmp_path: Path, schema: str, text: str) -> None:
    """An example follows the schema of the service that it is for."""
    path = tmp_path / "pipeline.yml"
    path.write_text(UNKNOWN_TASK.sub("", text), encoding="utf-8")
    ended = check(schema, path)

    assert ended.code == 0, ended.text


def test_workflow_gives_inputs_that_the_action_has() -> None:
    """The example of the action uses inputs and outputs that exist."""
    workflows = [yaml.safe_load(text) for _, text in SNIPPETS[:5]]
    steps = [step for each in workflows for step in each["jobs"]["inspect"]["steps"]]
    ours = [each["with"] for each in steps if "pagerduty-sec-inspector" in each.get("uses", "")]
    uploads = [each["with"] for each in steps if "upload-artifact" in each.get("uses", "")]

    assert len(ours) == 5
    assert {name for each in ours for name in each} <= set(action()["inputs"])
    outputs = [re.findall(r"outputs\.([\w-]+)", each["path"]) for each in uploads]
    assert outputs == [["reports"]] * 3
    used = {name for _, text in SNIPPETS for name in re.findall(r"n\.outputs\.([\w-]+)", text)}
    assert {"reports", "sarif", "sarif-id"} <= used <= {*action()["outputs"]}


def commands() -> dict[str, str]:
    """Return the command of each pipeline that runs the tool, without what installs it."""
    github, gitlab, azure = (yaml.safe_load(text) for _, text in SNIPPETS[5:])
    steps = [step.get("run", "") for step in github["jobs"]["inspect"]["steps"]]
    blocks = re.findall(r"'''\n(.*?)'''", PIPELINES, re.DOTALL)
    jenkins = textwrap.dedent(blocks[-1]).replace(". .venv/bin/activate\n", "")
    (anywhere,) = re.findall(r"<!-- recipe: anywhere -->\n```sh\n(.*?)```", PIPELINES, re.DOTALL)
    return {
        "github": steps[2],
        "gitlab": gitlab["pagerduty"]["script"][1],
        "azure": azure["steps"][3]["bash"],
        "jenkins": jenkins,
        "anywhere": anywhere,
    }


@pytest.mark.parametrize(("account", "code"), [("demo", 1), ("demo-compliant", 0)])
@pytest.mark.parametrize("name", ["github", *map(reading.in_ci, ("gitlab", "jenkins"))])
def test_pipeline_runs(tmp_path: Path, name: str, account: str, code: int) -> None:
    """The command of an example runs as it stands, and its exit code is the verdict."""
    ended = shell(tmp_path, commands()[name], PAGERDUTY_REPLAY=account)

    assert ended.code == code, ended.text
    written = {path.name for path in (tmp_path / "reports").iterdir()}
    extra = {"inspection.md"} if name == "github" else {"inspection.html", "junit.xml"}
    more = {"inspection.sarif"} if name == "gitlab" else set()
    assert written == {"inspection.json", *extra, *more}


@pytest.mark.parametrize(
    ("arguments", "code", "judged", "said"),
    [
        ({"PAGERDUTY_REPLAY": "demo"}, 1, True, ""),
        ({"PAGERDUTY_REPLAY": "gone"}, 4, False, ""),
        ({"SIX": "6"}, 0, True, "##vso[task.complete result=SucceededWithIssues]"),
    ],
)
def test_azure_publishes_what_was_judged(
    tmp_path: Path, arguments: dict[str, str], code: int, said: str, *, judged: bool
) -> None:
    """The later steps run where something was judged; what could not be judged is a warning."""
    script = commands()["azure"]
    if "SIX" in arguments:
        script = f"pytest() {{ return $SIX; }}\n{script}"
    ended = shell(tmp_path, script, **arguments)
    steps = yaml.safe_load(SNIPPETS[7][1])["steps"]

    assert ended.code == code, ended.text
    assert ("##vso[task.setvariable variable=judged]true" in ended.out) is judged
    assert ("##vso[build.addbuildtag]judged" in ended.out) is judged
    assert said in ended.out
    assert {each["condition"] for each in steps[4:]} == {
        "and(not(canceled()), eq(variables.judged, 'true'))"
    }


@pytest.mark.parametrize("is_first", [True, False])
def test_azure_goes_by_the_last_report_that_was_judged(tmp_path: Path, *, is_first: bool) -> None:
    """It fetches what a run with the tag published, whatever its colour; a first run has none."""
    steps = yaml.safe_load(SNIPPETS[7][1])["steps"]
    fetched, published = steps[2]["inputs"], steps[-1]
    place = fetched["targetPath"].removeprefix("$(System.DefaultWorkingDirectory)/")
    if not is_first:
        (tmp_path / place).mkdir()
        (tmp_path / place / "inspection.json").touch()
    ended = shell(tmp_path, f'pytest() {{ echo "$@"; }}\n{commands()["azure"]}')

    assert (f"--pd-last-report={place}/inspection.json" in ended.out) is not is_first
    assert fetched["artifactName"] == published["artifact"]
    assert "--pd-json=reports/inspection.json" in ended.out
    assert published["publish"] == "reports"
    assert fetched["tags"] == "judged"
    assert fetched["allowFailedBuilds"]
    assert fetched["allowPartiallySucceededBuilds"]
    assert steps[2]["continueOnError"]


@pytest.mark.parametrize("name", [reading.in_ci("gitlab"), reading.in_ci("jenkins"), "anywhere"])
def test_what_the_last_green_run_knew_stays_green(tmp_path: Path, name: str) -> None:
    """A recipe is red for what is new, and green for what an accepted report has."""
    script = commands()[name]
    first = shell(tmp_path, script, PAGERDUTY_REPLAY="demo")
    assert first.code == 1, first.text
    assert not (tmp_path / KEPT).exists(), "a red run leaves no baseline"

    accept(tmp_path, name)
    again = shell(tmp_path, script, PAGERDUTY_REPLAY="demo")
    assert again.code == 0, again.text
    assert "0 new, 0 worse" in again.text


@pytest.mark.parametrize("name", [reading.in_ci("gitlab"), "anywhere"])
def test_a_green_run_is_the_next_baseline(tmp_path: Path, name: str) -> None:
    """Its report is kept; what breaks afterwards is new, and keeps the last green report."""
    script = commands()[name]
    green = shell(tmp_path, script, PAGERDUTY_REPLAY="demo-compliant")
    assert green.code == 0, green.text
    kept = (tmp_path / KEPT).read_bytes()

    red = shell(tmp_path, script, PAGERDUTY_REPLAY="demo")
    assert red.code == 1, red.text
    assert " 0 known" in red.text
    assert (tmp_path / KEPT).read_bytes() == kept


@pytest.mark.parametrize(
    ("code", "is_kept"), [(0, True), (1, True), (6, True), (2, False), (4, False), (5, False)]
)
def test_gitlab_goes_by_the_last_report_that_was_judged(
    tmp_path: Path, code: int, *, is_kept: bool
) -> None:
    """The report of a run that judged anything is the last one of the next, and no other is."""
    job = yaml.safe_load(SNIPPETS[6][1])["pagerduty"]
    written = "mkdir -p reports; echo new > reports/inspection.json"
    stub = f'pytest() {{ echo "$@"; {written}; return $CODE; }}'
    kept = tmp_path / "last-inspection" / "judged.json"
    kept.parent.mkdir()
    kept.write_text("old\n", encoding="utf-8")
    ended = shell(tmp_path, f"{stub}\n{commands()['gitlab']}", CODE=str(code))

    assert ended.code == code, ended.text
    assert "--pd-last-report=last-inspection/judged.json" in ended.out
    assert kept.read_text("utf-8") == ("new\n" if is_kept else "old\n")
    assert (tmp_path / KEPT).exists() is (code == 0)
    assert job["cache"]["paths"] == ["last-inspection/"]
    assert job["cache"]["when"] == "always"


KEPT = "last-inspection/inspection.json"
"""Where every recipe has the report of the last green run."""


def accept(folder: Path, name: str) -> None:
    """Accept what fails, as somebody does who starts a pipeline by hand."""
    if name == "gitlab":
        ended = shell(folder, commands()[name], PAGERDUTY_REPLAY="demo", ACCEPT="yes")
        assert ended.code == 0, ended.text
        return
    (folder / KEPT).parent.mkdir()
    shutil.copy(folder / "reports" / "inspection.json", folder / KEPT)


def test_the_waiver_of_the_page_is_refused_where_it_matches_nothing(tmp_path: Path) -> None:
    """The command for waivers runs as it stands, and goes by the report of the last run."""
    (script,) = re.findall(r"```\n(pagerduty-sec-inspector waive .*?)```", PIPELINES, re.DOTALL)
    (tmp_path / KEPT).parent.mkdir()
    shell(tmp_path, f"{TOOL_FOR_A_REPORT} || true", PAGERDUTY_REPLAY="demo")
    refused = shell(tmp_path, script)
    assert refused.code == 4
    assert f"--report {KEPT}: PABC123: PD-22 fails for no such resource" in refused.err

    findings = json.loads((tmp_path / KEPT).read_text("utf-8"))["findings"]
    failing = next(each["resource"]["id"] for each in findings if each["status"] == "fail")
    until = (datetime.now(UTC).date() + timedelta(days=20)).isoformat()
    written = shell(tmp_path, script.replace("PABC123", failing).replace("2027-03-31", until))
    assert written.code == 0, written.text
    assert "nothing is wrong" in written.out


TOOL_FOR_A_REPORT = f"pagerduty-sec-inspector --controls 22 --output {KEPT}"


def test_report_without_properties_of_cases_suits_the_xunit_plugin(tmp_path: Path) -> None:
    """What the page says for Jenkins' xUnit plugin makes a report that its schema accepts."""
    schema = junit_schema()
    scripts = re.findall(r"```sh\n(.*?)```", PIPELINES, re.DOTALL)
    (script,) = [each for each in scripts if "junit.xml" in each]
    shell(tmp_path, f"{commands()['gitlab']} || true", PAGERDUTY_REPLAY="demo")
    report = tmp_path / "reports" / "junit.xml"
    assert not schema.is_valid(report)

    ended = shell(tmp_path, script)

    assert ended.code == 0, ended.text
    schema.validate(report)
    assert report.read_text("utf-8").count("<testcase") > 100


def test_scripts_are_what_bash_can_read() -> None:
    """Each script of the action is syntactically right."""
    for name in ("install", "last", "inspect", "gate"):
        subprocess.run(["bash", "-n", "-c", script_of(name)], check=True)  # noqa: S607 - as on CI
