"""A worker: the child process that runs one case of one submission and tells the judge what it saw."""

import functools
import gc
import os
import sys
import warnings
from types import ModuleType
from typing import Any

from course.lab import audit_notes, canary, real
from course.lab.breakpoints import go_on_here
from course.lab.compiler_warnings import warned_of
from course.lab.confinement import confine
from course.lab.exploration import Exploration
from course.lab.profile import Profile
from course.lab.program import Program
from course.lab.record import Channel, error, text
from course.lab.scheduler import POINT_LIMIT
from course.lab.simulation import simulate
from course.lab.world import refuse, refuse_new_code

# Cyclic garbage (whole worlds) is collected between runs, never during one. What has outlived a collection is looked at
# more rarely: to go through all that a worker has takes as long as four runs.
RUNS_PER_COLLECTION, RUNS_PER_WHOLE_COLLECTION = 100, 1_000
# After so many runs that do not come to an end, an exploration is over; after the first one with so many threads, among
# which each step is chosen.
ENDLESS_RUNS, CROWD = 3, 100
# After so many points in all its runs, an exploration is over: ten runs of the longest kind. Those of the lessons have
# 75,000 at most.
MOST_POINTS = 500_000
# A run with more points is not looked at for data races: it would take too long.
LONGEST_OBSERVED = 2_000


def run_case(request: dict[str, Any], descriptor: int) -> None:
    """Run the case that `request` describes, send its frames to `descriptor`, and end the process."""
    channel = Channel(descriptor, request["nonce"])
    # Not the starter: whoever asks for the main module, as spawned children do, finds nothing there.
    sys.modules["__main__"] = sys.modules["__mp_main__"] = ModuleType("__main__")  # `multiprocessing` keeps a second
    try:
        confine(request["jail"])
    except BaseException as exception:
        channel.send("fault", message=text(f"{type(exception).__name__}: {exception}"))
        os._exit(0)
    channel.send("ready")
    try:
        if request["mode"] == "canary":
            canary.sing(request, channel)
            os._exit(0)
        program = _compile(request, channel)
        if program is not None and request.get("warnings"):  # before any code of the student's runs
            channel.send("notes", warned=warned_of(request["source"], f"{request['module']}.py"))
        _hide_lab()
        if program is not None and request["mode"] == "real":
            real.run(request, channel)
        elif program is not None:
            _simulate(program, request, channel)
    except BaseException as exception:
        channel.send("problem", **error(exception, f"{request['module']}.py"))
    os._exit(0)


def _hide_lab() -> None:
    """Let no import lead to the lab as it is used here: whoever imports it gets a copy of his own."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "course"]:
        del sys.modules[name]


def _simulate(program: Program, request: dict[str, Any], channel: Channel) -> None:
    send = channel.send  # bound: replacing the class's function changes nothing
    sys.addaudithook(refuse)
    sys.addaudithook(refuse_new_code)
    go_on_here()
    notes = audit_notes.listen(f"{request['module']}.py")
    run = functools.partial(
        simulate, program, request["scenario"], request["arguments"], any_order=request["any_order"]
    )
    if "schedules" in request:
        for schedule in request["schedules"]:
            evidence, _ = run(schedule, traced=request["traced"])
            send("run", **evidence)
        audit_notes.send(notes, send)
        send("end", runs=len(request["schedules"]), bound=-1, exhausted=False)
        return
    profile = Profile(program.sites)
    exploration = Exploration(request["seed"], request["budget"], profile)
    endless, points, plain = 0, 0, None
    for schedule in exploration.schedules():
        evidence, strategy = run(schedule, profile=profile)
        exploration.saw(strategy)
        send("run", **evidence)
        plain = plain or evidence
        endless += evidence["points"] > POINT_LIMIT
        if endless == ENDLESS_RUNS or (endless and profile.threads > CROWD):
            break  # each takes long, and the next ones will not end either
        points += evidence["points"]
        if points >= MOST_POINTS:
            break
        collect_garbage(exploration.tried)
    audit_notes.send(notes, send)
    assert plain is not None
    look = exploration.tried > 1 and plain["outcome"] == "finished" and plain["points"] <= LONGEST_OBSERVED
    send(
        "end",
        runs=exploration.tried,
        bound=exploration.proved_bound,
        exhausted=exploration.exhausted,
        races_follow=look,
    )
    if look:  # after the end: whatever becomes of this look, the verdict stands
        evidence, _ = run(plain["schedule"], traced=True)
        send("races", races=evidence["races"])


def collect_garbage(runs: int) -> None:
    """Collect what the last runs have left, if it is time for that after so many runs."""
    if runs % RUNS_PER_COLLECTION == 0:
        gc.collect(2 if runs % RUNS_PER_WHOLE_COLLECTION == 0 else 0)


def _compile(request: dict[str, Any], channel: Channel) -> Program | None:
    try:
        return Program(request["module"], request["source"], request["scenarios"])
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exception:
        filename = f"{request['module']}.py"
        problem = _problem_of_python(request["source"], filename) or error(exception, filename)
        channel.send("problem", **problem)
    return None


def _problem_of_python(source: str, filename: str) -> dict[str, Any] | None:
    """What Python itself has against the text; None when only our own reading of it has failed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, filename, "exec", dont_inherit=True)
    except SyntaxError as exception:
        return {"type": "SyntaxError", "message": text(exception.msg), "line": exception.lineno or 0}
    except (ValueError, RecursionError, MemoryError) as exception:
        return {"type": type(exception).__name__, "message": text(str(exception)), "line": 0}
    return None
