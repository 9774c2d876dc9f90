"""The catalogue: what lessons there are, read from `graders/<lesson>/lesson.toml`."""

import tomllib
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from course.language import Sentence, as_it_is, tell
from course.sealing import SUFFIX, SealError, unseal

ROOT = Path(__file__).resolve().parent.parent
GROUPS = ("correctness", "concurrency", "robustness")

Group = Literal["correctness", "concurrency", "robustness"]


class CatalogueError(Exception):
    """A lesson's files do not fit together; the message says which and how to repair it."""


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in the languages it is written in; English always, Chinese where it exists."""

    en: str
    zh: str = ""

    @property
    def said(self) -> Sentence:
        """The sentence, in whatever language it is then told."""
        return as_it_is(self.en, self.zh)


class CheckSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What students read about a check: the promise, why it matters, where to think."""

    id: str
    group: Group
    points: int
    says: Text
    why: Text
    hint: Text


class Pace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two scenarios whose real durations show the speed-up: a plain loop, and the student's code."""

    sequential: str
    concurrent: str


class Lesson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """One lesson: its texts, and where its files are."""

    name: str
    order: int
    minutes: int
    demo: str
    title: Text
    checks: tuple[CheckSpec, ...]
    mode: Literal["simulated", "real"] = "simulated"
    speed_up: Pace | None = None

    @property
    def key(self) -> str:
        """Its number: `t01` for `t01_quotes`."""
        return self.name.partition("_")[0]

    @property
    def module(self) -> str:
        """The name of the module that the student writes: `quotes` for `t01_quotes`."""
        return self.name.partition("_")[2]

    @property
    def filename(self) -> str:
        """The only file that the student edits."""
        return f"{self.module}.py"

    @property
    def grader(self) -> Path:
        """The folder of the hidden checks."""
        return ROOT / "graders" / self.name

    @property
    def solution(self) -> Path:
        """The reference solution."""
        return ROOT / "solutions" / self.name / self.filename

    @cached_property
    def reference(self) -> str:
        """The source of the reference solution, which lies sealed in the edition for self-study.

        Raises:
            CatalogueError: it cannot be read.
        """
        sealed = self.solution.with_name(self.solution.name + SUFFIX)
        if self.solution.exists() or not sealed.exists():
            return self.solution.read_text(encoding="utf-8")
        try:
            return unseal(sealed.read_text(encoding="utf-8"))
        except SealError as error:
            raise CatalogueError(f"{sealed}: {error}") from error

    @property
    def exercise(self) -> Path:
        """The stub that students start from."""
        return ROOT / "exercises" / self.name / self.filename

    @property
    def max_points(self) -> int:
        """The points of all checks together."""
        return sum(check.points for check in self.checks)

    @cached_property
    def scenarios(self) -> str:
        """The source of the scenarios, the only part of a grader that travels to workers."""
        return (self.grader / "scenarios.py").read_text(encoding="utf-8")

    def check(self, check_id: str) -> CheckSpec:
        """The check with this id."""
        return next(check for check in self.checks if check.id == check_id)

    def variants(self, kind: Literal["mistakes", "alternatives"]) -> dict[str, Path]:
        """The wrong or the right submissions that come with the lesson, by name."""
        return {path.stem: path for path in sorted((self.grader / kind).glob("*.py"))}


@cache
def all_lessons() -> tuple[Lesson, ...]:
    """Every lesson, in the order of the course.

    Raises:
        CatalogueError: there are no lessons, or a lesson.toml does not say what it must.
    """
    files = sorted((ROOT / "graders").glob("*/lesson.toml"))
    if not files:
        raise CatalogueError(
            tell(
                "No lessons in {folder}: `course` must be installed from a clone of its repository, with "
                "`pip install -e .`.",
                folder=str(ROOT / "graders"),
            )
        )
    return tuple(sorted((_read(file) for file in files), key=lambda lesson: lesson.order))


def holds_authors_files() -> bool:
    """True in the authors' repository; False in the edition for self-study, without mistakes and solutions."""
    return any((ROOT / "graders").glob("*/mistakes"))


def lessons_named(names: list[str]) -> tuple[list[Lesson], list[str]]:
    """The lessons that `names` mean (all, when there are none), and the names that mean nothing.

    A lesson answers to its full name, its number (`t01`) and its module (`quotes`).
    """
    if not names:
        return list(all_lessons()), []
    known = {key: lesson for lesson in all_lessons() for key in (lesson.name, *lesson.name.split("_", 1))}
    wanted = {known[name].name for name in names if name in known}
    return [lesson for lesson in all_lessons() if lesson.name in wanted], [name for name in names if name not in known]


def _read(file: Path) -> Lesson:
    try:
        table: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        lesson = msgspec.convert({"name": file.parent.name, **table}, Lesson)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise CatalogueError(f"{file}: {error}") from error
    order = [GROUPS.index(check.group) for check in lesson.checks]
    if order != sorted(order):
        raise CatalogueError(f"{file}: the checks must stand in the order correctness, concurrency, robustness.")
    return lesson
