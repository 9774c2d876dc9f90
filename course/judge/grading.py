"""Grading: run the checks of a lesson against one submission, side by side, and keep the verdicts."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal, NamedTuple

from course.judge import evidence
from course.judge.bench import Bench
from course.judge.budget import GRADING_SECONDS, Budget, LessonOver, out_of_time
from course.judge.drivers import Drivers, Explored, NothingExplored
from course.judge.explanation import explain
from course.judge.interface import problem_with
from course.judge.module_notes import Found, found_in
from course.judge.notes import costs_the_lesson, notes_of
from course.judge.records import NANOSECONDS, Race
from course.judge.reference import Reference
from course.judge.run import CheckFailed, Run
from course.judge.seeds import seed_of
from course.judge.starter import GraderBroken
from course.language import Sentence, as_it_is, say
from course.lessons import CheckSpec, Lesson
from course.report import model
from course.report.model import CheckResult, DataRace, Failure, LessonResult, SpeedUp
from course.settings import Reaching

# How long after its time a grading waits for a check that notices this by itself, in real seconds.
LAST_SECONDS = 60.0

CheckFunction = Callable[..., None]


class Verdict(NamedTuple):
    """What came of one check; `reason` says why it was not reached, or what is broken."""

    status: Literal["passed", "failed", "not_reached", "broken"]
    failure: Failure | None = None
    reason: str = ""
    explored: model.Explored | None = None
    races: tuple[Race, ...] = ()


class LessonGrading:
    """The checks of one lesson on their way through the pool.

    Correctness comes first: the other groups start when all its checks have passed, and are not reached otherwise
    (with `every_check`, for the kill matrix, all checks run whatever happens). Gradings of one lesson on one bench can
    share what they ask its `reference`.
    """

    def __init__(  # noqa: PLR0913  # what it needs, each by name
        self,
        lesson: Lesson,
        source: str,
        checks: Mapping[str, CheckFunction],
        *,
        bench: Bench,
        pool: ThreadPoolExecutor,
        every_check: bool = False,
        key: bytes = b"",
        reaching: Reaching = "note",
        reference: Reference | None = None,
        until: float = math.inf,
    ) -> None:
        self.lesson = lesson
        self.source = source
        self.problem: Sentence | None = None
        self.speed_up: SpeedUp | None = None
        self._found: list[Found] = []
        self._reaching = reaching
        self.bench = bench
        self.budget = Budget(until=until)
        self.drivers = Drivers(bench, lesson, source, seed=seed_of(key, source), budget=self.budget)
        self.reference = reference or Reference(bench, lesson, until=until)
        self.verdicts: dict[str, Future[Verdict]] = {check_id: Future() for check_id in checks}
        self._checks = dict(checks)
        self._pool = pool
        self._every_check = every_check
        self._lock = threading.Lock()
        self._open_correctness = sum(self._spec(check_id).group == "correctness" for check_id in checks)

    def start(self) -> None:
        """Begin; the verdicts arrive in `verdicts`."""
        self._pool.submit(self._look_at_module)

    def refuse(self, problem: Sentence) -> None:
        """There is no module to grade: no check is reached."""
        self.problem = problem
        self._give_up(Verdict("not_reached", reason=problem))

    def _spec(self, check_id: str) -> CheckSpec:
        return self.lesson.check(check_id)

    def _ids(self, *, correctness: bool) -> list[str]:
        return [check_id for check_id in self._checks if (self._spec(check_id).group == "correctness") == correctness]

    def _look_at_module(self) -> None:
        try:
            self.problem = self.look()
        except GraderBroken as broken:
            self._give_up(Verdict("broken", reason=broken.told))
            return
        if self.problem:
            self._give_up(Verdict("not_reached", reason=self.problem))
        elif self._every_check or not self._open_correctness:
            self._submit(list(self._checks))
        else:
            self._submit(self._ids(correctness=True))

    def look(self) -> Sentence | None:
        """Why the module cannot be graded; None when it can be.

        Raises:
            GraderBroken: the reference solution cannot be graded here either.
        """
        self._found = found_in(self.source)
        reaches = costs_the_lesson(self._found, self.lesson.filename) if self._reaching == "zero" else None
        if reaches:
            return reaches
        try:
            problem = self._problem_of(self.drivers)
        except GraderBroken:
            raise
        except LessonOver as over:
            return over.told
        except BaseException as error:
            file, kind = self.lesson.filename, type(error).__name__
            problem = say("{file} cannot be looked at: the grader cannot follow it ({error}).", file=file, error=kind)
        if problem:
            self.reference.require("the module", self._problem_of)
        return problem

    def _problem_of(self, drivers: Drivers) -> Sentence | None:
        return problem_with(drivers, self.lesson, drivers.source)

    def _give_up(self, verdict: Verdict) -> None:
        for future in self.verdicts.values():
            future.set_result(verdict)

    def _submit(self, check_ids: list[str]) -> None:
        for check_id in check_ids:
            self._pool.submit(self._run_check, check_id)

    def _run_check(self, check_id: str) -> None:
        try:
            verdict = self.verdict(check_id)
        except BaseException as error:  # pytest would wait for ever for a verdict that does not come
            verdict = Verdict("broken", reason=GraderBroken(as_it_is(f"{type(error).__name__}: {error}")).told)
        self.verdicts[check_id].set_result(verdict)
        if self._every_check or self._spec(check_id).group != "correctness":
            return
        with self._lock:
            self._open_correctness -= 1
            last = self._open_correctness == 0
        if last:
            self._go_on_after_correctness()

    def _go_on_after_correctness(self) -> None:
        first = self._ids(correctness=True)
        lost = [check_id for check_id in first if self.verdicts[check_id].result().status != "passed"]
        if not lost:
            self._submit(self._ids(correctness=False))
            return
        after = self.budget.overrun or say("comes after {checks}", checks=as_it_is(", ".join(lost)))
        for check_id in self._ids(correctness=False):
            self.verdicts[check_id].set_result(Verdict("not_reached", reason=after))

    def verdict(self, check_id: str) -> Verdict:
        """Run one check, now. It fails only if the reference solution passes it here."""
        with self.budget.judging():
            return self._judged(check_id)

    def _judged(self, check_id: str) -> Verdict:
        explored: list[Explored] = []
        try:
            failed = self._failure(check_id, explored)
            if failed is None:
                return Verdict("passed", explored=how_far(explored), races=_races(explored))
            self.reference.require(check_id, lambda drivers: self._got(drivers, check_id))
        except LessonOver as over:
            return Verdict("not_reached", reason=over.told)
        except GraderBroken as broken:
            return Verdict("broken", reason=broken.told)
        return Verdict("failed", self._explain(check_id, failed))

    def _failure(self, check_id: str, explored: list[Explored]) -> CheckFailed | None:
        """How the submission fails the check; one that stumbles over it has failed, too."""
        try:
            return self._failure_with(self.drivers, check_id, explored)
        except (GraderBroken, LessonOver):
            raise
        except BaseException as error:  # what it says is for the check's authors alone
            told = say("nothing it can read ({error})", error=type(error).__name__)
            return CheckFailed(
                expected=say("code that the check can follow, and a result of the kind that the lesson asks for"),
                got=say(
                    "{what}; does your code change Python itself, or run code that does not stand in your file?",
                    what=error.told if isinstance(error, NothingExplored) else told,
                ),
            )

    def _got(self, drivers: Drivers, check_id: str) -> Sentence | None:
        failed = self._failure_with(drivers, check_id)
        return None if failed is None else failed.got

    def _failure_with(
        self, drivers: Drivers, check_id: str, explored: list[Explored] | None = None
    ) -> CheckFailed | None:
        """How the check fails with these drivers; `explored` collects what it explores."""
        check = self._checks[check_id]

        def explore(scenario: str, **options: Any) -> Explored:
            runs = drivers.explore(scenario, **options)
            if explored is not None:
                explored.append(runs)
            return runs

        offered = {
            "explore": explore,
            "simulate": drivers.simulate,
            "real": drivers.real,
            "rendezvous": drivers.rendezvous,
            "show_speed_up": self._show_speed_up if drivers is self.drivers else _ignore,
        }
        try:
            check(**{name: driver for name, driver in offered.items() if name in _parameters(check)})
        except CheckFailed as failed:
            return failed
        return None

    def _explain(self, check_id: str, failed: CheckFailed) -> Failure:
        """The failure with its whole story; without one where it cannot be told: that changes no verdict."""
        spec = self._spec(check_id)

        def check(drivers: Drivers) -> CheckFailed | None:
            return self._failure_with(drivers, check_id)

        try:
            return explain(failed, spec, self.lesson, self.drivers, check)
        except Exception:
            return Failure(expected=failed.expected, got=failed.got, why=spec.why.said, hint=spec.hint.said)

    def _show_speed_up(self, run: Run, name: str) -> None:
        """Show how long the calls of `name` would take one after another, and their makespan in this run, virtual."""
        calls = [(call.start, call.end) for call in run.calls(name) if call.end is not None] if run.has_evidence else []
        if calls:
            makespan = max(end for _, end in calls) - min(start for start, _ in calls)
            sequential = sum(end - start for start, end in calls)
            self.speed_up = SpeedUp(
                kind="virtual", sequential=sequential / NANOSECONDS, concurrent=makespan / NANOSECONDS
            )

    def verdict_of(self, check_id: str) -> Verdict:
        """The verdict of one check, when it has come; that the grader could not work, when it does not come in time."""
        patience = self.budget.until - time.monotonic() + LAST_SECONDS
        try:
            return self.verdicts[check_id].result(None if patience == math.inf else max(patience, 0.0))
        except TimeoutError:
            return Verdict("broken", reason=out_of_time(GRADING_SECONDS).told)

    def result(self) -> LessonResult:
        """The verdicts as a result; waits for those that are still to come. A check that is missing has 0 points."""
        checks = tuple(self._check_result(spec) for spec in self.lesson.checks)
        return LessonResult(
            lesson=self.lesson.name,
            title=self.lesson.title.said,
            file=self.lesson.filename,
            points=sum(check.points for check in checks),
            max_points=self.lesson.max_points,
            checks=checks,
            problem=self.problem or "",
            speed_up=self.speed_up,
            races=self._unpunished_races(),
            notes=notes_of(self._found, self.drivers.notes, self.source),
        )

    def _unpunished_races(self) -> tuple[DataRace, ...]:
        """Data races that were seen although every check has passed."""
        verdicts = [self.verdict_of(spec.id) for spec in self.lesson.checks if spec.id in self.verdicts]
        if any(verdict.status != "passed" for verdict in verdicts):
            return ()
        return evidence.races(list({race.name: race for verdict in verdicts for race in verdict.races}.values()))

    def _check_result(self, spec: CheckSpec) -> CheckResult:
        missing = Verdict("broken", reason=GraderBroken(say("it has no such check")).told)
        verdict = self.verdict_of(spec.id) if spec.id in self.verdicts else missing
        return CheckResult(
            id=spec.id,
            group=spec.group,
            says=spec.says.said,
            status=verdict.status,
            points=spec.points if verdict.status == "passed" else 0,
            max_points=spec.points,
            failure=verdict.failure,
            reason=verdict.reason,
            explored=verdict.explored,
        )


def how_far(explored: list[Explored]) -> model.Explored | None:
    """How far the explorations of one check have looked, all in all; None when there were none."""
    ends = [runs.end for runs in explored if runs.end is not None]
    if not ends:
        return None
    return model.Explored(
        schedules=sum(end.runs for end in ends),
        bound=min(end.bound for end in ends),
        all=all(end.exhausted for end in ends),
    )


def _races(explored: list[Explored]) -> tuple[Race, ...]:
    return tuple(race for runs in explored for race in runs.races)


def _ignore(*_: object) -> None:
    """Stand-in for a driver that notes something."""


def _parameters(check: CheckFunction) -> tuple[str, ...]:
    return check.__code__.co_varnames[: check.__code__.co_argcount]
