"""Attack 24: break the collection, so that checks are absent. The judge has its own list: each check is there, with 0.

Modules are no tests and are not collected; one that cannot be read, parsed or imported reaches no check.
"""

from pathlib import Path

import pytest

from course.lessons import lessons_named
from tests.attacks.conftest import Attack, AttackFolder

SOURCES = {
    "def fetch_quotes(:\n": "quotes.py, line 1, is not valid Python",
    "(" * 5_000 + ")" * 5_000: "quotes.py, line 1, is not valid Python",
    "x = " + "-" * 100_000 + "1\n": "quotes.py",
    "x = a" + ".b" * 60_000 + "\n": "quotes.py",
    "".join(" " * depth + "if 1:\n" for depth in range(120)) + " " * 120 + "pass\n": "quotes.py",
    "x = " + "9" * 50_000 + "\n": "quotes.py",
    "raise BaseExceptionGroup('all', [KeyboardInterrupt(), SystemExit(5)])\n": "quotes.py cannot be imported, line 1",
    "import nowhere_at_all\n": "quotes.py cannot be imported, line 1: ModuleNotFoundError",
    "def test_it():\n    assert True\n": "quotes.py has no function `fetch_quotes`.",
    "fetch_quotes = None\n": "quotes.py has no function `fetch_quotes`.",
    "__getattr__ = lambda name: 1 / 0\n__all__ = 7\n": "quotes.py has no function `fetch_quotes`.",
    "# coding: no-such-code\nx = 1\n": "quotes.py",
}
NEVER_READ = {
    "no text": (b"\0" * 99, "is not a Python source file"),
    "not UTF-8": (b"def fetch_quotes(symbols, fetch):\n    return '\xff'\n", "is not UTF-8 text (line 2)"),
    "UTF-16": ("def fetch_quotes(symbols, fetch): return {}".encode("utf-16"), "bytes that no text has"),
    "too long": (b"#" * (1 << 20), "is larger than 256 KiB"),
}
BROKEN_TESTS = "raise SystemExit('owned by tests')\n"


@pytest.mark.parametrize(("source", "problem"), SOURCES.items(), ids=range(len(SOURCES)))
def test_every_check_is_there_without_points(attack: Attack, source: str, problem: str) -> None:
    attacked = attack("t01", source)
    (lesson,), _ = lessons_named(["t01"])
    assert [check.id for check in attacked.lesson.checks] == [spec.id for spec in lesson.checks]
    assert {(check.status, check.points) for check in attacked.lesson.checks} == {("not_reached", 0)}
    assert attacked.lesson.problem.startswith(problem)


def test_files_that_are_no_modules_and_tests_of_the_students_own(attack_folder: AttackFolder) -> None:
    """One lesson each: with bytes that are no text, and with tests and settings of lessons beside the module."""
    names = dict(zip(("t01", "t03", "t09", "a17"), NEVER_READ.values(), strict=True))

    def lay_out(folder: Path) -> None:
        for lesson in lessons_named(list(names))[0]:
            (folder / lesson.name / lesson.filename).write_bytes(names[lesson.key][0])
        for name in ("test_uploads.py", "conftest.py", "__init__.py", "lesson.toml", "scenarios.py"):
            (folder / "a18_uploads" / name).write_text(BROKEN_TESTS)

    result, output = attack_folder(lay_out, *names, "a18")
    graded = {lesson.lesson.partition("_")[0]: lesson for lesson in result.lessons}
    for key, (_, problem) in names.items():
        assert graded[key].points == 0
        assert problem in graded[key].problem
        assert {check.status for check in graded[key].checks} == {"not_reached"}
    assert graded["a18"].points == graded["a18"].max_points
    assert "owned by tests" not in output
