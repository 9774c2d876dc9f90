"""The pytest plugin that makes `pytest graders` grade a submission.

pytest collects the checks and reports on them; the checks themselves run ahead, side by side, in `grading`.
"""

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from course import pythons
from course.judge.audience import for_student, in_language
from course.judge.bench import Bench
from course.judge.budget import GRADING_SECONDS
from course.judge.ending import adopt_orphans, end_with_parent, reap
from course.judge.grading import LessonGrading, Verdict
from course.judge.isolation import LEVELS, Level
from course.judge.measured import measure
from course.judge.seeds import KeyProblem, read_key
from course.judge.starter import GraderBroken
from course.judge.submission import SubmissionError, check_folder, notes_on, read_module, strangers
from course.language import LANGUAGES, Language, Sentence, say, speaking
from course.lessons import ROOT, Lesson, all_lessons
from course.report import model, terminal
from course.report.sinks import log_lines, log_text
from course.settings import Visibility, settings

CANNOT_WORK = 2  # the exit code, as that of `course`


class Results(NamedTuple):
    """One result, for its two readers."""

    full: model.Result
    student: model.Result


class Session:
    """One submission on its way through pytest."""

    def __init__(self, folder: Path, name: str, bench: Bench, *, key: bytes = b"") -> None:
        self.folder = folder
        self.name = name.encode("utf-8", "replace").decode()  # folders may have names that are no text
        self.began = time.monotonic()
        self.until = self.began + GRADING_SECONDS
        self.graded_at = datetime.now(UTC).isoformat(timespec="seconds")
        self.bench = bench
        self.key = key
        self.pool = ThreadPoolExecutor(self.bench.width, thread_name_prefix="check")
        self.gradings: dict[str, LessonGrading] = {}
        self.notes: list[Sentence] = []  # for instructors

    def start(self, checks: dict[str, dict[str, Callable[..., None]]]) -> None:
        """Start the checks of all collected lessons."""
        for lesson in (lesson for lesson in all_lessons() if lesson.name in checks):
            module = read_module(self.folder, lesson)
            grading = LessonGrading(
                lesson,
                module.source,
                checks[lesson.name],
                bench=self.bench,
                pool=self.pool,
                key=self.key,
                reaching=settings().reaching,
                until=self.until,
            )
            self.gradings[lesson.name] = grading
            if module.hides:
                self.notes.append(
                    say(
                        "{file} declares the encoding `{encoding}`, which can hide code from its readers: "
                        "look at this one.",
                        file=f"{lesson.name}/{lesson.filename}",
                        encoding=module.hides,
                    )
                )
            if module.problem:
                grading.refuse(module.problem)
            else:
                grading.start()

    def results(self, language: Language, visibility: Visibility) -> Results:
        """The result of everything that was graded, in this language: for instructors, and for the student."""
        lessons = [self._with_measurement(grading.result()) for grading in self.gradings.values()]
        full = tuple(in_language(lesson, language) for lesson in lessons)
        shown = self._result_of(full, language)
        result = model.add_notes(shown, [note.told(language) for note in self.notes])
        if visibility == "all":
            return Results(result, result)
        theirs = [
            for_student(lesson, grading.lesson, grading.source, language)
            for lesson, grading in zip(lessons, self.gradings.values(), strict=True)
        ]
        return Results(result, msgspec.structs.replace(shown, visibility="student", lessons=tuple(theirs)))

    def _result_of(self, lessons: tuple[model.LessonResult, ...], language: Language) -> model.Result:
        known = {lesson.name for lesson in all_lessons()}
        notes = [*notes_on(strangers(self.folder, known)), *filter(None, [pythons.note()])]
        return model.Result(
            schema="course/result/v1",
            language=language,
            submission=self.name,
            graded_at=self.graded_at,
            python=".".join(map(str, sys.version_info[:3])),
            seconds=round(time.monotonic() - self.began, 2),
            isolation=in_language(self.bench.isolation.said, language),
            points=sum(lesson.points for lesson in lessons),
            max_points=sum(lesson.max_points for lesson in lessons),
            lessons=lessons,
            notes=tuple(note.told(language) for note in notes),
        )

    def _with_measurement(self, lesson: model.LessonResult) -> model.LessonResult:
        speed_up = measure(self.gradings[lesson.lesson], lesson)
        return lesson if speed_up is None else model.replace(lesson, speed_up=speed_up)

    def close(self) -> None:
        """End the threads that ran the checks."""
        self.pool.shutdown(wait=True, cancel_futures=True)


