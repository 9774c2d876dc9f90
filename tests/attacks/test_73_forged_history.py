"""Attack 73: forged tags, releases, commit dates, and a `.git` that runs programs. Grading a folder never asks git.

The moment of the grading is the judge's own; what was handed in when is for the push to say.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.attacks.conftest import AttackFolder
from tests.attacks.watching import Watched

RUNS = "touch /tmp/left-behind-by-git"
COMMIT = "2001-01-01 00:00:00 +0000"
PLANTED = {
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/config": f"[core]\n\tfsmonitor = {RUNS}\n\tpager = {RUNS}\n\tsshCommand = {RUNS}\n[alias]\n\tlog = !{RUNS}\n",
    ".git/hooks/post-checkout": f"#!/bin/sh\n{RUNS}\n",
    ".git/refs/heads/main": "0" * 40 + "\n",
    ".git/refs/tags/submitted-in-time": "0" * 40 + "\n",
    ".git/packed-refs": f"{'0' * 40} refs/tags/graded-10-of-10\n",
    ".git/logs/HEAD": f"{'0' * 40} {'0' * 40} Teacher <teacher@example.org> 978307200 +0000\tcommit: 10 of 10\n",
    ".gitattributes": "*.py filter=mine diff=mine\n",
    "result.json": f'{{"graded_at": "{COMMIT}", "points": 10}}',
    "RELEASE": f"submitted {COMMIT}\n",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which files were opened (inotify)")
def test_no_history_is_asked(attack_folder: AttackFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    began = datetime.now(UTC)

    def lay_out(folder: Path) -> None:
        watched.plant(folder, PLANTED)
        for name in ("GIT_COMMITTER_DATE", "GIT_AUTHOR_DATE", "SOURCE_DATE_EPOCH"):
            monkeypatch.setenv(name, COMMIT)

    result, output = attack_folder(lay_out, "t01")
    assert result.points == result.max_points
    assert datetime.fromisoformat(result.graded_at) >= began.replace(microsecond=0)
    assert watched.opened() == set()
    assert "2001" not in output
    assert "graded-10-of-10" not in output
