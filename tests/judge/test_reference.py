"""The lab's fault is never the student's: whatever fails is asked of the reference solution first."""

import itertools
import platform
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from course.judge import starter as starters
from course.judge.bench import Bench
from course.judge.budget import Budget
from course.judge.grading import LessonGrading
from course.judge.kill_matrix import grade_all
from course.judge.reference import Reference
from course.judge.starter import GraderBroken
from course.language import as_it_is
from course.lessons import Lesson
from course.report.model import LessonResult

# Uses threads, a queue and a clock; what goes wrong in its threads comes out as a value.
SOLUTION = """
import queue
import threading
import time


def work():
    jobs = queue.SimpleQueue()
    found = []

    def one():
        try:
            time.sleep(1)
            found.append(jobs.get())
        except Exception as error:
            found.append(str(error))

    thread = threading.Thread(target=one)
    thread.start()
    jobs.put(7)
    thread.join()
    return found
"""
RIGHT = SOLUTION.replace("found", "seen")
WRONG = SOLUTION.replace("put(7)", "put(8)")
LACKING = """
whole = world.{0}
def lacking(*given):
    module = whole(*given)
    del module.{1}
    return module
world.{0} = lacking
"""
# What breaks, as a newer Python or a bug of ours would have it: where, how, and what the report has to say of it.
FAULTS = {
    "state that cannot be kept": (
        "kept_modules",
        "def copy(_):\n    return len(5)\nkept_modules.Snapshot._follow_names = lambda *_: copy(1)",
        "TypeError: object of type 'int' has no len()",
    ),
    "a stand-in that lacks a name": (
        "world",
        LACKING.format("thread_module", "allocate_lock"),
        "allocate_lock",
    ),
    "a name that the student's own line lacks": (
        "world",
        LACKING.format("time_module", "sleep"),
        "has no attribute 'sleep'",
    ),
    "a mistake that the program catches": (
        "virtual_queue",
        "virtual_queue.SimpleQueue.get = lambda *_: {}['lost']",
        "lost",
    ),
    "a thread that nobody wakes": (
        "virtual_queue",
        "virtual_queue.SimpleQueue.put = lambda *_: None",
        "a deadlock",
    ),
    "a wrong time": ("locks", "import course.lab.virtual_time as v\nv.nanoseconds = lambda _: 10**9 * 5", "5.0"),
    "points": (
        "instrument",
        "instrument.Points.visit_Call = lambda *_: 1 / 0",
        "ZeroDivisionError",
    ),
    "a tree that does not compile": (
        "instrument",
        "import ast\ninstrument.Points.visit_Call = lambda *_: ast.Constant(instrument)",
        "TypeError",
    ),
    "the student's text is not taken": (
        "instrument",
        "def refuses(*_):\n    raise SyntaxError('no such node')\ninstrument.put_points = refuses",
        "no such node",
    ),
    "a record that cannot be made": ("record", "record.plain = lambda _: 1 / 0", "ZeroDivisionError"),
    "a worker that dies": ("worker", "worker.simulate = lambda *_, **__: worker.os._exit(3)", "exit status 3"),
    "a worker that tells nonsense": (
        "simulation",
        "tell = simulation._Run.evidence\nsimulation._Run.evidence = lambda *run: {**tell(*run), 'duration': -1}",
        "contradict",
    ),
}
Grade = Callable[..., LessonResult]


