"""Attack 22: a planted `*.dist-info` that brings a pytest plugin. The judge names its plugins, it searches for none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack, AttackFolder
from tests.attacks.from_within import grade_from_within

WRONG = "def fetch_quotes(symbols, fetch):\n    raise NotImplementedError\n"
PLUGIN = """
import pytest
print("owned by plugin")

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.outcome = "passed"
    return report
"""
PLANTED = {
    "owned_plugin.py": PLUGIN,
    "owned-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: owned\nVersion: 1.0\n",
    "owned-1.0.dist-info/entry_points.txt": "[pytest11]\nowned = owned_plugin\ncourse = owned_plugin\n",
    "owned-1.0.dist-info/RECORD": "",
    "owned.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: owned\nVersion: 1.0\n",
    "owned.egg-info/entry_points.txt": "[pytest11]\nowned = owned_plugin\n",
}
# A case that may write would put it where the judge's own Python looks for packages.
PLANTS_ITSELF = f"""
import os, site
planted, refused = [], set()
for place in {{*site.getsitepackages(), os.path.dirname(os.__file__)}}:
    for name, text in {PLANTED!r}.items():
        path = os.path.join(place, "left-behind-" + name)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
            planted.append(path)
        except OSError as error:
            refused.add(type(error).__name__)
def fetch_quotes(symbols, fetch):
    raise ValueError(f"planted: {{planted}}, refused: {{len(refused)}}")
"""


def plant(folder: Path) -> None:
    """Lay it out in the folder itself, and beside a wrong module."""
    for place in (folder, folder / "t01_quotes"):
        for name, text in PLANTED.items():
            (place / name).parent.mkdir(exist_ok=True, parents=True)
            (place / name).write_text(text)
    (folder / "t01_quotes" / "quotes.py").write_text(WRONG)


def test_a_planted_plugin_takes_no_part(attack_folder: AttackFolder) -> None:
    result, output = attack_folder(plant, "t01", "t03")
    wrong, right = result.lessons
    assert (wrong.points, right.points) == (0, right.max_points)
    assert "owned by plugin" not in output


def test_nor_does_it_when_the_command_starts_beside_it(tmp_path: Path) -> None:
    """Pytest, where it looks for packages here, loads it."""
    plant(tmp_path)
    fooled = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "owned by plugin" in fooled.stdout + fooled.stderr
    result, output = grade_from_within(tmp_path, "t01")
    assert result.points == 0
    assert "owned by plugin" not in output


def test_a_case_cannot_plant_one(attack: Attack, isolation: Isolation) -> None:
    if "write" in isolation.holes:
        pytest.skip("this machine has neither namespaces nor Landlock, nor another user for cases")
    attacked = attack("t01", PLANTS_ITSELF)
    assert attacked.points == 0
    assert "ValueError: planted: [], refused: " in attacked.said
    assert "refused: 0" not in attacked.said
