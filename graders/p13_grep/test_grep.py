"""The hidden checks of `p13_grep`."""

import random
import re
import secrets
from collections.abc import Iterable
from typing import Any

from course.judge.diagnosis import of_exception, value_if_any
from course.judge.drivers import StartMethod
from course.judge.outside import moment, require_asked_once, secret_texts, taken
from course.judge.run import Run
from course.judge.usage import seconds_of
from course.language import Sentence, hidden, say

LINES = ["GET /", "error 7", "GET /cart", "error 9", "POST /pay", "error: none", "error 12"]
PATTERN = r"error \d"
FOUND = ["error 7", "error 9", "error 12"]
SQUARES = [item * item for item in range(8)]
# Four chunks, of which the last is not full.
PARCELS, PER_CHUNK = 14, 4
# Some of each are asked for, in an order that nobody knows: whoever tells what came of each must have compiled it.
PATTERNS, BAD_PATTERNS = (r"a \(b", "c+", "[ac]"), ("(", "[a", "*c", "(?P<a", "c{2,1}", "a)", "\\")
# Two calls of the scenario's, between which the student's function is called.
BEGIN, OVER = "begin", "over"
# The ways to start processes that inherit nothing. All other checks start them by "fork", on every Python.
NOT_FORKED: tuple[StartMethod, ...] = ("spawn", "forkserver")
LONG_LINES, LONG_HITS, SECRET_LINES = 750, 12, 8  # half a second's search
DRAW = random.SystemRandom()


def result(run: Run, outcome: Any, *, diagnosis: str | None = None) -> Any:
    """The value of an attempt; one that raised fails here, with a `diagnosis` if the check has one."""
    kind, value = outcome
    run.require(
        kind == "value",
        expected=say("a result"),
        got=say("an exception, {exception}", exception=str(value)),
        diagnosis=diagnosis or of_exception(str(value)),
    )
    return value


def require_list(run: Run, outcome: Any, wanted: list[Any], expected: Sentence, *, diagnosis: str | None) -> None:
    """The attempt must have given exactly this list; `diagnosis` is the mistake behind another one."""
    got = result(run, outcome)
    run.require(got == wanted, expected=expected, got=say("{value}", value=str(got)), diagnosis=diagnosis)


def require_answers(run: Run, outcome: Any, told: dict[str, str]) -> None:
    """The attempt must have given what only the judge knew; the order is another check's."""
    got, wanted = result(run, outcome), list(told.values())
    run.require(
        type(got) is list and sorted(got, key=str) == sorted(wanted),
        expected=say("the results of all calls of func: {results}", results=hidden(wanted)),
        got=say("{value}", value=str(got)),
    )


def require_workers(run: Run) -> None:
    """None of the calls that the judge has seen came from the calling process."""
    assert run.meeting is not None
    run.require(
        run.meeting.worker not in run.meeting.processes,
        expected=say("func runs in worker processes only"),
        got=say("func ran in the calling process"),
        diagnosis="no_other_process",
    )


def first_chunk_last(real: Any) -> tuple[Run, list[Any]]:
    """The run in which the first chunk can only end together with the last; the results that it must give."""
    told = secret_texts(["0", "7"])
    wanted = [told.get(str(item), item * item) for item in range(len(SQUARES))]
    return real("first_chunk_last", meet=2, replies=told), wanted


def in_order_of_answers(real: Any) -> bool:
    """True when the first chunk's results stand behind those of the middle ones, which have ended before it."""
    run, wanted = first_chunk_last(real)
    outcome = value_if_any(run)
    got = outcome[1] if outcome is not None and outcome[0] == "value" else None
    if not isinstance(got, list) or sorted(map(str, got)) != sorted(map(str, wanted)):
        return False
    return set(map(str, got[:4])) == set(map(str, SQUARES[2:6]))


