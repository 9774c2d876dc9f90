"""Facts proved outside the worker: how many called at once, with how many threads, and what only the judge knew."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from course.judge.outside import require_at_once, require_threads, secret_texts
from course.judge.run import CheckFailed, Run

RunOf = Callable[..., Run]


@pytest.fixture
def run_of(make_run: Callable[..., Run]) -> RunOf:
    """A run whose record claims nothing, with a meeting that has seen this."""

    def make(*, together: int = 0, threads: int = 0, needed: int = 4) -> Run:
        run = make_run()
        run.meeting = SimpleNamespace(needed=needed, together=together, threads=threads)  # type: ignore[assignment]
        return run

    return make


@pytest.mark.parametrize(("together", "holds"), [(0, False), (3, False), (4, True), (5, True)])
def test_as_many_as_are_needed_must_have_been_there(run_of: RunOf, together: int, *, holds: bool) -> None:
    """Whatever the worker says: the calls arrived at the judge, or did not."""
    run = run_of(together=together)
    if holds:
        require_at_once(run, "calls")
        return
    with pytest.raises(CheckFailed) as caught:
        require_at_once(run, "calls")
    assert caught.value.expected == "4 calls at the same time, outside of the simulation too"
    assert caught.value.got == f"at most {together} at the same time, outside of the simulation"


@pytest.mark.parametrize(("threads", "holds"), [(0, True), (1, False), (4, False), (5, True), (9, True)])
def test_so_many_threads_must_have_been_seen_where_they_can_be(run_of: RunOf, threads: int, *, holds: bool) -> None:
    """0 is what a system without /proc says: it is held against nobody."""
    run = run_of(threads=threads)
    if holds:
        require_threads(run, 5)
        return
    with pytest.raises(CheckFailed) as caught:
        require_threads(run, 5)
    assert caught.value.expected == "5 threads or more, outside of the simulation too"
    assert caught.value.got == f"{threads} threads, outside of the simulation"


def test_secrets_are_numbers_that_differ_each_time() -> None:
    """A million of them: guessing takes more than a case's calls."""
    drawn = [secret_texts(["tea", "coffee"]) for _ in range(20)]
    assert all(set(each) == {"tea", "coffee"} for each in drawn)
    numbers = {int(text) for each in drawn for text in each.values()}
    assert len(numbers) > 30
    assert all(1_000 <= number < 1_001_000 for number in numbers)
