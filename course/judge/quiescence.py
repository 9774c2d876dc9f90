"""Quiescence: has a worker come to a standstill, for good, or again and again?

All threads of all its processes are asleep at once: what wakes one of them then is a timer of their own, or the judge.
There are two ways to get no further:

1. Silence: nothing has been scheduled for a while, and no timer will wake anything.
2. Waking up in vain: everything falls asleep, a timer wakes it, and everything falls asleep again. Such wake-ups are
   counted, whatever time they take; each second that a sleep has asked for weighs as `A_SECOND` more, so that long naps
   are found as well. Who judges by it (`workers`) forgets them when anything comes from outside.

A busy machine causes neither. A thread that only waits for a processor is in state R, so a moment at which one does is
no moment of sleep; and that everything slept at once is no guess: two samples, one after the other, in which all sleep
and between which nothing was scheduled. Silence lasts as long as somebody has listened: when the judge itself could not
run for a minute, or was stopped together with the worker, that is one look. Whoever samples late sees fewer wake-ups,
and what a sleep asks for is asked by the program. So the busier the machine, the less is counted. Where there is no
/proc, nothing is ever quiet or woken.
"""

import math
import os
import platform
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

QUIET_SECONDS = 1.0
# Where it cannot be seen what a thread waits for (another user's), it may be asleep: silence must last longer than any
# sleep in a lesson.
QUIET_SECONDS_UNSEEN = 30.0
# What one look adds to a silence at most.
LONGEST_LOOK = 0.1
# What each second weighs that a sleep has asked for, in wake-ups.
A_SECOND = 5

FOR_EVER = math.inf  # until somebody wakes it
UNSEEN = -math.inf  # it cannot be seen until when
Until = float  # a time of `time.monotonic()`, or one of these two


class Limit(NamedTuple):
    """Where a system call that waits has its limit: which argument, and what that is (an address, or milliseconds)."""

    argument: int
    kind: Literal["timespec", "timeval", "milliseconds"]


# By machine, the numbers of the system calls that wait with a limit from now on (Linux's tables of system calls).
LIMITS: dict[str, dict[str, Limit]] = {
    "x86_64": {
        "35": Limit(0, "timespec"),  # nanosleep
        "7": Limit(2, "milliseconds"),  # poll
        "271": Limit(2, "timespec"),  # ppoll
        "23": Limit(4, "timeval"),  # select
        "270": Limit(4, "timespec"),  # pselect6
        "232": Limit(3, "milliseconds"),  # epoll_wait
        "281": Limit(3, "milliseconds"),  # epoll_pwait
        "441": Limit(3, "timespec"),  # epoll_pwait2
        "128": Limit(2, "timespec"),  # rt_sigtimedwait
    },
    "aarch64": {
        "101": Limit(0, "timespec"),
        "73": Limit(2, "timespec"),
        "72": Limit(4, "timespec"),
        "22": Limit(3, "milliseconds"),
        "441": Limit(3, "timespec"),
        "137": Limit(2, "timespec"),
    },
}
# And those whose limit may be a point in time.
CLOCK_NANOSLEEP = {"x86_64": "230", "aarch64": "115"}
FUTEX = {"x86_64": "202", "aarch64": "98"}
# A system call that was stopped and goes on: what its limit was cannot be seen.
RESTART = {"x86_64": "219", "aarch64": "128"}
# A process that has forked like that cannot be interrupted (state D) until its child ends or starts another program.
BEARS: dict[str, tuple[str, ...]] = {"x86_64": ("56", "58", "435"), "aarch64": ("220", "435")}
MACHINE = platform.machine()

REALTIME, MONOTONIC = 0, 1  # clocks
ABSTIME = 1  # of clock_nanosleep(2)
FUTEX_COMMAND, FUTEX_CLOCK_REALTIME = 0x7F, 0x100  # of futex(2)
FUTEX_WAIT = 0  # the other ones that wait have points in time
SECONDS_AND_FRACTION = struct.Struct("qq")  # where pointers have 8 bytes
FRACTIONS = {"timespec": 1e9, "timeval": 1e6}


