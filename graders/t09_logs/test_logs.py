"""The hidden checks of `t09_logs`."""

import re
from typing import Any

from course.judge.diagnosis import needs_preemption, of_exception, value_if_any
from course.judge.outside import require_at_once, require_threads, secret_texts
from course.judge.run import Run, peak

PATTERN = r"\d+\.\d+\.\d+\.(\d+)"
MASKED = r"0.0.0.\1"


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
        expected="a Report",
        got=f"an exception, {value['value']}",
        diagnosis=of_exception(str(value["value"])),
    )
    run.require(value["errors"] is not None, expected="a Report", got=f"a {value['value']}")
    return value


def require_files(run: Run, case: dict[str, Any]) -> None:
    """Every file is what the plain loop makes of it."""
    for name, text in plain_loop(case)["files"].items():
        got = seen(run)["files"][name]
        run.require(
            got == text,
            expected=f"{name} contains {text!r} when rewrite_logs returns",
            got=repr(got),
            diagnosis=wrong_text(run, got, text),
        )


def require_counts(run: Run, case: dict[str, Any], explore: Any = None) -> None:
    """The counts are what the plain loop counts; with `explore` one more look tells whether an update was lost."""
    wanted, got = plain_loop(case), seen(run)
    run.require(
        (got["changed"], got["replacements"]) == (wanted["changed"], wanted["replacements"]),
        expected=f"changed={wanted['changed']} and replacements={wanted['replacements']}, as in a plain loop",
        got=f"changed={got['changed']} and replacements={got['replacements']}",
        diagnosis=wrong_counts(run, case, wanted, got, explore),
    )


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


def require_errors(run: Run, messages: dict[str, str]) -> None:
    """One entry for each bad file, with its message; no other entry."""
    errors = seen(run)["errors"]
    named = list(errors) if isinstance(errors, dict) else []
    run.require(
        isinstance(errors, dict) and set(errors) == set(messages),
        expected=f"entries in errors for these paths: {', '.join(sorted(messages)) or 'none'}",
        got=f"entries for {', '.join(sorted(named)) or 'none'}" if isinstance(errors, dict) else f"errors={errors}",
    )
    for name, message in messages.items():
        run.require(
            isinstance(errors[name], str) and message in errors[name],
            expected=f"the message of the exception in errors[{name}]: {message!r}",
            got=repr(errors[name]),
        )


def test_result_equals_serial(explore: Any) -> None:
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
        require_errors(run, {})
    require_counts(runs[0], case)  # under the other schedules they are the business of `counts_not_lost`


def test_unchanged_files_not_written(simulate: Any) -> None:
    texts = {"web.log": "10.0.0.1", "db.log": "nothing to mask", "old.log": "0.0.0.7 is masked", "new.log": ""}
    run = simulate("rewrite", **logs(texts))
    seen(run)
    written = [call.tag for call in run.calls("write") if call.tag != "web.log"]
    run.require(
        not written,
        expected="write is called for web.log only: the texts of the other files stay as they are",
        got=f"write was called for {', '.join(written)} as well",
        diagnosis="written_unchanged",
    )


def test_edge_sizes(simulate: Any, explore: Any) -> None:
    for case in (NONE, ONE):
        runs = explore("rewrite", **case, schedules=10) if case["texts"] else [simulate("rewrite", **case)]
        for run in runs:
            require_files(run, case)
            require_counts(run, case)
            require_errors(run, {})


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
    for run in runs:
        seen(run)
        workers, files = MANY["workers"], len(MANY["texts"])
        most = peak([*run.calls("read"), *run.calls("write")])
        run.require(
            most <= workers,
            expected=f"with {workers} workers, never more than {workers} of the {files} files in work at the same time",
            got=f"{most} at the same time",
            diagnosis=too_many(run, most),
        )
        run.require(
            run.peak("read") == workers,
            expected=f"with {workers} workers, {workers} of the {files} files are read at the same time",
            got=f"at most {run.peak('read')} at the same time",
            diagnosis="one_worker" if most == 1 and len(run.record.threads) == 2 else None,
        )
    texts = secret_texts(MANY["texts"])
    run = rendezvous(
        "rewrite_with_the_judge", calls=MANY["workers"], replies=texts, names=list(texts), workers=MANY["workers"]
    )
    require_at_once(run, "files read")
    require_threads(run, MANY["workers"])
    wanted = {name: f"<{text}>" for name, text in texts.items()}
    run.require(run.value["files"] == wanted, expected=f"these files: {wanted}", got=str(run.value["files"]))


def test_counts_not_lost(explore: Any) -> None:
    for run in explore("rewrite", **FEW, schedules=40, any_order=True):
        require_counts(run, FEW, explore)


def test_bad_file_does_not_stop_others(explore: Any) -> None:
    texts = {f"{number}.log": f"10.0.0.{number}" for number in range(1, 6)}
    bad = {"cannot_read": {"1.log": "missing", "2.log": "not text"}, "cannot_write": {"3.log": "disk full"}}
    case = logs(texts, workers=4, **bad)
    runs = explore("rewrite", **case, schedules=12)
    for run in runs:
        require_files(run, case)
        require_errors(run, {"1.log": "no such log", "2.log": "invalid start byte", "3.log": "no space left"})
    require_counts(runs[0], case)


def test_more_bad_files_than_workers(explore: Any) -> None:
    texts = {f"{number}.log": f"10.0.0.{number}" for number in range(1, 6)}
    bad = {"1.log": "missing", "2.log": "missing", "3.log": "missing"}
    case = logs(texts, workers=2, cannot_read=bad)
    for run in explore("rewrite", **case, schedules=12):
        require_files(run, case)
        require_errors(run, dict.fromkeys(bad, "no such log"))


def test_no_thread_left(explore: Any) -> None:
    for run in explore("rewrite", **FEW, schedules=40):
        left = seen(run)["threads_left"]
        run.require(
            not left,
            expected="every thread that you started has ended when rewrite_logs returns",
            got=f"{len(left)} still running: {', '.join(left)}",
            diagnosis="thread_left_behind",
        )
