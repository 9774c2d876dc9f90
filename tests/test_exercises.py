"""The open sample checks, as a student runs them: they pass on a solution and fail on a stub."""

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest

from course.lessons import ROOT, Lesson, all_lessons

ALL = pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)


def outcomes(folder: Path, module: Path, lesson: Lesson) -> list[bool]:
    """Which sample checks pass on `module`, in a copy of the repository's settings and of the exercise."""
    work = folder / "exercises" / lesson.name
    shutil.copytree(lesson.exercise.parent, work, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(module, work / lesson.filename)
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    for name in ("pytest.ini", "conftest.py"):
        if (ROOT / "exercises" / name).exists():
            shutil.copyfile(ROOT / "exercises" / name, folder / "exercises" / name)
    report = folder / "report.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"exercises/{lesson.name}", "--junit-xml", str(report)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return [len(case) == 0 for case in parse(report).iter("testcase")]


@ALL
def test_the_sample_checks_pass_on_the_solution(lesson: Lesson, tmp_path: Path) -> None:
    passed = outcomes(tmp_path, lesson.solution, lesson)
    assert len(passed) >= 3
    assert all(passed)


@ALL
def test_the_sample_checks_fail_on_the_stub(lesson: Lesson, tmp_path: Path) -> None:
    """Each of them: one that passes before anything was written says nothing."""
    assert not any(outcomes(tmp_path, lesson.exercise, lesson))
