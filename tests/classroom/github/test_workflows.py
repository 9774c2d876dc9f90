"""The workflows and the action: checked against GitHub's schemas and by zizmor, and run as a runner would."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from course.classroom.editions import classroom_edition
from course.judge.jail import jails
from course.lessons import ROOT, all_lessons
from tests.classroom.github.conftest import Write
from tests.classroom.github.steps import GRADE, Caches, Runner, StepFailedError, UnknownExpressionError, holds, load
from tests.report.reporter import Reported, reported

BIN = Path(sys.executable).parent
KEYS = [lesson.key for lesson in all_lessons()]
CI = ROOT / ".github" / "workflows" / "ci.yml"
COURSES_OWN = "cs101/course/.github/actions/grade@v1"
needs_namespaces = pytest.mark.skipif(
    not jails()[0].namespaces, reason="the action grades with strong isolation only, and there is no bubblewrap here"
)


@pytest.fixture
def classroom(tmp_path: Path) -> Path:
    """The workflow that students get."""
    release = classroom_edition(ROOT, list(all_lessons()), "cs101/course@v1")
    path = tmp_path / "released" / ".github" / "workflows" / "classroom.yml"
    path.parent.mkdir(parents=True)
    path.write_bytes(release.files[".github/workflows/classroom.yml"])
    return path


def checked(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """Check files against a schema that comes with the checker."""
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", f"vendor.github-{schema}", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_workflows_and_the_action_follow_githubs_schemas(classroom: Path) -> None:
    for done in (checked("workflows", CI, classroom), checked("actions", GRADE / "action.yml")):
        assert done.returncode == 0, done.stdout + done.stderr


def zizmor(*places: Path) -> subprocess.CompletedProcess[str]:
    """What zizmor finds without asking anybody."""
    command = [str(BIN / "zizmor"), "--offline", "--no-progress", *map(str, places)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_zizmor_finds_nothing(classroom: Path) -> None:
    """Each line that it is told to pass over says why."""
    done = zizmor(ROOT / ".github", classroom)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in (CI, classroom, GRADE / "action.yml"):
        assert re.findall(r"zizmor: ignore\[[\w-]+\]\s*$", path.read_text("utf-8"), re.MULTILINE) == []


def test_a_workflow_with_a_hole_is_found(classroom: Path) -> None:
    """So that the two tests above mean something."""
    text = classroom.read_text("utf-8")
    classroom.write_text(text.replace("run-autograding-tests:", "a b:"), "utf-8")
    assert checked("workflows", classroom).returncode == 1
    hole = "    steps:\n      - run: echo ${{ github.event.head_commit.message }}\n"
    classroom.write_text(text.replace("    steps:\n", hole), "utf-8")
    assert "template-injection" in zizmor(classroom).stdout


def test_the_workflow_is_what_classroom_tools_look_for(classroom: Path) -> None:
    workflow = load(classroom)
    assert workflow["name"] == "Autograding Tests"
    assert workflow["on"] == ["push", "repository_dispatch"]
    assert workflow["permissions"] == {"checks": "write", "actions": "read", "contents": "read"}
    ((name, job),) = workflow["jobs"].items()
    assert (name, job["runs-on"]) == ("run-autograding-tests", "ubuntu-latest")
    assert job["if"] == "github.actor != 'github-classroom[bot]'"
    grade, report = job["steps"][1:]
    assert (grade["uses"], grade["with"]) == (COURSES_OWN, {"lang": "en"})
    assert report["uses"].startswith("classroom-resources/autograding-grading-reporter@")
    assert report["with"]["runners"] == ",".join(KEYS)
    assert report["env"] == {f"{key.upper()}_RESULTS": f"${{{{ steps.grade.outputs.{key} }}}}" for key in KEYS}


def test_everything_that_is_used_is_pinned(classroom: Path) -> None:
    """But for the course's own action, which its teacher moves."""
    steps = [step for path in (CI, classroom) for job in load(path)["jobs"].values() for step in job["steps"]]
    steps += load(GRADE / "action.yml")["runs"]["steps"]
    used = {step["uses"] for step in steps if "uses" in step} - {COURSES_OWN}
    assert len(used) >= 6
    assert [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each)] == []


def test_the_action_has_an_output_for_each_lesson() -> None:
    """Those of the curriculum are there; one that was not planned is one more line in the action."""
    outputs = load(GRADE / "action.yml")["outputs"]
    assert set(KEYS) <= set(outputs)
    assert all(each["value"] == f"${{{{ steps.grade.outputs.{key} }}}}" for key, each in outputs.items())


