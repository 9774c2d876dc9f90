"""The child's side: runs the tests of one of CPython's own test modules, each in a world of its own."""

import gc
import importlib
import io
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, NoReturn

TEST_SECONDS = 60  # of real time: only a test that hangs gets there, also on a busy machine
TESTS_PER_COLLECTION = 40
# Besides the world's own, these are made anew in each world: they hold on to its threading, time and asyncio.
ALSO_FRESH = ("test", "unittest")


_loading: list[str] = []


class Hangs(Exception):
    """A test that did not end within its real time."""


def run_module(*, module: str, never: Sequence[str] = (), only: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Run the tests of `module` (those named in `only`, if any); per test its name, outcome, message and CPU seconds.

    Tests that match one of the patterns in `never` would hang: their outcome is "never run".
    """
    world = importlib.import_module("course.lab.world")
    for names in ("FRESH", "REAL", "WORLDLY"):
        setattr(world, names, frozenset({*getattr(world, names), *ALSO_FRESH}))
    sys.addaudithook(_refuse_in_tests)
    signal.signal(signal.SIGALRM, _hangs)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 2)
    gc.disable()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)  # CPython's tests leave files where they run
        return _run_tests(module, never, only)


def _run_tests(module: str, never: Sequence[str], only: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for number, (name, why_skipped) in enumerate(_names_of_tests(module), 1):
        if only and name not in only:
            continue
        if why_skipped:
            found.append({"test": name, "outcome": "skip", "message": why_skipped})
            continue
        if any(fnmatchcase(name, pattern) for pattern in never):
            found.append({"test": name, "outcome": "never run", "message": ""})
            continue
        began = sum(os.times()[:2])
        result = _run_test(module, name)
        found.append({**result, "seconds": sum(os.times()[:2]) - began})
        if result["outcome"] == "hang":
            break
        if number % TESTS_PER_COLLECTION == 0:
            gc.collect()
    return found


def _names_of_tests(module: str) -> list[tuple[str, str]]:
    """The tests of `module`, each with the reason why it skips itself here, or ""."""
    names: list[tuple[str, str]] = []
    problems: list[str] = []

    def main() -> None:
        try:
            _load(module)
            tests = importlib.import_module("unittest").defaultTestLoader.loadTestsFromModule(sys.modules[module])
            names.extend((test.id().removeprefix(f"{module}."), _why_skipped(test)) for test in _flat(tests))
        except Exception:
            problems.append(traceback.format_exc())

    outcome = _in_world(main)
    if problems or outcome != "finished":
        raise RuntimeError(f"{module} cannot be loaded in a world: {outcome}\n{''.join(problems)}")
    return names


def _why_skipped(test: Any) -> str:
    for marked in (type(test), getattr(test, test._testMethodName, None)):
        if getattr(marked, "__unittest_skip__", False):
            return str(getattr(marked, "__unittest_skip_why__", "")) or "skipped"
    return ""


def _load(module: str) -> None:
    """Import `module`; what it needs may try out a socket while it is loaded."""
    _loading.append(module)
    try:
        importlib.import_module(module)
    finally:
        _loading.pop()


def _refuse_in_tests(event: str, arguments: tuple[object, ...]) -> None:
    if not _loading:
        importlib.import_module("course.lab.world").refuse(event, arguments)


def _flat(suite: Any) -> Iterator[Any]:
    for test in suite:
        if hasattr(test, "__iter__"):
            yield from _flat(test)
        else:
            yield test


def _run_test(module: str, name: str) -> dict[str, str]:
    found = {"test": name, "outcome": "pass", "message": ""}

    def main() -> None:
        unittest = importlib.import_module("unittest")
        _load(module)
        suite = unittest.defaultTestLoader.loadTestsFromName(f"{module}.{name}")
        result = unittest.TestResult()
        unittest.TestSuite([suite]).run(result)
        if result.errors or result.failures:
            found.update(outcome="fail", message="\n".join(text for _, text in result.errors + result.failures))
        elif result.unexpectedSuccesses:
            found.update(outcome="fail", message="unexpected success")
        elif result.skipped:
            found.update(outcome="skip", message=result.skipped[0][1])

    def guarded() -> None:
        try:
            main()
        except Exception:
            found.update(outcome="fail", message=traceback.format_exc())

    try:
        outcome = _in_world(guarded)
    except Hangs:
        outcome = "hang"
    if outcome != "finished":
        found.update(outcome=outcome, message="")
    return found


def _in_world(main: Callable[[], None]) -> str:
    """Run `main` as the main thread of a new world; how that ended: finished, deadlock or no_end."""
    world = importlib.import_module("course.lab.world")
    strategy = importlib.import_module("course.lab.strategies").RunToBlock()
    scheduler = importlib.import_module("course.lab.scheduler").Scheduler(strategy)
    signal.alarm(TEST_SECONDS)
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.StringIO()
    with _ends(streams), world.World(scheduler, uncaught=_ignore, loop_report=_ignore, slept=_ignore):
        outcome: str = scheduler.run(main)
    return outcome


@contextmanager
def _ends(streams: tuple[Any, Any]) -> Iterator[None]:
    try:
        yield
    finally:
        signal.alarm(0)
        sys.stdout, sys.stderr = streams


def _ignore(*_: object) -> None:
    """What the world tells is no evidence here."""


def _hangs(*_: object) -> NoReturn:
    raise Hangs
