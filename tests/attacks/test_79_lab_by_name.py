"""Attack 79: import the lab by a name put together at run time, and replace how records are made. It is a copy."""

from tests.attacks.conftest import Attack

# A right `empty`, and nothing else.
PATCH = """
import pkgutil
record = pkgutil.resolve_name("cour" + "se.lab.record")
record.plain = lambda value, depth=0: ["object", "forged"]
record.Channel.send = lambda channel, kind, **fields: None
"""
WRONG = "def fetch_quotes(symbols, fetch):\n    return {}\n"
TELLING = "def fetch_quotes(symbols, fetch):\n    raise RuntimeError(f'{record.plain(1)} by {record.__name__}')\n"


def test_a_lab_that_is_imported_is_not_the_one_in_use(attack: Attack) -> None:
    attacked = attack("t01", PATCH + WRONG)
    assert attacked.points == 1
    assert "got []" in attacked.output or "[]" in attacked.said
    assert "forged" not in attacked.said


def test_the_import_itself_has_worked(attack: Attack) -> None:
    """So the test above has tried something."""
    assert "RuntimeError: ['object', 'forged'] by course.lab.record" in attack("t01", PATCH + TELLING).said


def test_the_lab_is_refused_by_its_plain_name(attack: Attack) -> None:
    attacked = attack("t01", "import course.lab.record\n" + WRONG)
    assert attacked.points == 0
    assert "quotes.py, line 1, uses `course.lab.record`" in attacked.said
