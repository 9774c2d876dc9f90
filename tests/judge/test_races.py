"""Kinds of races: each is told by its own name, and none by another's."""

from collections.abc import Callable
from typing import Any

import pytest

from course.judge.drivers import Drivers
from course.judge.races import kind_of_race
from course.judge.records import RunRecord
from course.judge.run import Run
from course.judge.witness import trace_of
from tests.judge.programs import ALL_AT_ONCE

Make = Callable[..., Any]
BOX = """
class Box:
    pass
"""
# By what it does and the kind of its race: a program whose `work` is not True under some schedule.
PROGRAMS = {
    ("read and written in one line", "lost_update"): """
def work():
    c = Box(); c.n = 0
    def add(): c.n = c.n + 1
    all_at_once(add, add)
    return c.n == 2
""",
    ("an item, in place", "lost_update"): """
def work():
    c = {"n": 0}
    def add(): c["n"] += 1
    all_at_once(add, add)
    return c["n"] == 2
""",
    ("a global, by way of a local variable", "lost_update"): """
n = 0
def add():
    global n
    old = n
    n = old + 1
def work():
    all_at_once(add, add)
    return n == 2
""",
    ("one of two holds the lock", "lost_update"): """
def work():
    c = Box(); c.n = 0
    a = threading.Lock()
    def add():
        with a: c.n = c.n + 1
    def add2():
        c.n = c.n + 1
    all_at_once(add, add2)
    return c.n == 2
""",
    ("read and written under the lock, but not at once", "lost_update"): """
lock = threading.Lock()
def work():
    c = Box(); c.n = 0
    def add():
        with lock:
            n = c.n
        with lock:
            c.n = n + 1
    all_at_once(add, add)
    return c.n == 2
""",
    ("two locks, but for something else", "lost_update"): """
def work():
    c = Box(); c.n = 0; c.log = 0
    a, b = threading.Lock(), threading.Lock()
    def one():
        c.n = c.n + 1
        with a: c.log = 1
    def two():
        c.n = c.n + 1
        with b: c.log = 2
    all_at_once(one, two)
    return c.n == 2
""",
    ("made when it is not there yet", "check_then_act"): """
made = []
class L:
    thing = None
    def get(self):
        if self.thing is None:
            made.append(1)
            self.thing = object()
        return self.thing
def work():
    l = L()
    all_at_once(l.get, l.get)
    return len(made) == 1
""",
    ("put in when it is not in", "check_then_act"): """
made = []
cache = {}
def get():
    if "k" not in cache:
        made.append(1)
        cache["k"] = 1
    return cache["k"]
def work():
    all_at_once(get, get)
    return len(made) == 1
""",
    ("looked at and taken under the lock, but not at once", "check_then_act"): """
stock = {"lamp": 1}
sold = []
lock = threading.Lock()
def buy():
    with lock:
        there = stock["lamp"] > 0
    if there:
        with lock:
            stock["lamp"] -= 1
            sold.append("lamp")
def work():
    all_at_once(buy, buy)
    return len(sold) == 1
""",
    ("two locks for the same", "wrong_lock"): """
def work():
    c = Box(); c.n = 0
    a, b = threading.Lock(), threading.Lock()
    def add():
        with a: c.n = c.n + 1
    def add2():
        with b: c.n = c.n + 1
    all_at_once(add, add2)
    return c.n == 2
""",
    ("a new lock each time", "wrong_lock"): """
def work():
    c = Box(); c.n = 0
    def add():
        with threading.Lock(): c.n = c.n + 1
    all_at_once(add, add)
    return c.n == 2
""",
    ("read between two writes", "race"): """
def work():
    c = Box(); c.x = c.y = 0; seen = []
    def write():
        c.x = 1
        c.y = 1
    def read():
        seen.append((c.x, c.y))
    all_at_once(write, read)
    return seen[0] in ((0,0),(1,1))
""",
    ("read before it is written", "race"): """
def work():
    c = Box(); c.ready = False; out=[]
    def produce():
        c.ready = True
    def consume():
        out.append(c.ready)
    all_at_once(produce, consume)
    return out[0]
""",
    ("updates of one's own objects, of the same name", "race"): """
def work():
    cs = [Box(), Box(), Box()]
    for c in cs: c.n = 0
    seen = []
    def add(c, shared):
        c.n = c.n + 1
        shared.n = 5
    all_at_once(lambda: add(cs[0], cs[2]), lambda: add(cs[1], cs[2]), lambda: seen.append(cs[2].n))
    return seen[0] == 5
""",
    ("written after somebody has looked", "race"): """
def work():
    c = Box(); c.flag = 0; out = []
    def a():
        out.append(c.flag)
        c.flag = 2
    def b():
        c.flag = 1
    all_at_once(a, b)
    return out[0] == 0 and c.flag == 2
""",
    ("nothing but an order", "race"): """
lock = threading.Lock(); order = []
def work():
    def a():
        with lock: order.append("a")
    def b():
        with lock: order.append("b")
    all_at_once(a, b)
    return order == ["a", "b"]
""",
    ("two steps under the lock that check nothing", "race"): """
lock = threading.Lock(); order = []
def work():
    def add(x):
        with lock: order.append(x)
        with lock: order.append(x)
    all_at_once(lambda: add("a"), lambda: add("b"))
    return order == ["a", "a", "b", "b"]
""",
    ("the same value again after one's own update", "race"): """
def work():
    box = Box()
    box.n = 0
    seen = []

    def one():
        box.n = box.n + 1
        box.n = 7

    def two():
        seen.append(box.n)
        box.n = 5

    all_at_once(one, two)
    return seen[0] != 1
""",
    ("accounts of the same name, each with its own lock", "race"): """
class Account:
    def __init__(self):
        self.lock = threading.Lock()
        self.balance = 0

    def add(self, order):
        for _ in range(2):
            with self.lock:
                self.balance = self.balance + 1
        order.append(self)

def work():
    accounts = [Account(), Account()]
    order = []
    all_at_once(*(lambda account=account: account.add(order) for account in accounts))
    return order == accounts
""",
    ("a consumer that looks again after it has waited", "race"): """
def work():
    condition = threading.Condition()
    box = Box()
    box.items = 0
    order = []

    def consume(name):
        with condition:
            while box.items == 0:
                condition.wait()
            box.items -= 1
            order.append(name)

    def produce():
        for _ in range(2):
            with condition:
                box.items += 1
                condition.notify()

    all_at_once(lambda: consume("a"), lambda: consume("b"), produce)
    return order == ["a", "b"]
""",
    ("a consumer that takes back the flag it has waited for", "race"): """
def work():
    condition = threading.Condition()
    box = Box()
    box.is_full = False
    order = []

    def consume(name):
        with condition:
            while not box.is_full:
                condition.wait()
            box.is_full = False
            order.append(name)
            condition.notify_all()

    def produce():
        for _ in range(2):
            with condition:
                while box.is_full:
                    condition.wait()
                box.is_full = True
                condition.notify_all()

    all_at_once(lambda: consume("a"), lambda: consume("b"), produce)
    return order == ["a", "b"]
""",
}


