"""A ThreadPoolExecutor with one future for each file; only the caller counts."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
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

    def rewrite(path: Path) -> int | None:
        old = read(path)
        new, count = regex.subn(replacement, old)
        if new == old:
            return None
        write(path, new)
        return count

    report = Report(0, 0, {})
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = {pool.submit(rewrite, path): path for path in paths}
        for future in as_completed(futures):
            try:
                count = future.result()
            except Exception as error:
                report.errors[futures[future]] = str(error)
                continue
            if count is not None:
                report.changed += 1
                report.replacements += count
    return report
