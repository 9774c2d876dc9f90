"""Witnesses: the run that a failure is told by is as short as it can be, and always one that really failed."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from course.judge import witness
from course.judge.drivers import Drivers
from course.judge.run import CheckFailed, Run
from course.judge.starter import GraderBroken
from course.judge.witness import shortest, trace_of
from tests.judge.programs import ALL_AT_ONCE

MakeDrivers = Callable[..., Drivers]
LOST_UPDATE = (
    ALL_AT_ONCE
    + """
class Box:
    def __init__(self):
        self.count = 0

    def add(self):
        for _ in range(3):
            count = self.count
            self.count = count + 1

def work():
    box = Box()
    all_at_once(box.add, box.add)
    return box.count
"""
)
# Needs two preemptions: one after the first step, one before the last.
TWO_STEPS = (
    ALL_AT_ONCE
    + """
class Box:
    pass

def work():
    box = Box()
    box.steps = box.seen = 0

    def first():
        box.steps = 1
        box.steps = 2

    def second():
        before = box.steps
        after = box.steps
        box.seen = (before, after)

    all_at_once(first, second)
    return box.seen == (1, 2)
"""
)
WALKS: list[dict[str, Any]] = [
    *({"strategy": "random-walk", "seed": seed} for seed in range(8)),
    *({"strategy": "pct", "seed": seed, "depth": 3, "length": 60} for seed in range(8)),
]


class Check:
    """A check of the toy lesson; it counts how often it has judged."""

    def __init__(self, judge: Callable[[Drivers], None]) -> None:
        self.judge = judge
        self.times = 0

    def __call__(self, drivers: Drivers) -> CheckFailed | None:
        self.times += 1
        try:
            self.judge(drivers)
        except CheckFailed as failed:
            return failed
        return None


def every_run_gives(wanted: Any) -> Check:
    """Promise that `work` returns this under every schedule."""

    def judge(drivers: Drivers) -> None:
        for run in drivers.explore("drive"):
            run.require(run.value == wanted, expected=f"{wanted}", got=f"{run.value}")

    return Check(judge)


def failures(drivers: Drivers, schedules: list[dict[str, Any]], wanted: Any) -> Iterator[CheckFailed]:
    """The failures under these schedules, as if an exploration had found them."""
    case = drivers.explore("drive")[0].case
    for run in drivers._run({**case, "schedules": schedules, "traced": False}):
        if run.value != wanted:
            found = Run(run.record, case=case)
            yield CheckFailed(expected=f"{wanted}", got=f"{run.value}", run=found)


def told(failed: CheckFailed | None) -> Run:
    """The run that a failure is told by."""
    assert failed is not None
    assert failed.run is not None
    return failed.run


# --- the shortest -----------------------------------------------------------------------------------------------------


def test_one_switch_is_enough_to_lose_an_update(make_drivers: MakeDrivers) -> None:
    """However the schedule was found, and however many switches it had."""
    drivers = make_drivers(LOST_UPDATE)
    lengths = []
    for failed in failures(drivers, WALKS, 6):
        lengths.append(len(told(failed).choices))
        run = told(shortest(failed, drivers, every_run_gives(6)))
        assert run.value != 6
        assert len(run.choices) == 1
    assert max(lengths) > 5


def test_every_failure_of_an_exploration_comes_down_to_one_switch(make_drivers: MakeDrivers) -> None:
    drivers = make_drivers(LOST_UPDATE)
    lost = [run for run in drivers.explore("drive") if run.value != 6]
    assert len({run.record.schedule["strategy"] for run in lost}) > 1
    for run in lost:
        failed = CheckFailed(expected="6", got=str(run.value), run=run)
        assert len(told(shortest(failed, drivers, every_run_gives(6))).choices) == 1


def test_a_bug_of_two_switches_keeps_both(make_drivers: MakeDrivers) -> None:
    """Others may stay besides, where neither one nor two can be left out."""
    drivers = make_drivers(TWO_STEPS)
    walks = [{"strategy": "random-walk", "seed": seed} for seed in range(150)]
    lengths = [
        len(told(shortest(failed, drivers, every_run_gives(False))).choices)
        for failed in failures(drivers, walks, False)
    ]
    assert min(lengths) >= 2
    assert max(lengths) <= 5


def test_the_failure_told_is_that_of_the_shortest_run(make_drivers: MakeDrivers) -> None:
    """Not the first one's words with the last one's schedule."""
    drivers = make_drivers(LOST_UPDATE)
    failed = next(failed for failed in failures(drivers, WALKS, 6) if told(failed).value == 5)
    now = shortest(failed, drivers, every_run_gives(6))
    assert now.expected == failed.expected
    assert (now.got, told(now).value) == ("3", 3)
    again = drivers.schedules(told(now).case, [told(now).choices])[0]
    assert (again.value, again.choices) == (3, told(now).choices)


def test_a_schedule_that_breaks_another_promise_is_no_witness(make_drivers: MakeDrivers) -> None:
    """What is told is the promise that was broken first, even where one switch breaks another one."""
    drivers = make_drivers(LOST_UPDATE)

    def judge(drivers: Drivers) -> None:
        for run in drivers.explore("drive"):
            run.require(run.value != 5, expected="not 5", got="5")
            run.require(run.value == 6, expected="6", got=str(run.value))

    run = next(told(failed) for failed in failures(drivers, WALKS, 6) if told(failed).value == 5)
    now = shortest(CheckFailed(expected="not 5", got="5", run=run), drivers, Check(judge))
    assert (now.expected, now.got, told(now).value) == ("not 5", "5", 5)
    assert 1 < len(told(now).choices) < len(run.choices)


def test_what_the_exploration_has_found_itself_is_not_run_again(make_drivers: MakeDrivers, rounds: list[int]) -> None:
    """A schedule of one switch is among its runs: all that is left to try is none at all."""
    drivers = make_drivers(LOST_UPDATE)
    assert min(len(run.choices) for run in drivers.explore("drive") if run.value != 6) == 1
    failed = next(failures(drivers, WALKS, 6))
    assert len(told(shortest(failed, drivers, every_run_gives(6))).choices) == 1
    assert rounds == [1]


# --- left as it is ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "run",
    [None, Run(None, case={"mode": "simulated"}, died="it ended")],
    ids=["no run", "a run without evidence"],
)
def test_without_a_run_there_is_nothing_to_shrink(make_drivers: MakeDrivers, run: Run | None) -> None:
    check = every_run_gives(1)
    failed = CheckFailed(expected="1", got="2", run=run)
    assert shortest(failed, make_drivers("def work():\n    return 1\n"), check) is failed
    assert check.times == 0


@pytest.mark.parametrize(
    ("fields", "case"),
    [
        ({"choices": []}, {}),
        ({"points": witness.LONGEST_RUN + 1}, {}),
        ({}, {"mode": "real"}),
        ({}, {"schedules": []}),
    ],
    ids=["no choices", "endless", "real processes", "asked for"],
)
def test_what_cannot_or_need_not_be_shrunk_is_not_run_again(
    make_drivers: MakeDrivers, make_run: Callable[..., Run], fields: dict[str, Any], case: dict[str, Any]
) -> None:
    """A run that does not end takes too long; a schedule that a token names is what somebody wants to see."""
    record = make_run(**{"choices": [(0, 1, 1)], "points": 9, **fields}).record
    failed = CheckFailed(expected="1", got="2", run=Run(record, case={"mode": "simulated", **case}))
    check = every_run_gives(1)
    assert shortest(failed, make_drivers("def work():\n    return 1\n"), check) is failed
    assert check.times == 0


def test_a_run_without_any_point_is_no_division_by_zero(make_drivers: MakeDrivers) -> None:
    """It comes from a worker, and may lie."""
    drivers = make_drivers(LOST_UPDATE)
    failed = next(failures(drivers, WALKS, 6))
    for points in (0, -7):
        record = msgspec.structs.replace(told(failed).record, points=points)
        run = Run(record, case=told(failed).case)
        now = shortest(CheckFailed(expected="6", got="2", run=run), drivers, every_run_gives(6))
        assert len(told(now).choices) == 1


# --- checks that cannot judge by one run ------------------------------------------------------------------------------


def _wants_two_values(drivers: Drivers) -> None:
    runs = drivers.explore("drive")
    first = runs[0].value
    other = next(run for run in runs if run.value != first)
    other.fail(expected="always the same", got="two values")


def _wants_the_fifth(drivers: Drivers) -> None:
    run = drivers.explore("drive")[5]
    run.require(run.value == 6, expected="6", got=str(run.value))


def _breaks(_: Drivers) -> None:
    raise GraderBroken("the runs met only 1 preemption points: nothing was explored")


@pytest.mark.parametrize("judge", [_wants_two_values, _wants_the_fifth, _breaks])
def test_a_check_that_needs_several_runs_keeps_its_failure(
    make_drivers: MakeDrivers, judge: Callable[[Drivers], None]
) -> None:
    """It breaks down over a single run: that is no fault of the grader, and no verdict."""
    drivers = make_drivers(LOST_UPDATE)
    failed = next(failures(drivers, WALKS, 6))
    assert shortest(failed, drivers, Check(judge)) is failed


def test_another_scenario_is_not_explored_for_a_candidate_that_passes(
    make_drivers: MakeDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check goes on to its next scenario: that is as good as a promise kept, and would take long."""
    drivers = make_drivers(LOST_UPDATE.replace("def work():", "def work(again=False):"))

    def judge(drivers: Drivers) -> None:
        for arguments in ({}, {"again": True}):
            for run in drivers.explore("drive", **arguments):
                run.require(run.value == 6, expected="6", got=str(run.value))

    failed = next(failures(drivers, WALKS, 6))
    asked: list[dict[str, Any]] = []
    run_one = Drivers._run
    monkeypatch.setattr(
        Drivers, "_run", lambda self, request: (asked.append(request["arguments"]), run_one(self, request))[1]
    )
    check = Check(judge)
    assert len(told(shortest(failed, drivers, check)).choices) == 1
    assert check.times > 1
    assert {"again": True} not in asked


