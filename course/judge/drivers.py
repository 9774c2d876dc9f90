"""What checks drive submissions with: the fixtures `explore`, `simulate` and `real`."""

import json
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, Literal

from course.judge.bench import Bench
from course.judge.budget import Budget, LessonOver
from course.judge.consistency import contradiction
from course.judge.meeting import Phase
from course.judge.records import (
    MOST_CHOICES,
    MOST_NOTES,
    EndRecord,
    MarkRecord,
    NotesRecord,
    ProblemRecord,
    Race,
    RacesRecord,
    RunRecord,
    Used,
    Warned,
)
from course.judge.run import CheckFailed, Run, told_raised
from course.judge.shrinking import Choices
from course.judge.starter import GraderBroken
from course.judge.workers import SILENT, Case, CaseFailed, CaseHung
from course.language import say
from course.lessons import Lesson

# How `multiprocessing` starts a process where the program does not say it. Python's default depends on the version.
StartMethod = Literal["fork", "spawn", "forkserver"]

# Schedules per explored scenario. Lessons' scenarios have 2 to 6 threads and short lives.
SCHEDULES = 100
# The student's code must have passed at least so many preemption points in some run, or nothing was explored.
FEWEST_POINTS = 3
# So many runs in processes of their own, about half a second, for code that keeps something from run to run.
FRESH_RUNS = 30


class NothingExplored(Exception):
    """Too few steps of the student's code were seen for its schedules to mean anything; `told` says how few."""

    def __init__(self, points: int) -> None:
        self.told = say("only {points} of its steps were seen: nothing was explored", points=points)
        super().__init__(self.told)


class Explored(Sequence[Run]):
    """The runs of one scenario under many schedules; the first is the one without preemption.

    `races` are the data races of that one, if it was looked at; `notes` what else the worker has told.
    """

    def __init__(
        self, runs: list[Run], end: EndRecord | None, races: Sequence[Race] = (), notes: Sequence[Used | Warned] = ()
    ) -> None:
        self.runs = runs
        self.end = end
        self.races = races
        self.notes = notes

    def __len__(self) -> int:
        return len(self.runs)

    def __getitem__(self, index: Any) -> Any:
        return self.runs[index]

    def __iter__(self) -> Iterator[Run]:
        yield from self.runs
        points = max((run.record.points for run in self.runs if run.has_evidence), default=0)
        if points < FEWEST_POINTS:
            raise NothingExplored(points)


