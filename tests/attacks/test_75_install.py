"""Attack 75: `setup.py`, `requirements.txt` and the like, run at an install. Nothing of a submission is installed."""

import sys
from pathlib import Path

import pytest

from tests.attacks.conftest import AttackFolder
from tests.attacks.watching import Watched

RUNS = "import pathlib; pathlib.Path('/tmp/left-behind-by-install').touch()\n"
PLANTED = {
    "setup.py": RUNS,
    "setup.cfg": "[metadata]\nname = course\nversion = 99\n[options.entry_points]\npytest11 = owned = owned\n",
    "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'owned'\nbackend-path = ['.']\n",
    "owned.py": RUNS,
    "requirements.txt": "-e .\n--extra-index-url http://127.0.0.1:9/simple\n",
    "t01_quotes/requirements.txt": "./owned\n",
    "constraints.txt": "pytest==0.0\n",
    "environment.yml": "dependencies: [{pip: [./owned]}]\n",
    "Pipfile": "[packages]\nowned = {path = '.'}\n",
    "uv.toml": "index-url = 'http://127.0.0.1:9/simple'\n",
    "noxfile.py": RUNS,
    "tox.ini": "[pytest]\naddopts = --co\n",
    ".envrc": "touch /tmp/left-behind-by-direnv\n",
    ".python-version": "2.7\n",
    "concurrency_course-99.dist-info/entry_points.txt": "[pytest11]\nowned = owned\n",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which files were opened (inotify)")
def test_nothing_is_installed(attack_folder: AttackFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command starts in whatever folder; here its environment names the submission's files as well."""
    watched = Watched()

    def lay_out(folder: Path) -> None:
        watched.plant(folder, PLANTED)
        monkeypatch.setenv("PIP_REQUIREMENT", str(folder / "requirements.txt"))
        monkeypatch.setenv("PIP_CONSTRAINT", str(folder / "constraints.txt"))

    result, _ = attack_folder(lay_out, "t01")
    assert result.points == result.max_points
    assert watched.opened() == set()