def broken(module: str, patch: str) -> str:
    """Break a module of the lab's by code that counts as its own."""
    return f"from course.lab import {module}\nexec(compile({patch!r}, {module}.__file__, 'exec'))\n"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """A thread to run checks on."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def make_bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Bench]]:
    """A bench whose starters execute this first."""
    made: list[Bench] = []

    def make(first: str) -> Bench:
        monkeypatch.setattr(starters, "BOOT", first + starters.BOOT)
        made.append(Bench(width=1))
        return made[-1]

    yield make
    for bench in made:
        bench.close()


@pytest.fixture
def grade(make_lesson: Callable[..., Lesson], pool: ThreadPoolExecutor) -> Grade:
    """Grade a source text on a bench with the one check, which wants [7] after a second."""

    def run(bench: Bench, source: str, *, check: Callable[..., None] = wants_seven, solution: str = SOLUTION) -> Any:
        lesson = make_lesson(checks=(("right", "correctness", 1), ("later", "robustness", 1)), solution=solution)
        grading = LessonGrading(lesson, source, {"right": check, "later": passes}, bench=bench, pool=pool)
        grading.start()
        for verdict in grading.verdicts.values():
            verdict.result(60)
        return grading.result()

    return run


def wants_seven(simulate: Any) -> None:
    run = simulate("drive")
    run.require(run.value == [7], expected=as_it_is("[7]"), got=as_it_is(str(run.value)))
    run.require(run.seconds <= 1, expected=as_it_is("1 s"), got=as_it_is(str(run.seconds)))


def passes() -> None:
    """Keep every promise."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that were put to the reference solution."""
    questions: list[str] = []
    ask = Reference._ask

    def note(reference: Reference, question: Any) -> Any:
        questions.append(reference._lesson.name)
        return ask(reference, question)

    monkeypatch.setattr(Reference, "_ask", note)
    return questions


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_labs_is_never_the_students(make_bench: Any, grade: Grade, fault: str) -> None:
    """Nothing is lost: the points stay open, and one sentence says what has failed, and on which Python."""
    module, patch, told = FAULTS[fault]
    result = grade(make_bench(broken(module, patch)), RIGHT)
    check = result.checks[0]
    assert (result.problem, check.status, check.failure) == ("", "broken", None), result
    could_not = f"The grader could not work on Python {platform.python_version()}: the reference solution fails here,"
    assert check.reason.startswith(could_not)
    assert told in check.reason
    assert "Traceback" not in check.reason
    assert "\n" not in check.reason


