"""What surrounds the code on GitHub: workflows, issue forms, Dependabot, the security policy."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pdsec_checks import __version__, cli
from pdsec_checks.model import Status
from tests.lowest import lowest
from tests.support.processes import ROOT, run_process
from tests.support.schemas import check

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").iterdir())
TEMPLATES = GITHUB / "ISSUE_TEMPLATE"
FORMS = [path for path in sorted(TEMPLATES.iterdir()) if path.name != "config.yml"]
SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "custom.github-workflows-require-timeout": WORKFLOWS,
    "vendor.github-issue-forms": FORMS,
    "vendor.github-issue-config": [TEMPLATES / "config.yml"],
    "vendor.dependabot": [GITHUB / "dependabot.yml"],
}
USES = re.compile(r"uses: (?P<action>[^\s@]+)@(?P<ref>\S+)(?: # (?P<comment>.*))?")
COMMIT = re.compile(r"[0-9a-f]{40}")
NOT_KNOWN = "tag: the commit is not known here"
README = (ROOT / "README.md").read_text(encoding="utf-8")
POLICY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def load(path: Path) -> dict[str, Any]:
    """Return what a YAML file says."""
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def workflow(name: str) -> dict[str, Any]:
    """Return one workflow."""
    return load(GITHUB / "workflows" / f"{name}.yml")


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every job of every workflow, with an address of its own."""
    for path in WORKFLOWS:
        for name, job in load(path)["jobs"].items():
            yield f"{path.stem}/{name}", job


# Everything


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_for_github_are_valid(schema: str) -> None:
    """A file that GitHub would ignore in silence, or stop at, is seen here first."""
    ended = check(schema, *SCHEMAS[schema])

    assert ended.code == 0, ended.text


def test_no_file_for_github_goes_without_its_schema() -> None:
    """Every YAML file below ``.github`` is held against a schema."""
    checked = {path for paths in SCHEMAS.values() for path in paths}

    assert checked == {*GITHUB.rglob("*.yml"), *GITHUB.rglob("*.yaml")}


# Workflows


