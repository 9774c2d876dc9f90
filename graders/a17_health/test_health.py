"""The hidden checks of `a17_health`."""

import json
import secrets
from collections.abc import Iterable
from itertools import cycle
from typing import Any

from course.judge.diagnosis import of_exception, value_if_any
from course.judge.meeting import Phase
from course.judge.outside import (
    came_before,
    drawn_order,
    require_asked_once,
    require_at_once,
    require_phases,
    require_seen,
    require_told,
    secret_texts,
)
from course.judge.records import NANOSECONDS, Call
from course.judge.run import CheckFailed, Run
from course.language import Sentence, hidden, said_together, say

# No failure, and three results that count as true.
WELL = {"database": [3, "returns", 200], "mail": [1, "returns", "fine"], "search": [2, "returns", True]}
# The first failure is the first of all answers, the other one the last, and of another type.
SOME_DOWN = {
    "database": [4, "returns", 200],
    "mail": [1, "raises", "ConnectionError"],
    "search": [3, "returns", "fine"],
    "backup": [5, "raises", "LookupError"],
    "cache": [2, "returns", True],
}
FALSY = {"database": [1, "returns", None], "mail": [1, "returns", 0], "search": [1, "returns", ""]}
ONE_CANCELLED = {
    "pool": [1, "raises", "CancelledError"],
    "database": [2, "returns", 200],
    "search": [3, "returns", "fine"],
}
SERVERS = [f"server {number}" for number in range(1, 9)]


def states(probes: dict[str, list[Any]]) -> dict[str, str]:
    """The right report on these probes."""
    return {name: "down" if "raises" in plan else "up" for name, plan in probes.items()}


def is_right(simulate: Any, probes: dict[str, list[Any]]) -> bool:
    """True when these probes get the right report, in whatever order: what works there cannot be what is wrong here."""
    told = value_if_any(simulate("ask", probes=probes, limit=None))
    return told is not None and told["report"] == states(probes)


def exception_that_came_out(run: Run, simulate: Any) -> str | None:
    """The classic mistake behind an exception that comes out of the report."""
    error = run.record.error if run.has_evidence else None
    if error is None or error.type == "NotImplementedError":
        return None
    if not run.case["arguments"]["probes"]:
        return of_exception(error.message) or ("empty_not_expected" if is_right(simulate, WELL) else None)
    calls = sorted(run.calls("probe"), key=lambda call: call.end or 0)
    if error.type == "ExceptionGroup" and any(call.error == "CancelledError" for call in calls):
        return "one_failure_stops_the_others"
    failures = [call.error for call in calls if call.error not in ("", "CancelledError")]
    if error.type in failures:
        return "failure_escapes" if error.type == failures[0] else "only_some_failures"
    cancelled = error.type == "CancelledError" and is_right(simulate, SOME_DOWN)
    return "cancelled_is_no_exception" if cancelled else None


def wrong_states(probes: dict[str, list[Any]], report: dict[Any, Any], simulate: Any) -> str | None:
    """The classic mistake behind "up" and "down" in the wrong places, in a program that is right about `WELL`."""
    expected = states(probes)
    if set(report) != set(expected) or any(state not in ("up", "down") for state in report.values()):
        return None
    if not is_right(simulate, WELL):
        return None
    wrong = {name for name in expected if report[name] != expected[name]}
    failing = {name for name in expected if expected[name] == "down"}
    if not failing:
        return "falsy_taken_for_failure" if probes == FALSY else None
    if wrong == set(expected) - failing:
        return "one_failure_spoils_all"
    if wrong == failing and probes == ONE_CANCELLED and is_right(simulate, SOME_DOWN):
        return "cancelled_is_no_exception"
    if wrong == failing:
        return "failure_taken_for_success"
    return "only_some_failures" if wrong < failing else None


def report_of(run: Run, simulate: Any) -> dict[Any, Any]:
    """The report; a `health_report` that raised, or returned something else, fails here."""
    try:
        report = run.value["report"]
    except CheckFailed as failure:
        failure.diagnosis = exception_that_came_out(run, simulate)
        raise
    run.require(
        isinstance(report, dict),
        expected=say('a dict that says "up" or "down" for each name'),
        got=say("{report}", report=repr(report)),
    )
    return dict(report)


