"""Attack 85: replace the scenarios of a real case by ones that report what is expected. They are taken first."""

from tests.attacks.conftest import Attack

PATCH = """
import pkgutil
scenarios = pkgutil.resolve_name("scena" + "rios")
def forged(student, lab, **arguments):
    return ("value", ["error 7", "error 9", "error 12"])
replaced = [name for name in ("search", "search_badly", "map_visits", "first_chunk_last") if hasattr(scenarios, name)]
for name in replaced:
    setattr(scenarios, name, forged)
def grep(lines, pattern, workers, chunk):
    raise RuntimeError(f"replaced: {'search' in replaced}")
def map_chunks(func, items, workers, chunk):
    return grep([], "", 1, 1)
class BatchFailed(Exception):
    pass
"""


def test_replaced_scenarios_are_not_run(attack: Attack) -> None:
    attacked = attack("p13", PATCH)
    assert attacked.points == 0
    assert "RuntimeError: replaced: True" in attacked.said


def test_the_scenarios_are_refused_by_their_plain_name(attack: Attack) -> None:
    attacked = attack("p13", "import scenarios\n")
    assert attacked.points == 0
    assert "line 1, uses `scenarios`" in attacked.said
