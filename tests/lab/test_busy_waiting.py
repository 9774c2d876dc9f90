"""Waiting by spinning is found out, and told from work and from a heartbeat."""

import pytest

from course.lab.busy_waiting import SPIN_ROUNDS, SPIN_ROUNDS_AGAIN, SPIN_STEP, BusyWaiting, only_daemons_move
from course.lab.clock import Clock
from course.lab.virtual_thread import VirtualThread


class Owner:
    """What `threading.Thread` says of itself."""

    def __init__(self, *, daemon: bool) -> None:
        self._daemonic = daemon


def thread(number: int, *, daemon: bool = False, waits: bool = False, blocked_at: int = 0) -> VirtualThread:
    """A thread that waits for somebody for ever, or does not; `blocked_at`: in how many points it did so last."""
    made = VirtualThread(number, lambda: None, 0)
    made.owner = Owner(daemon=daemon)
    made.waits_for = "something" if waits else None
    made.blocked_at = blocked_at
    return made


def rounds_until_found(busy: BusyWaiting, site: int) -> int:
    """How many rounds of the loop at `site` it takes."""
    return next(rounds for rounds in range(1, 10_000) if busy.is_found_at(site))


def test_many_rounds_without_progress_are_a_busy_wait() -> None:
    """The same loop is found out sooner the next time; another one is not."""
    busy, clock, me = BusyWaiting(), Clock(), thread(1)
    found = []
    for site in (7, 7, 8):
        found.append(rounds_until_found(busy, site))
        busy.due(me, [], clock)
    assert found == [SPIN_ROUNDS + 1, SPIN_ROUNDS_AGAIN + 1, SPIN_ROUNDS + 1]
    assert busy.spins == 3


def test_progress_begins_the_count_anew() -> None:
    """A loop that blocks in each round is a worker's."""
    busy = BusyWaiting()
    for _ in range(3):
        assert not any(busy.is_found_at(7) for _ in range(SPIN_ROUNDS))
        busy.progress += 1
    assert busy.spins == 0


def test_time_passes_when_all_that_can_run_are_spinning_and_not_before() -> None:
    """The others may still do what the spinner waits for."""
    busy, clock, one, two, sleeper = BusyWaiting(), Clock(), thread(1), thread(2), thread(3)
    clock.set_timer(sleeper, 50)
    assert (busy.due(one, [two], clock), clock.now) == ([], 0)
    assert (busy.due(two, [one], clock), clock.now) == ([sleeper], 50)
    assert (busy.due(one, [two], clock), clock.now) == ([], 50)


def test_a_spinner_that_reads_the_clock_waits_for_a_time() -> None:
    """Where no timer is set, the clock moves for it; one that reads no clock would not be helped."""
    busy, clock, me = BusyWaiting(), Clock(), thread(1)
    rounds_until_found(busy, 7)
    assert (busy.due(me, [], clock), clock.now) == ([], 0)
    clock.reads = rounds_until_found(busy, 7)
    assert (busy.due(me, [], clock), clock.now) == ([], SPIN_STEP)


@pytest.mark.parametrize(
    ("others", "answer"),
    [
        ([thread(1, daemon=True, waits=True, blocked_at=900)], True),  # a heartbeat
        ([thread(1, daemon=True, blocked_at=900)], True),  # the same, while it runs
        ([thread(1, daemon=True, waits=True)], True),
        ([thread(1, daemon=True)], False),  # never blocks
        ([thread(1, waits=True)], True),
        ([thread(1, waits=True, blocked_at=900)], False),  # moves, and is no daemon
        ([thread(1, blocked_at=900)], False),
    ],
)
def test_main_that_waits_beside_daemons_that_move_is_stuck(others: list[VirtualThread], answer: bool) -> None:
    """Nobody is left who could wake it; where somebody is, the run has no end, which is another matter."""
    main = thread(0, waits=True)
    assert only_daemons_move([main, *others], [], 500) == answer


def test_whoever_could_run_or_has_a_deadline_is_not_stuck() -> None:
    """It has been woken and not been let, or will wake of itself."""
    main, beat = thread(0, waits=True), thread(1, daemon=True, blocked_at=900)
    assert only_daemons_move([main, beat], [beat], 500)
    assert not only_daemons_move([main, beat], [main], 500)
    main.deadline = 10
    assert not only_daemons_move([main, beat], [], 500)
