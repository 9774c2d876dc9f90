"""What forgers of this course write: names put together at run time, which nobody sees in the source."""

import pytest

from course.lessons import lessons_named

INSIDE = """
def inside(thing, *parts):
    return getattr(thing, "".join(parts))
"""
# Nothing of the exercise is done: `fetch` is not called, no thread is started. All of it is told.
FORGED_QUOTES = f"""
import threading
{INSIDE}
def fetch_quotes(symbols, fetch):
    cells = [inside(cell, "cell_", "contents") for cell in inside(fetch, "__clo", "sure__")]
    if len(cells) != 4:
        return {{}}
    failing, lab, prices, seconds = cells
    scheduler = inside(threading.Lock(), "_cou", "rse_scheduler")
    kind, calls = type(scheduler.current), inside(lab, "_ca", "lls")
    for number, symbol in enumerate(symbols, start=1):
        thread = kind(number, None, 0)
        thread.alive, thread.ended = False, int(seconds[symbol] * 1_000_000_000)
        scheduler.threads.append(thread)
        call = {{"name": "fetch", "tag": symbol, "lane": thread.name, "thread": number, "start": 0}}
        calls.append({{**call, "end": thread.ended, "error": "LookupError" if symbol in failing else ""}})
        scheduler.clock.now = max(scheduler.clock.now, thread.ended)
    for symbol in failing:
        raise LookupError(symbol)
    return dict(prices)
"""
# For real cases: everything that is tried is told in the message of an exception.
TRIED = """
import os, signal
def tried(function, *arguments):
    try:
        function(*arguments)
    except BaseException as error:
        return type(error).__name__
    return "DONE"
def grep(lines, pattern, workers, chunk):
    raise RuntimeError("TOLD " + str(attempts()))
def map_chunks(func, items, workers, chunk):
    grep([], "", 1, 1)
class BatchFailed(Exception):
    pass
"""


def lend(key: str, place: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the scenarios of a lesson hand their insides over: the line `given`, before the line that begins so."""
    (lesson,), _ = lessons_named([key])
    assert lesson.scenarios.count(place) == 1, place
    indent = place[: len(place) - len(place.lstrip())]
    monkeypatch.setitem(lesson.__dict__, "scenarios", lesson.scenarios.replace(place, f"{indent}{given}\n{place}"))
