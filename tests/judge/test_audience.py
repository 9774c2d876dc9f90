"""What students see of a hidden check, and what only their instructors see."""

import platform
from typing import Any

import msgspec
import pytest

from course.judge.audience import for_student, in_language
from course.judge.usage import seconds_of
from course.language import LANGUAGES, Sentence, hidden, say
from course.lessons import Lesson, lessons_named
from course.report.model import Bar, Failure, Interleaving, LessonResult, Step, TimeLine, Touch, Waiting
from tests.report import samples

SOURCE = "def fetch_quotes(symbols, fetch):\n    answers = {}\n    worker(answers)\n"
SECRETS = {"QUUX": 12.75, "XYZZY": 99.5}


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    (found,), _ = lessons_named(["t01"])
    return found


def seen(lesson: Lesson, failure: Failure, **more: Any) -> Failure:
    """The failure as the student sees it who wrote SOURCE."""
    check = samples.check("empty", "failed", failure=failure, **more)
    shown = for_student(samples.lesson(check), lesson, SOURCE, "en").checks[0].failure
    assert shown is not None
    return shown


def test_instructors_see_all(lesson: Lesson) -> None:
    failure = samples.failure(expected=say("these prices: {prices}", prices=hidden(SECRETS)), token=samples.TOKEN)
    told = in_language(failure, "en")
    assert told.expected == f"these prices: {SECRETS}"
    assert told.token == samples.TOKEN


def test_an_expected_value_is_not_shown(lesson: Lesson) -> None:
    shown = seen(lesson, samples.failure(expected=say("these prices: {prices}", prices=hidden(SECRETS))))
    assert shown.expected == "these prices: …"


def test_an_expected_value_that_the_lesson_gives_is_shown(lesson: Lesson) -> None:
    text = (lesson.exercise.parent / "README.md").read_text(encoding="utf-8")
    part = next(line for line in text.splitlines() if line.startswith("    ")).strip()
    sentence = say("as {one}, not {other}", one=hidden(part), other=hidden(f"{part}?"))
    shown = seen(lesson, samples.failure(expected=sentence))
    assert shown.expected == f"as {part}, not …"


def test_what_a_run_has_told_is_shown_without_what_the_student_could_not_know(lesson: Lesson) -> None:
    """Their own names, Python's words and small numbers are of use to them; inputs are not theirs."""
    error = "KeyError: 'QUUX' is not in answers (12.75 of 3)"
    shown = seen(lesson, samples.failure(got=say("an exception, {error}", error=error)))
    assert shown.got == "an exception, KeyError: '…' is not in answers (… of 3)"


def test_the_words_of_the_lessons_text_are_shown(lesson: Lesson) -> None:
    """Not of its letters: a sheet that gives HOOLI gives no H."""
    shown = seen(lesson, samples.failure(got=say("{told}", told="HOOLI, but no QUUX and no H")))
    assert shown.got == "HOOLI, but no … and no …"


def test_messages_of_pools_and_names_of_signals_are_shown(lesson: Lesson) -> None:
    """They are Python's own words."""
    for told in (
        "BrokenProcessPool: A process in the process pool was terminated abruptly while the future was running",
        "ValueError: max_workers must be greater than 0",
        "AttributeError: Can't pickle local object",
        "SIGKILL",
    ):
        assert seen(lesson, samples.failure(got=say("{told}", told=told))).got == told


def test_seconds_and_counts_are_shown(lesson: Lesson) -> None:
    shown = seen(lesson, samples.failure(got=say("{calls} calls in {seconds:.1f} s", calls=25, seconds=12.75)))
    assert shown.got == "25 calls in 12.8 s"


def test_only_whole_numbers_below_ten_say_next_to_nothing(lesson: Lesson) -> None:
    """Digits of longer numbers follow one another as the first ten do, or stand before a point, a comma or a letter."""
    told = "12 of 23, 456 or 0123456789; 7.25, 8,421, 9_000, 6e3 and 5th, but 3 (4) [7]"
    shown = seen(lesson, samples.failure(got=say("{told}", told=told)))
    assert shown.got == "… of …, … or …; …, …, …, … and …, but 3 (4) [7]"


def test_no_schedule_of_the_graders_is_named(lesson: Lesson) -> None:
    """It runs in the scenario, which students do not have."""
    assert seen(lesson, samples.failure(token=samples.TOKEN)).token == ""


def test_calls_with_inputs_are_numbered(lesson: Lesson) -> None:
    bars = tuple(
        Bar(lane=lane, label=label, start=0.0, end=1.0)
        for lane, label in (("Thread-12 (worker)", "fetch QUUX"), ("caller 12", "fetch XYZZY"), ("main", "fetch QUUX"))
    )
    line = seen(lesson, samples.failure(time_line=TimeLine(bars=bars, seconds=1.0))).time_line
    assert line is not None
    assert [bar.label for bar in line.bars] == ["fetch #1", "fetch #2", "fetch #1"]
    assert [bar.lane for bar in line.bars] == ["Thread-12 (worker)", "caller 12", "main"]


