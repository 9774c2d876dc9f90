"""How many schedules do we run in a second of processor time, and how many do the peers?

    python benchmarks/schedules_per_second.py --rounds 5 --seconds 2

Right versions of programs that a peer can run, so that no search ends at a bug. Every measurement is a new process on
one and the same core; ours and the peers' take turns, and the medians are compared. Ours does what a worker does: a
fresh world and the program executed anew for each schedule, the evidence encoded and written. The peers run in their
fastest mode (each mode is shown). Processor time, because on a busy machine waiting threads are served before one that
computes; it still wants an idle machine.
"""

import argparse
import platform
import statistics

from benchmarks import catalogue, exploring, peers

PROGRAMS = ("lost_update", "check_then_act", "two_locks", "work_queue_empty", "lost_notify", "barrier_reuse")
OURS = "ours"


def measure(program: str, contestant: str, *, seconds: float, core: int) -> float:
    """Schedules per second of ours or of `peer mode`; 0 when it cannot run the program."""
    if contestant == OURS:
        return exploring.rate(catalogue.source_of(program, "right"), seconds=seconds, core=core)
    peer, mode = contestant.split()
    return peers.rate(peer, mode, program, seconds=seconds, core=core)


def main() -> None:
    """Print a line per program: the rates, and ours divided by the fastest mode of each peer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("programs", nargs="*", default=PROGRAMS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--core", type=int, default=0)
    options = parser.parse_args()
    present = [peer for peer in peers.MODES if not peers.missing(peer)]
    contestants = [OURS, *(f"{peer} {mode}" for peer in present for mode in peers.MODES[peer])]
    measured = f"median of {options.rounds} x {options.seconds:g} s, Python {platform.python_version()}"
    print(f"schedules per second of processor time, {measured}")
    print("  ".join(["program".ljust(18), *contestants, *(f"ours / {peer}" for peer in present)]))
    for program in catalogue.names(options.programs):
        rates: dict[str, list[float]] = {contestant: [] for contestant in contestants}
        for _ in range(options.rounds):
            for contestant in contestants:
                rate = measure(program, contestant, seconds=options.seconds, core=options.core)
                rates[contestant].append(rate)
        medians = {contestant: statistics.median(rates[contestant]) for contestant in contestants}
        cells = [f"{medians[contestant]:.0f}" if medians[contestant] else "cannot" for contestant in contestants]
        for peer in present:
            fastest = max(medians[f"{peer} {mode}"] for mode in peers.MODES[peer])
            cells.append(f"{medians[OURS] / fastest:.1f}" if fastest else "-")
        titles = [*contestants, *(f"ours / {peer}" for peer in present)]
        line = [cell.rjust(len(title)) for cell, title in zip(cells, titles, strict=True)]
        print("  ".join([program.ljust(18), *line]), flush=True)
    print(
        "cannot: the peer hangs on the right version, accuses it, or gives no verdict; schedules_to_bug.py says which"
    )
    for peer in peers.MODES:
        if why := peers.missing(peer):
            print(f"{peer} {why}")


if __name__ == "__main__":
    main()
