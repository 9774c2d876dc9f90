"""Sample results for the tests of the reports: right, wrong in several ways, and hostile."""

from collections.abc import Callable
from typing import Any

import msgspec

from course.report.model import (
    Access,
    Bar,
    CheckResult,
    DataRace,
    Diagnosis,
    Explored,
    Failure,
    Interleaving,
    LessonResult,
    Life,
    Location,
    Note,
    Result,
    SpeedUp,
    Status,
    Step,
    TimeLine,
    Touch,
    Waiting,
)

Sample = Callable[[], Result]
GROUPS = ("correctness", "correctness", "concurrency", "robustness")
PROMISES = {
    "values_and_order": "every symbol gets its own price, in the order you were given the symbols",
    "empty": "no symbols give an empty dictionary, and fetch is not called",
    "all_in_flight": "all the calls of fetch are under way at the same time, however many symbols there are",
    "no_threads_left": "when fetch_quotes ends, every thread that it started has ended",
}
VIRTUAL = SpeedUp(kind="virtual", sequential=10.0, concurrent=1.0)
TIME_LINE = TimeLine(
    bars=(
        Bar(lane="main", label="fetch AAA", start=0.0, end=1.0),
        Bar(lane="worker-1", label="fetch CCC", start=0.5, end=None),
        Bar(lane="main", label="fetch BBB", start=1.0, end=2.0),
    ),
    seconds=2.0,
)
TIME_LINE_WITH_WAITS = TimeLine(
    bars=(*TIME_LINE.bars, Bar(lane="main", label="done.wait", start=2.0, end=3.0, kind="wait")), seconds=4.0
)
TASKS = TimeLine(
    bars=(
        Bar(lane="Task-2", label="fetch A", start=0.0, end=2.0),
        Bar(lane="loader", label="asyncio.wait", start=1.0, end=2.0, kind="wait", line=9, awaits=("Task-2",)),
        Bar(lane="loader", label="time.sleep", start=2.0, end=3.0, kind="block", line=12),
        Bar(lane="Task-4", label="queue.get", start=1.0, end=None, kind="wait", line=20),
    ),
    seconds=4.0,
    lives=(
        Life(lane="Task-2", start=0.0, end=3.0, ended="cancelled"),
        Life(lane="loader", start=1.0, end=3.0, ended="raised"),
        Life(lane="Task-4", start=0.0, end=None),
        Life(lane="Task-5 idle", start=4.0, end=4.0, ended="returned"),
    ),
)
READS = (Touch(how="read", name="self.balance", value="100"),)
WRITES = (Touch(how="write", name="self.balance", value="110"),)
INTERLEAVING = Interleaving(
    columns=("teller-1", "teller-2"),
    steps=(
        Step(column=0, line=14, source="balance = self.balance", switch=False, touched=READS, skipped=7),
        Step(column=1, line=14, source="balance = self.balance", switch=True, touched=READS),
        Step(column=1, line=15, source="self.balance = balance + amount", switch=False, touched=WRITES),
        Step(column=0, line=15, source="self.balance = balance + amount", switch=True, touched=WRITES, skipped=2),
    ),
)
RACE = DataRace(
    name="report.changed",
    first=Access(thread="Thread-1", line=67, writes=True),
    second=Access(thread="Thread-2", line=66, writes=False, holds=("lock",)),
)
DEADLOCK = (
    Waiting(who="first", line=12, called="Lock.acquire", wants="b", holder="second", held_since=17),
    Waiting(who="second", line=18, called="Lock.acquire", wants="a", holder="first", held_since=11),
    Waiting(who="main", line=30, called="Thread.join", holder="first"),
)
NOTES = (
    Note(
        kind="reaches",
        what="gc.get_objects",
        line=12,
        text="line 12 uses `gc.get_objects`, which only helps to get at the grader: it finds all objects",
        seen="text",
    ),
    Note(
        kind="unusual",
        what="inspect.stack",
        line=3,
        text="line 3 has used `inspect.stack` in a run, which is unusual in an exercise and costs nothing",
        seen="run",
    ),
    Note(
        kind="warning",
        what="SyntaxWarning",
        line=8,
        text="line 8, Python warns: 'return' in a 'finally' block",
        seen="text",
    ),
)
TOKEN = "t09.counts_not_lost.3f2a.1-1c-2"
TRIED = Explored(schedules=200, bound=1, all=False)


