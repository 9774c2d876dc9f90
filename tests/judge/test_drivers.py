"""Drivers: what becomes of the frames of a case."""

from collections.abc import Iterator
from typing import Any

import pytest

from course.judge.drivers import collect
from course.judge.records import Access, EndRecord, Frame, ProblemRecord, Race, RacesRecord
from course.judge.run import CheckFailed, Run
from course.judge.workers import CaseFailed

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
