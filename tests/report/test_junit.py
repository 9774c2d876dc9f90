"""JUnit XML, as a CI service reads it."""

from xml.etree.ElementTree import Element, fromstring

import pytest

from course.report.junit import to_junit
from course.report.model import Result
from course.report.terminal import failure_text
from tests.report import samples


def parsed(result: Result) -> Element:
    """Read the document back by a strict parser."""
    return fromstring(to_junit(result).encode("utf-8"))


def case(result: Result, check_id: str) -> Element:
    """Find the test case of a check."""
    (found,) = (each for each in parsed(result).iter("testcase") if each.get("name") == check_id)
    return found


def only(parent: Element, tag: str) -> Element:
    """Find the only child of this kind."""
    (found,) = parent.findall(tag)
    return found


def properties(element: Element) -> dict[str | None, str | None]:
    """Read the properties of a suite or a case."""
    return {each.get("name"): each.get("value") for each in only(element, "properties")}


def test_one_suite_per_lesson_and_one_case_per_check() -> None:
    """In the order of the result."""
    suites = parsed(samples.everything()).findall("testsuite")
    assert [suite.get("name") for suite in suites] == ["p13_grep", "a17_health", "t01_quotes", "t03_gate"]
    assert [each.get("name") for each in suites[1].findall("testcase")] == list(samples.PROMISES)
    assert {each.get("classname") for each in suites[1].findall("testcase")} == {"a17_health"}


def test_passed_check_has_no_outcome() -> None:
    """In JUnit's language, silence is success."""
    passed = case(samples.right(), "empty")
    assert [child.tag for child in passed] == ["properties"]


def test_failed_check_is_a_failure_with_message_and_text() -> None:
    """The message is what was got; the text is all that a student reads."""
    result = samples.wrong_time_line()
    failed = only(case(result, "all_in_flight"), "failure")
    failure = result.lessons[0].checks[2].failure
    assert failure is not None
    assert failed.get("message") == failure.got
    assert failed.text == failure_text(failure)


def test_failed_check_without_details_still_says_its_promise() -> None:
    """The model allows a failure that nothing is known about."""
    result = samples.result(samples.lesson(samples.check("empty", "failed", failure=None)))
    assert only(case(result, "empty"), "failure").get("message") == samples.PROMISES["empty"]


def test_check_that_was_not_reached_is_skipped_with_its_reason() -> None:
    """It is neither passed nor failed."""
    skipped = only(case(samples.wrong_interleaving(), "no_threads_left"), "skipped")
    assert skipped.get("message") == "comes after values_and_order"


def test_broken_check_is_an_error_and_no_failure() -> None:
    """JUnit knows the difference as well: an error is the fault of the test."""
    broken = case(samples.wrong_time_line(), "empty")
    assert only(broken, "error").get("message") == "The grader could not work on Python 3.13.1: too many open files."
    assert broken.find("failure") is None


def test_problem_of_a_module_is_a_failure_of_its_own() -> None:
    """A run in which everything is skipped would look green."""
    result = samples.problem()
    assert only(case(result, "module"), "failure").get("message") == result.lessons[0].problem
    assert parsed(result).get("failures") == "1"


def test_numbers_of_cases_are_those_of_the_document() -> None:
    """Services show the attributes, not what they count themselves."""
    root = parsed(samples.everything())
    for element in (root, *root.findall("testsuite")):
        counted = {name: str(len(list(element.iter(name)))) for name in ("testcase", "failure", "error", "skipped")}
        assert counted == {
            "testcase": element.get("tests"),
            "failure": element.get("failures"),
            "error": element.get("errors"),
            "skipped": element.get("skipped"),
        }
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["17", "3", "1", "7"]


def test_points_are_properties_of_suites_and_cases() -> None:
    """A gradebook can be filled from them."""
    result = samples.wrong_time_line()
    suite = properties(only(parsed(result), "testsuite"))
    assert (suite["points"], suite["max_points"], suite["submission"]) == ("2", "8", "alice")
    check = properties(case(result, "all_in_flight"))
    assert (check["points"], check["max_points"], check["group"]) == ("0", "2", "concurrency")


def test_notes_are_properties_of_their_suite_and_no_outcomes() -> None:
    (suite,) = parsed(samples.result(samples.lesson(notes=samples.NOTES))).findall("testsuite")
    assert properties(suite)["note.warning"] == "line 8, Python warns: 'return' in a 'finally' block"
    assert suite.get("failures") == suite.get("errors") == suite.get("skipped") == "0"


def test_suites_carry_when_and_how_long() -> None:
    """The time of grading, and the seconds that it took."""
    root = parsed(samples.right())
    assert only(root, "testsuite").get("timestamp") == "2026-11-22T18:05:00+00:00"
    assert root.get("time") == "2.410"


@pytest.mark.parametrize("text", [samples.HOSTILE, samples.LONG, "]]>", "<x a='1'>&amp;\x00</x>"])
def test_document_stays_valid_whatever_a_student_writes(text: str) -> None:
    """Characters that XML does not allow become visible; markup is text."""
    document = to_junit(samples.hostile(text))
    fromstring(document.encode("utf-8"))
    assert all(each in "\n\t" or each.isprintable() for each in document)
    assert len(document) < 20_000


def test_characters_at_the_borders_of_xml_survive_or_become_visible() -> None:
    """What XML forbids lies in these ranges; a strict parser would refuse the document."""
    borders = ((0, 0x300), (0xD7F0, 0xD810), (0xDFF0, 0xE010), (0xFDC0, 0xFE10), (0xFFF0, 0x10010), (0x1FFF0, 0x20000))
    checks = [samples.check("empty", "broken", reason="".join(map(chr, range(*border)))) for border in borders]
    parsed(samples.result(samples.lesson(*checks)))


def test_document_names_its_encoding() -> None:
    """It is to be written as UTF-8, and says so."""
    assert to_junit(samples.right()).startswith('<?xml version="1.0" encoding="utf-8"?>\n<testsuites ')