def lines_lost(run: Run, real: Any) -> str | None:
    """The classic mistake behind lines that a grep with two lines to a chunk has not found."""
    got = value_if_any(run)
    if got == ("value", FOUND):
        return None
    if got == ("value", [line for line in FOUND if line in LINES[: len(LINES) // 2 * 2]]):
        one_chunk = value_if_any(real("search", lines=LINES, pattern=PATTERN, chunk=100))
        return "last_chunk_lost" if one_chunk == ("value", []) else None
    if got != ("value", []):
        return "completion_order" if in_order_of_answers(real) else None
    mapped, _ = first_chunk_last(real)
    assert mapped.meeting is not None
    elsewhere = mapped.meeting.processes - {mapped.meeting.worker}
    return "results_stay_in_the_workers" if elsewhere and value_if_any(mapped) == ("value", []) else None


def test_equals_serial(real: Any) -> None:
    for lines, chunk, found in ((LINES, 2, FOUND), (LINES, 100, FOUND), ([], 10, [])):
        run = real("search", lines=lines, pattern=PATTERN, chunk=chunk)
        expected = say(
            "the lines that a plain loop finds among {count}, {chunk} to a chunk: {lines}",
            count=len(lines),
            chunk=chunk,
            lines=hidden(found),
        )
        require_list(run, run.value, found, expected, diagnosis=lines_lost(run, real) if chunk == 2 else None)
    run, wanted = first_chunk_last(real)
    expected = say(
        "the results in the order of the items, though the first chunk ends last: {results}", results=hidden(wanted)
    )
    diagnosis = "completion_order" if in_order_of_answers(real) else None
    require_list(run, run.value, wanted, expected, diagnosis=diagnosis)


def test_bad_pattern_raises_in_caller(real: Any) -> None:
    patterns = [*DRAW.sample(BAD_PATTERNS, 3), DRAW.choice(PATTERNS)]
    DRAW.shuffle(patterns)
    run = real("search_for_each", patterns=patterns)
    run.require(
        type(run.value) is list and len(run.value) == len(patterns),
        expected=say("re.error, raised in the caller"),
        got=say("{value}", value=str(run.value)),
    )
    for pattern, outcome in zip(patterns, run.value, strict=True):
        if pattern in BAD_PATTERNS:
            run.require(
                outcome == "re.error",
                expected=say("re.error, raised in the caller"),
                got=say("no exception") if outcome == "no exception" else say("{exception}", exception=str(outcome)),
                diagnosis="fails_in_the_initializer" if outcome in ("BrokenProcessPool", "BatchFailed") else None,
            )
        else:
            run.require(
                outcome != "re.error",
                expected=say("re.error for a pattern that is no regular expression, and for no other"),
                got=say("re.error for one that is"),
            )


def test_processes_meet(real: Any) -> None:
    told = secret_texts(map(str, range(8)))
    run = real("map_visits", meet=2, replies=told, count=8, chunk=1)
    result(run, run.value)
    run.require(
        run.meeting.together >= 2,
        expected=say("two worker processes inside func at the same time"),
        got=say("never more than {together} at once", together=run.meeting.together),
        diagnosis="one_process_at_a_time" if run.meeting.worker not in run.meeting.processes else "no_other_process",
    )
    require_answers(run, run.value, told)


def test_two_processes(real: Any) -> None:
    told = secret_texts(map(str, range(8)))
    # Nobody is answered until three are there or no more can come: as many as there are processes have shown up then.
    run = real("map_visits", meet=3, replies=told, count=8, chunk=1)
    result(run, run.value)
    require_workers(run)
    processes = len(run.meeting.processes)
    run.require(
        1 <= processes <= 2,
        expected=say("one crew of at most 2 processes for all 8 chunks"),
        got=say("{processes} processes", processes=processes),
        diagnosis={3: "one_slot_too_many", 8: "a_new_crew_each_time"}.get(processes),
    )
    require_answers(run, run.value, told)
    require_searched_by_workers(real)


def require_searched_by_workers(real: Any) -> None:
    """Workers must have searched what only they were told; or the calling process may not have computed for long.

    The first is what pickled lines show. Lines that travel as something else, in one text for example, are not told.
    """
    mark = DRAW.choice("!;%#")
    pattern = rf"(?:[a-z]+-)+[0-9]{{3}}{mark}"
    numbers = DRAW.sample(range(LONG_LINES), LONG_HITS + SECRET_LINES)
    hits, secret = set(numbers[:LONG_HITS]), numbers[LONG_HITS // 2 :][:SECRET_LINES]
    lines = [line + mark * (number in hits) for number, line in enumerate(long_lines(LONG_LINES))]
    told = {
        number: line + mark * (number not in hits)
        for number, line in zip(secret, long_lines(SECRET_LINES), strict=True)
    }
    replies = {f"line {number}": line for number, line in told.items()}
    terms = {"lines": lines, "secret": secret, "pattern": pattern}
    run = real("search_long", replies=replies, held=[BEGIN, OVER], **terms)
    got = result(run, run.value)
    number_of = {line: number for number, line in [*enumerate(lines), *told.items()]}
    found = {number_of.get(str(line), -1) for line in got} if type(got) is list else set()
    run.require(
        found in (hits, hits ^ set(secret)),
        expected=say("the lines that a plain loop finds among {lines} long ones", lines=len(lines)),
        got=say("{count} lines, and not all of them are right", count=len(found)),
    )
    usage = taken(run, BEGIN, OVER)
    if found != hits and callers_of(run, replies).isdisjoint({None, run.meeting.worker}):
        return
    run.require(
        usage is None or usage.alone < seconds_to_search(lines, pattern) / 2,
        expected=say("grep searches in worker processes only"),
        got=say("the calling process has worked for as long as the whole search takes"),
        diagnosis="no_other_process",
    )


def callers_of(run: Run, tags: Iterable[str]) -> set[int | None]:
    """The processes from which the judge saw these calls come; None among them: one never came."""
    return {caller_of(run, tag) for tag in tags}


def long_lines(count: int) -> list[str]:
    """So many lines that are expensive to search, each with a number at its end."""
    words = ["".join(DRAW.choices("abcdefghijklmnopqrstuvwxyz", k=3)) for _ in range(50)]
    return ["-".join(DRAW.choices(words, k=80)) + f"-{DRAW.randrange(100, 1000)}" for _ in range(count)]


def seconds_to_search(lines: list[str], pattern: str) -> float:
    """How long a process computes to search these lines, reckoned from a tenth of them."""
    regex = re.compile(pattern)
    return 10 * seconds_of(lambda: [regex.search(line) for line in lines[::10]])


def test_chunked(real: Any) -> None:
    for count, chunk, messages in ((4000, 500, 8), (10, 4, 3)):
        run = counted(real, count, chunk)
        got = run.value["with_lines"]
        run.require(
            got == messages,
            expected=say(
                "{count} lines in chunks of {chunk}: {messages} messages to the workers",
                count=count,
                chunk=chunk,
                messages=messages,
            ),
            got=say("{messages} messages", messages=got),
            diagnosis={4000: "one_message_per_item", 2: "one_share_per_worker"}.get(got) if count == 4000 else None,
        )
        require_carried(run, count)
    calls = [f"call {number}" for number in range(PARCELS)]
    told = secret_texts(calls)
    run = real("map_parcels", replies=told, count=PARCELS, chunk=PER_CHUNK)
    require_answers(run, run.value, told)
    require_workers(run)
    require_asked_once(run, say("calls of func"), calls)
    late = [number for number in range(PARCELS) if not came_with_its_chunk(run, number)]
    run.require(
        not late,
        expected=say("all items of a chunk are in the worker before func is called for the first of them"),
        got=say("{late} of {count} items came later, or to another process", late=len(late), count=PARCELS),
        diagnosis="one_message_per_item" if len(late) == PARCELS else None,
    )


def counted(real: Any, count: int, chunk: int) -> Run:
    """The run in which the messages of a grep of so many lines are counted."""
    run: Run = real("count_messages", held=[BEGIN, OVER], count=count, chunk=chunk, pattern="needle-[0-9]+")
    return run


def require_carried(run: Run, count: int) -> None:
    """As many bytes as the lines have must have been written and read by the processes, where the kernel tells."""
    usage = taken(run, BEGIN, OVER)
    least = sum(len(f"row-{number} is here") for number in range(count))
    run.require(
        usage is None or usage.read < 0 or min(usage.read, usage.written) >= least,
        expected=say("the lines travel to the workers: {count} bytes or more", count=least),
        got=say("{count} bytes at most", count=min(usage.read, usage.written) if usage else 0),
        diagnosis="",
    )


def came_with_its_chunk(run: Run, number: int) -> bool:
    """True when the judge saw the process of this item's call receive all of the item's chunk before the first call."""
    assert run.meeting is not None
    seen = list(zip(run.meeting.came, run.meeting.callers, strict=True))
    process = next(caller for tag, caller in seen if tag == f"call {number}")
    first = number // PER_CHUNK * PER_CHUNK
    chunk = range(first, min(first + PER_CHUNK, PARCELS))
    calls = [place for place, (tag, _) in enumerate(seen) if tag in {f"call {each}" for each in chunk}]
    received = {tag for tag, caller in seen[: min(calls)] if caller == process}
    return {f"unpack {each}" for each in chunk} <= received


def test_pattern_not_sent_per_task(real: Any) -> None:
    run = counted(real, 4000, 500)
    got = run.value["with_pattern"]
    run.require(
        got <= 2,
        expected=say("the pattern is sent at most once to each of the 2 workers"),
        got=say("{messages} messages carried it", messages=got),
        diagnosis="shipped_with_every_task",
    )
    require_carried(run, 4000)


def never_set(outcome: Any, forked: Run) -> str | None:
    """Recognise a global that a forked worker has inherited, and that another one has never seen."""
    told = str(outcome[1])
    unknown = told.startswith("NameError") or "'NoneType' object" in told
    works_forked = value_if_any(forked) == ("value", FOUND)
    return "set_in_the_parent" if outcome[0] == "raised" and unknown and works_forked else None


def test_spawn_safe(real: Any) -> None:
    forked = real("search", lines=LINES, pattern=PATTERN, chunk=2)
    for method in NOT_FORKED:
        told = secret_texts(map(str, range(len(LINES))))
        run = real("use_both", start_method=method, replies=told, lines=LINES, pattern=PATTERN)
        found, results = (result(run, outcome, diagnosis=never_set(outcome, forked)) for outcome in run.value)
        run.require(
            type(found) is list and sorted(found, key=str) == sorted(FOUND),  # their order is another check's
            expected=say(
                'grep finds these lines also with processes started by "{method}": {lines}',
                method=method,
                lines=hidden(FOUND),
            ),
            got=say("{value}", value=str(found)),
        )
        run.require(
            type(results) is list and sorted(results, key=str) == sorted(told.values()),
            expected=say(
                'map_chunks gives these results also with processes started by "{method}": {results}',
                method=method,
                results=hidden(list(told.values())),
            ),
            got=say("{value}", value=str(results)),
        )
        require_workers(run)


def test_dead_worker(real: Any) -> None:
    require_death_noticed(real, "fork")
    for method in NOT_FORKED:
        if maps_by(real, method):  # where it does not map at all, that is another check's
            require_death_noticed(real, method)


def maps_by(real: Any, method: StartMethod) -> bool:
    """True when map_chunks gives what it should with processes that are started like this, and none dies."""
    told = {str(item): str(item) for item in range(4)}
    run = real("map_visits", start_method=method, replies=told, count=4, chunk=1)
    outcome = value_if_any(run)
    got = outcome[1] if outcome is not None and outcome[0] == "value" else None
    return type(got) is list and sorted(got, key=str) == sorted(told)


def require_death_noticed(real: Any, method: StartMethod) -> None:
    """A worker that was started like this must not be killed without the caller hearing of it."""
    told = secret_texts(map(str, range(8)))
    victim = secrets.choice(list(told))
    run = real(
        "map_a_death",
        start_method=method,
        replies={**told, victim: "die"},
        held=[OVER],
        killed=[victim],
        count=8,
    )
    expected = say('BatchFailed, because a worker process died (started by "{method}")', method=method)
    run.require(
        not run.hung,
        expected=expected,
        got=say("nothing: the call waits for the lost answer for ever"),
        diagnosis="waits_for_the_dead",
    )
    run.require(
        caller_of(run, victim) != run.meeting.worker,
        expected=say("func runs in worker processes only"),
        got=say("func ran in the calling process"),
        diagnosis="no_other_process",
    )
    kind, value = run.value
    name = str(value).partition(":")[0]
    run.require(
        kind == "raised" and name == "BatchFailed",
        expected=expected,
        got=say("an exception, {exception}", exception=str(value))
        if kind == "raised"
        else say("the result {value}", value=str(value)),
        diagnosis="broken_pool_leaks_out" if name == "BrokenProcessPool" else None,
    )
    run.require(
        died(run, victim),
        expected=say("the worker process that func was called in has died"),
        got=say("no process has died"),
    )


def caller_of(run: Run, tag: str) -> int | None:
    """The process from which the judge saw this call come; None: it never came."""
    assert run.meeting is not None
    return dict(zip(run.meeting.came, run.meeting.callers, strict=True)).get(tag)


def died(run: Run, victim: str) -> bool:
    """True when the process that this call came from was not there any more when the function had ended."""
    process, seen = caller_of(run, victim), moment(run, "over")
    return process is not None and (seen is None or all(thread.process != process for thread in seen.threads))
