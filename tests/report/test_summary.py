"""The summary of a push, as GitHub shows it: rendered, and read."""

from collections import Counter
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from course.lessons import all_lessons
from course.report.model import LessonResult, Result
from course.report.summary import MOST_BYTES, summary
from tests.report import samples
from tests.report.dangers import STEADY_AND_SLOW, TEXTS, dangers_in

PLACES = {lesson.name: f"exercises/{lesson.name}/{lesson.filename}" for lesson in all_lessons()}


class Page(HTMLParser):
    """What a page shows: its elements with their attributes, and its text inside and outside of code."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: Counter[str] = Counter()
        self.prose = self.code = ""
        self._in_code = 0
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[" ".join((tag, *(f"{name}={value}" for name, value in attrs)))] += 1
        self._in_code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._in_code -= tag == "code"

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.code += data
        else:
            self.prose += data


def page(result: Result, link: str = "") -> Page:
    """The summary as a page; GitHub lets the HTML in it through that we use."""
    text = summary(result, PLACES, lambda place: f"{link}{place}" if link else "")
    return Page(MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(text))


def not_begun(lesson: LessonResult) -> LessonResult:
    """The lesson as it is before anybody has written anything."""
    return msgspec.structs.replace(lesson, begun=False, points=0, problem="not begun yet")


def test_the_head_says_points_and_how_far_it_has_come() -> None:
    shown = page(samples.everything())
    assert "12 of 32 points" in shown.prose
    assert "1 of 4 lessons complete, 4 begun." in shown.prose
    assert shown.elements["tr"] == 5


@pytest.mark.parametrize("name", ["t01_quotes", "Price quotes at once", "2/8", "one after another 10.0 s, yours 1.0 s"])
def test_the_table_has_what_a_lesson_got(name: str) -> None:
    shown = page(samples.wrong_time_line())
    assert name in shown.prose + shown.code
    assert "✓! ✗ ·" in shown.code


def test_a_failure_is_told_whole() -> None:
    shown = page(samples.wrong_interleaving(), "https://github.example/alice/blob/0/")
    for told in ("Diagnosis: a race condition", "Why it matters: Waiting", "Hint: Start every", "How it happened"):
        assert told in shown.prose
    for seen in ("expected   3 calls of fetch", "data race  report.changed", "balance = self.balance", "reads 100"):
        assert seen in shown.code
    assert shown.elements["a href=https://github.example/alice/blob/0/exercises/t01_quotes/quotes.py#L14"] == 1
    assert ".venv/bin/pytest exercises/t01_quotes" in shown.code
    assert f"course replay {samples.TOKEN}" in shown.code
    assert "There is no lesson t99_holidays; its folder was not graded." in shown.code


def test_notes_on_modules_are_a_list_below_the_table() -> None:
    shown = page(samples.result(samples.lesson(notes=samples.NOTES)))
    assert shown.elements["li"] == len(samples.NOTES)
    assert "look at this one, t01_quotes: line 12 uses gc.get_objects, which" in shown.code


def test_without_an_address_there_is_no_link() -> None:
    shown = page(samples.everything())
    assert not [element for element in shown.elements if element.startswith("a ")]


def test_the_first_failure_is_told_and_the_others_are_named() -> None:
    checks = [samples.check(name, "failed") for name in samples.PROMISES]
    shown = page(samples.result(samples.lesson(*checks)))
    assert shown.prose.count("Hint:") == 1
    assert "More checks of this lesson that earned nothing: 3" in shown.prose
    assert all(promise in shown.prose for promise in samples.PROMISES.values())


def test_a_failure_is_told_before_what_was_not_reached_or_broke() -> None:
    shown = page(samples.wrong_time_line())
    assert "Hint: Start every thread" in shown.prose
    assert "the grader could not work, 0/2" in shown.prose


def test_a_broken_check_is_not_the_students_fault() -> None:
    broken = samples.check("empty", "broken", reason="the check itself is at fault")
    shown = page(samples.result(samples.lesson(broken)))
    assert "the check itself is at fault" in shown.code
    assert "not of your code" in shown.prose


def test_a_module_that_cannot_be_graded_says_why() -> None:
    assert "quotes.py, line 12, is not valid Python: expected ':'." in page(samples.problem()).code


def test_where_nothing_is_begun_the_first_step_is_shown() -> None:
    shown = page(samples.result(not_begun(samples.problem().lessons[0])), "https://github.example/")
    assert "Nothing is begun yet." in shown.prose
    assert "exercises/t01_quotes/README.md" in shown.code
    assert "not begun" in shown.prose
    assert shown.elements["h3"] == 0
    assert shown.elements["a href=https://github.example/exercises/t01_quotes/README.md"] == 1


def test_everything_right_is_praised() -> None:
    shown = page(samples.right())
    assert "Every promise is kept. Well done." in shown.prose
    assert shown.elements["h3"] == 0


def test_a_chinese_result_has_a_chinese_summary() -> None:
    shown = page(msgspec.structs.replace(samples.wrong_interleaving(), language="zh"))
    assert "2 / 8 分" in shown.prose
    assert "为什么重要" in shown.prose
    assert "Diagnosis" not in shown.prose


@STEADY_AND_SLOW
@given(TEXTS)
def test_a_students_text_adds_nothing_to_the_page_and_stands_in_code(text: str) -> None:
    """In a failure, and in what is wrong with a module as a whole."""
    for hostile in (samples.hostile, hostile_failure, hostile_reason):
        shown, usual = page(hostile(text)), page(hostile("x"))
        assert set(shown.elements) <= {*usual.elements, "code", "pre"}
        assert shown.elements["pre"] <= usual.elements["pre"]
        assert shown.prose.replace("|", " ").split() == usual.prose.split()  # `markdown_code` keeps it out of cells
        assert [danger for danger in dangers_in(shown.code) if "command" not in danger] == []


def hostile_failure(text: str) -> Result:
    """The failure of the hostile sample, which is told where nothing is wrong with the module as a whole."""
    result = samples.hostile(text)
    return msgspec.structs.replace(result, lessons=(msgspec.structs.replace(result.lessons[0], problem=""),))


def hostile_reason(text: str) -> Result:
    """A check that has broken, and says why."""
    return samples.result(samples.lesson(samples.check("empty", "broken", reason=text)))


def test_a_students_text_with_prose_of_ours_stays_text() -> None:
    """Sentences of the course may have stars, pipes and tags in them, and code in backticks."""
    says = "f(*args) | <b>x</b> [a](b) **c** www.x.example https://x.example `queue.get()` _d_ &amp; 1. # e"
    checks = (samples.check("empty", "failed", says=says),)
    shown = page(samples.result(samples.lesson(*checks, title=says)))
    assert shown.prose.count(says.replace("`queue.get()`", "")) == 3
    assert "queue.get()" in shown.code
    plain = page(samples.result(samples.lesson(samples.check("empty", "failed"))))
    assert shown.elements == plain.elements + Counter({"code": 3})


def test_the_summary_stays_below_what_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much there is; what is left out is named."""
    assert MOST_BYTES < 1 << 20
    result = samples.everything()
    whole = summary(result, PLACES)
    monkeypatch.setattr("course.report.summary.MOST_BYTES", len(whole.encode()) - 200)
    text = summary(result, PLACES)
    assert len(text.encode()) < len(whole.encode())
    assert "The report on t03_gate is left out here" in Page(MarkdownIt().render(text)).prose
    assert "### ❌ p13" in text
