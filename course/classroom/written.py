"""The files written for students, and the words that are filled into them.

They lie in `student/`, one folder for each occasion, in the places where students find them. In those named `*.in` each
`@word@` stands for something that depends on the lessons, on where the grader is, or on the package.
"""

import json
import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from course.language import Language
from course.lessons import Lesson
from course.pythons import TESTED, USUAL

STUDENT = Path(__file__).parent / "student"
# What tools leave behind.
RUBBISH = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
CHINESE_README = "README.zh-CN.md"
# A README as texts name it: its folder, seen from theirs, and its language.
README = re.compile(r"(?P<folder>(?:[A-Za-z0-9_.-]+/)*)README(?P<chinese>\.zh-CN)?\.md")
# The files of settings, which say something in comments and names.
SETTINGS = (
    ".devcontainer/devcontainer.json",
    ".github/workflows/classroom.yml",
    "exercises/pytest.ini",
    "graders/pytest.ini",
    "graders/settings.toml",
    "pyproject.toml",
)
WORD = re.compile(r"@(\w+)@")
# What the open samples need, and what that needs.
OF_THE_SAMPLES = ("pytest", "pytest-asyncio", "iniconfig", "packaging", "pluggy", "pygments", "typing-extensions")


def written(occasion: Literal["both", "classroom", "github", "self_study"], words: dict[str, str]) -> dict[str, bytes]:
    """The files for an occasion, by their path, with `words` filled in.

    A text in another language (`NAME.<language>.md.in`) gets the words of that language: `lessons.zh` for `@lessons@`.
    """
    files = {}
    folder = STUDENT / occasion
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and not RUBBISH & set(each.parts)):
        name, text = path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")
        if path.suffix == ".in":
            text = _filled(text, words, "zh" if ".zh-" in path.name else "en")
        files[name.removesuffix(".in")] = text.encode()
    return files


def _filled(text: str, words: dict[str, str], language: str) -> str:
    return WORD.sub(lambda found: words.get(f"{found[1]}.{language}") or words[found[1]], text)


def about_lessons(root: Path, lessons: list[Lesson]) -> dict[str, str]:
    """The table of the lessons, and the names of the first one."""
    first = lessons[0]
    return {
        "first": first.name,
        "first_key": first.key,
        "first_file": first.filename,
        "first_readme": _readme(root, first, "zh"),
        "lessons.en": "\n".join(_row(root, lesson, "en") for lesson in lessons),
        "lessons.zh": "\n".join(_row(root, lesson, "zh") for lesson in lessons),
    }


def _row(root: Path, lesson: Lesson, language: str) -> str:
    title = (lesson.title.zh if language == "zh" else "") or lesson.title.en
    folder = f"exercises/{lesson.name}"
    text = f"{folder}/{_readme(root, lesson, language)}"
    return f"| [{lesson.name}]({text}) | {title} | {lesson.minutes} | {folder}/{lesson.filename} |"


def _readme(root: Path, lesson: Lesson, language: str) -> str:
    """The name of the lesson's text in a language; the English one where it is not translated."""
    is_there = (root / "exercises" / lesson.name / CHINESE_README).exists()
    return CHINESE_README if language == "zh" and is_there else "README.md"


def about_pythons() -> dict[str, str]:
    """The Pythons that the course is tested on, and the one that it is set up with."""
    return {"oldest_python": TESTED[0], "newest_python": TESTED[-1], "python": USUAL}


def about_grading(lessons: list[Lesson], action: str | None) -> dict[str, str]:
    """How work gets to the checks; for GitHub, the grader and what it hands to the reporter, one id per lesson."""
    feedback = _sentences()["feedback"]["github" if action else "plain"]
    repository, _, ref = (action or "").rpartition("@")
    results = (f"{lesson.key.upper()}_RESULTS: ${{{{ steps.grade.outputs.{lesson.key} }}}}" for lesson in lessons)
    return {
        "feedback.en": feedback["en"],
        "feedback.zh": feedback["zh"],
        "action_uses": f"{repository}/.github/actions/grade@{ref}",
        "runners": ",".join(lesson.key for lesson in lessons),
        "results": "\n".join(f"          {line}" for line in results),
    }


def in_their_language(files: dict[str, bytes], language: Language) -> dict[str, bytes]:
    """The files with what settings say in this language, and with READMEs in it: `README.md` is what everybody sees.

    In Chinese, the English text of a folder is `README.en.md` if there are two.
    """
    told = files | {path: _settings_in(language, files[path]) for path in SETTINGS if path in files}
    if language == "en":
        return told
    both = {PurePosixPath(path).parent for path in files if PurePosixPath(path).name == CHINESE_README}
    readmes = {path for path in files if README.fullmatch(path) and PurePosixPath(path).parent in both}
    return {
        _readmes_named(path, PurePosixPath(), both) if path in readmes else path: (
            _readmes_named(content.decode(), PurePosixPath(path).parent, both).encode() if path in readmes else content
        )
        for path, content in told.items()
    }


def _readmes_named(text: str, folder: PurePosixPath, both: set[PurePosixPath]) -> str:
    """A text of this folder, in which READMEs have the names that they get where there are `both`."""

    def name(found: re.Match[str]) -> str:
        if folder / found["folder"] not in both:
            return found[0]
        return found["folder"] + ("README.md" if found["chinese"] else "README.en.md")

    return README.sub(name, text)


def _settings_in(language: Language, content: bytes) -> bytes:
    for text in _sentences()["settings"].values():
        content = content.replace(text["en"].encode(), text[language].encode())
    return content


def _sentences() -> dict[str, Any]:
    return tomllib.loads((STUDENT / "sentences.toml").read_text(encoding="utf-8"))


def about_package(pyproject: str) -> dict[str, str]:
    """The version of the package and what it depends on."""
    project: dict[str, Any] = tomllib.loads(pyproject)["project"]
    return {
        "version": project["version"],
        "dependencies": "\n".join(f"    {json.dumps(each)}," for each in project["dependencies"]),
    }


def pinned(constraints: str) -> str:
    """The requirements of the open samples, in the versions that the course is tested with."""
    versions = {re.split("[=<>]", line)[0].lower().replace("_", "-"): line for line in constraints.splitlines()}
    return "".join(f"{versions[name]}\n" for name in OF_THE_SAMPLES if name in versions)
