"""What every drawing of a time line needs: its rows in order, its end, and how its times are written."""

from collections.abc import Iterator
from typing import NamedTuple

from course.report.model import Bar, Life, TimeLine
from course.report.sentences import WORDS, label


class Row(NamedTuple):
    """One row of a drawing: a bar in its lane, or a task without any; `is_last` of its lane."""

    lane: str
    label: str
    bar: Bar | None
    life: Life | None
    is_last: bool


class TimeAxis:
    """The rows of a time line, lane by lane in order of their start, on an axis from 0 to `seconds` (virtual)."""

    def __init__(self, time_line: TimeLine) -> None:
        stretches: list[Bar | Life] = [*time_line.bars, *time_line.lives]
        self.lanes = list(dict.fromkeys(each.lane for each in stretches))
        self.bars = sorted(time_line.bars, key=lambda bar: (self.lanes.index(bar.lane), bar.start))
        self.rows = [row for lane in self.lanes for row in self._rows(lane, time_line)]
        self.seconds = max([time_line.seconds, *(each.end or each.start for each in stretches)]) or 1.0
        self.has_waits = any(bar.kind == "wait" for bar in self.bars)
        times = [self.seconds, *(time for each in stretches for time in (each.start, each.end or 0.0))]
        self._decimals = next((n for n in (1, 2) if all(abs(round(time, n) - time) < 1e-6 for time in times)), 3)

    def _rows(self, lane: str, time_line: TimeLine) -> Iterator[Row]:
        """The rows of one lane; of several tasks of one name, the last."""
        life = next((life for life in reversed(time_line.lives) if life.lane == lane), None)
        bars = [bar for bar in self.bars if bar.lane == lane]
        for bar in bars:
            yield Row(lane, label(bar), bar, life, is_last=bar is bars[-1])
        if not bars:
            yield Row(lane, "", None, life, is_last=True)

    def time(self, seconds: float) -> str:
        """A time with the decimals that this time line needs."""
        return f"{seconds:.{self._decimals}f}"

    def span(self, row: Row) -> str:
        """From when to when, so that the spans of all rows stand below each other."""
        shown = row.bar or row.life
        assert shown is not None
        start = self.time(shown.start).rjust(len(self.time(self.seconds)))
        if shown.end is None:
            return WORDS["not_ended"].format(start=start)
        return WORDS["span"].format(start=start, end=self.time(shown.end).rjust(len(start)))
