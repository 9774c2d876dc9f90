"""Hooks of instrumented code cannot be found or replaced by name, and are called all the same."""

import pytest

from course.lab.hidden_hooks import bound, compile_concealed
from course.lab.instrument import LOOP, POINT, STORE, instrument

SOURCE = """
def total(box):
    while box.many < 3:
        box.many += 1
    return [each.real for each in (box.many,)]
"""


class Box:
    many = 0


def run(source: str, before: str = "") -> tuple[list[int], dict[str, object]]:
    """The sites that points were met at while `source` ran, after `before` has; and its names."""
    met: list[int] = []
    hooks = {POINT: met.append, LOOP: met.append, STORE: lambda site, value: met.append(site) or value}
    code = compile_concealed(instrument(before + source, "program.py").tree, "program.py")
    names: dict[str, object] = {"box": Box()}
    exec(bound(code, hooks), names)
    return met, names


def test_every_hook_is_called_in_functions_within_functions_as_well() -> None:
    met, names = run(f"{SOURCE}\nresult = total(box)")
    assert names["result"] == [3]
    assert len(set(met)) >= 5


@pytest.mark.parametrize("replaced", [POINT, LOOP, STORE])
def test_names_of_hooks_mean_nothing_to_the_program(replaced: str) -> None:
    """Neither do they exist, nor does it matter when somebody makes them."""
    assert POINT not in run(SOURCE)[1]
    met, names = run(f"{SOURCE}\nresult = total(box)", before=f"def {replaced}(*_): return 7\n")
    assert names["result"] == [3]
    assert len(met) == len(run(f"{SOURCE}\nresult = total(box)")[0])
    assert names[replaced]() == 7  # type: ignore[operator]


def test_code_without_hooks_stays_the_same_object() -> None:
    code = compile("def f():\n    return b'text'", "program.py", "exec")
    assert bound(code, {}) is code