def test_no_secret_is_asked_for(classroom: Path) -> None:
    for path in (classroom, GRADE / "action.yml"):
        assert "secrets." not in path.read_text("utf-8")
        assert "github.token" not in path.read_text("utf-8")


def test_an_expression_that_is_not_understood_is_no_success() -> None:
    for condition in ("always()", "a.b == c.d", "nothing.known == 'x'"):
        with pytest.raises(UnknownExpressionError):
            holds(condition, {"a.b": "x"})


class Machine:
    """A runner for a student's pushes; caches live on from push to push."""

    def __init__(self, workspace: Path, folder: Path) -> None:
        self.workspace, self.folder = workspace, folder
        self.caches = Caches(folder / "caches")
        self.reports: list[Reported] = []
        self.kept: dict[str, bytes] = {}
        self.pushes = 0

    def push(self, workflow: Path, actor: str = "alice") -> Runner:
        """Run the student's workflow as GitHub does for one push."""
        self.pushes += 1
        temp = self.folder / f"temp{self.pushes}"
        temp.mkdir()
        runner = Runner(self.workspace, temp)
        if self.pushes > 1:  # as it was installed for the first push; that takes time
            (temp / "course").symlink_to(self.folder / "temp1" / "course")
            runner.skipped.add("Install the grader")
        runner.actions = {
            "actions/checkout": self._checkout,
            COURSES_OWN: lambda runner, given, known: runner.action(GRADE, given, known),
            "actions/setup-python": self._python,
            "actions/cache/restore": self._restore,
            "actions/cache/save": self.caches.save,
            "actions/upload-artifact": self._keep,
            "classroom-resources/autograding-grading-reporter": self._report,
        }
        context = {"github.actor": actor, "github.run_id": str(self.pushes), "github.run_attempt": "1"}
        runner.job(workflow, context)
        return runner

    def _checkout(self, _: Runner, given: dict[str, str], known: dict[str, str]) -> dict[str, str]:
        assert given == {"persist-credentials": "false"}
        return {}

    def _python(self, _: Runner, given: dict[str, str], known: dict[str, str]) -> dict[str, str]:
        assert given["update-environment"] == "false"
        return {"python-path": sys.executable, "python-version": "3.14.1"}

    def _restore(self, runner: Runner, given: dict[str, str], known: dict[str, str]) -> dict[str, str]:
        """The packages are those that this machine has fetched already."""
        if not given["key"].startswith("course-pip-Linux-3.14.1-"):
            return self.caches.restore(runner, given, known)
        there = subprocess.run(
            [sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=True
        )
        Path(there.stdout.strip()).mkdir(parents=True, exist_ok=True)
        Path(given["path"]).symlink_to(there.stdout.strip())
        return {"cache-hit": "true", "cache-primary-key": given["key"]}

    def _keep(self, _: Runner, given: dict[str, str], known: dict[str, str]) -> dict[str, str]:
        self.kept = {path.name: path.read_bytes() for path in Path(given["path"]).iterdir()}
        return {}

    def _report(self, _: Runner, given: dict[str, str], known: dict[str, str]) -> dict[str, str]:
        environment = {name.removeprefix("env."): value for name, value in known.items() if name.startswith("env.")}
        self.reports.append(reported(given["runners"], environment))
        return {}


@needs_namespaces
def test_pushes_are_graded_as_on_github(student: Path, write: Write, tmp_path: Path, classroom: Path) -> None:
    """A wrong answer, then one lesson more, then nothing new: what each push shows, keeps and saves."""
    machine = Machine(student, tmp_path)
    write("t01", "mistakes/start_join_one_loop.py")
    first = machine.push(classroom)
    assert machine.reports[-1].notice == machine.reports[-1].table == (7, 10 * len(KEYS))
    assert "## 7 of " in first.summary
    assert "::error file=exercises/t01_quotes/quotes.py,line=" in first.log
    assert set(machine.kept) == {"results.json", "junit.xml"}
    result = json.loads(machine.kept["results.json"])
    assert (result["points"], result["visibility"]) == (7, "student")
    assert result["isolation"].startswith("strong: ")

    write("t03", "solution")
    second = machine.push(classroom)
    assert machine.reports[-1].notice == (17, 10 * len(KEYS))
    assert "not graded again: t01_quotes." in second.summary

    third = machine.push(classroom)
    assert machine.reports[-1].notice == (17, 10 * len(KEYS))
    assert "not graded again: t01_quotes, t03_gate." in third.summary
    assert machine.caches.saved == ["course-results-1-1", "course-results-2-1"]


def test_the_classrooms_own_commits_are_not_graded(student: Path, tmp_path: Path, classroom: Path) -> None:
    machine = Machine(student, tmp_path)
    machine.push(classroom, actor="github-classroom[bot]")
    assert machine.reports == []


def step_of(path: Path, beginning: str) -> dict[str, Any]:
    """The only step whose name, or script where it has none, begins like this."""
    found = load(path)
    steps = found["runs"]["steps"] if "runs" in found else found["jobs"]["tests"]["steps"]
    (step,) = (each for each in steps if each.get("name", each.get("run", "")).startswith(beginning))
    return dict(step)


def machine_with(folder: Path, **programs: str) -> Runner:
    """A runner on which these programs are the given scripts."""
    folder.mkdir()
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
    return Runner(folder, folder, path=f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize("stale", [False, True], ids=["lists are there", "lists are stale"])
def test_what_shuts_code_in_is_installed_where_it_is_missing(tmp_path: Path, stale: bool) -> None:
    """The lists of packages are fetched only when the install fails without."""
    fails = '[ -e fetched ] || case "$*" in *update*) touch fetched ;; *) exit 1 ;; esac' if stale else ""
    runner = machine_with(tmp_path / "bin", dpkg="exit 1", sudo=f'echo "$@" >> asked\n{fails}')
    runner.steps([step_of(GRADE / "action.yml", "Install what shuts")], {}, {})
    asked = (tmp_path / "bin" / "asked").read_text().splitlines()
    install = "apt-get install --quiet=2 --yes --no-install-recommends bubblewrap libseccomp2"
    assert asked == ([install, "apt-get update --quiet=2", install] if stale else [install])


def test_nothing_is_installed_where_it_is_there(tmp_path: Path) -> None:
    runner = machine_with(tmp_path / "bin", dpkg="exit 0", sudo="touch asked")
    runner.steps([step_of(GRADE / "action.yml", "Install what shuts")], {}, {})
    assert not (tmp_path / "bin" / "asked").exists()


@pytest.mark.parametrize(
    ("name", "known", "saved"),
    [
        ("Save the packages", {"steps.pip.outputs.cache-hit": ""}, ["packages"]),
        ("Save the packages", {"steps.pip.outputs.cache-hit": "true"}, []),
        ("Save the results", {"steps.grade.outputs.graded": "1"}, ["course-results-7-1"]),
        ("Save the results", {"steps.grade.outputs.graded": "0"}, []),
    ],
)
def test_what_is_new_is_saved_before_the_reporter_can_fail_the_job(
    name: str, known: dict[str, str], saved: list[str], tmp_path: Path
) -> None:
    caches = Caches(tmp_path / "caches")
    runner = machine_with(tmp_path / "bin")
    runner.actions["actions/cache/save"] = caches.save
    for folder in ("course-pip", "course-cache"):
        (runner.temp / folder).mkdir()
    context = {"github.run_id": "7", "github.run_attempt": "1", "steps.pip.outputs.cache-primary-key": "packages"}
    runner.steps([step_of(GRADE / "action.yml", name)], context | known, {})
    assert caches.saved == saved


def test_a_grader_that_cannot_work_stops_the_job(tmp_path: Path) -> None:
    """The reporter would have nothing to read."""
    runner = machine_with(tmp_path / "bin")
    (runner.temp / "course" / "bin").mkdir(parents=True)
    (runner.temp / "course" / "bin" / "course").symlink_to(BIN / "course")
    nowhere = {"GITHUB_WORKSPACE": str(tmp_path / "nowhere")}
    with pytest.raises(StepFailedError) as failed:
        runner.steps([step_of(GRADE / "action.yml", "Grade")], {"inputs.lang": ""}, nowhere)
    assert failed.value.code == 2
    assert failed.value.log.startswith("::error title=The grader could not work::There is no folder ")


def test_ci_runs_everything_after_installing_what_needs_root(tmp_path: Path) -> None:
    runs = [step["run"] for step in load(CI)["jobs"]["tests"]["steps"] if "run" in step]
    assert runs[1:] == ["bash .ci/run"]
    runner = machine_with(tmp_path / "bin", sudo='echo "$@" >> asked')
    runner.steps([step_of(CI, "sudo apt-get")], {}, {})
    assert "install -qqy --no-install-recommends bubblewrap libseccomp2" in (tmp_path / "bin" / "asked").read_text()