def test_threads_keep_apart_whatever_they_are_called(lesson: Lesson) -> None:
    """A name that a student has made of an input shows nothing of it."""
    step = Step(column=0, line=3, source="worker(answers)", switch=True, waits="answers_QUUX")
    told = Interleaving(columns=("QUUX", "XYZZY"), steps=(step,))
    waiting = Waiting(who="XYZZY", line=3, called="Thread.join", holder="QUUX")
    shown = seen(lesson, samples.failure(interleaving=told, stuck=(waiting,)))
    assert shown.interleaving is not None
    assert shown.interleaving.columns == ("#1", "#2")
    assert shown.interleaving.steps[0].source == "worker(answers)"
    assert shown.interleaving.steps[0].waits == "…"
    assert (shown.stuck[0].who, shown.stuck[0].called, shown.stuck[0].holder) == ("#2", "Thread.join", "#1")


def test_values_that_were_read_are_shown_as_far_as_they_are_the_students(lesson: Lesson) -> None:
    touched = tuple(Touch(how="read", name="answers", value=value) for value in ("{}", "3", "{'QUUX': 12.75}", "None"))
    step = Step(column=0, line=3, source="worker(answers)", switch=True, touched=touched)
    shown = seen(lesson, samples.failure(interleaving=Interleaving(columns=("a", "b"), steps=(step,)))).interleaving
    assert shown is not None
    assert [touch.value for touch in shown.steps[0].touched] == ["{}", "3", "{'…': …}", "None"]


def test_how_a_check_broke_is_for_instructors(lesson: Lesson) -> None:
    """The reason names lines of the graders."""
    check = samples.check("empty", "broken", reason="KeyError: 'QUUX' (somewhere/graders/test_quotes.py:20)")
    english, chinese = (for_student(samples.lesson(check), lesson, SOURCE, each).checks[0].reason for each in LANGUAGES)
    version = platform.python_version()
    nothing = "this check could not be done, and that says nothing about your code"
    assert english == f"The grader could not work on Python {version}: {nothing}."
    assert chinese == f"评分程序在 Python {version} 上无法工作：这一项检查没能做成，这并不说明你的代码有问题。"


def test_what_is_wrong_with_the_file_is_told_whole(lesson: Lesson) -> None:
    """No scenario has run then, and the message is all that the student has."""
    problem = say("{file} cannot be imported: {error}", file="quotes.py", error="ModuleNotFoundError: reqests")
    result = msgspec.structs.replace(samples.lesson(), problem=problem)
    assert for_student(result, lesson, SOURCE, "en").problem == problem
    assert for_student(result, lesson, SOURCE, "zh").problem == "quotes.py 无法导入：ModuleNotFoundError: reqests"


def test_the_whole_result_is_in_one_language(lesson: Lesson) -> None:
    promise = Sentence("no symbols give an empty dictionary", "没有代码时返回空字典")
    result: LessonResult = msgspec.structs.replace(
        samples.lesson(msgspec.structs.replace(samples.check("empty"), says=promise)), title=Sentence("Quotes", "询价")
    )
    told = for_student(result, lesson, SOURCE, "zh")
    assert (told.title, told.checks[0].says) == ("询价", "没有代码时返回空字典")
    assert in_language(result, "en") == result


def test_of_a_long_value_the_beginning_is_read_word_by_word(lesson: Lesson) -> None:
    """And how much is missing is ours to tell: a text that ends like that is a student's all the same."""
    long = seen(lesson, samples.failure(got=say("{told}", told="QUUX " * 10**6))).got
    assert long == f"{'… ' * 400}… (+4998000)"
    assert seen(lesson, samples.failure(got=say("{told}", told="lock… (+98765)"))).got == "lock… (+…)"
    name = f"{'x ' * 1000}… (+9876)"
    waiting = Waiting(who=name, line=1, called="")
    assert "9876" not in seen(lesson, samples.failure(stuck=(waiting,))).stuck[0].who


@pytest.mark.parametrize("word", ["Thread-1 ", "12 ", "x", "##[", "::"])
def test_a_value_of_any_length_is_looked_at_in_no_time(lesson: Lesson, word: str) -> None:
    """Words of the lab's, numbers, one long word: eight times as much is not even twice the work."""

    def work(times: int) -> float:
        failure = samples.failure(got=say("{told}", told=word * times))
        return min(seconds_of(lambda: seen(lesson, failure)) for _ in range(3))

    assert work(80_000) < 4 * max(work(10_000), 0.01)
