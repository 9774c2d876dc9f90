"""Explorations: which schedules are tried, in which order, and that they prove only what they have visited."""

import itertools
from collections import Counter
from collections.abc import Sequence

import pytest

from course.lab.exploration import Exploration, Search, SelectiveWalks
from course.lab.profile import Profile
from course.lab.strategies import MOST_DECISIONS, Decision, Deviating, RunToBlock, Schedule, strategy_of
from tests.lab.models import Steps, profile_of, run_model, sites_of

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


def preemptions(order: tuple[int, ...]) -> int:
    """How often a thread was left that could have gone on; thread 0 is the one that runs when the model begins."""
    moves = itertools.pairwise(enumerate((0, *order), -1))
    return sum(left != taken and left in order[place + 1 :] for (place, left), (_, taken) in moves)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("steps", [[2, 2], [3, 2], [2, 2, 1], [1, 2, 1], [1, 1, 1, 1]])
def test_a_bound_is_proved_when_its_last_schedule_has_run_and_not_before(steps: list[int], seed: int) -> None:
    """The bound counts preemptions; where a thread has ended, the choice of the next is free. Found by brute force."""
    missing = {order: preemptions(order) for order in merges(*steps)}
    most = max(missing.values())
    search = Search(seed, profile_of(steps))
    assert search.proved_bound == -1
    while search.has_more:
        strategy = strategy_of(search.next(), Profile())
        assert isinstance(strategy, Deviating)
        del missing[run_model(strategy, steps)]  # every schedule exactly once
        search.saw(strategy.decisions)
        assert search.proved_bound == min(missing.values(), default=most + 1) - 1
        assert search.exhausted == (not missing)
    assert missing == {}


def test_a_search_that_has_not_seen_all_decisions_of_a_run_proves_nothing() -> None:
    """A run that spins meets more decisions than are kept."""
    search = Search(1, profile_of([MOST_DECISIONS, 2]))
    search.next()
    strategy = Deviating({})
    run_model(strategy, [MOST_DECISIONS, 2])
    search.saw(strategy.decisions)
    assert search.proved_bound == -1
    assert not search.exhausted


def places(steps: Sequence[Steps], kind: str, count: int) -> list[tuple[int, int]]:
    """The last deviation, by thread and moment, of the first schedules after the plain one."""
    search, found = Search(1, profile_of(steps, kind)), []
    for _ in range(count + 1):
        schedule = search.next()
        strategy = Deviating({(me, moment): other for me, moment, other in schedule["at"]})
        run_model(strategy, steps)
        search.saw(strategy.decisions)
        found.append(tuple(schedule["at"][-1][:2]) if schedule["at"] else (-1, -1))
    return found[1:]


def test_a_preemption_at_a_conflict_comes_first() -> None:
    """Before the choice of who comes next, and long before one at a step that is nobody else's business."""
    steps = [["", "x", "own"], ["", "x"], [""]]
    conflict, after_it = places(steps, "write", 2)
    assert conflict == (0, 2)
    assert after_it == (0, 4)  # thread 0 has ended: thread 2 comes before 1


def test_the_place_within_an_update_comes_before_all_others() -> None:
    """Between the read and the write is where an update is lost."""
    steps = [["x", "x", "x"], ["x"]]
    sites = sites_of(steps, "write")
    sites[2] = sites[2]._replace(kind="update")
    search = Search(1, profile_of(steps, sites=sites))
    strategy = strategy_of(search.next(), Profile())
    assert isinstance(strategy, Deviating)
    run_model(strategy, steps)
    search.saw(strategy.decisions)
    assert search.next()["at"] == [[0, 2, 1]]


def test_what_only_one_thread_touches_is_no_conflict() -> None:
    """Nor is what all only read: then who comes next is the better question."""
    own = [["own", "own"], ["other"], [""]]
    assert places(own, "write", 1) == [(0, 3)]
    read = [["x", "x"], ["x"], [""]]
    assert places(read, "read", 1) == [(0, 3)]


def test_the_same_place_again_is_tried_later() -> None:
    """A loop comes to one place many times; its second round is less new than another place."""
    steps = [["x", "x"], ["x"]]
    first = Search(1, profile_of(steps))
    decisions = [Decision(0, moment, site, (0, 1), True) for moment, site in ((1, 1), (2, 1), (3, 1), (4, 2))]
    first.next()
    first.saw(decisions)
    tried = [first.next()["at"][0][1] for _ in range(4)]
    assert set(tried[:2]) == {1, 4}
    assert tried[2:] == [2, 3]


