"""Each classic mistake is recognised in what the run shows, and nothing else is."""

import ast
import asyncio
import multiprocessing
import re
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from course.judge import diagnosis
from course.judge.diagnosis import RACES, RECOGNISERS, diagnose, needs_preemption, of_exception, value_if_any
from course.judge.run import CheckFailed, Run
from course.lessons import all_lessons

Make = Callable[..., Any]
TEXTS = tomllib.loads(Path(diagnosis.__file__).with_name("diagnoses.toml").read_text(encoding="utf-8"))
SLEEP = {"thread": 0, "seconds": 0.1, "line": 5, "in_loop": False}
WORKER = {"number": 1, "name": "worker", "start": 0, "end": None}
RAISED = {"type": "ValueError", "message": "", "line": 1}


def named(run: Run | None, told: str | None = None) -> str | None:
    """The name of the diagnosis of a check that failed over `run`."""
    found = diagnose(CheckFailed(expected="a", got="b", run=run, diagnosis=told))
    return found.id if found else None


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("Queue.join", "task_done_missing"),
        ("Queue.put", "queue_never_emptied"),
        ("Queue.get", "queue_never_fed"),
        ("SimpleQueue.get", "queue_never_fed"),
        ("Event.wait", "event_never_set"),
        ("Condition.wait_for", "event_never_set"),
        ("Thread.join", "joins_one_that_never_ends"),
    ],
)
def test_a_deadlock_is_named_after_what_is_waited_for(make_run: Make, stack: Make, called: str, name: str) -> None:
    assert named(make_run(outcome="deadlock", stuck=[stack(called=called)])) == name
    assert named(make_run(outcome="finished", stuck=[stack(called=called)])) is None
    assert named(make_run(outcome="deadlock", stuck=[stack(called=called, blocked=False)])) is None


@pytest.mark.parametrize(
    ("holders", "circle"),
    [
        ({"main": "main"}, True),
        ({"a": "b", "b": "a"}, True),
        ({"a": "b", "b": "c", "c": "b"}, True),
        ({"a": "b", "b": "c"}, False),
        ({"a": "b", "b": ""}, False),
    ],
)
def test_a_circle_of_holders_is_found(make_run: Make, stack: Make, holders: dict[str, str], circle: bool) -> None:
    """However long the way to it; a chain that ends is none."""
    stuck = [stack(number=n, name=name, holder=holder) for n, (name, holder) in enumerate(holders.items())]
    assert (named(make_run(outcome="deadlock", stuck=stuck)) == "waits_for_itself") == circle


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"outcome": "error", "error": {"type": "NotImplementedError", "message": "", "line": 3}}, "never_written"),
        ({"spins": 1}, "busy_wait"),
        ({"sleeps": [{**SLEEP, "in_loop": True}]}, "blocks_the_loop"),
        ({"warned": ["coroutine 'fetch' was never awaited"]}, "never_awaited"),
        ({"warned": ["deprecated"]}, None),
        ({"sleeps": [SLEEP] * 3}, "polling"),
        ({"sleeps": [SLEEP, {**SLEEP, "line": 6}, {**SLEEP, "line": 7}]}, None),
        ({"sleeps": [{**SLEEP, "line": 0}] * 3}, None),
        ({"uncaught": [{"where": "worker", **RAISED}], "threads": [WORKER]}, "dies_in_its_thread"),
        ({"uncaught": [{"where": "Task exception was never retrieved", **RAISED}], "threads": [WORKER]}, None),
        ({"tasks_left": ["Task-2"]}, "task_left_behind"),
        ({"choices": [[0, 3, 1]]}, "race"),
        ({"choices": []}, None),
        ({}, None),
    ],
)
def test_a_mistake_is_recognised_in_the_evidence(make_run: Make, fields: dict[str, Any], name: str | None) -> None:
    assert named(make_run(**fields)) == name


def test_calls_tell_one_thread_and_one_after_another_apart(make_run: Make, call: Make) -> None:
    one_thread = [call(0, 10, lane="main"), call(10, 20, lane="main")]
    threads = [call(0, 10, lane="a"), call(10, 20, lane="b")]
    assert named(make_run(calls=one_thread)) == "same_thread"
    assert named(make_run(calls=threads)) == "one_after_another"
    assert named(make_run(calls=[call(0, 10, lane="a"), call(5, 20, lane="b")])) is None
    assert named(make_run(calls=threads[:1])) is None


