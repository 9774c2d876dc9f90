"""Attack 63: decoy threads and processes stand about while one does all the work. What counts is who does the work.

Calls are noted with the thread that makes them; processes prove by the kernel who they are when they meet.
"""

from tests.attacks.altered import altered, without_last_function
from tests.attacks.conftest import Attack

ONE_WORKS = """
import threading
def fetch_quotes(symbols, fetch):
    over = threading.Event()
    decoys = [threading.Thread(target=over.wait) for _ in symbols]
    prices, errors = {}, {}
    def work():
        for symbol in symbols:
            try:
                prices[symbol] = fetch(symbol)
            except Exception as error:
                errors[symbol] = error
        over.set()
    for thread in (*decoys, worker := threading.Thread(target=work)):
        thread.start()
    for thread in (*decoys, worker):
        thread.join()
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
"""
DECOYS_WAIT_FOR_LOAD = """
def serve_when_ready(load, handlers):
    over, results = threading.Event(), {}
    decoys = [threading.Thread(target=over.wait) for _ in handlers]
    def work(index, handler):
        results[index] = handler(config)
    try:
        for thread in decoys:
            thread.start()
        config = load()
        workers = [threading.Thread(target=work, args=pair) for pair in enumerate(handlers)]
        for thread in workers:
            thread.start()
        for thread in workers:
            thread.join()
    finally:
        over.set()
        for thread in decoys:
            thread.join()
    return [results[index] for index in range(len(handlers))]
"""
DECOY_PROCESSES = """    decoys = [multiprocessing.Process(target=signal.pause, daemon=True) for _ in range(workers)]
    for decoy in decoys:
        decoy.start()
    try:
        return [func(item) for item in items]
    finally:
        for decoy in decoys:
            decoy.kill()
"""


def test_one_thread_among_decoys_is_one_thread(attack: Attack) -> None:
    """All but the three points for calls at the same time are honest."""
    attacked = attack("t01", ONE_WORKS)
    assert attacked.points == 7
    assert attacked.check("all_in_flight").status == "failed"
    assert "at most 1 at the same time, so that it took 5.0 s" in attacked.said


def test_threads_that_wait_in_place_of_the_handlers_are_no_handlers(attack: Attack) -> None:
    """The handlers' own threads are started when it is too late."""
    attacked = attack("t03", without_last_function("t03", "serve_when_ready") + DECOYS_WAIT_FOR_LOAD)
    assert attacked.points == 9
    assert attacked.check("threads_wait_already_during_load").status == "failed"
    assert "3 of 3 handlers were called by threads that were started later" in attacked.said


def test_processes_that_only_stand_about_never_meet(attack: Attack) -> None:
    body = altered("p13", ("import re\n", "import multiprocessing\nimport re\nimport signal\n"))
    attacked = attack("p13", body[: body.rindex("    ### BEGIN SOLUTION")] + DECOY_PROCESSES)
    failed = {check.id for check in attacked.lesson.checks if check.status == "failed"}
    assert failed == {"processes_meet", "two_processes", "chunked", "spawn_safe", "dead_worker"}, attacked.said
    assert attacked.points == 4
    assert "func runs in worker processes only func ran in the calling process" in attacked.said
