"""Quiescence: a worker that can never go on is told from one that is busy, however slow the machine."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from course.judge import quiescence
from course.judge.processes import descendants
from course.judge.quiescence import Watch

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


@pytest.fixture(autouse=True)
def fast_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by 0.6 s from look to look, so that two silent looks are a silent second."""
    readings = iter(range(10**9))
    monkeypatch.setattr(quiescence, "time", SimpleNamespace(monotonic=lambda: 0.6 * next(readings)))


def look(watch: Watch, process: "subprocess.Popen[str]") -> bool:
    """What a look at the process and all its descendants finds."""
    return watch.is_quiet([process.pid, *descendants(process.pid)])


def falls_silent(process: "subprocess.Popen[str]") -> bool:
    """True when one of many looks finds silence."""
    watch = Watch()
    return any(look(watch, process) for _ in range(SAMPLES))


@pytest.mark.parametrize(
    "source",
    [
        "print('ready', flush=True); input()",
        "import threading as t\nt.Thread(target=t.Event().wait).start()\nprint('ready', flush=True)\nt.Event().wait()",
        "import os\nr, w = os.pipe()\nif os.fork():\n    print('ready', flush=True)\nos.read(r, 1)",
        "import os, signal\nprint('ready', flush=True)\nos.kill(os.getpid(), signal.SIGSTOP)",
    ],
    ids=["input", "threads", "processes", "stopped"],
)
def test_processes_that_all_wait_fall_silent(start: Start, source: str) -> None:
    assert falls_silent(start(source))


@pytest.mark.parametrize(
    "source",
    [
        "print('ready', flush=True)\nwhile True: pass",
        "import threading\nthreading.Thread(target=input).start()\nprint('ready', flush=True)\nwhile True: pass",
        "import os\nif os.fork() == 0:\n    while True: pass\nprint('ready', flush=True)\nos.waitpid(-1, 0)",
        "import time\nprint('ready', flush=True)\nwhile True: time.sleep(1000)",
    ],
    ids=["loop", "thread", "child", "sleep"],
)
def test_a_process_that_will_go_on_is_never_silent(start: Start, source: str) -> None:
    """One thread of one process that computes is enough, be there ever so little processor time; so is a sleep."""
    watch, process = Watch(), start(source)
    assert not any(look(watch, process) for _ in range(60))


def test_who_sleeps_until_it_is_too_late_is_silent(start: Start) -> None:
    """And nobody else: a sleep that ends in time is never silence, however long it is."""
    process = start("import time\nprint('ready', flush=True)\ntime.sleep(1000)")
    now = time.monotonic()
    watch = Watch(until=now + 900)
    assert any(look(watch, process) for _ in range(SAMPLES))
    watch = Watch(until=now + 2000)
    assert not any(look(watch, process) for _ in range(60))


def test_one_who_wakes_up_in_time_is_enough(start: Start) -> None:
    source = "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()"
    process = start(f"{source}\nprint('ready', flush=True)\ntime.sleep(10**8)")
    watch = Watch(until=time.monotonic() + 2000)
    assert not any(look(watch, process) for _ in range(60))


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


def test_silence_has_to_last(start: Start) -> None:
    """One look proves nothing."""
    process = start("print('ready', flush=True); input()")
    assert falls_silent(process)
    assert not look(Watch(), process)
    watch = Watch()
    assert [look(watch, process) for _ in range(3)] == [False, False, True]


def test_what_cannot_be_seen_has_to_be_silent_for_longer(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread of another user's may be asleep and wake up by itself."""
    process = start("print('ready', flush=True); input()")
    assert falls_silent(process)
    monkeypatch.setattr(quiescence, "_silence", lambda *_: "?")
    watch = Watch()
    assert not any(look(watch, process) for _ in range(45))
    assert any(look(watch, process) for _ in range(10))


def test_a_session_that_has_ended_is_not_silent(start: Start) -> None:
    """Its end is noticed elsewhere, and has another sentence."""
    process = start("print('ready', flush=True)")
    process.wait(10)
    watch = Watch()
    assert not any(look(watch, process) for _ in range(5))


def test_without_proc_nothing_is_ever_silent(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS, where only the outermost limit decides."""
    process = start("print('ready', flush=True); input()")
    monkeypatch.setattr(os.path, "isdir", lambda _: False)
    watch = Watch()
    assert not any(watch.is_quiet(descendants(process.pid)) for _ in range(5))
