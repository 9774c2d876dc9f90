"""Each worker is a Thread with a report of its own; the queue is full before they start, `Empty` ends them."""

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


class _Worker(threading.Thread):
    def __init__(self, jobs: "queue.Queue[Path]", rewrite: Callable[[Path, Report], None]) -> None:
        super().__init__()
        self.jobs = jobs
        self.rewrite = rewrite
        self.report = Report(0, 0, {})

    def run(self) -> None:
        while True:
            try:
                path = self.jobs.get_nowait()
            except queue.Empty:
                return
            try:
                self.rewrite(path, self.report)
            except Exception as error:
                self.report.errors[path] = str(error)


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
    jobs: queue.Queue[Path] = queue.Queue()
    for path in paths:
        jobs.put(path)

    def rewrite(path: Path, report: Report) -> None:
        old = read(path)
        new, count = regex.subn(replacement, old)
        if new != old:
            write(path, new)
            report.changed += 1
            report.replacements += count

    crew = [_Worker(jobs, rewrite) for _ in range(workers)]
    for member in crew:
        member.start()
    total = Report(0, 0, {})
    for member in crew:
        member.join()
        total.changed += member.report.changed
        total.replacements += member.report.replacements
        total.errors.update(member.report.errors)
    return total
