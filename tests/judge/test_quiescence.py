"""Quiescence: a worker that can never go on is told from one that is busy, however slow the machine."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from course.judge import quiescence
from course.judge.processes import descendants
from course.judge.quiescence import (
    A_SECOND,
    BEARS,
    FOR_EVER,
    LONGEST_LOOK,
    MACHINE,
    QUIET_SECONDS,
    QUIET_SECONDS_UNSEEN,
    UNSEEN,
    Watch,
)

Start = Callable[[str], "subprocess.Popen[str]"]
# More samples than any process needs to fall asleep.
SAMPLES = 500


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program as the leader of a session; it has said `ready` when this returns."""
    started = []

    def begin(source: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield begin
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its children as well
        process.communicate(timeout=10)


@pytest.fixture
def hasten(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the clock go on by 0.05 s more with each reading, so that twenty silent looks are a silent second."""

    def begin() -> None:
        readings = itertools.count()
        clock = SimpleNamespace(monotonic=lambda: time.monotonic() + 0.05 * next(readings), time=time.time)
        monkeypatch.setattr(quiescence, "time", clock)

    return begin


@pytest.fixture
def fast_clock(hasten: Callable[[], None]) -> None:
    """A clock that is fast from the beginning."""
    hasten()


def look(watch: Watch, process: "subprocess.Popen[str]") -> bool:
    """What a look at the process and all its descendants finds."""
    watch.look(lambda: [process.pid, *descendants(process.pid)])
    return watch.is_quiet


def falls_silent(process: "subprocess.Popen[str]") -> bool:
    """True when one of many looks finds silence."""
    watch = Watch()
    return any(look(watch, process) for _ in range(SAMPLES))


# A parent that cannot be interrupted (state D) as long as its child lives.
VFORK = f"""
import ctypes, signal
print('ready', flush=True)
if ctypes.CDLL(None).syscall({BEARS.get(MACHINE, [-1])[0]}, 0x4000 | signal.SIGCHLD, 0, 0, 0, 0) == 0:
    signal.pause()
"""


@pytest.mark.parametrize(
    "source",
    [
        "print('ready', flush=True); input()",
        "import threading as t\nt.Thread(target=t.Event().wait).start()\nprint('ready', flush=True)\nt.Event().wait()",
        "import os\nr, w = os.pipe()\nif os.fork():\n    print('ready', flush=True)\nos.read(r, 1)",
        "import os, signal\nprint('ready', flush=True)\nos.kill(os.getpid(), signal.SIGSTOP)",
        VFORK,
    ],
    ids=["input", "threads", "processes", "stopped", "vfork"],
)
@pytest.mark.usefixtures("fast_clock")
def test_processes_that_all_wait_fall_silent(start: Start, source: str) -> None:
    assert falls_silent(start(source))


@pytest.mark.parametrize(
    "source",
    [
        "print('ready', flush=True)\nwhile True: pass",
        "import threading\nthreading.Thread(target=input).start()\nprint('ready', flush=True)\nwhile True: pass",
        "import os\nif os.fork() == 0:\n    while True: pass\nprint('ready', flush=True)\nos.waitpid(-1, 0)",
    ],
    ids=["loop", "thread", "child"],
)
@pytest.mark.usefixtures("fast_clock")
def test_a_process_that_will_go_on_is_never_silent(start: Start, source: str) -> None:
    """One thread of one process that computes is enough, be there ever so little processor time."""
    watch, process = Watch(), start(source)
    assert not any(look(watch, process) for _ in range(60))


# Waits with a limit of a thousand seconds, in all the ways that the standard library has.
WAITS = {
    "sleep": "import time; time.sleep(1000)",
    "event": "import threading; threading.Event().wait(1000)",
    "lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=1000)",
    "queue": "import queue; queue.Queue().get(timeout=1000)",
    "join": "import threading\nt = threading.Thread(target=threading.Event().wait)\nt.start()\nt.join(1000)",
    "asyncio": "import asyncio; asyncio.run(asyncio.sleep(1000))",
    "select": "import select; select.select([], [], [], 1000)",
    "poll": "import select; select.poll().poll(1000_000)",
    "socket": "import socket; ours, theirs = socket.socketpair(); ours.settimeout(1000); ours.recv(1)",
    "signal": "import signal; signal.sigtimedwait([signal.SIGUSR1], 1000)",
    "pool": "import concurrent.futures as f, threading\npool = f.ThreadPoolExecutor()\n"
    "pool.submit(threading.Event().wait).result(1000)",
    "child": "import subprocess; subprocess.run(['sleep', '1000'])",
}


@pytest.mark.parametrize("wait", WAITS)
def test_who_waits_with_a_limit_is_not_silent_and_asks_for_that_time(
    start: Start, until: Callable[[Callable[[], object]], None], hasten: Callable[[], None], wait: str
) -> None:
    """Whoever has set the timer: then it will go on by itself."""
    watch, process = Watch(), start(f"print('ready', flush=True)\n{WAITS[wait]}")
    until(lambda: look(watch, process) or watch.asks > 900 * A_SECOND)
    assert watch.asks <= 1 + 1000 * A_SECOND
    hasten()
    assert not any(look(watch, process) for _ in range(60))


@pytest.mark.usefixtures("fast_clock")
def test_one_who_wakes_up_by_itself_is_enough(start: Start) -> None:
    source = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()"
    process = start(f"{source}\nprint('ready', flush=True)\nthreading.Event().wait()")
    watch = Watch()
    assert not any(look(watch, process) for _ in range(60))


# Lies about the limit of a wait: the kernel has copied it, and what the judge reads is changed afterwards.
LIES = """
import ctypes, threading
libc = ctypes.CDLL(None)
span = (ctypes.c_long * 2)(1000, 0)
threading.Thread(target=libc.nanosleep, args=(span, None)).start()
while True:
    with open(f"/proc/self/task/{max(__import__('os').listdir('/proc/self/task'), key=int)}/syscall") as file:
        if file.read().startswith(("35 ", "101 ", "230 ", "115 ")):
            break
span[0] = 0
print('ready', flush=True)
threading.Event().wait()
"""


@pytest.mark.usefixtures("fast_clock")
def test_a_timer_that_is_long_over_wakes_nobody(start: Start) -> None:
    """It was none: a thread whose timer is over is in state R at once, however busy the machine is."""
    assert falls_silent(start(LIES))


@pytest.mark.usefixtures("fast_clock")
def test_a_process_that_works_now_and_then_is_not_silent(start: Start) -> None:
    """Between two looks it may sleep each time; that it was scheduled is seen by its context switches."""
    process = start("print('ready', flush=True)\nwhile True:\n    print(input(), flush=True)")
    assert process.stdin is not None
    assert process.stdout is not None
    watch = Watch()
    for _ in range(60):
        assert not look(watch, process)
        process.stdin.write("x\n")
        process.stdin.flush()
        process.stdout.readline()


@pytest.mark.usefixtures("fast_clock")
def test_a_session_that_has_ended_is_not_silent(start: Start) -> None:
    """Its end is noticed elsewhere, and has another sentence."""
    process = start("print('ready', flush=True)")
    process.wait(10)
    watch = Watch()
    assert not any(look(watch, process) for _ in range(5))


def test_without_proc_nothing_is_ever_silent(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS, where only the outermost limit ends it."""
    process = start("print('ready', flush=True); input()")
    monkeypatch.setattr(os.path, "isdir", lambda _: False)
    assert not falls_silent(process)


Sample = dict[str, float | None]


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Let a watch see these samples, one or two a look, at these times; gives what it says after each look."""

    def watch(*looks: tuple[float, Sample] | tuple[float, Sample, Sample]) -> list[tuple[bool, float, float]]:
        watch, said = Watch(), []
        for now, *samples in looks:
            seen = iter(samples * 2)
            monkeypatch.setattr(quiescence, "_threads", lambda *_, seen=seen: next(seen).items())
            monkeypatch.setattr(quiescence, "time", SimpleNamespace(monotonic=lambda now=now: now))
            watch.look(list)
            said.append((watch.is_quiet, watch.woken, watch.asks))
        return said

    return watch


def looks(sample: Sample, count: int, begin: float = 100.0, pace: float = 0.05) -> list[tuple[float, Sample]]:
    """So many looks at the same sample, one after another."""
    return [(begin + number * pace, sample) for number in range(count)]


def first_silence(said: list[tuple[bool, float, float]]) -> int:
    """How many looks it took to be quiet."""
    return [is_quiet for is_quiet, _, _ in said].index(True) + 1


def test_silence_has_to_last(see: Callable[..., Any]) -> None:
    """One look proves nothing; what cannot be seen has to be silent for longer than any sleep in a lesson."""
    for until, least in ((FOR_EVER, QUIET_SECONDS), (UNSEEN, QUIET_SECONDS_UNSEEN)):
        said = see(*looks({"1:5": FOR_EVER, "2:9": until}, 1000))
        assert first_silence(said) == pytest.approx(least / 0.05 + 1, abs=1)


def test_silence_is_what_somebody_has_listened_to(see: Callable[..., Any]) -> None:
    """A judge that could not run for a minute, perhaps together with the worker, has not heard a minute of silence."""
    said = see(*looks({"1:5": FOR_EVER}, 100, pace=60.0))
    assert first_silence(said) == pytest.approx(QUIET_SECONDS / LONGEST_LOOK + 1, abs=1)


def test_silence_begins_anew_when_something_has_run(see: Callable[..., Any]) -> None:
    quiet = {"1:5": FOR_EVER}
    said = see(*looks(quiet, 15), (101, {"1:5": None}), *looks(quiet, 30, begin=101.05))
    assert first_silence(said) >= 15 + 1 + QUIET_SECONDS / 0.05


def test_each_wake_up_counts_with_the_seconds_that_it_was_asked_for(see: Callable[..., Any]) -> None:
    """However long it has taken in the end: a machine that is busy makes nothing weigh more."""
    for late in (0.0, 50.0):
        said = see((10, {"1:1": 12.0}), (12 + late, {"1:2": 12.5 + late}), (12.5 + late, {"1:3": FOR_EVER}))
        assert [woken for _, woken, _ in said] == [0.0, 1 + 2 * A_SECOND, 1 + 0.5 * A_SECOND]
        assert [asks for _, _, asks in said] == [1 + 2 * A_SECOND, 1 + 0.5 * A_SECOND, 0.0]


def test_of_several_timers_the_first_one_is_asked_for(see: Callable[..., Any]) -> None:
    """A loop that looks every tenth of a second beside a worker that sleeps for an hour."""
    said = see((0, {"1:1": 3600.0, "2:1": 0.1}), (0.1, {"1:1": 3600.0, "2:2": 0.2}))
    assert [woken for _, woken, _ in said] == [0.0, 1 + 0.1 * A_SECOND]


def test_a_wake_up_that_no_known_timer_has_made_counts_once(see: Callable[..., Any]) -> None:
    """As by an answer of the judge's, or where limits cannot be seen."""
    assert see((0, {"1:1": 9.0}), (1, {"1:2": FOR_EVER}))[1][1] == 1.0
    assert see((0, {"1:1": UNSEEN, "2:1": 1.0}), (2, {"1:2": UNSEEN, "2:1": 1.0}))[1][1] == 1.0


def test_what_runs_or_ran_between_two_samples_did_not_sleep(see: Callable[..., Any]) -> None:
    """Nothing is counted then: on a busy machine, whoever would go on waits for a processor."""
    asleep = {"1:1": FOR_EVER, "2:1": FOR_EVER}
    for no_sleep in (
        ({"1:1": FOR_EVER, "2:2": None},),
        ({"1:1": FOR_EVER, "2:2": FOR_EVER}, {"1:2": FOR_EVER, "2:2": FOR_EVER}),
        ({"1:1": FOR_EVER, "2:2": FOR_EVER}, {"1:1": FOR_EVER, "2:2": None}),
        ({"1:1": FOR_EVER, "2:2": FOR_EVER}, {"1:1": FOR_EVER, "2:2": FOR_EVER, "3:0": None}),
    ):
        said = see((0, asleep), (1, *no_sleep), (2, *no_sleep), (3, *no_sleep))
        assert said[1:] == [(False, 0.0, 0.0)] * 3
