"""The hidden checks of `t09_logs`."""

import re
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from course.judge.diagnosis import needs_preemption, of_exception, value_if_any
from course.judge.outside import (
    drawn_order,
    require_a_thread_for_each,
    require_at_once,
    require_threads,
    secret_texts,
    threads_at,
)
from course.judge.run import Run, peak
from course.language import Sentence, hidden, say

PATTERN = r"\d+\.\d+\.\d+\.(\d+)"
MASKED = r"0.0.0.\1"
MESSAGES = {"missing": "no such log", "undecodable": "invalid start byte", "full": "no space left"}
READS = say("calls of read")


def logs(texts: dict[str, str], *, workers: int = 2, **bad: dict[str, str]) -> dict[str, Any]:
    """The arguments of the scenario `rewrite`."""
    wanted = {"pattern": PATTERN, "replacement": MASKED, "cannot_read": {}, "cannot_write": {}, **bad}
    return {"texts": texts, "workers": workers, "reading": 1.0, "writing": 0.125, **wanted}


# Two workers, three short files: the last one is what both of them want.
FEW = logs({"web.log": "10.0.0.1", "db.log": "10.0.0.2 10.0.0.3", "mail.log": "10.0.0.4"})
NONE = logs({}, workers=4)
ONE = logs({"web.log": "10.0.0.1"}, workers=4)
MANY = logs({f"{number}.log": f"10.0.0.{number}" for number in range(1, 6)}, workers=3)


def plain_loop(case: dict[str, Any]) -> dict[str, Any]:
    """What a plain loop over the files that can be read and written would give."""
    files, changed, replacements = dict(case["texts"]), 0, 0
    for name, text in case["texts"].items():
        new, count = re.subn(case["pattern"], case["replacement"], text)
        if new != text and name not in case["cannot_read"] and name not in case["cannot_write"]:
            files[name] = new
            changed += 1
            replacements += count
    return {"files": files, "changed": changed, "replacements": replacements}


def seen(run: Run) -> Any:
    """What the scenario saw; a `rewrite_logs` that raised, or returned no report, fails here."""
    value = run.value
    run.require(
        value["kind"] == "value",
        expected=say("a Report"),
        got=say("an exception, {exception}", exception=str(value["value"])),
        diagnosis=of_exception(str(value["value"])),
    )
    run.require(
        value["errors"] is not None,
        expected=say("a Report"),
        got=say("a result of the type {type}", type=str(value["value"])),
    )
    return value


def require_files(run: Run, case: dict[str, Any]) -> None:
    """Every file is what the plain loop makes of it."""
    for name, text in plain_loop(case)["files"].items():
        got = seen(run)["files"][name]
        run.require(
            got == text,
            expected=say(
                "the lines of the file {file} when rewrite_logs returns: {lines}",
                file=hidden(name),
                lines=hidden(in_lines(text)),
            ),
            got=say("{lines}", lines=in_lines(got)),
            diagnosis=wrong_text(run, got, text),
        )


def in_lines(text: Any) -> str:
    """The lines of a text, with their ends, as Python shows them."""
    return repr(text.splitlines(keepends=True) if isinstance(text, str) else text)


def require_counts(run: Run, case: dict[str, Any], explore: Any = None) -> None:
    """The counts are what the plain loop counts; with `explore` one more look tells whether an update was lost."""
    wanted, got = plain_loop(case), seen(run)
    run.require(
        (got["changed"], got["replacements"]) == (wanted["changed"], wanted["replacements"]),
        expected=say("the counts of a plain loop: {counts}", counts=hidden(counts_in(wanted))),
        got=say("{value}", value=counts_in(got)),
        diagnosis=wrong_counts(run, case, wanted, got, explore) if run.is_simulated else None,
    )


def counts_in(report: dict[str, Any]) -> str:
    """The counts of a report, as Python shows them."""
    return f"changed={report['changed']}, replacements={report['replacements']}"


def wrong_text(run: Run, got: str, wanted: str) -> str | None:
    """The classic mistake behind a wrong file."""
    if got != wanted and re.sub("[\r\n]", "", got) == re.sub("[\r\n]", "", wanted):
        return "line_ends_changed"
    calls = [*run.calls("read"), *run.calls("write")]
    last = {call.thread: call for call in sorted(calls, key=lambda call: call.start)}
    unread = len(run.calls("read")) < len(run.value["files"])
    if unread and not run.record.uncaught and calls and all(call.error for call in last.values()):
        return "failure_ends_the_worker"
    return None


