"""Is a result fit to be told: every sentence in all languages, to students no hidden value? For lessons' authors."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from course.judge.audience import WORD, for_student, is_public, public_words
from course.language import LANGUAGES, Hidden, Sentence
from course.lessons import Lesson
from course.report.model import CheckResult, Failure, LessonResult

# What people read of these is written by the judge or by a check.
SENTENCES = {LessonResult: ("title", "problem"), CheckResult: ("says",), Failure: ("expected", "got", "why", "hint")}
# The student's own lines, what is said about their file, and what every run of a check says alike.
WITHOUT_VALUES = frozenset({"source", "problem", "title", "says", "why", "hint", "text", "id", "lesson", "file"})
SHORTEST = 3  # characters of a hidden value that is looked for: shorter ones stand in any text


def untranslated(result: LessonResult) -> set[str]:
    """What in the result exists in English only."""
    return {problem for part in _parts(result) for problem in _untranslated(part)}


def _untranslated(part: msgspec.Struct) -> Iterator[str]:
    for field in SENTENCES.get(type(part), ()):
        text = getattr(part, field)
        if isinstance(text, Sentence):
            yield from (
                f"not in Chinese: {each.en}" for each in _within(text) if each.told("zh") == each and _has_words(each)
            )
        elif text:
            yield f"not a sentence made with say(): {text}"


def _within(sentence: Sentence) -> Iterator[Sentence]:
    yield sentence
    for value in sentence.values.values():
        if isinstance(value, Sentence):
            yield from _within(value)


def _has_words(sentence: Sentence) -> bool:
    """True when there is something to translate besides the values."""
    blank = dict.fromkeys(sentence.values, Hidden(""))
    return any(character.isalpha() for character in Sentence(sentence.en, values={**blank}))


def shown_inputs(result: LessonResult, lesson: Lesson, source: str, inputs: Iterable[Any]) -> set[str]:
    """Which inputs the student who wrote `source` would see, although the lesson's text does not give them."""
    words = public_words(lesson, source)
    hidden = {text for each in inputs for text in _leaves(each) if not _is_public(text, words)}
    seen = [text for language in LANGUAGES for text in _texts(for_student(result, lesson, source, language))]
    return {f"students see {secret!r} in: {text}" for text in seen for secret in hidden if _holds(text, secret)}


def _is_public(text: str, words: frozenset[str]) -> bool:
    """True when every word of the text is public: then it is shown wherever a run tells it."""
    return all(is_public(word, words) for word in WORD.findall(text))


def _holds(text: str, secret: str) -> bool:
    at = text.find(secret)
    while at >= 0:
        around = text[max(at - 1, 0) : at] + text[at + len(secret) :][:1]
        if not any(character.isalnum() or character in "_." for character in around):
            return True
        at = text.find(secret, at + 1)
    return False


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(key)
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) >= SHORTEST:
        yield str(value)


def _parts(value: Any) -> Iterator[msgspec.Struct]:
    if isinstance(value, msgspec.Struct):
        yield value
        for field in value.__struct_fields__:
            yield from _parts(getattr(value, field))
    elif isinstance(value, tuple):
        for each in value:
            yield from _parts(each)


def _texts(result: LessonResult) -> set[str]:
    """All texts of a result that can hold a value."""
    found = set()
    for part in _parts(result):
        for field in part.__struct_fields__:
            value = getattr(part, field)
            for text in value if isinstance(value, tuple) else (value,):
                if isinstance(text, str) and field not in WITHOUT_VALUES:
                    found.add(text)
    return found
