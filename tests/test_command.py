"""The `course` command, as students, instructors and authors call it."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import parse

import pytest
from jsonschema import Draft202012Validator

from course import command, stubs
from course.command import main
from course.grade import GradingError, Views
from course.judge import kill_matrix
from course.judge.bench import Bench
from course.judge.grading import LessonGrading, Verdict
from course.judge.kill_matrix import Matrix
from course.judge.replay import Replayed
from course.judge.tokens import Token
from course.lessons import ROOT, CatalogueError, all_lessons
from course.report.model import SCHEMA_FILE
from tests.report import samples

SOLUTIONS = ROOT / "solutions"
MISTAKE = (ROOT / "graders/t09_logs/mistakes/counters_without_lock.py").read_text(encoding="utf-8")
Capture = pytest.CaptureFixture[str]


def hand_in(folder: Path, **sources: str) -> Path:
    """Write modules, given by the names of their lessons."""
    modules = {lesson.name: lesson.filename for lesson in all_lessons()}
    for lesson, source in sources.items():
        (folder / lesson).mkdir(parents=True)
        (folder / lesson / modules[lesson]).write_text(source, encoding="utf-8")
    return folder


def solution(lesson: str) -> str:
    """The reference solution of a lesson."""
    return next(each for each in all_lessons() if each.name == lesson).solution.read_text(encoding="utf-8")


def valid(text: str) -> Any:
    """The result in a text that must follow the published schema."""
    result = json.loads(text)
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))).validate(result)
    return result


def test_all_points_give_0_and_a_word_of_praise(capsys: Capture, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert main(["grade", str(SOLUTIONS), "t01", "quotes", "--junit", str(report)]) == 0
    told = capsys.readouterr()
    assert "10 of 10 points" in told.out
    assert "every promise is kept" in told.out
    assert told.err == ""
    root = parse(report).getroot()
    assert [suite.get("name") for suite in root] == ["t01_quotes"]
    assert (root.get("tests"), root.get("failures")) == ("6", "0")


def test_lost_points_give_1_and_the_json_follows_its_schema(capsys: Capture, tmp_path: Path) -> None:
    mistake = (ROOT / "graders/t01_quotes/mistakes/start_join_one_loop.py").read_text(encoding="utf-8")
    folder = hand_in(tmp_path / "alice", t01_quotes=mistake)
    assert main(["grade", str(folder), "t01", "--json"]) == 1
    result = valid(capsys.readouterr().out)
    (lesson,) = result["lessons"]
    lost = [check for check in lesson["checks"] if check["status"] == "failed"]
    assert [check["id"] for check in lost] == ["all_in_flight"]
    assert lost[0]["failure"]["diagnosis"]["id"] == "one_after_another"
    assert (result["submission"], result["points"], result["max_points"]) == (str(folder), 7, 10)


BROKEN = {
    "t03_gate": ("def broken(:\n", "gate.py, line 1, is not valid Python: invalid syntax."),
    "t09_logs": ("import nowhere_at_all\n", "logs.py, line 1, imports `nowhere_at_all`, which is not there: "),
    "a18_uploads": ("\n", "uploads.py is empty."),
    "a17_health": ("def other():\n    pass\n", "health.py has no "),
}


def test_a_broken_file_does_not_touch_the_other_lessons(capsys: Capture, tmp_path: Path) -> None:
    """Each file has its sentence, and the one that is right has its points."""
    sources = {lesson: source for lesson, (source, _) in BROKEN.items()}
    folder = hand_in(tmp_path / "alice", t01_quotes=solution("t01_quotes"), **sources)
    (folder / "t98_qotes").mkdir()
    assert main(["grade", str(folder), "--json"]) == 1
    result = valid(capsys.readouterr().out)
    lessons = {lesson["lesson"]: lesson for lesson in result["lessons"]}
    assert set(lessons) == {lesson.name for lesson in all_lessons()}
    assert lessons.pop("t01_quotes")["points"] == 10
    for name, (_, problem) in BROKEN.items():
        assert lessons[name]["problem"].startswith(problem)
    assert lessons["p13_grep"]["problem"] == "grep.py was not handed in: there is no folder p13_grep."
    for lesson in lessons.values():
        assert lesson["points"] == 0
        assert {check["status"] for check in lesson["checks"]} == {"not_reached"}
    assert result["notes"] == ["There is no lesson t98_qotes; its folder was not graded."]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def fetch_quotes(symbols):\n    ...\n", "`fetch_quotes` must take (symbols, fetch); yours takes (symbols)."),
        ((ROOT / "exercises/t01_quotes/quotes.py").read_text(encoding="utf-8"), "not written yet"),
    ],
    ids=["signature", "stub"],
)
def test_the_report_says_what_is_wrong_in_a_sentence(
    capsys: Capture, tmp_path: Path, source: str, sentence: str
) -> None:
    assert main(["grade", str(hand_in(tmp_path, t01_quotes=source)), "t01"]) == 1
    assert sentence in " ".join(capsys.readouterr().out.split())


def test_check_grades_the_exercises(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def grade_views(folder: Path, lessons: list[Any], **terms: Any) -> Any:
        assert terms == {"isolation": "basic", "key": None, "language": None, "untested_python": False}
        asked.append((folder, [lesson.name for lesson in lessons]))
        return Views(samples.right(), samples.right())

    monkeypatch.setattr(command, "grade_views", grade_views)
    assert main(["check", "gate", "t01"]) == 0
    assert main(["check"]) == 0
    everything = [lesson.name for lesson in all_lessons()]
    assert asked == [(ROOT / "exercises", ["t01_quotes", "t03_gate"]), (ROOT / "exercises", everything)]
    assert "points" in capsys.readouterr().out


def test_a_broken_check_gives_2(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the points: the grader could not work."""
    broken = samples.result(samples.lesson(samples.check("empty", "broken", reason="no more memory")))
    monkeypatch.setattr(command, "grade_views", lambda *_, **__: Views(broken, broken))
    assert main(["check"]) == 2
    assert "no more memory" in capsys.readouterr().out


