"""The hidden checks of `a18_uploads`."""

import json
import secrets
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from course.judge.diagnosis import of_exception, value_if_any
from course.judge.meeting import Phase
from course.judge.outside import (
    came_before,
    drawn_order,
    require_phases,
    require_seen,
    require_told,
    secret_texts,
)
from course.judge.records import NANOSECONDS, Call
from course.judge.run import Run
from course.language import Sentence, hidden, said_together, say

CHUNKS = ["one", "two", "three"]
SENT = ["send", "send", "send", "commit"]
BAD_CHUNK, DISK_FULL = "ValueError: bad chunk", "OSError: disk full"
JOBS = ["film", "song", "photo", "text", "map", "letter"]

# What `cancel` is asked: of jobs that are over, of one that finishes though it was asked to stop, of one that fails.
OVER: dict[str, Any] = {
    "jobs": {"song": [1, 0, "returns"], "photo": [1, 0, "fails"]},
    "cancels": [[2, "song"], [2, "photo"], [2, "ghost"]],
}
ENDS_ALL_THE_SAME: dict[str, Any] = {"jobs": {"film": [10, 0, "returns"]}, "cancels": [[1, "film"]]}
FAILS_IN_CLEAN_UP: dict[str, Any] = {"jobs": {"film": [10, 0, "fails"]}, "cancels": [[1, "film"]]}


def told(call: str, outcome: dict[str, Any]) -> Sentence:
    """`cancel() returned True at 6.5 s`, `upload() raised ValueError: bad chunk at 3.0 s`."""
    if outcome["kind"] == "raised":
        exception = str(outcome["value"])
        return say("{call} raised {exception} at {seconds:.1f} s", call=call, exception=exception, seconds=at(outcome))
    value = repr(outcome["value"])
    return say("{call} returned {value} at {seconds:.1f} s", call=call, value=value, seconds=at(outcome))


def at(outcome: dict[str, Any]) -> float:
    """When it ended, in seconds."""
    return float(outcome["seconds"])


def session_calls(run: Run) -> list[Call]:
    """What was asked of the session, in order."""
    return [call for call in run.record.calls if call.name in ("send", "commit", "abort")]


def spoken(names: Sequence[str]) -> Sentence:
    """`send, send, abort`."""
    return said_together(names, ", ") if names else say("nothing at all")


def forgotten_await(run: Run) -> str:
    """The one mistake to be recognised in the calls of a session: they are meant to come one after another."""
    return "never_awaited" if any("was never awaited" in warning for warning in run.record.warned) else ""


def require_calls(run: Run, names: list[str], *, expected: Sentence, diagnosis: str = "") -> None:
    """Require exactly these calls of the session, each when the one before has ended."""
    calls = session_calls(run)
    got = [call.name for call in calls]
    run.require(got == names, expected=expected, got=spoken(got), diagnosis=forgotten_await(run) or diagnosis)
    early = [(call, after) for call, after in pairwise(calls) if call.end is None or call.end > after.start]
    run.require(
        not early,
        expected=say("each call of the session begins when the one before has ended"),
        got=said_together(
            say("{later}() began while {earlier}() was going on", later=after.name, earlier=call.name)
            for call, after in early
        ),
        diagnosis="",
    )


def require_abort_awaited(run: Run) -> None:
    """Require that `upload` has ended when its abort had."""
    end, seconds = run.calls("abort")[0].end, at(run.value)
    run.require(
        end is not None and end <= seconds * NANOSECONDS,
        expected=say("upload() ends when abort() has ended"),
        got=say("upload() ended at {seconds:.1f} s, abort() has never ended", seconds=seconds)
        if end is None
        else say(
            "upload() ended at {seconds:.1f} s, abort() ended at {end:.1f} s", seconds=seconds, end=end / NANOSECONDS
        ),
        diagnosis="task_left_behind",
    )


def aborts(run: Run) -> bool:
    """True when the session was aborted in that run."""
    return run.has_evidence and bool(run.calls("abort"))


class Upload(NamedTuple):
    """One upload to a session of the judge's: what he says to its calls, and in which of them it is cancelled."""

    chunks: list[str]
    answers: dict[str, list[str]]  # the calls that are to come, in order, and how each ends
    cancelled_in: str = ""
    end: Any = None


