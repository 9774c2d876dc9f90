"""`course release`: make the students' repository from this one, or bring an older one up to date."""

from pathlib import Path

from course.classroom.editions import ReleaseError, classroom_edition, self_study_edition
from course.classroom.updating import Changes, update
from course.language import Language
from course.lessons import ROOT, Lesson

__all__ = ["ReleaseError", "release", "told"]


def release(  # noqa: PLR0913  # the terms, each by name
    folder: Path,
    lessons: list[Lesson],
    *,
    action: str | None = None,
    self_study: bool = False,
    language: Language = "en",
    root: Path = ROOT,
) -> Changes:
    """Release `lessons` of the repository `root` into `folder`: for a class, or for self-study.

    With an `action` (`ORG/REPO@REF`) the class gets a workflow that has pushes graded there. Reports, and what students
    read first, are in `language`.

    Raises:
        ReleaseError: something hidden would leak, or `folder` is no place for a release. Nothing was written.
    """
    folder, root = folder.resolve(), root.resolve()
    if folder == root or root in folder.parents:
        raise ReleaseError(f"{folder} is in this repository, beside the graders. Name a folder elsewhere.")
    if self_study:
        return update(folder, self_study_edition(root, lessons, language))
    return update(folder, classroom_edition(root, lessons, action, language))


def told(changes: Changes) -> list[str]:
    """What a release has done, in sentences."""
    lines = [f"Added {_files(changes.added)}."] if changes.added else []
    lines += [f"Updated {path}." for path in changes.updated]
    lines += [f"Updated {path}; it was changed here, and the changed one is now {old}." for path, old in changes.kept]
    lines += [f"Removed {path}: the course does not have it any more." for path in changes.removed]
    lines += [f"Left {path}: the course does not have it any more, but it was changed here." for path in changes.left]
    lines += [f"Not touched: {path} is being worked on." for path in changes.yours]
    return lines if any(line[0] in "AUR" for line in lines) else [*lines, "Everything of the course is up to date."]


def _files(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{len(paths)} files"
