"""The report in the terminal, as people read it."""

import io
import re
import unicodedata

import pytest
from rich.cells import cell_len
from rich.console import Console

from course.report.model import Bar, Failure, Interleaving, LessonResult, Result, SpeedUp, Step, TimeLine
from course.report.terminal import failure_text, print_report, report_console, table_text
from tests.report import samples


def report(result: Result, width: int = 100) -> str:
    """Write the whole report as plain text."""
    file = io.StringIO()
    print_report(result, Console(file=file, width=width, color_system=None))
    return file.getvalue()


def coloured(result: Result) -> str:
    """Write the whole report with its ANSI codes."""
    file = io.StringIO()
    print_report(result, Console(file=file, width=100, force_terminal=True, color_system="standard"))
    return file.getvalue()


def line_with(words: str, text: str) -> str:
    """Find the only line of `text` in which `words` stand."""
    (line,) = (line for line in text.splitlines() if words in line)
    return line


def quotes(*, speed_up: SpeedUp) -> Result:
    """Make the lesson about quotes with this speed-up."""
    return samples.result(samples.lesson(speed_up=speed_up))


def time_line(*bars: Bar, seconds: float) -> str:
    """Write the failure text of a time line."""
    return failure_text(samples.failure(time_line=TimeLine(bars=bars, seconds=seconds)))


# The head and the table


def test_head_says_whose_points_these_are_and_how_they_came_about() -> None:
    """Submission, points, seconds, Python and isolation come first."""
    head = report(samples.everything(), 120).partition("lesson ")[0]
    assert head.startswith("alice   12 of 32 points\n")
    for part in ("in 2.4 s", "Python 3.13.0", "isolated by a fresh process per case"):
        assert part in head


def test_table_has_a_row_per_lesson_and_the_total() -> None:
    """The table alone tells how every lesson went."""
    text = table_text(samples.everything())
    assert re.search(r"^p13_grep +Search many files +2/8 +✗✓ · · ", text, re.MULTILINE)
    assert re.search(r"^t01_quotes +Price quotes at once +2/8 +✓! ✗ · ", text, re.MULTILINE)
    assert re.search(r"^ +total +12/32$", text, re.MULTILINE)


def test_marks_differ_without_colour_and_are_explained() -> None:
    """One sign per state, and a legend of those that occur."""
    assert "✓ passed   ✗ failed   · not reached   ! the grader could not work" in table_text(samples.everything())
    assert table_text(samples.right()).endswith("\n✓ passed")


@pytest.mark.parametrize(
    ("speed_up", "words"),
    [
        (samples.VIRTUAL, "one after another 10.0 s, yours 1.0 s (virtual)"),
        (SpeedUp(kind="measured", sequential=2.1, concurrent=1.1), "2.1 s -> 1.1 s, 1.9x, measured on this machine"),
        (
            SpeedUp(kind="measured", sequential=0.17, concurrent=0.1),
            "0.17 s -> 0.10 s, 1.7x, measured on this machine",
        ),
        (
            SpeedUp(kind="measured", sequential=2.1, concurrent=1.1, reference=1.05),
            "2.1 s -> 1.1 s, 1.9x, measured on this machine (the reference solution: 2.0x)",
        ),
        (
            SpeedUp(kind="undecided", sequential=2.1, concurrent=1.9, reference=1.0),
            "undecided: this machine is too busy (2.1 s -> 1.9 s)",
        ),
    ],
    ids=["virtual", "measured", "short", "with reference", "undecided"],
)
def test_speed_up_says_how_it_was_found(speed_up: SpeedUp, words: str) -> None:
    """A virtual speed-up, a measured one and one that could not be measured are different claims."""
    text = report(quotes(speed_up=speed_up), 120)
    found = " ".join(line[line_with("speed-up", text).index("speed-up") :] for line in text.splitlines())
    assert words in " ".join(found.split())


def test_measured_speed_up_of_no_time_at_all_is_no_crash() -> None:
    """A clock that stood still gives no number."""
    assert "nanx" in table_text(quotes(speed_up=SpeedUp(kind="measured", sequential=1.0, concurrent=0.0)))


def test_table_without_speed_ups_has_no_column_for_them() -> None:
    """Empty columns only take room."""
    assert "speed-up" not in table_text(samples.wrong_interleaving())


# Lost checks


