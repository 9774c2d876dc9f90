"""The hidden checks of `a18_uploads`."""

from itertools import pairwise
from typing import Any

from course.judge.diagnosis import of_exception, value_if_any
from course.judge.outside import require_at_once, secret_texts
from course.judge.records import NANOSECONDS, Call
from course.judge.run import Run

CHUNKS = ["one", "two", "three"]
SENT = ["send", "send", "send", "commit"]

# What `cancel` is asked: of jobs that are over, of one that finishes though it was asked to stop, of one that fails.
OVER: dict[str, Any] = {
    "jobs": {"song": [1.0, 0.0, "returns"], "photo": [1.0, 0.0, "fails"]},
    "cancels": [[2.0, "song"], [2.0, "photo"], [2.0, "ghost"]],
}
ENDS_ALL_THE_SAME: dict[str, Any] = {"jobs": {"film": [10.0, 0.0, "returns"]}, "cancels": [[1.0, "film"]]}
FAILS_IN_CLEAN_UP: dict[str, Any] = {"jobs": {"film": [10.0, 0.0, "fails"]}, "cancels": [[1.0, "film"]]}


def told(call: str, outcome: dict[str, Any]) -> str:
    """`cancel() returned True at 6.5 s`, `upload() raised ValueError: bad chunk at 3.0 s`."""
    how = f"raised {outcome['value']}" if outcome["kind"] == "raised" else f"returned {outcome['value']!r}"
    return f"{call} {how} at {outcome['seconds']:.1f} s"


def session_calls(run: Run) -> list[Call]:
    """What was asked of the session, in order."""
    return [call for call in run.record.calls if call.name in ("send", "commit", "abort")]


def spoken(names: list[str]) -> str:
    """`send, send, abort`."""
    return ", ".join(names) or "nothing at all"


def forgotten_await(run: Run) -> str:
    """The one mistake to be recognised in the calls of a session: they are meant to come one after another."""
    return "never_awaited" if any("was never awaited" in warning for warning in run.record.warned) else ""


def require_calls(run: Run, names: list[str], *, why: str, diagnosis: str = "") -> None:
    """Require exactly these calls of the session, each when the one before has ended."""
    calls = session_calls(run)
    got = [call.name for call in calls]
    run.require(
        got == names, expected=f"{why}: {spoken(names)}", got=spoken(got), diagnosis=forgotten_await(run) or diagnosis
    )
    early = [(call, after) for call, after in pairwise(calls) if call.end is None or call.end > after.start]
    run.require(
        not early,
        expected="each call of the session begins when the one before has ended",
        got="; ".join(f"{after.name}() began while {call.name}() was going on" for call, after in early),
        diagnosis="",
    )


def require_abort_awaited(run: Run) -> None:
    """Require that `upload` has ended when its abort had."""
    end = run.calls("abort")[0].end
    ended = "has never ended" if end is None else f"ended at {end / NANOSECONDS:.1f} s"
    run.require(
        end is not None and end <= run.value["seconds"] * NANOSECONDS,
        expected="upload() ends when abort() has ended",
        got=f"upload() ended at {run.value['seconds']:.1f} s, abort() {ended}",
        diagnosis="task_left_behind",
    )


def aborts(run: Run) -> bool:
    """True when the session was aborted in that run."""
    return run.has_evidence and bool(run.calls("abort"))


def test_happy(simulate: Any) -> None:
    run = simulate("send_file", chunks=CHUNKS)
    sent, names = run.value, [call.name for call in session_calls(run)]
    counted = sent == len(CHUNKS) and value_if_any(simulate("send_file", chunks=["three"])) == 1
    run.require(
        type(sent) is int and sent == 11,
        expected="upload() of 3 + 3 + 5 bytes returns 11",
        got=f"it returned {sent!r}",
        diagnosis=forgotten_await(run) or ("pieces_counted" if counted and names == SENT else ""),
    )
    diagnosis = "cleans_up_after_success" if names == [*SENT, "abort"] else ""
    require_calls(run, SENT, why="the calls of the session", diagnosis=diagnosis)
    tags = [call.tag for call in run.calls("send")]
    run.require(tags == CHUNKS, expected=f"the chunks in order: {spoken(CHUNKS)}", got=spoken(tags), diagnosis="")


