"""Attack 21: settings of pytest that turn the run green. pytest reads the graders' own file, and no other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.conftest import AttackFolder
from tests.attacks.from_within import grade_from_within

WRONG = "def fetch_quotes(symbols, fetch):\n    raise NotImplementedError\n"
OPTIONS = "--collect-only -p owned_plugin -k nothing_at_all --deselect graders --maxfail=1"
INI = f"addopts = {OPTIONS}\npython_files = nothing_*.py\npython_functions = nothing_*\nminversion = 99\n"
SETTINGS = {
    "pytest.ini": f"[pytest]\n{INI}",
    ".pytest.ini": f"[pytest]\n{INI}",
    "tox.ini": f"[pytest]\n{INI}",
    "setup.cfg": f"[tool:pytest]\n{INI}",
    "pyproject.toml": f'[tool.pytest.ini_options]\naddopts = "{OPTIONS}"\npython_functions = ["nothing_*"]\n',
    "pytest.toml": f'[pytest]\naddopts = ["{OPTIONS}"]\n',
    "owned_plugin.py": "print('owned by settings')\n",
}


def lay_out(folder: Path) -> None:
    """A wrong module, and settings in every place that pytest might look at."""
    (folder / "t01_quotes" / "quotes.py").write_text(WRONG)
    for place in (folder, folder / "t01_quotes", folder.parent):
        for name, settings in SETTINGS.items():
            (place / name).write_text(settings)


def test_planted_settings_take_no_part(attack_folder: AttackFolder) -> None:
    result, output = attack_folder(lay_out, "t01", "t03")
    wrong, right = result.lessons
    assert (wrong.points, right.points) == (0, right.max_points)
    assert {check.status for check in wrong.checks} == {"failed", "not_reached"}
    assert "owned by settings" not in output


def test_nor_do_they_when_the_command_starts_among_them(tmp_path: Path) -> None:
    """Pytest, started here, does not tell that a test fails."""
    (tmp_path / "t01_quotes").mkdir()
    lay_out(tmp_path)
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert False\n")
    fooled = subprocess.run(
        [sys.executable, "-m", "pytest"],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        check=False,
    )
    assert fooled.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    result, output = grade_from_within(tmp_path, "t01")
    assert result.points == 0
    assert result.lessons[0].checks[0].status == "failed"
    assert "owned by settings" not in output
