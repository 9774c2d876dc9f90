"""The arena's fixtures: `attack` grades one hostile module, `attack_folder` a whole hostile folder."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from course.judge.bench import Bench
from course.judge.drivers import Drivers
from course.judge.isolation import Isolation
from course.lessons import ROOT, lessons_named
from course.report.model import Result
from tests.attacks.arena import SECRET, Attacked, Machine, grade_beside_honest, grade_folder

FEW_SCHEDULES = 10
Attack = Callable[..., Attacked]
AttackFolder = Callable[..., tuple[Result, str]]


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """Starters in the strongest jail that this machine has."""
    os.environ["COURSE_TEST_SECRET"] = SECRET
    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture(scope="session")
def isolation(bench: Bench) -> Isolation:
    """What cases cannot do here. What an attack may do on a machine without namespaces is asked of this."""
    return bench.isolation


@pytest.fixture(scope="module")
def met() -> list[str]:
    """The lessons that attacks of this file have been graded for."""
    return []


@pytest.fixture
def attack(bench: Bench, met: list[str], monkeypatch: pytest.MonkeyPatch) -> Attack:
    """Grade a hostile module beside an honest submission, and require all that holds for every attack.

    The first attack of a file on a lesson has a whole submission beside it, the others a few of its checks. No scenario
    runs under more than a few schedules: hardly any attack has to do with races.
    """
    request = Drivers.request

    def run(key: str, source: str) -> Attacked:
        assert bench.isolation.layers
        monkeypatch.setattr(
            Drivers, "request", lambda *asked, budget: request(*asked, budget=min(budget, FEW_SCHEDULES))
        )
        machine = Machine()
        attacked = grade_beside_honest(bench, key, source, whole=key not in met)
        met.append(key)
        machine.require_as_before()
        _require_no_secret(attacked.output)
        return attacked

    return run


@pytest.fixture
def attack_folder(tmp_path: Path) -> AttackFolder:
    """Grade a folder with the `course` command; `lay_out` fills it, beside the right solutions of `keys`."""

    def run(lay_out: Callable[[Path], None], *keys: str) -> tuple[Result, str]:
        folder = tmp_path / "mallory"
        for lesson in lessons_named(keys)[0]:
            (folder / lesson.name).mkdir(parents=True)
            (folder / lesson.name / lesson.filename).write_bytes(lesson.solution.read_bytes())
        lay_out(folder)
        machine = Machine()
        result, output = grade_folder(folder, keys)
        machine.require_as_before()
        _require_no_secret(output)
        return result, output

    return run


def _require_no_secret(output: str) -> None:
    """Neither the secret, nor where the graders lie."""
    assert SECRET not in output
    assert str(ROOT / "graders") not in output
    assert str(ROOT / "solutions") not in output