def wrong_counts(
    run: Run, case: dict[str, Any], wanted: dict[str, Any], got: dict[str, Any], explore: Any
) -> str | None:
    """The classic mistake behind wrong counts, when all files are as they should be."""
    counts = (got["changed"], got["replacements"])
    if got["files"] != wanted["files"] or not all(isinstance(count, int) for count in counts):
        return None
    unwritten = {name: case["texts"][name] for name in case["cannot_write"]}
    ghosts = sum(re.subn(case["pattern"], case["replacement"], text)[0] != text for text in unwritten.values())
    if ghosts and got["changed"] == wanted["changed"] + ghosts:
        return "counted_before_done"
    done = not got["threads_left"] and not run.record.uncaught and not got["errors"]
    once = len(run.calls("read")) == len(case["texts"])
    lost = got["changed"] < wanted["changed"] or got["replacements"] < wanted["replacements"]
    if explore is None or not (done and once and lost and needs_preemption(run.record)):
        return None
    # Where there is one update only, none can be lost: counts that are wrong even then are read too early.
    alone = [value_if_any(single) for single in explore("rewrite", **ONE, schedules=10)]
    return "lost_update" if all(told is not None and told["changed"] == 1 for told in alone) else None


def require_errors(run: Run, case: dict[str, Any]) -> None:
    """One entry for each bad file, with its message; no other entry."""
    messages = {name: message_of(what) for name, what in {**case["cannot_read"], **case["cannot_write"]}.items()}
    errors = seen(run)["errors"]
    run.require(
        isinstance(errors, dict) and set(errors) == set(messages),
        expected=say("entries in errors for these paths: {paths}", paths=hidden(", ".join(sorted(messages))))
        if messages
        else say("no entry in errors"),
        got=entries_in(errors),
    )
    for name, message in messages.items():
        run.require(
            isinstance(errors[name], str) and message in errors[name],
            expected=say(
                "in errors, for the path {path}, the message of the exception: {message}",
                path=hidden(name),
                message=hidden(repr(message)),
            ),
            got=say("{value}", value=repr(errors[name])),
        )


def message_of(what: str) -> str:
    """The message of this trouble, with its number if it has one."""
    kind, _, number = what.partition(" ")
    return f"{MESSAGES[kind]} {number}".strip()


def entries_in(errors: Any) -> Sentence:
    """The paths in a report's errors, in words."""
    if not isinstance(errors, dict):
        return say("errors is {value}", value=repr(errors))
    return say("entries for {paths}", paths=", ".join(sorted(errors))) if errors else say("no entry")


# --- outside of the simulation: the judge himself is `read` and `write` ---


def drawn_logs(count: int, *, changing: int, ends: Sequence[str] = (" and ",)) -> dict[str, str]:
    """So many logs, of which so many change; nobody knows which, nor what stands in them, before reading them."""
    texts = {}
    for place, name in enumerate(drawn_order(f"{number}.log" for number in range(1, count + 1))):
        addresses = "10.0.0.{}" if place < changing else secrets.choice(("0.0.0.{}", "only {}"))
        numbers = list(secret_texts("abc").values())[: 1 + secrets.randbelow(3)]
        texts[name] = "".join(addresses.format(number) + secrets.choice(ends) for number in numbers)
    return {name: texts[name] for name in drawn_order(texts)}


def drawn_troubles(*kinds: str) -> list[str]:
    """These kinds of trouble, each with a number that nobody can know."""
    return [f"{kind} {number}" for kind, number in zip(kinds, secret_texts(map(str, range(len(kinds)))).values())]


def writes_of(case: dict[str, Any]) -> dict[str, str]:
    """The calls of `write` that the plain loop would make, by the file."""
    new = {name: re.sub(case["pattern"], case["replacement"], text) for name, text in case["texts"].items()}
    changed = {name: text for name, text in new.items() if text != case["texts"][name]}
    return {name: write_of(name, text) for name, text in changed.items() if name not in case["cannot_read"]}


def write_of(name: str, text: str) -> str:
    """How the judge is told of a call of `write`."""
    return f"write {name} {text!r}"