def failure(**changes: Any) -> Failure:
    """Make a failure with all its sentences; `changes` replace or add parts."""
    usual = Failure(
        expected="3 calls of fetch going on at the same time",
        got="at most 1; 3.0 s instead of 1.0 s",
        why="Waiting for a network costs time, not work. Ten calls that wait together take as long as the slowest one; "
        "one after another they take as long as all ten added up.",
        hint="Start every thread before you wait for the first one.",
        look_at=Location(file="quotes.py", line=14, source="thread.start(); thread.join()"),
        diagnosis=Diagnosis(
            id="one_after_another",
            name="one after another",
            text="Each call begins only when the one before has ended, although there are several threads.",
        ),
    )
    return msgspec.structs.replace(usual, **changes)


def check(check_id: str, status: Status = "passed", **changes: Any) -> CheckResult:
    """Make a check of two points, one of `PROMISES`."""
    group = GROUPS[list(PROMISES).index(check_id)]
    usual = CheckResult(
        id=check_id,
        group=group,  # type: ignore[arg-type]
        says=PROMISES[check_id],
        status=status,
        points=2 if status == "passed" else 0,
        max_points=2,
        failure=failure() if status == "failed" else None,
    )
    return msgspec.structs.replace(usual, **changes)


def lesson(*checks: CheckResult, **changes: Any) -> LessonResult:
    """Make the lesson about quotes, with all its checks passed if none are given."""
    checks = checks or tuple(check(check_id) for check_id in PROMISES)
    usual = LessonResult(
        lesson="t01_quotes",
        title="Price quotes at once",
        file="quotes.py",
        points=sum(check.points for check in checks),
        max_points=sum(check.max_points for check in checks),
        checks=checks,
    )
    return msgspec.structs.replace(usual, **changes)


def result(*lessons: LessonResult, **changes: Any) -> Result:
    """Make a submission of these lessons."""
    usual = Result(
        schema="course/result/v1",
        submission="alice",
        graded_at="2026-11-22T18:05:00+00:00",
        python="3.13.0",
        seconds=2.41,
        isolation="a fresh process per case, with limits on processor time, memory and files",
        points=sum(lesson.points for lesson in lessons),
        max_points=sum(lesson.max_points for lesson in lessons),
        lessons=lessons,
    )
    return msgspec.structs.replace(usual, **changes)


def right() -> Result:
    """Show a submission with everything right."""
    return result(lesson(speed_up=VIRTUAL))


def noticed() -> Result:
    """Show a submission that lost nothing, but has a data race."""
    checks = (check(check_id, explored=TRIED) for check_id in PROMISES)
    return result(lesson(*checks, races=(RACE,)))


def wrong_time_line() -> Result:
    """Show calls one after another; a check that broke; one that was not reached."""
    checks = (
        check("values_and_order"),
        check("empty", "broken", reason="The grader could not work on Python 3.13.1: too many open files."),
        check("all_in_flight", "failed", failure=failure(time_line=TIME_LINE_WITH_WAITS, stuck=DEADLOCK)),
        check("no_threads_left", "not_reached", reason="the time for this submission was over"),
    )
    return result(lesson(*checks, speed_up=VIRTUAL))


