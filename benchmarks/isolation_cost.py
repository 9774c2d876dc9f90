"""What does one isolated case cost over the work itself: limits only, and the strongest jail of this machine?

    python benchmarks/isolation_cost.py --cases 100

The work is a function that returns 1, so that all that is measured is the way of a case: the request, a fork (and
namespaces), confinement, the run record, the end. `fork` is the work alone in a forked child of an idle interpreter,
without any of this. All kinds take turns, so that a busy moment strikes each of them.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from course.judge.bench import Bench
from course.judge.drivers import Drivers
from course.judge.jail import Jail, jails
from course.judge.records import RunRecord
from course.judge.starter import Starter
from course.judge.workers import Case
from course.lessons import all_lessons

SOURCE = "def work():\n    return 1\n"
SCENARIOS = "def drive(student, lab):\n    return student.work()\n"
# A forked child that does the work, for each line that it is sent.
FORK = """
import os, sys
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        names = {}
        exec(%r, names)
        os._exit(names["work"]())
    os.waitpid(child, 0)
    print(flush=True)
"""
WARM_UP = 5  # cases that do not count


def request(bench: Bench, mode: str) -> dict[str, Any]:
    """A case of one run; of the lesson it has nothing but the name."""
    drivers = Drivers(bench, all_lessons()[0], SOURCE)
    return {**drivers.request("drive", {}, budget=1), "scenarios": SCENARIOS, "mode": mode}


def case_of(starter: Starter, request: dict[str, Any]) -> Callable[[], None]:
    """A function that runs one case and takes its result."""

    def run() -> None:
        with Case(starter, request) as case:
            first, *_ = case.frames()
        if not isinstance(first, RunRecord) or first.value != 1:
            raise SystemExit(f"the case gave {first}")

    return run


def fork_of(process: "subprocess.Popen[str]") -> Callable[[], None]:
    """A function that has the work done in a forked child."""

    def run() -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        process.stdout.readline()

    return run


def main() -> None:
    """Print the median and the ninth decile of every kind, and what it is over the forked work."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=100)
    options = parser.parse_args()
    bench = Bench(width=1)
    print(f"strong here is: {bench.isolation}")
    bench.close()
    homes = {"plain": Jail(root=os.geteuid() == 0), "strong": jails()[0]}
    starters = {name: Starter(home) for name, home in homes.items()}
    fork = subprocess.Popen(
        [sys.executable, "-I", "-c", FORK % SOURCE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    kinds = {"fork": fork_of(fork)}
    for mode in ("real", "simulated"):
        kinds |= {f"{name}, {mode}": case_of(starters[name], request(bench, mode)) for name in homes}
    milliseconds: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(options.cases + WARM_UP):
        for name, run in kinds.items():
            began = time.perf_counter()
            run()
            if number >= WARM_UP:
                milliseconds[name].append((time.perf_counter() - began) * 1000)
    base = statistics.median(milliseconds["fork"])
    print(f"{'milliseconds a case':<20} {'median':>8} {'p90':>8} {'over the work':>14}")
    for name, taken in milliseconds.items():
        median, p90 = statistics.median(taken), statistics.quantiles(taken, n=10)[8]
        print(f"{name:<20} {median:8.1f} {p90:8.1f} {median - base:14.1f}")
    for starter in starters.values():
        starter.close()
    fork.communicate()


if __name__ == "__main__":
    main()
