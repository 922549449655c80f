"""The action and the pipelines of ``docs/ci.md``: valid, and run as far as that is possible."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.processes import ROOT, Ended, environment, run_process
from tests.support.schemas import check
from tests.support.shared_files import junit_schema

ACTION = ROOT / "action.yml"
PIPELINES = (ROOT / "docs" / "ci.md").read_text("utf-8")
BIN = Path(sys.executable).parent
SNIPPET = re.compile(r"<!-- check: (?P<schema>[\w.-]+) -->\n```yaml\n(?P<text>.*?)```", re.DOTALL)
SNIPPETS = [(found["schema"], found["text"]) for found in SNIPPET.finditer(PIPELINES)]


def shell(folder: Path, script: str, **variables: str) -> Ended:
    """Run a script as a pipeline does, with our command on the path."""
    start = environment()["PATH"]
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
    return run_process(folder, command, None, {"PATH": f"{BIN}:{start}", **variables})


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
    outputs = (tmp_path / "outputs").read_text("utf-8").splitlines()
    assert outputs == ["exit-code=1", "sarif=reports/inspection.sarif"]
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


# The pipelines


def test_every_pipeline_in_yaml_is_checked() -> None:
    """No YAML example of the page goes without its schema."""
    assert len(SNIPPETS) == PIPELINES.count("```yaml") == 4


@pytest.mark.parametrize(("schema", "text"), SNIPPETS)
def test_pipeline_is_valid(tmp_path: Path, schema: str, text: str) -> None:
    """An example follows the schema of the service that it is for."""
    path = tmp_path / "pipeline.yml"
    path.write_text(text, encoding="utf-8")
    ended = check(schema, path)

    assert ended.code == 0, ended.text


def test_workflow_gives_inputs_that_the_action_has() -> None:
    """The example of the action uses inputs and outputs that exist."""
    workflow, fork = (yaml.safe_load(text) for _, text in SNIPPETS[:2])
    ours, upload = workflow["jobs"]["inspect"]["steps"][1:]
    theirs = fork["jobs"]["inspect"]["steps"][-1]

    assert {*ours["with"], *theirs["with"]} <= set(action()["inputs"])
    (output,) = re.findall(r"outputs\.([\w-]+)", upload["with"]["path"])
    assert output in action()["outputs"]


def commands() -> dict[str, str]:
    """Return the command of each pipeline that runs the tool, without what installs it."""
    github, gitlab = (yaml.safe_load(text) for _, text in SNIPPETS[2:])
    steps = [step.get("run", "") for step in github["jobs"]["inspect"]["steps"]]
    blocks = re.findall(r"'''\n(.*?)'''", PIPELINES, re.DOTALL)
    jenkins = textwrap.dedent(blocks[-1]).replace(". .venv/bin/activate\n", "")
    return {"github": steps[2], "gitlab": gitlab["pagerduty"]["script"][1], "jenkins": jenkins}


@pytest.mark.parametrize(("account", "code"), [("demo", 1), ("demo-compliant", 0)])
@pytest.mark.parametrize("name", ["github", "gitlab", "jenkins"])
def test_pipeline_runs(tmp_path: Path, name: str, account: str, code: int) -> None:
    """The command of an example runs as it stands, and its exit code is the verdict."""
    ended = shell(tmp_path, commands()[name], PAGERDUTY_REPLAY=account)

    assert ended.code == code, ended.text
    written = {path.name for path in (tmp_path / "reports").iterdir()}
    extra = {"inspection.md"} if name == "github" else {"inspection.html", "junit.xml"}
    assert written == {"inspection.json", *extra}


def test_report_without_properties_of_cases_suits_the_xunit_plugin(tmp_path: Path) -> None:
    """What the page says for Jenkins' xUnit plugin makes a report that its schema accepts."""
    schema = junit_schema()
    (script,) = re.findall(r"```sh\n(.*?)```", PIPELINES, re.DOTALL)
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
