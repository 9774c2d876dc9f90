"""Strategies: the same name makes the same choices, and each draws with the chances that it promises."""

import itertools
from collections import Counter

import pytest

from course.lab.profile import Profile
from course.lab.scheduler import Scheduler
from course.lab.strategies import (
    PCT,
    Deviating,
    PartialOrderSampling,
    RandomWalk,
    RunToBlock,
    Schedule,
    Strategy,
    UniformRandomWalk,
    strategy_of,
)
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


# --- POS --------------------------------------------------------------------------------------------------------------


def test_pos_runs_the_thread_of_the_highest_priority_until_it_has_made_its_step() -> None:
    """Then its next step gets a priority of its own; those of the others stay."""
    profile = profile_of([["a", "b"], ["c", "d"]])
    pos = PartialOrderSampling(1, profile)
    threads = [Thread(0, site=1, moments=1), Thread(1, site=3, moments=1)]
    taken = threads[pos.pick(threads[0], threads, can_go_on=True)]
    other = threads[1 - taken.number]
    before = dict(pos.priorities)
    assert before[taken.number][1] > before[other.number][1]
    taken.moments, taken.site = 2, taken.site + 1
    pos.pick(taken, threads, can_go_on=True)
    assert pos.priorities[taken.number] != before[taken.number]
    assert pos.priorities[other.number] == before[other.number]


def test_pos_draws_anew_for_the_steps_that_conflict_with_the_one_taken() -> None:
    """So that whoever lost a race for a name has a fair chance in the next."""
    for seed in range(20):
        pos = PartialOrderSampling(seed, profile_of([["x"], ["x"], ["y"]]))
        threads = [Thread(number, site=number + 1, moments=1) for number in range(3)]
        drawn = PartialOrderSampling(seed, pos.profile).random
        first = [drawn.random() for _ in threads]
        taken = pos.pick(threads[0], threads, can_go_on=True)
        assert taken == first.index(max(first))
        redrawn = [thread.number for thread in threads if pos.priorities[thread.number][1] != first[thread.number]]
        assert redrawn == {0: [1], 1: [0], 2: []}[taken]


def test_pos_lets_a_spinner_wait() -> None:
    """It comes last until it moves on."""
    pos = PartialOrderSampling(1, Profile())
    threads = [Thread(0, moments=4), Thread(1), Thread(2)]
    pos.demote(threads[0])
    assert pos.pick(threads[0], threads, can_go_on=True) != 0
    assert pos.pick(threads[0], threads[:2], can_go_on=True) == 1


def test_pos_samples_the_orders_of_what_conflicts_more_evenly_than_a_random_walk() -> None:
    """The order in which one write comes among many others' private steps: what POS was made for."""
    steps = [["x"], [*[""] * 12, "x"]]
    profile = profile_of(steps)

    def late(schedule: Schedule) -> int:
        """How often the single write comes after the other thread's."""
        return sum(run_model(strategy_of({**schedule, "seed": n}, profile), steps)[-1] == 0 for n in range(500))

    assert late({"strategy": "random-walk"}) < 5
    assert late({"strategy": "pos"}) > 20


# --- URW and SURW -----------------------------------------------------------------------------------------------------


def chi_squared(found: Counter[tuple[int, ...]], expected: set[tuple[int, ...]]) -> float:
    """How far the counts are from all being the same."""
    assert set(found) <= expected
    mean = found.total() / len(expected)
    return sum((found[order] - mean) ** 2 / mean for order in expected)


# Of the chi-squared distribution with so many degrees of freedom: exceeded by one sample of a fair draw in 1,000.
LIMITS = {5: 20.5, 19: 43.8, 59: 98.3, 9: 27.9}


@pytest.mark.parametrize("steps", [[2, 2], [3, 3], [3, 2, 1], [2, 3]])
def test_a_uniform_walk_draws_each_interleaving_of_straight_threads_equally_often(steps: list[int]) -> None:
    """Also where the threads differ in length; a plain random walk does not."""
    expected = merges(*steps)
    profile = profile_of(steps)
    uniform, plain = (
        Counter(
            run_model(strategy_of({"strategy": name, "seed": n}, profile), steps) for n in range(60 * len(expected))
        )
        for name in ("urw", "random-walk")
    )
    assert chi_squared(uniform, expected) < LIMITS[len(expected) - 1]
    assert chi_squared(plain, expected) > LIMITS[len(expected) - 1]


