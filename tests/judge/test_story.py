"""Stories: of all the lines that the threads went through, those that matter, in the order in which they happened."""

from collections.abc import Callable
from typing import Any

import pytest

from course.judge.drivers import Drivers
from course.judge.story import MOST_COLUMNS, MOST_STEPS, MOST_TOUCHES, interleaving, source_line
from course.judge.witness import trace_of
from course.report.model import Interleaving, Step

Make = Callable[..., Any]
SOURCE = "\n".join(f"    line {number}" for number in range(1, 100))
THREADS = [{"number": number, "name": f"worker {number}", "start": 0, "end": None} for number in range(9)]
LOST_UPDATE = """
import threading

class Box:
    pass

def work():
    box, lock = Box(), threading.Lock()
    box.count = 0
    go = threading.Event()

    def add():
        go.wait()
        count = box.count
        with lock:
            box.count = count + 1

    threads = [threading.Thread(target=add, name=name) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
    return box.count
"""
TWO_ORDERS = """
import threading

def work():
    a, b = threading.Lock(), threading.Lock()
    go = threading.Event()

    def left():
        go.wait()
        with a:
            with b:
                pass

    def right():
        go.wait()
        with b:
            with a:
                pass

    threads = [threading.Thread(target=target, name=target.__name__) for target in (left, right)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join()
"""


def told(drivers: Drivers, source: str, wrong: Callable[[Any], bool]) -> Interleaving:
    """The story of the run with the fewest choices that goes wrong."""
    runs = [run for run in drivers.explore("drive").runs if wrong(run)]
    traced = trace_of(min(runs, key=lambda run: len(run.choices)), drivers)
    assert traced is not None
    story = interleaving(traced, source)
    assert story is not None
    return story


def steps_of(story: Interleaving, name: str) -> list[Step]:
    """What one thread does in a story."""
    return [step for step in story.steps if story.columns[step.column] == name]


# --- of real runs -----------------------------------------------------------------------------------------------------


def test_a_lost_update_is_told_with_values_locks_and_the_stop(make_drivers: Callable[..., Drivers]) -> None:
    """Both read 0 and both write 1; who was stopped between the two says so."""
    story = told(make_drivers(LOST_UPDATE), LOST_UPDATE, lambda run: run.value == 1)
    for name in ("left", "right"):
        touched = [(touch.how, touch.name, touch.value) for step in steps_of(story, name) for touch in step.touched]
        accesses = [access for access in touched if access[1] == "box.count"]
        assert accesses == [("read", "box.count", "0"), ("write", "box.count", "1")]
        (writing,) = [step for step in steps_of(story, name) if any(touch.how == "write" for touch in step.touched)]
        assert writing.holds == ("lock",)
        assert writing.source == "box.count = count + 1"
    stops = [step for step in story.steps if step.stopped]
    assert [step.source for step in stops] in (["with lock:"], ["box.count = count + 1"], ["count = box.count"])
    assert any(step.switch for step in story.steps)
    assert not any(step.for_ever for step in story.steps)


def test_a_deadlock_ends_where_each_waits_for_the_other(make_drivers: Callable[..., Drivers]) -> None:
    story = told(make_drivers(TWO_ORDERS), TWO_ORDERS, lambda run: run.record.outcome == "deadlock")
    left, right = steps_of(story, "left")[-1], steps_of(story, "right")[-1]
    assert (left.for_ever, left.waits, left.holds, left.source) == (True, "b", ("a",), "with b:")
    assert (right.for_ever, right.waits, right.holds, right.source) == (True, "a", ("b",), "with a:")
    main = steps_of(story, "main")
    assert [step.waits for step in main if step.for_ever] == ["Thread.join"]
    assert sum(step.for_ever for step in story.steps) == 3


# --- of traces made by hand -------------------------------------------------------------------------------------------


