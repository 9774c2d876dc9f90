"""Honest parts: what attacks are wrapped in when they want points as well."""

from course.lessons import lessons_named


def honest(key: str) -> str:
    """The text of a right submission for the lesson `key`."""
    (lesson,), _ = lessons_named([key])
    return lesson.solution.read_text(encoding="utf-8")


def with_first(key: str, place: str, attack: str) -> str:
    """A right submission with the lines of `attack` before the line that begins with `place`, indented like that."""
    before, found, after = honest(key).partition(place)
    assert found, f"the solution of {key} has no {place!r}"
    indent = before.rpartition("\n")[2]
    return before + f"\n{indent}".join(attack.strip().splitlines()) + f"\n{indent}{found}{after}"


def at_import(key: str, attack: str) -> str:
    """A right submission, which then attacks when it is imported; not in the processes that it starts itself."""
    lines = "\n".join(f"    {line}" for line in attack.strip().splitlines())
    only_here = 'import multiprocessing\nif multiprocessing.current_process().name == "MainProcess":'
    return f"{honest(key)}\n\n{only_here}\n{lines}\n"