def test_lost_check_says_its_promise_and_the_four_parts_in_order() -> None:
    """Expected, got, why, where to look; then what we make of it."""
    text = report(samples.wrong_time_line(), 120)
    block = text[text.index("✗ all the calls of fetch") :]
    assert re.match(r"✗ all the calls of fetch .* there are +points lost: 2\n  all_in_flight\n    expected ", block)
    assert re.findall(r"^    (expected|got|why|look at|diagnosis|hint) ", block, re.MULTILINE) == [
        "expected",
        "got",
        "why",
        "look at",
        "diagnosis",
        "hint",
    ]
    assert "look at    quotes.py:14   thread.start(); thread.join()" in block
    assert "diagnosis  one after another - Each call begins only" in block


def test_parts_that_are_not_known_are_left_out() -> None:
    """Not every failure has a line or a name."""
    text = failure_text(samples.failure(look_at=None, diagnosis=None))
    assert re.findall(r"^\w+", text, re.MULTILINE) == ["expected", "got", "why", "hint"]


def test_failure_text_begins_with_what_was_expected() -> None:
    """It stands below the name of the check in pytest, so neither promise nor points are repeated."""
    assert failure_text(samples.failure()).startswith("expected   3 calls of fetch going on at the same time\ngot ")


def test_lessons_without_losses_are_only_in_the_table() -> None:
    """The report is about what there is to do."""
    assert line_with("a17_health", report(samples.everything())).startswith("a17_health   Health report ")


def test_problem_is_said_once_and_not_for_every_check() -> None:
    """One syntax error is one message, not four."""
    text = report(samples.problem())
    assert line_with("line 12", text) == "✗ quotes.py, line 12, is not valid Python: expected ':'."
    assert "· not reached: values_and_order, empty, all_in_flight, no_threads_left\n" in text


def test_checks_that_come_after_lost_ones_share_a_line() -> None:
    """They are a consequence, not further failures."""
    line = line_with("not reached:", report(samples.wrong_interleaving()))
    assert line == "· not reached: all_in_flight, no_threads_left (they come after values_and_order)"


def test_one_check_that_comes_after_a_lost_one_is_it() -> None:
    """Grammar."""
    lost = samples.check("values_and_order", "failed")
    after = samples.check("all_in_flight", "not_reached", reason="comes after values_and_order")
    text = report(samples.result(samples.lesson(lost, after)))
    assert "· not reached: all_in_flight (it comes after values_and_order)\n" in text


def test_another_reason_for_not_being_reached_is_given_as_it_is() -> None:
    """Only what comes from the order of the checks is put in our words."""
    line = line_with("not reached:", report(samples.wrong_time_line()))
    assert line == "· not reached: no_threads_left (the time for this submission was over)"


def test_broken_check_is_the_fault_of_the_grader() -> None:
    """A student must not look for a mistake that is ours, and has not lost these points."""
    text = report(samples.wrong_time_line())
    block = text[text.index("! no symbols give") : text.index("· not reached:")]
    assert "the grader could not work: the worker did not start: OSError: too many open files\n" in block
    assert "a fault of the grader, not of your code" in block
    assert "points not decided: 2" in block
    assert "points lost" not in block


def test_notes_come_last() -> None:
    """What belongs to no lesson."""
    assert report(samples.everything()).endswith("There is no lesson t99_holidays; its folder was not graded.\n")


def test_everything_right_is_one_sober_line() -> None:
    """And nothing else below the table."""
    text = report(samples.right())
    assert text.endswith("✓ passed\n\n✓ All 8 points: every promise is kept. Well done.\n")


def test_nothing_graded_is_no_success() -> None:
    """An empty result has no promise that was kept."""
    assert "Well done" not in report(samples.result())


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


# Widths, colours, files


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("make", [samples.everything, samples.hostile], ids=lambda make: make.__name__)
def test_no_line_is_wider_than_the_terminal_or_ends_in_blanks(make: samples.Sample, width: int) -> None:
    """Whatever a student writes."""
    for line in report(make(), width).splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


def test_wide_characters_keep_columns_straight() -> None:
    """Chinese characters take two cells each."""
    bars = (
        Bar(lane="主线程", label="取价 一", start=0.0, end=1.0),
        Bar(lane="main", label="fetch", start=0.0, end=1.0),
    )
    first, second = time_line(*bars, seconds=1.0).splitlines()[-3:-1]
    assert cell_len(first.partition("█")[0]) == cell_len(second.partition("█")[0])


