"""Which kind of race does a traced run show?"""

from collections import Counter
from typing import NamedTuple

from course.judge.records import RunRecord

# Values that people ask about; nothing is made of them.
STATES = ("None", "True", "False")


def kind_of_race(record: RunRecord) -> str:
    """The id of the diagnosis that says most about the race in this run; "race" when nothing more can be said."""
    kinds = _Writes(record).kinds
    wrong = {race.name for race in record.races if race.wrong_locks}
    if wrong and (not kinds or not wrong.isdisjoint(kinds)):
        return "wrong_lock"
    return next((kind for kind in ("lost_update", "check_then_act") if kind in kinds.values()), "race")


class _Read(NamedTuple):
    """A thread's last read of a name: when, in which stretch between two releases of locks, and whether under one."""

    when: int
    stretch: int
    is_guarded: bool
    is_check: bool
    rereads_at: int  # the line, if another thread has written between the read before this one and this one


class _Writes:
    """Goes through a trace for writes that do not fit what their thread has read before.

    `kinds`, by name: "lost_update" when another thread has written between a thread's read and its own write, which
    overwrites that; "check_then_act" when what was read is no value to build on (None, True, False, or whether there
    is such an item), or when a line reads anew, and only that, what an earlier line had looked at. A name may stand for
    several objects: so it must race, or both read and write are under a lock that was let go in between.
    """

    def __init__(self, record: RunRecord) -> None:
        self.kinds: dict[str, str] = {}
        self._racing = {race.name for race in record.races}
        self._reads: dict[tuple[int, str], _Read] = {}
        self._written: dict[str, tuple[int, int]] = {}  # by name: when, and by whom it was written last
        self._stretches: Counter[int] = Counter()  # by thread: how often it has let a lock go
        self._locked: Counter[int] = Counter()  # by thread: how many locks it holds
        for when, (_, thread, kind, site, detail) in enumerate(record.trace):
            if 0 < site < len(record.sites):
                self._event(when, thread, kind, record.sites[site], detail)

    def _event(self, when: int, thread: int, kind: str, site: tuple[int, str, str], detail: str) -> None:
        line, what, name = site
        match kind, what:
            case "point", "test":
                self._reads[thread, f"{name}[...]"] = self._read(when, thread, is_check=True, rereads_at=0)
            case "preempt", "test":  # it looks only when it goes on
                self._reads.pop((thread, f"{name}[...]"), None)
            case "acquire", _:
                self._locked[thread] += 1
            case "release", _:
                self._locked[thread] -= 1
                self._stretches[thread] += 1
            case "read", _:
                rereads_at = line if self._is_outdated(thread, name) else 0
                self._reads[thread, name] = self._read(when, thread, is_check=detail in STATES, rereads_at=rereads_at)
            case "write", _:
                self._write(when, thread, name, line)

    def _read(self, when: int, thread: int, *, is_check: bool, rereads_at: int) -> _Read:
        return _Read(when, self._stretches[thread], self._locked[thread] > 0, is_check, rereads_at)

    def _is_outdated(self, thread: int, name: str) -> bool:
        """True when another thread has written the name since this one has read it."""
        read, (last, by) = self._reads.get((thread, name)), self._written.get(name, (-1, thread))
        if read is None or by == thread or last < read.when:
            return False
        is_guarded = read.is_guarded and self._locked[thread] > 0
        return name in self._racing or (is_guarded and self._stretches[thread] > read.stretch)

    def _write(self, when: int, thread: int, name: str, line: int) -> None:
        read = self._reads.get((thread, name))
        if read is not None and self._is_outdated(thread, name):
            self.kinds.setdefault(name, "check_then_act" if read.is_check else "lost_update")
        elif read is not None and read.rereads_at == line:
            self.kinds.setdefault(name, "check_then_act")
        self._reads.pop((thread, name), None)
        self._written[name] = (when, thread)


def acts_on_an_old_answer(record: RunRecord) -> bool:
    """A thread is stuck in a queue's get(): it had asked whether there is anything, and another one took it first."""
    stuck = {stack.number for stack in record.stuck if stack.blocked}
    asked: dict[int, tuple[str, int]] = {}  # by thread: the queue it asked last, and how often was taken from it then
    taken: Counter[str] = Counter()  # how often was taken from each queue
    for _, thread, kind, site, _ in record.trace:
        if kind != "result" or not 0 < site < len(record.sites):
            continue
        queue, _, call = record.sites[site][2].rpartition(".")
        asked.pop(thread, None)
        if call in ("empty", "qsize"):
            asked[thread] = (queue, taken[queue])
        elif call in ("get", "get_nowait"):
            taken[queue] += 1
    return any(taken[queue] > before for thread, (queue, before) in asked.items() if thread in stuck)
