"""Grade one submission: start pytest on the hidden checks, safely, and take its result."""

import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, TypedDict, Unpack

import msgspec

from course.judge.isolation import Level
from course.language import Language, tell
from course.lessons import ROOT, Lesson
from course.report.model import Result, from_json

GRADERS = ROOT / "graders"
# What the judge needs of the environment. PYTEST_* and PYTHON* of whoever calls would change how it works.
KEPT = ("HOME", "LANG", "LC_ALL", "LC_MESSAGES", "PATH", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")

# How long the judge may take to end when it is told to, in real seconds; then it is killed.
LAST_SECONDS = 10.0

# pytest's exit codes; whoever only starts it need not wait for its import.
ALL_PASSED, SOME_FAILED, INTERRUPTED, USAGE_ERROR = 0, 1, 2, 4


class GradingError(Exception):
    """The grader could not work; the message says why."""


class Views(NamedTuple):
    """One result twice: all of it, and what the student may see of hidden checks."""

    full: Result
    student: Result


class Terms(TypedDict, total=False):
    """How to grade."""

    name: str
    isolation: Level
    key: Path | None
    language: Language | None
    untested_python: bool


def grade(folder: Path, lessons: list[Lesson], **terms: Unpack[Terms]) -> Result:
    """The full result of the submission in `folder` for `lessons`; as `grade_views`."""
    return grade_views(folder, lessons, **terms).full


def grade_views(  # noqa: PLR0913  # the terms, each by name
    folder: Path,
    lessons: list[Lesson],
    *,
    name: str = "",
    isolation: Level = "basic",
    key: Path | None = None,
    language: Language | None = None,
    untested_python: bool = False,
) -> Views:
    """The result of the submission in `folder` for `lessons`; reports call it `name`.

    With less than this `isolation` nothing is graded. With a `key`, a file with a secret, nobody else knows which
    schedules will be tried. The `language` is that of the course's settings, or of the environment, if none is named.
    On an `untested_python` nothing is graded without saying so.

    pytest runs isolated (`-I`), with the configuration and the folder of the graders only: nothing that lies in the
    submission or in the current folder takes part.

    Raises:
        GradingError: pytest could not collect or run the checks.
    """
    with tempfile.TemporaryDirectory(prefix="course-") as temporary:
        files = [Path(temporary) / name for name in ("result.json", "student.json")]
        environment = {key: os.environ[key] for key in KEPT if key in os.environ}
        done = _ran(
            [
                *(sys.executable, "-I", "-m", "pytest", "-q"),
                *("-c", str(GRADERS / "pytest.ini"), "--rootdir", str(GRADERS), "--confcutdir", str(GRADERS)),
                *("-p", "course", "--assert=plain"),
                *("--submission", str(folder.resolve()), "--submission-name", name or str(folder)),
                *("--result", str(files[0]), "--student-result", str(files[1]), "--require-isolation", isolation),
                *(("--lang", language) if language else ()),
                *(("--key", str(key.resolve())) if key else ()),
                *(("--untested-python",) if untested_python else ()),
                *(str(lesson.grader) for lesson in lessons),
            ],
            cwd=GRADERS,
            env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        )
        refused = re.search(r"^(?:ERROR|Exit): (.+)$", done.stderr, re.MULTILINE)
        if done.returncode in (INTERRUPTED, USAGE_ERROR) and refused:
            raise GradingError(refused[1])
        if done.returncode not in (ALL_PASSED, SOME_FAILED) or not all(file.exists() for file in files):
            output = (done.stdout + done.stderr).strip()
            version = platform.python_version()
            told = tell(
                "The grader could not work on Python {version}. pytest said:\n{output}", version=version, output=output
            )
            raise GradingError(told)
        try:
            views = Views(*(from_json(file.read_bytes()) for file in files))
        except msgspec.MsgspecError as error:
            told = tell("The grader has written a result that cannot be read: {error}", error=str(error))
            raise GradingError(told) from error
    missing = {lesson.name for lesson in lessons} - {lesson.lesson for lesson in views.full.lessons}
    if missing:
        raise GradingError(tell("The graders have no checks for {lessons}.", lessons=", ".join(sorted(missing))))
    return views


def _ran(arguments: list[str], *, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the judge. It ends with this process, however that ends: it reads from a pipe whose other end we hold."""
    reads, ours = os.pipe()
    try:
        judge = subprocess.Popen(  # our own interpreter, our own arguments
            [*arguments, "--parent", str(reads)],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            pass_fds=(reads,),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(reads)
        try:
            output, errors = judge.communicate()
        except BaseException:
            judge.terminate()
            _wait_or_kill(judge)
            raise
    finally:
        os.close(ours)
    return subprocess.CompletedProcess(arguments, judge.returncode, output, errors)


def _wait_or_kill(judge: subprocess.Popen[str]) -> None:
    try:
        judge.communicate(timeout=LAST_SECONDS)
    except subprocess.TimeoutExpired:
        judge.kill()
        judge.communicate()
