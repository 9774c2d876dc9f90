"""The hidden checks of `t03_gate`."""

from typing import Any

from course.judge.diagnosis import needs_preemption, value_if_any
from course.judge.outside import (
    came_before,
    drawn_order,
    moment,
    require_a_thread_for_each,
    require_asked_once,
    require_at_once,
    require_threads,
    require_told,
    secret_texts,
    threads_at,
)
from course.judge.run import Run
from course.language import Sentence, hidden, say

CONFIG = {"currency": "EUR"}
NO_FILE = "no such file: shop.toml"
# The first handler is the slowest: results that are kept as they come are in the wrong order.
HANDLING = [3.0, 2.0, 1.0]
NAMES = ["cart", "search", "pay"]
SERVED = {"config": CONFIG, "loading": 0.5, "handling": HANDLING, "failure": "", "schedules": 30}
NOT_SERVED = {"config": CONFIG, "loading": 0.0, "handling": HANDLING, "failure": NO_FILE, "schedules": 30}

HANDLERS, WAITS = say("handlers"), say("waits")

# What a slip of the pen raises: not a choice that somebody has made.
ACCIDENTS = ("TypeError", "AttributeError", "NameError", "UnboundLocalError")


def outcome(call: str, told: Any) -> Sentence:
    """What came of a call of wait(), in words."""
    if told is None:
        return say("{call} never came back", call=call)
    if told["kind"] == "raised":
        return say(
            "after {after:g} s {call} raised {exception}", call=call, exception=str(told["what"]), after=told["after"]
        )
    return say("after {after:g} s {call} returned", call=call, after=told["after"])


def wait_call(limit: float | None = None) -> str:
    """A call of wait() as students write it."""
    return "wait()" if limit is None else f"wait({limit:g})"


def held_back(run: Run, seconds: float) -> None:
    """Nobody came through while the gate was shut; everybody did afterwards."""
    early = [told for told in run.value["before"] if told is not None]
    run.require(
        not early,
        expected=say(
            "wait() without a limit holds a thread back until open() is called, here after {time}",
            time=hidden(f"{seconds:g} s"),
        ),
        got=say("the gate was still shut: {outcome}", outcome=outcome(wait_call(), early[0] if early else None)),
        diagnosis="limit_nobody_asked_for" if early and early[0]["is_timeout"] else None,
    )
    after = run.value["after"]
    through = [told for told in after if told is not None]
    run.require(
        len(through) == len(after),
        expected=say("open() wakes every waiting thread; here {count} wait", count=len(after)),
        got=say("{through} of {count} went on, the others wait for ever", through=len(through), count=len(after)),
        diagnosis="wakes_only_one" if len(through) == 1 else "event_never_set",
    )
    wrong = [told for told in through if told["kind"] != "value"]
    run.require(
        not wrong,
        expected=say("wait() returns when the gate opens"),
        got=outcome(wait_call(), wrong[0] if wrong else None),
    )


def test_blocks_until_open(explore: Any, simulate: Any, rendezvous: Any) -> None:
    for run in explore("hold", waiters=3, seconds=1.0, schedules=20):
        held_back(run, 1.0)
    held_back(simulate("hold", waiters=1, seconds=90.0), 90.0)
    told = secret_texts(["first", "second", "third"])
    run = rendezvous("come_and_go", replies=told, held=["open", *drawn_order(told)], early=list(told), late={})
    require_told(run, run.value, [["value", text] for text in told.values()])
    require_asked_once(run, WAITS, list(told))
    run.require(
        not any(came_before(run, tag, ["open"]) for tag in told),
        expected=say("wait() holds a thread back until open() is called, outside of the simulation too"),
        got=say("a thread came through before"),
    )


def test_late_waiter_passes(explore: Any, rendezvous: Any) -> None:
    for run in explore("come_late", schedules=20):
        passed = [told is not None and (told["kind"], told["after"]) == ("value", 0.0) for told in run.value["late"]]
        early, missing = run.value["early"], run.value["late"][0] is None
        for limit, told, good in zip((None, 5.0, 0), run.value["late"], passed, strict=True):
            call = wait_call(limit)
            run.require(
                good,
                expected=say("{call} returns at once in a thread that comes after open()", call=call),
                got=outcome(call, told),
                diagnosis="signal_not_remembered" if early is not None and missing else None,
            )
    told = secret_texts(["first", "second", "third"])
    late = dict(zip(told, ([], [60.0], [0]), strict=True))
    run = rendezvous("come_and_go", replies=told, held=["open", *drawn_order(told)], early=[], late=late)
    require_told(run, run.value, [["value", text] for text in told.values()])


