"""The report in the terminal, as people read it."""

import io
import re
import unicodedata

import pytest
from rich.cells import cell_len
from rich.console import Console

from course.report.model import Failure, LessonResult, Result, SpeedUp
from course.report.terminal import failure_text, print_replay, print_report, report_console, table_text
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


def test_table_loses_no_word_of_a_speed_up_on_a_narrow_terminal() -> None:
    """72 columns are left of 80 behind git's `remote: `."""
    checks = tuple(samples.check(name) for name in [*samples.PROMISES] * 2)
    table = report(samples.result(samples.lesson(*checks, speed_up=samples.VIRTUAL)), 72).splitlines()
    words = " ".join(line[55:] for line in table)
    for word in ("another", "10.0 s", "1.0 s", "(virtual)"):
        assert word in " ".join(words.split()), table


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
    block = text[text.index("! The grader could") : text.index("· not reached:")]
    assert block.startswith("! The grader could not work on Python 3.13.1: too many open files.")
    assert "\n  empty\n" in block
    assert "a fault of the grader, not of your code" in block
    assert "points not decided: 2" in block
    assert "points lost" not in block


def test_what_breaks_all_checks_of_a_lesson_is_one_sentence() -> None:
    """A reader of a report on six checks reads it once."""
    reason = "The grader could not work on Python 3.14.2: it is not made for that."
    broken = [samples.check(name, "broken", reason=reason) for name in ("empty", "all_in_flight", "no_threads_left")]
    text = " ".join(report(samples.result(samples.lesson(*broken))).split())
    assert text.count("could not work on Python") == 1
    assert "empty, all_in_flight, no_threads_left" in text
    assert text.count("This is a fault of the grader") == 1
    assert f"points not decided: {sum(check.max_points for check in broken)}" in text


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


# Races, deadlocks, tokens, replays


def test_data_races_are_rows_between_got_and_why() -> None:
    """What was seen, before what it means; the second race has no name of its own."""
    text = failure_text(samples.failure(races=(samples.RACE, samples.RACE)))
    rows = re.findall(r"^(\w[\w ]*?)  +|^ {11}(report\.changed:)", text, re.MULTILINE)
    assert [name or race for name, race in rows][:5] == ["expected", "got", "data race", "report.changed:", "why"]
    assert "data race  report.changed: Thread-1 writes it at line 67, Thread-2 reads it at line 66, and" in text


def test_deadlock_is_told_with_one_line_for_each_who_waits() -> None:
    """The circle, and who waits for it to end."""
    text = failure_text(samples.failure(stuck=samples.DEADLOCK))
    assert text[text.index("deadlock") : text.index("why")].splitlines() == [
        "deadlock   first waits at line 12 for b, which second has held since line 17",
        "           second waits at line 18 for a, which first has held since line 11",
        "           main waits at line 30 in Thread.join() for first",
    ]


def test_token_is_the_last_row_and_begins_with_the_command() -> None:
    """It can be pasted as it stands."""
    text = failure_text(samples.failure(token=samples.TOKEN))
    assert text.endswith(f"\nagain      course replay {samples.TOKEN}")


@pytest.mark.parametrize("width", [60, 80, 100])
def test_long_token_stays_whole_on_a_line_of_its_own(width: int) -> None:
    """Half a token is none, and a line break in it would be copied too."""
    token = "t09.counts_not_lost.3f2a." + "_".join(["1-1c-2"] * 200)
    lost = samples.check("values_and_order", "failed", failure=samples.failure(token=token))
    lines = report(samples.result(samples.lesson(lost)), width).splitlines()
    assert lines[lines.index("    again") + 1] == f"course replay {token}"
    assert all(cell_len(line) <= width for line in lines if token not in line)


def test_races_that_cost_nothing_are_a_note_below_the_table() -> None:
    """They are seen, they are said, and the points stay."""
    text = " ".join(report(samples.noticed()).split())
    assert "noticed in t01_quotes (costs no points): a data race on report.changed: Thread-1 writes it" in text
    assert "All 8 points" in text


def test_notes_on_a_module_stand_below_the_table_and_the_worst_asks_to_be_looked_at() -> None:
    text = " ".join(report(samples.result(samples.lesson(notes=samples.NOTES))).split())
    assert "look at this one, t01_quotes: line 12 uses `gc.get_objects`, which only helps to get at" in text
    assert "noticed in t01_quotes: line 3 has used `inspect.stack` in a run" in text
    assert "noticed in t01_quotes: line 8, Python warns: 'return' in a 'finally' block" in text
    assert "All 8 points" in text


def test_table_says_how_far_the_passed_checks_have_looked() -> None:
    """Not more than was tried."""
    line = line_with("schedules", table_text(samples.noticed()))
    assert line == ("the passed checks held under 200 schedules each: all with at most 1 preemption in 4 checks")


def test_failed_checks_have_not_held() -> None:
    """Only passed checks count."""
    lost = samples.check("empty", "failed", explored=samples.TRIED)
    assert "held under" not in table_text(samples.result(samples.lesson(lost)))


def test_replay_of_a_failure_tells_it_like_the_report() -> None:
    """The promise, the four parts, the token."""
    file = io.StringIO()
    failure = samples.failure(token=samples.TOKEN)
    print_replay("every symbol gets its own price", failure, Console(file=file, width=100, color_system=None))
    lines = file.getvalue().splitlines()
    assert lines[0] == "✗ every symbol gets its own price"
    assert lines[1] == "    expected   3 calls of fetch going on at the same time"
    assert lines[-1] == f"    again      course replay {samples.TOKEN}"


def test_replay_of_a_schedule_that_passes_says_so() -> None:
    """For instance after the mistake has been repaired."""
    file = io.StringIO()
    print_replay("every symbol gets its own price", None, Console(file=file, width=100, color_system=None))
    assert file.getvalue() == "✓ every symbol gets its own price\n  Under this schedule the promise is kept.\n"


# Widths, colours, files


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("make", [samples.everything, samples.hostile], ids=lambda make: make.__name__)
def test_no_line_is_wider_than_the_terminal_or_ends_in_blanks(make: samples.Sample, width: int) -> None:
    """Whatever a student writes."""
    for line in report(make(), width).splitlines():
        assert cell_len(line) <= width
        assert line == line.rstrip()


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
    assert len(text) < 11_500
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
