"""A bench: a few starters in the strongest jail that works here, on which cases run side by side."""

import contextlib
import os
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

from course.judge.budget import Budget
from course.judge.isolation import Isolation, bait, layers_of, undumpable
from course.judge.jail import Jail, jails
from course.judge.records import BadFrame, ProblemRecord, RunRecord, value_of
from course.judge.run import told_raised
from course.judge.starter import GraderBroken, Starter
from course.judge.workers import MOST_MEMORY, Case, CaseFailed
from course.language import Sentence, say


class Bench:
    """As many cases run at once as there are starters."""

    def __init__(self, *, width: int = 8) -> None:
        """Start as many starters as there are processors, but at most `width`."""
        undumpable()
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._slots = range(min(cores, width))
        self._jails = jails()
        self._lock = threading.Lock()
        self._isolation: Isolation | None = None
        self._starters: list[Starter] = []
        self._free: SimpleQueue[int] = SimpleQueue()
        self._start(self._jails[0])
        self.width = len(self._starters)
        for slot in range(self.width):
            self._free.put(slot)

    def _start(self, jail: Jail) -> None:
        self._starters = [Starter(jail, slot=slot) for slot in self._slots]

    @property
    def isolation(self) -> Isolation:
        """What cases cannot do here; found out, by trying, before the first one runs.

        Raises:
            GraderBroken: no worker could be started at all.
        """
        with self._lock:
            while self._isolation is None:
                try:
                    self._isolation = _tried(self._starters[0])
                except GraderBroken:
                    if len(self._jails) == 1:
                        raise
                    self._end_starters()
                    self._jails.pop(0)
                    self._start(self._jails[0])
            return self._isolation

    @contextlib.contextmanager
    def case(self, request: dict[str, Any], budget: Budget | None = None) -> Iterator[Case]:
        """A case on the next starter that is free, if there is anything left of the budget.

        Raises:
            LessonOver: there is not.
            GraderBroken: it cannot be started, or the grading is out of time.
        """
        _ = self.isolation
        slot = self._free.get()
        try:
            if budget is not None:
                budget.require_rest()
            with Case(self._starters[slot], request, budget) as case:
                yield case
        finally:
            if self._starters[slot].broken:
                self._starters[slot] = self._replacement(slot)
            self._free.put(slot)

    def _replacement(self, slot: int) -> Starter:
        old = self._starters[slot]
        old.close()
        return Starter(old.home, slot=slot)

    def _end_starters(self) -> None:
        for starter in self._starters:
            starter.close()
        self._starters = []

    def close(self) -> None:
        """End all starters."""
        self._end_starters()


def _tried(starter: Starter) -> Isolation:
    """What a canary cannot do in a worker of this starter, and what it can."""
    holes: list[str] | None = None
    with bait() as arguments:
        request = {"mode": "canary", "module": "canary", "arguments": arguments}
        with Case(starter, request) as case:
            try:
                for frame in case.frames():
                    if isinstance(frame, RunRecord):
                        holes = value_of(frame.value)
                    elif isinstance(frame, ProblemRecord):
                        raise _not_tried(told_raised(frame))
            except (CaseFailed, BadFrame) as error:
                raise _not_tried(error.told) from error
            if holes is None:
                raise _not_tried(say("no answer came"))
            is_seen = case.is_seen
            case.stop()
            if case.has_survivors():
                holes.append("survivors")
    layers = layers_of(
        namespaces=starter.home.namespaces,
        other_user="tasks" in starter.layers,
        kernel=starter.layers,
        memory=f"{MOST_MEMORY >> 30} GiB" if is_seen else "",
    )
    return Isolation(layers=layers, holes=tuple(holes))


def _not_tried(why: Sentence) -> GraderBroken:
    return GraderBroken(say("this machine's isolation could not be tried out ({why})", why=why))
