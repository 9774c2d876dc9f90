"""Editions: which files students get, by what they are.

The classroom edition holds what students read and edit, open sample checks and nothing of the grader: the samples are
plain pytest. The edition for self-study holds the grader as well, and the solutions sealed. Everything is on a list of
what goes out; nothing is released because nobody thought of it. The result is searched for leaks all the same.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from course.classroom.leaks import SOLUTION, TAUGHT, leaks
from course.classroom.written import (
    RUBBISH,
    about_grading,
    about_lessons,
    about_package,
    about_pythons,
    in_their_language,
    pinned,
    written,
)
from course.code_texts import in_chinese
from course.language import Language
from course.lessons import Lesson
from course.sealing import SUFFIX, seal

Edition = Literal["classroom", "self-study"]

ACTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_.-]+@[A-Za-z0-9_][A-Za-z0-9_./-]*")
LANG = re.compile(r'^lang = ".*"$', re.MULTILINE)
# In a classroom it is a push that runs all checks.
RUNS_ALL_CHECKS = re.compile(r"\bcourse check \w+")


class ReleaseError(Exception):
    """There is no release; the message says why."""


@dataclass(frozen=True)
class Release:
    """What goes out: the course's own files, and the modules that students write, each by its path.

    `elsewhere` are the same modules as they go out in other languages: nobody's work either.
    """

    edition: Edition
    files: dict[str, bytes]
    modules: dict[str, bytes]
    elsewhere: dict[str, bytes] = field(default_factory=dict)


def classroom_edition(root: Path, lessons: list[Lesson], action: str | None, language: Language = "en") -> Release:
    """What a class gets; with an `action` (`ORG/REPO@REF`, where the grader is) a push is graded by GitHub.

    Raises:
        ReleaseError: a file is missing or is not what it should be, or something hidden would leak.
    """
    if action is not None:
        check_grader(action)
    words = about_lessons(root, lessons) | about_pythons() | about_grading(lessons, action) | {"lang": language}
    words["setup"] = "python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt"
    files = written("both", words) | written("classroom", words) | (written("github", words) if action else {})
    files["requirements.txt"] = pinned(_read(root, ".ci/constraints.txt").decode()).encode()
    files |= {
        path: RUNS_ALL_CHECKS.sub("git push", text.decode()).encode()
        for path, text in _texts(root, lessons, language).items()
    }
    files = in_their_language(files, language)
    return _without_leaks(root, _release("classroom", files, root, lessons, language), hidden_files(root, lessons))


def check_grader(place: str) -> None:
    """Make sure that `place` names a repository and a version of it.

    Raises:
        ReleaseError: it does not.
    """
    if not ACTION.fullmatch(place):
        raise ReleaseError(f"{place} does not name a grader; it looks like ORG/REPO@REF, as in cs101/course@v1.")


def self_study_edition(root: Path, lessons: list[Lesson], language: Language = "en") -> Release:
    """What somebody gets who learns alone: the grader too, and the solutions sealed.

    Raises:
        ReleaseError: a file is missing or is not what it should be, or something hidden would leak.
    """
    words = about_lessons(root, lessons) | about_pythons() | about_package(_read(root, "pyproject.toml").decode())
    words["setup"] = "python3 -m venv .venv && .venv/bin/pip install -qc constraints.txt -e ."
    graders = _of_lessons(root, lessons, "graders")
    authors_own = {path for path in graders if path.split("/")[2] in ("mistakes", "alternatives", TAUGHT)}
    solutions = _of_lessons(root, lessons, "solutions")
    files = written("both", words) | written("self_study", words)
    files |= _texts(root, lessons, language)
    files |= {path: content for path, content in graders.items() if path not in authors_own}
    files |= {path: content for path, content in _below(root, "course").items() if "course/classroom/" not in path}
    files |= {f"{path}{SUFFIX}": seal(content.decode()).encode() for path, content in solutions.items()}
    files |= {"graders/pytest.ini": _read(root, "graders/pytest.ini")}
    files |= {"graders/settings.toml": _settings(root, language)}
    files |= {"constraints.txt": _read(root, ".ci/constraints.txt")}
    hidden = solutions | {path: graders[path] for path in authors_own}
    files = in_their_language(files, language)
    return _without_leaks(root, _release("self-study", files, root, lessons, language), hidden)


def _release(
    edition: Edition, files: dict[str, bytes], root: Path, lessons: list[Lesson], language: Language
) -> Release:
    """These files, with the modules in this language."""
    english = _stubs(root, lessons)
    chinese = {path: in_chinese(root / path).encode() for path in english}
    return Release(edition, files, *((chinese, english) if language == "zh" else (english, chinese)))


def _settings(root: Path, language: Language) -> bytes:
    """The settings of this course, with the language that was asked for where it is not the environment's matter."""
    text = _read(root, "graders/settings.toml").decode()
    return (LANG.sub(f'lang = "{language}"', text) if language != "en" else text).encode()


