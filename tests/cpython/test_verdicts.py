"""The list of what does not pass is kept honest: it may neither lack a test nor hold one too many."""

from typing import Any

from tests.cpython.verdicts import OUTSIDE, VERSION, _expectations, _of_this_version, missing, tally

MODULE = "test.test_thread"
LISTED = "TestForkInThread.test_forkinthread"


def result(test: str, outcome: str, message: str = "") -> dict[str, Any]:
    """One test's result as the runner tells it."""
    return {"test": test, "outcome": outcome, "message": message, "seconds": 0.5}


def test_what_fails_as_listed_is_no_surprise() -> None:
    """And what lies outside of a world's business does not lower the share."""
    found = tally(MODULE, [result("A.test_a", "pass"), result(LISTED, "never run")])
    assert (found.passed, dict(found.not_passed), found.surprises, found.share) == (1, {"fork": 1}, [], 1.0)
    assert found.seconds == 1.0


def test_a_failure_that_is_not_listed_is_a_surprise() -> None:
    """It counts against the share, whatever it is: a failure, a deadlock, a skip for a new reason."""
    for outcome in ("fail", "deadlock", "no_end", "hang", "skip"):
        found = tally(MODULE, [result("A.test_a", outcome, "why"), result("A.test_b", "pass")])
        assert len(found.surprises) == 1
        assert found.share == 0.5


def test_a_listed_test_that_passes_is_a_surprise() -> None:
    """A stale list would hide the day on which the test fails again."""
    assert tally(MODULE, [result(LISTED, "pass")]).surprises == [f"{LISTED} passes, but is listed under 'fork'"]


def test_a_test_that_skips_itself_is_sorted_by_its_message() -> None:
    """The twins that test C accelerators say so themselves."""
    found = tally(MODULE, [result("A.test_a", "skip", "requires the C _asyncio module")])
    assert (dict(found.not_passed), found.surprises) == ({"another implementation": 1}, [])


def test_a_name_may_be_about_some_versions_only() -> None:
    """What one version of Python tests otherwise is listed for that version."""
    assert _of_this_version(["A.one", f"A.two ({VERSION})", f"A.three (2.7, {VERSION})", "A.four (2.7)"]) == [
        "A.one", "A.two", "A.three",
    ]  # fmt: skip


def test_every_reason_is_explained() -> None:
    """A word in the list that nobody knows would be a test that nobody misses."""
    inside = {"not simulated", "too long", "spins", "never run"}
    reasons = {reason for patterns in _expectations()["modules"].values() for reason in patterns}
    assert reasons | set(_expectations()["skips itself"].values()) <= OUTSIDE | inside


def test_a_module_that_is_not_installed_is_seen() -> None:
    """Some distributions leave out the tests, or some of them."""
    assert missing("test.test_no_such_module")
    assert missing("no_such_package.test_queue")
    assert not missing("tests.cpython.verdicts")
