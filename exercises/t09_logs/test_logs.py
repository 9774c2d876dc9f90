"""Open samples of the checks: run them with `pytest exercises/t09_logs`."""

import threading
from pathlib import Path

from logs import rewrite_logs


def test_masks_every_match(tmp_path: Path) -> None:
    """The files and the counts are what a plain loop would give; a file without a match is never written."""
    texts = {"a.log": "from 10.0.0.1 to 10.0.0.2\n", "b.log": "nothing here\n", "c.log": "10.9.8.7 again\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    untouched = (tmp_path / "b.log").stat().st_mtime_ns

    report = rewrite_logs([tmp_path / name for name in texts], r"\d+\.\d+\.\d+\.\d+", "x.x.x.x", workers=2)

    assert (report.changed, report.replacements, report.errors) == (2, 3, {})
    assert (tmp_path / "a.log").read_text(encoding="utf-8") == "from x.x.x.x to x.x.x.x\n"
    assert (tmp_path / "c.log").read_text(encoding="utf-8") == "x.x.x.x again\n"
    assert (tmp_path / "b.log").stat().st_mtime_ns == untouched


def test_three_workers_read_at_once() -> None:
    """With three workers three reads are under way together: they meet at a barrier. No thread is left afterwards."""
    meeting = threading.Barrier(3)
    before = threading.active_count()

    def read(path: Path) -> str:
        meeting.wait(timeout=5)
        return "cat"

    paths = [Path(f"{number}.log") for number in range(6)]
    report = rewrite_logs(paths, "cat", "dog", workers=3, read=read, write=lambda path, text: None)

    assert report.errors == {}, "three reads never met"
    assert report.changed == 6
    assert threading.active_count() == before


def test_bad_files_are_reported_and_the_others_done() -> None:
    """Three bad files and only two workers: each bad one is in `errors`, each good one is written."""
    written: dict[Path, str] = {}

    def read(path: Path) -> str:
        if path.name.startswith("bad"):
            raise OSError(f"cannot open {path}")
        return "cat"

    paths = [Path(name) for name in ("bad1", "bad2", "bad3", "good1", "good2")]
    report = rewrite_logs(paths, "cat", "dog", workers=2, read=read, write=written.__setitem__)

    assert set(report.errors) == {Path("bad1"), Path("bad2"), Path("bad3")}
    assert "cannot open bad1" in report.errors[Path("bad1")]
    assert written == {Path("good1"): "dog", Path("good2"): "dog"}
