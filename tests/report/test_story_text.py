"""The story of a failure in the terminal: interleavings and time lines, as people read them."""

import io
import re

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from course.report.model import Bar, Interleaving, Result, Step, TimeLine, Touch
from course.report.terminal import failure_text, print_report
from tests.report import samples


def report(result: Result, width: int = 100) -> str:
    """Write the whole report as plain text."""
    file = io.StringIO()
    print_report(result, Console(file=file, width=width, color_system=None))
    return file.getvalue()


def line_with(words: str, text: str) -> str:
    """Find the only line of `text` in which `words` stand."""
    (line,) = (line for line in text.splitlines() if words in line)
    return line


def time_line(*bars: Bar, seconds: float) -> str:
    """Write the failure text of a time line."""
    return failure_text(samples.failure(time_line=TimeLine(bars=bars, seconds=seconds)))


# Interleavings


def test_interleaving_shows_every_step_in_the_column_of_its_thread() -> None:
    """The line number and the student's line, a mark where another thread takes over, and what was left out."""
    text = failure_text(samples.failure(interleaving=samples.INTERLEAVING))
    assert text[text.index("teller-1  ") :].splitlines() == [
        "teller-1                             │ teller-2",
        "─────────────────────────────────────┼─────────────────────────────────────",
        "  ... 7 earlier steps                │   ⋮",
        "  14 balance = self.balance          │",
        "     reads 100                       │",
        "                                     │ ► 14 balance = self.balance",
        "                                     │      reads 100",
        "                                     │   15 self.balance = balance + amount",
        "                                     │      writes 110",
        "  ⋮ 2 steps                          │   ⋮",
        "► 15 self.balance = balance + amount │",
        "     writes 110                      │",
    ]


def test_interleaving_from_its_beginning_hides_nothing() -> None:
    """No line about earlier steps when there are none."""
    shown = Interleaving(columns=("a", "b"), steps=(Step(column=1, line=3, source="pass", switch=False),))
    text = failure_text(samples.failure(interleaving=shown))
    assert "earlier" not in text
    assert text.endswith("│   3 pass")


def test_two_columns_fit_in_80_without_cutting_usual_lines() -> None:
    """The whole point of the picture is to see both sides."""
    assert report(samples.wrong_interleaving(), 80).count("self.balance = balance + amount") == 2


@pytest.mark.parametrize("threads", [3, 4])
@pytest.mark.parametrize("width", [80, 100])
def test_more_columns_shrink_and_keep_numbers_and_marks(threads: int, width: int) -> None:
    """Long lines are cut with a sign; who ran which line stays readable."""
    steps = tuple(
        Step(column=index, line=10 + index, source="self.balance = self.balance + amount_of_this", switch=index > 0)
        for index in range(threads)
    )
    shown = Interleaving(columns=tuple(f"teller-{index}" for index in range(threads)), steps=steps)
    lost = samples.check("values_and_order", "failed", failure=samples.failure(interleaving=shown))
    lines = report(samples.result(samples.lesson(lost)), width).splitlines()
    widths = [len(column) for column in next(line for line in lines if "┼" in line).strip().split("┼")]
    assert max(widths) - min(widths) <= 3
    for index in range(threads):
        (line,) = (line for line in lines if f" {10 + index} self" in line)
        assert line.count("│", 0, line.index("self")) == index
        assert line.endswith("…") == (index == threads - 1)
        assert (f"► {10 + index} self" in line) == (index > 0)


def test_notes_wrap_within_the_column_of_their_thread() -> None:
    """Four threads in 80 columns: what is said about one step stays in its column."""
    step = Step(
        column=0,
        line=67,
        source="report.changed = before + changes",
        switch=True,
        touched=(Touch(how="read", name="report.changed", value="1"),),
        holds=("lock",),
        stopped="write",
    )
    steps = tuple(msgspec.structs.replace(step, column=column) for column in range(4))
    shown = Interleaving(columns=("a", "b", "c", "d"), steps=steps)
    lost = samples.check("values_and_order", "failed", failure=samples.failure(interleaving=shown))
    text = report(samples.result(samples.lesson(lost)), 80)
    for column in range(4):
        cells = [line.split("│")[column : column + 1] for line in text.splitlines() if "│" in line]
        words = [cell.strip() for each in cells for cell in each if cell.strip()]
        assert words[1].startswith("► 67 report.c")
        assert " ".join(words[2:]) == "reads 1, holds lock; stopped before the write"
        assert len(words) > 3


# Time lines