def test_timeout_raises(simulate: Any, rendezvous: Any) -> None:
    for timeout in (2.0, 0):
        run = simulate("wait_in_vain", timeout=timeout)
        told = run.value
        # The clock creeps on for a loop that only reads it: a busy wait is a little late, and has a check of its own.
        run.require(
            told is not None and told["is_timeout"] and timeout <= told["after"] <= timeout + 0.05,
            expected=say("{call} on a shut gate raises TimeoutError when that time is over", call=wait_call(timeout)),
            got=outcome(wait_call(timeout), told),
            diagnosis=time_out_missed(run, timeout),
        )
    told = secret_texts(["patient"])
    run = rendezvous("wait_with_limits", replies=told, held=["open", "patient"], over=[0, 0.001], long=60.0)
    require_told(run, run.value, [0, 0.001, ["value", told["patient"]]])
    run.require(
        not came_before(run, "patient", ["open"]),
        expected=say("wait() with a limit holds a thread back until open() is called, outside of the simulation too"),
        got=say("a thread came through before"),
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


def test_fail_reaches_waiters_early_and_late(explore: Any, rendezvous: Any) -> None:
    for run in explore("fail", message=NO_FILE, schedules=30):
        who = [say("a thread that waited already"), say("a thread that came just then")]
        who += [say("a thread that came later"), say("a thread that came later, with a limit")]
        for thread, told in zip(who, run.value["early"] + run.value["late"], strict=True):
            run.require(
                told is not None and told["is_error"],
                expected=say(
                    "wait() raises the very object that fail() was given: {exception}",
                    exception=hidden(f"OSError: {NO_FILE}"),
                ),
                got=say("in {thread}, {outcome}", thread=thread, outcome=outcome(wait_call(), told)),
                diagnosis=error_missed(run) if told is None or not told["is_error"] else None,
            )
    told = secret_texts(["fail"])
    run = rendezvous("fail_with_the_judge", replies=told, held=["fail"], early=2, late=[[], [60.0]])
    require_told(run, run.value, [told["fail"]] * 4)


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
            expected=say("a list of results"),
            got=say("an exception, {exception}", exception=str(value["value"])),
        )
        loads = len(run.calls("load"))
        run.require(loads == 1, expected=say("load() is called once"), got=say("{loads} calls of load()", loads=loads))
        early = called_early(run)
        run.require(
            not early,
            expected=say("no handler starts before load() has returned"),
            got=say(
                "load() was still at work when {early} of {count} handlers were called",
                early=len(early),
                count=len(HANDLING),
            ),
            diagnosis="works_before_ready",
        )
        run.require(
            run.peak("handler") == len(HANDLING),
            expected=say(
                "when load() has returned, {count} handlers are at work at the same time", count=len(HANDLING)
            ),
            got=say("at most {peak} at the same time", peak=run.peak("handler")),
        )
        results = [[number, CONFIG] for number in range(1, len(HANDLING) + 1)]
        run.require(
            value["value"] == results,
            expected=say(
                "the handlers' results in the order of the handlers, here [number, config] of each: {results}",
                results=hidden(results),
            ),
            got=say("{value}", value=str(value["value"])),
            diagnosis="completion_order" if in_order_of_ends(run, value["value"]) else None,
        )
    told = secret_texts(NAMES)
    held = [*drawn_order(told), "over"]
    run = rendezvous("serve_with_the_judge", calls=len(told), replies=told, held=held, names=list(told), loads=False)
    require_at_once(run, HANDLERS)
    require_threads(run, len(told))
    require_a_thread_for_each(run, HANDLERS, NAMES)
    require_told(run, run.value, ("value", [[text, "shop"] for text in told.values()]))
    run, told = loaded_by_the_judge(rendezvous)
    require_told(run, run.value, ("value", [[told[name], told["load"]] for name in NAMES]))
    run.require(
        not any(came_before(run, name, ["load"]) for name in NAMES),
        expected=say("no handler starts before load() has returned, outside of the simulation too"),
        got=say("a handler was called before"),
    )


def loaded_by_the_judge(rendezvous: Any, shop: str = "shop {number}") -> tuple[Run, dict[str, str]]:
    """The run in which the judge keeps `load` waiting until all threads sleep; what all calls were told."""
    told = secret_texts([*NAMES, "load"])
    told["load"] = shop.format(number=told["load"])
    held = ["load", *drawn_order(NAMES), "over"]
    run: Run = rendezvous("serve_with_the_judge", replies=told, held=held, names=NAMES, loads=True)
    require_asked_once(run, say("calls of load()"), ["load"])
    return run, told


def require_handled(run: Run, told: dict[str, str]) -> None:
    """Require that all handlers have brought what the judge has told them, in any order."""
    kind, results = run.value
    answers = sorted(str(each[0]) for each in results if isinstance(each, list) and each) if kind == "value" else []
    require_told(run, answers, sorted(told[name] for name in NAMES))


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