class Trace:
    """A trace in the making: each event at a site of its own line."""

    def __init__(self) -> None:
        self.events: list[tuple[int, int, str, int, str]] = []
        self.sites: list[tuple[int, str, str]] = [(0, "", "")]

    def add(  # noqa: PLR0913, PLR0917  # the fields of an event, in the order of a sentence
        self, thread: int, line: int, kind: str, what: str = "read", name: str = "x", detail: str = ""
    ) -> None:
        """Let `thread` come to `line`."""
        site = (line, what, name)
        if site not in self.sites:
            self.sites.append(site)
        self.events.append((len(self.events), thread, kind, self.sites.index(site), detail))

    def story(self, make_run: Make, **fields: Any) -> Interleaving | None:
        """Its story."""
        record = make_run(trace=self.events, sites=self.sites, threads=THREADS, **fields).record
        return interleaving(record, SOURCE)


def busy_trace(threads: int = 2, lines: int = 40) -> Trace:
    """Threads that take turns, and each line is worth telling."""
    trace = Trace()
    for number in range(lines):
        trace.add(number % threads, number + 1, "read", detail="1")
        trace.add(number % threads, number + 1, "preempt", "write")
    return trace


def test_there_are_so_many_steps_at_most(make_run: Make) -> None:
    story = busy_trace().story(make_run)
    assert story is not None
    assert len(story.steps) == MOST_STEPS


def test_steps_stand_in_the_order_of_the_run_with_all_that_is_left_out_counted(make_run: Make) -> None:
    """Here each line number is the place in the run; two of three lines tell nothing."""
    trace = Trace()
    for line in range(1, 61):
        trace.add(line % 2, line, "point" if line % 3 else "read", detail="1")
    trace.add(1, 61, "preempt", "write")
    story = trace.story(make_run)
    assert story is not None
    before = 0
    for step in story.steps:
        before += step.skipped + 1
        assert (step.line, step.source) == (before, f"line {before}")
    assert sum(step.skipped for step in story.steps) > len(story.steps)


def test_steps_of_threads_without_a_column_count_as_left_out(make_run: Make) -> None:
    story = busy_trace(threads=9, lines=9).story(make_run)
    assert story is not None
    assert len(story.columns) == MOST_COLUMNS
    lines = [step.line for step in story.steps]
    assert [step.skipped for step in story.steps] == [b - a - 1 for a, b in zip([0, *lines], lines, strict=False)]


def test_a_switch_is_marked_though_the_line_before_is_left_out(make_run: Make) -> None:
    trace = Trace()
    trace.add(0, 1, "preempt", "update")
    trace.add(1, 2, "point")
    trace.add(0, 3, "read", detail="1")
    story = trace.story(make_run)
    assert story is not None
    assert [(step.line, step.switch) for step in story.steps] == [(1, False), (2, True), (3, True)][: len(story.steps)]


def test_the_last_line_of_whoever_is_stuck_is_told_however_far_away(make_run: Make, stack: Make) -> None:
    """The heart of the story may be long ago."""
    trace = busy_trace()
    for line in range(41, 90):
        trace.add(1, line, "point")
    trace.add(0, 90, "block", "call", "queue.get")
    trace.add(1, 91, "block", "call", "thread.join")
    stuck = [stack(number=0, called="Queue.get"), stack(number=1, called="Thread.join")]
    story = trace.story(make_run, outcome="deadlock", stuck=stuck)
    assert story is not None
    ends = [(step.line, step.waits) for step in story.steps if step.for_ever]
    assert ends == [(90, "Queue.get"), (91, "Thread.join")]
    assert len(story.steps) == MOST_STEPS


def test_who_still_runs_does_not_wait_for_ever(make_run: Make, stack: Make) -> None:
    """A program that goes on for ever has threads that wait, and one that spins."""
    trace = busy_trace()
    stuck = [stack(number=0, called="Event.is_set", blocked=False), stack(number=1, called="", wants="lock")]
    story = trace.story(make_run, outcome="no_end", stuck=stuck)
    assert story is not None
    assert [(story.columns[step.column], step.waits) for step in story.steps if step.for_ever] == [("worker 1", "lock")]


def test_a_wait_that_came_to_its_end_is_none_for_ever(make_run: Make) -> None:
    trace = Trace()
    trace.add(0, 1, "preempt", "write")
    trace.add(1, 2, "block", "call", "queue.get")
    trace.add(0, 3, "write", "write", detail="1")
    story = trace.story(make_run)
    assert story is not None
    (waiting,) = [step for step in story.steps if step.waits]
    assert (waiting.line, waiting.waits, waiting.for_ever) == (2, "queue.get", False)


