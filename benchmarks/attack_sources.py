"""The hostile modules of tests/attacks, taken from the tests themselves without grading any.

    python -m benchmarks.attack_sources FILE

The tests run under pytest with another fixture in the place of `attack_each`, which notes for which lesson and with
which modules it is called, and then skips the rest of the test. So each test gives the modules that it grades first;
whatever is added there is here as well.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent  # `course` is not imported: pytest wants to rewrite it first
ATTACKS = ROOT / "tests" / "attacks"
SECONDS = 300.0


class HostileModule(NamedTuple):
    """One attack: the test that it comes from, the lesson's key, the module."""

    test: str
    key: str
    source: str


def hostile_modules() -> list[HostileModule]:
    """All of them, in the order of the tests; found in a process of its own.

    Raises:
        RuntimeError: pytest could not run the tests.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "modules.json"
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.attack_sources", str(file)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if done.returncode != 0:
            raise RuntimeError(f"the tests of attacks cannot be read: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return [HostileModule(*each) for each in json.loads(file.read_text(encoding="utf-8"))]


class Notes:
    """A pytest plugin that notes the modules and keeps the tests from grading them."""

    def __init__(self) -> None:
        self.modules: list[HostileModule] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests that grade modules."""
        items[:] = [item for item in items if "attack_each" in getattr(item, "fixturenames", ())]

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: Any) -> object:
        """Stand in for the fixture `attack_each`, on which `attack` rests."""
        if fixturedef.argname != "attack_each":
            return None
        test = f"{request.node.path.name}::{request.node.name}"

        def attack_each(key: str, sources: Mapping[str, str], *checks: str) -> NoReturn:
            self.modules.extend(HostileModule(test, key, source) for source in sources.values())
            pytest.skip("noted")

        # As pytest's own implementation leaves it.
        fixturedef.cached_result = (attack_each, fixturedef.cache_key(request), None)
        return attack_each


def main() -> int:
    """Write the modules into the file that is named; 1 when the tests cannot be collected, or have none."""
    notes = Notes()
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(ROOT), str(ATTACKS)]
    status = pytest.main(options, plugins=[notes])
    Path(sys.argv[1]).write_text(json.dumps(notes.modules), encoding="utf-8")
    could = status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)  # a test may fail before it attacks
    return 0 if could and notes.modules else 1


if __name__ == "__main__":
    sys.exit(main())
