"""The hidden checks of `a17_health`."""

from typing import Any

from course.judge.diagnosis import of_exception, value_if_any
from course.judge.outside import require_at_once, secret_texts
from course.judge.records import NANOSECONDS, Call
from course.judge.run import CheckFailed, Run

# No failure, and three results that count as true.
WELL = {"database": [3.0, "returns", 200], "mail": [1.0, "returns", "fine"], "search": [2.0, "returns", True]}
# The first failure is the first of all answers, the other one the last, and of another type.
SOME_DOWN = {
    "database": [4.0, "returns", 200],
    "mail": [1.0, "raises", "ConnectionError"],
    "search": [3.0, "returns", "fine"],
    "backup": [5.0, "raises", "LookupError"],
    "cache": [2.0, "returns", True],
}
FALSY = {"returns None": [1.0, "returns", None], "returns 0": [1.0, "returns", 0], "returns ''": [1.0, "returns", ""]}
ONE_CANCELLED = {
    "pool": [1.0, "raises", "CancelledError"],
    "database": [2.0, "returns", 200],
    "search": [3.0, "returns", "fine"],
}


def states(probes: dict[str, list[Any]]) -> dict[str, str]:
    """The right report on these probes."""
    return {name: "down" if ending == "raises" else "up" for name, (_, ending, _) in probes.items()}


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
    run.require(isinstance(report, dict), expected='a dict that says "up" or "down" for each name', got=repr(report))
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
    run.require(report == expected, expected=str(expected), got=str(report), diagnosis=diagnosis)


def require_all_ran(run: Run, probes: dict[str, list[Any]]) -> None:
    """Require one call of each probe, and that nobody cut it short."""
    calls = run.calls("probe")
    tags = [call.tag for call in calls]
    run.require(
        sorted(tags) == sorted(probes),
        expected="one call of each probe",
        got=f"calls of {', '.join(tags)}" if tags else "no call at all",
    )
    failures = {call.end for call in calls if call.error not in ("", "CancelledError")}
    short = [call for call in calls if call.end is None or call.end - call.start < probes[call.tag][0] * NANOSECONDS]
    run.require(
        not short,
        expected="every probe runs to its end",
        got=f"stopped half-way: {', '.join(call.tag for call in short)}",
        diagnosis="one_failure_stops_the_others" if {call.end for call in short} <= failures else None,
    )


def at(moment: int | None) -> str:
    """A moment in a call's life, as students read it."""
    return "never" if moment is None else f"{moment / NANOSECONDS:.1f} s"


def test_order_and_time(simulate: Any) -> None:
    run = simulate("ask", probes=WELL, limit=None)
    expected = dict.fromkeys(WELL, "up")
    report = report_of(run, simulate)
    run.require(
        list(report.items()) == list(expected.items()),
        expected=f"{expected}, in this order",
        got=str(report),
        diagnosis=wrong_order(run, expected, report),
    )
    run.require(
        run.value["seconds"] == 3.0,
        expected="a report after 3.0 s, the time of the slowest probe",
        got=f"a report after {run.value['seconds']:.1f} s",
    )


def test_one_down_others_up(simulate: Any) -> None:
    require_report(simulate, SOME_DOWN)


def test_falsy_results(simulate: Any) -> None:
    require_report(simulate, FALSY)


def test_empty(simulate: Any) -> None:
    require_report(simulate, {})


def test_cancelled_probe_is_down(simulate: Any) -> None:
    require_report(simulate, ONE_CANCELLED)


def test_limit(simulate: Any, rendezvous: Any, show_speed_up: Any) -> None:
    probes = {f"server {number}": [1.0, "returns", "fine"] for number in range(1, 11)}
    run = simulate("ask", probes=probes, limit=4)
    report_of(run, simulate)
    require_all_ran(run, probes)
    peak = run.peak("probe")
    expected = "with limit=4 and ten probes, four of them run at the same time"
    run.require(
        peak <= 4,
        expected=f"{expected}, never more",
        got=f"up to {peak} at the same time",
        diagnosis={5: "one_slot_too_many", len(probes): "limit_without_effect"}.get(peak),
    )
    show_speed_up(run, "probe")
    run.require(peak == 4, expected=expected, got="one at a time" if peak == 1 else f"at most {peak} at the same time")
    run.require(
        run.value["seconds"] == 3.0,
        expected="ten probes of 1.0 s each, four at a time, take 3.0 s",
        got=f"they took {run.value['seconds']:.1f} s",
    )
    require_report_of_the_judges(rendezvous)


def require_report_of_the_judges(rendezvous: Any) -> None:
    """With a real event loop: four probes wait for the judge at once, and the report is what he has told them."""
    drawn = secret_texts(f"server {number}" for number in range(8))
    told = {name: "down" if int(text) % 2 else "up" for name, text in drawn.items()}
    run = rendezvous("ask_the_judge", calls=4, replies=told, names=list(told), limit=4)
    require_at_once(run, "probes")
    got = list(run.value[1].items()) if isinstance(run.value[1], dict) else run.value[1]
    run.require(got == list(told.items()), expected=str(told), got=str(run.value[1]))


def test_slot_reused(simulate: Any) -> None:
    limit = 2
    probes = {name: [1.0, "returns", "fine"] for name in ("database", "mail", "search", "cache", "backup")}
    probes["database"][0] = 5.0
    run = simulate("ask", probes=probes, limit=limit)
    report_of(run, simulate)
    require_all_ran(run, probes)
    calls = run.calls("probe")
    ends = sorted((call for call in calls if call.end is not None), key=lambda call: call.end or 0)
    for ended, started in zip(ends, calls[limit:], strict=False):
        run.require(
            started.start <= (ended.end or 0),
            expected=f"{ended.tag} ends at {at(ended.end)}, and the next probe starts at once (limit={limit})",
            got=f"the next probe, {started.tag}, started at {at(started.start)} only",
            diagnosis="waves" if run.peak("probe") == limit else None,
        )


def test_caller_cancel_reaches_probes(simulate: Any) -> None:
    probes = {name: [4.0, "returns", "fine"] for name in ("database", "mail", "search", "cache", "backup")}
    probes["mail"][0] = 1.0
    run = simulate("cancel", probes=probes, limit=3, after=2.5)
    value = run.value
    came = "raised" if value["kind"] == "raised" else "returned"
    run.require(
        (value["kind"], value["value"]) == ("raised", "CancelledError"),
        expected="CancelledError comes out of the report that is cancelled at 2.5 s",
        got=f"{value['value']} was {came} at {value['seconds']:.1f} s",
        diagnosis="cancellation_swallowed" if value["kind"] == "value" and value["in_time"] else None,
    )
    moment = round(2.5 * NANOSECONDS)
    went_on = [call for call in run.calls("probe") if call.start < moment and not over_by(call, moment)]
    run.require(
        not went_on,
        expected="every probe that is running is cancelled with the report, at 2.5 s",
        got="; ".join(f"{call.tag} went on until {at(call.end)}" for call in went_on),
        diagnosis="task_left_behind",
    )
    late = [call for call in run.calls("probe") if call.start >= moment]
    run.require(
        not late,
        expected="no probe is started when the report has been cancelled, at 2.5 s",
        got="; ".join(f"{call.tag} was started at {at(call.start)}" for call in late),
    )


def over_by(call: Call, moment: int) -> bool:
    """True when the call was over by then."""
    return call.end is not None and call.end <= moment
