"""A worker: the child process that runs one case of one submission and tells the judge what it saw."""

import _thread
import gc
import os
import resource
import signal
import sys
from typing import Any

from course.lab import real
from course.lab.record import Channel, error, text
from course.lab.simulation import Program, compile_program, simulate
from course.lab.strategies import Exploration
from course.lab.world import refuse

CPU_SECONDS = 30
FILE_BYTES = 64 << 20
ADDRESS_SPACE = 6 << 30
STACK_BYTES = 1 << 20
OPEN_FILES = 512
# Cyclic garbage (whole worlds) is collected between runs, never during one.
RUNS_PER_COLLECTION = 40


def run_case(request: dict[str, Any], descriptor: int) -> None:
    """Run the case that `request` describes, send its frames to `descriptor`, and end the process."""
    channel = Channel(descriptor, request["nonce"])
    try:
        _confine(request)
        program = _compile(request, channel)
        if program is not None and request["mode"] == "real":
            real.run(request, channel)
        elif program is not None:
            _simulate(program, request, channel)
    except BaseException as exception:
        channel.send("problem", **error(exception, f"{request['module']}.py"))
    os._exit(0)


def _confine(request: dict[str, Any]) -> None:
    """Limits that end a runaway worker even if nobody watches it."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # open as long as the process lives
    _thread.stack_size(STACK_BYTES)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the address space of an idle process may already be larger
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        if request["mode"] == "simulated" and request["core"] is not None:
            os.sched_setaffinity(0, {request["core"]})  # one thread runs at a time; on one core batons pass faster


def _simulate(program: Program, request: dict[str, Any], channel: Channel) -> None:
    sys.addaudithook(refuse)
    if "schedule" in request:
        evidence, _ = simulate(
            program, request["scenario"], request["arguments"], request["schedule"], traced=request["traced"]
        )
        channel.send("run", **evidence)
        channel.send("end", runs=1, bound=-1, exhausted=False)
        return
    exploration = Exploration(request["seed"], request["budget"])
    for schedule in exploration.schedules():
        evidence, strategy = simulate(program, request["scenario"], request["arguments"], schedule, traced=False)
        exploration.saw(strategy)
        channel.send("run", **evidence)
        if exploration.tried % RUNS_PER_COLLECTION == 0:
            gc.collect()
    channel.send("end", runs=exploration.tried, bound=exploration.proved_bound, exhausted=exploration.exhausted)


def _compile(request: dict[str, Any], channel: Channel) -> Program | None:
    try:
        return compile_program(request["module"], request["source"], request["scenarios"])
    except SyntaxError as exception:
        channel.send("problem", type="SyntaxError", message=text(exception.msg), line=exception.lineno or 0)
    except (ValueError, RecursionError, MemoryError) as exception:
        channel.send("problem", type=type(exception).__name__, message=text(str(exception)), line=0)
    return None
