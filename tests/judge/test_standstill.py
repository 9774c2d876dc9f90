"""Standstills: a moment at which all threads are asleep is told from one at which some wait for a processor."""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from course.judge import standstill
from course.judge.standstill import Standstill, Thread, hears, threads

Start = Callable[[str], "subprocess.Popen[str]"]
Until = Callable[[Callable[[], object]], None]
THREADS = "import threading, sys\nlock = threading.Lock()\nlock.acquire()\n"
WAIT = "threading.Thread(target=lock.acquire, daemon=True).start()\nprint('ready', flush=True)\nlock.acquire()"


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program; it has said `ready` when this returns."""
    started = []

    def begin(source: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen([sys.executable, "-ISc", source], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate(timeout=10)


def test_threads_that_all_wait_for_one_another_stand_still(start: Start, until: Until) -> None:
    process = start(THREADS + WAIT)
    seen = Standstill()
    until(lambda: seen.has_come(lambda: [process.pid]))
    assert [thread.is_first for thread in seen.threads].count(True) == 1
    assert len(seen.threads) == 2


def test_who_has_stopped_itself_stands_still(start: Start, until: Until) -> None:
    """Otherwise a stopped child would keep the judge from ever looking around."""
    process = start("import os, signal\nprint('ready', flush=True)\nos.kill(os.getpid(), signal.SIGSTOP)")
    seen = Standstill()
    until(lambda: seen.has_come(lambda: [process.pid]))
    assert [thread.state for thread in seen.threads] == ["T"]


def test_one_sample_is_no_standstill(start: Start, until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that sleeps now may have been woken by one that slept when its turn came."""
    process = start(THREADS + WAIT)
    seen = Standstill()
    until(lambda: seen.has_come(lambda: [process.pid]))
    samples = iter([seen.threads, [each._replace(switches=("7", "7")) for each in seen.threads]] * 2)
    monkeypatch.setattr(standstill, "threads", lambda _: next(samples))
    assert not seen.has_come(list)
    assert not seen.has_come(list)


def test_who_was_born_between_two_samples_is_seen(start: Start, until: Until) -> None:
    """Else a parent that waits for a child that runs would look as if all slept."""
    parent, child = start(THREADS + WAIT), start("print('ready', flush=True)\nwhile True: pass")
    seen = Standstill()
    until(lambda: seen.has_come(lambda: [parent.pid]))
    listed = iter([[parent.pid], [parent.pid, child.pid]])
    assert not seen.has_come(lambda: next(listed))


def test_who_wakes_up_again_and_again_stands_still_in_between(start: Start, until: Until) -> None:
    """A loop that looks every few milliseconds whether it may go on must not keep the judge from answering."""
    process = start("import time\nprint('ready', flush=True)\nwhile True: time.sleep(0.002)")
    seen = Standstill()
    until(lambda: seen.has_come(lambda: [process.pid]))


def test_a_thread_that_computes_never_stands_still_and_is_hopeless_in_the_end(start: Start, until: Until) -> None:
    """That is measured by its own processor time: on a busy machine it takes longer."""
    process = start("print('ready', flush=True)\nwhile True: pass")
    seen = Standstill()
    assert not seen.is_hopeless([process.pid])
    until(lambda: seen.has_come(lambda: [process.pid]) or seen.is_hopeless([process.pid]))
    assert seen.is_hopeless([process.pid])


def test_a_sleeper_is_known(start: Start, until: Until) -> None:
    process = start("import time\nprint('ready', flush=True)\ntime.sleep(1000)")
    seen = Standstill()
    until(lambda: seen.has_come(lambda: [process.pid]) and seen.threads[0].sleeps)


@pytest.fixture
def connected(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A connection to a server at the address `meeting`."""
    monkeypatch.chdir(str(tmp_path))
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("meeting")
        server.listen()
        client.connect("meeting")
        accepted, _ = server.accept()
        with accepted:
            yield client


@contextlib.contextmanager
def waiting(connection: socket.socket, until: Until) -> Iterator[Thread]:
    """A thread of this process that waits for something to come over the connection, until it is shut down."""
    thread = threading.Thread(target=connection.recv, args=(1,))
    thread.start()

    def found() -> Thread | None:
        mine = [each for each in threads([me]) if each.number == thread.native_id]
        return next((each for each in mine if each.calls[:1] == (standstill.RECVFROM,)), None)

    me = threading.main_thread().native_id or 0
    until(found)
    seen = found()
    assert seen is not None
    yield seen
    connection.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_thread_hears_the_judge_only_at_a_connection_to_him(connected: socket.socket, until: Until) -> None:
    with waiting(connected, until) as thread:
        assert hears(thread, "meeting")
        assert hears(thread, "another meeting") == 0


def test_a_thread_that_waits_at_a_socket_of_its_own_hears_nobody(until: Until) -> None:
    """Decoys do that."""
    ours, theirs = socket.socketpair()
    with ours, theirs, waiting(ours, until) as thread:
        assert hears(thread, "meeting") == 0


def test_what_cannot_be_seen_is_held_against_nobody() -> None:
    assert hears(Thread(1, 1, "S", (), ()), "meeting") is None
    assert list(threads([0])) == []
