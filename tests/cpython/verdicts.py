"""What the tests of CPython must come to in a world, as `not_passing.toml` says, and whether they do."""

import functools
import importlib.util
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# Reasons that lie outside of what a world simulates: these tests do not count as ones that ought to pass.
OUTSIDE = frozenset({
    "another implementation", "another platform", "fork", "interpreter internals", "signals", "sockets", "subprocesses",
})  # fmt: skip


@functools.cache
def _expectations() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("not_passing.toml").read_text(encoding="utf-8"))


def modules() -> list[str]:
    """The names of CPython's test modules that run in worlds, whether this interpreter has them or not."""
    return list(_expectations()["modules"])


def missing(module: str) -> bool:
    """True when this interpreter was installed without this test module."""
    try:
        return importlib.util.find_spec(module) is None
    except ModuleNotFoundError:  # not even its package
        return True


def never_run(module: str) -> list[str]:
    """The patterns of the tests of `module` that would hang or kill the process."""
    return _of_this_version(_expectations()["modules"][module].get("never run", []))


def _of_this_version(patterns: list[str]) -> list[str]:
    """The patterns without their versions: `Class.test (3.12, 3.13)` is about these versions only."""
    split = [pattern.partition(" ") for pattern in patterns]
    return [name for name, _, versions in split if not versions or VERSION in versions.strip("()").split(", ")]


def _reason(module: str, result: dict[str, Any]) -> str:
    """Why a test is expected not to pass, or ""."""
    for reason, patterns in _expectations()["modules"][module].items():
        if reason != "never run" and any(fnmatchcase(result["test"], one) for one in _of_this_version(patterns)):
            return str(reason)
    if result["outcome"] == "skip":
        return str(_expectations()["skips itself"].get(result["message"], ""))
    return ""


@dataclass
class Tally:
    """The results of one module, sorted."""

    module: str
    passed: int = 0
    not_passed: Counter[str] = field(default_factory=Counter)  # by reason
    surprises: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def all(self) -> int:
        """How many tests there are."""
        return self.passed + self.not_passed.total()

    @property
    def share(self) -> float:
        """The share, from 0 to 1, that passes of those that lie inside of what a world simulates."""
        inside = self.passed + sum(count for reason, count in self.not_passed.items() if reason not in OUTSIDE)
        return self.passed / inside if inside else 1.0


def tally(module: str, results: list[dict[str, Any]]) -> Tally:
    """Count, and note each test that comes to something else than expected."""
    found = Tally(module)
    for result in results:
        found.seconds += result.get("seconds", 0.0)
        reason = _reason(module, result)
        if result["outcome"] == "pass":
            found.passed += 1
            if reason:
                found.surprises.append(f"{result['test']} passes, but is listed under {reason!r}")
        else:
            found.not_passed[reason or "unexplained"] += 1
            if not reason:
                found.surprises.append(f"{result['test']}: {result['outcome']}\n{result['message']}")
    return found
