"""Ten attacks on Otter-Grader, nbgrader, check50 and ours: who is fooled?

    python benchmarks/peers_attacked.py --json attacked.json

Each peer is installed by pip into an environment of its own in a temporary folder (`--environments` keeps them). Then
each grader grades a right submission, which must get all points, and a wrong one: it does one of two exercises, and its
points are the honest part of all attacks, which differ from it in nothing but the attack. What an attack has come to is
decided by the grader's own files and by the processes that are there when it has ended:

    fooled     more points than the honest part
    leaked     the secret of the environment stands in what students get to see
    lost       no points at all, or less than the honest part; also when it had to be ended
    survived   a process of the student's is there when the grader has ended
    answered   none of these
"""

import argparse
import ctypes
import importlib.metadata
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import NamedTuple

from benchmarks.attacked_graders import Check50, Grader, Nbgrader, Otter, Ours, environment
from benchmarks.attacks_on_graders import ATTACKS, VARIABLE, WRONG, Attack
from course.judge.processes import descendants

PR_SET_CHILD_SUBREAPER = 36  # prctl(2): orphans come to this process
SECRET = secrets.token_hex(16)
# A grader that takes so much longer than for the wrong submission hangs. nbgrader needs 25 to give up on a kernel.
PATIENCE = 60.0
# Processes that end by themselves, and what they still write, are waited for so long.
AFTERWARDS = 3.0
INSTALL_SECONDS = 900.0
NOT_INSTALLED = "not installed"


class Outcome(NamedTuple):
    """What a grading came to: the points by its own file, whether the secret is shown, who is still there."""

    points: float | None
    seconds: float
    hung: bool = False
    leaked: bool = False
    survived: bool = False


class Bout:
    """One grader, set up once, against one submission after another."""

    def __init__(self, grader: Grader, programs: Path, folder: Path) -> None:
        self._grader = grader
        self._programs = programs
        self._folder = folder
        self._template = folder / "template"
        self._template.mkdir(parents=True)
        grader.set_up(self._template, programs)
        self.full = self.grade("right", grader.right, Attack("", {}), PATIENCE * 2)
        honest = Attack("", {"": WRONG}).module(grader.name)
        self.honest = self.grade("wrong", honest, Attack("", {}), PATIENCE * 2)
        if self.full.points is None or self.honest.points is None or not 0 < self.honest.points < self.full.points:
            raise RuntimeError(f"{grader.name} does not grade honest submissions: {self.full}, {self.honest}")

    def attacked_by(self, name: str) -> Outcome:
        """What an attack comes to."""
        attack = ATTACKS[name]
        return self.grade(name, attack.module(self._grader.name), attack, PATIENCE + self.honest.seconds)

    def verdict(self, outcome: Outcome) -> str:
        """In a word or two."""
        honest = self.honest.points or 0.0
        found = {
            "fooled": outcome.points is not None and outcome.points > honest,
            "leaked": outcome.leaked,
            "lost (hangs)": outcome.hung,
            "lost": not outcome.hung and (outcome.points is None or outcome.points < honest),
            "survived": outcome.survived,
        }
        return ", ".join(word for word, holds in found.items() if holds) or "answered"

    def grade(self, name: str, module: str, attack: Attack, seconds: float) -> Outcome:
        """Grade a module, in a fresh copy of the set-up, for at most so many seconds."""
        folder = self._folder / name
        shutil.copytree(self._template, folder)
        self._grader.submit(folder, module, attack.files)
        began = time.monotonic()
        hung, survived = False, False
        for number, command in enumerate(self._grader.commands(folder, self._programs)):
            hung = not self._ends(command, folder, seconds) or hung
            if number == 0:
                took = time.monotonic() - began
                survived = _end_all_left() and not hung
        leaked = SECRET in self._grader.shown(folder)
        return Outcome(self._grader.points(folder), took, hung, leaked, survived)

    def _ends(self, command: list[str], folder: Path, seconds: float) -> bool:
        """Run a command; False when it had to be ended."""
        with open(folder / "said.txt", "ab") as said:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**environment(self._programs, folder), VARIABLE: SECRET},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False
        return True


def _end_all_left() -> bool:
    """End what descends from this process; True when something was still there after a while."""
    deadline = time.monotonic() + AFTERWARDS
    while descendants(os.getpid()) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = False
    while living := descendants(os.getpid()):  # whoever is ended may leave children
        left = True
        for process in living:
            os.kill(process, signal.SIGKILL)
        time.sleep(0.01)
    return left


def installed(grader: Grader, environments: Path) -> Path | None:
    """The folder of programs of the grader's own environment; None when pip cannot install it."""
    if not grader.packages:
        return Path(sys.executable).parent
    home = environments / grader.name
    programs = home / "bin"
    if not programs.exists():
        venv.create(home, with_pip=True)
    pip = [str(programs / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *grader.packages]
    done = subprocess.run(pip, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    if done.returncode != 0:
        print(f"{grader.name}: {done.stderr.strip()[-500:]}", file=sys.stderr)
        return None
    return programs


def main() -> None:
    """Print the table as Markdown; with --json, write every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--attacks", nargs="+", choices=ATTACKS, default=list(ATTACKS))
    parser.add_argument("--graders", nargs="+", default=["otter", "nbgrader", "check50", "ours"])
    parser.add_argument("--environments", type=Path, help="a folder for the peers' environments, kept")
    parser.add_argument("--keep", type=Path, help="a folder for all that graders write, kept")
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    verdicts: dict[str, dict[str, str]] = {}
    figures = {}
    with tempfile.TemporaryDirectory(prefix="attacked-", ignore_cleanup_errors=True) as temporary:
        graders: list[Grader] = [Otter(), Nbgrader(), Check50(), Ours()]
        for grader in [each for each in graders if each.name in options.graders]:
            programs = installed(grader, (options.environments or Path(temporary) / "environments").resolve())
            title = _title(grader)
            if programs is None:
                verdicts[title] = dict.fromkeys(options.attacks, NOT_INSTALLED)
                continue
            bout = Bout(grader, programs, (options.keep or Path(temporary)).resolve() / "work" / grader.name)
            outcomes = {name: bout.attacked_by(name) for name in options.attacks}
            verdicts[title] = {name: bout.verdict(outcome) for name, outcome in outcomes.items()}
            figures[title] = {"right": bout.full, "wrong": bout.honest, **outcomes}
            for name, outcome in figures[title].items():
                print(f"{title}, {name}: {outcome}", file=sys.stderr)
    print(f"| attack | {' | '.join(verdicts)} |\n|---|{'---|' * len(verdicts)}")
    for name in options.attacks:
        print(f"| {ATTACKS[name].title} | {' | '.join(column[name] for column in verdicts.values())} |")
    if options.json:
        table = {title: {name: outcome._asdict() for name, outcome in each.items()} for title, each in figures.items()}
        options.json.write_text(json.dumps({"verdicts": verdicts, "outcomes": table}, indent=1), encoding="utf-8")


def _title(grader: Grader) -> str:
    """Name and version."""
    if not grader.packages:
        return f"ours {importlib.metadata.version('concurrency-course')}"
    return grader.packages[0].replace("[grading]", "").replace("==", " ")


if __name__ == "__main__":
    main()
