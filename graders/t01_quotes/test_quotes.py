"""The hidden checks of `t01_quotes`."""

from typing import Any

from course.judge.diagnosis import of_exception, value_if_any
from course.judge.outside import require_at_once, require_threads, secret_texts
from course.judge.records import NANOSECONDS
from course.judge.run import Run

PRICES = {"ACME": 12.5, "BOLT": 99.0, "CLAY": 0.25, "DUNE": 7.75, "ELMS": 31.0}
# Replies come neither in order nor in reverse; all calls are shorter than 2 s.
SECONDS = {"ACME": 1.0, "BOLT": 0.4, "CLAY": 0.8, "DUNE": 0.2, "ELMS": 0.6}

# BOLT is the first in order that fails, CLAY the first in time, DUNE the last in both; ELMS takes longest.
FAILING = ["BOLT", "CLAY", "DUNE"]
FIRST_IN_TIME = "CLAY"
UNEVEN = {"ACME": 0.2, "BOLT": 0.6, "CLAY": 0.4, "DUNE": 0.8, "ELMS": 1.0}


def seen(run: Run) -> Any:
    """What the scenario saw; a `fetch_quotes` that raised fails here."""
    value = run.value
    run.require(
        value["kind"] == "value",
        expected="a dict of prices",
        got=f"an exception, {value['value']}",
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


def test_values_and_order(explore: Any) -> None:
    for run in explore("ask_all", prices=PRICES, seconds=SECONDS, failing=[], any_order=True):
        got, wanted = seen(run)["value"], list(PRICES.items())
        run.require(
            got == wanted, expected=f"{PRICES}, in this order", got=str(got), diagnosis=wrong_prices(run, got, wanted)
        )


def test_empty(simulate: Any) -> None:
    run = simulate("ask_all", prices={}, seconds={}, failing=[])
    told = run.value
    if told["kind"] == "raised":
        some = value_if_any(simulate("ask_all", prices=PRICES, seconds=SECONDS, failing=[]))
        works_otherwise = some is not None and some["kind"] == "value"
        diagnosis = of_exception(told["value"]) or ("empty_not_expected" if works_otherwise else None)
        run.fail(expected="{} for no symbols", got=f"an exception, {told['value']}", diagnosis=diagnosis)
    run.require(seen(run)["value"] == [], expected="{} for no symbols", got=str(seen(run)["value"]))
    run.require(not run.calls("fetch"), expected="no call of fetch", got=f"{len(run.calls('fetch'))} calls")


def test_all_in_flight(explore: Any, rendezvous: Any, show_speed_up: Any) -> None:
    runs = explore("ask_all", prices=PRICES, seconds=in_seconds(1.0), failing=[], schedules=20)
    show_speed_up(runs[0], "fetch")
    for run in runs:
        seen(run)
        run.require(
            run.peak("fetch") == len(PRICES),
            expected=f"{len(PRICES)} calls of fetch going on at the same time",
            got=f"at most {run.peak('fetch')}; {run.seconds:.1f} s instead of 1.0 s",
            diagnosis=too_few_threads(run),
        )
    told = secret_texts(PRICES)
    run = rendezvous("ask_the_judge", calls=len(told), replies=told, symbols=list(told))
    require_at_once(run, "calls of fetch")
    require_threads(run, len(told))
    prices = [(symbol, float(text)) for symbol, text in told.items()]
    got = seen(run)["value"]
    complete = isinstance(got, list) and len(got) == len(prices) and all(pair in got for pair in prices)
    run.require(complete, expected=f"these prices: {prices}", got=str(got))


def test_off_main_thread(explore: Any) -> None:
    for run in explore("ask_all", prices=PRICES, seconds=in_seconds(1.0), failing=[], schedules=20):
        seen(run)
        mine = [call.tag for call in run.calls("fetch") if call.thread == 0]
        run.require(
            not mine,
            expected="the caller's thread starts the work and waits; it never calls fetch itself",
            got=f"fetch ran on the caller's thread for {', '.join(mine)}",
            diagnosis="caller_works_too" if len(mine) < len(run.calls("fetch")) else "same_thread",
        )


def test_error_after_all_done(explore: Any) -> None:
    for run in explore("ask_all", prices=PRICES, seconds=UNEVEN, failing=FAILING):
        value = run.value
        run.require(
            (value["kind"], value["value"]) == ("raised", "LookupError: BOLT"),
            expected="the exception of the first symbol (in your order) that failed: LookupError: BOLT",
            got=f"{value['value']} was {'raised' if value['kind'] == 'raised' else 'returned'}",
            diagnosis=error_lost(run, value),
        )
        early = [call.tag for call in run.calls("fetch") if call.end is None]
        run.require(
            not early and len(run.calls("fetch")) == len(PRICES),
            expected="the exception is raised when all the calls have ended",
            got=f"raised after {value['returned_at']} s; calls not ended: {', '.join(early) or 'some never made'}",
        )
        run.require(
            not run.record.uncaught,
            expected="no thread dies of an exception",
            got="; ".join(f"{each.type} ended {each.where}" for each in run.record.uncaught),
        )


def test_no_threads_left(explore: Any) -> None:
    slow = {**in_seconds(0.5), "CLAY": 30.0}
    for run in explore("ask_all", prices=PRICES, seconds=slow, failing=[]):
        left = seen(run)["threads_left"]
        run.require(
            not left,
            expected="every thread that you started has ended when fetch_quotes comes back",
            got=f"{len(left)} still running: {', '.join(left)}",
            diagnosis="thread_left_behind",
        )
