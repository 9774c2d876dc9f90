"""Budgets: a lesson takes no more than its share, tells so once, and costs no other lesson anything."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from course.judge import budget as budgets
from course.judge import grading as gradings
from course.judge import workers
from course.judge.audience import in_language
from course.judge.bench import Bench
from course.judge.budget import TOO_MANY_WAKE_UPS, TOO_MUCH_TIME, Budget, LessonOver, out_of_time
from course.judge.drivers import Drivers
from course.judge.grading import LessonGrading
from course.judge.quiescence import A_SECOND
from course.judge.run import CheckFailed
from course.judge.starter import GraderBroken
from course.judge.workers import IN_VAIN
from course.language import LANGUAGES
from course.lessons import Lesson
from course.report.model import LessonResult

CHECKS = (("first", "correctness", 2), ("second", "concurrency", 3), ("third", "robustness", 5))
MakeLesson = Callable[..., Lesson]
MakeDrivers = Callable[..., Drivers]


def wants_one(number: int) -> Callable[..., None]:
    """A check that calls `work(number)`, with real threads and clocks."""

    def check(real: Any) -> None:
        run = real("drive", number=number)
        run.require(run.value == 1, expected="1", got=str(run.value))

    return check


CALLS = {name: wants_one(number) for number, (name, _, _) in enumerate(CHECKS, start=1)}
HONEST = "def work(number):\n    return 1\n"
# Computes 0.3 s of processor time in each call, and is right.
COMPUTES = "import time\ndef work(number):\n    while time.process_time() < 0.3: pass\n    return 1\n"
# Is right in the end, and wakes up every 20 ms until then.
AWAKE = "import time\ndef work(number):\n    for _ in range(60): time.sleep(0.02)\n    return 1\n"
OVERRUNS = [("CPU_SECONDS", 0.5, COMPUTES, TOO_MUCH_TIME), ("WAKE_UPS", 20, AWAKE, TOO_MANY_WAKE_UPS)]


def test_a_budget_that_is_not_used_up_has_a_rest() -> None:
    budget = Budget()
    budget.take(cpu_seconds=budgets.CPU_SECONDS, wake_ups=budgets.WAKE_UPS)
    assert budget.overrun is None
    budget.require_rest()


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ({"cpu_seconds": budgets.CPU_SECONDS + 1}, TOO_MUCH_TIME),
        ({"wake_ups": budgets.WAKE_UPS + 1}, TOO_MANY_WAKE_UPS),
    ],
)
def test_one_that_is_used_up_says_what_was_too_much(taken: dict[str, float], told: str) -> None:
    budget = Budget()
    budget.take(**taken)
    assert budget.overrun == told
    with pytest.raises(LessonOver) as caught:
        budget.require_rest()
    assert caught.value.told == told


def test_what_the_judge_computes_for_a_lesson_is_counted() -> None:
    """In the threads that judge it, while they do: a flood of results is work as well."""
    budget = Budget()
    with budget.judging():
        began = time.thread_time()
        while time.thread_time() < began + 0.05:
            pass
        budget.require_rest()
        assert budget.cpu_seconds >= 0.05
    counted = budget.cpu_seconds
    budget.require_rest()  # not in any check now
    assert budget.cpu_seconds == counted < 5


def test_a_grading_that_is_out_of_time_is_the_graders_fault() -> None:
    with pytest.raises(GraderBroken, match="says nothing about the code"):
        Budget(until=time.monotonic() - 1).require_rest()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads to run checks on."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def grade(bench: Bench, make_lesson: MakeLesson, pool: ThreadPoolExecutor) -> Callable[..., list[LessonResult]]:
    """Grade these modules side by side, each as a lesson of its own, and require that all verdicts come."""

    def run(*sources: str, until: float = math.inf) -> list[LessonResult]:
        lesson = make_lesson(checks=CHECKS, solution=HONEST)
        started = [
            LessonGrading(lesson, source, CALLS, bench=bench, pool=pool, every_check=True, until=until)
            for source in sources
        ]
        for grading in started:
            grading.start()
        return [in_language(grading.result(), "en") for grading in started]

    return run


def require_overrun(result: LessonResult, told: str) -> None:
    """Require that a check has failed by the overrun, or none, and that what comes after is not reached by it."""
    said = [check.failure.got if check.failure else check.reason for check in result.checks if check.status != "passed"]
    assert set(said) == {told}
    statuses = [check.status for check in result.checks]
    assert statuses[-1] == "not_reached"
    assert set(statuses) <= {"passed", "failed", "not_reached"}


@pytest.mark.parametrize(("limit", "most", "source", "told"), OVERRUNS, ids=["computes", "awake"])
def test_an_overrun_ends_its_lesson_and_no_other(  # noqa: PLR0913, PLR0917  # of which limit, and what is told
    grade: Callable[..., list[LessonResult]],
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    most: float,
    source: str,
    told: str,
) -> None:
    """Told in one sentence there; the honest lesson beside it keeps all of its points."""
    monkeypatch.setattr(budgets, limit, most)
    honest, greedy, another = grade(HONEST, source, HONEST)
    assert (honest.points, another.points) == (10, 10)
    require_overrun(greedy, told)


def test_every_sentence_on_a_budget_is_told_in_all_languages() -> None:
    for told in (TOO_MUCH_TIME, TOO_MANY_WAKE_UPS, IN_VAIN, out_of_time(300.0).told):
        assert len({told.told(language) for language in LANGUAGES}) == len(LANGUAGES)


def test_what_is_out_of_time_is_broken_and_costs_nobody_a_verdict(grade: Callable[..., list[LessonResult]]) -> None:
    """Every check says so, and none has failed."""
    (result,) = grade(HONEST, until=time.monotonic() - 1)
    assert {check.status for check in result.checks} == {"broken"}
    assert all("is the machine too busy" in check.reason for check in result.checks)


def test_a_run_is_not_waited_for_without_end(
    grade: Callable[..., list[LessonResult]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outermost limit of a case is about the machine: no check has failed by it."""
    monkeypatch.setattr(workers, "CASE_SECONDS", 0.5)
    (result,) = grade("import time\ntime.sleep(2)\n" + HONEST)
    assert {check.status for check in result.checks} == {"broken"}


