"""The hidden checks of `t03_gate`."""

from typing import Any

from course.judge.diagnosis import needs_preemption, value_if_any
from course.judge.outside import require_at_once, require_threads, secret_texts
from course.judge.run import Run

CONFIG = {"currency": "EUR"}
NO_FILE = "no such file: shop.toml"
# The first handler is the slowest: results that are kept as they come are in the wrong order.
HANDLING = [3.0, 2.0, 1.0]
SERVED = {"config": CONFIG, "loading": 0.5, "handling": HANDLING, "failure": "", "schedules": 30}
NOT_SERVED = {"config": CONFIG, "loading": 0.0, "handling": HANDLING, "failure": NO_FILE, "schedules": 30}

# What a slip of the pen raises: not a choice that somebody has made.
ACCIDENTS = ("TypeError", "AttributeError", "NameError", "UnboundLocalError")


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
        diagnosis="limit_nobody_asked_for" if early and early[0]["is_timeout"] else None,
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
            diagnosis=time_out_missed(run, timeout),
        )


def time_out_missed(run: Run, timeout: float) -> str | None:
    """Recognise a wait whose limit is over and that goes on, and one that takes the limit 0 for none."""
    told = run.value
    if told is None:
        return "zero_taken_for_none" if timeout == 0 and run.record.spins == 0 else None
    in_time = timeout <= told["after"] <= timeout + 0.05
    return "timeout_taken_for_success" if timeout and told["kind"] == "value" and in_time else None


def error_missed(run: Run) -> str | None:
    """The mistake behind a wait that does not raise what `fail` was given."""
    early, late = run.value["early"], run.value["late"]
    if any(told is None for told in early + late):
        return "event_never_set"
    raised = {str(told["what"]).partition(":")[0] if told["kind"] == "raised" else "" for told in early + late}
    if len(raised) == 1 and not raised & {"", "TimeoutError", *ACCIDENTS}:
        return "another_exception"
    returned = [told for told in early if told["kind"] == "value"]
    told_late = all(told["is_error"] for told in late)
    return "read_of_half_written" if returned and told_late and needs_preemption(run.record) else None


def test_fail_reaches_waiters_early_and_late(explore: Any) -> None:
    for run in explore("fail", message=NO_FILE, schedules=30):
        who = ["a thread that waited already", "a thread that came just then"]
        who += ["a thread that came 1 s later", "a thread that came 1 s later, with a limit of 5 s"]
        for thread, told in zip(who, run.value["early"] + run.value["late"], strict=True):
            run.require(
                told is not None and told["is_error"],
                expected=f"wait() raises the very object that fail() was given, OSError: {NO_FILE}",
                got=f"in {thread}, {outcome('wait()', told)}",
                diagnosis=error_missed(run) if told is None or not told["is_error"] else None,
            )


def called_early(run: Run) -> list[str]:
    """The handlers that were called before `load` had returned."""
    loads = run.calls("load")
    return [call.tag for call in run.calls("handler") if loads[0].end is None or call.start < loads[0].end]


def in_order_of_ends(run: Run, results: Any) -> bool:
    """True when these are the handlers' results in the order in which the handlers came to their end."""
    ends = sorted(run.calls("handler"), key=lambda call: call.end or 0)
    return bool(results == [[int(call.tag), CONFIG] for call in ends])


def test_handlers_after_load_and_together(explore: Any, rendezvous: Any, show_speed_up: Any) -> None:
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
        early = called_early(run)
        run.require(
            not early,
            expected="no handler starts before load() has returned",
            got=f"load() was still at work when {len(early)} of {len(HANDLING)} handlers were called",
            diagnosis="works_before_ready",
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
            diagnosis="completion_order" if in_order_of_ends(run, value["value"]) else None,
        )
    told = secret_texts(["cart", "search", "pay"])
    run = rendezvous("serve_with_the_judge", calls=len(told), replies=told, names=list(told))
    require_at_once(run, "handlers")
    require_threads(run, len(told))
    results = ("value", [[text, "shop"] for text in told.values()])
    run.require(run.value == results, expected=str(results[1]), got=str(run.value[1]))


def started_after_load(run: Run) -> bool:
    """True when threads were started, but none before `load` had returned."""
    starts = [thread.start for thread in run.record.threads if thread.number]
    end = run.calls("load")[0].end
    return bool(starts) and end is not None and min(starts) >= end


def handled_by_latecomers(run: Run) -> list[str]:
    """The handlers that were called by threads which had not been started when `load` was called."""
    begin = run.calls("load")[0].start
    early = {thread.number for thread in run.record.threads if thread.number and thread.start <= begin}
    return [call.tag for call in run.calls("handler") if call.thread not in early]


def test_threads_wait_already_during_load(explore: Any) -> None:
    for run in explore("serve", **SERVED):
        threads = run.value["threads_at_load"]
        run.require(
            bool(threads) and threads[0] >= len(HANDLING),
            expected=f"{len(HANDLING)} threads, one for each handler, are started before load() is called",
            got=f"{threads[0]} threads when load() began" if threads else "load() was never called",
            diagnosis="threads_start_too_late" if threads == [0] and started_after_load(run) else None,
        )
        late = handled_by_latecomers(run)
        run.require(
            not late,
            expected="every handler is called by a thread that was started before load() is called",
            got=f"{len(late)} of {len(HANDLING)} handlers were called by threads that were started later",
            diagnosis="",
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


def gone_on_after_failure(run: Run, explore: Any) -> str | None:
    """Why handlers run although `load` has failed: do they wait for it when it does not fail?"""
    served = explore("serve", **SERVED)[0]
    if needs_preemption(run.record) or value_if_any(served) is None or not served.calls("load"):
        return None
    return "works_before_ready" if called_early(served) else "goes_on_after_failure"


def test_load_failure(explore: Any) -> None:
    for run in explore("serve", **NOT_SERVED):
        value = run.value
        run.require(
            value["is_error"],
            expected=f"the very exception that load() raised, OSError: {NO_FILE}",
            got=f"{value['value']} was {'raised' if value['kind'] == 'raised' else 'returned'}",
            diagnosis="failure_swallowed" if value["kind"] == "value" and not run.record.uncaught else None,
        )
        called = [call.tag for call in run.calls("handler")]
        run.require(
            not called,
            expected="no handler is called when load() has raised",
            got=f"{len(called)} of {len(HANDLING)} handlers were called",
            diagnosis=gone_on_after_failure(run, explore) if called else None,
        )
        left = value["threads_left"]
        run.require(
            not left,
            expected="every thread that you started has ended when serve_when_ready raises",
            got=f"{len(left)} still running: {', '.join(left)}",
            diagnosis="thread_left_behind",
        )