SESSION = pytest.StashKey[Session]()
RESULTS = pytest.StashKey[Results]()
BENCH = pytest.StashKey[Bench]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("course")
    group.addoption("--submission", metavar="DIR", help="the folder to grade (default: exercises/)")
    group.addoption("--submission-name", metavar="NAME", help="what reports call it (default: the folder)")
    group.addoption("--result", metavar="FILE", help="write the result here, as JSON")
    group.addoption("--student-result", metavar="FILE", help="write here what the student may see of it, as JSON")
    group.addoption("--parent", metavar="FD", type=int, help="a pipe; end when its other end is closed")
    group.addoption("--lang", choices=LANGUAGES, help="the language of the report (default: the course's, or LANG)")
    group.addoption("--require-isolation", choices=LEVELS, default=LEVELS[0], help="refuse to grade with less")
    group.addoption("--key", metavar="FILE", type=Path, help="draw the schedules with this secret")
    group.addoption("--untested-python", action="store_true", help="grade on a Python that is not tested, too")


def pytest_configure(config: pytest.Config) -> None:
    """Where it is certain that checks will run, let the starters get ready while pytest collects them."""
    if config.getoption("--result") and not config.option.collectonly:
        _refuse_untested_python(config)
        if importlib.util.find_spec("greenlet") is None:  # it has come later than other requirements
            lacks = say("{python} lacks the library greenlet. Run `pip install -e .` again.", python=sys.executable)
            raise pytest.UsageError(lacks.told(_language(config)))
        adopt_orphans()
        if config.getoption("--parent"):
            end_with_parent(config.getoption("--parent"), lambda: _close(config))
        config.stash[BENCH] = Bench()


def _refuse_untested_python(config: pytest.Config) -> None:
    refusal = pythons.refusal()
    if refusal and not config.getoption("--untested-python"):
        pytest.exit(refusal.told(_language(config)), returncode=CANNOT_WORK)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the starters, also when the collection has failed."""
    _close(config)
    if config.getoption("--result"):
        reap()


def _close(config: pytest.Config) -> None:
    if BENCH in config.stash:
        config.stash[BENCH].close()


@pytest.fixture
def explore() -> None:
    """Runs a scenario under many schedules."""


@pytest.fixture
def simulate() -> None:
    """Runs a scenario once, in virtual time."""


@pytest.fixture
def real() -> None:
    """Runs a scenario once, with real processes."""


@pytest.fixture
def rendezvous() -> None:
    """Runs a scenario once, with real threads or tasks; the judge is their collaborator."""


@pytest.fixture
def show_speed_up() -> None:
    """Notes the speed-up that a run shows."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the checks in the order of the course, and make sure that none is unknown."""
    for item in _checks_among(items):
        if _check_id(item) not in _order(_lesson(item)):
            raise pytest.UsageError(f"{item.nodeid}: lesson.toml has no check `{_check_id(item)}`.")
    items.sort(key=_place)


def _checks_among(items: list[pytest.Item]) -> list[pytest.Function]:
    return [item for item in items if isinstance(item, pytest.Function) and _is_check(item)]


def _is_check(item: pytest.Item) -> bool:
    return item.path.is_relative_to(ROOT / "graders")


def _place(item: pytest.Item) -> tuple[int, int]:
    """Checks by lesson and by their order in it; everything else stays where it is, before them."""
    if not _is_check(item):
        return (-1, 0)
    lesson = _lesson(item)
    return (lesson.order, _order(lesson)[_check_id(item)])


