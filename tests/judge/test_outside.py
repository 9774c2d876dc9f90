"""Facts proved outside the worker: how many called at once, with how many threads, and what only the judge knew."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from course.judge.meeting import Moment
from course.judge.outside import (
    came_before,
    drawn_order,
    moment,
    require_a_thread_for_each,
    require_asked_once,
    require_at_once,
    require_phases,
    require_seen,
    require_threads,
    require_told,
    secret_texts,
    taken,
    threads_at,
)
from course.judge.run import CheckFailed, Run
from course.judge.standstill import Thread
from course.judge.usage import Usage
from course.language import View, say

RunOf = Callable[..., Run]


@pytest.fixture
def run_of(make_run: Callable[..., Run]) -> RunOf:
    """A run whose record claims nothing, with a meeting that has seen this."""

    def make(*, together: int = 0, threads: int = 0, needed: int = 4, **seen: Any) -> Run:
        run = make_run()
        facts = {
            "needed": needed,
            "together": together,
            "threads": threads,
            "moments": [],
            "came": [],
            "left": [],
            "opened": 0,
            **seen,
        }
        run.meeting = SimpleNamespace(**facts)  # type: ignore[assignment]
        return run

    return make


@pytest.mark.parametrize(("together", "holds"), [(0, False), (3, False), (4, True), (5, True)])
def test_as_many_as_are_needed_must_have_been_there(run_of: RunOf, together: int, *, holds: bool) -> None:
    """Whatever the worker says: the calls arrived at the judge, or did not."""
    run = run_of(together=together)
    if holds:
        require_at_once(run, "calls")
        return
    with pytest.raises(CheckFailed) as caught:
        require_at_once(run, "calls")
    assert caught.value.expected == "4 calls at the same time, outside of the simulation too"
    assert caught.value.got == f"at most {together} at the same time, outside of the simulation"


@pytest.mark.parametrize(("threads", "holds"), [(0, True), (1, False), (4, False), (5, True), (9, True)])
def test_so_many_threads_must_have_been_seen_where_they_can_be(run_of: RunOf, threads: int, *, holds: bool) -> None:
    """0 is what a system without /proc says: it is held against nobody."""
    run = run_of(threads=threads)
    if holds:
        require_threads(run, 5)
        return
    with pytest.raises(CheckFailed) as caught:
        require_threads(run, 5)
    assert caught.value.expected == "5 threads or more, outside of the simulation too"
    assert caught.value.got == f"{threads} threads, outside of the simulation"


def test_all_phases_must_have_been_reached(run_of: RunOf) -> None:
    require_phases(run_of(came=["one", "two"], opened=1), 1)
    with pytest.raises(CheckFailed) as caught:
        require_phases(run_of(came=["one", "two"], opened=1), 2)
    assert caught.value.got == "outside of the simulation, 1 of 2 times all were there; these came: one, two"


def test_what_the_judge_has_not_seen_is_not_believed(run_of: RunOf) -> None:
    run = run_of(came=["one", "two"], opened=1)
    require_seen(run, holds=True)
    with pytest.raises(CheckFailed) as caught:
        require_seen(run, holds=False)
    assert caught.value.got == "outside of the simulation these came: one, two; cancelled: -"


def test_the_answers_of_the_judge_must_have_been_carried_on(run_of: RunOf) -> None:
    """Students are not told what they were."""
    require_told(run_of(), {"mail": "down"}, {"mail": "down"})
    with pytest.raises(CheckFailed) as caught:
        require_told(run_of(), {}, {"mail": "down"})
    assert caught.value.expected.endswith("what the answers demand: {'mail': 'down'}")
    assert "mail" not in caught.value.expected.told("en", View(of_run=str, gives=lambda _: False))


def test_secrets_are_numbers_that_differ_each_time() -> None:
    """A million of them: guessing takes more than a case's calls."""
    drawn = [secret_texts(["tea", "coffee"]) for _ in range(20)]
    assert all(set(each) == {"tea", "coffee"} for each in drawn)
    numbers = {int(text) for each in drawn for text in each.values()}
    assert len(numbers) > 30
    assert all(1_000 <= number < 1_001_000 for number in numbers)


MAIN, *WORKERS = (Thread(7, number, "S", (), ()) for number in (7, 8, 9, 10))


