"""Locks, but with a new lock each time: nobody ever meets anybody at it.

Killed by: counts_not_lost
Diagnosis: wrong_lock
"""

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
    jobs = queue.Queue()
    report = Report(0, 0, {})

    def rewrite(path):
        lock = threading.Lock()
        old = read(path)
        new, count = regex.subn(replacement, old)
        if new != old:
            write(path, new)
            with lock:
                report.changed += 1
                report.replacements += count

    def worker():
        while True:
            path = jobs.get()
            if path is None:
                return
            try:
                rewrite(path)
            except Exception as error:
                report.errors[path] = str(error)

    threads = [threading.Thread(target=worker) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for path in paths:
        jobs.put(path)
    for _ in threads:
        jobs.put(None)
    for thread in threads:
        thread.join()
    return report
