"""Strategies: the same name makes the same choices, and each draws with the chances that it promises."""

import itertools

import pytest

from course.lab.profile import Profile
from course.lab.strategies import PCT, Deviating, RandomWalk, RunToBlock, Schedule, strategy_of
from tests.lab.models import Thread, profile_of, run_model


def merges(*steps: int) -> set[tuple[int, ...]]:
    """Every order in which the steps of threads can be merged."""
    return set(itertools.permutations([number for number, count in enumerate(steps) for _ in range(count)]))


def test_without_deviation_nobody_is_preempted() -> None:
    """Run-to-block gives each thread all of its steps before the next one begins."""
    assert run_model(RunToBlock(), [2, 3, 1]) == (0, 0, 1, 1, 1, 2)


def test_a_deviation_picks_the_named_thread_at_the_named_moment() -> None:
    """A decision is named by the thread that decides and how many moments of decision it has met by then."""
    assert run_model(Deviating({}), [2, 2]) == run_model(RunToBlock(), [2, 2]) == (0, 0, 1, 1)
    assert run_model(Deviating({(0, 1): 1}), [2, 2]) == (1, 1, 0, 0)
    assert run_model(Deviating({(0, 2): 1}), [2, 2]) == (0, 1, 1, 0)
    assert run_model(Deviating({(0, 2): 1, (1, 2): 0}), [2, 2]) == (0, 1, 0, 1)
    assert run_model(Deviating({(0, 3): 2}), [2, 2, 2]) == (0, 0, 2, 2, 1, 1)  # a free choice: 0 has ended


def test_a_deviation_that_cannot_be_is_ignored() -> None:
    """A replay with one deviation left out may meet others whose thread is not there any more."""
    assert run_model(Deviating({(0, 1): 9, (1, 77): 0}), [2, 2]) == run_model(RunToBlock(), [2, 2])


def test_the_decisions_of_a_run_are_told_with_their_options() -> None:
    """Where another choice could have been made, by whom, at which place, and whether it would be a preemption."""
    strategy = Deviating({(0, 2): 1})
    run_model(strategy, [["a", "b"], ["c", "d"]])
    assert [tuple(decision) for decision in strategy.decisions] == [
        (0, 1, 1, (0, 1), True),
        (0, 2, 2, (0, 1), True),
        (1, 2, 4, (1, 0), True),
    ]


@pytest.mark.parametrize(
    "schedule",
    [
        {"strategy": "run-to-block"},
        {"strategy": "deviating", "at": [[0, 2, 1], [1, 3, 0]]},
        {"strategy": "random-walk", "seed": 7},
        {"strategy": "pct", "seed": 7, "depth": 3, "length": 9},
        {"strategy": "pos", "seed": 7},
        {"strategy": "urw", "seed": 7},
        {"strategy": "surw", "seed": 7, "name": "x"},
    ],
    ids=lambda schedule: str(schedule["strategy"]),
)
def test_the_same_schedule_makes_the_same_choices(schedule: Schedule) -> None:
    """A schedule's plain name is enough to replay it."""
    steps = [["x", "a", "x", ""]] * 3
    profile = profile_of(steps)
    assert len({run_model(strategy_of(schedule, profile), steps) for _ in range(20)}) == 1


def test_an_unknown_schedule_is_refused() -> None:
    """A misspelt name is an error, not another schedule."""
    with pytest.raises(ValueError, match="no such schedule"):
        strategy_of({"strategy": "luck"}, Profile())


# --- random walk ------------------------------------------------------------------------------------------------------


def test_a_random_walk_draws_fairly() -> None:
    """Each of three threads is picked about equally often; the seeds are fixed, so this never changes."""
    walk, threads = RandomWalk(3), [Thread(0), Thread(1), Thread(2)]
    picks = [walk.pick(threads[0], threads, can_go_on=True) for _ in range(3_000)]
    assert all(900 < picks.count(option) < 1_100 for option in range(3))


def test_different_seeds_walk_differently() -> None:
    """A hundred seeds reach most of the twenty ways to merge three steps with three."""
    assert len({run_model(RandomWalk(seed), [3, 3]) for seed in range(100)}) > 15


# --- PCT --------------------------------------------------------------------------------------------------------------


def test_pct_switches_at_most_depth_minus_one_times_by_itself() -> None:
    """With two threads, the number of preemptions is bounded by the depth."""
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
    assert pct.pick(threads[0], threads, can_go_on=True) == 2
    assert pct.pick(threads[0], threads[:2], can_go_on=True) == 0
