"""Shrinking: what is left of a schedule is what the broken promise needs, and no more."""

import random
from collections.abc import Callable, Sequence

import pytest

from course.judge.shrinking import MOST_ROUNDS, Choice, Choices, shrink

Breaks = Callable[[Choices], bool]


class Model:
    """A program that breaks its promise under some choices; it notes what it was asked to run."""

    def __init__(self, breaks: Breaks, *, ignored: Sequence[Choice] = ()) -> None:
        self.breaks = breaks
        self.ignored = ignored  # choices that turn out to be none: there is only one thread to pick
        self.rounds: list[list[Choices]] = []

    def attempt(self, candidates: Sequence[Choices]) -> list[Choices | None]:
        """Run them all, and answer for each what was chosen if the promise was broken."""
        self.rounds.append(list(candidates))
        made = [tuple(choice for choice in choices if choice not in self.ignored) for choices in candidates]
        return [choices if self.breaks(choices) else None for choices in made]


def choices(*numbers: int) -> Choices:
    """Choices that are told apart by the moment."""
    return tuple((0, number, 1) for number in numbers)


def all_of(*numbers: int) -> Breaks:
    """The promise is broken whenever all these choices are made."""
    return lambda made: set(choices(*numbers)) <= set(made)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 20, 53])
@pytest.mark.parametrize("needed", [(0,), (-1,), (0, -1), (0, 1)])
def test_what_is_left_is_what_it_takes(length: int, needed: tuple[int, ...]) -> None:
    wanted = sorted({number % length for number in needed})
    model = Model(all_of(*wanted))
    assert shrink(choices(*range(length)), model.attempt) == choices(*wanted)


def test_a_promise_that_breaks_without_any_choice_needs_none() -> None:
    model = Model(lambda _: True)
    assert shrink(choices(*range(30)), model.attempt) == ()


def test_where_nothing_can_be_left_out_the_schedule_stays_as_it_is() -> None:
    model = Model(all_of(*range(10)))
    assert shrink(choices(*range(10)), model.attempt) == choices(*range(10))


def test_of_no_choices_nothing_is_tried() -> None:
    model = Model(lambda _: True)
    assert shrink((), model.attempt) == ()
    assert model.rounds == []


@pytest.mark.parametrize("width", [3, 24])
@pytest.mark.parametrize("seed", range(10))
def test_of_a_promise_that_breaks_here_and_there_no_single_choice_can_be_left_out(seed: int, width: int) -> None:
    """More choices may repair what fewer have broken: then what is left is minimal, though not the smallest."""
    breaks = set(random.Random(seed).sample(range(2**6), 20))

    def breaks_at_random(made: Choices) -> bool:
        return sum(2**moment for _, moment, _ in made) in breaks or len(made) == 6

    left = shrink(choices(*range(6)), Model(breaks_at_random).attempt, width=width)
    assert breaks_at_random(left)
    one_fewer = [left[:index] + left[index + 1 :] for index in range(len(left))]
    assert not any(map(breaks_at_random, one_fewer))


def test_a_round_has_so_many_candidates_at_most_and_the_others_come_next() -> None:
    """The only part that can be left out may be the last one."""
    model = Model(all_of(*range(39)))
    assert shrink(choices(*range(40)), model.attempt, width=12) == choices(*range(39))
    assert max(map(len, model.rounds)) == 12


def test_each_candidate_is_a_shorter_part_of_the_schedule_in_its_order() -> None:
    model = Model(all_of(3, 17))
    whole = choices(*range(20))
    shrink(whole, model.attempt)
    for candidate in (candidate for candidates in model.rounds for candidate in candidates):
        assert len(candidate) < len(whole)
        assert list(candidate) == sorted(set(candidate))
        assert set(candidate) < set(whole)


def test_choices_that_turn_out_to_be_none_are_left_out_at_once() -> None:
    """A run answers with the choices that it has really made."""
    model = Model(all_of(0, 7), ignored=choices(*range(1, 7)))
    assert shrink(choices(*range(8)), model.attempt) == choices(0, 7)
    assert len(model.rounds) <= 6


def test_a_run_that_makes_more_choices_than_it_was_told_is_no_shorter_witness() -> None:
    """It comes from a worker, and may lie."""
    longer = choices(*range(100))
    assert shrink(choices(1, 2), lambda candidates: [longer for _ in candidates]) == choices(1, 2)


def test_a_worker_that_answers_too_little_is_no_crash() -> None:
    assert shrink(choices(*range(9)), lambda _: []) == choices(*range(9))


@pytest.mark.parametrize("width", [1, 6, 24])
def test_shrinking_ends_after_so_many_rounds(width: int) -> None:
    """Each is a worker's start, and a student waits."""
    for needed in (range(0, 1000, 3), range(1000)):
        model = Model(all_of(*needed))
        left = shrink(choices(*range(1000)), model.attempt, width=width)
        assert len(model.rounds) <= MOST_ROUNDS
        assert all_of(*needed)(left)


def test_a_switch_there_and_one_back_are_left_out_together() -> None:
    """Either one alone would keep the promise."""

    def breaks(made: Choices) -> bool:
        there_and_back = set(choices(2, 5)) & set(made)
        return set(choices(7)) <= set(made) and len(there_and_back) != 1

    assert shrink(choices(2, 5, 7), Model(breaks).attempt) == choices(7)
