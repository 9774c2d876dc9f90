"""A worker: the child process that runs one case of one submission and tells the judge what it saw."""

import _thread
import functools
import gc
import os
import resource
import signal
import sys
from typing import Any

from course.lab import real
from course.lab.exploration import Exploration
from course.lab.profile import Profile
from course.lab.program import Program
from course.lab.record import Channel, error, text
from course.lab.scheduler import POINT_LIMIT
from course.lab.simulation import simulate
from course.lab.world import refuse

CPU_SECONDS = 30
FILE_BYTES = 64 << 20
ADDRESS_SPACE = 6 << 30
STACK_BYTES = 1 << 20
OPEN_FILES = 512
# Cyclic garbage (whole worlds) is collected between runs, never during one.
RUNS_PER_COLLECTION = 40
# After so many runs that do not come to an end, an exploration is over.
ENDLESS_RUNS = 3
# A run with more points is not looked at for data races: it would take too long.
LONGEST_OBSERVED = 2_000


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
    run = functools.partial(
        simulate, program, request["scenario"], request["arguments"], any_task_order=request["any_task_order"]
    )
    if "schedules" in request:
        for schedule in request["schedules"]:
            evidence, _ = run(schedule, traced=request["traced"])
            channel.send("run", **evidence)
        channel.send("end", runs=len(request["schedules"]), bound=-1, exhausted=False)
        return
    profile = Profile(program.sites)
    exploration = Exploration(request["seed"], request["budget"], profile)
    endless, plain = 0, None
    for schedule in exploration.schedules():
        evidence, strategy = run(schedule, profile=profile)
        exploration.saw(strategy)
        channel.send("run", **evidence)
        plain = plain or evidence
        endless += evidence["points"] > POINT_LIMIT
        if endless == ENDLESS_RUNS:  # each takes long, and the next ones will not end either
            break
        if exploration.tried % RUNS_PER_COLLECTION == 0:
            gc.collect()
    assert plain is not None
    look = exploration.tried > 1 and plain["outcome"] == "finished" and plain["points"] <= LONGEST_OBSERVED
    channel.send(
        "end",
        runs=exploration.tried,
        bound=exploration.proved_bound,
        exhausted=exploration.exhausted,
        races_follow=look,
    )
    if look:  # after the end: whatever becomes of this look, the verdict stands
        evidence, _ = run(plain["schedule"], traced=True)
        channel.send("races", races=evidence["races"])


def _compile(request: dict[str, Any], channel: Channel) -> Program | None:
    try:
        return Program(request["module"], request["source"], request["scenarios"])
    except SyntaxError as exception:
        channel.send("problem", type="SyntaxError", message=text(exception.msg), line=exception.lineno or 0)
    except (ValueError, RecursionError, MemoryError) as exception:
        channel.send("problem", type=type(exception).__name__, message=text(str(exception)), line=0)
    return None