@pytest.mark.parametrize("fault", FAULTS)
def test_each_of_these_faults_looks_like_the_students(
    make_bench: Any, grade: Grade, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the question, every one of them would cost points."""
    monkeypatch.setattr(Reference, "require", lambda *_: None)
    module, patch, _ = FAULTS[fault]
    result = grade(make_bench(broken(module, patch)), RIGHT)
    assert result.problem or result.checks[0].status == "failed"


def test_what_the_reference_can_do_is_the_students_failure_told_honestly(make_bench: Any, grade: Grade) -> None:
    """The stand-in is broken, but this solution does without: so the report says where the exception comes from."""
    bench = make_bench(broken("virtual_queue", "virtual_queue.SimpleQueue.put = lambda *_: {}[5]"))
    result = grade(bench, RIGHT, solution="def work():\n    return [7]\n")
    failure = result.checks[0].failure
    assert failure is not None
    assert (
        failure.got
        == "KeyError: 5, raised in a part of the grader that was called there (course/lab/virtual_queue.py:1)"
    )
    assert failure.look_at is not None
    assert failure.look_at.source == "jobs.put(7)"


@pytest.mark.parametrize(
    ("patch", "where"),
    [
        ("{}[5]", "in a part of the grader that was called there (course/lab/world.py:1)"),
        ("exec(compile('{}[5]', os.path.join(os.path.dirname(os.__file__), 'queue.py'), 'exec'))", "inside queue.py:1"),
    ],
    ids=["lab", "library"],
)
def test_an_import_that_only_the_submission_needs_says_where_it_failed(
    make_bench: Any, grade: Grade, patch: str, where: str
) -> None:
    patch = f"import os\nworld.adapt = lambda module, *_: module.__name__ == 'queue' and {patch}".replace("\n", ";")
    result = grade(make_bench(broken("world", patch)), RIGHT, solution="def work():\n    return [7]\n")
    assert result.problem == f"toy.py cannot be imported, line 2: KeyError: 5, raised {where}"


def test_a_text_that_only_we_cannot_read_is_not_called_no_python(make_bench: Any, grade: Grade) -> None:
    patch = (
        "read = instrument.put_points\ndef reads(kind, source, file):\n    if 'jobs' in source:\n"
        "        raise SyntaxError('no such node')\n    return read(kind, source, file)\ninstrument.put_points = reads"
    )
    result = grade(make_bench(broken("instrument", patch)), RIGHT, solution="def work():\n    return [7]\n")
    assert result.problem.startswith("toy.py cannot be imported: SyntaxError: no such node, raised in a part of the")


def test_a_machine_that_has_nothing_left_for_the_judge_costs_nobody_points(
    bench: Bench, grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if it has something left again a moment later, when the reference solution is asked."""
    case = Bench.case
    cases = itertools.count()

    def third_fails(bench: Bench, request: dict[str, Any], budget: Budget) -> Any:
        if next(cases) == 1:  # the first one has looked at the module
            raise OSError(24, "Too many open files")
        return case(bench, request, budget)

    monkeypatch.setattr(Bench, "case", third_fails)
    check = grade(bench, RIGHT).checks[0]
    assert check.status == "broken"
    assert check.reason.endswith(": OSError: [Errno 24] Too many open files.")


def test_a_right_submission_costs_nothing(bench: Bench, grade: Grade, asked: list[str]) -> None:
    assert grade(bench, RIGHT).points == 2
    assert asked == []


def test_a_wrong_submission_costs_one_question_for_each_lost_check(
    bench: Bench, grade: Grade, asked: list[str]
) -> None:
    result = grade(bench, WRONG)
    assert [check.status for check in result.checks] == ["failed", "not_reached"]
    assert len(asked) == 1


def test_gradings_of_one_lesson_share_the_answers(
    bench: Bench, make_lesson: Callable[..., Lesson], asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the kill matrix does, in which most submissions are wrong."""
    monkeypatch.setattr("course.judge.kill_matrix.load_checks", lambda _: {"right": wants_seven})
    gradings = grade_all(make_lesson(solution=SOLUTION), {"a": WRONG, "b": WRONG, "c": RIGHT}, bench)
    assert [grading.verdicts["right"].result().status for grading in gradings.values()] == [
        "failed",
        "failed",
        "passed",
    ]
    assert len(asked) == 1


FORGED = """
import time

def work():
    try:
        time.sleep("a second")
    except TypeError as error:
        raise KeyError("it was the grader").with_traceback(error.__traceback__)
"""


def test_a_submission_cannot_make_the_grader_look_broken(bench: Bench, grade: Grade) -> None:
    """It may say what it likes of where its exceptions come from: the reference solution works."""
    check = grade(bench, FORGED, solution="def work():\n    return [7]\n").checks[0]
    assert check.status == "failed"
    assert check.failure.got.startswith("KeyError: 'it was the grader', raised in a part of the grader that was called")


def test_a_reference_that_cannot_be_read_is_the_graders_fault(
    bench: Bench, grade: Grade, make_lesson: Callable[..., Lesson], pool: ThreadPoolExecutor
) -> None:
    lesson = make_lesson(solution=SOLUTION)
    lesson.solution.unlink()
    grading = LessonGrading(lesson, RIGHT, {"right": wants_seven}, bench=bench, pool=pool)
    with pytest.raises(GraderBroken, match="FileNotFoundError"):
        grading.look()


def test_a_starter_that_cannot_start_says_its_last_words(make_bench: Any) -> None:
    """As on a Python for which the lab does not even import."""
    bench = make_bench("raise ImportError('cannot import name _new')\n")
    with pytest.raises(GraderBroken) as broken:
        _ = bench.isolation
    version = platform.python_version()
    assert broken.value.told.startswith(
        f"The grader could not work on Python {version}: the process that starts workers"
    )
    assert "ImportError: cannot import name _new" in broken.value.told
    assert broken.value.told.told("zh").startswith(f"评分程序在 Python {version} 上无法工作：")