def test_what_is_done_to_a_single_item_may_come_one_after_another(make_run: Make, call: Make) -> None:
    steps = [call(0, 10, name="read"), call(10, 20, name="write")]
    assert named(make_run(calls=steps)) is None
    assert named(make_run(calls=[{**step, "lane": "main"} for step in steps])) is None
    assert named(make_run(calls=[*steps, call(20, 30, name="read")])) == "one_after_another"


def test_a_thread_left_behind_is_recognised(make_run: Make, stack: Make) -> None:
    assert named(make_run(left=[stack(number=1)])) == "thread_left_behind"


def test_what_the_check_knows_better_comes_first(make_run: Make) -> None:
    assert named(make_run(spins=1), "race") == "race"
    assert named(None, "race") == "race"


def test_the_check_can_say_that_there_is_no_diagnosis(make_run: Make) -> None:
    """With the empty name, as `Run.require` promises."""
    assert named(make_run(spins=1), "") is None


def test_without_evidence_there_is_no_diagnosis() -> None:
    assert named(None) is None
    assert named(Run(None, case={}, died="ended")) is None


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("max_workers must be greater than 0", "pool_of_zero"),
        ("Number of processes must be at least 1", "pool_of_zero"),
        ("Set of Tasks/Futures is empty.", "wait_for_nothing"),
        ("not enough values to unpack (expected 2, got 0)", "empty_not_expected"),
        ("not enough values to unpack (expected at least 1, got 0)", "empty_not_expected"),
        ("not enough values to unpack (expected 2, got 1)", None),
        ("max() arg is an empty sequence", "empty_not_expected"),
        ("max() iterable argument is empty", "empty_not_expected"),
        ("Can't pickle <function <lambda> at 0x7f>: attribute lookup <lambda> on grep failed", "cannot_be_pickled"),
        ("Can't get local object 'grep.<locals>.work'", "cannot_be_pickled"),
        ("cannot pickle '_thread.lock' object", "cannot_be_pickled"),
        ("no such file: shop.toml", None),
        ("", None),
    ],
)
def test_what_the_standard_library_says_gives_a_mistake_away(make_run: Make, message: str, name: str | None) -> None:
    """Whether it comes out of the run, or a check has it from an attempt."""
    error = {"type": "ValueError", "message": message, "line": 1}
    assert of_exception(f"ValueError: {message}") == name
    assert named(make_run(outcome="error", error=error)) == name


def ask(function: Callable[[], object]) -> str | None:
    """The mistake that the message of this interpreter gives away."""
    with pytest.raises((ValueError, TypeError)) as caught:
        function()
    return of_exception(f"{caught.type.__name__}: {caught.value}")


def test_this_python_says_it_in_the_words_that_are_known() -> None:
    """The words have changed between versions before."""
    assert ask(lambda: ThreadPoolExecutor(0)) == "pool_of_zero"
    assert ask(lambda: ProcessPoolExecutor(0)) == "pool_of_zero"
    assert ask(lambda: multiprocessing.Pool(0)) == "pool_of_zero"
    assert ask(lambda: asyncio.run(asyncio.wait([]))) == "wait_for_nothing"
    assert ask(lambda: max([])) == "empty_not_expected"
    assert ask(lambda: [first for first, _ in [()]]) == "empty_not_expected"  # type: ignore[misc]


@pytest.mark.parametrize(("choices", "expected"), [([], False), ([[3, 0, 1]], True)])
def test_only_the_plain_schedule_needs_no_preemption(make_run: Make, choices: list[list[int]], expected: bool) -> None:
    assert needs_preemption(make_run(choices=choices).record) == expected


def test_another_run_can_be_asked_without_failing_over_it(make_run: Make) -> None:
    assert value_if_any(make_run(value=["list", [1]])) == [1]
    assert value_if_any(make_run(outcome="deadlock")) is None
    assert value_if_any(make_run(value=["nonsense"])) is None
    assert value_if_any(Run(None, case={}, died="ended")) is None


ASKS, GETS, OTHER = 1, 2, 3
SITES = [(0, "", ""), (5, "call", "jobs.empty"), (6, "call", "jobs.get"), (6, "call", "others.get")]


