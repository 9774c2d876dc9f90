"""How many schedules does each strategy need to find each bug? And how many do the peers need?

    python benchmarks/schedules_to_bug.py --json to_bug.json
    python benchmarks/schedules_to_bug.py reorder_3 twostage --seeds 5 --searches surw portfolio --no-peers

Medians over the seeds; a seed that finds nothing within the cap counts as infinitely many. Every search of ours begins
with the plain schedule, and that one counts. A peer is also asked about the right version of each program.
"""

import argparse
import json
import math
import os
import platform
import queue
import statistics
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, TypeVar

from benchmarks import catalogue, peers
from benchmarks.exploring import explore
from benchmarks.searches import SEARCHES

Result = TypeVar("Result")

PORTFOLIO = "portfolio"
# A peer that has not answered for all seeds of a program by then is ended; it may hang on a program.
PEER_SECONDS = 300.0
# Schedules for which a peer is asked about a right version.
RIGHT_CAP = 100


class Cell(NamedTuple):
    """One program and one way to search it: the schedules each seed needed (None: not found), and remarks."""

    found_at: list[int | None]
    remark: str = ""

    @property
    def missed(self) -> int:
        """How many seeds found nothing."""
        return self.found_at.count(None)

    @property
    def median(self) -> float:
        """The median over the seeds; infinite when most found nothing."""
        if not self.found_at:
            return math.inf
        return statistics.median_high([math.inf if at is None else at for at in self.found_at])

    def __str__(self) -> str:
        if not self.found_at:
            return self.remark
        median = "-" if math.isinf(self.median) else f"{self.median:g}"
        return f"{median}{f' ({self.missed} not)' if self.missed else ''}{' ' + self.remark if self.remark else ''}"


Row = dict[str, Cell]


def measure_ours(program: str, searches: Sequence[str], seeds: Sequence[int], cap: int, core: int) -> Row:
    """One cell per search of ours."""
    source = catalogue.source_of(program, "wrong")
    found = explore({program: source}, searches=searches, seeds=seeds, cap=cap, core=core)[program]
    return {search: Cell([one.at for one in found[search]]) for search in searches}


def measure_peers(program: str, names: Iterable[str], seeds: Sequence[int], cap: int) -> Row:
    """One cell per peer and mode."""
    row: Row = {}
    for peer in names:
        for mode in peers.MODES[peer]:
            why = peers.cannot_run(peer, program)
            row[f"{peer} {mode}"] = Cell([], f"cannot: {why}") if why else _ask(peer, mode, program, seeds, cap)
    return row


def _ask(peer: str, mode: str, program: str, seeds: Sequence[int], cap: int) -> Cell:
    on_right = peers.ask(peer, mode, program, "right", seeds=seeds[:1], cap=RIGHT_CAP, seconds=PEER_SECONDS)[-1]
    if on_right.verdict in ("wrong", "broken"):  # what it says of the wrong version then proves nothing
        return Cell([], f"{'accuses' if on_right.verdict == 'wrong' else 'breaks on'} the right one: {on_right.says}")
    answers = peers.ask(peer, mode, program, "wrong", seeds=seeds, cap=cap, seconds=PEER_SECONDS)
    remarks = []
    if mode in peers.SEEDLESS and answers[0].verdict == "passed" and answers[0].schedules < cap:
        remarks.append("says that it holds")
    counts = Counter(answer.verdict for answer in answers)
    remarks += [f"{verdict} {counts[verdict]} x" for verdict in ("undecided", "broken") if counts[verdict]]
    if on_right.verdict == "undecided":
        remarks.append("undecided on the right one")
    return Cell([answer.schedules if answer.verdict == "wrong" else None for answer in answers], ", ".join(remarks))


# --- what is printed -------------------------------------------------------------------------------------------------


def print_table(rows: dict[str, Row], columns: Sequence[str], legend: str) -> None:
    """A line per program, a column per search; remarks that are sentences become footnotes."""
    notes: list[str] = []
    table = [["program", *columns]]
    for program, row in rows.items():
        table.append([program, *(_short(row[column], notes) for column in columns)])
    widths = [max(len(line[place]) for line in table) for place in range(len(table[0]))]
    print(legend)
    for line in table:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    for number, note in enumerate(notes, 1):
        print(f"  [{number}] {note}")
    print()


def _short(cell: Cell, notes: list[str]) -> str:
    if not cell.remark:
        return str(cell)
    if cell.remark not in notes:
        notes.append(cell.remark)
    return f"{cell._replace(remark='')} [{notes.index(cell.remark) + 1}]".strip()


def print_summary_of_ours(rows: dict[str, Row], searches: Sequence[str], seeds: int) -> None:
    """How often each search found the bug with every seed, and how the portfolio compares with the best of them."""
    for search in searches:
        missed = [program for program, row in rows.items() if row[search].missed]
        but = f"; not: {', '.join(missed)}" if missed and search == PORTFOLIO else ""
        print(f"{search}: found in {seeds}/{seeds} for {len(rows) - len(missed)} of {len(rows)} programs{but}")
    singles = [search for search in searches if search != PORTFOLIO]
    if PORTFOLIO in searches and singles:
        best = min(singles, key=lambda search: _rank(rows, search))
        print_comparison(rows, {program: row[best].median for program, row in rows.items()}, f"{best}'s, best of all")
        of_each = {program: min(row[search].median for search in singles) for program, row in rows.items()}
        print_comparison(rows, of_each, "that of the best for each program")


