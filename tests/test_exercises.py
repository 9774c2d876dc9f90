"""The open sample checks, as a student runs them: they pass on a solution and fail on a stub."""

import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest

from course.code_texts import in_chinese
from course.language import LANGUAGES, Language
from course.lessons import ROOT, all_lessons

UNTOUCHED = shutil.ignore_patterns("__pycache__")


def outcomes(folder: Path, modules: dict[str, Path], language: Language = "en") -> dict[str, dict[str, bool]]:
    """By lesson and sample check: does it pass on the lesson's module? In a copy of all exercises."""
    shutil.copytree(ROOT / "exercises", folder / "exercises", ignore=UNTOUCHED)
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    for lesson in all_lessons():
        sample = f"exercises/{lesson.name}/test_{lesson.filename}"
        if language == "zh":
            (folder / sample).write_text(in_chinese(ROOT / sample), encoding="utf-8")
        shutil.copyfile(modules[lesson.name], folder / "exercises" / lesson.name / lesson.filename)
    report = folder / "report.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "exercises", "--junit-xml", str(report)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for case in parse(report).iter("testcase"):
        lesson = case.get("classname", "").partition(".")[0]
        found[lesson][case.get("name", "")] = len(case) == 0
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_checks_pass_on_the_solutions(tmp_path: Path, language: Language) -> None:
    passed = outcomes(tmp_path, {lesson.name: lesson.solution for lesson in all_lessons()}, language)
    assert {lesson.name: len(passed[lesson.name]) >= 3 for lesson in all_lessons()} == dict.fromkeys(passed, True)
    assert [(lesson, check) for lesson, checks in passed.items() for check, good in checks.items() if not good] == []


def test_the_sample_checks_fail_on_the_stubs(tmp_path: Path) -> None:
    """Each of them: one that passes before anything was written says nothing."""
    passed = outcomes(tmp_path, {lesson.name: lesson.exercise for lesson in all_lessons()})
    assert {lesson.name for lesson in all_lessons()} == set(passed)
    assert [(lesson, check) for lesson, checks in passed.items() for check, good in checks.items() if good] == []
