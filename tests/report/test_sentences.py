"""The sentences of reports: what is said about steps, races, deadlocks and how far a check has looked."""

import msgspec
import pytest

from course.report import sentences
from course.report.model import Access, Bar, Explored, Step, Touch, Waiting
from tests.report import samples

READ = Touch(how="read", name="report.changed", value="1")
WRITE = Touch(how="write", name="report.changed", value="2")
OTHER = Touch(how="read", name="changes", value="1")
CALL = Touch(how="result", name="jobs.empty", value="False")


def step(**changes: object) -> Step:
    """Make a step with nothing to say but `changes`."""
    return msgspec.structs.replace(Step(column=0, line=67, source="pass", switch=False), **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"touched": (READ,)}, "reads 1"),
        ({"touched": (READ, WRITE)}, "reads 1, writes 2"),
        ({"touched": (READ, READ, READ)}, "reads 1"),
        ({"touched": (CALL,)}, "gives False"),
        ({"touched": (READ, CALL)}, "reads 1 from report.changed, jobs.empty gives False"),
        ({"touched": (OTHER, WRITE)}, "reads 1 from changes, writes 2 to report.changed"),
        ({"touched": (msgspec.structs.replace(READ, value=""),)}, "reads report.changed"),
        ({"touched": (msgspec.structs.replace(WRITE, value=""),)}, "writes report.changed"),
        ({"touched": (msgspec.structs.replace(CALL, value=""),)}, "calls jobs.empty"),
        ({"holds": ("a", "b")}, "holds a, b"),
        ({"touched": (READ,), "holds": ("lock",), "stopped": "write"}, "reads 1, holds lock; stopped before the write"),
        ({"stopped": "update"}, "stopped between read and write"),
        ({"stopped": "delete"}, "stopped before the delete"),
        ({"stopped": "other"}, "stopped here"),
        ({"waits": "b"}, "waits for b"),
        ({"holds": ("a",), "waits": "b", "for_ever": True}, "holds a; waits for ever for b"),
    ],
)
def test_note_says_values_and_locks_and_then_why_the_thread_went_no_further(
    changes: dict[str, object], words: str
) -> None:
    """Names only where several are touched, and the same thing only once."""
    assert sentences.note(step(**changes)) == words


@pytest.mark.parametrize(
    ("steps", "first", "words"),
    [
        (29, True, "... 29 earlier steps"),
        (1, True, "... 1 earlier step"),
        (2, False, "⋮ 2 steps"),
        (1, False, "⋮ 1 step"),
    ],
)
def test_left_out_steps_are_counted(steps: int, first: bool, words: str) -> None:
    """A story says how much of it is missing."""
    assert sentences.skipped(steps, first=first) == words


def test_race_says_who_does_what_where() -> None:
    """A lock on one side orders nothing, and is no matter here."""
    assert sentences.race(samples.RACE) == (
        "report.changed: Thread-1 writes it at line 67, Thread-2 reads it at line 66, and nothing orders the two"
    )


def test_race_under_two_locks_names_both() -> None:
    """They look guarded; each by a lock of its own."""
    first = Access(thread="Thread-1", line=67, writes=True, holds=("a",))
    race = msgspec.structs.replace(samples.RACE, first=first)
    assert sentences.race(race).endswith("and nothing orders the two; each holds another lock: a, lock")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "first waits at line 12 for b, which second has held since line 17"),
        ({"held_since": 0}, "first waits at line 12 for b, which second holds"),
        ({"wants": ""}, "first waits at line 12 in Lock.acquire() for second"),
        ({"line": 0}, "first waits for b, which second has held since line 17"),
    ],
)
def test_deadlock_says_what_is_known(changes: dict[str, object], words: str) -> None:
    """Lines of the grader's are none of the student's: they are left out."""
    assert sentences.deadlock([msgspec.structs.replace(samples.DEADLOCK[0], **changes)]) == [words]


def test_who_waits_for_nobody_known_stands_beside_the_circle() -> None:
    """The others are told too, for they never come to an end either."""
    queue = Waiting(who="main", line=30, called="Queue.get")
    lock = Waiting(who="third", line=31, called="Lock.acquire", wants="c")
    assert sentences.deadlock([*samples.DEADLOCK[:2], queue, lock])[2:] == [
        "main waits at line 30 in Queue.get()",
        "third waits at line 31 for c",
    ]