def test_what_a_check_has_explored_before_is_at_hand_for_each_candidate(make_drivers: MakeDrivers) -> None:
    """A check may compare a run with those of another scenario."""
    drivers = make_drivers(LOST_UPDATE.replace("def work():", "def work(alone=False):"))

    def judge(drivers: Drivers) -> None:
        wanted = drivers.simulate("drive", alone=True).value
        for run in drivers.explore("drive"):
            run.require(run.value == wanted, expected=f"{wanted}", got=str(run.value))

    check = Check(judge)
    failed = check(drivers)
    assert failed is not None
    assert len(told(shortest(failed, drivers, check)).choices) == 1


# --- workers that do not do as they are told --------------------------------------------------------------------------

DIES = "\n    import os\n    os._exit(3)\n"


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many candidates there were in each round."""
    counted: list[int] = []
    schedules = Drivers.schedules

    def count(self: Drivers, case: dict[str, Any], candidates: Any, **options: Any) -> list[Run]:
        counted.append(len(candidates))
        return schedules(self, case, candidates, **options)

    monkeypatch.setattr(Drivers, "schedules", count)
    return counted


def test_a_worker_that_dies_while_shrinking_leaves_the_failure_as_it_was(
    make_drivers: MakeDrivers, rounds: list[int]
) -> None:
    """Some programs do, by their processor time for instance; they do not get many workers for it."""
    run = told(next(failures(make_drivers(LOST_UPDATE), WALKS, 6)))
    drivers = make_drivers(LOST_UPDATE.replace("\n    return box.count\n", DIES))
    case = drivers.request("drive", {}, budget=60)
    failed = CheckFailed(expected="6", got=str(run.value), run=Run(run.record, case=case))
    assert shortest(failed, drivers, every_run_gives(6)) is failed
    assert rounds == [2]


def test_candidates_that_do_not_end_are_the_last_ones(
    make_drivers: MakeDrivers, rounds: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would take as long as thousands of short ones."""
    drivers = make_drivers(LOST_UPDATE)
    run = told(next(failures(drivers, WALKS, 6)))
    failed = CheckFailed(expected="6", got=str(run.value), run=Run(run.record, case={**run.case, "budget": 61}))
    monkeypatch.setattr(witness, "_is_short", lambda other: other.record.choices == run.record.choices)
    now = told(shortest(failed, drivers, every_run_gives(6)))
    assert now.value != 6
    assert rounds == [2]