def with_the_judge(rendezvous: Any, case: dict[str, Any], *, at_once: int = 1) -> Run:
    """The run of `case` with real threads, in which it is the judge who tells what `read` and `write` do.

    What ought to be written must be written, and no other text. Every call of `read` waits until all threads sleep;
    the first is not answered before so many are there at once.
    """
    writes = writes_of(case)
    replies = {f"read {name}": f"text {text}" for name, text in case["texts"].items()}
    replies |= {f"read {name}": f"bad {what}" for name, what in case["cannot_read"].items()}
    replies |= {writes[name]: f"bad {what}" for name, what in case["cannot_write"].items()}
    held = [*drawn_order(reads_of(case)), "over"]
    arguments = {name: case[name] for name in ("workers", "pattern", "replacement")}
    run: Run = rendezvous(
        "rewrite_with_the_judge", calls=at_once, replies=replies, held=held, names=list(case["texts"]), **arguments
    )
    seen(run)
    without_change = {write_of(name, text) for name, text in case["texts"].items()}
    require_writes(run, set(writes.values()), written(run) - without_change)
    return run


def reads_of(case: dict[str, Any]) -> list[str]:
    """How the judge is told of the calls of `read`."""
    return [f"read {name}" for name in case["texts"]]


def written(run: Run) -> set[str]:
    """The calls of `write` that the judge has seen."""
    assert run.meeting is not None
    return {call for call in run.meeting.came if call.startswith("write ")}


def require_writes(run: Run, wanted: set[str], got: set[str]) -> None:
    """These calls of `write`, and no other, were made."""
    run.require(
        got == wanted,
        expected=say("these calls of write, outside of the simulation too: {calls}", calls=hidden(in_words(wanted))),
        got=say("{calls}", calls=in_words(got)),
    )


def in_words(calls: Iterable[str]) -> str:
    """Calls of `write` as Python shows them."""
    return ", ".join(sorted(calls)) or "-"


def test_result_equals_serial(explore: Any, rendezvous: Any) -> None:
    texts = {
        "web.log": "from 10.0.0.1 to 10.0.0.2\r\nfrom 10.0.0.3\n",
        "db.log": "nothing to mask\n",
        "mail.log": "10.0.0.4 is the last word",
        "ssh.log": "\n10.0.0.5\n\n",
    }
    case = logs(texts)
    runs = explore("rewrite", **case, schedules=20, any_order=True)
    for run in runs:
        require_files(run, case)
        require_errors(run, case)
    require_counts(runs[0], case)  # under the other schedules they are the business of `counts_not_lost`
    case = logs(drawn_logs(4, changing=3, ends=("\n", "\r\n", "\n\n", " ")))
    run = with_the_judge(rendezvous, case)
    require_counts(run, case)
    require_errors(run, case)


def test_unchanged_files_not_written(simulate: Any, rendezvous: Any) -> None:
    texts = {"web.log": "10.0.0.1", "db.log": "nothing to mask", "old.log": "0.0.0.7 is masked", "new.log": ""}
    run = simulate("rewrite", **logs(texts))
    seen(run)
    others = [call.tag for call in run.calls("write") if call.tag != "web.log"]
    run.require(
        not others,
        expected=say(
            "write is called for one file only, whose text changes, {file}; the texts of the others stay as they are",
            file=hidden("web.log"),
        ),
        got=say("write was called for {files} as well", files=", ".join(others)),
        diagnosis="written_unchanged",
    )
    case = logs(drawn_logs(5, changing=2))
    run = with_the_judge(rendezvous, case)
    require_writes(run, set(writes_of(case).values()), written(run))


def test_edge_sizes(simulate: Any, explore: Any, rendezvous: Any) -> None:
    for case in (NONE, ONE):
        runs = explore("rewrite", **case, schedules=10) if case["texts"] else [simulate("rewrite", **case)]
        for run in runs:
            require_files(run, case)
            require_counts(run, case)
            require_errors(run, case)
    case = logs(drawn_logs(1, changing=1), workers=4)
    run = with_the_judge(rendezvous, case)
    require_counts(run, case)
    require_errors(run, case)


def too_many(run: Run, most: int) -> str | None:
    """The classic mistake behind more files in work than workers."""
    threads = {call.thread for call in run.calls("read")}
    if 0 in threads:
        return "caller_works_too"
    if most == len(threads) == len(MANY["texts"]):
        return "thread_per_item"
    return "one_slot_too_many" if most == MANY["workers"] + 1 else None


