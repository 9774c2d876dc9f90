"""Scenarios: how the checks drive a student's `rewrite_logs`. This file travels to the workers."""

from pathlib import Path
from typing import Any


def trouble(what: str) -> Exception:
    """What can be wrong with a file: a kind of trouble, and perhaps a number that stands in its message."""
    kind, _, number = what.partition(" ")
    match kind:
        case "missing":
            return FileNotFoundError(f"no such log {number}".strip())
        case "undecodable":
            return UnicodeDecodeError("utf-8", b"\xff", 0, 1, f"invalid start byte {number}".strip())
    return OSError(f"no space left {number}".strip())


def rewrite(
    student: Any,
    lab: Any,
    *,
    texts: dict[str, str],
    workers: int,
    pattern: str,
    replacement: str,
    reading: float,
    writing: float,
    cannot_read: dict[str, str],
    cannot_write: dict[str, str],
) -> dict[str, Any]:
    """Rewrite these texts; each read and each write takes its time, then the bad files' raise an error."""
    files = dict(texts)

    def read(path: Path) -> str:
        with lab.call("read", path):
            lab.sleep(reading)
            if str(path) in cannot_read:
                raise trouble(cannot_read[str(path)])
            return texts[str(path)]

    def write(path: Path, text: str) -> None:
        with lab.call("write", path):
            lab.sleep(writing)
            if str(path) in cannot_write:
                raise trouble(cannot_write[str(path)])
            files[str(path)] = text

    def call() -> Any:
        return student.rewrite_logs(
            [Path(name) for name in texts], pattern, replacement, workers, read=read, write=write
        )

    kind, value = lab.attempt(call)
    return {**report_of(kind, value), "files": dict(files), "threads_left": lab.threads_left()}


def report_of(kind: str, value: Any) -> dict[str, Any]:
    """What has become of a call of `rewrite_logs`, as plain data."""
    errors = getattr(value, "errors", None)
    if type(errors) is dict:
        errors = {str(path) if isinstance(path, Path) else repr(path): message for path, message in errors.items()}
    return {
        "kind": kind,
        "value": value if kind == "raised" else type(value).__name__,
        "changed": getattr(value, "changed", None),
        "replacements": getattr(value, "replacements", None),
        "errors": errors,
    }


def rewrite_with_the_judge(
    student: Any, lab: Any, *, names: list[str], workers: int, pattern: str, replacement: str
) -> dict[str, Any]:
    """Rewrite logs with real threads; the judge tells what stands in them, and what is wrong with which of them."""
    from course.lab.meeting import ask

    def told(call: str) -> str:
        how, _, rest = ask(call).partition(" ")
        if how == "bad":
            raise trouble(rest)
        return rest

    def read(path: Path) -> str:
        return told(f"read {path}")

    def write(path: Path, text: str) -> None:
        told(f"write {path} {text!r}")

    def call() -> Any:
        return student.rewrite_logs(
            [Path(name) for name in names], pattern, replacement, workers, read=read, write=write
        )

    kind, value = lab.attempt(call)
    ask("over")
    return report_of(kind, value)
