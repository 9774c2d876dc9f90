"""Asks `empty()` and then takes: the last file may be gone in between, and `get()` waits for ever.

Killed by: counts_not_lost
Diagnosis: check_then_act
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
    lock = threading.Lock()

    def rewrite(path):
        old = read(path)
        new, count = regex.subn(replacement, old)
        if new != old:
            write(path, new)
            with lock:
                report.changed += 1
                report.replacements += count

    def worker():
        while not jobs.empty():
            path = jobs.get()
            try:
                rewrite(path)
            except Exception as error:
                with lock:
                    report.errors[path] = str(error)

    for path in paths:
        jobs.put(path)
    threads = [threading.Thread(target=worker) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return report
