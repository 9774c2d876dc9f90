"""Every sentence that a student reads exists in all languages, and none is older than its source."""

from pathlib import Path

import pytest

from course.command import main
from course.translations import Refused, problems, record

LESSON = """
title.en = "Price quotes at once"
title.zh = "同时询价"
[[checks]]
id = "empty"
says.en = "no symbols give an empty dictionary"
says.zh = "没有代码时返回空字典"
"""
STUB = '"""Quotes."""\n'
SAMPLE = 'assert fetch_quotes([]) == {}, "no empty dictionary"  # nothing to ask\n'
CHINESE = """
["quotes.py"]
"<module>" = "询价。"
[said]
"no empty dictionary" = "没有返回空字典"
"nothing to ask" = "没有什么可问的"
"""
CHECK = 'run.require(False, got=say("{count} calls", count=1))\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course with one lesson, in both languages."""
    for path, text in {
        "course/report/terminal.toml": 'points.en = "{points} points"\npoints.zh = "{points} 分"\n',
        "graders/t01_quotes/lesson.toml": LESSON,
        "graders/t01_quotes/test_quotes.py": CHECK,
        "graders/t01_quotes/sentences.toml": '"{count} calls" = "{count} 次调用"\n',
        "exercises/t01_quotes/README.md": "# Quotes\n",
        "exercises/t01_quotes/README.zh-CN.md": "# 询价\n",
        "exercises/t01_quotes/quotes.py": STUB,
        "exercises/t01_quotes/test_quotes.py": SAMPLE,
        "exercises/t01_quotes/code.zh-CN.toml": CHINESE,
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    record(root=tmp_path)
    return tmp_path


def change(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8")


def test_this_course_is_translated() -> None:
    assert problems() == []


def test_a_course_that_is_translated_has_no_problems(root: Path) -> None:
    assert problems(root) == []


def test_a_sentence_of_code_that_was_changed_has_lost_its_translation(root: Path) -> None:
    change(root, "graders/t01_quotes/test_quotes.py", "{count} calls", "{count} calls at once")
    assert problems(root) == [
        "This sentence is not in Chinese: {count} calls at once",
        "Nobody says this sentence any more, but it has a translation: {count} calls",
    ]


def test_what_is_no_literal_cannot_be_translated(root: Path) -> None:
    change(root, "graders/t01_quotes/test_quotes.py", 'say("{count} calls", count=1)', "say(f'{x} calls')")
    assert "not in Chinese: (no literal: graders/t01_quotes/test_quotes.py, line 1)" in problems(root)[0]


def test_a_translation_without_a_place_for_a_value_would_lose_it(root: Path) -> None:
    change(root, "graders/t01_quotes/sentences.toml", "{count} 次调用", "几次调用")
    change(root, "course/report/terminal.toml", "{points} 分", "{point} 分")
    assert [problem.partition(":")[0] for problem in problems(root)] == [
        "The Chinese of this sentence has not the same places for values",
        "course/report/terminal.toml points",
    ]


@pytest.mark.parametrize(
    ("path", "old", "name"),
    [
        ("graders/t01_quotes/lesson.toml", 'says.zh = "没有代码时返回空字典"', "lesson.toml checks.empty.says"),
        ("course/report/terminal.toml", 'points.zh = "{points} 分"', "terminal.toml points"),
    ],
)
def test_a_text_without_chinese_is_named(root: Path, path: str, old: str, name: str) -> None:
    change(root, path, old, "")
    (problem,) = problems(root)
    assert problem.endswith(f"{name} is not in Chinese.")


def test_a_readme_without_its_translation_is_named(root: Path) -> None:
    (root / "exercises/t01_quotes/README.zh-CN.md").unlink()
    assert problems(root) == ["exercises/t01_quotes/README.md is not in Chinese."]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("no empty dictionary", "no {}", "this is not in Chinese: no {}"),
        ("nothing to ask", "nothing", "this is not in Chinese: nothing"),
        ("no empty dictionary", "no {}", "nobody says this any more, but it has a translation: no empty dictionary"),
    ],
)
def test_a_message_or_comment_of_an_exercise_that_was_changed_has_lost_its_translation(
    root: Path, old: str, new: str, problem: str
) -> None:
    change(root, "exercises/t01_quotes/test_quotes.py", old, new)
    assert f"exercises/t01_quotes: {problem}" in problems(root)


def test_a_docstring_of_an_exercise_that_was_changed_needs_to_be_translated_anew(root: Path) -> None:
    change(root, "exercises/t01_quotes/quotes.py", "Quotes.", "Prices.")
    (problem,) = problems(root)
    assert problem.startswith("exercises/t01_quotes/quotes.py <module>: the English has changed since")
    with pytest.raises(Refused, match=r"quotes\.py <module>"):
        record(root=root)


def test_an_exercise_without_translations_is_named_text_by_text(root: Path) -> None:
    (root / "exercises/t01_quotes/code.zh-CN.toml").unlink()
    assert problems(root) == [
        "exercises/t01_quotes: this is not in Chinese: no empty dictionary",
        "exercises/t01_quotes: this is not in Chinese: nothing to ask",
        "exercises/t01_quotes/quotes.py <module> is not in Chinese.",
    ]


def test_a_translation_of_a_docstring_that_has_gone_is_named(root: Path) -> None:
    change(root, "exercises/t01_quotes/quotes.py", STUB, "")
    assert problems(root) == [
        "exercises/t01_quotes/quotes.py has no docstring of <module> any more, but it has a translation."
    ]


def test_a_message_of_an_exercise_keeps_its_values(root: Path) -> None:
    change(root, "exercises/t01_quotes/test_quotes.py", '"no empty dictionary"', 'f"no {kind} dictionary"')
    change(root, "exercises/t01_quotes/code.zh-CN.toml", "no empty dictionary", "no {kind} dictionary")
    assert problems(root) == [
        "exercises/t01_quotes: the Chinese has not the same places for values: no {kind} dictionary"
    ]


def test_a_translation_is_out_of_date_when_its_english_has_changed(root: Path) -> None:
    change(root, "exercises/t01_quotes/README.md", "Quotes", "Prices")
    (problem,) = problems(root)
    assert problem.startswith("exercises/t01_quotes/README.md: the English has changed since it was translated.")
    with pytest.raises(Refused, match=r"README\.md"):
        record(root=root)
    assert problems(root) == [problem]


def test_a_translation_that_was_made_anew_is_recorded(root: Path) -> None:
    change(root, "exercises/t01_quotes/README.md", "Quotes", "Prices")
    change(root, "exercises/t01_quotes/README.zh-CN.md", "询价", "价格")
    assert "new or has changed" in problems(root)[0]
    record(root=root)
    assert problems(root) == []


def test_a_translation_that_still_fits_is_recorded_by_name(root: Path) -> None:
    """A spelling mistake in English needs no other Chinese."""
    change(root, "exercises/t01_quotes/README.md", "Quotes", "Quotes.")
    record(["exercises/t01_quotes/README.md"], root=root)
    assert problems(root) == []


def test_the_command_tells_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("course.translations.problems", lambda: ["README.md is not in Chinese."])
    assert main(["translations", "--check"]) == 1
    assert capsys.readouterr().out == "README.md is not in Chinese.\n"
