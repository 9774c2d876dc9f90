"""The `course` command, started inside a hostile folder: as whoever has just changed into it would."""

import os
import subprocess
import sys
from pathlib import Path

from course.report.model import Result, from_json
from tests.attacks.arena import SECRET
from tests.attacks.conftest import _require_no_secret


def grade_from_within(folder: Path, *keys: str) -> tuple[Result, str]:
    """Grade the current folder; the result, and all that was printed."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("course")), "grade", ".", *keys, "--json"],
        cwd=folder,
        env={**os.environ, "COURSE_TEST_SECRET": SECRET},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode in (0, 1), done.stderr
    output = done.stdout + done.stderr
    _require_no_secret(output)
    return from_json(done.stdout), output