class Drivers:
    """Runs scenarios of one lesson against one submission; a scenario that two checks ask for runs once."""

    def __init__(  # noqa: PLR0913  # what it runs, each by name
        self,
        bench: Bench,
        lesson: Lesson,
        source: str,
        *,
        seed: str = "",
        known: dict[str, Explored] | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._bench = bench
        self._budget = budget or Budget()
        self._lesson = lesson
        self.source = source
        self.notes: dict[Used | Warned, None] = {}  # of all cases, each once
        self._seed = seed
        self._known = known or {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def explore(
        self, scenario: str, *, schedules: int = SCHEDULES, any_order: bool = False, **arguments: Any
    ) -> Explored:
        """The runs of `scenario` under up to `schedules` schedules, in virtual time.

        asyncio runs tasks in the order in which they became ready, and a sleep takes as long as it says; with
        `any_order` the tasks come in any order, and a sleep may take longer. Then no check may rest on times.
        """
        request = self.request(scenario, arguments, budget=schedules)
        return self._once({**request, "any_order": any_order})

    def simulate(self, scenario: str, **arguments: Any) -> Run:
        """The run of `scenario` in virtual time without any preemption."""
        run: Run = self._once(self.request(scenario, arguments, budget=1))[0]
        return run

    def real(  # noqa: PLR0913  # its terms, each by name
        self,
        scenario: str,
        *,
        start_method: StartMethod = "fork",
        meet: int = 1,
        replies: Mapping[str, str] | None = None,
        held: Sequence[str] = (),
        killed: Sequence[str] = (),
        **arguments: Any,
    ) -> Run:
        """The run of `scenario` with real processes; its meeting opens when `meet` of them wait at once.

        Processes start by `start_method` where the submission names none, whatever Python's own default is. The meeting
        answers with `replies` and holds calls back as `rendezvous` does. A child process that makes a call which is
        `killed` is killed instead, where the judge may do that; where not, it gets its reply.
        """
        terms: dict[str, Any] = {"needed": meet}
        if replies or held:
            terms |= {"replies": dict(replies or {}), "held": [*held], "killed": [*killed]}
        return self._meet(scenario, arguments, terms, start_method)

    def rendezvous(
        self,
        scenario: str,
        *,
        calls: int = 0,
        replies: Mapping[str, str] | None = None,
        phases: Sequence[Phase] = (),
        held: Sequence[str] = (),
        **arguments: Any,
    ) -> Run:
        """The run of `scenario` with real threads or tasks, whose collaborator is the judge.

        It answers (by tag: `replies`) when so many calls wait at once, or when no more can come; or in `phases`. Calls
        that are `held` are then answered one by one, in this order, each when all threads have fallen asleep.
        """
        terms = {"needed": calls, "counts": "calls", "replies": dict(replies or {}), "phases": [*phases]}
        terms["held"] = [*held]
        return self._meet(scenario, arguments, terms)

    def _meet(
        self, scenario: str, arguments: dict[str, Any], terms: dict[str, Any], start_method: StartMethod = "fork"
    ) -> Run:
        run: Run = self._once({**self.real_request(scenario, arguments, start_method), "meeting": terms})[0]
        return run

    def probe(self, scenarios: str, scenario: str) -> Run:
        """The run of a scenario that is not the lesson's own; notes what Python warns of in the module's text."""
        of_mode = self.real_request if self._lesson.mode == "real" else partial(self.request, budget=1)
        run: Run = self._run({**of_mode(scenario, {}), "scenarios": scenarios, "warnings": True})[0]
        return run

    def schedules(self, case: dict[str, Any], schedules: Sequence[Choices], *, traced: bool = False) -> list[Run]:
        """The runs of a case under these schedules, with their traces if wanted; fewer when the worker fails."""
        named = [{"strategy": "deviating", "at": choices} for choices in schedules]
        try:
            return list(self._run({**case, "schedules": named, "traced": traced}).runs)
        except (CheckFailed, LessonOver):
            return []

    def known_runs(self, case: dict[str, Any]) -> list[Run]:
        """The runs of a case, if it has been run."""
        known = self._known.get(_key(case))
        return known.runs if known is not None else []

    def standing_in(self, case: dict[str, Any], run: Run) -> "Drivers":
        """Drivers that know `run` as the only one of its case, and of other cases what has been run already."""
        known = {**self._known, _key(case): Explored([run], None)}
        return KnownRuns(self._bench, self._lesson, self.source, seed=self._seed, known=known)

    def inputs(self) -> list[Any]:
        """The arguments of all cases that were run, and what the judge replied in them."""
        asked = [json.loads(key) for key in list(self._known)]
        return [(list(case["arguments"].values()), case.get("meeting", {}).get("replies", {})) for case in asked]

    def request(self, scenario: str, arguments: dict[str, Any], *, budget: int) -> dict[str, Any]:
        return {
            "mode": "simulated",
            "module": self._lesson.module,
            "source": self.source,
            "scenarios": self._lesson.scenarios,
            "scenario": scenario,
            "arguments": arguments,
            "budget": budget,
            "any_order": False,
            "seed": self._seed_of(scenario),
        }

    def real_request(
        self, scenario: str, arguments: dict[str, Any], start_method: StartMethod = "fork"
    ) -> dict[str, Any]:
        return {**self.request(scenario, arguments, budget=1), "mode": "real", "start_method": start_method}

    def _seed_of(self, scenario: str) -> int:
        name = f"{self._seed}:{self._lesson.name}:{scenario}"
        return int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "big")

    def _once(self, request: dict[str, Any]) -> Explored:
        key = _key(request)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._known:
                self._known[key] = self._run(request)
            return self._known[key]

    def _run(self, request: dict[str, Any]) -> Explored:
        explored = self._in_one_process(request)
        if request["mode"] == "real" and any(run.died == SILENT for run in explored.runs):
            # The reference solution of a lesson on processes was once seen to hang, on a very busy machine, and never
            # again in hundreds of runs. So that no point hangs on such a moment, a hang must come twice.
            explored = self._in_one_process(request)
        if len(explored.runs) > 1 and "schedules" not in request and self._has_memory(explored, request):
            return Explored([*explored.runs, *self._in_fresh_processes(request)], explored.end, explored.races)
        return explored

    def _in_one_process(self, request: dict[str, Any]) -> Explored:
        try:
            with self._bench.case(request, self._budget) as case:
                explored = collect(case, request)
        except OSError as error:  # the judge's own: there is no process, descriptor or memory left for it
            raise GraderBroken(say("{error}", error=f"{type(error).__name__}: {error}")) from error
        self.notes |= dict.fromkeys(explored.notes)
        return believed(explored, request)

    def _has_memory(self, explored: Explored, request: dict[str, Any]) -> bool:
        """Does a run come out otherwise when it is the first of its process? Then something is kept from run to run."""
        known = random.Random(request["seed"]).choice(explored.runs[1:])
        if not known.has_evidence or known.record.outcome == "no_end" or len(known.choices) >= MOST_CHOICES:
            return False
        again = self._in_one_process(alone(request, {"strategy": "deviating", "at": known.choices})).runs
        return not again or not again[0].has_evidence or outcome_of(again[0]) != outcome_of(known)

    def _in_fresh_processes(self, request: dict[str, Any]) -> list[Run]:
        """More runs, each the first of its process: whatever the code keeps, these do not know of it."""
        schedules = [{"strategy": "random-walk", "seed": request["seed"] + number} for number in range(FRESH_RUNS)]
        return [run for schedule in schedules for run in self._in_one_process(alone(request, schedule)).runs]


class KnownRuns(Drivers):
    """Drivers that run nothing: a check that asks for more has come further than it did when it failed."""

    def _run(self, request: dict[str, Any]) -> Explored:
        raise GraderBroken(say("the scenario {name} has not been run", name=request["scenario"]))


def _key(request: dict[str, Any]) -> str:
    return json.dumps({**request, "source": "", "scenarios": ""})


def alone(request: dict[str, Any], schedule: dict[str, Any]) -> dict[str, Any]:
    """The case with this one run."""
    return {**request, "schedules": [schedule], "traced": False}


def outcome_of(run: Run) -> tuple[Any, ...]:
    """All that a check may look at, but for the names that a process gives."""
    record = run.record
    return (record.outcome, record.value, record.duration, record.points, record.calls, record.choices)


def believed(explored: Explored, request: dict[str, Any]) -> Explored:
    """What a worker has told, up to the first run that contradicts itself: there, something else than the lab spoke."""
    for number, run in enumerate(explored.runs):
        wrong = contradiction(run.record, request, number) if run.has_evidence else None
        if wrong:
            died = say("the results of the run contradict each other ({what})", what=wrong)
            doubted = Run(None, case=request, died=died, meeting=run.meeting)
            return Explored([*explored.runs[:number], doubted], None)
    return explored


def collect(case: Case, request: dict[str, Any]) -> Explored:  # noqa: C901  # an entry for each kind of frame
    """The runs of a case, as they come; one that dies on the way is the last. What dies after the end costs nothing."""
    runs: list[Run] = []
    marks: dict[str, float] = {}
    end: EndRecord | None = None
    races: list[Race] = []
    notes: list[Used | Warned] = []
    try:
        for frame in case.frames():
            match frame:
                case RunRecord():
                    runs.append(Run(frame, case=request, meeting=case.meeting, marks=marks))
                case EndRecord():
                    end = frame
                case MarkRecord():
                    marks[frame.name] = time.monotonic()
                case RacesRecord():
                    races = frame.races
                case NotesRecord():
                    notes = [*notes, *frame.used, *frame.warned][:MOST_NOTES]
                case ProblemRecord() if end is None:
                    raise CheckFailed(expected=say("a module that can be run"), got=told_raised(frame), problem=frame)
    except CaseFailed as failure:
        if end is None:
            hung = isinstance(failure, CaseHung)
            runs.append(Run(None, case=request, died=failure.told, hung=hung, meeting=case.meeting))
    if end is not None and end.runs != len(runs):  # one of them is not the lab's: none can be believed
        died = say("more or fewer results came back than there were runs")
        runs = [Run(None, case=request, died=died, meeting=case.meeting)]
    return Explored(runs, end, races, notes)