def test_time_line_draws_calls_on_a_common_axis() -> None:
    """What comes later stands further right; calls of one lane stand together."""
    text = time_line(*samples.TIME_LINE.bars, seconds=2.0)
    lines = text[text.index("main ") :].splitlines()
    first, second, other, axis = lines
    assert re.fullmatch(r"main      fetch AAA  (█+) +0\.0 - 1\.0 s", first)
    assert re.fullmatch(r"main      fetch BBB   +(█+)  1\.0 - 2\.0 s", second)
    assert first.rindex("█") + 1 == second.index("█")
    assert second.rindex("█") == axis.rindex("2.0") + 2
    assert first.index("█") == axis.index("0.0")
    assert first.index("█") < other.index("█") < second.index("█")


def test_call_that_never_ended_runs_to_the_edge_with_an_arrow() -> None:
    """It was still going on when the run was over."""
    line = line_with("CCC", time_line(*samples.TIME_LINE.bars, seconds=2.0))
    assert re.fullmatch(r"worker-1  fetch CCC +█+►  0\.5 s, not ended", line)


def test_waits_are_drawn_lighter_than_calls_and_named() -> None:
    """In the lane of their thread, after its calls."""
    text = failure_text(samples.failure(time_line=samples.TIME_LINE_WITH_WAITS))
    wait = line_with("waits: done.wait", text)
    assert re.fullmatch(r"main      waits: done.wait +░+ +2\.0 - 3\.0 s", wait)
    assert wait.index("░") == line_with("BBB", text).rindex("█") + 1
    assert "the calls (█) and the waits (░) over time" in text


def test_time_line_of_calls_alone_explains_no_waits() -> None:
    """A sign that does not occur needs no legend."""
    assert "░" not in failure_text(samples.failure(time_line=samples.TIME_LINE))


@pytest.mark.parametrize(
    ("start", "end", "seconds", "words"),
    [
        (0.0, 0.25, 1.0, "0.00 - 0.25 s"),
        (0.0, 0.1234, 1.0, "0.000 - 0.123 s"),
        (9.0, 10.0, 10.0, " 9.0 - 10.0 s"),
        (0.0, 0.0, 0.0, "0.0 - 0.0 s"),
        (3.0, 3.0, 3.0, "3.0 - 3.0 s"),
        (0.0, None, 0.0, "0.0 s, not ended"),
        (1.0, 7.0, 5.0, "1.0 - 7.0 s"),
    ],
)
def test_every_bar_is_seen_whatever_its_seconds(start: float, end: float | None, seconds: float, words: str) -> None:
    """Short calls, no time at all, a call at the very end, one beyond the end: a visible bar inside the width."""
    text = time_line(Bar(lane="main", label="fetch", start=start, end=end), seconds=seconds)
    line = line_with("main", text)
    assert line.endswith(words)
    assert "█" in line or "►" in line
    assert cell_len(line) <= 100


def test_lives_of_tasks_are_dotted_and_end_with_a_mark() -> None:
    """In each row of their lane; the mark stands in the last one. A task without bars has a row of its own."""
    text = failure_text(samples.failure(time_line=samples.TASKS))
    lines = text[text.index("the calls") :].splitlines()
    assert lines[:2] == [
        "the calls (█) and the waits (░) over time, in seconds",
        "· from the making of a task to its end: │ returned, x cancelled, ! an exception",
    ]
    drawn = [re.sub(r"([█░·►])\1+", r"\1", line) for line in lines[2:-1]]
    assert [re.sub(" +", " ", line) for line in drawn] == [
        "Task-2 fetch A █·x 0.0 - 2.0 s",
        "loader waits at 9: asyncio.wait (Task-2) ░· 1.0 - 2.0 s",
        "loader blocks the loop at 12: time.sleep ·█! 2.0 - 3.0 s",
        "Task-4 waits at 20: queue.get ·░► 1.0 s, not ended",
        "Task-5 idle ·│ 4.0 - 4.0 s",
    ]
    assert len({line.rindex(" s") for line in lines[2:5]}) == 1
    assert lines[4].index("█") == lines[3].rindex("░") + 1


def test_time_line_without_tasks_explains_no_lives() -> None:
    """A sign that does not occur needs no legend, and marks that do not occur neither."""
    assert "task" not in failure_text(samples.failure(time_line=samples.TIME_LINE_WITH_WAITS))
    pending = TimeLine(bars=samples.TASKS.bars, seconds=4.0, lives=samples.TASKS.lives[2:3])
    assert "\n· from the making of a task to its end\n" in failure_text(samples.failure(time_line=pending))


def test_wide_characters_keep_columns_straight() -> None:
    """Chinese characters take two cells each."""
    bars = (
        Bar(lane="主线程", label="取价 一", start=0.0, end=1.0),
        Bar(lane="main", label="fetch", start=0.0, end=1.0),
    )
    first, second = time_line(*bars, seconds=1.0).splitlines()[-3:-1]
    assert cell_len(first.partition("█")[0]) == cell_len(second.partition("█")[0])
