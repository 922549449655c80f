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

from tests.support.processes import ROOT, Ended, shell
from tests.support.schemas import check
from tests.support.shared_files import junit_schema

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
        "headline": "PARTIAL: PagerDuty Security Inspector: failing 2 critical, 3 medium",
        "sarif": "reports/inspection.sarif",
    }
    assert {path.name for path in (tmp_path / "reports").iterdir()} == {
        "inspection.json",
        "inspection.md",
        "inspection.sarif",
    }
    summary = (tmp_path / "summary").read_text("utf-8")
    assert summary.startswith("## PARTIAL: PagerDuty Security Inspector: failing 2 critical")


def test_the_action_without_key_says_so(tmp_path: Path) -> None:
    """A run that cannot begin uploads nothing, and hands on exit code 4."""
    ended = inspect(tmp_path)

    assert (tmp_path / "outputs").read_text("utf-8") == "exit-code=4\n"
    assert not (tmp_path / "summary").exists()
    assert "PAGERDUTY_API_KEY" in ended.text


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
        *("given", "outputs", "pagerduty-sec-inspector"),
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
    assert (tmp_path / "outputs").read_text("utf-8") == "exit-code=4\n"
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
    assert (tmp_path / "outputs").read_text("utf-8") == "exit-code=4\n"
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
    assert len(SNIPPETS) == PIPELINES.count("```yaml") == 5


@pytest.mark.parametrize(("schema", "text"), SNIPPETS)
def test_pipeline_is_valid(tmp_path: Path, schema: str, text: str) -> None:
    """An example follows the schema of the service that it is for."""
    path = tmp_path / "pipeline.yml"
    path.write_text(text, encoding="utf-8")
    ended = check(schema, path)

    assert ended.code == 0, ended.text


def test_workflow_gives_inputs_that_the_action_has() -> None:
    """The example of the action uses inputs and outputs that exist."""
    workflows = [yaml.safe_load(text) for _, text in SNIPPETS[:3]]
    steps = [step for each in workflows for step in each["jobs"]["inspect"]["steps"]]
    ours = [each["with"] for each in steps if "pagerduty-sec-inspector" in each.get("uses", "")]
    uploads = [each["with"] for each in steps if "upload-artifact" in each.get("uses", "")]

    assert len(ours) == 3
    assert {name for each in ours for name in each} <= set(action()["inputs"])
    outputs = [re.findall(r"outputs\.([\w-]+)", each["path"]) for each in uploads]
    assert outputs == [["reports"]] * 2
    assert "reports" in action()["outputs"]


def commands() -> dict[str, str]:
    """Return the command of each pipeline that runs the tool, without what installs it."""
    github, gitlab = (yaml.safe_load(text) for _, text in SNIPPETS[3:])
    steps = [step.get("run", "") for step in github["jobs"]["inspect"]["steps"]]
    blocks = re.findall(r"'''\n(.*?)'''", PIPELINES, re.DOTALL)
    jenkins = textwrap.dedent(blocks[-1]).replace(". .venv/bin/activate\n", "")
    (anywhere,) = re.findall(r"<!-- recipe: anywhere -->\n```sh\n(.*?)```", PIPELINES, re.DOTALL)
    return {
        "github": steps[2],
        "gitlab": gitlab["pagerduty"]["script"][1],
        "jenkins": jenkins,
        "anywhere": anywhere,
    }


@pytest.mark.parametrize(("account", "code"), [("demo", 1), ("demo-compliant", 0)])
@pytest.mark.parametrize("name", ["github", "gitlab", "jenkins"])
def test_pipeline_runs(tmp_path: Path, name: str, account: str, code: int) -> None:
    """The command of an example runs as it stands, and its exit code is the verdict."""
    ended = shell(tmp_path, commands()[name], PAGERDUTY_REPLAY=account)

    assert ended.code == code, ended.text
    written = {path.name for path in (tmp_path / "reports").iterdir()}
    extra = {"inspection.md"} if name == "github" else {"inspection.html", "junit.xml"}
    assert written == {"inspection.json", *extra}


@pytest.mark.parametrize("name", ["gitlab", "jenkins", "anywhere"])
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


@pytest.mark.parametrize("name", ["gitlab", "anywhere"])
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
    script = re.findall(r"```sh\n(.*?)```", PIPELINES, re.DOTALL)[0]
    shell(tmp_path, f"{commands()['gitlab']} || true", PAGERDUTY_REPLAY="demo")
    report = tmp_path / "reports" / "junit.xml"
    assert not schema.is_valid(report)

    ended = shell(tmp_path, script)

    assert ended.code == 0, ended.text
    schema.validate(report)
    assert report.read_text("utf-8").count("<testcase") > 100


def test_scripts_are_what_bash_can_read() -> None:
    """Each script of the action is syntactically right."""
    for name in ("install", "inspect", "gate"):
        subprocess.run(["bash", "-n", "-c", script_of(name)], check=True)  # noqa: S607 - as on CI
