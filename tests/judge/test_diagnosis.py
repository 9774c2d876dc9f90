"""Each classic mistake is recognised in what the run shows, and nothing else is."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course.judge import diagnosis
from course.judge.diagnosis import RECOGNISERS, diagnose
from course.judge.run import CheckFailed, Run

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
        ({"schedule": {"at": [3]}}, "race"),
        ({"schedule": {"at": []}}, None),
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


def test_every_recogniser_has_its_texts() -> None:
    assert {name for name, _ in RECOGNISERS} <= TEXTS.keys()
    for name, texts in TEXTS.items():
        assert texts["name"]["en"], name
        assert texts["text"]["en"].endswith((".", "?")), name
