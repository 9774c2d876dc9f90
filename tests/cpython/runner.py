"""The child's side: runs the tests of one of CPython's own test modules in worlds.

To load such a module, with unittest and asyncio, takes ten times as long as most of its tests: tests of one class share
a world, a dozen at a time. One that does not pass there is run again in a world of its own, and that is what counts.
"""

import gc
import importlib
import io
import os
import random
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, NoReturn

TEST_SECONDS = 60  # of real time: only a test that hangs gets there, also on a busy machine
BATCH = 12  # so many tests at most share a world
BATCHES_PER_COLLECTION = 10
# Besides the world's own, these are made anew in each world: they hold on to its threading, time and asyncio.
ALSO_FRESH = ("test", "unittest")
# Since 3.14 this module asks for the class of tasks in C while it is loaded, whether there is one or not.
ASKS_FOR_C_TASK = "test.test_asyncio.test_eager_task_factory"


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
    waiting: list[str] = []
    batches = 0
    for name, why_skipped in _names_of_tests(module):
        if only and name not in only:
            continue
        if why_skipped:
            found.append({"test": name, "outcome": "skip", "message": why_skipped})
        elif any(fnmatchcase(name, pattern) for pattern in never):
            found.append({"test": name, "outcome": "never run", "message": ""})
        else:
            waiting.append(name)
    while waiting:
        batch = [name for name in waiting[:BATCH] if _class_of(name) == _class_of(waiting[0])]
        results = _run_batch(module, batch)
        waiting = waiting[len(results) :]
        if len(batch) > 1:
            results = [
                one if one["outcome"] in ("pass", "hang") else _run_batch(module, [one["test"]])[0] for one in results
            ]
        found += results
        if found[-1]["outcome"] == "hang":  # it still runs: nothing that came after it could be trusted
            break
        batches += 1
        if batches % BATCHES_PER_COLLECTION == 0:
            gc.collect()
    return found


def _class_of(name: str) -> str:
    return name.partition(".")[0]


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
    if module == ASKS_FOR_C_TASK and sys.version_info >= (3, 14):
        importlib.import_module("asyncio.tasks").__dict__["_CTask"] = None
    try:
        importlib.import_module(module)
    finally:
        _loading.pop()
    support: Any = sys.modules.get("test.support")
    if support is not None:  # since 3.14, tests with many threads ask for the memory of so many stacks, or a process
        support.real_max_memuse, support.has_subprocess_support = sys.maxsize, False


def _refuse_in_tests(event: str, arguments: tuple[object, ...]) -> None:
    if not _loading:
        importlib.import_module("course.lab.world").refuse(event, arguments)


def _flat(suite: Any) -> Iterator[Any]:
    for test in suite:
        if hasattr(test, "__iter__"):
            yield from _flat(test)
        else:
            yield test


def _run_batch(module: str, names: list[str]) -> list[dict[str, Any]]:
    """Run tests in one world; their results, up to the one that ended the world if one did."""
    results: list[dict[str, Any]] = []
    marks = [_cpu_seconds()]

    def main() -> None:
        _load(module)
        for name in names:
            results.append({"test": name, "outcome": "fail", "message": ""})
            results[-1].update(_result(f"{module}.{name}"))
            marks.append(_cpu_seconds())
            results[-1]["seconds"] = marks[-1] - marks[-2]

    try:
        outcome = _in_world(main)
    except Hangs:
        outcome = "hang"
    if outcome != "finished":
        results[-1].update(outcome=outcome, message="")
    return results


def _cpu_seconds() -> float:
    return sum(os.times()[:2])


def _result(name: str) -> dict[str, str]:
    unittest = importlib.import_module("unittest")
    result = unittest.TestResult()
    try:
        unittest.TestSuite([unittest.defaultTestLoader.loadTestsFromName(name)]).run(result)
    except Exception:
        return {"outcome": "fail", "message": traceback.format_exc()}
    if result.errors or result.failures:
        return {"outcome": "fail", "message": "\n".join(text for _, text in result.errors + result.failures)}
    if result.unexpectedSuccesses:
        return {"outcome": "fail", "message": "unexpected success"}
    if result.skipped:
        return {"outcome": "skip", "message": result.skipped[0][1]}
    return {"outcome": "pass", "message": ""}


def _in_world(main: Callable[[], None]) -> str:
    """Run `main` as the main thread of a new world; how that ended: finished, deadlock or no_end."""
    world = importlib.import_module("course.lab.world")
    strategy = importlib.import_module("course.lab.strategies").RunToBlock()
    scheduler = importlib.import_module("course.lab.scheduler").Scheduler(strategy)
    random.seed(0)  # as a run does: the same every time
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
