"""Grade one submission with all lessons a few times, from the command, and show wall and processor seconds.

python benchmarks/speed.py
"""

import resource
import statistics
import subprocess
import sys
import time

from course.lessons import ROOT

ROUNDS = 5


def processor_seconds() -> float:
    """Of all children that have ended, and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the median of a few rounds, after one that does not count."""
    wall, processor = [], []
    for number in range(ROUNDS + 1):
        began, used = time.monotonic(), processor_seconds()
        subprocess.run(
            [sys.executable, "-m", "course", "grade", str(ROOT / "solutions"), "--json"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
        )
        if number:
            wall.append(time.monotonic() - began)
            processor.append(processor_seconds() - used)
    print(f"all lessons of one submission, median of {ROUNDS}:")
    print(f"  wall      {statistics.median(wall):.2f} s  ({min(wall):.2f} - {max(wall):.2f})")
    print(f"  processor {statistics.median(processor):.2f} s  ({min(processor):.2f} - {max(processor):.2f})")


if __name__ == "__main__":
    main()
