"""Grading: run the checks of a lesson against one submission, side by side, and keep the verdicts."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal, NamedTuple

from course.judge import evidence
from course.judge.diagnosis import RACES, diagnose
from course.judge.drivers import Drivers
from course.judge.interface import problem_with
from course.judge.records import NANOSECONDS
from course.judge.run import CheckFailed, Run
from course.judge.workers import Bench, GraderBroken
from course.lessons import CheckSpec, Lesson
from course.report.model import CheckResult, Failure, LessonResult, SpeedUp

CheckFunction = Callable[..., None]


class Verdict(NamedTuple):
    """What came of one check; `reason` says why it was not reached, or what is broken."""

    status: Literal["passed", "failed", "not_reached", "broken"]
    failure: Failure | None = None
    reason: str = ""


class LessonGrading:
    """The checks of one lesson on their way through the pool.

    Correctness comes first: the other groups start when all its checks have passed, and are not reached otherwise
    (with `every_check`, for the kill matrix, all checks run whatever happens).
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
    ) -> None:
        self.lesson = lesson
        self.source = source
        self.problem = ""
        self.speed_up: SpeedUp | None = None
        self.bench = bench
        self.drivers = Drivers(bench, lesson, source)
        self.verdicts: dict[str, Future[Verdict]] = {check_id: Future() for check_id in checks}
        self._checks = dict(checks)
        self._pool = pool
        self._every_check = every_check
        self._lock = threading.Lock()
        self._open_correctness = sum(self._spec(check_id).group == "correctness" for check_id in checks)

    def start(self) -> None:
        """Begin; the verdicts arrive in `verdicts`."""
        self._pool.submit(self._look_at_module)

    def refuse(self, problem: str) -> None:
        """There is no module to grade: no check is reached."""
        self.problem = problem
        self._give_up(Verdict("not_reached", reason=problem))

    def _spec(self, check_id: str) -> CheckSpec:
        return self.lesson.check(check_id)

    def _ids(self, *, correctness: bool) -> list[str]:
        return [check_id for check_id in self._checks if (self._spec(check_id).group == "correctness") == correctness]

    def _look_at_module(self) -> None:
        try:
            self.problem = problem_with(self.drivers, self.lesson, self.source)
        except GraderBroken as error:
            self._give_up(Verdict("broken", reason=str(error)))
            return
        except BaseException as error:
            self._give_up(Verdict("broken", reason=f"{type(error).__name__}: {error}"))
            return
        if self.problem:
            self._give_up(Verdict("not_reached", reason=self.problem))
        elif self._every_check or not self._open_correctness:
            self._submit(list(self._checks))
        else:
            self._submit(self._ids(correctness=True))

    def _give_up(self, verdict: Verdict) -> None:
        for future in self.verdicts.values():
            future.set_result(verdict)

    def _submit(self, check_ids: list[str]) -> None:
        for check_id in check_ids:
            self._pool.submit(self._run_check, check_id)

    def _run_check(self, check_id: str) -> None:
        verdict = self._verdict(check_id)
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
        for check_id in self._ids(correctness=False):
            self.verdicts[check_id].set_result(Verdict("not_reached", reason=f"comes after {', '.join(lost)}"))

    def _verdict(self, check_id: str) -> Verdict:
        check = self._checks[check_id]
        offered = {
            "explore": self.drivers.explore,
            "simulate": self.drivers.simulate,
            "real": self.drivers.real,
            "show_speed_up": self._show_speed_up,
        }
        try:
            try:
                check(**{name: driver for name, driver in offered.items() if name in _parameters(check)})
            except CheckFailed as failed:
                return Verdict("failed", self._failure(check_id, failed))
        except GraderBroken as broken:
            return Verdict("broken", reason=str(broken))
        except BaseException as error:
            where = _innermost_line(error)
            return Verdict("broken", reason=f"the check itself raised {type(error).__name__}: {error} ({where})")
        return Verdict("passed")

    def _failure(self, check_id: str, failed: CheckFailed) -> Failure:
        spec = self._spec(check_id)
        diagnosis = diagnose(failed)
        run = failed.run
        line = interleaving = look_at = None
        if run is not None and run.has_evidence:
            look_at = evidence.look_at(run, self.source, self.lesson.filename)
            line = evidence.time_line(run.record)
            told_by_steps = run.record.outcome in ("deadlock", "no_end") or (diagnosis and diagnosis.id in RACES)
            if run.case["mode"] == "simulated" and (line is None or told_by_steps):
                traced = self.drivers.replay(run)
                interleaving = evidence.interleaving(traced, self.source) if traced is not None else None
                look_at = evidence.turning_point(interleaving, self.lesson.filename) or look_at
        return Failure(
            expected=failed.expected,
            got=failed.got,
            why=spec.why.en,
            hint=spec.hint.en,
            look_at=look_at,
            diagnosis=diagnosis,
            time_line=line if interleaving is None else None,
            interleaving=interleaving,
            schedule=run.schedule if run is not None else {},
        )

    def _show_speed_up(self, run: Run, name: str) -> None:
        """Show how long the calls of `name` would take one after another, and their makespan in this run, virtual."""
        calls = [(call.start, call.end) for call in run.calls(name) if call.end is not None] if run.has_evidence else []
        if calls:
            makespan = max(end for _, end in calls) - min(start for start, _ in calls)
            sequential = sum(end - start for start, end in calls)
            self.speed_up = SpeedUp(
                kind="virtual", sequential=sequential / NANOSECONDS, concurrent=makespan / NANOSECONDS
            )

    def result(self) -> LessonResult:
        """The verdicts as a result; waits for those that are still to come. A check that is missing has 0 points."""
        checks = tuple(self._check_result(spec) for spec in self.lesson.checks)
        return LessonResult(
            lesson=self.lesson.name,
            title=self.lesson.title.en,
            file=self.lesson.filename,
            points=sum(check.points for check in checks),
            max_points=self.lesson.max_points,
            checks=checks,
            problem=self.problem,
            speed_up=self.speed_up,
        )

    def _check_result(self, spec: CheckSpec) -> CheckResult:
        missing = Verdict("broken", reason="the grader has no such check")
        verdict = self.verdicts[spec.id].result() if spec.id in self.verdicts else missing
        return CheckResult(
            id=spec.id,
            group=spec.group,
            says=spec.says.en,
            status=verdict.status,
            points=spec.points if verdict.status == "passed" else 0,
            max_points=spec.points,
            failure=verdict.failure,
            reason=verdict.reason,
        )


def _parameters(check: CheckFunction) -> tuple[str, ...]:
    return check.__code__.co_varnames[: check.__code__.co_argcount]


def _innermost_line(error: BaseException) -> str:
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else "?"
