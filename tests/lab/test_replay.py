"""A run's choices replay it exactly, under every strategy; and looking at a run does not change it."""

from pathlib import Path
from typing import Any

import pytest

from tests.lab import programs
from tests.lab.nursery import SIMPLE, Nursery

ROOT = Path(__file__).parents[2]
# One case per simulated lesson: the scenario and what it is called with.
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "t01_quotes": (
        "ask_all",
        {"prices": {"A": 1.5, "B": 2, "C": 3}, "seconds": {"A": 1, "B": 2, "C": 1}, "failing": ["B"]},
    ),
    "t03_gate": (
        "serve",
        {"config": {"port": 80}, "loading": 1.0, "handling": [1.0, 2.0], "failure": ""},
    ),
    "t09_logs": (
        "rewrite",
        {
            "texts": {f"{n}.log": "a token=1 b" for n in range(3)},
            "pattern": r"token=\d+",
            "replacement": "x",
            "workers": 2,
            "reading": 1.0,
            "writing": 0.5,
            "cannot_read": {"1.log": "missing"},
            "cannot_write": {},
        },
    ),
    "a17_health": (
        "ask",
        {"probes": {"db": [1.0, "returns", 1], "web": [0.5, "raises", "LookupError"]}, "limit": 2},
    ),
    "a18_uploads": (
        "cancel_jobs",
        {"jobs": {"film": [10.0, 4.0, "cancelled"]}, "cancels": [[2.5, "film"]]},
    ),
}
DRAWN: list[dict[str, Any]] = [
    {"strategy": "random-walk", "seed": 1},
    {"strategy": "random-walk", "seed": 2},
    {"strategy": "pct", "seed": 1, "depth": 3, "length": 40},
    {"strategy": "pos", "seed": 1},
    {"strategy": "urw", "seed": 1},
    {"strategy": "surw", "seed": 1},  # the name is that of the program's most contended
]
# What both kinds of traced runs tell; values are told by an observed one only.
STEPS = ("start", "end", "point", "preempt", "block", "resume", "spin", "acquire", "release")
LONG = 5_000


def differences(  # noqa: PLR0913  # one case: of what, how, and under which schedules
    source: str,
    scenarios: str,
    scenario: str,
    arguments: dict[str, Any],
    drawn: list[dict[str, Any]],
    *,
    any_order: bool = False,
) -> list[str]:
    """Run each schedule, then replay its choices: plainly, traced, and traced without looking; what differs."""
    import functools  # noqa: PLC0415  # in the child only
    import gc  # noqa: PLC0415

    from course.lab import simulation  # noqa: PLC0415
    from course.lab.profile import Profile  # noqa: PLC0415
    from course.lab.program import Program  # noqa: PLC0415
    from course.lab.simulation import MOST_CHOICES  # noqa: PLC0415
    from course.lab.trace import LONGEST_TRACE  # noqa: PLC0415

    simulate = functools.partial(simulation.simulate, any_order=any_order)
    program, unseen = Program("program", source, scenarios), Program("program", source, scenarios)
    unseen.__dict__["observed_code"] = unseen.code
    profile = Profile(program.sites)
    found = []
    for schedule in [{"strategy": "run-to-block"}, *drawn]:
        named = (
            {**schedule, "name": next(iter(profile.contended()), "")} if schedule["strategy"] == "surw" else schedule
        )
        run, _ = simulate(program, scenario, arguments, named, profile=profile)
        if len(run["choices"]) >= MOST_CHOICES:
            continue
        again = {"strategy": "deviating", "at": run["choices"]}
        wanted = {**run, "schedule": again}
        replayed, _ = simulate(program, scenario, arguments, again)
        traced, _ = simulate(program, scenario, arguments, again, traced=True)
        plainly, _ = simulate(unseen, scenario, arguments, again, traced=True)
        is_cut = len(traced["trace"]) == LONGEST_TRACE
        steps, plain_steps = ([event for event in one["trace"] if event[2] in STEPS] for one in (traced, plainly))
        for kind, other in (("replay", replayed), ("traced", traced), ("unseen", plainly)):
            found += [
                f"{named} {kind} {key}: {other[key]!r} instead of {wanted[key]!r}"[:500]
                for key in wanted
                if other[key] != wanted[key]
            ]
        if steps != plain_steps[-len(steps) if is_cut else 0 :]:
            found.append(f"{named}: other steps when values are looked at")
        gc.collect()
        if run["points"] > LONG:
            break
    return found