def failing(drivers: Drivers) -> RunRecord:
    """The traced run in which `work` does not return True: that with the fewest choices."""
    wrong = [run for run in drivers.explore("drive", schedules=100).runs if run.value is not True]
    traced = trace_of(min(wrong, key=lambda run: len(run.choices)), drivers)
    assert traced is not None
    return traced


@pytest.mark.parametrize(("program", "kind"), PROGRAMS, ids=[program for program, _ in PROGRAMS])
def test_a_race_is_told_by_its_own_name(make_drivers: Make, program: str, kind: str) -> None:
    assert kind_of_race(failing(make_drivers(ALL_AT_ONCE + BOX + PROGRAMS[program, kind]))) == kind


SITES = [[0, "", ""], [1, "read", "n"], [2, "write", "n"], [3, "test", "n"], [4, "write", "n[...]"], [5, "enter", "k"]]
READ, WRITE, TEST, PUT, LOCK = range(1, 6)
ACCESS = {"thread": "a", "line": 1, "writes": True, "held": []}


def kind_of(make_run: Make, *events: tuple[int, str, int, str], races: tuple[str, ...] = ("n", "n[...]")) -> str:
    """The kind of race of a trace: thread, kind, site and detail of each event."""
    found = [{"name": name, "first": ACCESS, "second": ACCESS, "wrong_locks": False} for name in races]
    run: Run = make_run(trace=[[0, *event] for event in events], sites=SITES, races=found)
    return kind_of_race(run.record)


