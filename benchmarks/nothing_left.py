"""Does anything stay behind after 10,000 runs in one process: threads, memory, open files, objects?

    python benchmarks/nothing_left.py --runs 10000

One process runs one small program, then another a mix: an update, a queue, pools, asyncio, deadlocks. Every 1,000 runs
it collects its garbage and counts. A worker of the judge does at most some hundred runs and ends; this is about slopes.
"""

import argparse
import gc
import importlib
import json
import os
import sys
from typing import Any

from benchmarks import catalogue
from benchmarks.exploring import CHILD, in_process, serve

# (program, version): each in turn.
MIX: tuple[tuple[str, catalogue.Version], ...] = (
    ("lost_update", "wrong"),
    ("work_queue_empty", "right"),
    ("pool_of_two_self_deadlock", "right"),
    ("async_lost_update", "right"),
    ("two_locks", "wrong"),
    ("pool_self_deadlock", "wrong"),
    ("dict_iteration", "wrong"),
)
MIXES = {"lost_update": MIX[:1], "mix": MIX}


def count() -> dict[str, int]:
    """What this process holds, after a full collection."""
    gc.collect()
    with open("/proc/self/status", encoding="utf-8") as file:
        status = dict(line.split(":", 1) for line in file)
    return {
        "OS threads": int(status["Threads"]),
        "RSS, KiB": int(status["VmRSS"].split()[0]),
        "open files": len(os.listdir("/proc/self/fd")),
        "objects": len(gc.get_objects()),
    }


def answer(request: dict[str, Any]) -> list[dict[str, int]]:
    """The child: so many runs of the mix, each a random walk, and a count before, between and after."""
    simulation = importlib.import_module("course.lab.simulation")
    scenario, collect_garbage = catalogue.SCENARIO, importlib.import_module("course.lab.worker").collect_garbage
    programs = [
        importlib.import_module("course.lab.program").Program("program", source, scenario)
        for source in request["sources"]
    ]
    counts = []
    for number in range(request["runs"] + 1):
        if number % request["every"] == 0:
            counts.append({"runs": number, **count()})
        schedule = {"strategy": "random-walk", "seed": number}
        simulation.simulate(programs[number % len(programs)], "scenario", {}, schedule)
        collect_garbage(number)
    return counts


def main() -> None:
    """Print a table per mix, and how much each count has grown since the first 1,000 runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=1_000)
    parser.add_argument("--json", help="write every figure to this file")
    options = parser.parse_args()
    figures = {}
    for name, mix in MIXES.items():
        sources = [catalogue.source_of(program, version) for program, version in mix]
        request = {"sources": sources, "runs": options.runs, "every": options.every}
        counts = figures[name] = in_process("benchmarks.nothing_left", request)
        print(f"{name}: {', '.join(f'{program} ({version})' for program, version in mix)}")
        print("  ".join(title.rjust(10) for title in counts[0]))
        for row in counts:
            print("  ".join(f"{value:,}".rjust(10) for value in row.values()))
        if len(counts) > 2:
            grown = {title: counts[-1][title] - counts[1][title] for title in counts[0] if title != "runs"}
            print(
                "since the second line:", ", ".join(f"{title} {more:+,}" for title, more in grown.items()), end="\n\n"
            )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    if sys.argv[1:] == [CHILD]:
        serve(answer)
    else:
        main()
