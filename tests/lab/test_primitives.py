"""What a world's `_thread` offers, used directly on a scheduler."""

import _thread
from types import ModuleType
from typing import Any

import pytest

from course.lab.primitives import thread_module
from course.lab.scheduler import Scheduler
from course.lab.strategies import RandomWalk, RunToBlock
from course.lab.virtual_thread import VirtualThread

pytestmark = pytest.mark.timeout(30)
SECOND = 1_000_000_000


class Stage:
    """A scheduler with its `_thread` module."""

    def __init__(self, seed: int | None = None) -> None:
        self.scheduler = Scheduler(RunToBlock() if seed is None else RandomWalk(seed))
        self.uncaught: list[tuple[BaseException, int]] = []
        self.module: Any = thread_module(self.scheduler, self._note)

    def _note(self, exception: BaseException, thread: VirtualThread) -> None:
        self.uncaught.append((exception, thread.number))


@pytest.fixture
def stage() -> Stage:
    """A stage without preemption."""
    return Stage()


def test_the_module_offers_what_the_real_one_offers() -> None:
    """`threading`, and a program that imports `_thread` itself, find each name."""
    module: ModuleType = Stage().module
    assert {name for name in vars(_thread) if not hasattr(module, name)} == set()


def test_a_lock_keeps_others_out_until_it_is_released(stage: Stage) -> None:
    """The second thread goes on at the instant of the release."""
    log: list[Any] = []
    lock = stage.module.allocate_lock()

    def other() -> None:
        with lock:
            log.append(("other", stage.scheduler.now))

    def main() -> None:
        with lock:
            stage.module.start_new_thread(other, ())
            stage.scheduler.block("work", SECOND)
            log.append(("main", stage.scheduler.now))
        stage.scheduler.block("the other", SECOND)

    assert stage.scheduler.run(main) == "finished"
    assert log == [("main", SECOND), ("other", SECOND)]


def test_a_lock_is_held_once_under_every_schedule() -> None:
    """Waiting threads may overtake each other, but never get in together."""
    for seed in range(30):
        stage = Stage(seed)
        lock, inside, most = stage.module.allocate_lock(), [0], [0]

        def work(stage: Stage = stage, lock: Any = lock, inside: list[int] = inside, most: list[int] = most) -> None:
            for _ in range(3):
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    stage.scheduler.point()
                    inside[0] -= 1
                stage.scheduler.point()

        def main(stage: Stage = stage, work: Any = work) -> None:
            for _ in range(3):
                stage.module.start_new_thread(work, ())
            stage.scheduler.block("the others", SECOND)

        assert stage.scheduler.run(main) == "finished"
        assert most == [1]
        assert inside == [0]


def test_waiting_for_a_lock_has_an_exact_limit(stage: Stage) -> None:
    """`acquire(timeout=...)` gives up in virtual time; 0 and non-blocking give up at once."""
    found: list[Any] = []

    def main() -> None:
        lock = stage.module.allocate_lock()
        found.append(lock.acquire())
        found.append(lock.acquire(blocking=False))
        found.append(lock.acquire(timeout=0))
        found.append(stage.scheduler.now)
        found.append(lock.acquire(timeout=2.5))
        found.append(stage.scheduler.now)
        lock.release()
        found.append(lock.acquire(timeout=1))
        found.append(lock.locked())

    stage.scheduler.run(main)
    assert found == [True, False, False, 0, False, 2_500_000_000, True, True]


def test_a_lock_is_misused_as_the_real_one_is(stage: Stage) -> None:
    """The same exceptions for the same mistakes."""

    def main() -> None:
        lock = stage.module.allocate_lock()
        with pytest.raises(RuntimeError, match="release unlocked lock"):
            lock.release()
        with pytest.raises(ValueError, match="non-blocking"):
            lock.acquire(False, 1)
        with pytest.raises(ValueError, match="timeout value must be"):
            lock.acquire(True, -2)

    assert stage.scheduler.run(main) == "finished"