def _lesson(item: pytest.Item) -> Lesson:
    lessons = {lesson.name: lesson for lesson in all_lessons()}
    name = item.path.parent.name
    if name not in lessons:
        raise pytest.UsageError(f"{item.nodeid}: the folder {name} has no lesson.toml.")
    return lessons[name]


def _check_id(item: pytest.Item) -> str:
    return item.name.removeprefix("test_")


def _order(lesson: Lesson) -> dict[str, int]:
    return {check.id: index for index, check in enumerate(lesson.checks)}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start all collected checks at once; pytest then asks for the verdicts one by one."""
    config = session.config
    items = _checks_among(session.items)
    if not items or config.option.collectonly:
        return
    _refuse_untested_python(config)
    folder = Path(config.getoption("--submission") or ROOT / "exercises").resolve()
    try:
        check_folder(folder)
    except SubmissionError as error:
        raise pytest.UsageError(error.told.told(_language(config))) from error
    checks: dict[str, dict[str, Callable[..., None]]] = {}
    for item in items:
        checks.setdefault(_lesson(item).name, {})[_check_id(item)] = item.obj
    if BENCH not in config.stash:
        config.stash[BENCH] = Bench()
    bench = config.stash[BENCH]
    wanted: Level = config.getoption("--require-isolation")
    try:
        isolation = bench.isolation
    except GraderBroken as broken:
        raise pytest.UsageError(broken.told.told(_language(config))) from broken
    if not isolation.reaches(wanted):
        raise pytest.UsageError(isolation.refusal(wanted).told(_language(config)))
    try:
        key = read_key(config.getoption("--key")) if config.getoption("--key") else b""
    except KeyProblem as problem:
        raise pytest.UsageError(str(problem)) from problem
    ours = Session(folder, config.getoption("--submission-name") or folder.name, bench, key=key)
    config.stash[SESSION] = ours
    ours.start(checks)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Take the verdict from the check that ran ahead."""
    if not _is_check(pyfuncitem):
        return None
    grading = pyfuncitem.config.stash[SESSION].gradings[_lesson(pyfuncitem).name]
    verdict = grading.verdict_of(_check_id(pyfuncitem))
    if verdict.status == "not_reached":
        pytest.skip(log_lines(f"not reached: {verdict.reason}"))
    if verdict.status != "passed":
        raise _NotPassed(verdict)
    return True


class _NotPassed(Exception):
    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason or (verdict.failure.got if verdict.failure else ""))
        self.verdict = verdict


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a failure in the student's terms, not as a traceback through ours."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, _NotPassed):
        verdict = call.excinfo.value.verdict
        language = _language(item.config)
        with speaking(language):
            failure, reason = in_language((verdict.failure, verdict.reason), language)
            report.longrepr = terminal.failure_text(failure) if failure else log_lines(reason)
    return report


def _language(config: pytest.Config) -> Language:
    return config.getoption("--lang") or settings().language(os.environ)


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    ours = config.stash.get(SESSION, None)
    if ours is None:
        return
    try:
        if ours.gradings:
            results = config.stash[RESULTS] = ours.results(_language(config), settings().visibility)
            if session.exitstatus == pytest.ExitCode.OK and any(map(_has_skipped, results.full.lessons)):
                session.exitstatus = pytest.ExitCode.TESTS_FAILED  # skipped checks alone would be a green run
            for option, result in (("--result", results.full), ("--student-result", results.student)):
                if config.getoption(option):
                    Path(config.getoption(option)).write_text(model.to_json(result), encoding="utf-8")
    finally:
        ours.close()


def _has_skipped(lesson: model.LessonResult) -> bool:
    return bool(lesson.problem) or any(check.status == "not_reached" for check in lesson.checks)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if RESULTS in config.stash:
        result = config.stash[RESULTS].full
        terminalreporter.section(f"points of {log_text(result.submission, 60)}")
        terminalreporter.write_line(terminal.table_text(result))
