"""Strategies: the same name makes the same choices, and an exploration proves only what it has visited."""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import pytest

from course.lab.strategies import (
    PCT,
    Deviating,
    Exploration,
    RandomWalk,
    RunToBlock,
    Schedule,
    Strategy,
    strategy_of,
)

Choices = tuple[int, ...]
Model = Callable[[Strategy], Choices]


class Thread(NamedTuple):
    """All that a strategy may know of a thread."""

    number: int


def run_model(strategy: Strategy, steps: list[int]) -> Choices:
    """Threads with so many steps each, all ready from the start; the order of the threads' steps."""
    left = dict(enumerate(steps))
    ready = [Thread(number) for number in left]
    current: Thread | None = None
    order: list[int] = []
    while ready:
        options = [current, *(thread for thread in ready if thread != current)] if current in ready else ready
        assert all(options)
        pick = 0
        if len(options) > 1:
            pick = strategy.pick([thread for thread in options if thread], can_go_on=current in ready)
        current = options[pick]
        assert current is not None
        ready = [thread for thread in ready if thread != current] + [current]
        order.append(current.number)
        left[current.number] -= 1
        if not left[current.number]:
            ready.remove(current)
    return tuple(order)


def explore(exploration: Exploration, steps: list[int]) -> list[tuple[Schedule, Choices]]:
    """Every schedule that the exploration asks for, and what came of it."""
    found = []
    for schedule in exploration.schedules():
        strategy = strategy_of(schedule)
        found.append((schedule, run_model(strategy, steps)))
        exploration.saw(strategy)
    return found


def test_without_deviation_nobody_is_preempted() -> None:
    """Run-to-block gives each thread all of its steps before the next one begins."""
    assert run_model(RunToBlock(), [2, 3, 1]) == (0, 0, 1, 1, 1, 2)


def test_a_deviation_takes_the_named_option_at_the_named_decision() -> None:
    """Decision 0 chooses the first thread, decision 1 is the first at which it could be preempted."""
    assert run_model(Deviating({}), [2, 2]) == run_model(RunToBlock(), [2, 2])
    assert run_model(Deviating({0: 1}), [2, 2]) == (1, 1, 0, 0)
    assert run_model(Deviating({1: 1}), [2, 2]) == (0, 1, 1, 0)
    assert run_model(Deviating({0: 9}), [2, 2]) == (1, 1, 0, 0)  # the last option, when there are fewer than named


@pytest.mark.parametrize(
    "schedule",
    [
        {"strategy": "run-to-block"},
        {"strategy": "deviating", "at": [[1, 1], [3, 1]]},
        {"strategy": "random-walk", "seed": 7},
        {"strategy": "pct", "seed": 7, "depth": 3, "length": 9},
    ],
    ids=lambda schedule: str(schedule["strategy"]),
)
def test_the_same_schedule_makes_the_same_choices(schedule: Schedule) -> None:
    """A schedule's plain name is enough to replay it."""
    assert len({run_model(strategy_of(schedule), [4, 4, 4]) for _ in range(20)}) == 1


def test_an_unknown_schedule_is_refused() -> None:
    """A misspelt name is an error, not another schedule."""
    with pytest.raises(ValueError, match="no such schedule"):
        strategy_of({"strategy": "luck"})


def test_a_random_walk_draws_fairly() -> None:
    """Each of three threads is picked about equally often; the seeds are fixed, so this never changes."""
    walk = RandomWalk(3)
    picks = [walk.pick([Thread(0), Thread(1), Thread(2)], can_go_on=True) for _ in range(3_000)]
    assert all(900 < picks.count(option) < 1_100 for option in range(3))


def test_different_seeds_walk_differently() -> None:
    """Twenty seeds reach most of the twenty ways to merge three steps with three."""
    assert len({run_model(RandomWalk(seed), [3, 3]) for seed in range(100)}) > 15


def test_pct_switches_at_most_depth_minus_one_times_by_itself() -> None:
    """With two endless threads, the number of preemptions is bounded by the depth."""
    for seed, depth in itertools.product(range(50), (1, 2, 3)):
        order = run_model(PCT(seed, depth, length=12), [6, 6])
        switches = sum(before != after for before, after in itertools.pairwise(order))
        assert switches <= depth  # depth - 1 falls, and one switch because a thread has ended


def test_pct_keeps_its_promise() -> None:
    """A bug of depth 2 in n threads and k decisions is met with probability of at least 1 / (n k)."""
    wanted = (0, 0, 0, 1, 1, 1, 1, 1, 0, 0)  # one preemption, after the third step
    met = sum(run_model(PCT(seed, 2, length=10), [5, 5]) == wanted for seed in range(1_000))
    assert met >= 1_000 / (2 * 10)


