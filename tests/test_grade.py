"""Grading a folder: pytest is started so that nothing around it takes part."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from course.grade import GRADERS, GradingError, grade
from course.lessons import lessons_named
from course.report.model import to_json
from tests.report import samples

# Stands in for `subprocess.run`: called with the command and the options.
Started = list[tuple[list[str], dict[str, Any]]]


@pytest.fixture
def pytest_ends(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Started]:
    """Replace pytest by something that ends with an exit code, after it has written a result (or none)."""

    def make(code: int, written: str | None = None) -> Started:
        started: Started = []

        def run(command: list[str], **options: Any) -> SimpleNamespace:
            started.append((command, options))
            if written is not None:
                Path(command[command.index("--result") + 1]).write_text(written, encoding="utf-8")
            return SimpleNamespace(returncode=code, stdout="what it said\n", stderr="")

        monkeypatch.setattr("course.grade.subprocess.run", run)
        return started

    return make


@pytest.mark.parametrize("code", [0, 1])
def test_the_result_is_what_pytest_has_written(pytest_ends: Callable[..., Started], tmp_path: Path, code: int) -> None:
    """Whether all checks passed or not."""
    pytest_ends(code, to_json(samples.everything()))
    assert grade(tmp_path, []) == samples.everything()


@pytest.mark.parametrize("code", [2, 3, 4, 5, -9])
def test_a_pytest_that_could_not_work_is_an_error_with_its_words(
    pytest_ends: Callable[..., Started], tmp_path: Path, code: int
) -> None:
    """Even if there is a result: it is not complete."""
    pytest_ends(code, to_json(samples.everything()))
    with pytest.raises(GradingError, match=r"The grader could not work\. pytest said:\nwhat it said"):
        grade(tmp_path, [])


@pytest.mark.parametrize("written", [None, "", "{}", "[]", "not json"])
def test_no_result_is_no_points(pytest_ends: Callable[..., Started], tmp_path: Path, written: str | None) -> None:
    """An exit code of 0 alone proves nothing."""
    pytest_ends(0, written)
    with pytest.raises(GradingError):
        grade(tmp_path, [])


def test_pytest_is_isolated_from_the_submission_and_from_whoever_calls(
    pytest_ends: Callable[..., Started], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its interpreter ignores the environment and the current folder; its configuration is the graders' own."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "PYTHONSTARTUP", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "planted")
    started = pytest_ends(0, to_json(samples.everything()))
    lessons, _ = lessons_named(["t01", "a17"])
    grade(tmp_path, lessons, name="somebody")
    ((command, options),) = started
    assert command[1:4] == ["-I", "-m", "pytest"]
    for option in ("--rootdir", "--confcutdir"):
        assert command[command.index(option) + 1] == str(GRADERS)
    assert command[command.index("-c", 4) + 1] == str(GRADERS / "pytest.ini")
    assert command[command.index("--submission-name") + 1] == "somebody"
    assert command[-2:] == [str(lesson.grader) for lesson in lessons]
    assert options["cwd"] == GRADERS
    assert "planted" not in options["env"].values()
    assert options["env"]["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] == "1"


def test_a_lesson_that_no_check_was_found_for_is_an_error(pytest_ends: Callable[..., Started], tmp_path: Path) -> None:
    """It must not vanish from the result, and its points from the total."""
    pytest_ends(0, to_json(samples.right()))
    asked = [lesson for lesson in lessons_named([])[0] if lesson.name == "a18_uploads"]
    with pytest.raises(GradingError, match="no checks for a18_uploads"):
        grade(tmp_path, asked)