def answers_of(*calls: str, failing: str = "") -> dict[str, list[str]]:
    """A secret for each call; one of them raises it."""
    return {call: ["raises" if call == failing else "returns", text] for call, text in secret_texts(calls).items()}


def require_uploads_outside(rendezvous: Any, **uploads: Upload) -> None:
    """With a real event loop: the judge sees exactly these calls of each session, one after another.

    He answers each when nobody in the process can go on, so that an upload that ends too early is seen.
    """
    replies = {f"{file}: over": "" for file in uploads} | {f"{file}: cancel": "" for file in uploads}
    calls: list[str] = []
    for file, upload in uploads.items():
        own = {f"{file}: {call}": json.dumps(answer) for call, answer in upload.answers.items()}
        replies |= {tag: answer for tag, answer in own.items() if tag != f"{file}: {upload.cancelled_in}"}
        calls += [*own, f"{file}: over"]
    run = rendezvous(
        "upload_with_the_judge",
        phases=[Phase(1, replies)],
        held=[tag for tag in replies if not tag.endswith("over")],
        files={file: upload.chunks for file, upload in uploads.items()},
        cancelled_in={file: upload.cancelled_in for file, upload in uploads.items() if upload.cancelled_in},
    )
    for outcome, upload in zip(run.value, uploads.values(), strict=True):
        secrets_told = [text for call, (_, text) in upload.answers.items() if call != upload.cancelled_in]
        require_told(run, [outcome["kind"], outcome["value"]], upload.end)
        require_told(run, outcome["told"], secrets_told)
    cancelled = [f"{file}: {upload.cancelled_in}" for file, upload in uploads.items() if upload.cancelled_in]
    meeting = run.meeting
    require_seen(run, [tag for tag in meeting.came if not tag.endswith(": cancel")] == calls)
    require_seen(run, meeting.left == cancelled and meeting.together == (2 if cancelled else 1))


def drawn_chunks() -> list[str]:
    """Chunks that nobody knows, of different lengths."""
    return [text * (1 + secrets.randbelow(3)) for text in secret_texts(CHUNKS).values()]


def sends(chunks: Iterable[str]) -> list[str]:
    """The calls that send these chunks."""
    return [f"send {chunk}" for chunk in chunks]


def test_happy(simulate: Any, rendezvous: Any) -> None:
    run = simulate("send_file", chunks=CHUNKS)
    sent, names = run.value, [call.name for call in session_calls(run)]
    counted = sent == len(CHUNKS) and value_if_any(simulate("send_file", chunks=["three"])) == 1
    run.require(
        type(sent) is int and sent == 11,
        expected=say("upload() returns the number of bytes in all chunks: {bytes}", bytes=hidden("3 + 3 + 5 = 11")),
        got=say("it returned {value}", value=repr(sent)),
        diagnosis=forgotten_await(run) or ("pieces_counted" if counted and names == SENT else ""),
    )
    require_calls(
        run,
        SENT,
        expected=say("send() for each chunk, then commit(), and nothing else: {calls}", calls=hidden(spoken(SENT))),
        diagnosis="cleans_up_after_success" if names == [*SENT, "abort"] else "",
    )
    tags = [call.tag for call in run.calls("send")]
    run.require(
        tags == CHUNKS,
        expected=say("the chunks in order: {chunks}", chunks=hidden(spoken(CHUNKS))),
        got=spoken(tags),
        diagnosis="",
    )
    chunks = drawn_chunks()
    end = ["value", sum(map(len, chunks))]
    require_uploads_outside(rendezvous, film=Upload(chunks, answers_of(*sends(chunks), "commit"), end=end))


def test_error_aborts_and_propagates(simulate: Any, rendezvous: Any) -> None:
    cancelled = simulate("break_off", chunks=CHUNKS, cancelled_at=3)
    for failing, names in ("two", ["send", "send", "abort"]), ("commit", [*SENT, "abort"]):
        run = simulate("break_off", chunks=CHUNKS, failing=failing)
        value, calls = run.value, hidden(spoken(names))
        in_commit = failing == "commit"
        require_calls(
            run,
            names,
            expected=say("the commit fails, and then abort() is called, once: {calls}", calls=calls)
            if in_commit
            else say("a chunk fails, nothing more is sent, and abort() is called, once: {calls}", calls=calls),
            diagnosis=without_abort(run, failing, cleans_up_on_cancel=aborts(cancelled)),
        )
        run.require(
            value["same_exception"],
            expected=say("the commit fails, and that exception comes out of upload(): {error}", error=hidden(DISK_FULL))
            if in_commit
            else say("a chunk fails, and that exception comes out of upload(): {error}", error=hidden(BAD_CHUNK)),
            got=told("upload()", value),
            diagnosis="failure_swallowed" if value["kind"] == "value" else "",
        )
        require_abort_awaited(run)
    require_errors_outside(rendezvous)


