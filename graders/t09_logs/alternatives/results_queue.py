"""Workers share nothing: they put what they did on a second queue, and the caller counts."""

import queue
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
    jobs: queue.Queue[Path | None] = queue.Queue()
    results: queue.Queue[tuple[Path, int | None, Exception | None]] = queue.Queue()

    def rewrite(path: Path) -> int | None:
        old = read(path)
        new, count = regex.subn(replacement, old)
        if new == old:
            return None
        write(path, new)
        return count

    def worker() -> None:
        while (path := jobs.get()) is not None:
            try:
                results.put((path, rewrite(path), None))
            except Exception as error:
                results.put((path, None, error))

    threads = [threading.Thread(target=worker) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for path in paths:
        jobs.put(path)
    for _ in threads:
        jobs.put(None)
    report = Report(0, 0, {})
    for _ in paths:
        path, count, error = results.get()
        if error is not None:
            report.errors[path] = str(error)
        elif count is not None:
            report.changed += 1
            report.replacements += count
    for thread in threads:
        thread.join()
    return report