def seen(tag: str, *waiting: str, hearing: Any = (), threads: Any = ()) -> Moment:
    """A moment at which these calls waited."""
    return Moment(tag, waiting or (tag,), tuple(threads), is_still=True, hearing=hearing and frozenset(hearing))


@pytest.mark.parametrize(
    ("hearing", "besides_the_first", "holds"),
    [
        (WORKERS[:2], False, True),
        (WORKERS[:1], False, False),
        ([MAIN, WORKERS[0]], False, True),
        ([MAIN, WORKERS[0]], True, False),
        (WORKERS, True, True),
        (None, True, True),
    ],
)
def test_each_waiting_call_has_a_thread_of_its_own(
    run_of: RunOf, hearing: list[Thread] | None, *, besides_the_first: bool, holds: bool
) -> None:
    """Decoys that wait for something else do not count; what nobody can see is held against nobody."""
    run = run_of(moments=[seen("tea", "tea", "milk", "other", hearing=hearing)])
    calls = ["tea", "milk"]
    if holds:
        require_a_thread_for_each(run, say("calls"), calls, besides_the_first=besides_the_first)
        return
    with pytest.raises(CheckFailed) as caught:
        require_a_thread_for_each(run, say("calls"), calls, besides_the_first=besides_the_first)
    assert caught.value.expected == "a thread for each of the calls, outside of the simulation too"
    assert caught.value.got == "2 calls waited on 1 threads, outside of the simulation"


@pytest.mark.parametrize(("came", "holds"), [(["tea", "x", "milk"], True), (["tea"], False), (["tea"] * 2, False)])
def test_each_call_must_have_come_once(run_of: RunOf, came: list[str], *, holds: bool) -> None:
    run = run_of(came=came)
    if holds:
        require_asked_once(run, say("calls"), ["milk", "tea"])
        return
    with pytest.raises(CheckFailed) as caught:
        require_asked_once(run, say("calls"), ["milk", "tea"])
    assert caught.value.got == f"{len(came)} calls, outside of the simulation"


BEGIN, OVER = Usage(1.0, 10, 100), Usage(1.5, 30, 150)


@pytest.mark.parametrize(
    ("begin", "over", "between"), [(BEGIN, OVER, (0.5, 20, 50)), (None, OVER, None), (BEGIN, None, None)]
)
def test_what_lies_between_two_moments_was_taken_there(
    run_of: RunOf, begin: Usage | None, over: Usage | None, between: tuple[float, int, int] | None
) -> None:
    moments = [seen("begin")._replace(usage=begin), seen("over")._replace(usage=over)]
    assert taken(run_of(came=["begin", "x", "over"], moments=moments), "begin", "over") == between
    assert taken(run_of(came=["begin", "over"], moments=moments[:1]), "begin", "over") is None


@pytest.mark.parametrize("came", [["begin"], ["over", "begin", "over"]])
def test_who_makes_the_scenarios_own_calls_hides_nothing(run_of: RunOf, came: list[str]) -> None:
    """To tell of an end before the work has begun, or to see to it that no end is heard."""
    moments = [seen("begin")._replace(usage=BEGIN), seen("over")._replace(usage=BEGIN)]
    with pytest.raises(CheckFailed):
        taken(run_of(came=came, moments=moments), "begin", "over")


def test_what_came_before_a_held_call_was_answered_waited_then(run_of: RunOf) -> None:
    run = run_of(moments=[seen("tea", "tea", "over"), seen("over")])
    assert came_before(run, "over", ["tea"])
    assert not came_before(run, "over", ["milk"])
    assert not came_before(run, "tea", ["over"])


def test_threads_are_counted_besides_the_first_and_the_callers(run_of: RunOf) -> None:
    run = run_of(
        moments=[
            seen("load", hearing=[WORKERS[0]], threads=[MAIN, *WORKERS]),
            seen("over", hearing=[MAIN], threads=[MAIN]),
        ]
    )
    assert threads_at(run, "load") == 2
    assert threads_at(run, "over") == 0
    assert threads_at(run, "never") == 0
    assert moment(run, "never") is None


def test_nobody_knows_the_order_of_the_answers() -> None:
    tags = [str(number) for number in range(20)]
    assert sorted(drawn_order(tags)) == sorted(tags)
    assert drawn_order(tags) != drawn_order(tags)