def require_errors_outside(rendezvous: Any) -> None:
    """One upload fails in a chunk that is drawn, another in its commit; what comes out are the judge's own words."""
    chunks = drawn_chunks()
    last = secrets.choice(sends(chunks))
    before = sends(chunks)[: sends(chunks).index(last) + 1]
    in_chunk = answers_of(*before, "abort", failing=last)
    in_commit = answers_of(*sends(chunks), "commit", "abort", failing="commit")
    require_uploads_outside(
        rendezvous,
        film=Upload(chunks, in_chunk, end=["raised", f"OSError: {in_chunk[last][1]}"]),
        song=Upload(chunks, in_commit, end=["raised", f"OSError: {in_commit['commit'][1]}"]),
    )


def without_abort(run: Run, failing: str, *, cleans_up_on_cancel: bool) -> str:
    """The classic mistake behind a failure that is not cleaned up."""
    if aborts(run) or not any(call.error for call in session_calls(run)):
        return ""
    if failing == "commit" and [call.name for call in session_calls(run)] == SENT:
        return "commit_not_covered"  # this check has seen before that a failing chunk is cleaned up
    return "no_clean_up_on_error" if cleans_up_on_cancel else "no_clean_up"


def test_cancel_aborts_and_is_reported(simulate: Any, rendezvous: Any) -> None:
    for moment, names in (3, ["send", "send", "abort"]), (7, [*SENT, "abort"]):
        run = simulate("break_off", chunks=CHUNKS, cancelled_at=moment)
        value = run.value
        failed = simulate("break_off", chunks=CHUNKS, failing="two")
        diagnosis = "no_clean_up_on_cancel" if aborts(failed) else "no_clean_up"
        require_calls(
            run,
            names,
            expected=say(
                "upload() is cancelled after {moment} s, nothing more is sent, and abort() is called, once: {calls}",
                moment=hidden(moment),
                calls=hidden(spoken(names)),
            ),
            diagnosis="" if aborts(run) or "commit" in names or not value["in_time"] else diagnosis,
        )
        run.require(
            (value["kind"], value["value"]) == ("raised", "CancelledError"),
            expected=say("the cancelled task ends with CancelledError, so that it counts as cancelled"),
            got=told("upload()", value),
            diagnosis="cancellation_swallowed" if value["kind"] == "value" and value["in_time"] else "",
        )
        require_abort_awaited(run)
    require_cancelled_uploads_outside(rendezvous)


def require_cancelled_uploads_outside(rendezvous: Any) -> None:
    """One upload is cancelled in a chunk that is drawn, another in its commit: the judge sees those calls go."""
    chunks = drawn_chunks()
    last = secrets.choice(sends(chunks))
    before = sends(chunks)[: sends(chunks).index(last) + 1]
    cancelled = ["raised", "CancelledError"]
    require_uploads_outside(
        rendezvous,
        film=Upload(chunks, answers_of(*before, "abort"), cancelled_in=last, end=cancelled),
        song=Upload(chunks, answers_of(*sends(chunks), "commit", "abort"), cancelled_in="commit", end=cancelled),
    )


def require_answers(run: Run, *answers: tuple[bool, Sentence], diagnosis: str | None = None) -> None:
    """Require what the calls of `cancel` returned; each answer with a sentence that says why.

    `diagnosis` is the mistake behind an answer True that should be False.
    """
    for outcome, (answer, why) in zip(run.value, answers, strict=True):
        run.require(
            outcome["kind"] == "value" and outcome["value"] is answer,
            expected=why,
            got=told("cancel()", outcome),
            diagnosis=diagnosis if outcome["value"] is True else raised(outcome),
        )


