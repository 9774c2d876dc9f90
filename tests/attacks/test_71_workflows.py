"""Attack 71: edit or add workflows. Of a submission nothing but the lessons' modules is even opened.

The kernel tells which files of the folder were opened (inotify). Workflows of a student's repository run when it is
pushed; what they may do there is the business of the push, not of grading a folder.
"""

import sys
from pathlib import Path

import pytest

from tests.attacks.conftest import AttackFolder
from tests.attacks.watching import Watched

FULL_MARKS = 'echo \'{"points": 20, "max_points": 20}\' | tee result.json; curl -d @result.json http://127.0.0.1:9/'
WORKFLOW = f"""
on: [push, pull_request_target, workflow_dispatch]
permissions: write-all
jobs:
  grade:
    runs-on: ubuntu-latest
    steps:
      - run: {FULL_MARKS}
"""
PLANTED = {
    ".github/workflows/classroom.yml": WORKFLOW,
    ".github/workflows/grade.yml": WORKFLOW,
    ".github/classroom/autograding.json": '{"tests": [{"name": "all", "run": "true", "points": 20}]}',
    ".github/actions/grade/action.yml": "runs: {using: composite, steps: [{run: 'true', shell: bash}]}",
    ".ci/run": "#!/bin/sh\ntouch /tmp/left-behind-by-ci\n",
    ".gitlab-ci.yml": "grade: {script: ['touch /tmp/left-behind-by-gitlab']}",
    "result.json": '{"points": 20, "max_points": 20}',
    "Makefile": "all:\n\ttouch /tmp/left-behind-by-make\n",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which files were opened (inotify)")
def test_workflows_are_not_opened(attack_folder: AttackFolder) -> None:
    watched = Watched()

    def lay_out(folder: Path) -> None:
        watched.plant(folder, PLANTED)
        (folder / "t01_quotes" / "quotes.py").write_text("def fetch_quotes(symbols, fetch):\n    return {}\n")
        watched.look_at([folder / "t03_gate" / "gate.py"])

    result, _ = attack_folder(lay_out, "t01", "t03")
    wrong, right = result.lessons
    assert (wrong.points, right.points) == (1, right.max_points)
    assert watched.opened() == {"t03_gate/gate.py"}  # a module is opened, so that the look is worth something