def _rank(rows: dict[str, Row], search: str) -> tuple[int, float]:
    """The lower the better: on how many programs some seed found nothing, then the sum of the medians' logarithms."""
    cells = [row[search] for row in rows.values()]
    return sum(cell.missed > 0 for cell in cells), sum(math.log(cell.median) for cell in cells)


def print_comparison(rows: dict[str, Row], others: dict[str, float], whose: str) -> None:
    """On how many programs the portfolio's median is no worse than the given one, and where it is."""
    behind = [
        f"{program} ({row[PORTFOLIO].median:g} to {others[program]:g})"
        for program, row in rows.items()
        if row[PORTFOLIO].median > others[program]
    ]
    print(f"portfolio median <= {whose}: on {len(rows) - len(behind)} of {len(rows)}")
    if behind:
        print(f"  behind on: {', '.join(behind)}")


def print_summary_of_peers(rows: dict[str, Row], columns: Sequence[str]) -> None:
    """What each peer found, missed and got wrong."""
    for column in columns:
        cells = {program: row[column] for program, row in rows.items()}
        could = {program: cell for program, cell in cells.items() if cell.found_at}
        found = [program for program, cell in could.items() if not cell.missed]
        says_holds = [program for program, cell in could.items() if "says that it holds" in cell.remark]
        accused = [program for program, cell in cells.items() if cell.remark.startswith("accuses")]
        print(f"{column}: runs {len(could)} of {len(cells)}, found with every seed {len(found)}", end="")
        print(f"; wrongly says that it holds: {', '.join(says_holds)}" if says_holds else "", end="")
        print(f"; accuses right programs: {', '.join(accused)}" if accused else "")


# --- all of it -------------------------------------------------------------------------------------------------------


def for_each_program(
    programs: Sequence[str],
    processes: int,
    measure: Callable[[str, int], Result],
    note: Callable[[str, Result], None] = lambda program, result: None,
) -> dict[str, Result]:
    """`measure(program, core)` for all programs, so many at a time, each with a core of its own; progress on stderr.

    `note` is told of each result when it is there, one at a time.
    """
    cores: queue.SimpleQueue[int] = queue.SimpleQueue()
    for core in range(processes):
        cores.put(core)
    done, lock = 0, threading.Lock()

    def one(program: str) -> Result:
        nonlocal done
        core = cores.get()
        try:
            result = measure(program, core)
        finally:
            cores.put(core)
        with lock:
            done += 1
            print(f"{done}/{len(programs)} {program}", file=sys.stderr, flush=True)
            note(program, result)
        return result

    with ThreadPoolExecutor(processes) as pool:
        return dict(zip(programs, pool.map(one, programs), strict=True))


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("programs", nargs="*")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--cap", type=int, default=500, help="schedules after which a search gives up")
    parser.add_argument("--searches", nargs="*", default=list(SEARCHES), choices=list(SEARCHES))
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--peers", nargs="*", default=list(peers.MODES), choices=list(peers.MODES))
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", help="write every figure to this file")
    return parser.parse_args()


def main() -> None:
    """Print two tables and what they come to."""
    options = parse_options()
    programs, seeds = catalogue.names(options.programs), range(options.seeds)
    asked = [] if options.no_peers else [peer for peer in options.peers if not peers.missing(peer)]
    legend = (
        f"schedules to the bug, median of {options.seeds} seeds, cap {options.cap}, Python {platform.python_version()}"
    )
    ours: dict[str, Row] = {}
    theirs: dict[str, Row] = {}

    def note(rows: dict[str, Row], program: str, row: Row) -> None:
        rows[program] = row
        if options.json:
            write_json(options.json, {"legend": legend, "ours": ours, "peers": theirs})

    if options.searches:
        ours.update(
            for_each_program(
                programs,
                options.processes,
                lambda program, core: measure_ours(program, options.searches, seeds, options.cap, core),
                partial(note, ours),
            )
        )
    if asked:
        theirs.update(
            for_each_program(
                programs,
                options.processes,
                lambda program, _: measure_peers(program, asked, seeds, options.cap),
                partial(note, theirs),
            )
        )
    if ours:
        print_table(ours, options.searches, f"{legend}; (k not): k seeds found nothing; -: most of them")
        print_summary_of_ours(ours, options.searches, options.seeds)
        print()
    if theirs:
        columns = [f"{peer} {mode}" for peer in asked for mode in peers.MODES[peer]]
        print_table(theirs, columns, f"peers: {legend}; {', '.join(peers.SEEDLESS)} once")
        print_summary_of_peers(theirs, columns)
    for peer in [] if options.no_peers else options.peers:
        if why := peers.missing(peer):
            print(f"{peer} {why}")


def write_json(path: str, figures: dict[str, Any]) -> None:
    """Every cell as a list of two: the schedules that each seed needed (null: not found), and the remark."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