def _without_leaks(root: Path, release: Release, hidden: dict[str, bytes]) -> Release:
    """The release itself, when nothing hidden is in it."""
    public = [content.decode() for stubs in (release.modules, release.elsewhere) for content in stubs.values()]
    for path in sorted((root / "graders").glob(f"*/{TAUGHT}")):
        public += path.read_text(encoding="utf-8").splitlines()
    hidden = {path: content for path, content in hidden.items() if not path.endswith(f"/{TAUGHT}")}
    if found := leaks(release.files | release.modules, hidden, public):
        raise ReleaseError("Nothing was released, because students would see what is hidden:\n" + "\n".join(found))
    return release


def _stubs(root: Path, lessons: list[Lesson]) -> dict[str, bytes]:
    """The modules to write, each as its solution says; not what somebody has tried out in its place."""
    stubs = {}
    for lesson in lessons:
        path = f"exercises/{lesson.name}/{lesson.filename}"
        stub, solution = _read(root, path), _read(root, f"solutions/{lesson.name}/{lesson.filename}").decode()
        cleared = SOLUTION.sub(r"\g<indent># YOUR CODE HERE\n\g<indent>raise NotImplementedError()", solution)
        if stub.decode() != cleared:
            raise ReleaseError(
                f"{path} is not the stub of its solution. Keep elsewhere what you have written there, "
                "and run `course stubs --write`."
            )
        stubs[path] = stub
    return stubs


def _texts(root: Path, lessons: list[Lesson], language: Language) -> dict[str, bytes]:
    """The lessons' texts in all languages, the open samples in this one, and the licence."""
    samples = [f"exercises/{lesson.name}/test_{lesson.module}.py" for lesson in lessons]
    paths = ["LICENSE", "exercises/pytest.ini"]
    for lesson in lessons:
        folder = f"exercises/{lesson.name}"
        paths.append(f"{folder}/README.md")
        paths += sorted(f"{folder}/{path.name}" for path in (root / folder).glob("README.*.md"))
    files = {path: _read(root, path) for path in (*paths, *samples)}
    return files | ({path: in_chinese(root / path).encode() for path in samples} if language == "zh" else {})


def hidden_files(root: Path, lessons: list[Lesson]) -> dict[str, bytes]:
    """What nobody but the course's authors and teachers may see of these lessons, by path."""
    return _of_lessons(root, lessons, "graders") | _of_lessons(root, lessons, "solutions")


def _of_lessons(root: Path, lessons: list[Lesson], tree: str) -> dict[str, bytes]:
    return {path: text for lesson in lessons for path, text in _below(root, f"{tree}/{lesson.name}").items()}


def _below(root: Path, folder: str) -> dict[str, bytes]:
    """All files in a folder of the repository, without what tools leave there."""
    files = (path.relative_to(root) for path in sorted((root / folder).rglob("*")) if path.is_file())
    return {path.as_posix(): _read(root, path.as_posix()) for path in files if not RUBBISH & set(path.parts)}


def _read(root: Path, path: str) -> bytes:
    try:
        return (root / path).read_bytes()
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror}.") from error
