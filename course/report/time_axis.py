"""What every drawing of a time line needs: its bars in order, its end, and how its times are written."""

from course.report.model import Bar, TimeLine
from course.report.sentences import WORDS


class TimeAxis:
    """The bars of a time line, lane by lane in order of their start, on an axis from 0 to `seconds` (virtual)."""

    def __init__(self, time_line: TimeLine) -> None:
        self.lanes = list(dict.fromkeys(bar.lane for bar in time_line.bars))
        self.bars = sorted(time_line.bars, key=lambda bar: (self.lanes.index(bar.lane), bar.start))
        self.seconds = max([time_line.seconds, *(bar.end or bar.start for bar in self.bars)]) or 1.0
        self.has_waits = any(bar.kind == "wait" for bar in self.bars)
        times = [self.seconds, *(time for bar in self.bars for time in (bar.start, bar.end or 0.0))]
        self._decimals = next((n for n in (1, 2) if all(abs(round(time, n) - time) < 1e-6 for time in times)), 3)

    def time(self, seconds: float) -> str:
        """A time with the decimals that this time line needs."""
        return f"{seconds:.{self._decimals}f}"

    def span(self, bar: Bar) -> str:
        """From when to when, so that the spans of all bars stand below each other."""
        start = self.time(bar.start).rjust(len(self.time(self.seconds)))
        if bar.end is None:
            return WORDS["not_ended"].format(start=start)
        return WORDS["span"].format(start=start, end=self.time(bar.end).rjust(len(start)))
