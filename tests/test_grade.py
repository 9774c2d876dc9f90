"""Grading a folder: pytest is started so that nothing around it takes part."""

import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from course.command import main
from course.grade import GRADERS, GradingError, grade
from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.isolation import LEVELS, Level
from course.lessons import ROOT, lessons_named
from course.report.model import from_json, to_json
from tests.report import samples

# Stands in for the judge: called with the command, and what it is started with.
Started = list[tuple[list[str], dict[str, Any]]]


@pytest.fixture
def pytest_ends(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Started]:
    """Replace pytest by something that ends with an exit code, after it has written a result (or none)."""

    def make(code: int, written: str | None = None) -> Started:
        started: Started = []

        def run(command: list[str], **options: Any) -> SimpleNamespace:
            started.append((command, options))
            for option in ("--result", "--student-result"):
                if written is not None:
                    Path(command[command.index(option) + 1]).write_text(written, encoding="utf-8")
            return SimpleNamespace(returncode=code, stdout="what it said\n", stderr="")

        monkeypatch.setattr("course.grade._ran", run)
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


def test_isolation_and_key_are_passed_on(pytest_ends: Callable[..., Started], tmp_path: Path) -> None:
    """The key by its whole path: pytest works in another folder. Without one, there is no option."""
    started = pytest_ends(0, to_json(samples.everything()))
    grade(tmp_path, [], isolation="strong", key=tmp_path / "below/../key")
    grade(tmp_path, [])
    (with_key, _), (without, _) = started
    assert with_key[with_key.index("--require-isolation") + 1] == "strong"
    assert with_key[with_key.index("--key") + 1] == str(tmp_path / "key")
    assert without[without.index("--require-isolation") + 1] == "basic"
    assert "--key" not in without


def test_a_refusal_is_told_in_its_own_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One sentence, not what pytest says around it."""
    refused = SimpleNamespace(returncode=4, stdout="", stderr="ERROR: Nothing was graded: no.\n\n")
    monkeypatch.setattr("course.grade._ran", lambda *_, **__: refused)
    with pytest.raises(GradingError, match=r"^Nothing was graded: no\.$"):
        grade(tmp_path, [])


# pytest on a machine that has no bubblewrap.
WITHOUT_NAMESPACES = """
import os, sys, pytest
from course.judge import bench
from course.judge.jail import Jail
bench.jails = lambda: [Jail(root=os.geteuid() == 0)]
sys.exit(pytest.main(sys.argv[1:]))
"""


def test_on_a_machine_with_less_nothing_is_graded(tmp_path: Path) -> None:
    """No check has run, no result is written, and the refusal names what is open."""
    written = tmp_path / "result.json"
    checks = ["-c", str(GRADERS / "pytest.ini"), "--rootdir", str(GRADERS), str(GRADERS / "t01_quotes")]
    grading = ["--submission", str(ROOT / "solutions"), "--result", str(written), "--require-isolation"]
    for wanted, code in (("strong", pytest.ExitCode.USAGE_ERROR), ("basic", pytest.ExitCode.OK)):
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                WITHOUT_NAMESPACES,
                "-q",
                "--assert=plain",
                "-p",
                "no:cacheprovider",
                *checks,
                *grading,
                wanted,
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert written.exists() == (wanted == "basic")
        if wanted == "strong":
            assert "ERROR: Nothing was graded: isolation strong is required, and this machine offers" in done.stderr
            assert "connects to the network" in done.stderr


@pytest.mark.parametrize("wanted", LEVELS)
def test_the_command_grades_where_the_machine_has_what_is_required(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, wanted: Level
) -> None:
    """The report names what there was; with a key of an instructor's, a right module is right as well."""
    key = tmp_path / "key"
    key.write_bytes(b"an instructor's own secret\n")
    bench = Bench(width=1)
    try:
        isolation = bench.isolation
    finally:
        bench.close()
    arguments = ["--require-isolation", wanted, "--key", str(key), "--json"]
    code = main(["grade", str(ROOT / "solutions"), "t03", *arguments])
    told = capsys.readouterr()
    if isolation.reaches(wanted):
        assert code == 0, told.err
        assert from_json(told.out).isolation == isolation.said
    else:
        assert code == 2
        assert told.err == f"course: {isolation.refusal(wanted)}\n"


@pytest.mark.parametrize("content", [None, "short"])
def test_a_key_that_cannot_be_used_gives_2_and_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | None
) -> None:
    """It is not left out silently."""
    key = tmp_path / "key"
    if content is not None:
        key.write_text(content, encoding="utf-8")
    assert main(["grade", str(ROOT / "solutions"), "t03", "--key", str(key)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"course: The key {'in ' if content else ''}{key} ")
    assert told.err.count("\n") == 1


def test_a_lessons_schedules_are_drawn_with_key_and_module() -> None:
    """The same ones whenever it is graded; other ones for another key or another module."""
    (lesson,), _ = lessons_named(["t03"])

    def seed(key: bytes, source: str = "pass") -> int:
        grading = LessonGrading(lesson, source, {}, bench=None, pool=None, key=key)  # type: ignore[arg-type]
        found: int = grading.drivers.request("drive", {}, budget=1)["seed"]
        return found

    assert seed(b"a" * 16) == seed(b"a" * 16)
    assert len({seed(b""), seed(b"a" * 16), seed(b"b" * 16), seed(b"a" * 16, "pass\n")}) == 4
    assert seed(b"") == seed(b"", "pass\n")


@pytest.fixture
def broken_lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Have the grader's starters execute this first, in whatever process it starts them."""

    def break_it(first: str) -> None:
        wrapper = tmp_path / "python"
        wrapper.write_text(
            f"#!{sys.executable} -I\nimport runpy, sys\nfrom course.judge import starter\n"
            f"starter.BOOT = {first!r} + starter.BOOT\nsys.argv = sys.argv[3:]\n"
            "runpy.run_module('pytest', run_name='__main__')\n",
            encoding="utf-8",
        )
        wrapper.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(wrapper))

    return break_it


def test_what_the_grader_cannot_do_here_costs_no_points_and_no_other_lesson(
    broken_lab: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """As on a Python whose asyncio lacks what the lab's loop is made of."""
    broken_lab("from course.lab import world\nworld.loop_module = lambda *modules: modules[2].BasePolicy\n")
    assert main(["grade", str(ROOT / "solutions"), "t01", "a17"]) == 2
    shown = " ".join(capsys.readouterr().out.split())
    assert "t01_quotes Price quotes at once 10/10 " in shown
    assert "✗" not in shown
    assert shown.count(f"The grader could not work on Python {platform.python_version()}: the reference solution") == 1
    assert "has no attribute 'BasePolicy'" in shown
    assert "Traceback" not in shown


def test_a_grader_that_cannot_start_says_why_in_one_line(
    broken_lab: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    broken_lab("raise ImportError('cannot import name _new')\n")
    assert main(["grade", str(ROOT / "solutions"), "t01"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    version = platform.python_version()
    assert told.err.startswith(f"course: The grader could not work on Python {version}: the process that starts")
    assert "ImportError: cannot import name _new" in told.err
    assert told.err.count("\n") == 1