def test_error_aborts_and_propagates(simulate: Any) -> None:
    for failing, error, names in (
        ("two", "ValueError: bad chunk", ["send", "send", "abort"]),
        ("commit", "OSError: disk full", [*SENT, "abort"]),
    ):
        run = simulate("break_off", chunks=CHUNKS, failing=failing)
        value = run.value
        what = "the commit" if failing == "commit" else f"chunk {failing}"
        cancelled = simulate("break_off", chunks=CHUNKS, cancelled_at=1.5)
        require_calls(
            run,
            names,
            why=f"{what} fails, and the calls of the session are",
            diagnosis=without_abort(run, failing, cleans_up_on_cancel=aborts(cancelled)),
        )
        run.require(
            value["same_exception"],
            expected=f"{what} fails, and that exception comes out of upload(): {error}",
            got=told("upload()", value),
            diagnosis="failure_swallowed" if value["kind"] == "value" else "",
        )
        require_abort_awaited(run)


def without_abort(run: Run, failing: str, *, cleans_up_on_cancel: bool) -> str:
    """The classic mistake behind a failure that is not cleaned up."""
    if aborts(run) or not any(call.error for call in session_calls(run)):
        return ""
    if failing == "commit" and [call.name for call in session_calls(run)] == SENT:
        return "commit_not_covered"  # this check has seen before that a failing chunk is cleaned up
    return "no_clean_up_on_error" if cleans_up_on_cancel else "no_clean_up"


def test_cancel_aborts_and_is_reported(simulate: Any) -> None:
    for moment, names in (1.5, ["send", "send", "abort"]), (3.5, [*SENT, "abort"]):
        run = simulate("break_off", chunks=CHUNKS, cancelled_at=moment)
        value = run.value
        failed = simulate("break_off", chunks=CHUNKS, failing="two")
        diagnosis = "no_clean_up_on_cancel" if aborts(failed) else "no_clean_up"
        require_calls(
            run,
            names,
            why=f"upload() is cancelled at {moment} s, and the calls of the session are",
            diagnosis="" if aborts(run) or "commit" in names or not value["in_time"] else diagnosis,
        )
        run.require(
            (value["kind"], value["value"]) == ("raised", "CancelledError"),
            expected="the cancelled task ends with CancelledError, so that it counts as cancelled",
            got=told("upload()", value),
            diagnosis="cancellation_swallowed" if value["kind"] == "value" and value["in_time"] else "",
        )
        require_abort_awaited(run)


def require_answers(run: Run, *answers: tuple[bool, str], diagnosis: str | None = None) -> None:
    """Require what the calls of `cancel` returned; each answer with its reason.

    `diagnosis` is the mistake behind an answer True that should be False.
    """
    for outcome, (answer, why) in zip(run.value, answers, strict=True):
        run.require(
            outcome["kind"] == "value" and outcome["value"] is answer,
            expected=f"cancel() returns {answer}: {why}",
            got=told("cancel()", outcome),
            diagnosis=diagnosis if outcome["value"] is True else raised(outcome),
        )


def raised(outcome: dict[str, Any]) -> str | None:
    """The classic mistake behind an exception that comes out of `cancel` or `shutdown`."""
    if outcome["kind"] == "raised" and str(outcome["value"]).startswith("KeyError"):
        return "unknown_name"
    job_error = (outcome["kind"], outcome["value"]) == ("raised", "RuntimeError: the job has failed")
    return "job_error_comes_out" if job_error else None


def says_yes(run: Run) -> bool:
    """True when the first call of `cancel` in that run returned True."""
    outcomes = value_if_any(run)
    return bool(outcomes) and outcomes[0]["kind"] == "value" and outcomes[0]["value"] is True


def too_quick_a_yes(simulate: Any) -> str | None:
    """Which end of a job that was asked to stop is taken for a cancellation, though it is none."""
    finished = says_yes(simulate("cancel_jobs", **ENDS_ALL_THE_SAME))
    failed = says_yes(simulate("cancel_jobs", **FAILS_IN_CLEAN_UP))
    names = {
        (True, True): "asking_taken_for_stopping",
        (True, False): "finished_taken_for_cancelled",
        (False, True): "failure_taken_for_cancellation",
    }
    return names.get((finished, failed))


def end_of(run: Run, name: str) -> float | None:
    """When the job ended; None when it never did."""
    ends = [call.end / NANOSECONDS for call in run.calls("job") if call.tag == name and call.end is not None]
    return ends[0] if ends else None


