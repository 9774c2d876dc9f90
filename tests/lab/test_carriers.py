"""Carriers: one OS thread after another thread's end carries the next, as if it were new."""

import _thread
import contextvars
import os
import sys
from collections.abc import Callable

from course.lab import carriers

SECONDS = 60  # only a carrier that does not run gets there


def run_on_a_carrier(function: Callable[[], object]) -> object:
    """What `function` returns on the OS thread of a carrier."""
    results: list[object] = []
    has_ended = _thread.allocate_lock()
    has_ended.acquire()

    def task() -> None:
        results.append(function())
        has_ended.release()

    carriers.carrier_of(task).baton.release()
    assert has_ended.acquire(timeout=SECONDS)
    return results[0]


def test_a_task_runs_only_when_its_carrier_has_the_baton() -> None:
    """Until then, nothing of it happens, on however many processors."""
    began = _thread.allocate_lock()
    began.acquire()
    carrier = carriers.carrier_of(began.release)
    run_on_a_carrier(int)  # meanwhile, it had its chance
    assert not began.acquire(blocking=False)
    carrier.baton.release()
    assert began.acquire(timeout=SECONDS)


def test_each_task_has_a_context_of_its_own() -> None:
    """What one task leaves in its context or as a trace function, no other finds."""
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)

    def leave_something() -> object:
        found = variable.get(), sys.getprofile()
        variable.set(1)
        sys.setprofile(lambda *_: None)
        return found

    assert [run_on_a_carrier(leave_something) for _ in range(20)] == [(0, None)] * 20


def test_carriers_preempt_nobody_who_passes_the_baton() -> None:
    """Where the system has such a policy; the others keep their own."""
    policy = run_on_a_carrier(lambda: os.sched_getscheduler(0) if sys.platform == "linux" else None)
    assert policy == getattr(os, "SCHED_BATCH", None)
