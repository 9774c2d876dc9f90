"""Scenarios: how the checks drive a student's `rewrite_logs`. This file travels to the workers."""

from pathlib import Path
from typing import Any


def trouble(kind: str) -> Exception:
    """What can be wrong with a file."""
    match kind:
        case "missing":
            return FileNotFoundError("no such log")
        case "not text":
            return UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    return OSError("no space left")


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
    errors = getattr(value, "errors", None)
    if type(errors) is dict:
        errors = {str(path) if isinstance(path, Path) else repr(path): message for path, message in errors.items()}
    return {
        "kind": kind,
        "value": value if kind == "raised" else type(value).__name__,
        "changed": getattr(value, "changed", None),
        "replacements": getattr(value, "replacements", None),
        "errors": errors,
        "files": dict(files),
        "threads_left": lab.threads_left(),
    }


def rewrite_with_the_judge(student: Any, lab: Any, names: list[str], workers: int) -> Any:
    """Rewrite logs with real threads; what stands in them, the judge tells."""
    from course.lab.meeting import ask

    written: dict[str, str] = {}

    def call() -> Any:
        return student.rewrite_logs(
            [Path(name) for name in names],
            r"\d+",
            "<\\g<0>>",
            workers,
            read=lambda path: ask(str(path)),
            write=lambda path, text: written.update({str(path): text}),
        )

    kind, value = lab.attempt(call)
    return {
        "kind": kind,
        "value": value if kind == "raised" else getattr(value, "replacements", None),
        "files": written,
    }
