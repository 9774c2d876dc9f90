"""Notes on a module: from its text and its runs, for instructors and for students; and what they may cost."""

import typing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from course.judge.audience import for_student, in_language
from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.module_notes import found_in
from course.judge.notes import MOST_NOTES, costs_the_lesson, notes_of
from course.judge.records import Used, Warned
from course.lessons import Lesson
from course.report.model import LessonResult, Note

Grade = Callable[..., LessonResult]
REACHES = "import gc\ndef work():\n    return len(gc.get_objects()) > 0 and 1\n"
UNUSUAL = "import inspect\ndef work():\n    inspect.stack()\n    return 1\n"
HIDDEN = "import gc, operator\ndef work():\n    operator.attrgetter(str('get_objects'))(gc)()\n    return 1\n"
WARNS = "def work():\n    if 1 is 1:\n        return 1\n"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads to run checks on."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def lesson(make_lesson: Callable[..., Lesson]) -> Lesson:
    """A lesson with one check, in virtual time."""
    return make_lesson()


@pytest.fixture
def grade(bench: Bench, make_lesson: Callable[..., Lesson], pool: ThreadPoolExecutor) -> Grade:
    """Grade a source text for a lesson with one check, which wants a 1."""

    def run(source: str, *, mode: str = "simulated", **terms: Any) -> LessonResult:
        def right(simulate: Any, real: Any) -> None:
            run = real("drive") if mode == "real" else simulate("drive")
            run.require(run.value == 1, expected="1", got=str(run.value))

        checks = {"right": right}
        grading = LessonGrading(make_lesson(mode=mode), source, checks, bench=bench, pool=pool, **terms)
        grading.start()
        return grading.result()

    return run


def told(notes: tuple[Note, ...]) -> list[tuple[str, str, int, str]]:
    """The notes but for their sentences."""
    return [(note.kind, note.what, note.line, note.seen) for note in notes]


def of(source: str, *noted: Used | Warned) -> list[tuple[str, str, int, str]]:
    """The notes on a module of which runs have told this."""
    return told(notes_of(found_in(source), noted, source))


# --- in a grading -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["simulated", "real"])
def test_a_module_is_graded_as_any_other_whatever_it_uses(grade: Grade, mode: str) -> None:
    result = grade(REACHES, mode=mode)
    assert (result.points, result.problem) == (1, "")
    assert told(result.notes) == [("reaches", "gc.get_objects", 3, "text")]
    assert result.notes[0].text == (
        "line 3 uses `gc.get_objects`, which only helps to get at the grader: it finds all objects of the process, "
        "also those of the grader"
    )


def test_what_is_unusual_costs_nothing_and_says_so(grade: Grade) -> None:
    for reaching in ("note", "zero"):
        result = grade(UNUSUAL, reaching=reaching)
        assert (result.points, result.problem) == (1, "")
        assert told(result.notes) == [("unusual", "inspect.stack", 3, "text")]
        assert "costs nothing" in result.notes[0].text


@pytest.mark.parametrize("mode", ["simulated", "real"])
def test_what_only_a_run_shows_is_marked_so_and_never_costs_anything(grade: Grade, mode: str) -> None:
    result = grade(HIDDEN, mode=mode, reaching="zero")
    assert (result.points, result.problem) == (1, "")
    assert told(result.notes) == [("reaches", "gc.get_objects", 3, "run")]
    assert "has used `gc.get_objects` in a run" in result.notes[0].text


def test_where_an_instructor_wants_it_reaching_into_the_grader_costs_the_lesson(grade: Grade) -> None:
    result = grade(REACHES, reaching="zero")
    assert result.points == 0
    assert [check.status for check in result.checks] == ["not_reached"]
    assert result.problem == (
        "toy.py, line 3, uses `gc.get_objects`: it finds all objects of the process, also those of the grader. No "
        "exercise needs it, and in this course such a module earns no points. Take it out, and hand in again."
    )
    assert told(result.notes) == [("reaches", "gc.get_objects", 3, "text")]


@pytest.mark.parametrize("mode", ["simulated", "real"])
@pytest.mark.filterwarnings("error")
def test_what_python_warns_of_is_a_note_and_no_error(grade: Grade, mode: str) -> None:
    result = grade(WARNS, mode=mode)
    assert result.points == 1
    assert told(result.notes) == [("warning", "SyntaxWarning", 2, "text")]
    assert result.notes[0].text.startswith('line 2, Python warns: "is" with ')


