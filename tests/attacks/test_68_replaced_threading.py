"""Attack 68: replace `threading.Thread` and `Lock`, or go round them, to blind the checker. It does not ask them.

The scheduler knows its threads itself, calls are noted by who makes them, and the library is put back for each run.
"""

import pytest

from tests.attacks.altered import altered
from tests.attacks.conftest import Attack

FAKES = """
class Thread:
    def __init__(self, target=None, args=(), **_):
        self.target, self.args = target, args
    def start(self):
        self.target(*self.args)
    def join(self, timeout=None):
        pass
    is_alive = lambda self: False
class Lock:
    acquire = __enter__ = lambda self, *_: True
    release = __exit__ = lambda self, *_: None
threading.Thread, threading.Lock, threading.RLock = Thread, Lock, Lock
threading.enumerate, threading.active_count = list, int
threading.current_thread = threading.main_thread = Thread
"""
# The interpreter's own `_thread`, which no world has touched.
REAL_THREADS = """
import importlib.machinery
finder = importlib.machinery.BuiltinImporter
real = finder.create_module(finder.find_spec("_thread"))
finder.exec_module(real)
class Thread:
    def __init__(self, target=None, args=(), **_):
        self.target, self.args, self.over = target, args, real.allocate_lock()
    def start(self):
        self.over.acquire()
        real.start_new_thread(self.work, ())
    def work(self):
        try:
            self.target(*self.args)
        finally:
            self.over.release()
    def join(self, timeout=None):
        self.over.acquire()
threading.Thread = Thread
"""
HIDDEN = """
import _thread, time
threading.enumerate, threading.active_count = list, int
threading._active = threading._limbo = {}
"""


def test_a_thread_that_is_none_is_the_callers(attack: Attack) -> None:
    """All but calls at the same time (3) and off the caller's thread (1) is honest."""
    attacked = attack("t01", altered("t01", ("import threading\n", f"import threading\n{FAKES}")))
    assert attacked.points == 6
    assert "5 of 5 calls of fetch ran on the caller's thread: ACME, BOLT, CLAY, DUNE, ELMS" in attacked.said


def test_threads_behind_the_schedulers_back_gain_nothing(attack: Attack) -> None:
    """A thread that does not hold the baton of the run cannot take part in it."""
    attacked = attack("t01", altered("t01", ("import threading\n", f"import threading\n{REAL_THREADS}")))
    assert attacked.points <= 6
    assert attacked.check("all_in_flight").status != "passed"
    assert attacked.check("off_main_thread").status != "passed"


def test_a_hidden_thread_that_stays_is_found(attack: Attack) -> None:
    """Neither `threading.enumerate` nor any other list of the program's is asked."""
    stays = "            _thread.start_new_thread(time.sleep, (99,))\n            prices[symbol] = fetch(symbol)"
    source = altered(
        "t01",
        ("import threading\n", f"import threading\n{HIDDEN}"),
        ("            prices[symbol] = fetch(symbol)", stays),
    )
    attacked = attack("t01", source)
    assert attacked.check("no_threads_left").status == "failed"
    assert "5 still running" in attacked.said
    assert attacked.points == 9


@pytest.mark.parametrize("lock", ["Lock.name", "threading.RLock", "threading.Semaphore", "_thread.RLock"])
def test_a_lock_that_holds_nobody_is_no_lock(attack: Attack, lock: str) -> None:
    """Every update is a point at which another thread can come, whoever says that it holds a lock."""
    fake = FAKES[FAKES.index("class Lock") : FAKES.index("threading.Thread, ")]
    source = altered(
        "t09",
        ("import threading\n", f"import _thread\nimport threading\n{fake}{lock} = Lock\n"),
        ("    lock = threading.Lock()", "    lock = Lock()"),
    )
    attacked = attack("t09", source)
    assert attacked.check("counts_not_lost").status == "failed"
    assert "the counts of a plain loop: changed=3, replacements=4" in attacked.said
    assert attacked.points <= 9