def used() -> Iterator[tuple[str, str, str]]:
    """Yield every action of others that we run: its name, its ref, and the comment behind it."""
    for path in (*WORKFLOWS, ROOT / "action.yml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            found = USES.search(line)
            if found:
                yield found["action"], found["ref"], found["comment"] or ""


def test_actions_of_others_are_pinned() -> None:
    """An action is a commit with the name of its version, or says why it is a tag."""
    loose = [
        f"{action}@{ref} # {comment}"
        for action, ref, comment in used()
        if not (COMMIT.fullmatch(ref) and re.fullmatch(r"v\d+\.\d+\.\d+", comment))
        and comment != NOT_KNOWN
    ]

    assert {action.split("/")[0] for action, _, _ in used()} == {"actions", "github", "pypa"}
    assert not loose


def test_an_action_has_one_version() -> None:
    """The same action is the same commit wherever it is used."""
    pins = set(used())

    assert len(pins) == len({action for action, _, _ in pins})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_may_do_next_to_nothing(path: Path) -> None:
    """A workflow says at the top what its jobs may do: read the code, or not even that."""
    found = load(path)

    assert found["permissions"] in ({}, {"contents": "read"})
    assert found["concurrency"]["group"]
    assert "secrets." not in path.read_text(encoding="utf-8")


def test_one_job_may_write() -> None:
    """What may sign and publish runs in an environment, and runs nothing of the repository."""
    writing = {name: job for name, job in jobs() if "write" in job.get("permissions", {}).values()}

    (publish,) = writing.values()
    assert list(writing) == ["release/publish"]
    assert publish["permissions"] == {"attestations": "write", "id-token": "write"}
    assert publish["environment"] == "pypi"
    assert not [step for step in publish["steps"] if "run" in step]
    assert "actions/checkout" not in str(publish)


def test_checkouts_keep_no_token() -> None:
    """No later step finds the token of the job in the checkout."""
    kept = [
        name
        for name, job in jobs()
        for step in job.get("steps", ())
        if step.get("uses", "").startswith("actions/checkout@")
        and step.get("with", {}).get("persist-credentials") is not False
    ]

    assert not kept


def test_workflows_run_every_environment_of_tox(tmp_path: Path) -> None:
    """Two matrices are all of ``tox.ini``, each Python by the one that it is for."""
    command = [sys.executable, "-m", "tox", "list", "--no-desc", "-q", "--workdir", str(tmp_path)]
    listed = run_process(ROOT, command, None, {})
    assert listed.code == 0, listed.text
    matrix = [workflow(name)["jobs"][name] for name in ("tests", "versions")]
    cases = [case for job in matrix for case in job["strategy"]["matrix"]["include"]]

    assert [case["tox"] for case in cases] == listed.out.split()
    assert [job["steps"][-1]["env"] for job in matrix] == [{"TOXENV": "${{ matrix.tox }}"}] * 2
    for case in cases:
        if named := re.search(r"py\d+$", case["tox"]):
            assert named[0] == f"py{case['python'].replace('.', '')}"


def test_a_weekly_run_tries_the_lowest_versions_on_the_lowest_python() -> None:
    """It comes by itself, and the lowest versions have no builds for later Pythons."""
    cases = workflow("versions")["jobs"]["versions"]["strategy"]["matrix"]["include"]
    text = (GITHUB / "workflows" / "versions.yml").read_text(encoding="utf-8")

    assert re.search(r'cron: "\d+ \d+ \* \* \d"', text)
    assert {"python": "3.11", "tox": "lowest"} in cases
    assert "urllib3==2.6" in list(lowest())


@pytest.mark.parametrize("requirement", ["requests", "requests==2", "requests>=2,<3"])
def test_a_dependency_has_a_lower_bound_and_no_other(tmp_path: Path, requirement: str) -> None:
    """What cannot be tried at its lowest version is refused by name."""
    project = tmp_path / "pyproject.toml"
    project.write_text(f'[project]\ndependencies = ["{requirement}"]\n', encoding="utf-8")

    with pytest.raises(ValueError, match="only a lower bound can be tried"):
        list(lowest(project))


def test_every_declared_python_is_tested() -> None:
    """No classifier names a Python that the workflow leaves out."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    declared = set(re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text))
    cases = workflow("tests")["jobs"]["tests"]["strategy"]["matrix"]["include"]

    assert declared
    assert declared <= {case["python"] for case in cases}


def test_a_release_is_tested_and_built_once() -> None:
    """What is published is the artifact of one build, after the tests of the same commit."""
    release = workflow("release")

    assert release["jobs"]["tests"]["uses"] == "./.github/workflows/tests.yml"
    assert release["jobs"]["publish"]["needs"] == ["tests", "build"]
    builds = [name for name, job in jobs() if "python -m build" in str(job)]
    assert builds == ["release/build"]


@pytest.mark.parametrize(
    ("tag", "code"), [(f"v{__version__}", 0), (__version__, 1), ("v99.0.0", 1)]
)
def test_a_tag_names_the_version(tag: str, code: int) -> None:
    """A tag that is not the package's version stops the release before anything is built."""
    steps = workflow("release")["jobs"]["build"]["steps"]
    (script,) = (step["run"] for step in steps if step.get("id") == "tag")
    python = f'python() {{ {shlex.quote(sys.executable)} "$@"; }}\n'
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", python + script]
    ended = run_process(ROOT, command, None, {"GITHUB_REF_NAME": tag})

    assert ended.code == code, ended.text
    assert ("::error::" in ended.out) is bool(code)


# Issue forms


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_form_warns_before_it_asks(path: Path) -> None:
    """The first thing that a form says is that all of it is public, keys included."""
    first, *fields = load(path)["body"]

    assert first["type"] == "markdown"
    assert "This issue is public" in first["attributes"]["value"]
    assert "key" in first["attributes"]["value"]
    assert len(fields) == len({field["id"] for field in fields})


def test_there_is_no_issue_without_a_form() -> None:
    """Blank issues are off, and vulnerabilities are sent to the security policy."""
    config = load(TEMPLATES / "config.yml")
    (link,) = config["contact_links"]

    assert config["blank_issues_enabled"] is False
    assert link["url"].endswith("/security/policy")


def commands_in_forms() -> list[str]:
    """Return the commands of ours that forms ask people to run."""
    texts = " ".join(path.read_text(encoding="utf-8") for path in FORMS)
    return sorted(set(re.findall(r"`pagerduty-sec-inspector ([^`]+)`", texts)))


def test_forms_ask_for_what_the_command_has() -> None:
    """Each command that a form asks for is one that our parsers take."""
    asked = commands_in_forms()
    assert "doctor --format json" in asked
    for line in asked:
        words = line.split()
        name = words.pop(0) if cli.is_command(words) else cli.DEFAULT
        if words != ["--version"]:
            importlib.import_module(f"pdsec_checks.commands.{name}").parser().parse_args(words)


def test_verdict_form_knows_every_status() -> None:
    """Whoever reports a wrong verdict chooses among the statuses that there are."""
    fields = load(TEMPLATES / "verdict.yml")["body"]
    choices = [field["attributes"]["options"] for field in fields if field["type"] == "dropdown"]

    assert choices == [[str(each) for each in Status]] * 2


# Before a commit


def test_pre_commit_runs_what_tox_runs() -> None:
    """A hook is a command of ``tox.ini``; those that only compare there may write here."""
    tox = (ROOT / "tox.ini").read_text(encoding="utf-8")
    (local,) = load(ROOT / ".pre-commit-config.yaml")["repos"]

    assert local["repo"] == "local"
    assert [hook["entry"] for hook in local["hooks"] if hook["entry"] not in tox] == []


# The security policy


def test_readme_leads_to_the_security_policy() -> None:
    """Whoever reads the README finds out how to report a vulnerability."""
    assert "](SECURITY.md)" in README


def test_security_policy_leads_somewhere() -> None:
    """Reports go to GitHub's private form; every other link is a file, and none is an address."""
    private, *files = re.findall(r"\]\(([^)]+)\)", POLICY)

    assert private == "../../security/advisories/new"
    assert files
    assert all((ROOT / name).exists() for name in files)
    assert not re.search(r"[\w.]+@\w+\.\w+", POLICY)
