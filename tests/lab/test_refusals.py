"""What cannot be simulated is refused by name, however it is asked for, and whatever the program does about it."""

import sys

import pytest

from tests.lab.nursery import Nursery

PROCESS, NETWORK = "starting a process", "a network connection"
SUBINTERPRETERS = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"

# statement: what the message names
ASKED: dict[str, str] = {
    **{
        f"import multiprocessing; multiprocessing.{call}": f"multiprocessing.{call.partition('(')[0]}"
        for call in (
            "Lock()", "RLock()", "Event()", "Condition()", "Semaphore(2)", "BoundedSemaphore(2)", "Barrier(2)",
            "Queue()", "JoinableQueue()", "SimpleQueue()", "Pipe()",
        )
    },
    "import multiprocessing as m; m.Process(target=print).start()": PROCESS,
    "import multiprocessing as m; m.get_context('forkserver').Process(target=print).start()": PROCESS,
    "import multiprocessing as m; m.get_context('spawn').Lock()": "multiprocessing.Lock",
    "import multiprocessing as m; m.Manager()": PROCESS,
    "import multiprocessing as m; m.Pool(2)": PROCESS,
    "from multiprocessing.pool import Pool; Pool(2)": PROCESS,
    "from multiprocessing.managers import BaseManager; BaseManager().start()": PROCESS,
    "from multiprocessing.shared_memory import SharedMemory; SharedMemory(create=True, size=8)": "shared_memory",
    "from multiprocessing.connection import Listener; Listener()": "multiprocessing.connection.Listener",
    "from concurrent.futures import ProcessPoolExecutor; ProcessPoolExecutor()": PROCESS,
    "import subprocess; subprocess.check_output(['true'])": PROCESS,
    "import subprocess; subprocess.Popen('true', shell=True)": PROCESS,
    "os.system('true')": PROCESS,
    "import signal; signal.signal(signal.SIGTERM, print)": "signal.signal",
    "import signal; signal.alarm(1)": "signal.alarm",
    "import signal; signal.setitimer(signal.ITIMER_REAL, 1)": "signal.setitimer",
    "import signal; signal.pause()": "signal.pause",
    "import signal; signal.sigwait([signal.SIGTERM])": "signal.sigwait",
    "import signal, threading; signal.pthread_kill(threading.get_ident(), 0)": "signal.pthread_kill",
    "import signal; signal.raise_signal(signal.SIGUSR1)": "signal.raise_signal",
    "from signal import SIGALRM, signal; signal(SIGALRM, lambda *_: None)": "signal.signal",
    "os.kill(os.getpid(), 15)": "os.kill",
    "import asyncio; asyncio.new_event_loop().add_signal_handler(15, print)": "loop.add_signal_handler",
    "import asyncio; asyncio.new_event_loop().add_reader(0, print)": "loop.add_reader",
    "import select; select.select([0], [], [], 1)": "select.select",
    "import select; select.select([0], [], [])": "select.select",
    "import select; select.poll().register(0)": "select.poll",
    "import select; select.epoll().register(0)": "select.epoll",
    "import selectors, sys; selectors.DefaultSelector().register(sys.stdin, selectors.EVENT_READ)": "select.epoll",
    "import socket; socket.socket()": NETWORK,
    "import socket; socket.socketpair()": NETWORK,
    "import socketserver; socketserver.TCPServer(('127.0.0.1', 0), None)": NETWORK,
    "from http.server import HTTPServer; HTTPServer(('127.0.0.1', 0), None)": NETWORK,
    "input('your name? ')": "input",
    "os.pipe()": "os.pipe",
    "os.read(os.pipe()[0], 1)": "os.pipe",
    "open(fifo())": "a named pipe (FIFO)",
    "os.open(fifo(), os.O_RDONLY)": "a named pipe (FIFO)",
    "import fcntl; fcntl.flock(open(own_file(), 'w'), fcntl.LOCK_EX)": "a lock on a file",
    "import ctypes; ctypes.CDLL(None).usleep(1)": "ctypes",
    "import ctypes; ctypes.pythonapi.PyThreadState_SetAsyncExc(1, ctypes.py_object(SystemExit))": "ctypes",
}  # fmt: skip
if sys.version_info >= (3, 14):
    ASKED["from concurrent import interpreters; interpreters.create()"] = "concurrent.interpreters"
    ASKED["import concurrent.futures as f; f.InterpreterPoolExecutor()"] = "concurrent.futures.InterpreterPoolExecutor"
ASKED[f"import {SUBINTERPRETERS}; {SUBINTERPRETERS}.create()"] = "another interpreter"
if sys.version_info >= (3, 13):
    ASKED["os.timerfd_create(0)"] = "os.timerfd_create"

HEADER = """
import os, tempfile
def fifo():
    path = os.path.join(tempfile.mkdtemp(), "fifo")
    os.mkfifo(path)
    return path
def own_file():
    return os.path.join(tempfile.mkdtemp(), "file")
"""


@pytest.mark.parametrize("statement", ASKED)
def test_what_was_asked_for_is_named(nursery: Nursery, statement: str) -> None:
    """The run has neither passed nor failed: it is not simulated, and says why."""
    run = nursery.run(f"{HEADER}def main():\n    {statement}\n")
    assert run["outcome"] == "not_simulated"
    assert run["error"]["type"] == "NotSimulated"
    assert ASKED[statement] in run["error"]["message"]


@pytest.mark.parametrize("statement", ASKED)
def test_catching_the_refusal_does_not_hide_it(nursery: Nursery, statement: str) -> None:
    """A program that goes on after `except Exception` is not judged by what it does then."""
    source = (
        f"{HEADER}def main():\n    try:\n        {statement}\n    except Exception:\n        pass\n    return True\n"
    )
    run = nursery.run(source)
    assert run["outcome"] == "not_simulated"
    assert ASKED[statement] in run["error"]["message"]


def test_a_refusal_in_a_thread_counts(nursery: Nursery) -> None:
    """Also when the main thread waits for ever afterwards."""
    source = """
import signal, threading
ready = threading.Event()
def work():
    signal.alarm(1)
    ready.set()
def main():
    threading.Thread(target=work).start()
    ready.wait()
"""
    assert nursery.run(source)["outcome"] == "not_simulated"


ALLOWED = {
    "import signal; return signal.Signals(15).name, signal.getsignal(signal.SIGTERM).name": (
        ["tuple", ["SIGTERM", "SIG_DFL"]]
    ),
    "import multiprocessing as m; return m.cpu_count() > 0, m.current_process().name": ["tuple", [True, "MainProcess"]],
    "import fcntl; return fcntl.flock(open(own_file(), 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)": None,
    "import socket, ssl, subprocess, ctypes; return socket.AF_INET > 0, subprocess.PIPE": ["tuple", [True, -1]],
    "return open(own_file(), 'w').write('x'), os.path.exists('/'), os.getpid() > 0": ["tuple", [1, True, True]],
    "import asyncio; return asyncio.run(asyncio.sleep(1, 'slept'))": "slept",
}


@pytest.mark.parametrize("statement", ALLOWED)
def test_what_waits_for_nobody_is_not_refused(nursery: Nursery, statement: str) -> None:
    """Only what would leave virtual time is refused, not the modules that could."""
    run = nursery.run(f"{HEADER}def main():\n    {statement}\n")
    assert (run["outcome"], run["error"], run["value"]) == ("finished", None, ALLOWED[statement])
