"""A Python that the course is not tested on: refused by everything that grades, or named in the result."""

import argparse
import json
import platform
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from course import command, pythons
from course.classroom.editions import classroom_edition, self_study_edition
from course.classroom.git_server.bringing_up import bring_up, hooks
from course.classroom.git_server.server import Server, Terms, save
from course.command import main
from course.grade import GradingError, grade
from course.language import LANGUAGES, Language
from course.lessons import ROOT, all_lessons, lessons_named
from tests.classroom.git_server.conftest import OF_FIRST, RELEASE, Student

Capture = pytest.CaptureFixture[str]
NEWER = "The course is not tested on this Python (CPython 3.99.0): install it with CPython 3.11 to 3.15, not a "
GRADING = {
    "grade": ["grade", "solutions", "t01"],
    "check": ["check", "t01"],
    "demo": ["demo"],
    "verify": ["verify", "t01"],
    "replay": ["replay", "t09.counts_not_lost.38f0.1-b-2"],
    "solution": ["solution", "t01"],
    "github": ["github", "--cache", "cache", "--into", "into"],
    "classroom50": ["classroom50", "t01"],
    "serve-git": ["serve-git", "class", "--roster", "roster"],
}


def test_this_python_is_tested() -> None:
    """Or the tests would not run on it."""
    assert pythons.is_tested()
    assert pythons.refusal() is None
    assert pythons.note() is None
    assert pythons.full_name() == f"CPython {platform.python_version().rstrip('abcr+')}"


def pretend(monkeypatch: pytest.MonkeyPatch, *version: int, implementation: str = "cpython") -> None:
    """Have the course see another Python; pytest itself goes on with ours."""
    found = SimpleNamespace(version_info=(*version, "final", 0), implementation=SimpleNamespace(name=implementation))
    monkeypatch.setattr(pythons, "sys", found)


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python from the future."""
    pretend(monkeypatch, 3, 99, 0)


@pytest.mark.parametrize("version", [(3, 16, 0), (3, 10, 14), (4, 0, 0), (3, 1, 5)])
def test_other_versions_are_not_tested(monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]) -> None:
    pretend(monkeypatch, *version)
    refusal = pythons.refusal()
    assert refusal is not None
    assert f"(CPython {'.'.join(map(str, version))})" in refusal


def test_a_free_threaded_build_is_not_tested_whatever_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: 1 if name == "Py_GIL_DISABLED" else None)
    refusal = pythons.refusal()
    assert refusal is not None
    assert ", a free-threaded build): install it with CPython 3.11 to 3.15, not a free-threaded build" in refusal
    assert "，自由线程版）上测试过" in refusal.told("zh")


def test_another_implementation_is_not_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "python_implementation", lambda: "PyPy")
    pretend(monkeypatch, 3, 11, 13, implementation="pypy")
    refusal, note = pythons.refusal(), pythons.note()
    assert refusal is not None
    assert "(PyPy 3.11.13)" in refusal
    assert note == "Graded with PyPy 3.11.13, on which the course is not tested. It may be wrong."


@pytest.mark.parametrize("arguments", GRADING.values(), ids=GRADING)
@pytest.mark.usefixtures("newer")
def test_every_command_that_grades_refuses_it_in_one_sentence(arguments: list[str], capsys: Capture) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith(f"course: {NEWER}")
    assert "add `--untested-python`" in told.err


@pytest.mark.usefixtures("newer")
def test_the_refusal_is_in_the_language_of_the_environment(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["check", "t01"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("course: 本课程没有在这个 Python（CPython 3.99.0）上测试过：请改用 CPython 3.11 到 3.15")
    assert "`--untested-python`" in told


@pytest.mark.usefixtures("newer")
def test_what_does_not_grade_works_there(capsys: Capture) -> None:
    assert main(["list"]) == 0
    assert main(["stubs", "--check"]) == 0
    assert capsys.readouterr().err == ""


def test_the_commands_above_are_all_that_grade() -> None:
    """A new command that grades has to stand in the list."""
    parsers: Any = next(
        action for action in command._parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    asking = {name for name, parser in parsers.choices.items() if "--untested-python" in parser.format_usage()}
    assert asking == set(GRADING)
    quiet = {"list", "stubs", "translations", "release", "export"}
    assert set(parsers.choices) == asking | quiet


@pytest.fixture(scope="module")
def untested(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter with all that this one has, on which the course says that it is not tested."""
    folder = tmp_path_factory.mktemp("untested")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    everything = [sysconfig.get_paths()["purelib"], str(ROOT)]
    (packages / "a.pth").write_text("\n".join(everything) + "\n", encoding="utf-8")
    (packages / "b.pth").write_text("import course.pythons; course.pythons.TESTED = ('3.1', '3.2')\n", encoding="utf-8")
    return str(folder / "bin" / "python")


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, check=False, timeout=200)


REFUSED = "The course is not tested on this Python (CPython "