def test_deadlock_without_any_holder_has_nothing_to_add() -> None:
    """What was got says already who waits where."""
    assert sentences.deadlock([Waiting(who="main", line=30, called="Queue.get")]) == []


@pytest.mark.parametrize(
    ("explored", "words"),
    [
        ([], ""),
        ([Explored(schedules=1200, bound=1, all=False)], "all with at most 1 preemption in 1 check"),
        ([Explored(schedules=12, bound=3, all=True)], "all there are in 1 check"),
        ([Explored(schedules=12, bound=2, all=False)], "all with at most 2 preemptions in 1 check"),
        ([Explored(schedules=12, bound=0, all=False)], "all without preemption in 1 check"),
        ([Explored(schedules=12, bound=-1, all=False)] * 2, "a sample in 2 checks"),
    ],
)
def test_how_complete_the_schedules_were_is_said_as_it_is(explored: list[Explored], words: str) -> None:
    """All there are, all with so many preemptions, or only some."""
    assert sentences.held(explored).partition(": ")[2] == words


def test_the_widest_search_comes_first_and_numbers_are_a_range() -> None:
    """Checks may share a scenario: a sum would count its schedules twice."""
    explored = [
        Explored(schedules=40, bound=-1, all=False),
        Explored(schedules=1400, bound=1, all=False),
        Explored(schedules=12, bound=3, all=True),
    ]
    assert sentences.held(explored) == (
        "the passed checks held under 12 - 1,400 schedules each: "
        "all there are in 1 check, all with at most 1 preemption in 1 check, a sample in 1 check"
    )


def test_one_passed_check_is_one() -> None:
    """Grammar."""
    assert sentences.held([samples.TRIED]).startswith("the passed check held under 200 schedules: ")


def test_bars_of_waits_are_told_from_calls() -> None:
    """By a word, for those who see no difference between the drawings."""
    call, *_, wait = samples.TIME_LINE_WITH_WAITS.bars
    assert (sentences.label(call), sentences.label(wait)) == ("fetch AAA", "waits: done.wait")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "waits: queue.get"),
        ({"line": 7}, "waits at 7: queue.get"),
        ({"line": 7, "awaits": ("Task-2",)}, "waits at 7: queue.get (Task-2)"),
        ({"awaits": ("a", "b", "c", "d", "e")}, "waits: queue.get (a, b, c and 2 more)"),
        ({"kind": "block"}, "blocks the loop: queue.get"),
        ({"kind": "block", "line": 7}, "blocks the loop at 7: queue.get"),
        ({"kind": "call", "line": 7, "awaits": ("a",)}, "queue.get"),
    ],
)
def test_bars_say_at_which_line_and_for_whom(changes: dict[str, object], words: str) -> None:
    """As far as it is known."""
    bar = Bar(lane="Task-1", label="queue.get", start=0.0, end=1.0, kind="wait")
    assert sentences.label(msgspec.structs.replace(bar, **changes)) == words


def test_stuck_tasks_say_whom_they_wait_for() -> None:
    """A task at its line, one of the scenario's at none; who awaits no task waits for a thing."""
    stuck = [
        Waiting(who="Task-1", line=0, called="wait", awaits=("Task-2", "Task-3")),
        Waiting(who="Task-2", line=9, called="", wants="task", holder="Task-3", awaits=("Task-3",)),
        Waiting(who="Task-3", line=12, called="Queue.get", wants="queue"),
        Waiting(who="Task-4", line=0, called=""),
    ]
    assert sentences.deadlock(stuck) == [
        "Task-1 waits for Task-2, Task-3",
        "Task-2 waits at line 9 for Task-3",
        "Task-3 waits at line 12 for queue",
        "Task-4 waits",
    ]


def test_stuck_tasks_are_told_though_nobody_holds_anything() -> None:
    """Who waits for several tasks is kept waiting by no single one."""
    waiting = Waiting(who="Task-1", line=3, called="wait", awaits=("Task-2", "Task-3"))
    assert sentences.deadlock([waiting]) == ["Task-1 waits at line 3 for Task-2, Task-3"]
