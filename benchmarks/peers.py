"""The peers, frontrun and interleave-test, on the programs of this folder, each as its documentation recommends.

A peer runs in a process of its own, because it patches `threading` and may hang. This module is both sides: `ask`
starts the process and reads its answers; run as a script, it is that process and prints one line of JSON per seed.
"""

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple

from benchmarks import catalogue

# peer -> its modes; the first is its default. Modes without a seed make the same choices each time.
MODES = {
    "frontrun": ("dpor", "dpor-virtual", "random"),  # virtual: with its virtual clock, which sees more deadlocks
    "interleave-test": ("random", "pct", "dfs"),
}
SEEDLESS = ("dpor", "dpor-virtual", "dfs")
MODULE_OF = {"frontrun": "frontrun", "interleave-test": "interleave_test"}
# A run that a peer lets hang ends after so many real seconds; the default of frontrun is 5, which makes it no better.
DEADLOCK_SECONDS = 2.0

Verdict = Literal["wrong", "passed", "undecided", "broken"]


class Answer(NamedTuple):
    """What a peer says after so many schedules: wrong (it has found a bug), passed, undecided, or it broke itself."""

    verdict: Verdict
    schedules: int
    seconds: float
    says: str


def missing(peer: str) -> str:
    """Why a peer cannot be asked here, or ""."""
    if peer == "interleave-test" and sys.version_info < (3, 12):
        return "needs Python 3.12 or later"
    if importlib.util.find_spec(MODULE_OF[peer]) is None:
        return "is not installed; see the extra `bench`"
    return ""


def cannot_run(peer: str, program: str) -> str:
    """Why a peer cannot run a program at all, or "". What it tries and fails at shows in its answers."""
    if peer == "frontrun" and catalogue.starts_itself(program):
        return "does not manage threads or loops that the program starts itself"
    return ""


def ask(  # noqa: PLR0913  # each by name
    peer: str, mode: str, program: str, version: catalogue.Version, *, seeds: Sequence[int], cap: int, seconds: float
) -> list[Answer]:
    """One answer per seed (one in all for a mode without seeds); less when the peer takes longer than `seconds`."""
    seeds = seeds[:1] if mode in SEEDLESS else seeds
    arguments = [peer, mode, program, version, "--cap", str(cap), "--seeds", *map(str, seeds)]
    answers = [Answer(*line) for line in _lines_of(arguments, seconds)]
    if len(answers) < len(seeds):
        answers.append(Answer("broken", 0, seconds, "hangs or ends without an answer"))
    return answers


def rate(peer: str, mode: str, program: str, *, seconds: float, core: int) -> float:
    """Schedules per second of processor time, of the right version, on one core; 0 when the peer cannot."""
    arguments = [peer, mode, program, "right", "--rate", str(seconds), "--core", str(core)]
    lines = _lines_of(arguments, 50 * seconds + 20)
    return float(lines[0][0]) if lines else 0.0


def _lines_of(arguments: list[str], seconds: float) -> list[Any]:
    """The lines that the peer's process prints until it ends, or is ended after so many seconds."""
    command = [sys.executable, "-m", "benchmarks.peers", *arguments]
    if arguments[0] == "frontrun":  # it asks for its own command around the program that uses it
        command = [str(Path(sys.executable).with_name("frontrun")), *command]
    root = Path(__file__).resolve().parent.parent
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=root, start_new_session=True
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the command and the process it has started
        output, _ = process.communicate()
    return [json.loads(line) for line in output.splitlines() if line.startswith("[")]


# --- the peer's process ----------------------------------------------------------------------------------------------


def load(program: str, version: catalogue.Version) -> ModuleType:
    """Import a program from its file."""
    spec = importlib.util.spec_from_file_location(program, catalogue.path_of(program, version))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[program] = module
    spec.loader.exec_module(module)
    return module


