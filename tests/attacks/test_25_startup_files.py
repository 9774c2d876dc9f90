"""Attack 25: `sitecustomize`, `.pth`, `PYTHONSTARTUP` and the like. Judge and starters are told of none of them.

What the judge needs of the environment is a short list, and pytest is started with `-I`; workers have an environment
of their own, and cannot write where Python starts from.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack
from tests.attacks.from_within import grade_from_within
from tests.attacks.honest import honest

MARK = "owned by startup"
RUNS = f"print({MARK!r}, flush=True)\n"
VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"
NAMES = ("sitecustomize.py", "usercustomize.py", "startup.py", "pythonstartup.py")
WRONG = "def fetch_quotes(symbols, fetch):\n    raise NotImplementedError\n"
# In real mode, where children are started anew: all files that Python looks for when it starts.
PLANTS_ITSELF = f"""
import os, site, sys
TEXTS = {{"sitecustomize.py": {RUNS!r}, "usercustomize.py": {RUNS!r}, "left-behind.pth": "import os; os._exit(0)\\n"}}
OUTSIDE = {{*site.getsitepackages(), os.path.dirname(os.__file__), os.path.dirname(sys.executable)}}
written, refused = [], 0
for place in {{*OUTSIDE, site.getusersitepackages()}}:
    for name, text in TEXTS.items():
        try:
            os.makedirs(place, exist_ok=True)
            with open(os.path.join(place, name), "w") as file:
                file.write(text)
            written.append(place)
        except OSError:
            refused += 1
"""


def test_the_command_starts_among_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And has them in its environment, in names that only Python or the judge would look at."""
    packages = tmp_path / ".local" / "lib" / VERSION / "site-packages"
    packages.mkdir(parents=True)
    (tmp_path / "t01_quotes").mkdir()
    for place in (tmp_path, tmp_path / "t01_quotes", packages):
        for name in NAMES:
            (place / name).write_text(RUNS)
        (place / "owned.pth").write_text(f"import sys; {RUNS}")
    (tmp_path / "t01_quotes" / "quotes.py").write_text(WRONG)
    monkeypatch.setenv("HOME", str(tmp_path))
    python = str(Path(sys.base_prefix) / "bin" / "python3")
    fooled = subprocess.run([python, "-c", ""], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert MARK in fooled.stdout, "Python itself would start with them"
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "startup.py"))
    monkeypatch.setenv("PYTHONINSPECT", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "startup")
    monkeypatch.setenv("PYTEST_ADDOPTS", f"--rootdir {tmp_path} --collect-only")
    result, output = grade_from_within(tmp_path, "t01")
    assert result.points == 0
    assert result.lessons[0].checks[0].status == "failed"
    assert MARK not in output


def test_a_case_cannot_plant_them(attack: Attack, isolation: Isolation) -> None:
    """Only in its own home, which goes with it."""
    if "write" in isolation.holes:
        pytest.skip("this machine has neither namespaces nor Landlock, nor another user for cases")
    report = (
        "raise ValueError(f'all refused: {refused == 3 * len(OUTSIDE)}, outside: {sorted(OUTSIDE & set(written))}')\n"
    )
    attacked = attack("p13", PLANTS_ITSELF + report)
    assert attacked.points == 0
    assert "ValueError: all refused: True, outside: []" in attacked.said


def test_children_of_a_case_do_not_start_with_them(attack: Attack, isolation: Isolation) -> None:
    """A right module that plants them at home: spawned processes would be ended by its `.pth`."""
    if "write" in isolation.holes:
        pytest.skip("this machine has neither namespaces nor Landlock, nor another user for cases")
    first = "import multiprocessing\nif multiprocessing.parent_process() is None:\n"
    planting = "".join(f"    {line}\n" for line in [*PLANTS_ITSELF.splitlines(), "assert len(written) == 3, written"])
    attacked = attack("p13", f"{honest('p13')}\n{first}{planting}")
    assert attacked.points == attacked.lesson.max_points
