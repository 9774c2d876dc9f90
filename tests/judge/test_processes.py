"""What the judge sees of processes: all that descend from one, wherever they have gone, and what they take."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from course.judge import processes
from course.judge.processes import descendants, kill, number_of, stat

Start = Callable[[str], tuple["subprocess.Popen[str]", list[int]]]
MEBIBYTE = 1 << 20


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program; it prints numbers of processes in one line, and waits for its end."""
    started: list[tuple[subprocess.Popen[str], list[int]]] = []

    def begin(source: str) -> tuple["subprocess.Popen[str]", list[int]]:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        started.append((process, [int(word) for word in process.stdout.readline().split()]))
        return started[-1]

    yield begin
    for process, others in started:
        for number in (process.pid, *others):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        process.communicate(timeout=20)


@pytest.fixture(params=[True, False], ids=["listed", "searched"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a kernel that lists children, and with one that does not."""
    if request.param and not processes.LISTED:
        pytest.skip("this kernel lists no children")
    monkeypatch.setattr(processes, "LISTED", request.param)


TREE = """
import os, threading
reader, writer = os.pipe()
def child():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writer, f"{os.getpid()} ".encode())
            while True: os.read(os.pipe()[0], 1)
        os.write(writer, f"{os.getpid()} ".encode())
        while True: os.read(os.pipe()[0], 1)
thread = threading.Thread(target=lambda: (child(), threading.Event().wait()), daemon=True)
thread.start()
found = b""
while found.count(b" ") < 2: found += os.read(reader, 100)
print(found.decode(), flush=True)
input()
"""


@pytest.mark.usefixtures("both_ways")
def test_children_of_threads_and_other_sessions_are_found(start: Start) -> None:
    """And only they; not the process itself."""
    process, below = start(TREE)
    assert len(below) == 2
    assert set(descendants(process.pid)) == set(below)
    assert set(below) | {process.pid} <= set(descendants(os.getpid()))
    assert descendants(below[0]).keys() | descendants(below[1]).keys() < set(below)


@pytest.mark.usefixtures("both_ways")
def test_the_dead_are_not_counted(start: Start, until: Callable[[Callable[[], object]], None]) -> None:
    """A zombie has no threads and no memory, but it may have gone only a moment ago."""
    process, _ = start("import os, signal\nchild = os.fork() or signal.pause()\nprint(child, flush=True)\ninput()")
    (child,) = descendants(process.pid)
    os.kill(child, signal.SIGKILL)
    until(lambda: descendants(process.pid) == {})
    left = stat(child)
    assert left is not None
    assert left.state == "Z"
    assert descendants(process.pid, ended=True).keys() == {child}
    process.kill()
    process.wait(20)
    assert stat(process.pid) is None
    assert descendants(process.pid) == {}


def test_only_a_living_descendant_is_killed(start: Start, until: Callable[[Callable[[], object]], None]) -> None:
    process, _ = start("import os, signal\nchild = os.fork() or signal.pause()\nprint(child, flush=True)\ninput()")
    other, _ = start("print(flush=True)\ninput()")
    (child,) = descendants(process.pid)
    assert not kill(child, below=other.pid)
    assert not kill(process.pid, below=process.pid)
    assert kill(child, below=process.pid)
    until(lambda: descendants(process.pid) == {})
    assert not kill(child, below=process.pid)
    assert {process.pid, other.pid} <= descendants(os.getpid()).keys()


FIRST_THREAD_ENDS = """
import ctypes, os, threading
memory = bytearray(50 << 20)
threading.Thread(target=input).start()
print(flush=True)
exit = {"x86_64": 60}.get(os.uname().machine, 93)
ctypes.CDLL(None).syscall(exit, 0)
"""


@pytest.mark.usefixtures("both_ways")
def test_a_process_whose_first_thread_has_ended_is_still_there(
    start: Start, until: Callable[[Callable[[], object]], None]
) -> None:
    """The kernel calls it a zombie without memory; its other threads go on, and have all of it."""
    process, _ = start(FIRST_THREAD_ENDS)
    until(lambda: ") Z " in Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8"))
    found = descendants(os.getpid())[process.pid]
    assert found.state == "S"
    assert found.threads == 2
    assert found.resident > 50 * MEBIBYTE


def test_memory_threads_and_parents_are_told(start: Start) -> None:
    process, _ = start("memory = bytearray(50 << 20)\nprint(flush=True)\ninput()")
    found, other = stat(process.pid), stat(start("print(flush=True)\ninput()")[0].pid)
    assert found is not None
    assert other is not None
    assert (found.parent, found.threads) == (os.getpid(), 1)
    assert 49 * MEBIBYTE < found.resident - other.resident < 55 * MEBIBYTE
    assert found.image != other.image
    gone = threading.Event()
    thread = threading.Thread(target=gone.wait)
    before = stat(os.getpid())
    thread.start()
    after = stat(os.getpid())
    gone.set()
    thread.join()
    assert before is not None
    assert after is not None
    assert after.threads == before.threads + 1


def test_a_name_with_brackets_and_spaces_changes_nothing(start: Start) -> None:
    """A process may call itself what it likes."""
    process, _ = start("open('/proc/self/comm', 'w').write('a) Z 1 (b')\nprint(flush=True)\ninput()")
    found = stat(process.pid)
    assert found is not None
    assert found.parent == os.getpid()
    assert process.pid in descendants(os.getpid())


def test_a_process_descriptor_stands_for_a_number() -> None:
    """Until the process has gone."""
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE) as process:
        descriptor = os.pidfd_open(process.pid)
        assert number_of(descriptor) == process.pid
        process.communicate(timeout=20)
        assert number_of(descriptor) == -1
        os.close(descriptor)


def test_a_root_that_hides_is_searched_for(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the starter does where /proc is mounted with hidepid=2: what it has started is found by asking everybody."""
    process, below = start(TREE)
    threads = processes._threads
    monkeypatch.setattr(processes, "_threads", lambda number: [] if number == process.pid else threads(number))
    assert set(descendants(process.pid)) == set(below)


def test_without_proc_nobody_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    monkeypatch.setattr(processes.os.path, "isdir", lambda _: False)
    assert descendants(os.getpid()) == {}
