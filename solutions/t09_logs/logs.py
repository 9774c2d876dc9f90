"""Rewrite a folder of logs: worker threads take the files from one queue."""

import queue
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Report:
    """What `rewrite_logs` did.

    `changed` counts the files that were written with a new text, `replacements` the replacements in these files.
    `errors` has one entry for every file that could not be read or written; its value is the error's message.

        Report(changed=2, replacements=7, errors={Path("old.log"): "permission denied"})
    """

    changed: int
    replacements: int
    errors: dict[Path, str]


def _read_text(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:  # newline="" keeps the line ends as they are
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
    """Replace every match of `pattern` in every file and report what was done, when all files are done.

    `workers` threads share the files: that many are in work at once, never more. Each file is read once and written
    only if its text changes. `replacement` may refer to groups of the pattern (`\\1`), as in `re.sub`.

    A file that cannot be read or written goes into `errors`, counts as not changed, and stops nobody: all other files
    are still done. When the function returns, its threads have ended.

        >>> rewrite_logs([Path("web.log"), Path("db.log")], r"\\d+\\.\\d+\\.\\d+\\.\\d+", "x.x.x.x", workers=2)
        Report(changed=1, replacements=3, errors={})
    """
    ### BEGIN SOLUTION
    regex = re.compile(pattern)
    jobs: queue.Queue[Path | None] = queue.Queue()
    report = Report(changed=0, replacements=0, errors={})
    lock = threading.Lock()  # guards the report, which all workers share

    def rewrite(path: Path) -> None:
        old = read(path)
        new, count = regex.subn(replacement, old)
        if new != old:
            write(path, new)
            with lock:
                report.changed += 1
                report.replacements += count

    def worker() -> None:
        while (path := jobs.get()) is not None:
            try:
                rewrite(path)
            except Exception as error:  # whatever is wrong with this file, the next one waits
                with lock:
                    report.errors[path] = str(error)

    threads = [threading.Thread(target=worker) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for path in paths:
        jobs.put(path)
    for _ in threads:
        jobs.put(None)  # one "no more work" for each worker
    for thread in threads:
        thread.join()
    return report
    ### END SOLUTION
