"""Explore a program in a process of its own, as the judge's workers do: worlds never open in the benchmark's process.

`explore` is the parent's side; run as a script, this module is the process: a request on stdin, an answer on stdout.
"""

import gc
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter, process_time  # bound here, because worlds hide the real `time`
from typing import Any, Literal, NamedTuple

from benchmarks.catalogue import SCENARIO

ROOT = Path(__file__).resolve().parent.parent
CHILD = "--process"  # tells a script that it is the process of its own
CAP_WHILE_TIMED = 200  # an exploration of a lesson's check has about as many schedules
# As the judge starts its starters; the hash seed fixes the order of sets of strings.
INTERPRETER = [sys.executable, "-s", "-P", "-B", "-X", "utf8", "-m"]
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}


class Found(NamedTuple):
    """What one search came to: after how many schedules it found the bug (None: it did not), and how it showed."""

    at: int | None
    runs: int
    seconds: float
    outcome: str
    schedule: dict[str, Any]


def explore(  # noqa: PLR0913  # each by name
    programs: Mapping[str, str],
    *,
    searches: Sequence[str],
    seeds: Sequence[int],
    cap: int,
    core: int | None = None,
    points: Literal["source", "opcodes"] = "source",
) -> dict[str, dict[str, list[Found]]]:
    """Per program (name -> source) and search, what each seed came to.

    Every search ends at the first wrong run, after `cap` schedules, or when it has tried everything. `points`: see
    `course.lab.program.Program`.
    """
    request = {
        "do": "search",
        "programs": dict(programs),
        "searches": list(searches),
        "seeds": list(seeds),
        "cap": cap,
        "core": core,
        "points": points,
    }
    answer = in_process("benchmarks.exploring", request)
    return {
        program: {search: [Found(*found) for found in all_found] for search, all_found in by_search.items()}
        for program, by_search in answer.items()
    }


def rate(source: str, *, seconds: float, core: int) -> float:
    """Schedules per second of processor time: the portfolio on a right program, all that a worker does for each."""
    request = {"do": "rate", "source": source, "seconds": seconds, "core": core}
    return float(in_process("benchmarks.exploring", request))


def in_process(module: str, request: dict[str, Any]) -> Any:
    """What the script `module` answers to `request`.

    Raises:
        RuntimeError: it ended without an answer; the message is what it wrote to stderr.
    """
    done = subprocess.run(
        [*INTERPRETER, module, CHILD],
        input=json.dumps(request),
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{module}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


# --- the process of its own ------------------------------------------------------------------------------------------


def serve(answer: Any) -> None:
    """Answer one request: stdin to stdout, both as JSON. Nothing may have opened a world before."""
    request = json.loads(sys.stdin.read())
    output = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    prepare(request.get("core"))
    body = json.dumps(answer(request)).encode()
    while body:
        body = body[os.write(output, body) :]
    os._exit(0)


def prepare(core: int | None) -> None:
    """Import what workers have imported, keep to one core, and refuse what a world cannot simulate."""
    starter, world = importlib.import_module("course.lab.starter"), importlib.import_module("course.lab.world")
    importlib.import_module("benchmarks.searches")
    for name in starter.PRELOADED:
        importlib.import_module(name)
    world.read_code()
    sys.addaudithook(world.refuse)
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[(core or 0) % len(cores)]})
    gc.collect()
    gc.freeze()


def is_wrong(evidence: dict[str, Any]) -> bool:
    """True when the run did not come to its end, an exception ended a thread, or what should hold does not."""
    return evidence["outcome"] != "finished" or evidence["value"] is not True or bool(evidence["uncaught"])


def _runs(program: Any, search_name: str, seed: int, cap: int) -> Iterator[dict[str, Any]]:
    """The evidence of one run after another, as `course.lab.worker` makes it."""
    simulate = importlib.import_module("course.lab.simulation").simulate
    collect_garbage = importlib.import_module("course.lab.worker").collect_garbage
    profile = importlib.import_module("course.lab.profile").Profile(program.sites)
    search = importlib.import_module("benchmarks.searches").SEARCHES[search_name](seed, cap, profile)
    for number, schedule in enumerate(search.schedules(), 1):
        evidence, strategy = simulate(program, "scenario", {}, schedule, profile=profile)
        search.saw(strategy)
        yield evidence
        collect_garbage(number)


def _search(program: Any, search_name: str, seed: int, cap: int) -> Found:
    began, number = perf_counter(), 0
    for number, evidence in enumerate(_runs(program, search_name, seed, cap), 1):
        if is_wrong(evidence):
            return Found(number, number, perf_counter() - began, _in_words(evidence), evidence["schedule"])
    return Found(None, number, perf_counter() - began, "", {})


def _in_words(evidence: dict[str, Any]) -> str:
    errors = [evidence["error"]] if evidence["error"] else []
    said = [f"{error['type']}: {error['message']}" for error in (*errors, *evidence["uncaught"])]
    return ", ".join([evidence["outcome"] if evidence["outcome"] != "finished" else "does not hold", *said])


def _answer_search(request: dict[str, Any]) -> dict[str, dict[str, list[Found]]]:
    return {
        name: {
            search: [
                _search(_program(source, request["points"]), search, seed, request["cap"]) for seed in request["seeds"]
            ]
            for search in request["searches"]
        }
        for name, source in request["programs"].items()
    }


def _answer_rate(request: dict[str, Any]) -> float:
    channel = importlib.import_module("course.lab.record").Channel(os.open(os.devnull, os.O_WRONLY), "nonce")
    program = _program(request["source"])
    for _ in _runs(program, "portfolio", 0, 20):
        pass  # what the first runs import does not count
    began, runs, seed = process_time(), 0, 0
    while (passed := process_time() - began) < request["seconds"]:
        seed += 1
        for evidence in _runs(program, "portfolio", seed, CAP_WHILE_TIMED):
            channel.send("run", **evidence)
            runs += 1
    return runs / passed


def _program(source: str, points: str = "source") -> Any:
    return importlib.import_module("course.lab.program").Program("program", source, SCENARIO, points=points)


def _answer(request: dict[str, Any]) -> Any:
    return {"search": _answer_search, "rate": _answer_rate}[request["do"]](request)


if __name__ == "__main__":
    serve(_answer)
