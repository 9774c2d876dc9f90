"""The hidden checks of `p13_grep`."""

from typing import Any

from course.judge.run import Run

LINES = ["GET /", "error 7", "GET /cart", "error 9", "POST /pay", "error: none", "error 12"]
PATTERN = r"error \d"
FOUND = ["error 7", "error 9", "error 12"]


def result(run: Run, outcome: Any) -> Any:
    """The value of an attempt; one that raised fails here."""
    kind, value = outcome
    run.require(kind == "value", expected="a result", got=f"an exception, {value}")
    return value


def require_list(run: Run, outcome: Any, wanted: list[Any], what: str) -> None:
    """The attempt must have given exactly this list."""
    got = result(run, outcome)
    run.require(got == wanted, expected=f"{what}: {wanted}", got=str(got))


def test_equals_serial(real: Any) -> None:
    for lines, chunk, found in ((LINES, 2, FOUND), (LINES, 100, FOUND), ([], 10, [])):
        run = real("search", lines=lines, pattern=PATTERN, chunk=chunk)
        require_list(run, run.value, found, f"the lines that a plain loop finds among {len(lines)}, {chunk} to a chunk")
    run = real("first_chunk_last", meet=2)
    squares = [item * item for item in range(8)]
    require_list(run, run.value, squares, "the squares in their order, though the first chunk ends last")


def test_bad_pattern_raises_in_caller(real: Any) -> None:
    run = real("search_badly")
    run.require(run.value == "re.error", expected="re.error, raised in the caller", got=str(run.value))


def test_processes_meet(real: Any) -> None:
    run = real("meet", meet=2)
    result(run, run.value)
    run.require(
        run.meeting.together >= 2,
        expected="two worker processes inside func at the same time",
        got=f"never more than {run.meeting.together} at once",
    )


def test_two_processes(real: Any) -> None:
    run = real("meet", meet=1)
    result(run, run.value)
    run.require(
        run.meeting.worker not in run.meeting.processes,
        expected="func runs in worker processes only",
        got="func ran in the calling process",
    )
    run.require(
        1 <= len(run.meeting.processes) <= 2,
        expected="one crew of at most 2 processes for all 8 chunks",
        got=f"{len(run.meeting.processes)} processes",
    )


def test_chunked(real: Any) -> None:
    for count, chunk, messages in ((4000, 500, 8), (10, 4, 3)):
        run = real("count_messages", count=count, chunk=chunk, pattern="needle-[0-9]+")
        got = run.value["with_lines"]
        run.require(
            got == messages,
            expected=f"{count} lines in chunks of {chunk}: {messages} messages to the workers",
            got=f"{got} messages",
        )


def test_pattern_not_sent_per_task(real: Any) -> None:
    run = real("count_messages", count=4000, chunk=500, pattern="needle-[0-9]+")
    got = run.value["with_pattern"]
    run.require(
        got <= 2,
        expected="the pattern is sent at most once to each of the 2 workers",
        got=f"{got} messages carried it",
    )


def test_spawn_safe(real: Any) -> None:
    run = real("spawned", lines=LINES, pattern=PATTERN)
    found, lengths = (result(run, outcome) for outcome in run.value)
    for got, wanted, what in ((found, FOUND, "grep"), (lengths, [len(line) for line in LINES], "map_chunks")):
        run.require(
            type(got) is list and sorted(got, key=str) == sorted(wanted, key=str),  # their order is another check's
            expected=f'{what} gives {wanted} also with processes started by "spawn"',
            got=str(got),
        )


def test_dead_worker(real: Any) -> None:
    run = real("worker_dies")
    kind, value = run.value
    run.require(
        kind == "raised" and str(value).partition(":")[0] == "BatchFailed",
        expected="BatchFailed, because a worker process died",
        got=f"{value} was {kind}" if kind == "raised" else f"the result {value}",
    )
