"""The autograder that Classroom 50 runs: what it writes, what it holds, and how it gets the grader."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from course.classroom.classroom50 import command
from course.classroom.classroom50.export import autograders
from course.classroom.editions import ReleaseError, hidden_files
from course.classroom.leaks import leaks
from course.command import main
from course.grade import Views
from course.lessons import ROOT, Lesson, all_lessons
from tests.report import samples
from tests.report.test_classroom50 import SCHEMA

LESSON = all_lessons()[0]
GRADER = "cs101/course@v1"
IDENTITY = {
    "CLASSROOM": "cs101",
    "ASSIGNMENT": "t01-quotes",
    "SUBMISSION_TAG": "submit/2026-11-29T05-00-00Z-0123456",
    "USERNAME": "alice",
    "OWNER": "alice",
    "ASSIGNMENT_TYPE": "individual",
    "COMMIT_URL": "https://github.com/cs101/cs101-t01-quotes-alice/commit/0",
    "RELEASE_URL": "https://github.com/cs101/cs101-t01-quotes-alice/releases/tag/0",
    "REVIEW_URL": "https://github.com/cs101/cs101-t01-quotes-alice/compare/0...1",
}
# Grades on machines without namespaces too; the exported file asks for strong isolation.
WITH_LESS = '#!/bin/sh\nexec "{course}" "$@" --require-isolation basic\n'
Grade = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A student's repository with a classic mistake in it."""
    folder = tmp_path / "checkout" / "exercises" / LESSON.name
    folder.mkdir(parents=True)
    (folder / LESSON.filename).write_bytes(LESSON.variants("mistakes")["start_join_one_loop"].read_bytes())
    return tmp_path / "checkout"


@pytest.fixture
def grade(tmp_path: Path, checkout: Path) -> Grade:
    """Run the exported file as the runner does: in the student's checkout, with its environment."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "autograder.py").write_bytes(autograders([LESSON], GRADER)["t01-quotes/autograder.py"])
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "course").write_text(WITH_LESS.format(course=Path(sys.executable).parent / "course"))
    (programs / "course").chmod(0o755)

    def grade(*, installed: bool = True, **changes: str) -> subprocess.CompletedProcess[str]:
        path = f"{programs}:{os.defpath}" if installed else os.defpath
        kept = {name: value for name, value in os.environ.items() if name.startswith(("HOME", "PIP_", "TMPDIR"))}
        environment = {**kept, "PATH": path, "CLASSROOM50_BUNDLE_DIR": str(bundle), **IDENTITY, **changes}
        return subprocess.run(
            [sys.executable, str(bundle / "autograder.py")],
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=250,
        )

    return grade


def test_a_submission_gets_a_valid_result_and_a_report(grade: Grade, checkout: Path) -> None:
    done = grade()
    assert done.returncode == 0, done.stderr
    result = json.loads((checkout / "result.json").read_text("utf-8"))
    Draft202012Validator(SCHEMA).validate(result)
    assert (result["score"], result["max-score"], result["assignment"]) == (7, 10, "t01-quotes")
    assert [test["passed"] for test in result["tests"]].count(False) == 1
    report = (checkout / "release-body.md").read_text("utf-8")
    assert report.startswith("## 7 of 10 points")
    assert "one after another" in report


def test_what_a_student_has_committed_in_their_place_is_replaced(grade: Grade, checkout: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (checkout / "result.json").symlink_to(victim)
    (checkout / "release-body.md").write_text("10 of 10")
    assert grade().returncode == 0
    assert victim.read_text() == "mine"
    assert json.loads((checkout / "result.json").read_text("utf-8"))["score"] == 7
    assert (checkout / "release-body.md").read_text("utf-8").startswith("## 7 of 10")


def test_a_runner_that_says_too_little_is_no_students_fault(grade: Grade, checkout: Path) -> None:
    """Any other exit code than 0 is an infrastructure error there."""
    done = grade(SUBMISSION_TAG="v1")
    assert done.returncode == 1
    assert "a submission begins with submit/" in done.stderr
    assert not (checkout / "result.json").exists()


def test_without_a_grader_and_a_token_it_says_what_is_missing(grade: Grade) -> None:
    done = grade(installed=False)
    assert done.returncode == 1
    assert done.stderr == (
        "::error title=The grader could not work · 评分程序出了故障::"
        "no `course` on this runner, and no COURSE_TOKEN to fetch cs101/course with\n"
    )


def test_without_a_repository_the_runner_has_to_have_the_grader(grade: Grade, tmp_path: Path) -> None:
    (tmp_path / "bundle" / "autograder.py").write_bytes(autograders([LESSON], None)["t01-quotes/autograder.py"])
    done = grade(installed=False, COURSE_TOKEN="a-secret")
    assert done.returncode == 1
    assert done.stderr.endswith("::no `course` on this runner, and no repository to fetch it from\n")
    assert grade().returncode == 0


# A package that needs nothing to be built, and whose `course` tells what it was started with.
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = '''
import zipfile
META = "course-1.dist-info/"
FILES = {
    META + "METADATA": "Metadata-Version: 2.1\\nName: course\\nVersion: 1\\n",
    META + "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    META + "entry_points.txt": "[console_scripts]\\ncourse = told:main\\n",
    META + "RECORD": "",
    "told.py": """
