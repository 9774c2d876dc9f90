"""One run of a scenario in virtual time, under one schedule; the result is plain data, never a verdict."""

import builtins
import gc
import importlib
import inspect
import random
import sys
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from types import CodeType, ModuleType
from typing import Any

from course.lab import instrument, record
from course.lab.happens_before import Access, Race
from course.lab.observation import Observation
from course.lab.output import Output
from course.lab.profile import Profile
from course.lab.program import Program
from course.lab.run_time_code import Makers
from course.lab.scheduler import Scheduler
from course.lab.stage import Lab
from course.lab.stopping import RunOver
from course.lab.strategies import RunToBlock, Schedule, Strategy, strategy_of
from course.lab.stuck import describe, who_is_stuck
from course.lab.task_steps import TaskSteps
from course.lab.trace import Trace
from course.lab.virtual_thread import VirtualThread
from course.lab.world import NotSimulated, World

# A run with more choices than this cannot be replayed; those of the lessons have some dozens.
MOST_CHOICES = 5_000


# The modules that worlds keep know one scheduler, and handlers of logs one output.
_only_scheduler = Scheduler(RunToBlock())
_output = Output()


def _store(site: int, value: object) -> object:
    _only_scheduler.point(site)
    return value


_HOOKS: dict[str, Callable[..., Any]] = {
    instrument.POINT: _only_scheduler.point,
    instrument.LOOP: _only_scheduler.loop_point,
    instrument.STORE: _store,
}


_MAKERS = Makers(_only_scheduler, _HOOKS).by_name()


def _only_output() -> Output:
    """Where a run's output goes: empty, and the same object each time unless the program has closed it."""
    global _output  # noqa: PLW0603
    if _output.closed:
        _output = Output()
    _output.clear()
    return _output


class _Run:
    """The evidence that one run collects."""

    def __init__(self, program: Program, strategy: Strategy, *, traced: bool, profile: Profile | None) -> None:
        self.program = program
        self.trace = Trace(program.filename) if traced else None
        self.scheduler = _only_scheduler
        self.scheduler.begin(strategy, trace=self.trace, profile=profile)
        self.task_steps = TaskSteps(self.scheduler, self.trace, program) if self.trace is not None else None
        if self.trace is not None:
            self.trace.tasks = self.task_steps
        self.scheduler.on_stuck = self._freeze
        self.lab = Lab(self.scheduler, program.filename)
        self.uncaught: list[dict[str, Any]] = []
        self.sleeps: list[dict[str, Any]] = []
        self.warned: list[str] = []
        self.output = _only_output()
        self.value: Any = None
        self.error: dict[str, Any] | None = None
        self.left: list[dict[str, Any]] = []
        self.stuck: list[dict[str, Any]] = []
        self.tasks_left: list[str] = []

    # --- what the world tells ----------------------------------------------------------------------------------

    def note_uncaught(self, exception: BaseException, thread: VirtualThread) -> None:
        """An exception ended a thread."""
        self.uncaught.append({"where": record.text(thread.name), **record.error(exception, self.program.filename)})

    def note_loop_report(self, context: dict[str, Any]) -> None:
        """The event loop's exception handler was called."""
        exception = context.get("exception")
        told = {"type": "", "message": "", "line": 0}
        if isinstance(exception, BaseException):
            told = record.error(exception, self.program.filename)
        self.uncaught.append({"where": record.text(str(context.get("message", ""))), **told})

    def note_sleep(self, seconds: float) -> None:
        """`time.sleep` was called."""
        frame = sys._getframe(3)
        events = sys.modules.get("asyncio.events")
        in_loop = events is not None and events._get_running_loop() is not None
        line = frame.f_lineno if frame.f_code.co_filename == self.program.filename else 0
        thread = self.scheduler.current
        number = thread.number if thread else 0
        self.sleeps.append({"thread": number, "seconds": float(seconds), "line": line, "in_loop": in_loop})

    def note_warning(self, message: Warning | str, *_: Any, **__: Any) -> None:
        """`warnings.warn` was called, for instance for a coroutine that was never awaited."""
        self.warned.append(record.text(str(message)))

    def _freeze(self) -> None:
        self.stuck = who_is_stuck(self.scheduler.threads, self.program)

    # --- the run -----------------------------------------------------------------------------------------------

    def execute(self, scenario: str, arguments: dict[str, Any]) -> str:
        """Run the scenario; the outcome: finished, error, deadlock, no_end or not_simulated."""
        random.seed(0)  # so that a student's program that draws can be replayed
        world = World(
            self.scheduler, uncaught=self.note_uncaught, loop_report=self.note_loop_report, slept=self.note_sleep
        )
        stdout, stderr, showwarning = sys.stdout, sys.stderr, warnings.showwarning
        originals = {name: vars(builtins)[name] for name in _MAKERS}
        sys.stdout = sys.stderr = self.output
        warnings.showwarning = self.note_warning
        vars(builtins).update(_MAKERS)
        try:
            opcodes = self.program.opcodes
            with world, opcodes.during(self.scheduler) if opcodes else nullcontext():
                outcome: str = self.scheduler.run(lambda: self._main(scenario, arguments))
        finally:
            vars(builtins).update(originals)
            sys.stdout, sys.stderr, warnings.showwarning = stdout, stderr, showwarning
        if world.refused:
            self.error = {"type": "NotSimulated", "message": world.refused, "line": 0}
            return "not_simulated"
        if outcome == "finished" and self.error is not None:
            return "error"
        return outcome

    def _main(self, scenario: str, arguments: dict[str, Any]) -> None:
        try:
            student = self._new_module(self.program.name, self._code())
            drive: Callable[..., Any] = getattr(self._new_module("scenarios", self.program.scenarios), scenario)
            if drive.__code__.co_flags & inspect.CO_COROUTINE:
                value = importlib.import_module("asyncio").run(self._drive(drive, student, arguments))
            else:
                value = drive(student, self.lab, **arguments)
            self.value = record.plain(value)
            self.left = [describe(thread, self.program) for thread in self.lab.student_threads()]
        except RunOver:
            raise
        except NotSimulated as exception:
            self.error = record.error(exception, self.program.filename)
        except BaseException as exception:
            self.error = record.error(exception, self.program.filename)

    async def _drive(self, drive: Callable[..., Any], student: ModuleType, arguments: dict[str, Any]) -> Any:
        value = await drive(student, self.lab, **arguments)
        world_asyncio: Any = sys.modules["asyncio"]
        left = world_asyncio.all_tasks() - {world_asyncio.current_task()}
        self.tasks_left = sorted(record.text(task.get_name()) for task in left)
        return value

    def _new_module(self, name: str, code: CodeType) -> ModuleType:
        module = sys.modules[name] = ModuleType(name)
        exec(code, module.__dict__)
        return module

    def _code(self) -> CodeType:
        """The student's code; its hooks are among the builtins from now on."""
        vars(builtins).update(_HOOKS)  # and stay: destructors call them after the run
        if self.trace is None:
            return self.program.code
        vars(builtins).update(Observation(self.scheduler, self.trace, self.program.sites).hooks())
        return self.program.observed_code

    def evidence(self, outcome: str) -> dict[str, Any]:
        """Everything that the run has shown, as plain data."""
        scheduler = self.scheduler
        return {
            "outcome": outcome,
            "value": self.value,
            "error": self.error,
            "duration": scheduler.now,
            "points": scheduler.points,
            "spins": scheduler.spins,
            "calls": self.lab._calls,
            "sleeps": self.sleeps[:200],
            "uncaught": self.uncaught[:20],
            "warned": self.warned[:20],
            "left": self.left,
            "tasks_left": self.tasks_left,
            "stuck": self.stuck,
            "threads": [self._life_of(thread) for thread in scheduler.threads],
            "output": record.text(self.output.tail()),
        }

    def _life_of(self, thread: VirtualThread) -> dict[str, Any]:
        sites = self.program.sites
        return {
            "number": thread.number,
            "name": record.text(thread.name),
            "start": thread.started,
            "end": thread.ended,
            "born_at": sites[thread.born_at].line,
            "waits": [[sites[site].line, waited] for site, waited in thread.waited.items()],
        }