def test_an_update_is_lost_when_another_thread_writes_between_read_and_write(make_run: Make) -> None:
    assert (
        kind_of(make_run, (1, "read", READ, "1"), (2, "write", WRITE, "5"), (1, "write", WRITE, "2")) == "lost_update"
    )
    assert kind_of(make_run, (2, "write", WRITE, "5"), (1, "read", READ, "5"), (1, "write", WRITE, "6")) == "race"
    assert kind_of(make_run, (1, "read", READ, "1"), (1, "write", WRITE, "2"), (2, "write", WRITE, "5")) == "race"


def test_a_thread_loses_nothing_to_itself(make_run: Make) -> None:
    assert kind_of(make_run, (1, "read", READ, "1"), (1, "write", WRITE, "2"), (1, "write", WRITE, "3")) == "race"


def test_a_write_that_follows_no_read_of_its_own_overwrites_on_purpose(make_run: Make) -> None:
    """The read before it belonged to the write before it."""
    events = [(1, "read", READ, "1"), (1, "write", WRITE, "2"), (2, "write", WRITE, "5"), (1, "write", WRITE, "0")]
    assert kind_of(make_run, *events) == "race"


@pytest.mark.parametrize("state", ["None", "True", "False"])
def test_a_state_that_was_looked_at_is_checked_and_not_built_on(make_run: Make, state: str) -> None:
    events = [(1, "read", READ, state), (2, "write", WRITE, "1"), (1, "write", WRITE, "2")]
    assert kind_of(make_run, *events) == "check_then_act"


def test_a_test_stopped_at_its_point_looks_only_when_it_goes_on(make_run: Make) -> None:
    """What it sees then is new."""
    asked = [(1, "point", TEST, ""), (2, "write", PUT, ""), (1, "write", PUT, "")]
    assert kind_of(make_run, *asked) == "check_then_act"
    stopped = [(1, "point", TEST, ""), (1, "preempt", TEST, ""), (2, "write", PUT, ""), (1, "write", PUT, "")]
    assert kind_of(make_run, *stopped) == "race"


def test_what_does_not_race_is_no_lost_update_while_the_lock_is_held(make_run: Make) -> None:
    """Two objects may have the same name; under one lock nobody comes in between."""
    held = [
        (1, "acquire", LOCK, ""),
        (1, "read", READ, "1"),
        (2, "write", WRITE, "5"),
        (1, "write", WRITE, "2"),
    ]
    assert kind_of(make_run, *held, races=()) == "race"
    let_go = [*held[:2], (1, "release", LOCK, ""), held[2], held[0], held[3]]
    assert kind_of(make_run, *let_go, races=()) == "lost_update"


def test_what_neither_races_nor_is_guarded_belongs_to_each_thread_alone(make_run: Make) -> None:
    """It only has the same name; the lock that is taken in between, or around one of the two, is for something else."""
    take, let_go = (1, "acquire", LOCK, ""), (1, "release", LOCK, "")
    read, other, write = (1, "read", READ, "1"), (2, "write", WRITE, "5"), (1, "write", WRITE, "2")
    for events in (
        (read, take, let_go, other, write),
        (take, read, let_go, other, write),
        (read, take, let_go, other, take, write),
    ):
        assert kind_of(make_run, *events, races=()) == "race"


def test_a_trace_that_lies_is_no_crash(make_run: Make) -> None:
    """It comes from a worker: sites that are not there, releases of what nobody holds, numbers of no thread."""
    events = [
        (-7, kind, site, "")
        for kind in ("read", "write", "release", "preempt", "acquire", "point", "made up")
        for site in (-1, 0, 1, 2, 3, 5, 99)
    ]
    assert kind_of(make_run, *events, races=()) == "race"
