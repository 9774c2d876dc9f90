"""The table of schedules to the bug: what a seed that finds nothing does to a median, and to the summary."""

import math

import pytest

from benchmarks.schedules_to_bug import Cell, print_summary_of_ours, print_table


def test_a_seed_that_finds_nothing_counts_as_infinitely_many() -> None:
    assert Cell([3, None, 5]).median == 5
    assert math.isinf(Cell([3, None, None]).median)


def test_between_two_medians_the_higher_is_told() -> None:
    assert Cell([2, 4]).median == 4
    assert math.isinf(Cell([2, None]).median)


def test_a_cell_tells_how_many_seeds_found_nothing() -> None:
    assert str(Cell([3, None, 5])) == "5 (1 not)"
    assert str(Cell([None, None])) == "- (2 not)"
    assert str(Cell([3, 3])) == "3"


def test_the_summary_names_the_programs_on_which_the_portfolio_is_behind(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {
        "stack": {"pos": Cell([4, 4]), "portfolio": Cell([4, 4])},
        "twostage": {"pos": Cell([4, 4]), "portfolio": Cell([9, None])},
    }
    print_summary_of_ours(rows, ["pos", "portfolio"], 2)
    told = capsys.readouterr().out
    assert "portfolio: found in 2/2 for 1 of 2 programs; not: twostage" in told
    assert "portfolio median <= pos's, best of all: on 1 of 2" in told
    assert "portfolio median <= that of the best for each program: on 1 of 2" in told
    assert told.count("behind on: twostage (inf to 4)") == 2


def test_the_best_strategy_of_all_finds_most_bugs_and_finds_them_soonest(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {
        "stack": {"urw": Cell([2, 2, 2]), "pos": Cell([4]), "pct": Cell([3]), "portfolio": Cell([3])},
        "twostage": {"urw": Cell([2, 2, None]), "pos": Cell([5]), "pct": Cell([6]), "portfolio": Cell([6])},
    }
    print_summary_of_ours(rows, ["urw", "pos", "pct", "portfolio"], 1)
    told = capsys.readouterr().out
    assert "portfolio median <= pct's, best of all: on 2 of 2" in told
    assert "that of the best for each program: on 0 of 2" in told  # urw's medians are two


def test_a_remark_becomes_one_footnote_however_often_it_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {name: {"peer": Cell([], "cannot: no loops")} for name in ("stack", "twostage")}
    print_table(rows, ["peer"], "legend")
    told = capsys.readouterr().out
    assert told.count("cannot: no loops") == 1
    assert told.count("[1]") == 3