def wrong_interleaving() -> Result:
    """Show a race in a correctness check; the others come after it."""
    race = Diagnosis(id="race", name="a race condition", text="The result depends on the order of the threads.")
    lost = failure(diagnosis=race, interleaving=INTERLEAVING, races=(RACE,), token=TOKEN)
    checks = (
        check("values_and_order", "failed", failure=lost),
        check("empty", explored=TRIED),
        check("all_in_flight", "not_reached", reason="comes after values_and_order"),
        check("no_threads_left", "not_reached", reason="comes after values_and_order"),
    )
    return result(lesson(*checks), notes=("There is no lesson t99_holidays; its folder was not graded.",))


def problem() -> Result:
    """Show a module that cannot be graded."""
    sentence = "quotes.py, line 12, is not valid Python: expected ':'."
    checks = tuple(check(check_id, "not_reached", reason=sentence) for check_id in PROMISES)
    return result(lesson(*checks, problem=sentence))


def everything() -> Result:
    """Show all of it in one submission."""
    speed_ups = (
        SpeedUp(kind="undecided", sequential=2.1, concurrent=1.9),
        SpeedUp(kind="measured", sequential=2.1, concurrent=1.1, reference=1.05),
        VIRTUAL,
        None,
    )
    names = (("p13_grep", "Search many files"), ("a17_health", "Health report"), ("t01_quotes", "Price quotes at once"))
    parts = [each.lessons[0] for each in (wrong_interleaving(), right(), wrong_time_line(), problem())]
    titles = (*names, ("t03_gate", "A gate with a counter"))
    lessons = [
        msgspec.structs.replace(part, lesson=name, title=title, speed_up=speed_up)
        for part, (name, title), speed_up in zip(parts, titles, speed_ups, strict=True)
    ]
    lessons[0] = msgspec.structs.replace(lessons[0], notes=NOTES)
    return result(*lessons, notes=("There is no lesson t99_holidays; its folder was not graded.",))


# What a student might put into names and messages: markup, ANSI, bidi, accents without end, lone surrogates, rubbish.
HOSTILE = (
    "[red]x[/] [link=http://evil.example]y[/link] :smile: \x1b[2J\x1b]0;title\x07\x00\x08\x7f\x9b31m\u202e\u2066\u200f"
    "\ud800\ufffe\U000e0041\r\x85\u2028\u0301\u0301\u0301\u0301\u0301<&\"']]>\tend"
)
LONG = "long " * 100_000


def hostile(text: str = HOSTILE) -> Result:
    """Show a submission with `text` in every place that a student can write to."""
    step = Step(
        column=1,
        line=1,
        source=text,
        switch=True,
        touched=(Touch(how="read", name=text, value=text), Touch(how="result", name="other", value=text)),
        holds=(text, text),
        waits=text,
        for_ever=True,
        skipped=1,
    )
    access = Access(thread=text, line=1, writes=True, holds=(text,))
    bars = (
        Bar(lane=text, label=text, start=0.0, end=None),
        Bar(lane=text, label=text, start=0.0, end=1.0, kind="wait", line=1, awaits=(text, text)),
    )
    lives = (Life(lane=text, start=0.0, end=1.0, ended="cancelled"),)
    lost = failure(
        expected=text,
        got=text,
        look_at=Location(file="quotes.py", line=14, source=text),
        interleaving=Interleaving(columns=(text, text), steps=(step,)),
        time_line=TimeLine(bars=bars, seconds=1.0, lives=lives),
        races=(DataRace(name=text, first=access, second=access),),
        stuck=(
            Waiting(who=text, line=1, called=text, wants=text, holder=text, held_since=1),
            Waiting(who=text, line=1, called=text, awaits=(text, text)),
        ),
    )
    checks = (
        check("values_and_order", "failed", failure=lost),
        check("empty", "broken", reason=text),
        check("all_in_flight", "not_reached", reason=text),
    )
    notes = tuple(msgspec.structs.replace(note, what=text, text=text) for note in NOTES)
    told = lesson(*checks, problem=f"not valid: {text}", notes=notes)
    return result(told, submission=text, notes=(text,))