def test_a_step_names_the_locks_that_its_thread_holds_then(make_run: Make) -> None:
    """Each thread's own, while it holds them, however they were taken."""
    trace = Trace()
    trace.add(0, 1, "acquire", "enter", "a")
    trace.add(0, 2, "acquire", "call", "b.acquire")
    trace.add(0, 3, "preempt", "write")
    trace.add(1, 4, "read", detail="1")
    trace.add(0, 5, "read", detail="1")
    trace.add(0, 5, "release", "call", "b.acquire")
    trace.add(0, 6, "read", detail="1")
    story = trace.story(make_run)
    assert story is not None
    holds = {step.line: step.holds for step in story.steps}
    assert holds == {1: ("a",), 2: ("a", "b"), 3: ("a", "b"), 4: (), 5: ("a", "b"), 6: ("a",)}


def test_the_last_values_of_a_line_are_told_and_unknown_ones_are_not(make_run: Make) -> None:
    trace = Trace()
    trace.add(0, 1, "preempt", "write")
    for number in range(6):
        trace.add(1, 2, "read", name=f"x{number}", detail=str(number))
    trace.add(1, 2, "write", "write", detail="")
    story = trace.story(make_run)
    assert story is not None
    (step,) = [step for step in story.steps if step.line == 2]
    assert [touch.value for touch in step.touched] == ["3", "4", "5"]
    assert len(step.touched) == MOST_TOUCHES


@pytest.mark.parametrize(
    ("what", "stopped"),
    [("update", "update"), ("write", "write"), ("delete", "delete"), ("call", "other"), ("made up", "other")],
)
def test_a_stop_says_what_the_thread_was_about_to_do(make_run: Make, what: str, stopped: str) -> None:
    trace = Trace()
    trace.add(0, 1, "read", detail="1")
    trace.add(0, 1, "preempt", what)
    trace.add(1, 2, "write", "write", detail="2")
    story = trace.story(make_run)
    assert story is not None
    assert [step.stopped for step in story.steps] == [stopped, ""]


# --- no story ---------------------------------------------------------------------------------------------------------


def test_without_a_trace_there_is_no_story(make_run: Make) -> None:
    assert interleaving(make_run().record, SOURCE) is None


def test_where_nothing_matters_there_is_no_story(make_run: Make) -> None:
    """Rather than one without any step."""
    trace = Trace()
    for line in range(1, 30):
        trace.add(line % 2, line, "point")
    assert trace.story(make_run) is None


def test_one_thread_makes_no_interleaving(make_run: Make) -> None:
    trace = Trace()
    trace.add(0, 1, "read", detail="1")
    trace.add(0, 2, "write", "write", detail="2")
    assert trace.story(make_run) is None


def test_a_trace_that_lies_makes_a_story_or_none_but_no_crash(make_run: Make, stack: Make) -> None:
    """It comes from a worker."""
    trace = Trace()
    for thread in (-5, 0, 1, 2**62):
        for kind in ("read", "write", "release", "acquire", "acquire", "block", "resume", "preempt", "made up", ""):
            trace.add(thread, 10**9, kind, "made up", "\x1b[31m", "\0" * 100)
            trace.add(thread, -1, kind, "", "")
    trace.events += [(0, 0, "read", site, "") for site in (-1, 0, 99, 2**62)]
    story = trace.story(make_run, outcome="deadlock", stuck=[stack(number=2**62, called="x"), stack(number=-9)])
    assert story is not None
    assert len(story.steps) <= MOST_STEPS
    assert len(story.columns) <= MOST_COLUMNS
    assert {step.source for step in story.steps} == {""}


@pytest.mark.parametrize(("line", "text"), [(1, "line 1"), (99, "line 99"), (0, ""), (-1, ""), (100, "")])
def test_a_line_is_shown_without_its_indentation_if_it_is_there(line: int, text: str) -> None:
    assert source_line(SOURCE, line) == text