# --- the trace --------------------------------------------------------------------------------------------------------


def test_a_traced_run_is_the_same_run(make_drivers: MakeDrivers) -> None:
    drivers = make_drivers(LOST_UPDATE)
    for run in drivers.explore("drive", schedules=8):
        record = trace_of(run, drivers)
        assert record is not None
        assert record.trace
        assert (record.choices, record.value, record.points) == (
            run.record.choices,
            run.record.value,
            run.record.points,
        )


@pytest.mark.parametrize("field", ["value", "outcome", "choices"])
def test_a_trace_of_another_run_is_none(make_drivers: MakeDrivers, monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    """A report must not tell the story of a run that went otherwise."""
    drivers = make_drivers(LOST_UPDATE)
    run = told(next(failures(drivers, WALKS, 6)))
    others = {"value": 99, "outcome": "deadlock", "choices": [(9, 9, 9)]}
    other = msgspec.structs.replace(run.record, **{field: others[field]})
    monkeypatch.setattr(drivers, "schedules", lambda *_, **__: [Run(other, case=run.case)])
    assert trace_of(run, drivers) is None


def test_a_run_with_real_processes_has_no_trace(make_drivers: MakeDrivers, make_run: Callable[..., Run]) -> None:
    run = Run(make_run().record, case={"mode": "real"})
    assert trace_of(run, make_drivers("def work():\n    return 1\n")) is None


@pytest.mark.parametrize("runs", [[], [Run(None, case={}, died="it ended")]])
def test_a_worker_that_dies_over_the_trace_leaves_none(
    make_drivers: MakeDrivers, monkeypatch: pytest.MonkeyPatch, make_run: Callable[..., Run], runs: list[Run]
) -> None:
    drivers = make_drivers("def work():\n    return 1\n")
    monkeypatch.setattr(drivers, "schedules", lambda *_, **__: runs)
    assert trace_of(make_run(), drivers) is None
