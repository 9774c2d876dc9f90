"""Programs with a known answer and a known length: a body of `main()`, what it returns, how many seconds it takes."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.lab.nursery import PLAIN, Nursery

SECOND = 1_000_000_000
# The usual schedule, and some others: whoever goes first, computing takes no time.
SCHEDULES = [PLAIN, *({"strategy": "random-walk", "seed": seed} for seed in range(4))]


class Case(NamedTuple):
    """A program's body, indented by four; its value; its length in virtual seconds."""

    body: str
    value: Any = None
    seconds: float = 0


def assert_exact(nursery: Nursery, header: str, case: Case) -> None:
    """Run the program under a few schedules: each time it has this value, this length, and nothing goes wrong."""
    for run in nursery.runs(f"{header}\n\ndef main():{case.body}\n", schedules=SCHEDULES):
        outcome = (run["outcome"], run["error"], run["uncaught"], run["warned"])
        assert outcome == ("finished", None, [], []), f"{outcome} under {run['schedule']}"
        assert value_of(run["value"]) == case.value, f"{value_of(run['value'])} under {run['schedule']}"
        assert run["duration"] == case.seconds * SECOND, f"{run['duration']} under {run['schedule']}"


def value_of(plain: Any) -> Any:
    """What `course.lab.record.plain` was given."""
    if not isinstance(plain, list):
        return plain
    kind, content = plain
    match kind:
        case "dict":
            return {value_of(key): value_of(item) for key, item in content}
        case "list":
            return [value_of(item) for item in content]
        case "tuple":
            return tuple(value_of(item) for item in content)
        case "set":
            return {value_of(item) for item in content}
    return f"<{content}>"


def said(function: Callable[..., Any], *arguments: Any) -> Any:
    """What the real function returns or has against these arguments: each Python version has words of its own."""
    try:
        return function(*arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
