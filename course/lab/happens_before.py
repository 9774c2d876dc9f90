"""Happens-before by vector clocks: which accesses does nothing order?

Two accesses to the same place race when they come from different threads, one of them writes, and neither happens
before the other: no chain of thread start, join and lock hand-over leads from one to the other. That holds for the
program, not only for this run, even when the values happened to come out right. (Lamport, CACM 1978; the bookkeeping
by last write and last reads is that of FastTrack, Flanagan and Freund, PLDI 2009.)
"""

from collections.abc import Hashable
from typing import NamedTuple

MOST_RACES = 20

VectorClock = dict[int, int]  # by thread; a thread that is not in it counts as 0


class Access(NamedTuple):
    """One access: by whom, where in the source, and the locks that the thread held."""

    thread: int
    site: int
    writes: bool
    held: tuple[str, ...]
    held_ids: frozenset[int]


class Race(NamedTuple):
    """Two accesses to one place that nothing orders, in the order of this run."""

    name: str
    first: Access
    second: Access


class _Place:
    """The last write to a place and the reads since then, each with its thread's clock."""

    def __init__(self) -> None:
        self.write: tuple[int, Access] | None = None
        self.reads: dict[int, tuple[int, Access]] = {}


class HappensBefore:
    """Told of every hand-over and every access of a run; `races` are what it has found, each pair of lines once."""

    def __init__(self) -> None:
        self.races: list[Race] = []
        self._clocks: dict[int, VectorClock] = {0: {0: 1}}
        self._channels: dict[int, tuple[object, VectorClock]] = {}
        self._places: dict[Hashable, _Place] = {}
        self._known: set[tuple[int, int]] = set()

    def start(self, creator: int, thread: int) -> None:
        """What `creator` has done so far happens before everything in `thread`."""
        self._clocks[thread] = {**self._clocks[creator], thread: 1}
        self._clocks[creator][creator] += 1

    def join(self, thread: int, ended: int) -> None:
        """Everything in `ended` happens before what `thread` does from now on."""
        self._learn(thread, self._clocks[ended])

    def release(self, thread: int, channel: object) -> None:
        """What `thread` has done so far happens before whatever follows the next `acquire` of `channel`."""
        mine = self._clocks[thread]
        _, known = self._channels.setdefault(id(channel), (channel, {}))
        for other, time in mine.items():
            if time > known.get(other, 0):
                known[other] = time
        mine[thread] += 1

    def acquire(self, thread: int, channel: object) -> None:
        """What came before the releases of `channel` happens before what `thread` does from now on."""
        if id(channel) in self._channels:
            self._learn(thread, self._channels[id(channel)][1])

    def _learn(self, thread: int, known: VectorClock) -> None:
        mine = self._clocks[thread]
        for other, time in known.items():
            if time > mine.get(other, 0):
                mine[other] = time

    def access(self, place: Hashable, name: str, access: Access) -> None:
        """`access.thread` reads or writes `place`, which people call `name`."""
        at = self._places.get(place)
        if at is None:
            at = self._places[place] = _Place()
        mine = self._clocks[access.thread]
        if at.write is not None:
            self._compare(at.write, access, mine, name)
        if access.writes:
            for read in at.reads.values():
                self._compare(read, access, mine, name)
            at.write, at.reads = (mine[access.thread], access), {}
        else:
            at.reads[access.thread] = (mine[access.thread], access)

    def _compare(self, earlier: tuple[int, Access], access: Access, mine: VectorClock, name: str) -> None:
        time, first = earlier
        pair = (first.site, access.site)
        if first.thread == access.thread or time <= mine.get(first.thread, 0) or pair in self._known:
            return
        self._known.update((pair, pair[::-1]))
        if len(self.races) < MOST_RACES:
            self.races.append(Race(name, first, access))