def test_a_lock_knows_its_holder(stage: Stage) -> None:
    """What a deadlock's story is told with."""
    holders: list[int | None] = []

    def main() -> None:
        lock = stage.module.allocate_lock()
        stage.module.start_new_thread(lock.acquire, ())
        stage.scheduler.block("the other", SECOND)
        holders.append(lock._course_holder.number)
        lock.release()
        holders.append(lock._course_holder)

    stage.scheduler.run(main)
    assert holders == [1, None]


def test_a_timer_and_a_release_at_one_instant_lose_no_wake_up() -> None:
    """A waiter whose time is up when the lock is given back either gets it or leaves it to the next."""
    for seed in range(40):
        stage = Stage(seed)
        got: list[bool] = []

        def wait(lock: Any, timeout: float, stage: Stage = stage, got: list[bool] = got) -> None:
            got.append(lock.acquire(timeout=timeout))
            if got[-1]:
                lock.release()

        def main(stage: Stage = stage, wait: Any = wait) -> None:
            lock = stage.module.allocate_lock()
            lock.acquire()
            for timeout in (1, 1, 5):
                stage.module.start_new_thread(wait, (lock, timeout))
            stage.scheduler.block("work", SECOND)
            lock.release()
            stage.scheduler.block("the others", 9 * SECOND)

        assert stage.scheduler.run(main) == "finished"
        assert len(got) == 3
        assert True in got
        assert stage.scheduler.now <= 10 * SECOND


def test_idents_are_small_and_the_same_in_every_run() -> None:
    """What a program prints of its threads does not depend on the machine."""
    seen = []
    for _ in range(3):
        stage = Stage()
        idents: list[int] = []

        def main(stage: Stage = stage, idents: list[int] = idents) -> None:
            idents.append(stage.module.get_ident())
            idents.append(stage.module.start_new_thread(lambda: idents.append(stage.module.get_ident()), ()))
            stage.scheduler.block("the other", 1)

        stage.scheduler.run(main)
        seen.append(idents)
    assert seen == [[1000, 1001, 1001]] * 3


def test_the_excepthook_tells_of_exceptions_but_not_of_exits(stage: Stage) -> None:
    """SystemExit ends a thread silently, as in real life."""

    def main() -> None:
        for exception in (ValueError("x"), SystemExit(3), None):
            stage.module._excepthook(stage.module._ExceptHookArgs([type(exception), exception, None, None]))

    stage.scheduler.run(main)
    assert [(str(exception), number) for exception, number in stage.uncaught] == [("x", 0)]


def test_interrupting_the_main_thread_is_not_offered(stage: Stage) -> None:
    """Signals would arrive at real times."""
    with pytest.raises(RuntimeError, match="not simulated"):
        stage.module.interrupt_main()


def test_local_data_belongs_to_one_virtual_thread(stage: Stage) -> None:
    """OS threads are reused for one virtual thread after another; what the first one stored has gone with it."""
    seen: list[Any] = []

    class Defaults(stage.module._local):  # type: ignore[misc,name-defined]
        kind = "class"

        def __init__(self, start: int) -> None:
            self.n = start

    plain, defaults = stage.module._local(), Defaults(5)

    def work() -> None:
        seen.append((hasattr(plain, "x"), defaults.n, defaults.kind, list(vars(plain))))
        plain.x = defaults.n = 1
        stage.scheduler.block("a moment", 1)
        seen.append((plain.x, defaults.n))
        del plain.x
        seen.append(hasattr(plain, "x"))

    def main() -> None:
        plain.x = defaults.n = 7
        for _ in range(3):
            stage.module.start_new_thread(work, ())
            stage.scheduler.block("the other", SECOND)
        seen.append((plain.x, defaults.n))

    assert stage.scheduler.run(main) == "finished"
    assert seen == [(False, 5, "class", []), (1, 1), False] * 3 + [(7, 7)]


def test_local_takes_arguments_only_for_an_init_of_its_own(stage: Stage) -> None:
    """As the real one."""
    with pytest.raises(TypeError, match="Initialization arguments are not supported"):
        stage.module._local(1)
