"""The hidden checks of `t03_gate`."""

from typing import Any

from course.judge.run import Run

CONFIG = {"currency": "EUR"}
NO_FILE = "no such file: shop.toml"
# The first handler is the slowest: results that are kept as they come are in the wrong order.
HANDLING = [3.0, 2.0, 1.0]
SERVED = {"config": CONFIG, "loading": 0.5, "handling": HANDLING, "failure": "", "schedules": 30}
NOT_SERVED = {"config": CONFIG, "loading": 0.0, "handling": HANDLING, "failure": NO_FILE, "schedules": 30}


def outcome(call: str, told: Any) -> str:
    """What came of a call of wait(), in words."""
    if told is None:
        return f"{call} never came back"
    did = f"raised {told['what']}" if told["kind"] == "raised" else "returned"
    return f"{call} {did} after {told['after']:g} s"


def held_back(run: Run, seconds: float) -> None:
    """Nobody came through while the gate was shut; everybody did afterwards."""
    early = [told for told in run.value["before"] if told is not None]
    run.require(
        not early,
        expected=f"wait() without a limit holds a thread back until open() is called, here after {seconds:g} s",
        got=f"{outcome('wait()', early[0])}, while the gate was shut" if early else "",
    )
    after = run.value["after"]
    through = [told for told in after if told is not None]
    run.require(
        len(through) == len(after),
        expected=f"open() wakes every waiting thread; here {len(after)} wait",
        got=f"{len(through)} of {len(after)} went on, the others wait for ever",
        diagnosis="wakes_only_one" if len(through) == 1 else "event_never_set",
    )
    wrong = [told for told in through if told["kind"] != "value"]
    run.require(
        not wrong,
        expected="wait() returns when the gate opens",
        got=outcome("wait()", wrong[0]) if wrong else "",
    )


def test_blocks_until_open(explore: Any, simulate: Any) -> None:
    for run in explore("hold", waiters=3, seconds=1.0, schedules=20):
        held_back(run, 1.0)
    held_back(simulate("hold", waiters=1, seconds=90.0), 90.0)


def test_late_waiter_passes(explore: Any) -> None:
    for run in explore("come_late", schedules=20):
        passed = [told is not None and (told["kind"], told["after"]) == ("value", 0.0) for told in run.value["late"]]
        early, missing = run.value["early"], run.value["late"][0] is None
        for call, told, good in zip(("wait()", "wait(5.0)", "wait(0)"), run.value["late"], passed, strict=True):
            run.require(
                good,
                expected=f"{call} returns at once in a thread that comes 1 s after open()",
                got=outcome(call, told),
                diagnosis="signal_not_remembered" if early is not None and missing else None,
            )


def test_timeout_raises(simulate: Any) -> None:
    for timeout in (2.0, 0):
        run = simulate("wait_in_vain", timeout=timeout)
        told = run.value
        # The clock creeps on for a loop that only reads it: a busy wait is a little late, and has a check of its own.
        run.require(
            told is not None and told["is_timeout"] and timeout <= told["after"] <= timeout + 0.05,
            expected=f"wait({timeout:g}) on a shut gate raises TimeoutError after {timeout:g} s",
            got=outcome(f"wait({timeout:g})", told),
        )


def test_fail_reaches_waiters_early_and_late(explore: Any) -> None:
    for run in explore("fail", message=NO_FILE, schedules=30):
        who = ["a thread that waited already", "a thread that came just then"]
        who += ["a thread that came 1 s later", "a thread that came 1 s later, with a limit of 5 s"]
        for thread, told in zip(who, run.value["early"] + run.value["late"], strict=True):
            run.require(
                told is not None and told["is_error"],
                expected=f"wait() raises the very object that fail() was given, OSError: {NO_FILE}",
                got=f"in {thread}, {outcome('wait()', told)}",
                diagnosis="event_never_set" if told is None else None,
            )


def test_handlers_after_load_and_together(explore: Any, show_speed_up: Any) -> None:
    runs = explore("serve", **SERVED)
    show_speed_up(runs[0], "handler")
    for run in runs:
        value = run.value
        run.require(
            value["kind"] == "value",
            expected="a list of results",
            got=f"an exception, {value['value']}",
        )
        loads = run.calls("load")
        run.require(len(loads) == 1, expected="load() is called once", got=f"{len(loads)} calls of load()")
        early = [call.tag for call in run.calls("handler") if loads[0].end is None or call.start < loads[0].end]
        run.require(
            not early,
            expected="no handler starts before load() has returned",
            got=f"load() was still at work when {len(early)} of {len(HANDLING)} handlers were called",
        )
        run.require(
            run.peak("handler") == len(HANDLING),
            expected=f"when load() has returned, {len(HANDLING)} handlers are at work at the same time",
            got=f"at most {run.peak('handler')} at the same time",
        )
        results = [[number, CONFIG] for number in range(1, len(HANDLING) + 1)]
        run.require(
            value["value"] == results,
            expected=f"the handlers' results in the order of the handlers, here [number, config] of each: {results}",
            got=str(value["value"]),
        )


def test_threads_wait_already_during_load(explore: Any) -> None:
    for run in explore("serve", **SERVED):
        threads = run.value["threads_at_load"]
        run.require(
            bool(threads) and threads[0] >= len(HANDLING),
            expected=f"{len(HANDLING)} threads, one for each handler, are started before load() is called",
            got=f"{threads[0]} threads when load() began" if threads else "load() was never called",
        )


def test_no_cpu_no_polling(explore: Any, simulate: Any) -> None:
    short, long = (simulate("hold", waiters=1, seconds=seconds) for seconds in (1.0, 2.0))
    for run in (short, long, explore("serve", **SERVED)[0]):
        run.value  # a run that did not come to its end fails here
        run.require(
            run.record.spins == 0,
            expected="a waiting thread uses no processor until it is woken",
            got="a loop went round more than 1000 times while nothing happened",
        )
        sleeps = [sleep for sleep in run.record.sleeps if sleep.line and sleep.thread]
        run.require(
            not sleeps,
            expected="a waiting thread is woken when there is news; it does not look for itself with time.sleep()",
            got=f"{len(sleeps)} calls of time.sleep() in {run.seconds:g} s, at line {sleeps[0].line}" if sleeps else "",
            diagnosis="polling",
        )
    # A thread that sleeps until it is woken does as much in two seconds as in one.
    more = long.record.points - short.record.points
    long.require(
        more <= 0,
        expected="a waiting thread does nothing until it is woken, however long that takes",
        got=f"one more second of waiting cost {more} more steps of your code: it woke up to look, again and again",
        diagnosis="polling",
    )


def test_load_failure(explore: Any) -> None:
    for run in explore("serve", **NOT_SERVED):
        value = run.value
        run.require(
            value["is_error"],
            expected=f"the very exception that load() raised, OSError: {NO_FILE}",
            got=f"{value['value']} was {'raised' if value['kind'] == 'raised' else 'returned'}",
        )
        called = [call.tag for call in run.calls("handler")]
        run.require(
            not called,
            expected="no handler is called when load() has raised",
            got=f"{len(called)} of {len(HANDLING)} handlers were called",
        )
        left = value["threads_left"]
        run.require(
            not left,
            expected="every thread that you started has ended when serve_when_ready raises",
            got=f"{len(left)} still running: {', '.join(left)}",
            diagnosis="thread_left_behind",
        )
