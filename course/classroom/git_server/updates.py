"""Updates: what a push has done to each branch or tag, as the hook is told (githooks(5), post-receive)."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from course.classroom.git_server.git import COMMIT, NOTHING, is_ancestor
from course.classroom.git_server.server import MAIN

BRANCHES, TAGS = "refs/heads/", "refs/tags/"

Kind = Literal["work", "forced", "deleted_main", "branch", "deleted_branch", "tag", "deleted_tag", "other"]


class Update(NamedTuple):
    """One branch or tag: where it was, where it is now, and its full name. A hash of zeros is nothing."""

    old: str
    new: str
    ref: str

    @property
    def name(self) -> str:
        """The name as people write it."""
        return self.ref.removeprefix(BRANCHES).removeprefix(TAGS)


def read_updates(lines: Iterable[bytes]) -> list[Update]:
    """The updates that git tells the hook about; a name need not be UTF-8."""
    updates = []
    for line in lines:
        old, new, ref = line.decode("utf-8", "backslashreplace").rstrip("\n").split(" ", 2)
        if COMMIT.fullmatch(old) and COMMIT.fullmatch(new):
            updates.append(Update(old, new, ref))
    return updates


def kind_of(repository: Path, update: Update) -> Kind:
    """What was done; only `work` and `forced` bring work to grade."""
    is_gone = update.new == NOTHING
    if update.ref == BRANCHES + MAIN:
        if is_gone:
            return "deleted_main"
        replaces = update.old != NOTHING and not is_ancestor(repository, update.old, update.new)
        return "forced" if replaces else "work"
    if update.ref.startswith(BRANCHES):
        return "deleted_branch" if is_gone else "branch"
    if update.ref.startswith(TAGS):
        return "deleted_tag" if is_gone else "tag"
    return "other"
