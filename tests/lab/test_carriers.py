"""Carriers: they run a task a stretch at a time, and each task finds its thread's own state as it has left it."""

import contextvars
import gc
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from course.lab import carriers
from course.lab.carriers import Carrier, Greenlet, frame_of
from course.lab.os_threads import OsThread

pytestmark = pytest.mark.timeout(30)
both_kinds = pytest.mark.parametrize("kind", [Greenlet, OsThread])


def carried(kind: Any, task: Callable[[Carrier], object]) -> Carrier:
    """A carrier whose task knows it."""
    made: list[Carrier] = []
    made.append(kind(lambda: task(made[0])))
    return made[0]


@both_kinds
def test_a_task_runs_a_stretch_at_a_time(kind: Any) -> None:
    """Nothing happens before the first stretch, nor between two of them."""
    log: list[object] = []

    def task(carrier: Carrier) -> None:
        log.append("first")
        carrier.rest(carrier)
        log.append("second")

    carrier = carried(kind, task)
    for _ in range(2):
        log.append("pause")
        carrier.go_on()
    assert log == ["pause", "first", "pause", "second"]


@both_kinds
def test_a_task_can_make_carriers_and_never_runs_them(kind: Any) -> None:
    """Each goes back to whoever runs them all, not to the one that has made it."""
    log: list[str] = []
    made: list[Carrier] = []

    def child(carrier: Carrier) -> None:
        log.append("child")

    def task(carrier: Carrier) -> None:
        made.append(carried(kind, child))
        carrier.rest(carrier)
        log.append("maker")

    maker = carried(kind, task)
    maker.go_on()
    made[0].go_on()
    log.append("caller")
    maker.go_on()
    assert log == ["child", "caller", "maker"]


def test_a_task_can_let_another_one_go_on() -> None:
    """At once when that has begun; otherwise its caller begins it."""
    log: list[str] = []

    def task(carrier: Carrier, name: str) -> None:
        log.append(name)
        carrier.rest(second if name == "first" else first)
        log.append(name)

    first, second = (carried(Greenlet, partial(task, name=name)) for name in ("first", "second"))
    first.go_on()
    log.append("caller")
    second.go_on()
    assert log == ["first", "caller", "second", "first"]
    second.go_on()


@both_kinds
def test_each_task_has_a_context_of_its_own(kind: Any) -> None:
    """What one task leaves in its context, no other finds."""
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)
    found: list[int] = []

    def task(carrier: Carrier, number: int) -> None:
        found.append(variable.get())
        variable.set(number)
        carrier.rest(carrier)
        found.append(variable.get())

    carriers = [carried(kind, partial(task, number=number)) for number in (1, 2, 3)]
    for carrier in carriers * 2:
        carrier.go_on()
    assert found == [0, 0, 0, 1, 2, 3]
    assert variable.get() == 0


@both_kinds
def test_a_task_is_in_no_exception_but_its_own(kind: Any) -> None:
    """An exception that one task handles is not the context of what another raises."""
    seen: list[object] = []

    def handle(carrier: Carrier) -> None:
        try:
            int("mine")
        except ValueError:
            carrier.rest(carrier)
            seen.append(type(sys.exception()))

    def look(carrier: Carrier) -> None:
        seen.append(sys.exception())

    handler = carried(kind, handle)
    handler.go_on()
    carried(kind, look).go_on()
    handler.go_on()
    assert seen == [None, ValueError]


@both_kinds
def test_what_is_being_shown_in_one_task_is_shown_whole_in_another(kind: Any) -> None:
    """`repr` writes `...` for what it is already showing, but only on the same thread."""
    shown: list[str] = []
    resting: list[Carrier] = []

    class Thing:
        def __repr__(self) -> str:
            if resting:
                (me := resting.pop()).rest(me)
            return "thing"

    things = [Thing()]

    def task(carrier: Carrier) -> None:
        shown.append(repr(things))

    first, second = carried(kind, task), carried(kind, task)
    resting.append(first)
    for carrier in (first, second, first):
        carrier.go_on()
    assert shown == ["[thing]", "[thing]"]


@both_kinds
def test_hooks_of_asynchronous_generators_are_the_tasks_own(kind: Any) -> None:
    """Each event loop sets its own for its thread, and takes them back."""
    found: list[object] = []

    def hook(_: object) -> None:
        """Never called."""

    def loop(carrier: Carrier) -> None:
        found.append(sys.get_asyncgen_hooks().firstiter)
        sys.set_asyncgen_hooks(firstiter=hook)
        carrier.rest(carrier)
        found.append(sys.get_asyncgen_hooks().firstiter)
        sys.set_asyncgen_hooks(firstiter=None)

    def look(carrier: Carrier) -> None:
        found.append(sys.get_asyncgen_hooks().firstiter)

    first = carried(kind, loop)
    for carrier in (first, carried(kind, look), first, carried(kind, look)):
        carrier.go_on()
        assert sys.get_asyncgen_hooks() == (None, None)
    assert found == [None, None, hook, None]


@both_kinds
def test_the_stack_of_a_resting_task_can_be_read(kind: Any) -> None:
    """From its innermost frame outwards, also through functions written in C."""

    def inner(carrier: Carrier) -> str:
        carrier.rest(carrier)
        return ""

    def outer(carrier: Carrier) -> None:
        sorted([1, 2], key=lambda _: inner(carrier))

    carrier = carried(kind, outer)
    carrier.go_on()
    frame, names = frame_of(carrier), []
    while frame is not None:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    assert names[names.index("inner") :][:3] == ["inner", "<lambda>", "outer"]
    for _ in range(2):
        carrier.go_on()


@both_kinds
def test_each_task_may_recurse_as_deep_as_any(kind: Any) -> None:
    """However deep the others are in the middle of."""
    depth = sys.getrecursionlimit() * 3 // 4
    ended: list[int] = []

    def dive(carrier: Carrier, left: int) -> None:
        if left:
            dive(carrier, left - 1)
        else:
            carrier.rest(carrier)

    def task(carrier: Carrier, number: int) -> None:
        dive(carrier, depth)
        ended.append(number)

    carriers = [carried(kind, partial(task, number=number)) for number in range(5)]
    for carrier in carriers * 2:
        carrier.go_on()
    assert ended == [0, 1, 2, 3, 4]


def test_a_parked_task_is_never_unwound(capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing more of it runs, and nothing is printed, also when nobody else knows of it any more."""
    log: list[str] = []

    def task(carrier: Carrier) -> None:
        try:
            carrier.park()
        finally:
            log.append("unwound")

    carrier = carried(Greenlet, task)
    carrier.go_on()
    del carrier, task
    gc.collect()
    assert log == []
    assert capfd.readouterr() == ("", "")


def test_a_greenlet_that_has_done_its_task_takes_the_next_in_a_new_context() -> None:
    """What one task has set is not there for the next on the same stack."""
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)
    seen: list[int] = []
    stacks = set()

    def task(carrier: Carrier) -> None:
        seen.append(variable.get())
        variable.set(1)

    for _ in range(3):
        carrier = carried(Greenlet, task)
        stacks.add(id(carrier._greenlet))  # type: ignore[attr-defined]
        carrier.go_on()
    assert len(stacks) == 1
    assert seen == [0, 0, 0]


def test_a_crowd_leaves_no_more_greenlets_than_most_programs_need() -> None:
    crowd = [carried(Greenlet, lambda _: None) for _ in range(3 * carriers._MOST_IDLE)]
    for each in crowd:
        each.go_on()
    assert len(carriers._idle) == carriers._MOST_IDLE
