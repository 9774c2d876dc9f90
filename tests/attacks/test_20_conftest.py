"""Attack 20: a planted `conftest.py` that turns every report into a pass. pytest never looks into a submission."""

from pathlib import Path

from tests.attacks.conftest import AttackFolder

WRONG = "def fetch_quotes(symbols, fetch):\n    raise NotImplementedError\n"
CONFTEST = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"

print("owned by conftest")
"""


def lay_out(folder: Path) -> None:
    """A wrong module, and the file in every place that pytest might look at."""
    (folder / "t01_quotes" / "quotes.py").write_text(WRONG)
    for place in (folder, folder / "t01_quotes", folder.parent):
        (place / "conftest.py").write_text(CONFTEST)


def test_a_planted_conftest_takes_no_part(attack_folder: AttackFolder) -> None:
    result, output = attack_folder(lay_out, "t01", "t03")
    wrong, right = result.lessons
    assert (wrong.points, right.points) == (0, right.max_points)
    assert "owned by conftest" not in output
