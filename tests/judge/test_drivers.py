"""Drivers: what becomes of the frames of a case."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from course.judge.bench import Bench
from course.judge.drivers import FRESH_RUNS, Drivers, collect
from course.judge.records import Access, EndRecord, Frame, ProblemRecord, Race, RacesRecord
from course.judge.run import CheckFailed, Run
from course.judge.workers import CaseFailed
from tests.judge.programs import ALL_AT_ONCE

ACCESS = Access(thread="Thread-1", line=3, writes=True, held=[])
PROBLEM = ProblemRecord(nonce="n", type="KeyError", message="", line=0)


class Told:
    """A case that sends these frames, and then fails."""

    meeting = None

    def __init__(self, *frames: Frame) -> None:
        self._frames = frames

    def frames(self) -> Iterator[Frame]:
        yield from self._frames
        raise CaseFailed("the worker has ended")


@pytest.fixture
def end() -> EndRecord:
    """The end of a case with one run."""
    return EndRecord(nonce="n", runs=1, bound=-1, exhausted=False, races_follow=True)


def test_a_worker_that_dies_before_its_end_has_failed(make_run: Any) -> None:
    explored = collect(Told(make_run().record), {})  # type: ignore[arg-type]
    assert [run.has_evidence for run in explored.runs] == [True, False]


@pytest.mark.parametrize("last", [(), (PROBLEM,)], ids=["it dies", "the lab fails"])
def test_what_happens_after_the_end_costs_no_verdict(make_run: Any, end: EndRecord, last: tuple[Frame, ...]) -> None:
    """All runs have come back; a look at data races that goes wrong is only no look."""
    explored = collect(Told(make_run().record, end, *last), {})  # type: ignore[arg-type]
    assert [run.has_evidence for run in explored.runs] == [True]
    assert explored.races == []


def test_data_races_come_after_the_end(make_run: Any, end: EndRecord) -> None:
    races = [Race(name="self.n", first=ACCESS, second=ACCESS, wrong_locks=False)]
    explored = collect(Told(make_run().record, end, RacesRecord(nonce="n", races=races)), {})  # type: ignore[arg-type]
    assert explored.races == races


def test_a_problem_before_the_end_is_the_modules(make_run: Any) -> None:
    with pytest.raises(CheckFailed, match="KeyError"):
        collect(Told(PROBLEM), {})  # type: ignore[arg-type]


def test_a_run_after_the_end_makes_all_of_them_worth_nothing(make_run: Any, end: EndRecord) -> None:
    """It is not the lab's."""
    explored = collect(Told(make_run().record, end, make_run().record), {})  # type: ignore[arg-type]
    (run,) = explored.runs
    assert isinstance(run, Run)
    assert not run.has_evidence


REMEMBERS = """
import json, os
def work():
    kept = json.load(open("kept")) if os.path.exists("kept") else 0
    for _ in range(3):
        kept += 1
    json.dump(kept, open("kept", "w"))
    all_at_once(print, print)
    return kept
"""


def test_where_runs_know_of_each_other_some_more_are_the_first_of_their_process(make_drivers: Any) -> None:
    explored = make_drivers(ALL_AT_ONCE + REMEMBERS).explore("drive", schedules=10)
    values = [run.value for run in explored.runs]
    assert values[:10] == list(range(3, 33, 3))
    assert values[10:] == [3] * FRESH_RUNS


def test_where_they_do_not_there_are_no_more(make_drivers: Any) -> None:
    explored = make_drivers(ALL_AT_ONCE + "def work():\n    all_at_once(print, print)\n").explore("drive", schedules=10)
    assert len(explored.runs) <= 10


@pytest.mark.parametrize("times", [1, 2])
def test_real_code_hangs_when_it_hangs_twice(
    make_drivers: Callable[..., Drivers], bench: Bench, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """No point hangs on what was seen once."""
    asked: list[str] = []
    case = bench.case

    def sometimes(request: dict[str, Any], *terms: Any) -> Any:
        asked.append(request["source"])
        hangs = "import threading\ndef work():\n    threading.Event().wait()\n"
        return case({**request, "source": hangs} if len(asked) <= times else request, *terms)

    monkeypatch.setattr(bench, "case", sometimes)
    run = make_drivers("def work():\n    return 7\n", mode="real").real("drive")
    assert len(asked) == 2
    assert run.hung == (times == 2)
    assert times == 2 or run.value == 7
