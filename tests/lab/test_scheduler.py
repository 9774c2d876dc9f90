"""The scheduler alone, on plain functions: the baton, the jumping clock, and the ends of runs."""

import _thread
from collections.abc import Callable

import pytest

from course.lab.busy_waiting import SPIN_ROUNDS
from course.lab.scheduler import MOST_THREADS, POINT_LIMIT, Scheduler
from course.lab.stopping import RunOver
from course.lab.strategies import Deviating, RandomWalk, RunToBlock
from course.lab.trace import Trace

pytestmark = pytest.mark.timeout(30)
SECOND = 1_000_000_000


def scheduler() -> Scheduler:
    """A scheduler that never preempts."""
    return Scheduler(RunToBlock())


def test_the_run_ends_with_its_main_thread() -> None:
    """Whoever is left when the main thread ends is stopped, wherever it stands."""
    world, log = scheduler(), []

    def other() -> None:
        try:
            world.block("for ever")
        finally:
            log.append("unwound")

    def main() -> None:
        world.new_thread(other)
        world.block("a moment", SECOND)
        log.append("end of main")

    assert world.run(main) == "finished"
    assert log == ["end of main", "unwound"]
    assert world.now == SECOND


def test_exactly_one_thread_runs_at_a_time() -> None:
    """Between two points nobody else runs, whatever the schedule."""
    for seed in range(20):
        world = Scheduler(RandomWalk(seed))
        inside: list[int] = []
        most = 0

        def work(number: int, world: Scheduler = world, inside: list[int] = inside) -> None:
            nonlocal most
            for _ in range(5):
                inside.append(number)
                most = max(most, len(inside))
                inside.remove(number)
                world.point()

        def main(world: Scheduler = world, work: Callable[[int], None] = work) -> None:
            for number in range(3):
                world.new_thread(lambda number=number: work(number))  # type: ignore[misc]
            world.block("the others", SECOND)

        assert world.run(main) == "finished"
        assert most == 1