def test_a_module_that_is_not_there_has_no_notes(lesson: Lesson, bench: Bench, pool: ThreadPoolExecutor) -> None:
    grading = LessonGrading(lesson, "", {}, bench=bench, pool=pool)
    grading.refuse("toy.py was not handed in.")  # type: ignore[arg-type]
    assert grading.result().notes == ()


# --- put together -------------------------------------------------------------------------------------------------


def test_what_the_text_shows_and_a_run_tells_is_one_note() -> None:
    source = "import gc\ngc.get_objects()\ngc.get_objects()\neval('1')\nx = eval\n"
    noted = [Used(event="gc.get_objects", line=line) for line in (2, 3)]
    noted += [Used(event="compile", line=4), Used(event="exec", line=4)]  # of `eval`
    assert of(source, *noted) == [("reaches", "gc.get_objects", 2, "text"), ("unusual", "eval", 4, "text")]


def test_what_a_run_tells_more_than_once_is_one_note() -> None:
    noted = [Used(event=event, line=line) for line in (5, 2) for event in ("exec", "compile")]
    assert of("x = 1\n" * 9, *noted) == [("unusual", "compile", 2, "run"), ("unusual", "exec", 5, "run")]


def test_what_reaches_into_the_grader_comes_first_and_warnings_last() -> None:
    source = "import inspect\ninspect.stack()\n"
    noted = [Warned(line=1, message="careful"), Used(event="gc.get_referrers", line=0)]
    kinds = [kind for kind, *_ in of(source, *noted)]
    assert kinds == ["reaches", "unusual", "warning"]


def test_a_line_that_the_module_does_not_have_is_not_believed() -> None:
    assert of("x = 1\n", Used(event="exec", line=3), Warned(line=3, message="x")) == []


def test_there_are_so_many_notes_and_no_more() -> None:
    """Each event that can be told becomes one."""
    events = typing.get_args(typing.get_type_hints(Used)["event"])
    assert all(len(of("", Used(event=event, line=0))) == 1 for event in events)
    assert len(of("x\n" * 99, *(Used(event=event, line=line) for line, event in enumerate(events)))) == MOST_NOTES


def test_text_of_a_warning_is_text() -> None:
    (note,) = notes_of([], [Warned(line=1, message="{x} `y` \x1b")], "x\n")
    assert note.text == "line 1, Python warns: {x} 'y' \x1b"


# --- for students -------------------------------------------------------------------------------------------------


def test_a_student_reads_one_plain_sentence_and_what_python_warns_of(lesson: Lesson) -> None:
    """No accusation, and no word on what others might do with it."""
    source = "import gc, inspect\ngc.get_objects()\ninspect.stack()\nx = 1 is 1\n"
    notes = notes_of(found_in(source), [Warned(line=4, message='"is" with a literal')], source)
    result = LessonResult(lesson="t99_toy", title="Toy", file="toy.py", points=1, max_points=1, checks=(), notes=notes)
    shown = for_student(result, lesson, source, "en").notes
    assert told(shown) == [("unusual", "gc.get_objects", 2, "text"), ("warning", "SyntaxWarning", 4, "text")]
    assert shown[0].text == (
        "line 2 uses `gc.get_objects`, which no exercise needs. It costs nothing; your instructor sees it, too"
    )
    assert "扣分" in for_student(result, lesson, source, "zh").notes[0].text


def test_where_it_costs_the_lesson_the_student_reads_that_alone(lesson: Lesson) -> None:
    problem = costs_the_lesson(found_in(REACHES), "toy.py")
    assert problem is not None
    notes = notes_of(found_in(REACHES), (), REACHES)
    result = LessonResult(
        lesson="t99_toy", title="Toy", file="toy.py", points=0, max_points=1, checks=(), problem=problem, notes=notes
    )
    shown = for_student(result, lesson, REACHES, "zh")
    assert shown.notes == ()
    assert "不得分" in shown.problem


def test_instructors_read_notes_in_their_language() -> None:
    notes = notes_of(found_in(REACHES), [Used(event="sys.settrace", line=1)], REACHES)
    assert ["评分程序" in in_language(note, "zh").text for note in notes] == [True, False]
    assert "扣分" in in_language(notes[1], "zh").text