def test_workers_in_flight(explore: Any, rendezvous: Any, show_speed_up: Any) -> None:
    runs = explore("rewrite", **MANY, schedules=12)
    show_speed_up(runs[0], "read")
    workers, files = MANY["workers"], len(MANY["texts"])
    for run in runs:
        seen(run)
        most = peak([*run.calls("read"), *run.calls("write")])
        run.require(
            most <= workers,
            expected=say(
                "with {workers} workers, never more than {workers} of the {files} files in work at the same time",
                workers=workers,
                files=files,
            ),
            got=say("{most} at the same time", most=most),
            diagnosis=too_many(run, most),
        )
        run.require(
            run.peak("read") == workers,
            expected=say(
                "with {workers} workers, {workers} of the {files} files are read at the same time",
                workers=workers,
                files=files,
            ),
            got=say("at most {peak} at the same time", peak=run.peak("read")),
            diagnosis="one_worker" if most == 1 and len(run.record.threads) == 2 else None,
        )
    case = logs(drawn_logs(files, changing=files), workers=workers)
    run = with_the_judge(rendezvous, case, at_once=workers)
    require_at_once(run, READS)
    require_threads(run, workers)
    require_a_thread_for_each(run, READS, reads_of(case))
    most = run.meeting.together if run.meeting else 0
    run.require(
        most <= workers,
        expected=say(
            "with {workers} workers, never more than {workers} files in work, outside of the simulation too",
            workers=workers,
        ),
        got=say("{most} at the same time", most=most),
    )


def test_counts_not_lost(explore: Any, rendezvous: Any) -> None:
    for run in explore("rewrite", **FEW, schedules=40, any_order=True):
        require_counts(run, FEW, explore)
    case = logs(drawn_logs(4, changing=4))
    require_counts(with_the_judge(rendezvous, case), case)


def test_bad_file_does_not_stop_others(explore: Any, rendezvous: Any) -> None:
    texts = {f"{number}.log": f"10.0.0.{number}" for number in range(1, 6)}
    bad = {"cannot_read": {"1.log": "missing", "2.log": "undecodable"}, "cannot_write": {"3.log": "full"}}
    case = logs(texts, workers=4, **bad)
    runs = explore("rewrite", **case, schedules=12)
    for run in runs:
        require_files(run, case)
        require_errors(run, case)
    require_counts(runs[0], case)
    first, second, third = drawn_order(texts)[:3]
    missing, undecodable, full = drawn_troubles("missing", "undecodable", "full")
    texts = drawn_logs(5, changing=5)
    case = logs(texts, workers=4, cannot_read={first: missing, second: undecodable}, cannot_write={third: full})
    run = with_the_judge(rendezvous, case)
    require_errors(run, case)
    require_counts(run, case)


def test_more_bad_files_than_workers(explore: Any, rendezvous: Any) -> None:
    texts = {f"{number}.log": f"10.0.0.{number}" for number in range(1, 6)}
    bad = {"1.log": "missing", "2.log": "missing", "3.log": "missing"}
    case = logs(texts, workers=2, cannot_read=bad)
    for run in explore("rewrite", **case, schedules=12):
        require_files(run, case)
        require_errors(run, case)
    texts = drawn_logs(5, changing=5)
    bad = dict(zip(drawn_order(texts), drawn_troubles("missing", "missing", "missing"), strict=False))
    case = logs(texts, workers=2, cannot_read=bad)
    require_errors(with_the_judge(rendezvous, case), case)


def test_no_thread_left(explore: Any, rendezvous: Any) -> None:
    for run in explore("rewrite", **FEW, schedules=40):
        left = seen(run)["threads_left"]
        run.require(
            not left,
            expected=say("every thread that you started has ended when rewrite_logs returns"),
            got=say("{count} still running: {threads}", count=len(left), threads=", ".join(left)),
            diagnosis="thread_left_behind",
        )
    run = with_the_judge(rendezvous, logs(drawn_logs(3, changing=3)))
    left_now = threads_at(run, "over")
    run.require(
        not left_now,
        expected=say("every thread has ended when rewrite_logs returns, outside of the simulation too"),
        got=say("{count} threads were still there", count=left_now),
    )
