"""After many runs in one process nothing has piled up that runs could have left."""

from benchmarks import catalogue
from benchmarks.exploring import in_process
from benchmarks.nothing_left import MIXES


def test_runs_leave_no_threads_and_no_open_files() -> None:
    for mix in MIXES.values():
        sources = [catalogue.source_of(program, version) for program, version in mix]
        counts = in_process("benchmarks.nothing_left", {"sources": sources, "runs": 84, "every": 42})
        assert [row["runs"] for row in counts] == [0, 42, 84]
        assert counts[2]["open files"] == counts[1]["open files"]
        assert counts[2]["OS threads"] <= 10  # carriers, which wait for the next run; the busiest program has five


def test_a_leak_would_be_seen() -> None:
    leaking = """
import sys

def main():
    sys.__dict__.setdefault("kept", []).append(open("/dev/null"))
    return True
"""
    counts = in_process("benchmarks.nothing_left", {"sources": [leaking], "runs": 20, "every": 10})
    assert counts[2]["open files"] - counts[1]["open files"] == 10