def test_grading_all_the_same_is_noted_in_all_reports(untested: str, tmp_path: Path) -> None:
    """The note names the Python; without the option nothing is graded."""
    grading = [untested, "-m", "course", "grade", "solutions", "t01", "--visibility", "student"]
    refused = run(*grading)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"course: {REFUSED}")

    done = run(*grading, "--untested-python", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    python = ".".join(map(str, sys.version_info[:3]))
    assert result["notes"] == [f"Graded with CPython {python}, on which the course is not tested. It may be wrong."]
    assert result["python"] == python

    report = run(*grading, "--untested-python", "--junit", str(tmp_path / "report.xml"))
    assert f"Graded with CPython {python}, on which the course is not tested." in " ".join(report.stdout.split())
    assert f'<property name="python" value="{python}" />' in (tmp_path / "report.xml").read_text(encoding="utf-8")


def test_pytest_refuses_it_too(untested: str) -> None:
    """Before a check runs: with the same exit code as `course`."""
    quietly = ["-q", "--assert=plain", "-p", "no:cacheprovider"]
    grading = [untested, "-m", "pytest", *quietly, "graders/t01_quotes", "--submission"]
    refused = run(*grading, "solutions")
    assert refused.returncode == 2, refused.stdout
    assert REFUSED in refused.stdout
    assert "passed" not in refused.stdout
    done = run(*grading, "solutions", "--untested-python")
    assert done.returncode == 0, done.stdout


def test_a_grader_that_is_started_by_code_refuses_it_too(monkeypatch: pytest.MonkeyPatch, untested: str) -> None:
    """So nothing that grades can forget to ask."""
    monkeypatch.setattr(sys, "executable", untested)
    with pytest.raises(GradingError, match=re.escape(REFUSED)):
        grade(ROOT / "solutions", lessons_named(["t01"])[0])


def test_a_push_is_stored_and_graded_later(monkeypatch: pytest.MonkeyPatch, untested: str, tmp_path: Path) -> None:
    """The hook of a server that was brought up with a Python that is tested, and whose environment was changed."""
    monkeypatch.setattr(sys, "executable", untested)
    server = Server(tmp_path / "server", Terms(isolation="basic"))
    bring_up(server, ["alice"], RELEASE)
    assert untested in hooks(server.folder, "alice")["post-receive"]
    student = Student(tmp_path / "alice")
    student.clone.mkdir()
    student.git("clone", "-q", str(server.repository("alice")), ".")
    solution = (ROOT / "solutions" / "t01_quotes" / "quotes.py").read_text(encoding="utf-8")
    student.commit(**{OF_FIRST: solution})
    told = " ".join(student.push().split())
    assert "the grader could not work" in told
    assert REFUSED in server.errors.read_text(encoding="utf-8")

    save(Server(server.folder, Terms(isolation="basic", untested_python=True)))
    student.commit(**{OF_FIRST: solution + "\n"})
    told = " ".join(student.push().split())
    assert "on which the course is not tested" in told
    assert "All 10 points" in told


def test_the_tested_versions_are_said_once_and_everywhere_the_same() -> None:
    """`pythons.TESTED`: what CI runs, what the package says, what the texts say."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    assert tuple(workflow["jobs"]["tests"]["strategy"]["matrix"]["python"]) == pythons.TESTED
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    prefix = "Programming Language :: Python :: 3."
    classifiers = [each.removeprefix(prefix[:-2]) for each in project["classifiers"] if each.startswith(prefix)]
    assert tuple(classifiers) == pythons.TESTED
    assert project["requires-python"] == f">={pythons.TESTED[0]}"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"You need CPython {pythons.TESTED[0]} to {pythons.TESTED[-1]} " in readme


def test_one_python_is_the_usual_one() -> None:
    """What the action installs, students' containers bring and Classroom 50's runner is asked for."""
    assert pythons.USUAL in pythons.TESTED
    action = yaml.safe_load((ROOT / ".github" / "actions" / "grade" / "action.yml").read_text(encoding="utf-8"))
    given = [step["with"]["python-version"] for step in action["runs"]["steps"] if step.get("id") == "python"]
    assert given == [pythons.USUAL]
    container = classroom_edition(ROOT, list(all_lessons()), None).files[".devcontainer/devcontainer.json"]
    assert json.loads(container)["image"].endswith(f"/python:{pythons.USUAL}")
    assert f'`{{"python": "{pythons.USUAL}", "apt": [' in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_students_read_which_pythons_are_tested(language: Language) -> None:
    tested = {
        "en": f"{pythons.TESTED[0]} to {pythons.TESTED[-1]}",
        "zh": f"{pythons.TESTED[0]} 到 {pythons.TESTED[-1]}",
    }
    lessons = list(all_lessons())
    for release in (classroom_edition(ROOT, lessons, None, language), self_study_edition(ROOT, lessons, language)):
        assert tested[language] in " ".join(release.files["README.md"].decode().split())
