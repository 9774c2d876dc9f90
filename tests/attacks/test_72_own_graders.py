"""Attack 72: graders, configuration and a `course` package of one's own in the submission. None of them is opened.

The grader starts from its own folder, with its own configuration, in an interpreter that looks nowhere else.
"""

import sys
from pathlib import Path

import pytest

from tests.attacks.conftest import AttackFolder
from tests.attacks.watching import Watched

WRONG = "def fetch_quotes(symbols, fetch):\n    return {}\n"
OWNED = "import pathlib\npathlib.Path('/tmp/left-behind-by-own-grader').touch()\n"
LESSON = """
order = 1
minutes = 1
demo = "none"
title.en = "Mine"
[[checks]]
id = "empty"
group = "correctness"
points = 1000
says.en = why.en = hint.en = "mine"
"""
PLANTED = {
    "graders/t01_quotes/test_quotes.py": f"{OWNED}def test_empty():\n    pass\n",
    "graders/t01_quotes/scenarios.py": OWNED,
    "graders/t01_quotes/lesson.toml": LESSON,
    "graders/pytest.ini": "[pytest]\naddopts = --co -p no:course\n",
    "t01_quotes/test_quotes.py": f"{OWNED}def test_empty():\n    pass\n",
    "t01_quotes/scenarios.py": OWNED,
    "t01_quotes/lesson.toml": LESSON,
    "solutions/t01_quotes/quotes.py": WRONG,
    "course/__init__.py": OWNED,
    "course/judge/__init__.py": OWNED,
    "course/judge/plugin.py": OWNED,
    "course/lab/worker.py": OWNED,
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--co'\n[build-system]\nrequires = []\n",
    "pytest.ini": "[pytest]\naddopts = --co\n",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which files were opened (inotify)")
def test_a_grader_of_ones_own_is_not_opened(attack_folder: AttackFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when whoever grades has put the submission first on the path of Python."""
    watched = Watched()

    def lay_out(folder: Path) -> None:
        watched.plant(folder, {**PLANTED, "t01_quotes/quotes.py": WRONG})
        monkeypatch.setenv("PYTEST_ADDOPTS", "--co")
        monkeypatch.setenv("PYTEST_PLUGINS", "conftest")

    result, _ = attack_folder(lay_out, "t01", "t03")
    wrong, right = result.lessons
    assert (wrong.points, wrong.max_points, right.points) == (1, 10, 10)
    assert watched.opened() == {"t01_quotes/quotes.py"}