def simulate(  # noqa: PLR0913  # one run: of what, how, and what to learn from it
    program: Program,
    scenario: str,
    arguments: dict[str, Any],
    schedule: Schedule,
    *,
    any_order: bool = False,
    traced: bool = False,
    profile: Profile | None = None,
) -> tuple[dict[str, Any], Strategy]:
    """Run `scenario` once under `schedule`; the evidence, and the strategy that ran it.

    With `traced`, the evidence holds the trace, the places that its events name, and the data races. A run under the
    plain schedule fills an empty `profile`; strategies that choose by it need a full one. With `any_order`
    ready tasks come in any order (`ready_queue`), and sleeps may take longer (`Scheduler.sleep`).
    """
    profile = profile or Profile(program.sites)
    strategy = strategy_of(schedule, profile)
    run = _Run(program, strategy, traced=traced, profile=None if profile.is_full else profile)
    run.scheduler.any_order = any_order
    gc.disable()
    evidence = run.evidence(run.execute(scenario, arguments))
    evidence["schedule"] = schedule
    evidence["choices"] = run.scheduler.choices[:MOST_CHOICES]
    if not profile.is_full:
        profile.saw_end(run.scheduler.threads)
    if run.trace is not None:
        sites = program.sites
        evidence["trace"] = [list(event) for event in run.trace.events]
        evidence["sites"] = [[site.line, site.kind, record.text(site.name)] for site in (*sites, *program.awaits.sites)]
        evidence["tasks"] = list(run.task_steps.lives.values()) if run.task_steps is not None else []
        evidence["races"] = [_race(race, run) for race in run.trace.order.races]
    sys.modules.pop(program.name, None)
    sys.modules.pop("scenarios", None)
    return evidence, strategy


def _race(race: Race, run: _Run) -> dict[str, Any]:
    return {
        "name": record.text(race.name),
        "first": _access(race.first, run),
        "second": _access(race.second, run),
        "wrong_locks": bool(race.first.held and race.second.held and not race.first.held_ids & race.second.held_ids),
    }


def _access(access: Access, run: _Run) -> dict[str, Any]:
    return {
        "thread": record.text(run.scheduler.threads[access.thread].name),
        "line": run.program.sites[access.site].line,
        "writes": access.writes,
        "held": [record.text(name) for name in access.held],
    }
