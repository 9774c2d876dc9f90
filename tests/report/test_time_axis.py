"""What drawings of time lines share: order, end, and how times are written."""

import pytest

from course.report.model import Bar, Life, TimeLine
from course.report.time_axis import TimeAxis
from tests.report import samples


def test_bars_stand_lane_by_lane_in_order_of_their_start() -> None:
    """Lanes in order of their first bar."""
    bars = TimeAxis(samples.TIME_LINE_WITH_WAITS).bars
    assert [bar.label for bar in bars] == ["fetch AAA", "fetch BBB", "done.wait", "fetch CCC"]


@pytest.mark.parametrize(
    ("seconds", "end", "last"), [(2.0, 1.0, 2.0), (1.0, 3.0, 3.0), (1.0, None, 1.0), (0.0, 0.0, 1.0)]
)
def test_axis_reaches_to_whatever_ends_last(seconds: float, end: float | None, last: float) -> None:
    """And is never empty."""
    bar = Bar(lane="main", label="fetch", start=0.0, end=end)
    assert TimeAxis(TimeLine(bars=(bar,), seconds=seconds)).seconds == last


@pytest.mark.parametrize(("end", "span"), [(1.5, "0.0 - 1.5 s"), (1.25, "0.00 - 1.25 s"), (1.2345, "0.000 - 1.234 s")])
def test_times_have_as_many_decimals_as_they_need(end: float, span: str) -> None:
    """One, two, or three at most."""
    bar = Bar(lane="main", label="fetch", start=0.0, end=end)
    axis = TimeAxis(TimeLine(bars=(bar,), seconds=end))
    assert [axis.span(row) for row in axis.rows] == [span]


def test_spans_stand_below_each_other() -> None:
    """9.0 takes as much room as 10.0."""
    bars = (Bar(lane="a", label="b", start=9.0, end=10.0), Bar(lane="a", label="b", start=9.0, end=None))
    axis = TimeAxis(TimeLine(bars=bars, seconds=10.0))
    assert [axis.span(row) for row in axis.rows] == [" 9.0 - 10.0 s", " 9.0 s, not ended"]


def test_lanes_without_bars_come_last_with_a_row_of_their_own() -> None:
    """And the last row of each lane is known."""
    rows = TimeAxis(samples.TASKS).rows
    assert [(row.lane, row.is_last) for row in rows] == [
        ("Task-2", True),
        ("loader", False),
        ("loader", True),
        ("Task-4", True),
        ("Task-5 idle", True),
    ]
    assert (rows[-1].bar, rows[-1].label) == (None, "")


def test_axis_reaches_to_the_end_of_a_task() -> None:
    """Though no bar does."""
    lives = (Life(lane="a", start=0.0, end=7.25, ended="returned"),)
    axis = TimeAxis(TimeLine(bars=(), seconds=1.0, lives=lives))
    assert axis.seconds == 7.25
    assert [axis.span(row) for row in axis.rows] == ["0.00 - 7.25 s"]