def wrong_order(run: Run, expected: dict[str, str], report: dict[Any, Any]) -> str | None:
    """Recognise a report whose names, or whose states, stand in the order of the answers."""
    answers = [call.tag for call in sorted(run.calls("probe"), key=lambda call: call.end or 0)]
    in_order_of_answers = [expected[name] for name in answers if name in expected]
    if report == expected:
        return "completion_order" if list(report) == answers else None
    return "completion_order" if list(report.values()) == in_order_of_answers != list(expected.values()) else None


def require_report(simulate: Any, probes: dict[str, list[Any]]) -> None:
    """Require that all probes ran, and the right state for each name; `order_and_time` looks at the order."""
    run = simulate("ask", probes=probes, limit=None)
    expected, report = states(probes), report_of(run, simulate)
    require_all_ran(run, probes)
    diagnosis = None
    if report != expected:
        diagnosis = wrong_order(run, expected, report) or wrong_states(probes, report, simulate)
    run.require(
        report == expected, expected=right(expected), got=say("{report}", report=str(report)), diagnosis=diagnosis
    )


def right(expected: dict[str, str]) -> Sentence:
    """What the report has to be."""
    if not expected:
        return say("an empty report: {report}", report=hidden("{}"))
    if "down" not in expected.values():
        return say('"up" for each probe, whatever it returned: {report}', report=hidden(str(expected)))
    return say('"down" for each probe that raised, "up" for the others: {report}', report=hidden(str(expected)))


def require_all_ran(run: Run, probes: dict[str, list[Any]]) -> None:
    """Require one call of each probe, and that nobody cut it short."""
    calls = run.calls("probe")
    tags = [call.tag for call in calls]
    run.require(
        sorted(tags) == sorted(probes),
        expected=say("one call of each probe"),
        got=say("calls of {probes}", probes=said_together(tags, ", ")) if tags else say("no call at all"),
    )
    failures = {call.end for call in calls if call.error not in ("", "CancelledError")}
    short = [call for call in calls if call.end is None or call.end - call.start < probes[call.tag][0] * NANOSECONDS]
    run.require(
        not short,
        expected=say("every probe runs to its end"),
        got=say("stopped half-way: {probes}", probes=said_together((call.tag for call in short), ", ")),
        diagnosis="one_failure_stops_the_others" if {call.end for call in short} <= failures else None,
    )


def seconds(moment: int | None) -> float:
    """A moment of a run, in seconds."""
    return (moment or 0) / NANOSECONDS


def answers(endings: dict[str, list[Any]]) -> dict[str, str]:
    """What the judge tells each probe: that it "returns" something or "raises"."""
    return {name: json.dumps(ending) for name, ending in endings.items()}


def returns(names: Iterable[str]) -> dict[str, list[Any]]:
    """Each probe returns a secret, which counts as true."""
    return {name: ["returns", text] for name, text in secret_texts(names).items()}


def raises(names: Iterable[str], *errors: str) -> dict[str, list[Any]]:
    """The probes raise these exceptions in turn."""
    return {name: ["raises", error] for name, error in zip(names, cycle(errors), strict=False)}


