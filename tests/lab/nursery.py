"""A nursery: a fresh interpreter that forks one child per request, so that worlds never open inside pytest.

Opening a world takes the real `threading`, `time` and `asyncio` out of a process for good. So the nursery is started
as the judge starts its starters (`-s -P`, PYTHONHASHSEED=0), imports what they import, and forks for every request.
Requests and answers are lines of JSON; a child that does not answer in time is killed and that is the answer.
"""

import gc
import importlib
import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import course

CHILD_SECONDS = 200.0  # only a child that hangs gets there, also on a machine that is very busy
RUNS_PER_COLLECTION = 20  # as course.lab.worker does

Schedule = dict[str, Any]
Evidence = dict[str, Any]
PLAIN: Schedule = {"strategy": "run-to-block"}
# The usual scenario: the program's own `main()` says what came out.
SIMPLE = "def scenario(student, lab): return student.main()"


class ChildFailed(AssertionError):
    """The child raised, ended or hung; the message says what."""


class Explored(list[Evidence]):
    """The evidence of the runs of one exploration, and what it proved."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer["runs"])
        self.bound: int = answer["bound"]
        self.exhausted: bool = answer["exhausted"]


class Nursery:
    """The parent's side: ask a fresh child to do something and get plain data back."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-B", "-X", "utf8", "-m", "tests.lab.nursery"],
            env={
                "PATH": os.defpath,
                "LANG": "C.UTF-8",
                "PYTHONHASHSEED": "0",
                "PYTHONPATH": str(Path(course.__file__).parents[1]),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """End the nursery."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "failed" in answer:
            raise ChildFailed(answer["failed"])
        return answer["value"]

    def call(self, function: Callable[..., Any], /, **arguments: Any) -> Any:
        """What `function`, a function of a test module, returns when it is called in a fresh child."""
        return self._ask({
            "do": "call", "file": function.__code__.co_filename, "name": function.__name__, "arguments": arguments,
        })  # fmt: skip

    def run(
        self, source: str, scenario: str = SIMPLE, *, schedule: Schedule = PLAIN, traced: bool = False, **arguments: Any
    ) -> Evidence:
        """The evidence of one run of `scenario` (source text of a function of that name) under `schedule`."""
        return self.runs(source, scenario, schedules=[schedule], traced=traced, **arguments)[0]

    def runs(  # noqa: PLR0913  # one run: of what, how
        self,
        source: str,
        scenario: str = SIMPLE,
        *,
        schedules: list[Schedule],
        traced: bool = False,
        points: str = "source",
        any_order: bool = False,
        **arguments: Any,
    ) -> list[Evidence]:
        """The evidence of one run per schedule, all in one child; `points` as `Program` takes them."""
        return list(self._ask({
            "do": "runs", "source": source, "scenario": scenario, "schedules": schedules, "traced": traced,
            "arguments": arguments, "points": points, "any_order": any_order,
        }))  # fmt: skip

    def finds(self, source: str, *, schedules: list[Schedule], points: str) -> bool:
        """True when one of these schedules shows a run that is wrong."""
        return any(is_wrong(evidence) for evidence in self.runs(source, schedules=schedules, points=points))

    def explore(
        self, source: str, scenario: str = SIMPLE, *, seeds: list[int], budget: int, until_wrong: bool = False
    ) -> list[Explored]:
        """One exploration per seed; with `until_wrong` each ends at the first run that does not return True."""
        answers = self._ask({
            "do": "explore", "source": source, "scenario": scenario, "seeds": seeds, "budget": budget,
            "until_wrong": until_wrong,
        })  # fmt: skip
        return [Explored(answer) for answer in answers]


# --- the child's side ------------------------------------------------------------------------------------------------


def main() -> None:
    """Import what workers need, then serve requests until the parent closes stdin."""
    starter = importlib.import_module("course.lab.starter")
    for name in starter.PRELOADED:
        importlib.import_module(name)
    importlib.import_module("course.lab.world").read_code()
    importlib.import_module("course.lab.simulation")
    importlib.import_module("pytest")  # test modules import it
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(_answer_in_child(line) + "\n")
        sys.stdout.flush()


def _answer_in_child(line: str) -> str:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as answer:
            answer.write(_answer(json.loads(line)))
        os._exit(0)
    os.close(writer)
    body = bytearray()
    try:
        while select.select([reader], [], [], CHILD_SECONDS)[0]:
            part = os.read(reader, 1 << 20)
            if not part:
                break
            body += part
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return body.decode() or json.dumps({"failed": f"no answer from the child, status {status}"})


def _answer(request: dict[str, Any]) -> str:
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        return json.dumps({"value": _DO[request["do"]](request)})
    except BaseException:
        return json.dumps({"failed": traceback.format_exc()})


def _call(request: dict[str, Any]) -> Any:
    spec = importlib.util.spec_from_file_location("test_module_in_child", request["file"])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, request["name"])(**request["arguments"])


def _runs(request: dict[str, Any]) -> list[Evidence]:
    simulation, world = importlib.import_module("course.lab.simulation"), importlib.import_module("course.lab.world")
    program = importlib.import_module("course.lab.program").Program(
        "program", request["source"], request["scenario"], points=request["points"]
    )
    sys.addaudithook(world.refuse)
    found = []
    how = {"traced": request["traced"], "any_order": request["any_order"]}
    for number, schedule in enumerate(request["schedules"], 1):
        evidence, _ = simulation.simulate(program, "scenario", request["arguments"], schedule, **how)
        found.append(evidence)
        if number % RUNS_PER_COLLECTION == 0:
            gc.collect()
    return found


def _explore(request: dict[str, Any]) -> list[dict[str, Any]]:
    simulation, world = importlib.import_module("course.lab.simulation"), importlib.import_module("course.lab.world")
    explorations = importlib.import_module("course.lab.exploration")
    profiles = importlib.import_module("course.lab.profile")
    program = importlib.import_module("course.lab.program").Program("program", request["source"], request["scenario"])
    sys.addaudithook(world.refuse)
    answers = []
    for seed in request["seeds"]:
        profile = profiles.Profile(program.sites)
        exploration = explorations.Exploration(seed, request["budget"], profile)
        found: list[Evidence] = []
        for schedule in exploration.schedules():
            evidence, strategy = simulation.simulate(program, "scenario", {}, schedule, profile=profile)
            exploration.saw(strategy)
            found.append(evidence)
            if exploration.tried % RUNS_PER_COLLECTION == 0:
                gc.collect()
            if request["until_wrong"] and is_wrong(evidence):
                break
        answers.append({"runs": found, "bound": exploration.proved_bound, "exhausted": exploration.exhausted})
    return answers


def is_wrong(evidence: Evidence) -> bool:
    """True when the run did not come to its end, or its scenario did not return True."""
    return evidence["outcome"] != "finished" or evidence["value"] is not True


_DO: dict[str, Callable[[dict[str, Any]], Any]] = {"call": _call, "runs": _runs, "explore": _explore}

if __name__ == "__main__":
    main()
