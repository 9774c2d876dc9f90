"""The hidden checks of `t01_quotes`."""

from typing import Any

from course.judge.run import Run

PRICES = {"ACME": 12.5, "BOLT": 99.0, "CLAY": 0.25, "DUNE": 7.75, "ELMS": 31.0}
# Replies come in reverse; all calls are shorter than 2 s.
SECONDS = {"ACME": 1.0, "BOLT": 0.8, "CLAY": 0.6, "DUNE": 0.4, "ELMS": 0.2}


def seen(run: Run) -> Any:
    """What the scenario saw; a `fetch_quotes` that raised fails here."""
    value = run.value
    run.require(
        value["kind"] == "value",
        expected="a dict of prices",
        got=f"an exception, {value['value']}",
        diagnosis="late_binding" if asked_again(run) else None,
    )
    return value


def asked_again(run: Run) -> bool:
    """True when a symbol was asked for twice, as happens when all threads read the loop variable at its end."""
    asked = [call.tag for call in run.calls("fetch")]
    return len(set(asked)) < len(asked)


def in_seconds(each: float) -> dict[str, float]:
    """Every call takes as long."""
    return dict.fromkeys(PRICES, each)


def wrong_prices(run: Run, got: Any, wanted: list[Any]) -> str | None:
    """The classic mistake behind a wrong dict: the right prices in another order, or one symbol asked for twice."""
    if isinstance(got, list) and sorted(map(str, got)) == sorted(map(str, wanted)):
        return "completion_order"
    return "late_binding" if asked_again(run) else None


def test_values_and_order(explore: Any) -> None:
    for run in explore("ask_all", prices=PRICES, seconds=SECONDS, failing=[]):
        got, wanted = seen(run)["value"], list(PRICES.items())
        run.require(
            got == wanted, expected=f"{PRICES}, in this order", got=str(got), diagnosis=wrong_prices(run, got, wanted)
        )


def test_empty(simulate: Any) -> None:
    run = simulate("ask_all", prices={}, seconds={}, failing=[])
    run.require(seen(run)["value"] == [], expected="{} for no symbols", got=str(seen(run)["value"]))
    run.require(not run.calls("fetch"), expected="no call of fetch", got=f"{len(run.calls('fetch'))} calls")


def test_all_in_flight(explore: Any, show_speed_up: Any) -> None:
    runs = explore("ask_all", prices=PRICES, seconds=in_seconds(1.0), failing=[], schedules=20)
    show_speed_up(runs[0], "fetch")
    for run in runs:
        seen(run)
        run.require(
            run.peak("fetch") == len(PRICES),
            expected=f"{len(PRICES)} calls of fetch going on at the same time",
            got=f"at most {run.peak('fetch')}; {run.seconds:.1f} s instead of 1.0 s",
        )


def test_off_main_thread(explore: Any) -> None:
    for run in explore("ask_all", prices=PRICES, seconds=in_seconds(1.0), failing=[], schedules=20):
        seen(run)
        mine = [call.tag for call in run.calls("fetch") if call.thread == 0]
        run.require(
            not mine,
            expected="the caller's thread starts the work and waits; it never calls fetch itself",
            got=f"fetch ran on the caller's thread for {', '.join(mine)}",
        )


def test_error_after_all_done(explore: Any) -> None:
    # DUNE fails first in time, BOLT is first in order, ELMS takes longest.
    seconds = {"ACME": 0.2, "BOLT": 0.6, "CLAY": 0.8, "DUNE": 0.4, "ELMS": 1.0}
    for run in explore("ask_all", prices=PRICES, seconds=seconds, failing=["BOLT", "DUNE"]):
        value = run.value
        run.require(
            (value["kind"], value["value"]) == ("raised", "LookupError: BOLT"),
            expected="the exception of the first symbol (in your order) that failed: LookupError: BOLT",
            got=f"{value['value']} was {'raised' if value['kind'] == 'raised' else 'returned'}",
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