def some_of(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Two or more of the names, and two or more others, drawn, in an order that is drawn."""
    order = drawn_order(names)
    count = 2 + secrets.randbelow(len(order) - 3)
    return order[:count], order[count:]


def require_outside(rendezvous: Any, endings: dict[str, list[Any]]) -> Run:
    """With a real event loop, the judge answers the probes in the order of `endings`, each when all others wait.

    Nobody cuts a probe short, the report comes when the last is answered, and says what they were told.
    """
    run: Run = rendezvous(
        "ask_the_judge", calls=1, replies=answers(endings), held=list(endings), names=SERVERS, limit=None
    )
    require_told(run, run.value["value"], states(endings))
    require_asked_once(run, say("probes"), SERVERS)
    require_seen(run, not run.meeting.left and not came_before(run, "report", SERVERS))
    return run


def test_order_and_time(simulate: Any, rendezvous: Any) -> None:
    run = simulate("ask", probes=WELL, limit=None)
    expected = dict.fromkeys(WELL, "up")
    report = report_of(run, simulate)
    run.require(
        list(report.items()) == list(expected.items()),
        expected=say('"up" for each probe, in the order given: {report}', report=hidden(str(expected))),
        got=say("{report}", report=str(report)),
        diagnosis=wrong_order(run, expected, report),
    )
    run.require(
        run.value["seconds"] == 3.0,
        expected=say("a report after {seconds} s, the time of the slowest probe", seconds=hidden(3)),
        got=say("a report after {seconds:.1f} s", seconds=run.value["seconds"]),
    )
    require_all_at_once_outside(rendezvous)


def require_all_at_once_outside(rendezvous: Any) -> None:
    """With a real event loop: all probes wait for the judge at once, who answers in an order that is drawn."""
    endings = returns(drawn_order(SERVERS))
    run = rendezvous(
        "ask_the_judge",
        calls=len(SERVERS),
        replies=answers(endings),
        held=list(endings),
        names=SERVERS,
        limit=None,
    )
    require_told(run, in_order(run.value["value"]), [(name, "up") for name in SERVERS])
    require_asked_once(run, say("probes"), SERVERS)
    require_at_once(run, say("probes"))
    require_seen(run, not came_before(run, "report", SERVERS))


def in_order(report: Any) -> Any:
    """A report as pairs; anything else as it is."""
    return list(report.items()) if isinstance(report, dict) else report


def test_one_down_others_up(simulate: Any, rendezvous: Any) -> None:
    require_report(simulate, SOME_DOWN)
    down, up = some_of(SERVERS)
    require_outside(rendezvous, raises(down, "ConnectionError", "LookupError") | returns(up))


def test_falsy_results(simulate: Any, rendezvous: Any) -> None:
    require_report(simulate, FALSY)
    require_outside(rendezvous, {name: ["returns", secrets.choice([None, 0, ""])] for name in SERVERS})


def test_empty(simulate: Any) -> None:
    require_report(simulate, {})  # there is nothing that could be asked of the judge


def test_cancelled_probe_is_down(simulate: Any, rendezvous: Any) -> None:
    require_report(simulate, ONE_CANCELLED)
    down, up = some_of(SERVERS)
    endings = raises(down, "CancelledError") | returns(up)
    require_outside(rendezvous, {name: endings[name] for name in SERVERS})


def test_limit(simulate: Any, rendezvous: Any, show_speed_up: Any) -> None:
    limit = 4
    probes = {f"server {number}": [1, "returns", "fine"] for number in range(1, 11)}
    run = simulate("ask", probes=probes, limit=limit)
    report_of(run, simulate)
    require_all_ran(run, probes)
    peak = run.peak("probe")
    run.require(
        peak <= limit,
        expected=say("never more than {limit} probes at the same time with limit={limit}", limit=hidden(limit)),
        got=say("up to {peak} at the same time", peak=peak),
        diagnosis={5: "one_slot_too_many", len(probes): "limit_without_effect"}.get(peak),
    )
    show_speed_up(run, "probe")
    run.require(
        peak == limit,
        expected=say(
            "with limit={limit}, {limit} probes run at the same time while there are enough", limit=hidden(limit)
        ),
        got=say("one at a time") if peak == 1 else say("at most {peak} at the same time", peak=peak),
    )
    run.require(
        run.value["seconds"] == 3.0,
        expected=say(
            "with limit={limit}, {probes} probes of {each} s each take {seconds} s",
            limit=hidden(limit),
            probes=hidden(len(probes)),
            each=hidden(1),
            seconds=hidden(3),
        ),
        got=say("they took {seconds:.1f} s", seconds=run.value["seconds"]),
    )
    require_limit_outside(rendezvous, limit)


def require_limit_outside(rendezvous: Any, limit: int) -> None:
    """With a real event loop: as many probes as the limit allows wait for the judge at once, and never more."""
    down, up = some_of(SERVERS)
    endings = raises(down, "ConnectionError") | returns(up)
    run = rendezvous("ask_the_judge", calls=limit, replies=answers(endings), held=SERVERS, names=SERVERS, limit=limit)
    require_told(run, run.value["value"], states(endings))
    require_asked_once(run, say("probes"), SERVERS)
    require_at_once(run, say("probes"))
    require_seen(run, run.meeting.together == limit)


def test_slot_reused(simulate: Any, rendezvous: Any) -> None:
    limit = 2
    probes = {name: [1, "returns", "fine"] for name in ("database", "mail", "search", "cache", "backup")}
    probes["database"][0] = 5
    run = simulate("ask", probes=probes, limit=limit)
    report_of(run, simulate)
    require_all_ran(run, probes)
    calls = run.calls("probe")
    ends = sorted((call for call in calls if call.end is not None), key=lambda call: call.end or 0)
    for ended, started in zip(ends, calls[limit:], strict=False):
        run.require(
            started.start <= (ended.end or 0),
            expected=say(
                "{probe} ends at {moment:.1f} s, and the next probe starts at once (limit={limit})",
                probe=ended.tag,
                moment=seconds(ended.end),
                limit=hidden(limit),
            ),
            got=say(
                "the next probe, {probe}, started at {moment:.1f} s only",
                probe=started.tag,
                moment=seconds(started.start),
            ),
            diagnosis="waves" if run.peak("probe") == limit else None,
        )
    require_slot_reused_outside(rendezvous)


def require_slot_reused_outside(rendezvous: Any) -> None:
    """With a real event loop and two slots: the first probe waits for the judge while all the others come and go."""
    first, *others = [f"turn {number}" for number in range(1, len(SERVERS) + 1)]
    down, up = some_of([first, *others])
    endings = raises(down, "ConnectionError") | returns(up)
    told = answers(endings)
    phases = [*(Phase(2, {turn: told[turn]}) for turn in others), Phase(1, {first: told[first], "report": ""})]
    run = rendezvous("ask_the_judge", phases=phases, names=SERVERS, limit=2, by_turn=True)
    started = dict(zip(run.value["started"], [first, *others], strict=False))
    expected = states({name: endings[turn] for name, turn in started.items()})
    require_told(run, run.value["value"], expected)
    require_told(run, sorted(started), SERVERS)
    require_phases(run, len(phases))
    require_asked_once(run, say("probes"), [first, *others])


def test_caller_cancel_reaches_probes(simulate: Any, rendezvous: Any) -> None:
    probes = {name: [4, "returns", "fine"] for name in ("database", "mail", "search", "cache", "backup")}
    probes["mail"][0] = 1
    after = 2.5
    run = simulate("cancel", probes=probes, limit=3, after=after)
    value = run.value
    came_out = say("{exception} was raised at {moment:.1f} s", exception=str(value["value"]), moment=value["seconds"])
    came_back = say("{value} was returned at {moment:.1f} s", value=str(value["value"]), moment=value["seconds"])
    run.require(
        (value["kind"], value["value"]) == ("raised", "CancelledError"),
        expected=say("CancelledError comes out of the report that is cancelled after {after} s", after=hidden(after)),
        got=came_out if value["kind"] == "raised" else came_back,
        diagnosis="cancellation_swallowed" if value["kind"] == "value" and value["in_time"] else None,
    )
    moment = round(after * NANOSECONDS)
    went_on = [call for call in run.calls("probe") if call.start < moment and not over_by(call, moment)]
    run.require(
        not went_on,
        expected=say("every probe that is running is cancelled with the report, after {after} s", after=hidden(after)),
        got=said_together(map(how_it_went_on, went_on)),
        diagnosis="task_left_behind",
    )
    late = [call for call in run.calls("probe") if call.start >= moment]
    run.require(
        not late,
        expected=say("no probe is started when the report has been cancelled, after {after} s", after=hidden(after)),
        got=said_together(
            say("{probe} was started at {moment:.1f} s", probe=call.tag, moment=seconds(call.start)) for call in late
        ),
    )
    require_cancelled_outside(rendezvous, limit=3)


def require_cancelled_outside(rendezvous: Any, limit: int) -> None:
    """With a real event loop: the judge sees the running probes go when the report is cancelled, and no others come.

    He cancels when all who run wait for him.
    """
    ends = {name: f"end of {name}" for name in SERVERS}
    receipts = secret_texts(ends.values())
    phases = [Phase(2, {"cancel": "", **receipts})]  # the probes are never answered
    run = rendezvous("cancel_with_the_judge", phases=phases, held=["cancel"], names=SERVERS, limit=limit)
    value, meeting = run.value, run.meeting
    require_told(run, [value["kind"], value["value"]], ["raised", "CancelledError"])
    require_phases(run, len(phases))
    running = [tag for tag in meeting.came if tag in SERVERS]
    require_told(run, value["receipts"], {name: receipts[ends[name]] for name in running})
    came_after = meeting.came[len(running) + 1 :]
    require_seen(
        run, sorted(meeting.left) == sorted(running) and sorted(came_after) == sorted(ends[name] for name in running)
    )


def how_it_went_on(call: Call) -> Sentence:
    """`mail went on until 4.0 s`."""
    if call.end is None:
        return say("{probe} never ended", probe=call.tag)
    return say("{probe} went on until {moment:.1f} s", probe=call.tag, moment=seconds(call.end))


def over_by(call: Call, moment: int) -> bool:
    """True when the call was over by then."""
    return call.end is not None and call.end <= moment