def ask_frontrun(module: Any, mode: str, seed: int, cap: int) -> tuple[Verdict, int, str]:
    """`frontrun.explore` with the program's functions as workers."""
    import frontrun  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # optional

    executions = 0

    def setup() -> tuple[Any, list[Callable[[], Any]]]:
        nonlocal executions
        executions += 1
        state = module.setup()
        return state, module.threads(state)

    def worker(number: int) -> Callable[[Any], Any]:
        return lambda both: both[1][number]()

    workers = [worker(number) for number in range(len(setup()[1]))]
    executions = 0
    how: dict[str, Any] = {"strategy": "random", "max_attempts": cap, "seed": seed}
    if mode.startswith("dpor"):
        how = {"strategy": "dpor", "max_executions": cap, "clock": "virtual" if mode == "dpor-virtual" else "real"}
    try:
        result = frontrun.explore(
            setup=setup,
            workers=workers,
            invariant=lambda both: module.holds(both[0]),
            detect_io=False,
            reproduce_on_failure=0,
            deadlock_timeout=DEADLOCK_SECONDS,
            timeout_per_run=2 * DEADLOCK_SECONDS,
            **how,
        )
    except Exception as exception:
        if any(frame.filename == module.__file__ for frame in traceback.extract_tb(exception.__traceback__)):
            return "wrong", executions, f"lets through {exception!r}"  # the program's own exception: a find
        raise
    says = (result.explanation or result.inconclusive_reason or "").strip().partition("\n")[0]
    verdict: Verdict = {True: "passed", False: "wrong"}.get(result.property_holds, "undecided")  # type: ignore[assignment]
    return verdict, result.num_explored, says


def ask_interleave_test(module: Any, mode: str, seed: int, cap: int) -> tuple[Verdict, int, str]:
    """`interleave_test.explore` with the program as its model."""
    import interleave_test  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415  # optional

    def model() -> None:
        if hasattr(module, "main"):
            assert module.main()
            return
        state = module.setup()
        tasks = [interleave_test.spawn(function) for function in module.threads(state)]
        for task in tasks:
            task.join()
        assert module.holds(state)

    result = interleave_test.explore(
        model,
        iterations=cap,
        seed=seed,
        strategy=mode,
        include=[str(catalogue.FOLDER)],
        timeout=2 * DEADLOCK_SECONDS,
        raise_on_failure=False,
    )
    if result.failure is None:
        return "passed", result.schedules_run, "exhausted" if result.exhausted else ""
    failure = result.failure
    says = f"{failure.kind} {failure.exception!r}" if failure.exception is not None else failure.kind
    return ("undecided" if failure.kind == "hang" else "wrong"), result.schedules_run, says


ASK = {"frontrun": ask_frontrun, "interleave-test": ask_interleave_test}


def answer(peer: str, module: Any, mode: str, seed: int, cap: int) -> Answer:
    """What the peer comes to with one seed, whatever happens to it."""
    began = time.perf_counter()
    try:
        verdict, schedules, says = ASK[peer](module, mode, seed, cap)
    except Exception as exception:
        verdict, schedules, says = "broken", 0, f"{type(exception).__name__}: {exception}"
    return Answer(verdict, schedules, time.perf_counter() - began, says)


def measured_rate(peer: str, module: Any, mode: str, seconds: float) -> float:
    """Schedules per second of processor time, after a search that does not count; 0 when the peer does not pass."""
    if answer(peer, module, mode, 0, 20).verdict != "passed":
        return 0.0
    began, schedules, seed = time.process_time(), 0, 0
    while (passed := time.process_time() - began) < seconds:
        seed += 1
        schedules += answer(peer, module, mode, seed, 200).schedules
    return schedules / passed


def main() -> None:
    """Explore once per seed, or again and again to see how fast it is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("peer", choices=MODES)
    parser.add_argument("mode")
    parser.add_argument("program")
    parser.add_argument("version", choices=["wrong", "right"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--cap", type=int, default=500)
    parser.add_argument("--rate", type=float, help="for so many seconds")
    parser.add_argument("--core", type=int, help="keep to this core")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    module = load(options.program, options.version)
    if options.rate:
        print(json.dumps([measured_rate(options.peer, module, options.mode, options.rate)]), flush=True)
    else:
        for seed in options.seeds:
            print(json.dumps(answer(options.peer, module, options.mode, seed, options.cap)), flush=True)
    os._exit(0)  # threads that a peer has left hanging must not keep this process


if __name__ == "__main__":
    main()
