"""Right solutions with one thing changed, for attacks that are otherwise honest."""

from course.lessons import lessons_named


def solution(key: str) -> str:
    """The reference solution of a lesson."""
    (lesson,), _ = lessons_named([key])
    return lesson.solution.read_text(encoding="utf-8")


def mistake(key: str, name: str) -> str:
    """A wrong submission that comes with a lesson."""
    (lesson,), _ = lessons_named([key])
    return lesson.variants("mistakes")[name].read_text(encoding="utf-8")


def altered(key: str, *changes: tuple[str, str]) -> str:
    """The reference solution with each old text replaced by its new one; each must be there once."""
    source = solution(key)
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


def without_last_function(key: str, name: str) -> str:
    """The reference solution up to the function `name`."""
    source = solution(key)
    return source[: source.index(f"def {name}(")]
