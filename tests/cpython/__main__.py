"""`python -m tests.cpython [module ...]`: a table of how far CPython's own tests pass inside a world."""

import sys
from collections import Counter

from tests.cpython.runner import run_module
from tests.cpython.verdicts import OUTSIDE, VERSION, Tally, missing, modules, never_run, tally
from tests.lab.nursery import Nursery

LEAST_SHARE = 0.95


def _line(found: Tally) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in found.not_passed.most_common())
    name = found.module.removeprefix("test.")
    return f"{name:<42} {found.all:>5} {found.passed:>6} {found.share:>7.1%} {found.seconds:>6.1f}  {reasons}"


def main() -> int:
    """Run, print, and return 1 if anything came to something else than expected, or too little passed."""
    nursery = Nursery()
    total = Tally(f"all, Python {VERSION}", not_passed=Counter())
    surprises = []
    sys.stdout.write(f"{'module':<42} {'tests':>5} {'passed':>6} {'share':>7} {'CPU s':>6}  not passed\n")
    for module in sys.argv[1:] or modules():
        if missing(module):
            sys.stdout.write(f"{module.removeprefix('test.'):<42} not installed with this interpreter\n")
            continue
        found = tally(module, nursery.call(run_module, module=module, never=never_run(module)))
        sys.stdout.write(_line(found) + "\n")
        sys.stdout.flush()
        total.passed += found.passed
        total.not_passed += found.not_passed
        total.seconds += found.seconds
        surprises += [f"{module}: {surprise}" for surprise in found.surprises]
    nursery.close()
    sys.stdout.write(f"{_line(total)}\nShare: of the tests that lie inside of what a world simulates. Outside: ")
    sys.stdout.write(f"{', '.join(sorted(OUTSIDE))}.\n")
    sys.stdout.write("".join(f"\nUnexpected: {surprise}\n" for surprise in surprises))
    return 1 if surprises or total.share < LEAST_SHARE else 0


if __name__ == "__main__":
    sys.exit(main())