def segments(strategy: Strategy, profile: Profile | None) -> tuple[int, ...]:
    """The order of the steps of two real threads: each begins, and goes on at two points."""
    world = Scheduler(strategy, profile=profile)
    order: list[int] = []

    def work(number: int) -> None:
        for step in range(3):
            if step:
                world.point()
            order.append(number)

    def main() -> None:
        for number in (0, 1):
            world.new_thread(lambda number=number: work(number))  # type: ignore[misc]
        world.block("the others", 1)

    assert world.run(main) == "finished"
    if profile is not None:
        profile.saw_end(world.threads)
    return tuple(order)


def test_a_uniform_walk_is_uniform_under_the_scheduler_too() -> None:
    """What the scheduler counts as a thread's moments is what the walk needs: the end of a thread is one of them."""
    profile = Profile()
    segments(RunToBlock(), profile)
    assert [profile.steps(thread) for thread in range(3)] == [2, 3, 3]
    found = Counter(segments(UniformRandomWalk(seed, profile), None) for seed in range(1_200))
    assert chi_squared(found, merges(3, 3)) < LIMITS[19]


def test_the_steps_of_a_thread_that_is_not_born_belong_to_its_creator() -> None:
    """And to its creator's creator, if that one is not born either."""
    profile = Profile()
    threads = [Thread(0, moments=2), Thread(1, moments=2), Thread(2, moments=5), Thread(3, moments=4)]
    threads[3].creator = 2
    profile.saw_end(threads)
    born = [Thread(0), Thread(1)]  # 0 still has 2 steps to make, 5 in thread 2 and 4 in thread 3; 1 has 2
    walk = UniformRandomWalk(1, profile)
    walk.attend(born)
    picks = [walk.pick(born[0], born, can_go_on=True) for _ in range(2_000)]
    assert picks.count(1) == pytest.approx(2_000 * 2 / 13, rel=0.1)
    grown = [*born, Thread(2)]  # now thread 2 has its own 5 and the 4 of thread 3
    walk.attend(grown)
    picks = [walk.pick(grown[0], grown, can_go_on=True) for _ in range(2_000)]
    assert picks.count(2) == pytest.approx(2_000 * 9 / 13, rel=0.1)


@pytest.mark.parametrize("name", ["", "x"])
def test_a_walk_draws_a_spinner_only_when_there_is_nobody_else(name: str) -> None:
    """However much it still has to do."""
    walk = UniformRandomWalk(1, profile_of([["x"] * 1_000, ["x"]]), name)
    threads = [Thread(0, site=1), Thread(1, site=1_001)]
    walk.attend(threads)
    walk.demote(threads[0])
    assert sum(walk.pick(threads[0], threads, can_go_on=True) for _ in range(200)) == 200
    assert walk.pick(threads[0], threads[:1], can_go_on=True) == 0


def test_a_selective_walk_draws_the_orders_of_the_selected_steps_equally_often() -> None:
    """However many other steps the threads make before and between them."""
    steps = [["", "", "", "", "x", "", "x"], ["x", "x", *[""] * 9]]
    names = [name for own in steps for name in own]
    profile = profile_of(steps)
    found: Counter[tuple[int, ...]] = Counter()
    for seed in range(600):
        order = run_model(UniformRandomWalk(seed, profile, "x"), steps)
        done = Counter[int]()
        selected = []
        for thread in order:
            if names[done[thread] + thread * len(steps[0])] == "x":
                selected.append(thread)
            done[thread] += 1
        found[tuple(selected)] += 1
    assert chi_squared(found, merges(2, 2)) < LIMITS[5]


def is_reordered(order: tuple[int, ...], setters: int) -> bool:
    """SCTBench's `reorder`: the checker (thread 0) sees at its end that `a` is set, and that no `b` is."""
    checks = [place for place, thread in enumerate(order) if thread == 0][-2:]
    sets = {thread: [place for place, one in enumerate(order) if one == thread] for thread in range(1, setters + 1)}
    return any(a < checks[0] for a, _ in sets.values()) and all(checks[1] < b for _, b in sets.values())


def test_a_selective_walk_finds_the_reordering_that_a_random_walk_misses() -> None:
    """Nine threads set `a`, then `b`; a tenth must look at `b` before any of them has set it, but after an `a`."""
    steps = [[*[""] * 8, "a", "b"], *[["a", "b"]] * 9]
    profile = profile_of(steps)
    selective, plain = (
        sum(is_reordered(run_model(strategy_of({**schedule, "seed": n}, profile), steps), 9) for n in range(500))
        for schedule in ({"strategy": "surw", "name": "b"}, {"strategy": "random-walk"})
    )
    assert selective > 25
    assert plain <= 2
