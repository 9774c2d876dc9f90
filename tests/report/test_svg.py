"""A failure as a picture: the rows, the story, and text from students that stays text."""

import unicodedata
from xml.etree.ElementTree import Element, fromstring

import pytest

from course.report.model import Failure
from course.report.svg import failure_svg, interleaving_svg, time_line_svg
from tests.report import samples

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: Element) -> list[str]:
    """All that is written, in the order of drawing."""
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def drawn(failure: Failure) -> Element:
    """Draw it, and read the picture back by a strict parser."""
    return fromstring(failure_svg(failure))


def hostile(text: str) -> Failure:
    """Make a failure with `text` wherever a student can write."""
    (lesson,) = samples.hostile(text).lessons
    return next(check.failure for check in lesson.checks if check.failure)


def picture_of(failure: Failure, part: str) -> str:
    """Draw a part of the failure, or all of it."""
    assert failure.interleaving
    assert failure.time_line
    match part:
        case "interleaving":
            return interleaving_svg(failure.interleaving)
        case "time_line":
            return time_line_svg(failure.time_line)
    return failure_svg(failure)


def test_rows_come_first_and_then_the_story() -> None:
    """Expected, got, what was seen, its name, and how to see it again."""
    failure = samples.failure(
        stuck=samples.DEADLOCK,
        races=(samples.RACE,),
        token=samples.TOKEN,
        interleaving=samples.INTERLEAVING,
        time_line=samples.TIME_LINE_WITH_WAITS,
    )
    written = texts(drawn(failure))
    landmarks = (
        "expected",
        "got",
        "deadlock",
        "data race",
        "diagnosis",
        "again",
        f"course replay {samples.TOKEN}",
        "in this order, from top to bottom; an arrow leads to the one that takes over",
        "teller-1",
        "the calls (full) and the waits (hatched) over time, in seconds",
        "fetch AAA",
    )
    assert [text for text in written if text in landmarks] == list(landmarks)


def test_failure_without_evidence_is_its_sentences() -> None:
    """What was expected and what was got."""
    assert texts(drawn(samples.failure(diagnosis=None))) == [
        "expected",
        "3 calls of fetch going on at the same time",
        "got",
        "at most 1; 3.0 s instead of 1.0 s",
    ]


def test_description_has_rows_and_story() -> None:
    """For those who do not see the picture."""
    words = drawn(samples.failure(races=(samples.RACE,), interleaving=samples.INTERLEAVING)).findtext(f"{SVG}desc")
    lines = (words or "").splitlines()
    assert lines[1] == "got: at most 1; 3.0 s instead of 1.0 s"
    assert lines[2].startswith("data race: report.changed: Thread-1 writes it at line 67")
    assert "Interleaving of teller-1, teller-2" in lines


@pytest.mark.parametrize("part", ["failure", "interleaving", "time_line"])
@pytest.mark.parametrize("text", [samples.HOSTILE, samples.LONG, "]]>", "<script>alert(1)</script>&#0;", "\n" * 50])
def test_picture_stays_one_whatever_a_student_writes(text: str, part: str) -> None:
    """A strict parser reads it, nothing in it is unseen, it has only our elements, and it stays small."""
    document = picture_of(hostile(text), part)
    tags = {element.tag.removeprefix(SVG) for element in fromstring(document.encode()).iter()}
    assert tags <= {"svg", "title", "desc", "style", "rect", "path", "text"}
    assert {unicodedata.category(each) for each in document.replace("\n", "")}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
    assert len(document) < 40_000


def test_wide_characters_stay_inside_the_picture() -> None:
    """Chinese characters take the room of two."""
    failure = samples.failure(got="得到 2 应为 3 " * 20, diagnosis=None)
    _, _, name, *lines = texts(drawn(failure))
    assert name == "got"
    assert len(lines) >= 3
    assert all(sum(2 if ord(each) > 0x2E80 else 1 for each in line) <= 97 for line in lines)