def require_jobs_outside(rendezvous: Any, endings: dict[str, str], cancels: list[str], answers: list[bool]) -> None:
    """With a real event loop: jobs end as the judge says, and he says which are cancelled, one after another.

    He sees which of them are told that they are cancelled.
    """
    named = {f"cancel {number}": name for number, name in enumerate(cancels)}
    noted = {f"{name} is cancelled": "" for name in endings}
    run = rendezvous(
        "cancel_as_the_judge_says",
        calls=1,
        replies={**endings, **named, **noted, "go": ""},
        held=["go"],
        names=list(endings),
        cancels=len(cancels),
    )
    require_told(run, run.value, answers)
    running = {name for name, ending in endings.items() if ending not in ("returns", "fails")}
    seen = sorted(tag for tag in run.meeting.came if tag in noted)
    require_seen(run, seen == sorted(f"{name} is cancelled" for name in running.intersection(cancels)))


def require_endings_outside(rendezvous: Any, *endings: str) -> None:
    """Some jobs, drawn, end cancelled; the others end otherwise, as given. `cancel` is True for the first only."""
    order = drawn_order(JOBS)
    count = 2 + secrets.randbelow(len(order) - 3)
    told = dict.fromkeys(order, "cancelled") | {name: secrets.choice(endings) for name in order[:count]}
    cancels = drawn_order([*order, "ghost"] if "returns" in endings else order)
    require_jobs_outside(rendezvous, told, cancels, [told.get(name) == "cancelled" for name in cancels])


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


def test_cancel_waits_for_cleanup(simulate: Any, rendezvous: Any) -> None:
    run = simulate("cancel_jobs", jobs={"film": [10, 4, "cancelled"]}, cancels=[[2, "film"]])
    (outcome,) = run.value
    run.require(
        outcome["seconds"] == 6.0,
        expected=say(
            "cancel() after {called} s returns after {ended} s, when the clean-up of {clean_up} s is done",
            called=hidden(2),
            ended=hidden(6),
            clean_up=hidden(4),
        ),
        got=told("cancel()", outcome),
        diagnosis="cancel_only_asks" if outcome["seconds"] == 2.0 and end_of(run, "film") == 6.0 else None,
    )
    require_answers(run, (True, say("cancel() returns True: the job ended cancelled because of this call")))
    require_clean_ups_outside(rendezvous, ["film"], shutdown=False)


def require_clean_ups_outside(rendezvous: Any, names: list[str], *, shutdown: bool) -> None:
    """With a real event loop: the judge sees all clean-ups wait for him at once.

    He answers them one by one, in an order that is drawn. What has stopped them ends when the last has its receipt.
    """
    receipts = secret_texts(f"clean-up of {name}" for name in names)
    phases = [Phase(1, {"go": ""}), Phase(len(names), {**receipts, "over": ""})]
    held = ["go", *drawn_order(receipts)]
    run = rendezvous("stop_with_the_judge", phases=phases, held=held, names=names, shutdown=shutdown)
    require_told(run, run.value["end"], None if shutdown else True)
    require_told(run, run.value["receipts"], {name: receipts[f"clean-up of {name}"] for name in names})
    require_phases(run, len(phases))
    require_seen(run, not came_before(run, "over", receipts))


def test_shutdown_in_parallel(simulate: Any, rendezvous: Any, show_speed_up: Any) -> None:
    run = simulate("shut_down", jobs={}, moment=0)
    run.require(
        (run.value["kind"], run.value["seconds"]) == ("value", 0.0),
        expected=say("shutdown() without any job just returns"),
        got=told("shutdown()", run.value),
        diagnosis=of_exception(str(run.value["value"])),
    )
    jobs = {
        "film": [10, 4, "cancelled"],
        "song": [10, 2, "fails"],
        "photo": [0.5, 0, "returns"],
        "text": [10, 3, "cancelled"],
    }
    run = simulate("shut_down", jobs=jobs, moment=1)
    value = run.value
    run.require(
        value["kind"] == "value",
        expected=say("shutdown() raises no error of a job"),
        got=told("shutdown()", value),
        diagnosis=raised(value),
    )
    show_speed_up(run, "job")
    clean_ups = run.calls("clean-up")
    begins = [call.start / NANOSECONDS for call in clean_ups]
    run.require(
        begins == [1.0, 1.0, 1.0],
        expected=say(
            "shutdown() after {moment} s cancels all jobs that still run, and their clean-ups begin at once: {count}",
            moment=hidden(1),
            count=hidden(3),
        ),
        got=said_together(say("a clean-up began at {begin:.1f} s", begin=begin) for begin in begins)
        if begins
        else say("no clean-up began"),
        diagnosis="one_after_another" if len(begins) > 1 and run.peak("clean-up") == 1 else None,
    )
    run.require(
        value["seconds"] == 5.0,
        expected=say("shutdown() returns when the slowest clean-up is done, after {seconds} s", seconds=hidden(5)),
        got=told("shutdown()", value),
        diagnosis="cancel_only_asks" if value["seconds"] < 5.0 else None,
    )
    require_clean_ups_outside(rendezvous, ["film", "song", "text"], shutdown=True)


