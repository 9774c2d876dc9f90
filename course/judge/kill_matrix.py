"""The kill matrix: every mistake of a lesson against every check, and the right submissions as well."""

import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.reference import Reference
from course.judge.told_well import shown_inputs, untranslated
from course.lessons import CatalogueError, Lesson
from course.report.model import LessonResult


class Mistake(NamedTuple):
    """A wrong submission: the check it says kills it, the diagnosis it says it gets (or ""), its source."""

    name: str
    killed_by: str
    diagnosis: str
    source: str


class Matrix(NamedTuple):
    """The outcome of one lesson's verification; `problems` is empty when all is well."""

    lesson: Lesson
    killers: dict[str, tuple[str, ...]]
    results: dict[str, LessonResult]
    problems: tuple[str, ...]


def load_checks(lesson: Lesson) -> dict[str, Callable[..., None]]:
    """The check functions of a lesson, by id."""
    path = lesson.grader / f"test_{lesson.module}.py"
    spec = importlib.util.spec_from_file_location(f"graders_{lesson.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name.removeprefix("test_"): value for name, value in vars(module).items() if name.startswith("test_")}


def read_mistake(path: Path) -> Mistake:
    """A mistake file; its docstring says which check kills it.

    Raises:
        CatalogueError: it does not say so.
    """
    source = path.read_text(encoding="utf-8")
    killed_by = re.search(r"^Killed by: (\w+)$", source, re.MULTILINE)
    if killed_by is None:
        raise CatalogueError(f"{path}: its docstring needs a line `Killed by: <check id>`.")
    diagnosis = re.search(r"^Diagnosis: (\w+)$", source, re.MULTILINE)
    return Mistake(path.stem, killed_by[1], diagnosis[1] if diagnosis else "", source)


def verify_all(lessons: Iterable[Lesson]) -> Iterator[Matrix]:
    """The kill matrices of `lessons`, one after another."""
    bench = Bench()
    try:
        for lesson in lessons:
            yield verify(lesson, bench)
    finally:
        bench.close()


def verify(lesson: Lesson, bench: Bench) -> Matrix:
    """Grade the reference, the stub, all alternatives and all mistakes of `lesson`; all checks, whatever fails."""
    mistakes = [read_mistake(path) for path in lesson.variants("mistakes").values()]
    alternatives = lesson.variants("alternatives").items()
    right = {"the solution": lesson.solution} | {f"{name} (right)": path for name, path in alternatives}
    sources = {name: path.read_text(encoding="utf-8") for name, path in right.items()}
    sources |= {mistake.name: mistake.source for mistake in mistakes}
    sources["the stub"] = lesson.exercise.read_text(encoding="utf-8")
    gradings = grade_all(lesson, sources, bench)
    results = {name: grading.result() for name, grading in gradings.items()}
    killers = {name: tuple(check.id for check in results[name].checks if check.status != "passed") for name in sources}
    # Where the solution fails, no other submission has failed or passed: the grader is said to be broken.
    problems = _right_that_failed(["the solution"], results) or [
        *_right_that_failed(right, results),
        *(problem for mistake in mistakes for problem in _mistake_problems(mistake, results[mistake.name])),
        *_checks_without_a_job(lesson, mistakes, killers),
        *([] if results["the stub"].points == 0 else ["the stub earns points"]),
        *sorted({problem for name, result in results.items() for problem in _told_badly(result, gradings[name])}),
    ]
    return Matrix(lesson, killers, results, tuple(problems))


def grade_all(lesson: Lesson, sources: dict[str, str], bench: Bench) -> dict[str, LessonGrading]:
    """Grade many submissions of one lesson, with every check, side by side; all verdicts are there."""
    checks, reference = load_checks(lesson), Reference(bench, lesson)
    with ThreadPoolExecutor(bench.width) as pool:
        gradings = {
            name: LessonGrading(lesson, source, checks, bench=bench, pool=pool, every_check=True, reference=reference)
            for name, source in sources.items()
        }
        for grading in gradings.values():
            grading.start()
        for grading in gradings.values():
            grading.result()
        return gradings


def _told_badly(result: LessonResult, grading: LessonGrading) -> set[str]:
    shown = shown_inputs(result, grading.lesson, grading.source, grading.drivers.inputs())
    return untranslated(result) | shown


def _right_that_failed(right: Iterable[str], results: dict[str, LessonResult]) -> list[str]:
    return [
        f"{name} fails {check.id}: {check.failure.got if check.failure else check.reason}"
        for name in right
        for check in results[name].checks
        if check.status != "passed"
    ]


def _mistake_problems(mistake: Mistake, result: LessonResult) -> list[str]:
    status = {check.id: check for check in result.checks}
    broken = [check for check in result.checks if check.status == "broken"]
    problems = [f"{mistake.name}: {check.id} is broken: {check.reason}" for check in broken]
    if mistake.killed_by not in status:
        return [*problems, f"{mistake.name} says it is killed by {mistake.killed_by}, which is no check"]
    killer = status[mistake.killed_by]
    if killer.status != "failed":
        return [*problems, f"{mistake.name} survives {mistake.killed_by}, which it says kills it ({result.problem})"]
    got = killer.failure.diagnosis.id if killer.failure and killer.failure.diagnosis else ""
    if not mistake.diagnosis:
        problems.append(f"{mistake.name} needs a line `Diagnosis: <id>` (now {got or 'nothing recognises it'})")
    elif mistake.diagnosis != got:
        problems.append(f"{mistake.name} should be diagnosed as {mistake.diagnosis}, not as {got or 'nothing'}")
    return problems


def _checks_without_a_job(lesson: Lesson, mistakes: list[Mistake], killers: dict[str, tuple[str, ...]]) -> list[str]:
    """A check that is never the only one to kill a mistake could be dropped."""
    alone = {killers[mistake.name][0] for mistake in mistakes if len(killers[mistake.name]) == 1}
    return [f"{check.id} is not the only killer of any mistake" for check in lesson.checks if check.id not in alone]
