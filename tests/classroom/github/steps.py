"""A small runner of workflows: runs `run:` steps with bash as GitHub does, and plays the actions that they use.

Of expressions it knows names and comparisons with a text; anything else is an error, so that nothing is passed over.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from course.lessons import ROOT

Step = dict[str, Any]
Action = Callable[["Runner", dict[str, str], dict[str, str]], dict[str, str]]

GRADE = ROOT / ".github" / "actions" / "grade"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
NAME = re.compile(r"[a-z][\w-]*(\.[\w-]+)+")
OF_A_LESSON = re.compile(r"steps\.grade\.outputs\.[a-z]\d\d")
COMPARISON = re.compile(r"([\w.-]+) (==|!=) '([^']*)'")
PINNED = re.compile(r"([\w./-]+)@[0-9a-f]{40}")
OF_STEPS = {"name", "id", "if", "uses", "with", "env", "run", "shell", "continue-on-error"}


class UnknownExpressionError(Exception):
    """The runner of these tests cannot tell what this means."""


class StepFailedError(Exception):
    """A step has failed, with this exit code and log."""

    def __init__(self, name: str, code: int, log: str) -> None:
        super().__init__(f"{name}: exit {code}\n{log}")
        self.code = code
        self.log = log


def load(path: Path) -> dict[str, Any]:
    """A workflow or an action; YAML takes the word `on` for true."""
    found = yaml.safe_load(path.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in found.items()}


def filled(text: str, context: Mapping[str, str]) -> str:
    """A text with its expressions replaced by what they stand for."""
    return EXPRESSION.sub(lambda found: _value(found[1], context), str(text))


def _value(expression: str, context: Mapping[str, str]) -> str:
    if OF_A_LESSON.fullmatch(expression):
        return context.get(expression, "")  # lessons are planned that there are not yet
    if not NAME.fullmatch(expression) or expression not in context:
        raise UnknownExpressionError(expression)
    return context[expression]


def holds(condition: str, context: Mapping[str, str]) -> bool:
    """What an `if:` says."""
    parts = COMPARISON.fullmatch(condition)
    if parts is None:
        raise UnknownExpressionError(condition)
    return (_value(parts[1], context) == parts[3]) == (parts[2] == "==")


@dataclass
class Runner:
    """One machine: a workspace, a folder for temporary files, the actions it can play, and steps it does not need."""

    workspace: Path
    temp: Path
    actions: dict[str, Action] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    path: str = field(default_factory=lambda: os.environ["PATH"])
    log: str = ""
    summary: str = ""

    def job(self, workflow: Path, context: Mapping[str, str]) -> None:
        """Run the only job of a workflow, unless its condition forbids it."""
        (job,) = load(workflow)["jobs"].values()
        if holds(job["if"], context):
            self.steps(job["steps"], context, {})

    def action(self, folder: Path, given: Mapping[str, str], context: Mapping[str, str]) -> dict[str, str]:
        """Run a composite action; its outputs."""
        action = load(folder / "action.yml")
        assert action["runs"]["using"] == "composite"
        assert set(given) <= set(action["inputs"])
        inputs = {f"inputs.{name}": given.get(name, spec["default"]) for name, spec in action["inputs"].items()}
        known = self.steps(action["runs"]["steps"], {**context, **inputs}, {"GITHUB_ACTION_PATH": str(folder)})
        return {name: filled(spec["value"], known) for name, spec in action["outputs"].items()}

    def steps(self, steps: list[Step], context: Mapping[str, str], environment: dict[str, str]) -> dict[str, str]:
        """Run steps until one fails (StepFailedError); the context, with what they gave."""
        known = {**context, "runner.temp": str(self.temp), "runner.os": "Linux"}
        for step in steps:
            assert set(step) <= OF_STEPS, step
            if step.get("name") in self.skipped or ("if" in step and not holds(step["if"], known)):
                continue
            extra = {name: filled(value, known) for name, value in step.get("env", {}).items()}
            if "uses" in step:
                given = {name: _text(value, known) for name, value in step.get("with", {}).items()}
                outputs = self._play(step["uses"], given, {**known, **{f"env.{n}": v for n, v in extra.items()}})
            else:
                outputs = self._run(step, {**environment, **extra})
            known |= {f"steps.{step.get('id')}.outputs.{name}": value for name, value in outputs.items()}
        return known

    def _play(self, uses: str, given: dict[str, str], known: dict[str, str]) -> dict[str, str]:
        pinned = PINNED.fullmatch(uses)
        return self.actions[pinned[1] if pinned else uses](self, given, known)

    def _run(self, step: Step, environment: Mapping[str, str]) -> dict[str, str]:
        assert "${{" not in step["run"], "values go into scripts by their environment only"
        names = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")
        files = {name: self.temp / f"file-{name}" for name in names}
        for path in files.values():
            path.write_text("")
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.workspace,
            env={**self._environment(), **{name: str(path) for name, path in files.items()}, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=250,
        )
        self.log += done.stdout
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        assert files["GITHUB_ENV"].read_text() == files["GITHUB_PATH"].read_text() == ""
        if done.returncode and not step.get("continue-on-error"):
            raise StepFailedError(step.get("name", step["run"]), done.returncode, done.stdout)
        lines = files["GITHUB_OUTPUT"].read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _environment(self) -> dict[str, str]:
        """As on a fresh machine: nothing of the tests' own, nor of a workflow that runs them."""
        ours = ("GITHUB_", "RUNNER_", "PYTEST_", "VIRTUAL_ENV", "COURSE_", "LC_")
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
            "LANG": "C.UTF-8",
            "PATH": self.path,
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_REPOSITORY": "cs101/exercises-alice",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": "0" * 40,
            "RUNNER_TEMP": str(self.temp),
        }


def _text(value: Any, context: Mapping[str, str]) -> str:
    return str(value).lower() if isinstance(value, bool) else filled(value, context)


class Caches:
    """`actions/cache`: what was saved stays as it is, and is found by its key or by the beginning of one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.saved: list[str] = []

    def restore(self, _: Runner, given: dict[str, str], known: dict[str, str]) -> dict[str, str]:
        """Put the newest that fits in its place."""
        for beginning in (given["key"], *given.get("restore-keys", "").splitlines()):
            found = [key for key in reversed(self.saved) if key.startswith(beginning)]
            if found:
                shutil.copytree(self._folder / found[0], given["path"])
                return {"cache-hit": str(found[0] == given["key"]).lower(), "cache-primary-key": given["key"]}
        return {"cache-hit": "", "cache-primary-key": given["key"]}

    def save(self, _: Runner, given: dict[str, str], known: dict[str, str]) -> dict[str, str]:
        """Keep a folder; a key that is there already is left alone."""
        if given["key"] not in self.saved:
            shutil.copytree(given["path"], self._folder / given["key"])
            self.saved.append(given["key"])
        return {}