@pytest.mark.parametrize(
    "error",
    [GradingError("it broke"), CatalogueError("it broke"), OSError("it broke")],
    ids=lambda error: type(error).__name__,
)
def test_a_grader_that_cannot_work_gives_2_and_one_sentence(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(command, "grade_views", fail)
    assert main(["check"]) == 2
    assert capsys.readouterr().err == "course: it broke\n"


def test_an_unknown_lesson_gives_2_and_the_others_are_graded(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "grade_views", lambda *_, **__: Views(samples.right(), samples.right()))
    assert main(["check", "t01", "t77"]) == 2
    assert "note There is no lesson t77; `course list` shows them all." in " ".join(capsys.readouterr().out.split())
    assert main(["check", "t77"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "course: There is no lesson t77; `course list` shows them all.\n"


def test_a_missing_folder_gives_2_and_a_sentence(capsys: Capture, tmp_path: Path) -> None:
    assert main(["grade", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.startswith(f"course: There is no folder {tmp_path / 'nowhere'}.")


def test_list_shows_every_lesson_with_its_file(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for lesson, line in zip(all_lessons(), lines[1:], strict=True):
        assert line.startswith(lesson.name)
        assert line.rstrip().endswith(f"exercises/{lesson.name}/{lesson.filename}")
        assert lesson.title.en in line


def test_list_in_chinese_calls_what_can_be_earned_by_its_name(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["list"]) == 0
    assert capsys.readouterr().out.split()[:5] == ["课", "标题", "分钟", "分值", "你的文件"]


def test_stubs_are_checked_and_only_written_when_asked_to(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = all_lessons()[0]
    monkeypatch.setattr(stubs, "stale_stubs", lambda _: [])
    assert main(["stubs", "--check"]) == 0
    monkeypatch.setattr(stubs, "stale_stubs", lambda _: [lesson])
    assert main(["stubs", "--check"]) == 1
    assert capsys.readouterr().out == "exercises/t01_quotes/quotes.py is not up to date: run `course stubs --write`\n"
    monkeypatch.setattr(stubs, "write_stubs", lambda _: [lesson])
    assert main(["stubs", "--write"]) == 0
    assert capsys.readouterr().out == "wrote exercises/t01_quotes/quotes.py\n"


def test_verify_gives_1_for_problems_and_2_for_unknown_lessons(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems: tuple[str, ...] = ()
    monkeypatch.setattr(
        kill_matrix, "verify_all", lambda lessons: (Matrix(lesson, {}, {}, problems) for lesson in lessons)
    )
    assert main(["verify", "t01"]) == 0
    assert "every check is needed" in " ".join(capsys.readouterr().out.split())
    problems = ("first survives",)
    assert main(["verify", "t01"]) == 1
    assert "problem: first survives" in capsys.readouterr().out
    assert main(["verify", "t01", "t77"]) == 2


@pytest.mark.parametrize("arguments", [[], ["stubs"], ["stubs", "--check", "--write"], ["nonsense"], ["grade"]])
def test_a_command_that_makes_no_sense_gives_2(capsys: Capture, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: course" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["check", "--help", "--lang", "zh"], ["check", "--lang=zh", "-h"]])
def test_help_is_in_the_language_that_is_asked_for(capsys: Capture, arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    told = capsys.readouterr().out
    assert told.startswith("用法：course check ")
    assert "报告的语言（默认由 LANG 决定）" in told
    assert "显示这段帮助，然后退出" in told


def test_what_makes_no_sense_is_said_in_the_language_of_the_environment(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    for arguments, sentence in (
        (["nonsense"], "course：错误：参数 COMMAND：无效的选择：'nonsense'（可选："),
        (["replay"], "course replay：错误：缺少以下参数：TOKEN"),
        (["github", "--cache", "x", "--into", "y", "--lang", "fr"], "参数 --lang：没有语言 'fr'；可选：en, zh"),
    ):
        with pytest.raises(SystemExit):
            main(arguments)
        assert sentence in capsys.readouterr().err


def test_a_grader_that_is_stopped_says_so(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "grade_views", stop)
    assert main(["check"]) == 2
    assert main(["check", "--lang", "zh"]) == 2
    assert capsys.readouterr().err == "course: interrupted\ncourse: 已中断\n"


@pytest.fixture(scope="module")
def token() -> str:
    """The token in the report on a classic mistake."""
    lesson = next(lesson for lesson in all_lessons() if lesson.name == "t09_logs")
    bench = Bench(width=1)
    try:
        with ThreadPoolExecutor(1) as pool:
            checks = kill_matrix.load_checks(lesson)
            failure = LessonGrading(lesson, MISTAKE, checks, bench=bench, pool=pool).verdict("counts_not_lost").failure
    finally:
        bench.close()
    assert failure is not None
    return failure.token


def test_a_replay_of_a_wrong_submission_gives_1_and_the_same_words_every_time(
    capsys: Capture, tmp_path: Path, token: str
) -> None:
    folder = hand_in(tmp_path / "alice", t09_logs=MISTAKE)
    told = []
    for _ in range(2):
        assert main(["replay", token, "--folder", str(folder)]) == 1
        told.append(capsys.readouterr())
    assert told[0] == told[1]
    assert told[0].err == ""
    words = " ".join(told[0].out.split())
    assert "a lost update" in words
    assert "stopped between read and write" in words
    assert f"course replay {token}" in words


def test_a_replay_of_a_right_submission_gives_0_and_says_what_that_means(capsys: Capture, token: str) -> None:
    """Which of the two sentences depends on whether a lock that was added lets the same switch happen."""
    assert main(["replay", token, "--folder", str(SOLUTIONS)]) == 0
    assert "the promise is kept" in capsys.readouterr().out.lower()


def test_a_replay_of_the_exercises_is_the_default(capsys: Capture, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def replay(token: Token, lesson: Any, folder: Path) -> Replayed:
        asked.append((str(token), lesson.name, folder))
        return Replayed(Verdict("passed"), followed=True)

    monkeypatch.setattr(command, "replay", replay)
    assert main(["replay", token]) == 0
    assert asked == [(token, "t09_logs", ROOT / "exercises")]
    assert "Under this schedule the promise is kept." in capsys.readouterr().out


def test_a_replay_of_a_stub_gives_1_and_says_that_it_is_one(capsys: Capture, token: str, tmp_path: Path) -> None:
    stub = (ROOT / "exercises/t09_logs/logs.py").read_text(encoding="utf-8")
    assert main(["replay", token, "--folder", str(hand_in(tmp_path, t09_logs=stub))]) == 1
    assert "not written yet" in capsys.readouterr().out


def test_a_replay_can_be_drawn(tmp_path: Path, token: str, capsys: Capture) -> None:
    drawing = tmp_path / "race.svg"
    folder = hand_in(tmp_path / "alice", t09_logs=MISTAKE)
    assert main(["replay", token, "--folder", str(folder), "--svg", str(drawing)]) == 1
    assert parse(drawing).getroot().tag.endswith("svg")
    assert main(["replay", token, "--folder", str(SOLUTIONS), "--svg", str(tmp_path / "none.svg")]) == 0
    assert not (tmp_path / "none.svg").exists()
    capsys.readouterr()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "nonsense",
            "'nonsense' is no token: a token looks like t09.counts_not_lost.3f2a.1-1c-2 and stands in a report.",
        ),
        ("t09.counts_not_lost.3f2a.1-1c", "is damaged after its third dot; copy it once more."),
        ("t77.counts_not_lost.3f2a.0", "There is no lesson t77; `course list` shows them all."),
        ("t09.counts_lost.3f2a.0", "The lesson t09_logs has no check counts_lost; was the token copied whole?"),
        ("t09.counts_not_lost.zzzz.0", "The check counts_not_lost has changed since the token was made"),
        ("t03.late_waiter_passes.3f2a.0", "gate.py was not handed in: there is no folder t03_gate."),
    ],
    ids=["nonsense", "damaged", "lesson", "check", "scenario", "not handed in"],
)
def test_a_token_that_cannot_be_replayed_gives_2_and_one_sentence(
    capsys: Capture, tmp_path: Path, text: str, sentence: str
) -> None:
    folder = hand_in(tmp_path, t09_logs=solution("t09_logs"))
    assert main(["replay", text, "--folder", str(folder)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert sentence in told.err
    assert told.err.startswith("course: ")
    assert told.err.count("\n") == 1


def test_a_replay_without_a_folder_gives_2_and_a_sentence(capsys: Capture, tmp_path: Path, token: str) -> None:
    assert main(["replay", token, "--folder", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.startswith(f"course: There is no folder {tmp_path / 'nowhere'}.")


def test_a_replay_that_breaks_gives_2(capsys: Capture, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not the student's promise that was broken, and none that was kept."""
    monkeypatch.setattr(
        command, "replay", lambda *_: Replayed(Verdict("broken", reason="no more memory"), followed=True)
    )
    assert main(["replay", token]) == 2
    told = capsys.readouterr()
    assert told.err == "course: no more memory\n"
    assert "the promise is kept" not in told.out


PLANTED = "open({marker!r}, 'a').write(__file__ + '\\n')\nraise SystemExit(0)\n"
NAMES = (
    "conftest.py",
    "sitecustomize.py",
    "usercustomize.py",
    "json.py",
    "time.py",
    "threading.py",
    "pytest.py",
    "_pytest/__init__.py",
    "msgspec.py",
    "course/__init__.py",
    "course/command.py",
    "graders/__init__.py",
    "setup.py",
    "test_planted.py",
    "t01_quotes/conftest.py",
    "t01_quotes/json.py",
    "t01_quotes/threading.py",
    "t01_quotes/test_planted.py",
    "t01_quotes/__init__.py",
)
CONFIGURATION = "[pytest]\naddopts = -p planted --collect-only\npython_files = nothing\n"


def plant(folder: Path, marker: Path) -> None:
    """Put code into a folder that would leave a trace, under every name that somebody might import."""
    for name in (*NAMES, "planted.py"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PLANTED.format(marker=str(marker)), encoding="utf-8")
    for name in ("pytest.ini", "tox.ini", "t01_quotes/pytest.ini"):
        (folder / name).write_text(CONFIGURATION, encoding="utf-8")
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '-p planted'\n", encoding="utf-8")
    information = folder / "planted-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: planted\nVersion: 1.0\n", encoding="utf-8")
    (information / "entry_points.txt").write_text("[pytest11]\nplanted = planted\n", encoding="utf-8")


def test_started_as_a_module_it_takes_nothing_of_the_folder_that_it_is_started_in(tmp_path: Path) -> None:
    """But for a package `course` of that folder's: that would be started in our place."""
    marker = tmp_path / "marker"
    folder = hand_in(tmp_path / "alice", t01_quotes=solution("t01_quotes"))
    plant(folder, marker)
    shutil.rmtree(folder / "course", ignore_errors=True)
    for name in ("argparse.py", "msgspec.py", "rich.py"):
        (folder / name).write_text(PLANTED.format(marker=str(marker)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "course", "list"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "t01_quotes" in done.stdout
    assert not marker.exists()


@pytest.mark.parametrize("points", [10, 7])
def test_hostile_surroundings_change_nothing(tmp_path: Path, points: int) -> None:
    """Planted in the submission, which is the current folder as well; the environment points there, too."""
    marker = tmp_path / "marker"
    mistake = ROOT / "graders/t01_quotes/mistakes/start_join_one_loop.py"
    source = solution("t01_quotes") if points == 10 else mistake.read_text(encoding="utf-8")
    folder = hand_in(tmp_path / "alice", t01_quotes=source)
    plant(folder, marker)
    program = shutil.which("course", path=str(Path(sys.executable).parent))
    assert program is not None
    done = subprocess.run(
        [program, "grade", ".", "t01", "--json"],
        cwd=folder,
        env={
            "PATH": os.defpath,
            "PYTEST_ADDOPTS": "-p planted --collect-only",
            "PYTEST_PLUGINS": "planted",
            "HOME": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert not marker.exists(), marker.read_text(encoding="utf-8")
    assert done.returncode == (0 if points == 10 else 1), done.stderr
    assert valid(done.stdout)["points"] == points
