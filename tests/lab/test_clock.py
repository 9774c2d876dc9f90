"""The clock jumps to the next deadline that still counts, and creeps for those who only look at it."""

from course.lab.clock import Clock
from course.lab.virtual_thread import VirtualThread


def thread(number: int) -> VirtualThread:
    """A thread that does nothing."""
    return VirtualThread(number, lambda: None, 0)


def test_the_clock_jumps_from_deadline_to_deadline() -> None:
    """In the order of time, whatever the order in which the timers were set; then there is none left."""
    clock, one, two = Clock(), thread(1), thread(2)
    clock.set_timer(two, 20)
    clock.set_timer(one, 5)
    assert (clock.jump(), clock.now) == ([one], 5)
    assert (clock.jump(), clock.now) == ([two], 20)
    assert (clock.jump(), clock.now) == ([], 20)


def test_those_who_are_due_at_one_instant_come_in_the_order_of_their_timers() -> None:
    """All in one jump; each knows that its time has run out."""
    clock, threads = Clock(), [thread(number) for number in (3, 1, 2)]
    for one in threads:
        clock.set_timer(one, 7)
    assert clock.jump() == threads
    assert all(one.timed_out and one.deadline is None for one in threads)


def test_a_timer_counts_from_the_moment_at_which_it_is_set() -> None:
    """Not from the start of the run."""
    clock, one = Clock(), thread(1)
    clock.set_timer(one, 10)
    clock.jump()
    clock.set_timer(one, 10)
    clock.jump()
    assert clock.now == 20


def test_a_deadline_that_was_taken_away_moves_nothing() -> None:
    """Whoever was woken in time, or has ended, is not waited for."""
    clock, woken, ended, other = Clock(), thread(1), thread(2), thread(3)
    for number, one in enumerate((woken, ended, other), 1):
        clock.set_timer(one, number)
    woken.deadline = None
    ended.alive = False
    assert (clock.jump(), clock.now) == ([other], 3)
    assert not woken.timed_out


def test_a_timer_that_is_set_anew_for_the_same_instant_fires_once() -> None:
    """The older one is still in the list."""
    clock, one = Clock(), thread(1)
    clock.set_timer(one, 5)
    one.deadline = None
    clock.set_timer(one, 5)
    assert clock.jump() == [one]
    assert clock.jump() == []


def test_creeping_takes_longer_steps_each_time() -> None:
    """So that waiting for a minute by looking at the clock ends soon."""
    clock = Clock()
    times = []
    for _ in range(5):
        assert clock.creep() == []
        times.append(clock.now)
    assert times == [1, 3, 7, 15, 31]


def test_creeping_by_at_least_so_much() -> None:
    """And from there on, twice as much each time."""
    clock = Clock()
    clock.creep(100)
    clock.creep(100)
    assert clock.now == 300


def test_creeping_stops_at_a_deadline() -> None:
    """Nobody is woken late; afterwards the steps are short again."""
    clock, one = Clock(), thread(1)
    clock.set_timer(one, 50)
    assert clock.creep(49) == []
    assert (clock.creep(49), clock.now) == ([one], 50)
    assert (clock.creep(), clock.now) == ([], 51)


def test_creeping_passes_a_deadline_that_was_taken_away() -> None:
    """A thread that was woken in time holds up nothing."""
    clock, one = Clock(), thread(1)
    clock.set_timer(one, 50)
    one.deadline = None
    assert (clock.creep(100), clock.now) == ([], 100)


def test_readings_are_counted_since_the_clock_has_moved() -> None:
    """That is how a loop that only reads the clock is told from one that works."""
    clock, one = Clock(), thread(1)
    clock.set_timer(one, 5)
    clock.reads = 7
    clock.jump()
    assert clock.reads == 0
    clock.reads = 7
    clock.creep()
    assert clock.reads == 0