def test_the_clock_jumps_to_the_next_timer() -> None:
    """Waiting costs no real time, and the wake-ups come in the order of their deadlines."""
    world, log = scheduler(), []

    def sleep(seconds: int) -> None:
        woken = world.block("sleep", seconds * SECOND)
        log.append((seconds, world.now // SECOND, woken))

    def main() -> None:
        for seconds in (3_000_000, 1, 2):
            world.new_thread(lambda seconds=seconds: sleep(seconds))  # type: ignore[misc]
        sleep(4_000_000)

    world.run(main)
    assert log == [(1, 1, False), (2, 2, False), (3_000_000, 3_000_000, False), (4_000_000, 4_000_000, False)]


def test_a_woken_thread_knows_that_it_was_not_the_timer() -> None:
    """`block` answers True when somebody woke the thread, and its timer never fires later."""
    world = scheduler()
    answers: list[int] = []

    def main() -> None:
        me = world.threads[0]
        world.new_thread(lambda: world.wake(me))
        answers.append(world.block("wake", SECOND))
        answers.append(world.now)
        answers.append(world.block("timer", 5 * SECOND))
        answers.append(world.now)

    world.run(main)
    assert answers == [True, 0, False, 5 * SECOND]


def test_nobody_can_run_and_no_timer_is_a_deadlock() -> None:
    """The evidence is frozen while every thread still stands where it waits."""
    world = scheduler()
    frozen: list[tuple[int, object]] = []
    world.on_stuck = lambda: frozen.extend((thread.number, thread.waits_for) for thread in world.threads)

    def main() -> None:
        world.new_thread(lambda: world.block("b"))
        world.block("a")

    assert world.run(main) == "deadlock"
    assert frozen == [(0, "a"), (1, "b")]


def test_a_deadlock_may_begin_when_a_thread_ends() -> None:
    """The last thread that could have woken the others is gone."""
    world = scheduler()

    def main() -> None:
        world.new_thread(lambda: None)
        world.block("for ever")

    assert world.run(main) == "deadlock"


def test_a_run_with_too_many_points_has_no_end() -> None:
    """An endless loop is ended after a fixed number of points, not after a time."""
    world = scheduler()

    def main() -> None:
        while True:
            world.point()

    assert world.run(main) == "no_end"
    assert world.points == POINT_LIMIT + 1


def test_a_spinner_lets_time_pass() -> None:
    """A thread that spins for a flag gets the others, and at last the next timer, to run; it is counted."""
    world, flag = scheduler(), []

    def later() -> None:
        world.block("sleep", 3 * SECOND)
        flag.append(True)

    def main() -> None:
        world.new_thread(later)
        while not flag:
            world.loop_point(1)

    assert world.run(main) == "finished"
    assert world.now == 3 * SECOND
    assert 1 <= world.spins <= 5
    assert world.points < 5 * SPIN_ROUNDS


def test_a_loop_that_makes_progress_is_no_spinner() -> None:
    """Many rounds are no busy wait when the thread blocks in each."""
    world = scheduler()

    def main() -> None:
        for _ in range(2 * SPIN_ROUNDS):
            world.loop_point(1)
            world.block("work", 1)

    assert world.run(main) == "finished"
    assert world.spins == 0


@pytest.mark.parametrize("option", [0, 1, 2])
def test_a_point_lets_the_strategy_choose(option: int) -> None:
    """Thread 0 may go on, or one of the ready threads goes first."""
    world = Scheduler(Deviating({(0, 1): option}))
    log: list[int] = []

    def main() -> None:
        world.new_thread(lambda: log.append(1))
        world.new_thread(lambda: log.append(2))
        world.point()
        log.append(0)
        world.block("the others", SECOND)

    world.run(main)
    assert log[0] == option
    assert sorted(log) == [0, 1, 2]


def test_give_way_lets_another_thread_go_first() -> None:
    """That is what `sleep(0)` is for."""
    world, log = scheduler(), []

    def main() -> None:
        world.new_thread(lambda: log.append("other"))
        world.give_way()
        log.append("main")

    world.run(main)
    assert log == ["other", "main"]


def test_nothing_is_chosen_when_one_thread_runs_alone() -> None:
    """A decision is a moment with two or more options."""
    strategy = Deviating({})
    world = Scheduler(strategy)

    def main() -> None:
        for _ in range(10):
            world.point()

    world.run(main)
    assert strategy.decisions == []
    assert world.points == 10


def test_the_trace_tells_who_did_what_and_when() -> None:
    """Starts, points with their places, blocking and ends, with virtual times."""
    trace = Trace()
    world = Scheduler(RunToBlock(), trace=trace)

    def other() -> None:
        world.point(7)

    def main() -> None:
        world.new_thread(other)
        world.block("sleep", SECOND)

    world.run(main)
    assert [tuple(event) for event in trace.events] == [
        (0, 0, "start", 0, "1"),
        (0, 0, "block", 0, "str"),
        (0, 1, "point", 7, ""),
        (0, 1, "end", 0, ""),
        (SECOND, 0, "resume", 0, ""),
        (SECOND, 0, "end", 0, ""),
    ]


def test_the_clock_creeps_for_a_polling_loop_and_never_goes_back() -> None:
    """Library code that polls a frozen clock would never end; whoever sleeps meanwhile is woken at its very instant."""
    world, times, woken = scheduler(), [0], []

    def sleep() -> None:
        world.block("sleep", 3)
        woken.append(world.now)

    def main() -> None:
        world.new_thread(sleep)
        world.give_way()
        while times[-1] < SECOND:
            times.append(world.read_clock())
            world.give_way()

    world.points = -10 * POINT_LIMIT  # this loop is meant to be long
    assert world.run(main) == "finished"
    assert times == sorted(times)
    assert woken == [3]


def test_many_readings_of_the_clock_cost_no_time() -> None:
    """A thousand tasks that start at one instant all start at that instant."""
    world = scheduler()
    times: list[int] = []
    world.run(lambda: times.extend(world.read_clock() for _ in range(3_000)))
    assert set(times) == {0}


def test_spinning_until_a_time_has_come_ends() -> None:
    """A busy wait for a minute is found out, not cut off as an endless loop."""
    world = scheduler()

    def main() -> None:
        while world.read_clock() < 60 * SECOND:
            world.loop_point(1)

    assert world.run(main) == "finished"
    assert 60 * SECOND <= world.now < 130 * SECOND
    assert world.spins > 5


def test_a_thread_that_swallows_its_order_to_stop_is_given_up() -> None:
    """The runner goes on; the thread is parked after some tries."""
    world, tries = scheduler(), []

    def stubborn() -> None:
        while True:
            try:
                world.block("for ever")
            except RunOver:
                tries.append(1)

    def main() -> None:
        world.new_thread(stubborn)
        world.block("a moment", SECOND)

    assert world.run(main) == "finished"
    assert 2 <= len(tries) <= 50


def test_runs_need_no_os_threads() -> None:
    """Neither the threads that end nor those that are stopped."""
    before = _thread._count()
    for _ in range(30):
        world = scheduler()

        def main(world: Scheduler = world) -> None:
            for _ in range(5):
                world.new_thread(lambda: world.block("for ever"))
            world.block("a moment", SECOND)
            assert _thread._count() == before

        world.run(main)


def test_there_is_an_end_to_the_number_of_threads() -> None:
    """As in every system; whoever has ended makes room again."""
    world, refused = scheduler(), []

    def main() -> None:
        for _ in range(MOST_THREADS - 1):
            world.new_thread(lambda: world.block("a while", SECOND))
        try:
            world.new_thread(main)
        except RuntimeError as error:
            refused.append(str(error))
        world.block("a moment longer", 2 * SECOND)
        world.new_thread(int)

    assert world.run(main) == "finished"
    assert refused == ["can't start new thread"]
    assert len(world.threads) == MOST_THREADS + 1


def test_what_runs_when_the_run_is_over_is_stopped_but_never_kept_waiting() -> None:
    """Destructors of what a run leaves behind meet points as well, on the very thread that starts the next run."""
    world = scheduler()
    assert world.run(lambda: None) == "finished"
    with pytest.raises(RunOver):
        world.point()
    assert world.run(lambda: None) == "finished"
