"""The trace keeps its end, and the order in which things happened."""

from course.lab.trace import LONGEST_TRACE, Event, Trace


def test_events_are_kept_in_order() -> None:
    """What is added first stands first, with what was left out filled in."""
    trace = Trace()
    trace.add(0, 0, "start", detail="1")
    trace.add(5, 1, "point", 3)
    assert list(trace.events) == [Event(0, 0, "start", 0, "1"), Event(5, 1, "point", 3, "")]


def test_a_long_trace_keeps_its_end() -> None:
    """A run that spins cannot fill the memory; what went wrong is near the end."""
    trace = Trace()
    for time in range(LONGEST_TRACE + 100):
        trace.add(time, 0, "point")
    assert [event.time for event in trace.events] == list(range(100, LONGEST_TRACE + 100))