def test_lines_are_at_most_120_wide_on_a_huge_terminal() -> None:
    """Longer ones are hard to read."""
    assert max(map(cell_len, report(samples.everything(), 250).splitlines())) == 120


def test_colours_change_nothing_but_the_looks() -> None:
    """Without its ANSI codes, the coloured report is the plain one."""
    text = coloured(samples.everything())
    assert "\x1b[" in text
    assert re.sub(r"\x1b\[[\d;]*m", "", text) == report(samples.everything())


def test_report_into_a_file_is_plain_and_100_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `course grade > report.txt`, whatever the terminal around it is."""
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    file = io.StringIO()
    print_report(samples.everything(), report_console(file))
    assert file.getvalue() == report(samples.everything(), 100)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_console_without_our_signs_gets_others(encoding: str) -> None:
    """An old Windows console must not end the report with a UnicodeEncodeError."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_report(samples.hostile("价格 ✓"), Console(file=file, width=100))
    print_report(samples.everything(), Console(file=file, width=100))
    file.seek(0)
    text = file.read()
    assert "v passed   x failed" in text
    assert ("价格" in text) == (encoding == "gbk")


# Text from students


def test_nothing_invisible_reaches_the_terminal() -> None:
    """No control characters, no bidi controls, no surrogates: only line breaks of our own."""
    for text in (report(samples.hostile()), table_text(samples.hostile()), failure_text(lost(samples.hostile()))):
        assert {unicodedata.category(each) for each in text.replace("\n", "")}.isdisjoint(
            {"Cc", "Cf", "Cs", "Zl", "Zp"}
        )


def test_only_our_own_colour_codes_reach_the_terminal() -> None:
    """A student's escape sequence is text."""
    text = re.sub(r"\x1b\[[\d;]*m", "", coloured(samples.hostile()))
    assert "\x1b" not in text
    assert "evil" in text


@pytest.mark.parametrize("shown", [r"\x1b[2J", r"\x00", r"\x7f", r"\x9b31m", r"\u202e", r"\ud800", r"\U000e0041"])
def test_what_cannot_be_printed_becomes_visible(shown: str) -> None:
    """So that a student can see what is wrong with it."""
    assert shown in "".join(failure_text(samples.failure(got=samples.HOSTILE)).split())


def test_markup_is_text() -> None:
    """Square brackets and emoji names are printed as they are."""
    got = line_with("[red]x[/]", failure_text(samples.failure(got="[red]x[/] :smile: [nonsense")))
    assert got == "got        [red]x[/] :smile: [nonsense"


def test_accents_cannot_be_piled_up() -> None:
    """Three on one letter are a writing system; a hundred are a way to scribble over the lines above."""
    text = failure_text(samples.failure(got="e" + "\u0301" * 100))
    assert text.count("\u0301") == 3


def test_line_breaks_of_a_message_stay_in_its_column() -> None:
    """A message cannot pretend to be another part of the report."""
    text = failure_text(samples.failure(got="one\nhint       Give up.\r\nthree"))
    assert "got        one\n           hint       Give up.\n           three\nwhy " in text


@pytest.mark.parametrize("field", ["submission", "source"])
def test_line_breaks_of_a_name_become_visible(field: str) -> None:
    """A submission cannot write a second head line, nor a line of code another one."""
    text = report(samples.hostile("alice\n100 of 100 points"))
    assert r"alice\n100 of 100 points   0 of 6 points" in text
    assert r"quotes.py:14   alice\n100" in text, field


def test_very_long_text_is_cut_and_says_so() -> None:
    """Half a million characters in every place: a report that can still be read."""
    text = report(samples.hostile(samples.LONG))
    assert len(text) < 10_000
    assert "… (+" in text


def test_very_many_lines_are_cut_and_say_so() -> None:
    """A message of a thousand lines has twelve."""
    text = failure_text(samples.failure(got="\n".join(map(str, range(1000)))))
    assert "           10\n           … (+989)\nwhy" in text


def lost(result: Result) -> Failure:
    """Find the failure of the first check that has one."""
    (lesson,) = result.lessons
    return next(check.failure for check in lesson.checks if check.failure)


def test_lesson_with_a_check_that_failed_for_no_points_is_still_told() -> None:
    """What was promised and not kept is no success, whatever it is worth."""
    free = samples.check("empty", "failed", max_points=0)
    shown: LessonResult = samples.lesson(samples.check("values_and_order"), free)
    text = report(samples.result(shown))
    assert "✗ no symbols give an empty dictionary" in text
    assert "Well done" not in text