import json, os, sys
def main():
    with open(os.path.join(sys.argv[-1], "result.json"), "w") as file:
        json.dump({"arguments": sys.argv[1:], "token": os.environ.get("COURSE_TOKEN"), "folder": os.getcwd()}, file)
""",
}
def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(folder + "/course-1-py3-none-any.whl", "w") as wheel:
        for name, text in FILES.items():
            wheel.writestr(name, text)
    return "course-1-py3-none-any.whl"
build_wheel = build_editable
'''


def test_the_grader_is_fetched_where_the_runner_does_not_have_it(grade: Grade, checkout: Path, tmp_path: Path) -> None:
    """From the repository and the version that were named; what student code could read has no token in it."""
    repository = tmp_path / "server" / "cs101" / "course"
    (repository / ".ci").mkdir(parents=True)
    files = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, ".ci/constraints.txt": ""}
    for name, text in files.items():
        (repository / name).write_text(text, "utf-8")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(repository)]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["tag", "v1"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    done = grade(installed=False, GITHUB_SERVER_URL=f"file://{tmp_path}/server", COURSE_TOKEN="a-secret")
    assert done.returncode == 0, done.stderr
    told = json.loads((checkout / "result.json").read_text("utf-8"))
    assert told["arguments"] == ["classroom50", "t01_quotes", "--submission", str(checkout)]
    assert told["token"] is None
    assert not Path(told["folder"]).exists(), "nothing of the grader stays"
    assert "a-secret" not in done.stdout + done.stderr


def test_a_grader_that_cannot_be_fetched_is_named_and_the_token_is_not(grade: Grade, tmp_path: Path) -> None:
    done = grade(installed=False, GITHUB_SERVER_URL=f"file://{tmp_path}/nowhere", COURSE_TOKEN="a-secret")
    assert done.returncode == 1
    assert "could not work · 评分程序出了故障::git clone --quiet ... has failed: exit 128" in done.stderr
    assert "a-secret" not in done.stdout + done.stderr


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_the_bundle_holds_nothing_hidden(lesson: Lesson) -> None:
    """Everybody can read it."""
    files = autograders([lesson], GRADER)
    assert leaks(files, hidden_files(ROOT, [lesson]), []) == []
    assert [path for path in files if "graders" in path or "solutions" in path] == []


def test_a_leak_stops_the_export(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    line = next(each for each in LESSON.reference.splitlines() if "threads = [" in each)
    template = tmp_path / "autograder.py"
    template.write_text(line, "utf-8")
    monkeypatch.setattr("course.classroom.classroom50.export.TEMPLATE", template)
    with pytest.raises(ReleaseError, match=r"t01-quotes/autograder\.py holds a piece of"):
        autograders([LESSON], GRADER)


def test_it_needs_the_standard_library_only() -> None:
    tree = ast.parse(autograders([LESSON], GRADER)["t01-quotes/autograder.py"])
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    imported += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_the_command_writes_a_folder_for_each_assignment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Named as Classroom 50 allows it: no underscores."""
    options = ["--into", str(tmp_path), "--grader", GRADER]
    assert main(["export", "classroom50", "t01", "gate", *options]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t01-quotes", "t03-gate"]
    text = (tmp_path / "t03-gate" / "autograder.py").read_text("utf-8")
    assert ('LESSON = "t03_gate"' in text, 'REPOSITORY = "cs101/course"' in text, 'REF = "v1"' in text) == (True,) * 3
    assert "@" not in text
    assert capsys.readouterr().out.count("wrote ") == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["t99", "--grader", GRADER], "There is no lesson t99"),
        (["--grader", 'a/b@c"\nimport os'], "does not name a grader"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "classroom50", "--into", str(tmp_path), *arguments]) == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_check_that_broke_is_no_result(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def grade_views(*_: Any, **__: Any) -> Views:
        broken = samples.result(samples.lesson(samples.check("empty", "broken", reason="no more memory")))
        return Views(broken, broken)

    monkeypatch.setattr(command, "grade_views", grade_views)
    assert main(["classroom50", "t01", "--submission", str(checkout)]) == 2
    assert "The grader could not work: empty." in capsys.readouterr().err
    assert not (checkout / "result.json").exists()