def test_a_verdict_that_never_comes_is_not_waited_for(
    bench: Bench, make_lesson: MakeLesson, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three lessons that hold a judge up do not hold up the end."""
    monkeypatch.setattr(gradings, "LAST_SECONDS", 0.0)
    grading = LessonGrading(make_lesson(checks=CHECKS), HONEST, CALLS, bench=bench, pool=pool, until=time.monotonic())
    result = grading.result()
    assert [check.status for check in result.checks] == ["broken"] * 3


# --- one case: what wakes up in vain, and what does not ---


def test_who_only_wakes_up_and_sleeps_again_does_not_come_back(
    make_drivers: MakeDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as it likes: wake-ups are counted, whatever they wait for."""
    monkeypatch.setattr(workers, "MOST_WAKE_UPS", 20)
    for nap in ("time.sleep(0.02)", "threading.Event().wait(0.02)", "asyncio.run(asyncio.sleep(0.02))"):
        source = f"import asyncio, threading, time\ndef work():\n    while True: {nap}\n"
        run = make_drivers(source, mode="real").real("drive")
        assert run.hung
        with pytest.raises(CheckFailed) as caught:
            _ = run.value
        assert caught.value.got == IN_VAIN


@pytest.mark.parametrize("nap", ["time.sleep(60)", "threading.Event().wait(60)", "select.select([], [], [], 60)"])
def test_a_long_nap_is_found_before_it_is_over(make_drivers: MakeDrivers, nap: str) -> None:
    """By what it asks for: a minute of sleep is more than a case has."""
    source = f"import select, threading, time\ndef work():\n    {nap}\n    return 1\n"
    drivers = make_drivers(source, mode="real")
    assert drivers.real("drive").hung
    assert drivers._budget.wake_ups == 0


def test_naps_add_up(make_drivers: MakeDrivers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one is granted; with what the second one asks for, it would be too much."""
    monkeypatch.setattr(workers, "MOST_WAKE_UPS", 8)
    drivers = make_drivers("import time\ndef work():\n    time.sleep(1)\n    time.sleep(1)\n", mode="real")
    assert drivers.real("drive").hung
    assert 1 + 0.5 * A_SECOND < drivers._budget.wake_ups <= 1 + A_SECOND


POLLS = """
import threading, time
def work():
    from course.lab.meeting import ask
    told = []
    asker = threading.Thread(target=lambda: told.append(ask("held")))
    asker.start()
    looks = 0
    while asker.is_alive() or looks < 30:
        time.sleep(0.01)
        looks += 1
    return told
"""


def test_who_looks_every_hundredth_of_a_second_whether_the_judge_has_answered_is_right(
    make_drivers: MakeDrivers,
) -> None:
    """While the judge owes an answer, nothing is counted, however late it is."""
    drivers = make_drivers(POLLS, mode="real")
    run = drivers.rendezvous("drive", calls=1, replies={"held": "yes"}, held=["held"])
    assert run.value == ["yes"]
    assert drivers._budget.wake_ups < workers.MOST_WAKE_UPS / 4


def test_who_polls_while_others_wait_lets_them_go_when_no_more_can_come(
    make_drivers: MakeDrivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are needed, one comes: a poller beside it must not keep it waiting for ever."""
    monkeypatch.setattr(workers, "MOST_WAKE_UPS", 20)
    run = make_drivers(POLLS, mode="real").rendezvous("drive", calls=2, replies={"held": "yes"})
    assert run.value == ["yes"]
    assert run.meeting is not None
    assert run.meeting.together == 1


def test_many_threads_may_take_from_a_budget() -> None:
    budget = Budget()
    threads = [threading.Thread(target=lambda: [budget.take(wake_ups=1.0) for _ in range(1000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.wake_ups == 8000
