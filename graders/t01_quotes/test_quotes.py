"""The hidden checks of `t01_quotes`."""

from collections.abc import Mapping, Sequence
from typing import Any

from course.judge.diagnosis import of_exception, value_if_any
from course.judge.outside import (
    came_before,
    drawn_order,
    require_a_thread_for_each,
    require_asked_once,
    require_at_once,
    require_threads,
    secret_texts,
    threads_at,
)
from course.judge.records import NANOSECONDS
from course.judge.run import Run
from course.language import hidden, said_together, say

PRICES = {"ACME": 12.5, "BOLT": 99.0, "CLAY": 0.25, "DUNE": 7.75, "ELMS": 31.0}
# Replies come neither in order nor in reverse; all calls are shorter than 2 s.
SECONDS = {"ACME": 1.0, "BOLT": 0.4, "CLAY": 0.8, "DUNE": 0.2, "ELMS": 0.6}

# BOLT is the first in order that fails, CLAY the first in time, DUNE the last in both; ELMS takes longest.
FAILING = ["BOLT", "CLAY", "DUNE"]
FIRST_IN_TIME = "CLAY"
UNEVEN = {"ACME": 0.2, "BOLT": 0.6, "CLAY": 0.4, "DUNE": 0.8, "ELMS": 1.0}

CALLS = say("calls of fetch")


def seen(run: Run) -> Any:
    """What the scenario saw; a `fetch_quotes` that raised fails here."""
    value = run.value
    run.require(
        value["kind"] == "value",
        expected=say("a dict of prices"),
        got=say("an exception, {exception}", exception=str(value["value"])),
        diagnosis="late_binding" if asked_again(run) else of_exception(str(value["value"])),
    )
    return value


def asked_again(run: Run) -> bool:
    """True when a symbol was asked for twice, as happens when all threads read the loop variable at its end."""
    asked = [call.tag for call in run.calls("fetch")]
    return len(set(asked)) < len(asked)


def too_few_threads(run: Run) -> str | None:
    """Recognise a pool with fewer threads than symbols: some thread makes its second call when its first is over."""
    calls = run.calls("fetch")
    threads = {call.thread for call in calls}
    if 0 in threads or not len(threads) == run.peak("fetch") < len(calls):
        return None
    return "one_worker" if len(threads) == 1 else "pool_too_small"


def error_lost(run: Run, told: Any) -> str | None:
    """The classic mistake behind a wrong exception, or none at all, when the calls have failed."""
    now = told["returned_at"] * NANOSECONDS
    failed = [call for call in run.calls("fetch") if call.error and call.end is not None and call.end <= now]
    if told["kind"] == "value" and len(failed) == len(FAILING) and not run.record.uncaught:
        return "failure_swallowed"
    if (told["kind"], told["value"]) == ("raised", f"LookupError: {FIRST_IN_TIME}"):
        return "first_in_time"
    return None


def in_seconds(each: float) -> dict[str, float]:
    """Every call takes as long."""
    return dict.fromkeys(PRICES, each)


def wrong_prices(run: Run, got: Any, wanted: list[Any]) -> str | None:
    """The classic mistake behind a wrong dict: the right prices in the order of replies, or one symbol asked twice."""
    replies = sorted(run.calls("fetch"), key=lambda call: call.end or 0)
    if got != wanted and got == [(call.tag, PRICES[call.tag]) for call in replies]:
        return "completion_order"
    return "late_binding" if asked_again(run) else None


def real_threads(rendezvous: Any, replies: Mapping[str, str], *, order: Sequence[str] = (), calls: int = 1) -> Run:
    """The run in which it is the judge who answers, each call when all threads sleep; he sees what comes after, too."""
    held = [*(order or drawn_order(replies)), "over"]
    run: Run = rendezvous("ask_the_judge", calls=calls, replies=replies, held=held, symbols=list(replies))
    require_asked_once(run, CALLS, list(replies))
    return run


def require_prices(run: Run, told: Mapping[str, str], *, in_order: bool = False) -> None:
    """Require that the dict has the prices that only the judge knew."""
    got, wanted = seen(run)["value"], [(symbol, float(text)) for symbol, text in told.items()]
    complete = isinstance(got, list) and len(got) == len(wanted) and all(pair in got for pair in wanted)
    run.require(
        got == wanted if in_order else complete,
        expected=say("these prices, in this order: {prices}", prices=hidden(dict(wanted)))
        if in_order
        else say("these prices: {prices}", prices=hidden(dict(wanted))),
        got=say("{value}", value=str(got)),
    )


def test_values_and_order(explore: Any, rendezvous: Any) -> None:
    for run in explore("ask_all", prices=PRICES, seconds=SECONDS, failing=[], any_order=True):
        got, wanted = seen(run)["value"], list(PRICES.items())
        run.require(
            got == wanted,
            expected=say("these prices, in this order: {prices}", prices=hidden(PRICES)),
            got=say("{value}", value=str(got)),
            diagnosis=wrong_prices(run, got, wanted),
        )
    told = secret_texts(PRICES)
    require_prices(real_threads(rendezvous, told), told, in_order=True)