def test_threads_wait_already_during_load(explore: Any, rendezvous: Any) -> None:
    for run in explore("serve", **SERVED):
        threads = run.value["threads_at_load"]
        run.require(
            bool(threads) and threads[0] >= len(HANDLING),
            expected=say(
                "{count} threads, one for each handler, are started before load() is called", count=len(HANDLING)
            ),
            got=say("{threads} threads when load() began", threads=threads[0])
            if threads
            else say("load() was never called"),
            diagnosis="threads_start_too_late" if threads == [0] and started_after_load(run) else None,
        )
        late = handled_by_latecomers(run)
        run.require(
            not late,
            expected=say("every handler is called by a thread that was started before load() is called"),
            got=say(
                "{late} of {count} handlers were called by threads that were started later",
                late=len(late),
                count=len(HANDLING),
            ),
            diagnosis="",
        )
    run, told = loaded_by_the_judge(rendezvous)
    require_handled(run, told)
    seen = moment(run, "load")
    run.require(
        seen is None or threads_at(run, "load") >= len(NAMES),
        expected=say(
            "{count} threads are started before load() is called, outside of the simulation too", count=len(NAMES)
        ),
        got=say("{threads} threads when load() was at work", threads=threads_at(run, "load")),
    )
    known = {thread.number for thread in seen.threads} if seen else set()
    called = [each for name in NAMES if (later := moment(run, name)) for each in later.hearing or ()]
    run.require(
        seen is None or all(thread.number in known and not thread.is_first for thread in called),
        expected=say("those threads call the handlers, outside of the simulation too"),
        got=say("another thread called a handler"),
    )


def test_no_cpu_no_polling(explore: Any, simulate: Any, rendezvous: Any) -> None:
    short, long = (simulate("hold", waiters=1, seconds=seconds) for seconds in (1.0, 2.0))
    for run in (short, long, explore("serve", **SERVED)[0]):
        run.value  # a run that did not come to its end fails here
        run.require(
            run.record.spins == 0,
            expected=say("a waiting thread uses no processor until it is woken"),
            got=say("a loop went round more than 1000 times while nothing happened"),
        )
        sleeps = [sleep for sleep in run.record.sleeps if sleep.line and sleep.thread]
        run.require(
            not sleeps,
            expected=say("a waiting thread is woken when there is news; it does not look for itself with time.sleep()"),
            got=say(
                "{count} calls of time.sleep() in {seconds:g} s, at line {line}",
                count=len(sleeps),
                seconds=run.seconds,
                line=sleeps[0].line if sleeps else 0,
            ),
            diagnosis="polling",
        )
    # A thread that sleeps until it is woken does as much in two seconds as in one.
    more = long.record.points - short.record.points
    long.require(
        more <= 0,
        expected=say("a waiting thread does nothing until it is woken, however long that takes"),
        got=say(
            "one more second of waiting cost {more} more steps of your code: it woke up to look, again and again",
            more=more,
        ),
        diagnosis="polling",
    )
    told = secret_texts(["patient"])
    run = rendezvous("come_and_go", replies=told, held=["open", "patient"], early=["patient"], late={})
    require_told(run, run.value, [["value", told["patient"]]])
    seen = moment(run, "open")
    run.require(
        seen is None or (seen.is_still and not any(thread.sleeps for thread in seen.threads)),
        expected=say("waiting threads sleep until they are woken, outside of the simulation too"),
        got=say("they computed, or called time.sleep(), while the gate was shut"),
    )


def gone_on_after_failure(run: Run, explore: Any) -> str | None:
    """Why handlers run although `load` has failed: do they wait for it when it does not fail?"""
    served = explore("serve", **SERVED)[0]
    if needs_preemption(run.record) or value_if_any(served) is None or not served.calls("load"):
        return None
    return "works_before_ready" if called_early(served) else "goes_on_after_failure"


def test_load_failure(explore: Any, rendezvous: Any) -> None:
    for run in explore("serve", **NOT_SERVED):
        value = run.value
        run.require(
            value["is_error"],
            expected=say("the very exception that load() raised: {exception}", exception=hidden(f"OSError: {NO_FILE}")),
            got=say("it raised {exception}", exception=str(value["value"]))
            if value["kind"] == "raised"
            else say("it returned {value}", value=str(value["value"])),
            diagnosis="failure_swallowed" if value["kind"] == "value" and not run.record.uncaught else None,
        )
        called = [call.tag for call in run.calls("handler")]
        run.require(
            not called,
            expected=say("no handler is called when load() has raised"),
            got=say("{called} of {count} handlers were called", called=len(called), count=len(HANDLING)),
            diagnosis=gone_on_after_failure(run, explore) if called else None,
        )
        left = value["threads_left"]
        run.require(
            not left,
            expected=say("every thread that you started has ended when serve_when_ready raises"),
            got=say("{count} still running: {threads}", count=len(left), threads=", ".join(left)),
            diagnosis="thread_left_behind",
        )
    run, told = loaded_by_the_judge(rendezvous, "no shop {number}")
    require_told(run, run.value, ("raised", f"OSError: {told['load']}"))
    run.require(
        not set(run.meeting.came if run.meeting else ()) & set(NAMES),
        expected=say("no handler is called when load() has raised, outside of the simulation too"),
        got=say("a handler was called"),
    )
    run.require(
        not threads_at(run, "over"),
        expected=say("every thread has ended when serve_when_ready raises, outside of the simulation too"),
        got=say("{count} threads were still there", count=threads_at(run, "over")),
    )
