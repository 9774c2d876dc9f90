"""The programs of the benchmarks with every instruction a point: an independent look at the points in the source.

`test_programs.py` asks the same of the points in the source; what only one of them showed would be a gap in the other.
Instructions have no names, so that no walk can select those on one name: POS finds most here.
"""

import os
from typing import Literal

from benchmarks import catalogue
from benchmarks.exploring import Found, explore

CORE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
POINTS: tuple[Literal["source", "opcodes"], ...] = ("source", "opcodes")
# Ten or twenty threads in one certain order: no strategy gets there without the names. Their smaller kin are found.
TOO_MANY_THREADS = {"reorder_10", "reorder_20", "twostage_20"}


def look(names: list[str], version: catalogue.Version, *, cap: int, seed: int) -> dict[str, Found]:
    """What one search of each program, instruction by instruction, came to."""
    programs = {name: catalogue.source_of(name, version) for name in names}
    answer = explore(programs, searches=["pos"], seeds=[seed], cap=cap, core=CORE, points="opcodes")
    return {name: by_search["pos"][0] for name, by_search in answer.items()}


def test_the_bugs_are_found_at_instructions_as_well() -> None:
    missed = [name for name in catalogue.names() if name not in TOO_MANY_THREADS]
    for seed in (1, 2, 3):
        found = look(missed, "wrong", cap=400, seed=seed)
        missed = [name for name, what in found.items() if what.at is None]
    assert missed == []


def test_no_right_program_is_accused_at_instructions() -> None:
    found = look(catalogue.names(), "right", cap=40, seed=1)
    assert {name: (what.outcome, what.schedule) for name, what in found.items() if what.at is not None} == {}
    assert all(what.runs == 40 for what in found.values())


def test_instructions_are_many_more_points() -> None:
    """Or the two looks would be one. PCT is told how many decisions the plain run had."""
    program = {"two_locks": catalogue.source_of("two_locks", "wrong")}
    few, many = (
        explore(program, searches=["pct-3"], seeds=[1], cap=500, core=CORE, points=points)["two_locks"]["pct-3"][0]
        for points in POINTS
    )
    assert many.schedule["length"] > 3 * few.schedule["length"]
