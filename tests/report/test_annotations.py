"""Annotations stand at the student's lines, the most telling first, and are the only commands in the log."""

import re
from urllib.parse import unquote

import msgspec
from hypothesis import given

from course.lessons import all_lessons
from course.report.annotations import MOST, annotations
from tests.report import samples
from tests.report.dangers import STEADY_AND_SLOW, TEXTS, dangers_in

PLACES = {lesson.name: f"exercises/{lesson.name}/{lesson.filename}" for lesson in all_lessons()}
COMMAND = re.compile(r"::(?:error|notice|warning) file=([^,:]*),line=(\d+),title=([^,:]*)::([^\n]*)")


def test_a_failure_is_annotated_at_its_line() -> None:
    (told,) = annotations(samples.wrong_time_line(), PLACES)
    parts = COMMAND.fullmatch(told)
    assert parts is not None
    file, line, title, message = map(unquote, parts.groups())
    assert (file, line, title) == ("exercises/t01_quotes/quotes.py", "14", "t01_quotes: one after another")
    assert message.splitlines() == [
        samples.PROMISES["all_in_flight"],
        "expected: 3 calls of fetch going on at the same time",
        "got: at most 1; 3.0 s instead of 1.0 s",
        "hint: Start every thread before you wait for the first one.",
    ]


def test_a_module_that_cannot_be_graded_is_annotated() -> None:
    (told,) = annotations(samples.problem(), PLACES)
    assert told.startswith("::error file=exercises/t01_quotes/quotes.py,line=1,title=")
    assert told.endswith("::quotes.py, line 12, is not valid Python: expected ':'.")


def test_what_is_right_or_not_begun_is_not_annotated() -> None:
    begun = samples.problem().lessons[0]
    assert annotations(samples.right(), PLACES) == []
    assert annotations(samples.result(msgspec.structs.replace(begun, begun=False)), PLACES) == []


def test_each_lessons_first_failure_comes_before_all_second_ones() -> None:
    """GitHub shows ten."""
    checks = [samples.check(name, "failed") for name in samples.PROMISES]
    lessons = [samples.lesson(*checks, lesson=lesson.name) for lesson in all_lessons()[:4]]
    told = annotations(samples.result(*lessons), PLACES)
    assert len(told) == MOST
    places = [parts[1] for each in told if (parts := COMMAND.fullmatch(each))]
    assert places[:4] == [PLACES[lesson.lesson] for lesson in lessons]


def test_notes_come_after_all_failures_and_are_no_errors() -> None:
    lesson = samples.lesson(samples.check("empty", "failed"), notes=samples.NOTES)
    told = annotations(samples.result(lesson), PLACES)
    assert [each.partition(" ")[0] for each in told] == ["::error", "::warning", "::notice", "::warning"]
    assert ",line=12," in told[1]
    assert told[3].endswith("Python warns: 'return' in a 'finally' block")


@STEADY_AND_SLOW
@given(TEXTS)
def test_no_text_makes_another_command_or_property(text: str) -> None:
    told = annotations(samples.hostile(text), PLACES)
    assert len(told) == 2 + len(samples.NOTES)
    for each in told:
        parts = COMMAND.fullmatch(each)
        assert parts is not None
        assert parts[1] == "exercises/t01_quotes/quotes.py"
        for decoded in (parts[3], parts[4]):
            shown = decoded.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")  # as the runner does
            assert dangers_in(shown) == []