@pytest.mark.parametrize("sign", ["\f", "\v", "\x1c", "\x85", "\u2028"])
def test_lines_are_counted_as_python_counts_them(sign: str) -> None:
    """Other signs than a line feed begin no line, whatever they do on paper."""
    source = f"one = 1{sign}# still one\ntwo = 2\n"
    assert source_line(source, 2) == "two = 2"


# --- tasks ------------------------------------------------------------------------------------------------------------

TASKS_STUCK = """
import asyncio

async def one(mine, other):
    async with mine:
        await asyncio.sleep(1)
        async with other:
            pass

async def work():
    a, b = asyncio.Lock(), asyncio.Lock()
    await asyncio.gather(one(a, b), one(b, a))
"""


def test_tasks_have_columns_and_wait_for_ever_at_their_lines(make_drivers: Callable[..., Drivers]) -> None:
    """All on one thread, and the loop itself has no column."""
    drivers = make_drivers(TASKS_STUCK, scenarios="async def drive(student, lab):\n    await student.work()\n")
    run = drivers.simulate("drive")
    traced = trace_of(run, drivers)
    assert traced is not None
    story = interleaving(traced, TASKS_STUCK)
    assert story is not None
    assert len(story.columns) == 3
    assert set(story.columns) > {"Task-1"}
    ends = [(step.line, step.waits) for step in story.steps if step.for_ever]
    others = [name for name in story.columns if name != "Task-1"]
    assert sorted(ends) == [(7, "other"), (7, "other"), (12, ", ".join(name.split()[0] for name in others))]
    assert all(name.endswith(" one") for name in others)


def test_who_waits_in_the_scenario_waits_at_no_line_of_the_students(make_run: Make, stack: Make) -> None:
    """The last line that it went through is not where it stands."""
    trace = busy_trace()
    stuck = [stack(number=0, called="wait", line=0), stack(number=1, called="Queue.get", line=9)]
    story = trace.story(make_run, outcome="deadlock", stuck=stuck)
    assert story is not None
    assert [step.waits for step in story.steps if step.for_ever] == ["Queue.get"]


def test_a_wait_for_other_tasks_names_them(make_run: Make) -> None:
    """Rather than what the line calls them."""
    trace = Trace()
    trace.add(0, 1, "preempt", "write")
    trace.add(1, 2, "block", "await", "asyncio.wait", "1003 1004")
    trace.add(2, 3, "block", "await", "queue.get")
    usual = {"function": "f", "start": 0, "end": None, "ended": ""}
    tasks = [{"number": number, "name": f"loader {number}", **usual} for number in (1003, 1004)]
    story = trace.story(make_run, tasks=tasks)
    assert story is not None
    assert [step.waits for step in story.steps if step.waits] == ["loader 1003, loader 1004", "queue.get"]


BETWEEN_AWAITS = """
import asyncio

class Box:
    count = 0
    mine = 0

async def add(box):
    count = box.count
    await asyncio.sleep(0)
    box.count = count + 1

async def work():
    box = Box()
    box.mine = 1
    await asyncio.gather(add(box), add(box))
    return box.count
"""


def test_an_update_lost_between_two_awaits_is_told_with_its_values(make_drivers: Callable[..., Drivers]) -> None:
    """Tasks of one thread are never stopped; what they share is what the story is about, and nothing else."""
    scenarios = "async def drive(student, lab):\n    return await student.work()\n"
    drivers = make_drivers(BETWEEN_AWAITS, scenarios=scenarios)
    run = drivers.simulate("drive")
    assert run.value == 1
    traced = trace_of(run, drivers)
    assert traced is not None
    story = interleaving(traced, BETWEEN_AWAITS)
    assert story is not None
    for name in ("Task-2 add", "Task-3 add"):
        touched = [(touch.how, touch.name, touch.value) for step in steps_of(story, name) for touch in step.touched]
        accesses = [access for access in touched if access[1] == "box.count"]
        assert accesses == [("read", "box.count", "0"), ("write", "box.count", "1")]
    assert "box.mine = 1" not in {step.source for step in story.steps}