@pytest.mark.parametrize("name", [*programs.WRONG, *programs.RIGHT])
def test_the_choices_of_a_run_replay_it(nursery: Nursery, name: str) -> None:
    """Whichever strategy has made them: the same evidence, and the same steps when the run is traced."""
    source = {**programs.WRONG, **programs.RIGHT}[name]
    drawn = DRAWN + [{**schedule, "seed": seed} for schedule in DRAWN for seed in (3, 4, 5)]
    arguments = {"source": source, "scenarios": SIMPLE, "scenario": "scenario", "arguments": {}}
    assert nursery.call(differences, **arguments, drawn=drawn) == []


# What the random walk with seed 1 comes to: how many points it meets, and where it turns.
ON_EVERY_VERSION = {
    "lost update": (23, [[1, 2, 0], [0, 10, 1], [2, 2, 0], [0, 13, 2]]),
    "two locks in two orders": (21, [[1, 2, 0], [0, 9, 1], [2, 2, 0], [0, 12, 2]]),
    "lost notify": (20, [[1, 2, 0], [0, 8, 1], [2, 3, 0], [0, 11, 2], [0, 12, 1]]),
    "a pool": (14, [[0, 8, 1], [0, 9, 1]]),
}


@pytest.mark.parametrize("name", ON_EVERY_VERSION)
def test_a_schedule_is_the_same_on_every_version(nursery: Nursery, name: str) -> None:
    """A token that one Python has made is replayed by another; who changes the points on purpose, changes these."""
    run = nursery.run({**programs.WRONG, **programs.RIGHT}[name], schedule={"strategy": "random-walk", "seed": 1})
    assert (run["points"], run["choices"]) == ON_EVERY_VERSION[name]


TASKS = """
import asyncio
class Box: n = 0
async def add(seconds):
    for _ in range(2):
        now = Box.n
        await asyncio.sleep(seconds)
        Box.n = now + await asyncio.to_thread(int, 1)
async def go():
    async with asyncio.TaskGroup() as group:
        for n in range(4): group.create_task(add(n // 2))
    return Box.n
def main(): return asyncio.run(go())
"""


def test_choices_among_tasks_are_replayed_too(nursery: Nursery) -> None:
    """Where the order of tasks is drawn as well, beside that of threads."""
    arguments = {"source": TASKS, "scenarios": SIMPLE, "scenario": "scenario", "arguments": {}}
    drawn = DRAWN + [{**schedule, "seed": seed} for schedule in DRAWN for seed in (3, 4, 5)]
    assert nursery.call(differences, **arguments, drawn=drawn, any_order=True) == []


def submissions() -> list[Path]:
    """The solution, the alternatives and the mistakes of every simulated lesson."""
    found = []
    for lesson in CASES:
        found += [*(ROOT / "solutions" / lesson).glob("[a-z]*.py")]
        found += [
            path for kind in ("alternatives", "mistakes") for path in (ROOT / "graders" / lesson / kind).glob("*.py")
        ]
    return sorted(found)


@pytest.mark.parametrize("path", submissions(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_run_of_a_lesson_is_replayed_by_its_choices(nursery: Nursery, path: Path) -> None:
    """Right or wrong, finished, stuck or endless."""
    lesson = path.relative_to(ROOT).parts[1]
    scenario, arguments = CASES[lesson]
    scenarios = (ROOT / "graders" / lesson / "scenarios.py").read_text()
    found = nursery.call(
        differences, source=path.read_text(), scenarios=scenarios, scenario=scenario, arguments=arguments, drawn=DRAWN
    )
    assert found == []


@pytest.mark.parametrize("lesson", CASES)
def test_the_cases_are_right(nursery: Nursery, lesson: str) -> None:
    """The solution comes to its end and touches what its lesson is about."""
    (path,) = (ROOT / "solutions" / lesson).glob("[a-z]*.py")
    scenario, arguments = CASES[lesson]
    scenarios = (ROOT / "graders" / lesson / "scenarios.py").read_text() + f"\nscenario = {scenario}\n"
    run = nursery.run(path.read_text(), scenarios, **arguments)
    assert (run["outcome"], run["error"]) == ("finished", None)
    assert run["calls"]