def test_pct_runs_a_demoted_thread_last() -> None:
    """A spinner falls behind everybody else, also behind threads that fell before it."""
    pct = PCT(1, 1, length=0)
    threads = [Thread(0), Thread(1), Thread(2)]
    pct.falls = set()
    pct.demote(threads[0])
    pct.demote(threads[1])
    assert pct.pick(threads, can_go_on=True) == 2
    assert pct.pick(threads[:2], can_go_on=True) == 0


def test_the_plain_schedule_comes_first() -> None:
    """What a student sees on a quiet machine is tried before anything else."""
    first = next(Exploration(seed=1, budget=10).schedules())
    assert strategy_of(first).pick([Thread(0), Thread(1)], can_go_on=True) == 0
    assert first == {"strategy": "deviating", "at": []}


def test_the_budget_is_never_exceeded() -> None:
    """So many schedules are asked for, and no more."""
    for budget in (1, 2, 7):
        exploration = Exploration(seed=1, budget=budget)
        assert len(explore(exploration, [5, 5, 5])) == budget == exploration.tried


def single_deviations(steps: list[int]) -> set[tuple[int, int]]:
    """Every choice that the plain run did not take, found by hand."""
    plain = RunToBlock()
    run_model(plain, steps)
    return {(decision, choice) for decision, n in enumerate(plain.decisions) for choice in range(1, n)}


@pytest.mark.parametrize("seed", range(5))
def test_every_schedule_with_one_deviation_is_visited(seed: int) -> None:
    """When the exploration says that bound 1 is proved, no single deviation has been left out."""
    steps = [4, 4, 4]
    exploration = Exploration(seed, budget=10_000)
    wanted = single_deviations(steps)
    visited: set[tuple[int, int]] = set()
    for schedule in exploration.schedules():
        if exploration.proved_bound >= 1:
            break
        strategy = strategy_of(schedule)
        run_model(strategy, steps)
        exploration.saw(strategy)
        if len(schedule.get("at", ())) == 1:
            visited.add(tuple(schedule["at"][0]))
    assert len(wanted) > 10
    assert visited == wanted


def test_a_bound_is_not_proved_before_its_last_schedule_has_run() -> None:
    """With a budget that ends in the middle of the single deviations, only the plain run is proved."""
    steps = [3, 3, 3]
    exploration = Exploration(seed=1, budget=len(single_deviations(steps)))
    explore(exploration, steps)
    assert exploration.proved_bound == 0
    assert not exploration.exhausted


@pytest.mark.parametrize("steps", [[1, 1], [2, 2], [3, 2], [1, 1, 1], [2, 1, 1]])
def test_exhausted_means_that_every_interleaving_has_been_seen(steps: list[int]) -> None:
    """Compared with every order in which the steps can be merged."""
    exploration = Exploration(seed=3, budget=100_000)
    found = explore(exploration, steps)
    numbers = [number for number, count in enumerate(steps) for _ in range(count)]
    every = set(itertools.permutations(numbers))
    assert exploration.exhausted
    assert {order for schedule, order in found if schedule["strategy"] == "deviating"} == every


def test_no_deviating_schedule_is_run_twice() -> None:
    """Each run of the systematic half of the budget is a new one."""
    found = explore(Exploration(seed=3, budget=400), [3, 3, 2])
    orders = [order for schedule, order in found if schedule["strategy"] == "deviating"]
    assert len(orders) == len(set(orders)) > 100


def test_one_thread_alone_is_exhausted_after_one_schedule() -> None:
    """Where there is nothing to choose, one run says it all."""
    exploration = Exploration(seed=1, budget=100)
    assert len(explore(exploration, [5])) == 1
    assert exploration.exhausted


def test_half_of_the_schedules_are_random() -> None:
    """Deviations share the budget with PCT and random walks, which reach deep bugs sooner."""
    kinds = [schedule["strategy"] for schedule, _ in explore(Exploration(seed=1, budget=100), [4, 4, 4])]
    assert kinds.count("deviating") == 50
    assert kinds.count("pct") == kinds.count("random-walk") == 25


def test_the_same_seed_explores_the_same_schedules() -> None:
    """The judge's seed names the whole exploration."""
    first, again, other = (explore(Exploration(seed, budget=60), [4, 4]) for seed in (5, 5, 6))
    assert first == again
    assert first != other
