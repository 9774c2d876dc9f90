"""Replay: run one check again under the one schedule that a token names."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from course.judge.bench import Bench
from course.judge.drivers import Drivers, Explored
from course.judge.grading import LessonGrading, Verdict
from course.judge.kill_matrix import load_checks
from course.judge.submission import read_module
from course.judge.tokens import Token, TokenError, scenario_hash
from course.language import say
from course.lessons import Lesson


class OneSchedule(Drivers):
    """Runs the scenario of a token under its schedule only, and all others under the plain one."""

    def __init__(self, bench: Bench, lesson: Lesson, source: str, token: Token) -> None:
        super().__init__(bench, lesson, source)
        self._token = token
        self.met = False
        self.followed = False  # whether the code has made all the token's choices

    def _run(self, request: dict[str, Any]) -> Explored:
        if "schedules" in request or request["mode"] != "simulated":
            return super()._run(request)
        if scenario_hash(request) != self._token.scenario:
            return super()._run({**request, "budget": 1})
        self.met = True
        schedule = {"strategy": "deviating", "at": self._token.choices}
        explored = super()._run({**request, "schedules": [schedule], "traced": False})
        self.followed = all(run.choices == self._token.choices for run in explored.runs)
        return explored


class Replayed(NamedTuple):
    """What came of a replay; `followed` is False when the code has changed and goes another way."""

    verdict: Verdict
    followed: bool


def replay(token: Token, lesson: Lesson, folder: Path) -> Replayed:
    """The verdict of the token's check on the submission in `folder`, under the token's schedule.

    Raises:
        TokenError: the lesson has no such check or scenario, or there is nothing that could be run.
        GraderBroken: the grader cannot work here.
    """
    checks = load_checks(lesson)
    if token.check not in checks:
        raise TokenError(
            say(
                "The lesson {lesson} has no check {check}; was the token copied whole?",
                lesson=lesson.name,
                check=token.check,
            )
        )
    module = read_module(folder, lesson)
    if module.problem:
        raise TokenError(module.problem)
    bench = Bench(width=1)
    try:
        with ThreadPoolExecutor(1) as pool:
            grading = LessonGrading(lesson, module.source, checks, bench=bench, pool=pool)
            problem = grading.look()
            if problem:
                raise TokenError(problem)
            drivers = OneSchedule(bench, lesson, module.source, token)
            grading.drivers = drivers
            verdict = grading.verdict(token.check)
    finally:
        bench.close()
    if not drivers.met and verdict.status == "passed":
        raise TokenError(
            say("The check {check} has changed since the token was made: it has no such scenario.", check=token.check)
        )
    return Replayed(verdict, drivers.followed)