def test_empty(simulate: Any) -> None:
    run = simulate("ask_all", prices={}, seconds={}, failing=[])
    told = run.value
    if told["kind"] == "raised":
        some = value_if_any(simulate("ask_all", prices=PRICES, seconds=SECONDS, failing=[]))
        works_otherwise = some is not None and some["kind"] == "value"
        diagnosis = of_exception(told["value"]) or ("empty_not_expected" if works_otherwise else None)
        run.fail(
            expected=say("{{}} for no symbols"),
            got=say("an exception, {exception}", exception=str(told["value"])),
            diagnosis=diagnosis,
        )
    value, calls = seen(run)["value"], len(run.calls("fetch"))
    run.require(value == [], expected=say("{{}} for no symbols"), got=say("{value}", value=str(value)))
    run.require(not calls, expected=say("no call of fetch"), got=say("{calls} calls of fetch", calls=calls))


def test_all_in_flight(explore: Any, rendezvous: Any, show_speed_up: Any) -> None:
    runs = explore("ask_all", prices=PRICES, seconds=in_seconds(1.0), failing=[], schedules=20)
    show_speed_up(runs[0], "fetch")
    for run in runs:
        seen(run)
        run.require(
            run.peak("fetch") == len(PRICES),
            expected=say("{calls} calls of fetch going on at the same time", calls=len(PRICES)),
            got=say(
                "at most {peak} at the same time, so that it took {seconds:.1f} s",
                peak=run.peak("fetch"),
                seconds=run.seconds,
            ),
            diagnosis=too_few_threads(run),
        )
    told = secret_texts(PRICES)
    run = real_threads(rendezvous, told, calls=len(told))
    require_at_once(run, CALLS)
    require_threads(run, len(told))
    require_a_thread_for_each(run, CALLS, list(told))
    require_prices(run, told)


def test_off_main_thread(explore: Any, rendezvous: Any) -> None:
    for run in explore("ask_all", prices=PRICES, seconds=in_seconds(1.0), failing=[], schedules=20):
        seen(run)
        mine = [call.tag for call in run.calls("fetch") if call.thread == 0]
        run.require(
            not mine,
            expected=say("the caller's thread starts the work and waits; it never calls fetch itself"),
            got=say(
                "{mine} of {calls} calls of fetch ran on the caller's thread: {symbols}",
                mine=len(mine),
                calls=len(run.calls("fetch")),
                symbols=", ".join(mine),
            ),
            diagnosis="caller_works_too" if len(mine) < len(run.calls("fetch")) else "same_thread",
        )
    told = secret_texts(PRICES)
    run = real_threads(rendezvous, told)
    require_a_thread_for_each(run, CALLS, list(told), besides_the_first=True)
    require_prices(run, told)


def test_error_after_all_done(explore: Any, rendezvous: Any) -> None:
    for run in explore("ask_all", prices=PRICES, seconds=UNEVEN, failing=FAILING):
        require_error(run, f"LookupError: {FAILING[0]}")
        early = [call.tag for call in run.calls("fetch") if call.end is None]
        after = run.value["returned_at"]
        run.require(
            not early and len(run.calls("fetch")) == len(PRICES),
            expected=say("the exception is raised when all the calls have ended"),
            got=say(
                "raised after {after:.1f} s; {count} calls had not ended: {calls}",
                after=after,
                count=len(early),
                calls=", ".join(early),
            )
            if early
            else say("raised after {after:.1f} s; some calls were never made", after=after),
        )
        run.require(
            not run.record.uncaught,
            expected=say("no thread dies of an exception"),
            got=said_together(
                say("{exception} ended {thread}", exception=each.type, thread=each.where)
                for each in run.record.uncaught
            ),
        )
    require_error_of_the_judges(rendezvous)


def require_error(run: Run, error: str) -> None:
    """Require that this exception came out."""
    value = run.value
    run.require(
        (value["kind"], value["value"]) == ("raised", error),
        expected=say(
            "the exception of the first symbol (in your order) that failed: {exception}", exception=hidden(error)
        ),
        got=say("it raised {exception}", exception=str(value["value"]))
        if value["kind"] == "raised"
        else say("it returned {value}", value=str(value["value"])),
        diagnosis=error_lost(run, value) if run.is_simulated else None,
    )


def require_error_of_the_judges(rendezvous: Any) -> None:
    """Three of five real calls fail, as the judge says; the first of them fails last, and a good one ends after it."""
    first, second, third, fourth, last = symbols = drawn_order(PRICES)
    secret = secret_texts(symbols)
    told = {
        symbol: f"no price {text}" if symbol in (second, third, fourth) else text for symbol, text in secret.items()
    }
    run = real_threads(rendezvous, told, order=[fourth, third, first, second, last])
    require_error(run, f"LookupError: {told[second]}")
    run.require(
        not came_before(run, "over", symbols),
        expected=say("the exception is raised when all the calls have ended, outside of the simulation too"),
        got=say("it was raised before the last answer had come"),
    )


def test_no_threads_left(explore: Any, rendezvous: Any) -> None:
    slow = {**in_seconds(0.5), "CLAY": 30.0}
    for run in explore("ask_all", prices=PRICES, seconds=slow, failing=[]):
        left = seen(run)["threads_left"]
        run.require(
            not left,
            expected=say("every thread that you started has ended when fetch_quotes comes back"),
            got=say("{count} still running: {threads}", count=len(left), threads=", ".join(left)),
            diagnosis="thread_left_behind",
        )
    told = secret_texts(PRICES)
    run = real_threads(rendezvous, told)
    require_prices(run, told)
    run.require(
        not came_before(run, "over", told) and not threads_at(run, "over"),
        expected=say("every thread has ended when fetch_quotes comes back, outside of the simulation too"),
        got=say("{count} threads were still there", count=threads_at(run, "over")),
    )
