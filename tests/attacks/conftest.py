"""The arena's fixtures: `attack` and `attack_each` grade hostile modules, `attack_folder` a whole hostile folder."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from course.judge.bench import Bench
from course.judge.drivers import Drivers
from course.judge.isolation import Isolation
from course.lessons import lessons_named
from course.report.model import Result
from tests.attacks.arena import SECRET, Attacked, Machine, grade_beside_honest, grade_folder, require_no_secret
from tests.attacks.submissions import solution

FEW_SCHEDULES = 10
AttackFolder = Callable[..., tuple[Result, str]]
Needs = Callable[..., None]


class Attack(Protocol):
    """Grade one hostile module, in the checks that are named, or in all of its lesson."""

    def __call__(self, key: str, source: str, *checks: str) -> Attacked: ...


class AttackEach(Protocol):
    """Grade hostile modules side by side; results have the modules' names."""

    def __call__(self, key: str, sources: Mapping[str, str], *checks: str) -> dict[str, Attacked]: ...


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


@pytest.fixture
def needs(isolation: Isolation) -> Needs:
    """Skip a test on a machine where cases can do what it is about, as every report says there."""

    def require_closed(*holes: str) -> None:
        if found := set(holes) & set(isolation.holes):
            pytest.skip(f"this machine leaves open: {', '.join(sorted(found))}")

    return require_closed


@pytest.fixture
def attack_each(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> AttackEach:
    """Grade hostile modules beside an honest submission, and require all that holds for every attack.

    No scenario runs under more than a few schedules: hardly any attack has to do with races.
    """
    request = Drivers.request
    monkeypatch.setattr(Drivers, "request", lambda *asked, budget: request(*asked, budget=min(budget, FEW_SCHEDULES)))

    def run(key: str, sources: Mapping[str, str], *checks: str) -> dict[str, Attacked]:
        assert bench.isolation.layers
        machine = Machine()
        attacked = grade_beside_honest(bench, key, sources, checks)
        machine.require_as_before()
        for each in attacked.values():
            require_no_secret(each.output)
        return attacked

    return run


@pytest.fixture
def attack(attack_each: AttackEach) -> Attack:
    """Grade one hostile module, as `attack_each` does."""
    return lambda key, source, *checks: attack_each(key, {"": source}, *checks)[""]


@pytest.fixture
def attack_folder(tmp_path: Path) -> AttackFolder:
    """Grade a folder with the `course` command; `lay_out` fills it, beside the right solutions of `keys`."""

    def run(lay_out: Callable[[Path], None], *keys: str) -> tuple[Result, str]:
        folder = tmp_path / "mallory"
        for lesson in lessons_named(keys)[0]:
            (folder / lesson.name).mkdir(parents=True)
            (folder / lesson.name / lesson.filename).write_text(solution(lesson.key), encoding="utf-8")
        lay_out(folder)
        machine = Machine()
        result, output = grade_folder(folder, *keys)
        machine.require_as_before()
        require_no_secret(output)
        return result, output

    return run
