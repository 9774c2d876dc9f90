"""What attacks are written into: right solutions with something changed, and the mistakes that come with lessons."""

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


def with_first(key: str, place: str, attack: str) -> str:
    """The reference solution with the lines of `attack` before the line that begins with `place`, indented like it."""
    before, found, after = solution(key).partition(place)
    assert found, f"the solution of {key} has no {place!r}"
    indent = before.rpartition("\n")[2]
    return before + f"\n{indent}".join(attack.strip().splitlines()) + f"\n{indent}{found}{after}"


def at_import(key: str, attack: str) -> str:
    """The reference solution, which then attacks when it is imported; not in the processes that it starts itself."""
    lines = "\n".join(f"    {line}" for line in attack.strip().splitlines())
    only_here = 'import multiprocessing\nif multiprocessing.current_process().name == "MainProcess":'
    return f"{solution(key)}\n\n{only_here}\n{lines}\n"


def quotes(body: str, first: str = "") -> str:
    """A module for t01 whose function has these lines, after the lines `first`."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    return f"{first}\ndef fetch_quotes(symbols, fetch):\n{lines}\n"


def grep(body: str, first: str = "") -> str:
    """A module for p13 whose `grep` has these lines, after the lines `first`; its other parts are there."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    rest = "def map_chunks(func, items, workers, chunk):\n    return []\nclass BatchFailed(Exception):\n    pass\n"
    return f"{first}\ndef grep(lines, pattern, workers, chunk):\n{lines}\n{rest}"