@pytest.mark.parametrize(
    ("results", "name"),
    [
        ([(1, ASKS), (2, ASKS), (2, GETS)], "check_then_act"),
        ([(2, ASKS), (1, ASKS), (2, GETS), (2, OTHER)], "check_then_act"),
        ([(2, GETS), (1, ASKS)], "queue_never_fed"),
        ([(1, ASKS), (2, OTHER)], "queue_never_fed"),
        ([(1, ASKS), (2, GETS), (1, GETS)], "queue_never_fed"),
        ([(2, ASKS), (1, GETS)], "queue_never_fed"),
        ([], "queue_never_fed"),
    ],
    ids=["overtaken", "overtaken later", "asked after", "another queue", "not its last", "not the stuck one", "bare"],
)
def test_a_thread_that_was_overtaken_after_it_asked_is_told_from_one_that_is_forgotten(
    make_run: Make, stack: Make, results: list[tuple[int, int]], name: str
) -> None:
    stuck = [stack(number=1, called="Queue.get")]
    trace = [[when, thread, "result", site, "False"] for when, (thread, site) in enumerate(results)]
    run = make_run(outcome="deadlock", stuck=stuck, trace=trace, sites=SITES)
    found = diagnose(CheckFailed(expected="a", got="b", run=run), run.record)
    assert found is not None
    assert found.id == name


def test_a_trace_tells_which_lock_is_wrong_even_when_the_check_has_spoken(make_run: Make) -> None:
    """What it saw is a lost update; that the locks are different is why. Without a wrong lock its word stands."""
    access = {"thread": "worker", "line": 4, "writes": True, "held": ["lock"]}
    race = {"name": "report.changed", "first": access, "second": access, "wrong_locks": True}
    failed = CheckFailed(expected="a", got="b", run=make_run(), diagnosis="lost_update")
    found = [diagnose(failed, make_run(races=races).record) for races in ([race], [])]
    assert [each.id for each in found if each is not None] == ["wrong_lock", "lost_update"]


# --- the texts ---


@pytest.mark.parametrize("name", TEXTS)
def test_every_diagnosis_has_a_short_name_and_a_text_in_both_languages(name: str) -> None:
    titles, texts = TEXTS[name]["name"], TEXTS[name]["text"]
    assert TEXTS[name].keys() == {"name", "text"}
    assert titles.keys() == texts.keys() == {"en", "zh"}
    assert 0 < len(titles["en"]) <= 50
    assert 0 < len(titles["zh"]) <= 30
    assert not titles["en"].endswith(".")
    assert not titles["zh"].endswith("\N{IDEOGRAPHIC FULL STOP}")
    assert texts["en"].endswith(".")
    assert texts["zh"].endswith(("\N{IDEOGRAPHIC FULL STOP}", "\N{FULLWIDTH QUESTION MARK}"))
    assert re.search("[\u4e00-\u9fff]", titles["zh"])


@pytest.mark.parametrize("name", TEXTS)
def test_code_in_a_text_is_the_same_in_both_languages(name: str) -> None:
    """A name of the library that is in one of them only was forgotten in the other."""
    texts = TEXTS[name]["text"]
    code = {language: set(re.findall(r"`[^`]+`|[\w.]+\(", texts[language], re.ASCII)) for language in texts}
    assert code["en"] == code["zh"]


def named_by_checks() -> Iterator[str]:
    """The names that the lessons' checks give: as `diagnosis`, or as what a function returns."""
    for lesson in all_lessons():
        tree = ast.parse((lesson.grader / f"test_{lesson.module}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            match node:
                case ast.keyword(arg="diagnosis", value=value) | ast.Return(value=ast.expr() as value):
                    yield from names_in(value)
                case ast.Assign(targets=[ast.Name(id="diagnosis" | "names")], value=value):
                    yield from names_in(value)


def names_in(expression: ast.expr) -> Iterator[str]:
    """The identifiers written out as strings in an expression, but for keys and for scenarios to run."""
    others = set()
    for node in ast.walk(expression):
        match node:
            case ast.Subscript():
                others.add(node.slice)
            case ast.Call(func=ast.Name(id="simulate" | "explore" | "real")):
                others.add(node.args[0])
    for node in ast.walk(expression):
        if isinstance(node, ast.Constant) and node not in others and re.fullmatch("[a-z]+(_[a-z]+)*", str(node.value)):
            yield str(node.value)


def test_a_check_names_no_diagnosis_that_does_not_exist() -> None:
    """A name with an underscore is nothing else there."""
    assert {name for name in named_by_checks() if "_" in name} <= TEXTS.keys()


def test_no_diagnosis_is_unused() -> None:
    """Somebody gives it: a recogniser, a check, or what tells races apart."""
    recognised = {name for name, _ in RECOGNISERS}
    assert recognised | RACES <= TEXTS.keys()
    assert TEXTS.keys() - recognised - RACES - set(named_by_checks()) == set()


def test_every_mistake_of_a_lesson_names_a_diagnosis() -> None:
    for lesson in all_lessons():
        for path in lesson.variants("mistakes").values():
            lines = re.findall(r"^Diagnosis: (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert len(lines) == 1, path
            assert lines[0] in TEXTS, path