def test_cancel_finished(simulate: Any, rendezvous: Any) -> None:
    moment = hidden(1)
    require_answers(
        simulate("cancel_jobs", **OVER),
        (False, say("cancel() returns False: the job finished after {moment} s, before the call", moment=moment)),
        (False, say("cancel() returns False: the job failed after {moment} s, before the call", moment=moment)),
        (False, say("cancel() returns False: no job of this name was ever started")),
        diagnosis="over_taken_for_cancelled",
    )
    require_endings_outside(rendezvous, "returns", "fails")


def test_cancel_twice(simulate: Any, rendezvous: Any) -> None:
    run = simulate("cancel_jobs", jobs={"film": [10, 0, "cancelled"]}, cancels=[[1, "film"], [2, "film"]])
    require_answers(
        run,
        (True, say("cancel() returns True: this first call stops the job")),
        (False, say("cancel() returns False: the second call for the same job finds nothing to stop")),
        diagnosis="over_taken_for_cancelled" if says_yes(simulate("cancel_jobs", **OVER)) else "cancelled_long_ago",
    )
    jobs = drawn_order(JOBS)
    cancels = drawn_order([*jobs, *jobs[:3]])
    answers = [name not in cancels[:number] for number, name in enumerate(cancels)]
    require_jobs_outside(rendezvous, dict.fromkeys(JOBS, "cancelled"), cancels, answers)


def test_not_cancelled_reported(simulate: Any, rendezvous: Any) -> None:
    require_answers(
        simulate("cancel_jobs", **ENDS_ALL_THE_SAME),
        (False, say("cancel() returns False: the job was asked to stop, but it finished all the same")),
        diagnosis=too_quick_a_yes(simulate),
    )
    require_endings_outside(rendezvous, "returns when cancelled")


def test_cancel_of_failing_job(simulate: Any, rendezvous: Any) -> None:
    require_answers(
        simulate("cancel_jobs", **FAILS_IN_CLEAN_UP),
        (False, say("cancel() returns False: the job failed in its clean-up, and that error is not raised here")),
        diagnosis=too_quick_a_yes(simulate),
    )
    require_endings_outside(rendezvous, "fails when cancelled")


def test_own_cancel_not_swallowed(simulate: Any, rendezvous: Any) -> None:
    run = simulate("cancel_the_caller", jobs={"film": [10, 4, "cancelled"]}, moment=1, wait=1)
    value = run.value
    went_on = value["kind"] == "value"
    run.require(
        (value["kind"], value["value"]) == ("raised", "CancelledError"),
        expected=say(
            "whoever waits in cancel() and is cancelled there, after {moment} s, gets CancelledError", moment=hidden(2)
        ),
        got=say("cancel() returned at {seconds:.1f} s, and its caller went on with other work", seconds=at(value))
        if went_on
        else told("cancel()", value),
        diagnosis="cancellation_swallowed" if went_on else None,
    )
    require_cancelled_caller_outside(rendezvous)


def require_cancelled_caller_outside(rendezvous: Any) -> None:
    """With a real event loop: the caller is cancelled by the judge while the clean-up goes on."""
    replies = dict.fromkeys(["go", "clean-up of film", "cancel the caller", "over"], "")
    run = rendezvous("cancel_the_caller_with_the_judge", phases=[Phase(1, replies)], held=["go", "cancel the caller"])
    require_told(run, run.value, ["raised", "CancelledError"])
    came = run.meeting.came
    require_seen(run, "film" in run.meeting.left and "clean-up of film" in came[: came.index("over")])