def test_cancel_waits_for_cleanup(simulate: Any) -> None:
    run = simulate("cancel_jobs", jobs={"film": [10.0, 4.0, "cancelled"]}, cancels=[[2.5, "film"]])
    (outcome,) = run.value
    run.require(
        outcome["seconds"] == 6.5,
        expected="cancel() at 2.5 s returns at 6.5 s, when the clean-up of 4.0 s is done",
        got=told("cancel()", outcome),
        diagnosis="cancel_only_asks" if outcome["seconds"] == 2.5 and end_of(run, "film") == 6.5 else None,
    )
    require_answers(run, (True, "the job ended cancelled because of this call"))


def test_shutdown_in_parallel(simulate: Any, rendezvous: Any, show_speed_up: Any) -> None:
    run = simulate("shut_down", jobs={}, moment=0.0)
    run.require(
        (run.value["kind"], run.value["seconds"]) == ("value", 0.0),
        expected="shutdown() without any job just returns",
        got=told("shutdown()", run.value),
        diagnosis=of_exception(str(run.value["value"])),
    )
    jobs = {
        "film": [10.0, 4.0, "cancelled"],
        "song": [10.0, 2.0, "fails"],
        "photo": [0.5, 0.0, "returns"],
        "text": [10.0, 3.0, "cancelled"],
    }
    run = simulate("shut_down", jobs=jobs, moment=1.0)
    value = run.value
    run.require(
        value["kind"] == "value",
        expected="shutdown() raises no error of a job",
        got=told("shutdown()", value),
        diagnosis=raised(value),
    )
    show_speed_up(run, "job")
    clean_ups = run.calls("clean-up")
    begins = [call.start / NANOSECONDS for call in clean_ups]
    run.require(
        begins == [1.0, 1.0, 1.0],
        expected="shutdown() at 1.0 s cancels the three running jobs at once: their clean-ups begin at 1.0 s",
        got=f"they began at {', '.join(f'{begin:.1f} s' for begin in begins)}" if begins else "no clean-up began",
        diagnosis="one_after_another" if len(begins) > 1 and run.peak("clean-up") == 1 else None,
    )
    run.require(
        value["seconds"] == 5.0,
        expected="shutdown() returns at 5.0 s, when the slowest clean-up is done",
        got=f"it returned at {value['seconds']:.1f} s",
        diagnosis="cancel_only_asks" if value["seconds"] < 5.0 else None,
    )
    receipts = secret_texts(["film", "song", "text"])
    run = rendezvous("shut_down_with_the_judge", calls=len(receipts), replies=receipts, names=list(receipts))
    require_at_once(run, "clean-ups")
    run.require(run.value["receipts"] == receipts, expected="every clean-up comes to its end", got=str(run.value))


def test_cancel_finished(simulate: Any) -> None:
    require_answers(
        simulate("cancel_jobs", **OVER),
        (False, "the job finished at 1.0 s, before the call"),
        (False, "the job failed at 1.0 s, before the call"),
        (False, "no job of this name was ever started"),
        diagnosis="over_taken_for_cancelled",
    )


def test_cancel_twice(simulate: Any) -> None:
    run = simulate("cancel_jobs", jobs={"film": [10.0, 0.0, "cancelled"]}, cancels=[[1.0, "film"], [2.0, "film"]])
    require_answers(
        run,
        (True, "the first cancel() of the job stops it"),
        (False, "the second cancel() of the same job finds nothing to stop"),
        diagnosis="over_taken_for_cancelled" if says_yes(simulate("cancel_jobs", **OVER)) else "cancelled_long_ago",
    )


def test_not_cancelled_reported(simulate: Any) -> None:
    require_answers(
        simulate("cancel_jobs", **ENDS_ALL_THE_SAME),
        (False, "the job was asked to stop, but it finished all the same"),
        diagnosis=too_quick_a_yes(simulate),
    )


def test_cancel_of_failing_job(simulate: Any) -> None:
    require_answers(
        simulate("cancel_jobs", **FAILS_IN_CLEAN_UP),
        (False, "the job failed in its clean-up, and that error is not raised here"),
        diagnosis=too_quick_a_yes(simulate),
    )


def test_own_cancel_not_swallowed(simulate: Any) -> None:
    run = simulate("cancel_the_caller", jobs={"film": [10.0, 4.0, "cancelled"]}, moment=1.0, wait=1.0)
    value = run.value
    went_on = value["kind"] == "value"
    run.require(
        (value["kind"], value["value"]) == ("raised", "CancelledError"),
        expected="whoever waits in cancel() and is cancelled himself, at 2.0 s, gets CancelledError",
        got=f"cancel() returned at {value['seconds']:.1f} s, and its caller went on with other work"
        if went_on
        else told("cancel()", value),
        diagnosis="cancellation_swallowed" if went_on else None,
    )
