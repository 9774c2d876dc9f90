"""The programs of the benchmarks: the portfolio finds the bug of each wrong one, and accuses no right one."""

import os

import pytest

from benchmarks import catalogue
from benchmarks.exploring import Found, explore

CORE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])


def portfolio(names: list[str], version: catalogue.Version, *, cap: int, seed: int) -> dict[str, Found]:
    """What one portfolio search of each program came to."""
    programs = {name: catalogue.source_of(name, version) for name in names}
    answer = explore(programs, searches=["portfolio"], seeds=[seed], cap=cap, core=CORE)
    return {name: by_search["portfolio"][0] for name, by_search in answer.items()}


def test_there_are_enough_programs_and_each_has_a_right_version() -> None:
    names = catalogue.names()
    assert len(names) >= 28
    assert all(catalogue.path_of(name, "right").exists() for name in names)
    assert len({path.stem for path in (catalogue.FOLDER / "right").glob("*.py")}) == len(names)


@pytest.mark.parametrize("version", ["wrong", "right"])
def test_each_program_says_in_its_first_line_which_bug_it_has(version: catalogue.Version) -> None:
    titles = [catalogue.title_of(name, version) for name in catalogue.names()]
    assert all(titles)
    assert len(set(titles)) == len(titles)
    assert all(("repaired" in title) == (version == "right") for title in titles)


@pytest.mark.parametrize("version", ["wrong", "right"])
def test_each_program_can_be_driven_in_one_of_the_two_ways(version: catalogue.Version) -> None:
    for name in catalogue.names():
        source = catalogue.source_of(name, version)
        parts = (
            ["\ndef main():"] if catalogue.starts_itself(name) else ["\ndef setup():", "\ndef threads(", "\ndef holds("]
        )
        assert all(part in source for part in parts), name


def test_the_portfolio_finds_every_bug_with_one_of_three_seeds() -> None:
    missed = catalogue.names()
    for seed in (1, 2, 3):  # the ten and twenty threads of reorder and twostage may need more than one
        found = portfolio(missed, "wrong", cap=500, seed=seed)
        missed = [name for name, what in found.items() if what.at is None]
    assert missed == []


def test_no_right_program_is_accused() -> None:
    found = portfolio(catalogue.names(), "right", cap=40, seed=1)
    assert {name: (what.outcome, what.schedule) for name, what in found.items() if what.at is not None} == {}
    assert all(what.runs > 0 for what in found.values())