def test_no_deviating_schedule_is_run_twice() -> None:
    """Each run of the systematic part of the budget is a new one."""
    found = explore(Exploration(seed=3, budget=400, profile=profile_of([3, 3, 2])), [3, 3, 2])
    orders = [order for schedule, order in found if schedule["strategy"] == "deviating"]
    assert len(orders) == len(set(orders)) > 100


def test_selective_walks_are_for_the_names_that_threads_fight_for() -> None:
    """Each contended name gets its share; what is not contended gets none."""
    walks = SelectiveWalks(1, profile_of([["x", "y", "own"], ["y", "x", "y"]]))
    found = Counter(walks.next()["name"] for _ in range(100))
    assert set(found) == {"x", "y"}
    assert min(found.values()) > 30


def test_where_nothing_is_contended_all_steps_count() -> None:
    """Then the walks are uniform over whole threads."""
    walks = SelectiveWalks(1, profile_of([["x", "own"], ["y"]]))
    assert {walks.next()["strategy"] for _ in range(5)} == {"urw"}


def first_schedules(budget: int, steps: Sequence[Steps], *, seed: int = 7) -> list[Schedule]:
    """What the portfolio tries after the plain schedule."""
    found = explore(Exploration(seed, budget, profile_of(steps)), steps)
    return [schedule for schedule, _ in found[1:]]


def length_of_stretch(budget: int, steps: Sequence[Steps], *, seed: int = 7) -> int:
    """With how many schedules of `SelectiveWalks` alone the portfolio begins."""
    walks = SelectiveWalks(seed, profile_of(steps))
    return len(list(itertools.takewhile(lambda one: one == walks.next(), first_schedules(budget, steps, seed=seed))))


@pytest.mark.parametrize("seed", range(5))
def test_the_portfolio_begins_as_the_best_single_strategy_would(seed: int) -> None:
    """What selective walks alone find there, it finds at the same schedule."""
    assert length_of_stretch(100, [["x", "y", "x", "y"]] * 4, seed=seed) == 20
    assert length_of_stretch(500, [["x", "y", "x", "y"]] * 4, seed=seed) == 20


def test_of_a_small_budget_the_stretch_has_a_fifth() -> None:
    """The other strategies have their turns in short explorations, too."""
    steps = [["x", "y", "x", "y"]] * 4
    assert [length_of_stretch(budget, steps) for budget in (10, 20, 40)] == [2, 4, 8]
    assert {"pct", "urw"} <= {schedule["strategy"] for schedule in first_schedules(10, steps)}


def test_with_many_threads_the_stretch_has_half_of_the_budget() -> None:
    """And most of the rest: only walks that select some steps still have a chance there."""
    schedules = first_schedules(81, [["x", "y"]] * 9)
    assert length_of_stretch(81, [["x", "y"]] * 9) >= 40
    assert Counter(schedule["strategy"] for schedule in schedules) == {"surw": 75, "pct": 5}


def test_after_the_stretch_all_strategies_take_turns() -> None:
    """Each finds what the others are blind to."""
    schedules = first_schedules(101, [["x", "y", "x", "y"]] * 4)[20:]
    kinds = Counter(schedule["strategy"] for schedule in schedules)
    assert kinds == {"pct": 20, "surw": 20, "urw": 20, "pos": 10, "deviating": 10}


def test_the_search_has_half_of_the_turns_where_it_may_come_to_a_proof() -> None:
    """Two short threads have few schedules: all of them are visited within the budget."""
    steps = [["x", "x"], ["x", "x"]]
    exploration = Exploration(seed=1, budget=60, profile=profile_of(steps))
    kinds = [schedule["strategy"] for schedule, _ in explore(exploration, steps)]
    assert exploration.exhausted
    turns = kinds[1 + 60 // 5 :]
    assert kinds[1:13].count("deviating") == 0
    assert set(turns[1::2]) == {"deviating"}
    assert "deviating" not in turns[::2]


def test_the_length_for_pct_is_that_of_the_runs_seen() -> None:
    """Its moments are spread over the decisions of a run."""
    found = explore(Exploration(seed=1, budget=30, profile=profile_of([4, 4])), [4, 4])
    assert {schedule["length"] for schedule, _ in found if schedule["strategy"] == "pct"} <= set(range(4, 9))
