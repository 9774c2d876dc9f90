"""Attack 64: the wrong means (processes for threads, threads for processes, one thread that sleeps less). It is seen.

A world refuses processes by name; in real mode whoever works proves by the kernel which process it is.
"""

import pytest

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

POOL_OF_PROCESSES = """
from concurrent.futures import ProcessPoolExecutor
def fetch_quotes(symbols, fetch):
    with ProcessPoolExecutor(4) as pool:
        return dict(zip(symbols, pool.map(fetch, symbols)))
"""
BARE_FORK = """
import os
def fetch_quotes(symbols, fetch):
    for symbol in symbols or ["none"]:
        if os.fork() == 0:
            fetch(symbol)
            os._exit(0)
    return {}
"""
HIDDEN_FORK = """
import importlib.machinery
finder = importlib.machinery.BuiltinImporter
posix = finder.create_module(finder.find_spec("posix"))
finder.exec_module(posix)
def fetch_quotes(symbols, fetch):
    try:
        posix.fork()
    except BaseException:
        pass
    return {symbol: 0.0 for symbol in symbols}
"""
ONE_THREAD = """
import asyncio
def fetch_quotes(symbols, fetch):
    async def ask(symbol):
        return fetch(symbol)
    async def ask_all():
        return await asyncio.gather(*map(ask, symbols))
    return dict(zip(symbols, asyncio.run(ask_all())))
"""
SLEEPS_LESS = """
import threading, time
sleep = time.sleep
time.sleep = lambda seconds: sleep(seconds / 1000)
threading.Event.wait = lambda self, timeout=None: True
def fetch_quotes(symbols, fetch):
    return {symbol: fetch(symbol) for symbol in symbols}
"""


@pytest.mark.parametrize("source", [POOL_OF_PROCESSES, BARE_FORK, HIDDEN_FORK])
def test_processes_in_place_of_threads_are_refused_by_name(attack: Attack, source: str) -> None:
    """Also for who finds another way to the system call, and hides that it was refused."""
    attacked = attack("t01", source)
    assert "starting a process cannot run in virtual time, which this lesson's checks need" in attacked.said
    assert attacked.points <= 1  # who forks only when there are symbols is right about none


@pytest.mark.parametrize("source", [ONE_THREAD, SLEEPS_LESS])
def test_one_thread_is_one_thread(attack: Attack, source: str) -> None:
    """The honest part: values (2), nothing for nothing (1), no thread left (1)."""
    attacked = attack("t01", source)
    assert "5 of 5 calls of fetch ran on the caller's thread: ACME, BOLT, CLAY, DUNE, ELMS" in attacked.said
    assert "at most 1 at the same time, so that it took 5.0 s" in attacked.said
    assert {check.id for check in attacked.lesson.checks if check.status == "failed"} >= {
        "all_in_flight",
        "off_main_thread",
    }
    assert attacked.points <= 6


def test_threads_in_place_of_processes_are_one_process(attack: Attack) -> None:
    threads = "from concurrent.futures import ThreadPoolExecutor as ProcessPoolExecutor"
    attacked = attack("p13", altered("p13", ("from concurrent.futures import ProcessPoolExecutor", threads)))
    failed = {check.id for check in attacked.lesson.checks if check.status == "failed"}
    assert failed == {
        "processes_meet",
        "two_processes",
        "chunked",
        "pattern_not_sent_per_task",
        "spawn_safe",
        "dead_worker",
    }
    assert attacked.points == 3
    assert "func runs in worker processes only func ran in the calling process" in attacked.said
