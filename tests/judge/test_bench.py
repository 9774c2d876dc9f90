"""Benches: the strongest jail that was tried out and works, and starters side by side."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from course.judge import bench as benches
from course.judge import starter as starters
from course.judge.bench import Bench
from course.judge.drivers import Drivers
from course.judge.jail import Jail, jails
from course.judge.records import RunRecord
from course.judge.starter import GraderBroken
from course.judge.workers import CaseFailed
from tests.judge.inside import namespaces_or_skip, source_of

PLAIN = Jail(root=os.geteuid() == 0)
NOT_A_JAIL = Jail(command=("false",), namespaces=True)
Make = Callable[..., Bench]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A bench on a machine that has these jails; `first` is what its starters execute before anything else."""
    made: list[Bench] = []

    def build(*homes: Jail, first: str = "", width: int = 1) -> Bench:
        monkeypatch.setattr(benches, "jails", lambda: list(homes))
        monkeypatch.setattr(starters, "BOOT", first + starters.BOOT)
        made.append(Bench(width=width))
        return made[-1]

    yield build
    for bench in made:
        bench.close()


# What a canary may come to instead of its answer.
BREAKS = {
    "no answer": "canary.sing = lambda request, channel: None",
    "an exception": "canary.sing = lambda request, channel: 1 / 0",
    "another answer": "canary.sing = lambda request, channel: channel.send('run', outcome='finished')",
    "no frame at all": "canary.sing = lambda request, channel: canary.os._exit(3)",
    "no list": "canary.sing = lambda *_: _[1].send('run', outcome='finished', value=['x'], error=None, duration=0, "
    "output='') or _[1].send('end', runs=1, bound=-1, exhausted=False)",
    "an end without a run": "canary.sing = lambda *_: _[1].send('end', runs=0, bound=-1, exhausted=False)",
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_canary_that_gives_no_answer_proves_nothing(make: Make, what: str) -> None:
    """The machine is not called strong, nor anything else: nothing is graded on it."""
    bench = make(PLAIN, first=f"from course.lab import canary\n{BREAKS[what]}\n")
    with pytest.raises(GraderBroken, match="could not be tried out"):
        _ = bench.isolation


def test_a_jail_that_fails_is_left_for_the_next_one(make: Make, make_drivers: Callable[..., Drivers]) -> None:
    """What is reported then is what that one is worth."""
    bench = make(NOT_A_JAIL, PLAIN)
    assert bench.isolation.level != "strong"
    assert "namespaces" not in bench.isolation.layers
    drivers = make_drivers("def work():\n    return 7\n")
    assert Drivers(bench, drivers._lesson, drivers.source).simulate("drive").value == 7


def test_when_the_last_jail_fails_the_grader_is_broken(make: Make) -> None:
    """And says so each time that it is asked; it does not hang."""
    bench = make(NOT_A_JAIL, NOT_A_JAIL)
    for _ in range(2):
        with pytest.raises(GraderBroken, match="has gone"):
            _ = bench.isolation


# The layer is said to be there, and fails when it is put on.
FAILS = "from course.lab import confinement\ndef fails(*_):\n    raise OSError('not here')\n{} = fails\n"


@pytest.mark.parametrize(
    ("layer", "name"), [("landlock", "confinement._restrict_files"), ("seccomp", "confinement._forbid_calls")]
)
def test_a_layer_that_fails_is_never_left_out(make: Make, layer: str, name: str) -> None:
    """No code of a student's runs with less than what the report names."""
    bench = make(PLAIN, first=FAILS.format(name))
    if layer not in bench._starters[0].layers:
        pytest.skip(f"this machine has no {layer}")
    with pytest.raises(GraderBroken, match=r"a worker could not be confined \(OSError: not here\)"):
        _ = bench.isolation


def test_namespaces_that_a_case_does_not_get_leave_the_jail(make: Make) -> None:
    """The starter runs, but its wardens fail: the next jail is taken."""
    strong = namespaces_or_skip()
    bench = make(strong, PLAIN, first=FAILS.replace("confinement", "kernel").format("kernel.mount_memory"))
    assert bench.isolation.level != "strong"
    assert bench._jails == [PLAIN]


def test_what_outlives_its_case_is_a_hole(make: Make) -> None:
    """Where the starter does not end a case's daemons, the level is basic."""
    bench = make(PLAIN, first="from course.lab import remains\nremains._end_descendants = lambda: None\n")
    assert "survivors" in bench.isolation.holes
    assert bench.isolation.level == "basic"


MANY_THREADS = """
import threading
done = threading.Event()
started = 0
try:
    for _ in range(3_000):
        threading.Thread(target=done.wait, daemon=True).start()
        started += 1
except RuntimeError:
    pass
done.wait()
"""


def test_a_bomb_of_threads_touches_no_other_case(make: Make, make_drivers: Callable[..., Drivers]) -> None:
    """While one starter's case has as many as it can get, another's starts what a lesson needs."""
    bench = make(jails()[0], width=2)
    if bench.width < 2:
        pytest.skip("this machine has one processor")
    bomb = make_drivers(source_of(MANY_THREADS))
    honest = make_drivers(source_of(HUNDRED_THREADS))
    with ThreadPoolExecutor(1) as pool:
        for _ in range(3):
            exploded = pool.submit(bomb_ends, bench, bomb)
            while not exploded.done():
                assert value_in_bench(bench, honest) == 100
            assert exploded.result() == "your code has started more than 800 threads and processes at once"


HUNDRED_THREADS = """
import threading
barrier = threading.Barrier(101)
threads = [threading.Thread(target=barrier.wait) for _ in range(100)]
for thread in threads: thread.start()
barrier.wait()
for thread in threads: thread.join()
return len(threads)
"""


def bomb_ends(bench: Bench, drivers: Drivers) -> str:
    """How a case is ended that comes to no end by itself."""
    with bench.case(real(drivers)) as case, pytest.raises(CaseFailed) as caught:
        list(case.frames())
    return str(caught.value)


def value_in_bench(bench: Bench, drivers: Drivers) -> Any:
    """What a case on the next free starter gives."""
    with bench.case(real(drivers)) as case:
        run = next(case.frames())
    assert isinstance(run, RunRecord)
    assert run.error is None
    return run.value


def real(drivers: Drivers) -> dict[str, Any]:
    """The request for a case in real mode."""
    return drivers.real_request("drive", {})


def test_more_cases_than_starters_wait_for_one(make: Make, make_drivers: Callable[..., Drivers]) -> None:
    """And none is lost."""
    bench = make(PLAIN, width=2)
    drivers = make_drivers("def work():\n    return 7\n")
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda _: value_in_bench(bench, drivers), range(12))) == [7] * 12
    assert bench._free.qsize() == bench.width


def test_a_case_that_fails_gives_its_starter_back(make: Make, make_drivers: Callable[..., Drivers]) -> None:
    """Whatever the one who asked for it raises."""
    bench = make(PLAIN)
    drivers = make_drivers("def work():\n    return 7\n")
    with pytest.raises(ZeroDivisionError), bench.case(real(drivers)):
        raise ZeroDivisionError
    assert value_in_bench(bench, drivers) == 7
