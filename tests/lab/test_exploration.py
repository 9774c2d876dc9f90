"""Explorations: which schedules are tried, in which order, and that they prove only what they have visited."""

import itertools
from collections.abc import Sequence

import pytest

from course.lab.exploration import Exploration
from course.lab.profile import Profile
from course.lab.strategies import RunToBlock, Schedule, strategy_of
from tests.lab.models import Steps, profile_of, run_model

Found = list[tuple[Schedule, tuple[int, ...]]]


def explore(exploration: Exploration, steps: Sequence[Steps]) -> Found:
    """Every schedule that the exploration asks for, and the order of steps that came of it."""
    found = []
    for schedule in exploration.schedules():
        strategy = strategy_of(schedule, exploration.profile)
        found.append((schedule, run_model(strategy, steps)))
        exploration.saw(strategy)
    return found


def merges(*steps: int) -> set[tuple[int, ...]]:
    """Every order in which the steps of threads can be merged."""
    return set(itertools.permutations([number for number, count in enumerate(steps) for _ in range(count)]))


def test_the_plain_schedule_comes_first() -> None:
    """What a student sees on a quiet machine is tried before anything else."""
    first = next(Exploration(seed=1, budget=10, profile=Profile()).schedules())
    assert run_model(strategy_of(first, Profile()), [3, 3]) == run_model(RunToBlock(), [3, 3])
    assert first == {"strategy": "deviating", "at": []}


def test_the_budget_is_never_exceeded() -> None:
    """So many schedules are asked for, and no more."""
    for budget in (1, 2, 7):
        exploration = Exploration(seed=1, budget=budget, profile=profile_of([5, 5, 5]))
        assert len(explore(exploration, [5, 5, 5])) == budget == exploration.tried


def test_the_same_seed_explores_the_same_schedules() -> None:
    """The judge's seed names the whole exploration."""
    first, again, other = (
        explore(Exploration(seed, budget=60, profile=profile_of([4, 4])), [4, 4]) for seed in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_one_thread_alone_is_exhausted_after_one_schedule() -> None:
    """Where there is nothing to choose, one run says it all."""
    exploration = Exploration(seed=1, budget=100, profile=profile_of([5]))
    assert len(explore(exploration, [5])) == 1
    assert exploration.exhausted


@pytest.mark.parametrize("steps", [[1, 1], [2, 2], [3, 2], [1, 1, 1], [2, 1, 1]])
def test_exhausted_means_that_every_interleaving_has_been_seen(steps: list[int]) -> None:
    """Compared with every order in which the steps can be merged."""
    exploration = Exploration(seed=3, budget=100_000, profile=profile_of(steps))
    found = explore(exploration, steps)
    assert exploration.exhausted
    assert {order for schedule, order in found if schedule["strategy"] == "deviating"} == merges(*steps)


def test_no_deviating_schedule_is_run_twice() -> None:
    """Each run of the systematic half of the budget is a new one."""
    found = explore(Exploration(seed=3, budget=400, profile=profile_of([3, 3, 2])), [3, 3, 2])
    orders = [order for schedule, order in found if schedule["strategy"] == "deviating"]
    assert len(orders) == len(set(orders)) > 100
