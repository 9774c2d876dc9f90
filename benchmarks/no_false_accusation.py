"""Is a right program ever accused? 2,000 schedules of each right version, by the portfolio and by each strategy.

    python benchmarks/no_false_accusation.py
    python benchmarks/no_false_accusation.py --searches pos surw --schedules 500

Prints every accusation with its schedule, and exits with 1 when there was one. `fairness.py` does the same for the
lessons' solutions and alternatives.
"""

import argparse
import os
import sys

from benchmarks import catalogue
from benchmarks.exploring import Found, explore
from benchmarks.schedules_to_bug import for_each_program
from benchmarks.searches import SEARCHES

Results = dict[str, Found]


def main() -> int:
    """Print a line per program; exit 1 when one was accused."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--schedules", type=int, default=2_000, help="of each program and search")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--searches", nargs="+", default=["portfolio"], choices=list(SEARCHES))
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()

    def examine(program: str, core: int) -> Results:
        source = {program: catalogue.source_of(program, "right")}
        how = {"searches": options.searches, "seeds": [options.seed], "cap": options.schedules, "core": core}
        return {search: found[0] for search, found in explore(source, **how)[program].items()}

    programs = catalogue.names(options.programs)
    results = for_each_program(programs, options.processes, examine)
    accused = 0
    for program, result in results.items():
        for search, found in result.items():
            if found.at is not None:
                accused += 1
                print(f"{program}, {search}, schedule {found.at}: {found.outcome}; {found.schedule}")
    runs = sum(found.runs for result in results.values() for found in result.values())
    exhausted = sum(found.runs < options.schedules for result in results.values() for found in result.values())
    print(f"{len(programs)} right programs, {', '.join(options.searches)}: {runs:,} schedules, {accused} accusations")
    print(f"{exhausted} searches ended early because every schedule had been tried" if exhausted else "")
    return 1 if accused else 0


if __name__ == "__main__":
    sys.exit(main())