class Watch:
    """Looks at samples of a case's processes, about every twentieth of a second.

    After a look: `is_quiet` (1.), `woken` (2.: what the wake-up weighs that came before this sleep, 0 if there was
    none), and `asks` (2.: what the next one will weigh, by what the timers ask for, 0 if there is none).
    """

    def __init__(self) -> None:
        self.is_quiet = False
        self.woken = 0.0
        self.asks = 0.0
        self._sleep: dict[str, Until] = {}  # the threads at the last moment at which all slept, and until when
        self._timer: Until = FOR_EVER  # the first of them that wakes one
        self._weight = 0.0  # of that wake-up
        self._silence = 0.0  # seconds in which somebody has looked, and nothing has run
        self._looked = 0.0

    def look(self, members: Callable[[], Iterable[int]]) -> None:
        """Sample the threads of the processes that there are."""
        self.is_quiet, self.woken, self.asks = False, 0.0, 0.0
        sample = self._moment_of_sleep(members)
        now = time.monotonic()
        since, self._looked = now - self._looked, now
        if sample is None:
            self._silence = 0.0
            return
        if sample.keys() == self._sleep.keys():
            self._silence += min(since, LONGEST_LOOK)
        else:
            if self._sleep:
                self.woken = self._weight if self._timer <= now else 1.0
            self._begin(sample, now)
        self.asks = self._weight if self._timer < FOR_EVER else 0.0
        silence = QUIET_SECONDS_UNSEEN if UNSEEN in sample.values() else QUIET_SECONDS
        # A timer that is long over and has not woken its thread is none: the program has shown us another one.
        wakes = any(now - QUIET_SECONDS < until < FOR_EVER for until in sample.values())
        self.is_quiet = not wakes and self._silence >= silence

    def _begin(self, sample: dict[str, Until], now: float) -> None:
        """Another sleep has begun, since the last look."""
        self._sleep, self._silence = sample, 0.0
        timers = [until for until in sample.values() if now < until < FOR_EVER]
        is_seen = timers and UNSEEN not in sample.values()
        self._timer = min(timers) if is_seen else FOR_EVER
        self._weight = 1.0 + A_SECOND * (self._timer - now) if is_seen else 1.0

    def _moment_of_sleep(self, members: Callable[[], Iterable[int]]) -> dict[str, Until] | None:
        """The threads, if for a moment all of them slept."""
        sample = self._sample(members())
        if not sample or None in sample.values():
            return None
        if sample.keys() == self._sleep.keys():  # nothing was scheduled since they all slept
            return self._sleep
        again = self._sample(members())
        if again.keys() != sample.keys() or None in again.values():
            return None
        return {thread: until for thread, until in sample.items() if until is not None}

    def _sample(self, processes: Iterable[int]) -> dict[str, Until | None]:
        return dict(_threads(processes, self._sleep))


def _threads(processes: Iterable[int], known: Mapping[str, Until]) -> Iterator[tuple[str, Until | None]]:
    """For each thread: a key that changes whenever it was scheduled, and until when it sleeps; None: it does not."""
    for process in processes:
        try:
            for thread in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{thread}/stat") as stat:
                    state = stat.read().rpartition(")")[2].split()[0]
                if state in "ZX":
                    continue  # it has ended; others of its process have not
                with open(f"/proc/{process}/task/{thread}/status") as status:
                    switches = [line.split()[1] for line in status if "ctxt_switches" in line]
                key = f"{thread}:{':'.join(switches)}"
                yield key, known[key] if state == "S" and key in known else _until(process, thread, state)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked


def _until(process: int, thread: str, state: str) -> Until | None:
    """Until when a thread in this state sleeps; None: it runs, waits for a processor, or for a disk."""
    if state in "ITt":
        return FOR_EVER
    if state not in "SD":
        return None
    try:
        with open(f"/proc/{process}/task/{thread}/syscall") as file:
            number, *arguments = file.read().split()
    except PermissionError:
        return UNSEEN if state == "S" else None
    if state == "D":
        return FOR_EVER if number in BEARS.get(MACHINE, ()) else None
    if number == "running":  # it woke up while we looked
        return None
    if MACHINE not in LIMITS:
        return UNSEEN
    try:
        return _limit(process, number, [int(each, 16) for each in arguments])
    except (OSError, struct.error, OverflowError):  # it has gone meanwhile, or hides
        return UNSEEN


def _limit(process: int, call: str, arguments: list[int]) -> Until:
    """Until when this system call waits."""
    if call == CLOCK_NANOSLEEP[MACHINE]:
        clock, flags, address, *_ = arguments
        if clock not in (REALTIME, MONOTONIC):
            return UNSEEN
        return _time_at(process, address, is_point=bool(flags & ABSTIME), clock=clock)
    if call == FUTEX[MACHINE]:
        _, operation, _, address, *_ = arguments
        if address == 0:
            return FOR_EVER
        is_point = operation & FUTEX_COMMAND != FUTEX_WAIT
        return _time_at(process, address, is_point=is_point, clock=not operation & FUTEX_CLOCK_REALTIME)
    limit = LIMITS[MACHINE].get(call)
    if limit is None:
        return UNSEEN if call == RESTART[MACHINE] else FOR_EVER
    value = arguments[limit.argument]
    if limit.kind == "milliseconds":
        value &= 0xFFFF_FFFF
        return FOR_EVER if value >> 31 else time.monotonic() + value / 1000  # a negative one is none
    return _time_at(process, value, fraction=FRACTIONS[limit.kind]) if value else FOR_EVER


def _time_at(
    process: int, address: int, *, is_point: bool = False, clock: int = MONOTONIC, fraction: float = 1e9
) -> Until:
    """The time at an address of a process, a span from now on or a point of a clock, as one of `time.monotonic()`."""
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        seconds, part = SECONDS_AND_FRACTION.unpack(memory.read(SECONDS_AND_FRACTION.size))
    time_there = float(seconds) + float(part) / fraction
    if not is_point:
        return time.monotonic() + time_there
    return time_there if clock == MONOTONIC else time_there - time.time() + time.monotonic()
