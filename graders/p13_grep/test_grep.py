"""The hidden checks of `p13_grep`."""

from typing import Any

from course.judge.diagnosis import of_exception, value_if_any
from course.judge.run import Run

LINES = ["GET /", "error 7", "GET /cart", "error 9", "POST /pay", "error: none", "error 12"]
PATTERN = r"error \d"
FOUND = ["error 7", "error 9", "error 12"]
SQUARES = [item * item for item in range(8)]


def result(run: Run, outcome: Any, *, diagnosis: str | None = None) -> Any:
    """The value of an attempt; one that raised fails here, with a `diagnosis` if the check has one."""
    kind, value = outcome
    run.require(
        kind == "value",
        expected="a result",
        got=f"an exception, {value}",
        diagnosis=diagnosis or of_exception(str(value)),
    )
    return value


def require_list(run: Run, outcome: Any, wanted: list[Any], what: str, *, diagnosis: str | None) -> None:
    """The attempt must have given exactly this list; `diagnosis` is the mistake behind another one."""
    got = result(run, outcome)
    run.require(got == wanted, expected=f"{what}: {wanted}", got=str(got), diagnosis=diagnosis)


def in_order_of_answers(real: Any) -> bool:
    """True when the first chunk's results stand behind those of the middle ones, which have ended before it."""
    outcome = value_if_any(real("first_chunk_last", meet=2))
    got = outcome[1] if outcome is not None and outcome[0] == "value" else None
    if not isinstance(got, list) or sorted(map(str, got)) != sorted(map(str, SQUARES)):
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
    mapped = real("first_chunk_last", meet=2)
    elsewhere = mapped.meeting.processes - {mapped.meeting.worker}
    return "results_stay_in_the_workers" if elsewhere and value_if_any(mapped) == ("value", []) else None


def test_equals_serial(real: Any) -> None:
    for lines, chunk, found in ((LINES, 2, FOUND), (LINES, 100, FOUND), ([], 10, [])):
        run = real("search", lines=lines, pattern=PATTERN, chunk=chunk)
        what = f"the lines that a plain loop finds among {len(lines)}, {chunk} to a chunk"
        require_list(run, run.value, found, what, diagnosis=lines_lost(run, real) if chunk == 2 else None)
    run = real("first_chunk_last", meet=2)
    what = "the squares in their order, though the first chunk ends last"
    diagnosis = "completion_order" if in_order_of_answers(real) else None
    require_list(run, run.value, SQUARES, what, diagnosis=diagnosis)


def test_bad_pattern_raises_in_caller(real: Any) -> None:
    run = real("search_badly")
    run.require(
        run.value == "re.error",
        expected="re.error, raised in the caller",
        got=str(run.value),
        diagnosis="fails_in_the_initializer" if run.value in ("BrokenProcessPool", "BatchFailed") else None,
    )


def test_processes_meet(real: Any) -> None:
    run = real("meet", meet=2)
    result(run, run.value)
    run.require(
        run.meeting.together >= 2,
        expected="two worker processes inside func at the same time",
        got=f"never more than {run.meeting.together} at once",
        diagnosis="one_process_at_a_time" if run.meeting.worker not in run.meeting.processes else "no_other_process",
    )


def test_two_processes(real: Any) -> None:
    run = real("meet", meet=1)
    result(run, run.value)
    run.require(
        run.meeting.worker not in run.meeting.processes,
        expected="func runs in worker processes only",
        got="func ran in the calling process",
        diagnosis="no_other_process",
    )
    run.require(
        1 <= len(run.meeting.processes) <= 2,
        expected="one crew of at most 2 processes for all 8 chunks",
        got=f"{len(run.meeting.processes)} processes",
        diagnosis={3: "one_slot_too_many", 8: "a_new_crew_each_time"}.get(len(run.meeting.processes)),
    )


def test_chunked(real: Any) -> None:
    for count, chunk, messages in ((4000, 500, 8), (10, 4, 3)):
        run = real("count_messages", count=count, chunk=chunk, pattern="needle-[0-9]+")
        got = run.value["with_lines"]
        run.require(
            got == messages,
            expected=f"{count} lines in chunks of {chunk}: {messages} messages to the workers",
            got=f"{got} messages",
            diagnosis={4000: "one_message_per_item", 2: "one_share_per_worker"}.get(got) if count == 4000 else None,
        )


def test_pattern_not_sent_per_task(real: Any) -> None:
    run = real("count_messages", count=4000, chunk=500, pattern="needle-[0-9]+")
    got = run.value["with_pattern"]
    run.require(
        got <= 2,
        expected="the pattern is sent at most once to each of the 2 workers",
        got=f"{got} messages carried it",
        diagnosis="shipped_with_every_task",
    )


def never_set(spawned: Any, forked: Run) -> str | None:
    """Recognise a global that a forked worker has inherited, and that a spawned one has never seen."""
    told = str(spawned[1])
    unknown = told.startswith("NameError") or "'NoneType' object" in told
    works_forked = value_if_any(forked) == ("value", FOUND)
    return "set_in_the_parent" if spawned[0] == "raised" and unknown and works_forked else None


def test_spawn_safe(real: Any) -> None:
    run = real("spawned", lines=LINES, pattern=PATTERN)
    forked = real("search", lines=LINES, pattern=PATTERN, chunk=2)
    found, lengths = (result(run, outcome, diagnosis=never_set(outcome, forked)) for outcome in run.value)
    for got, wanted, what in ((found, FOUND, "grep"), (lengths, [len(line) for line in LINES], "map_chunks")):
        run.require(
            type(got) is list and sorted(got, key=str) == sorted(wanted, key=str),  # their order is another check's
            expected=f'{what} gives {wanted} also with processes started by "spawn"',
            got=str(got),
        )


def test_dead_worker(real: Any) -> None:
    run = real("worker_dies")
    run.require(
        not run.hung,
        expected="BatchFailed, because a worker process died",
        got="nothing: the call waits for the lost answer for ever",
        diagnosis="waits_for_the_dead",
    )
    kind, value = run.value
    name = str(value).partition(":")[0]
    run.require(
        kind == "raised" and name == "BatchFailed",
        expected="BatchFailed, because a worker process died",
        got=f"{value} was {kind}" if kind == "raised" else f"the result {value}",
        diagnosis="broken_pool_leaks_out" if name == "BrokenProcessPool" else None,
    )
