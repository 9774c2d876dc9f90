"""Processes start by the method that a check names: what Python's own default is changes no points."""

import multiprocessing
from collections.abc import Callable
from typing import get_args

import pytest

from course.judge.bench import Bench
from course.judge.drivers import Drivers, StartMethod
from course.judge.kill_matrix import grade_all
from course.lessons import lessons_named

METHODS: tuple[StartMethod, ...] = get_args(StartMethod)
HOW = """
import multiprocessing, os
from concurrent.futures import ProcessPoolExecutor

where = os.getpid()

def work():
    with ProcessPoolExecutor(1) as pool:
        in_pool = pool.submit(started).result()
    return [multiprocessing.get_start_method(), in_pool, multiprocessing.get_context().Process.__name__]

def started():
    # Only a forked process has a module that was imported by another one; a fork server is not the one who asked.
    inherited = where != os.getpid()
    return [multiprocessing.get_start_method(), inherited, os.getppid() == multiprocessing.parent_process().pid]
"""
PROCESSES = {"fork": "ForkProcess", "spawn": "SpawnProcess", "forkserver": "ForkServerProcess"}


@pytest.mark.parametrize("method", METHODS)
def test_a_case_has_the_start_method_that_its_check_names(make_drivers: Callable[..., Drivers], method: str) -> None:
    """Also in processes that its processes would start."""
    run = make_drivers(HOW, mode="real").real("drive", start_method=method)  # type: ignore[arg-type]
    assert run.value == [method, [method, method == "fork", method != "forkserver"], PROCESSES[method]]


def test_all_methods_of_this_system_can_be_named() -> None:
    assert set(METHODS) == set(multiprocessing.get_all_start_methods())


def test_without_a_name_processes_are_forked_on_every_python(make_drivers: Callable[..., Drivers]) -> None:
    drivers = make_drivers(HOW, mode="real")
    assert drivers.real("drive").value == drivers.real("drive", start_method="fork").value
    assert drivers.rendezvous("drive").value[0] == "fork"


@pytest.mark.parametrize("how", ['set_start_method("spawn")', 'get_context("spawn")'])
def test_a_submission_may_still_name_another(make_drivers: Callable[..., Drivers], how: str) -> None:
    """When it is imported, as the system's default could be changed there."""
    source = f"import multiprocessing\nCONTEXT = multiprocessing.{how} or multiprocessing\n"
    source += "def work():\n    return CONTEXT.get_start_method()\n"
    assert make_drivers(source, mode="real").real("drive", start_method="forkserver").value == "spawn"


# --- p13: which check answers for which method --------------------------------------------------------------------

BREAKS = """
def broken(function):
    def call(*arguments):
        if multiprocessing.get_start_method() == "METHOD":
            DOES
        return function(*arguments)
    return call

grep, map_chunks = broken(grep), broken(map_chunks)
"""
HIDES_DEATHS = """
def hides(function):
    def call(*arguments):
        try:
            return function(*arguments)
        except BatchFailed:
            if multiprocessing.get_start_method() == "METHOD":
                return []
            raise
    return call

map_chunks = hides(map_chunks)
"""


def test_what_works_with_one_method_only_costs_one_promise(bench: Bench) -> None:
    """And nobody may overlook a death with any of them."""
    (lesson,), _ = lessons_named(["p13"])
    broken = {"raises": BREAKS.replace("DOES", "raise RuntimeError"), "lies": BREAKS.replace("DOES", "return []")}
    endings = {**broken, "hides deaths": HIDES_DEATHS}
    sources = {
        f"{method} {what}": f"{lesson.reference}\nimport multiprocessing\n{ending.replace('METHOD', method)}"
        for method in METHODS
        for what, ending in endings.items()
        if method != "fork" or what == "hides deaths"
    }
    results = {name: grading.result() for name, grading in grade_all(lesson, sources, bench).items()}
    failed = {
        name: {check.id for check in result.checks if check.status != "passed"} for name, result in results.items()
    }
    assert failed == {name: {"dead_worker"} if "deaths" in name else {"spawn_safe"} for name in sources}
    assert len(failed) == 7
