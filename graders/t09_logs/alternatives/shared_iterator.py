"""No queue: a lock around one iterator; the caller is the last of the workers."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Report:
    changed: int
    replacements: int
    errors: dict[Path, str]


def _read_text(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)


def rewrite_logs(
    paths: Sequence[Path],
    pattern: str,
    replacement: str,
    workers: int = 4,
    *,
    read: Callable[[Path], str] = _read_text,
    write: Callable[[Path, str], None] = _write_text,
) -> Report:
    regex = re.compile(pattern)
    report = Report(0, 0, {})
    counting = threading.Lock()
    taking = threading.Lock()
    remaining = iter(paths)

    def take() -> Path | None:
        with taking:
            return next(remaining, None)

    def rewrite(path: Path) -> None:
        old = read(path)
        new, count = regex.subn(replacement, old)
        if new != old:
            write(path, new)
            with counting:
                report.changed += 1
                report.replacements += count

    def work() -> None:
        while (path := take()) is not None:
            try:
                rewrite(path)
            except Exception as error:
                with counting:
                    report.errors[path] = str(error)

    threads = [threading.Thread(target=work) for _ in range(workers - 1)]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        thread.join()
    return report
