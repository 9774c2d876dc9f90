"""Look at a jail from inside: a few lines run as a student's code, in real mode, and what they return comes back."""

import textwrap
from typing import Any

import pytest

from course.judge.drivers import Drivers
from course.judge.jail import Jail, jails
from course.judge.records import RunRecord, value_of
from course.judge.starter import Starter
from course.judge.workers import Case

# `tried(function)` is None when the system allows it, and else the name of the error.
TRIED = """
import errno, os
def tried(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, type(error).__name__)
"""


def case_of(starter: Starter, drivers: Drivers, **more: Any) -> Case:
    """A case that runs the module in real mode."""
    return Case(starter, {**drivers.real_request("drive", {}), **more})


def source_of(body: str) -> str:
    """A module whose `work` is made of these lines."""
    return f"{TRIED}\ndef work():\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"


def value_in(starter: Starter, drivers: Drivers, **more: Any) -> Any:
    """What the module's `work` returns in a worker of this starter."""
    with case_of(starter, drivers, **more) as case:
        run = next(case.frames())
    assert isinstance(run, RunRecord)
    assert run.error is None, run.error
    return value_of(run.value)


def namespaces_or_skip() -> Jail:
    """The jail with namespaces that works here."""
    jail = jails()[0]
    if not jail.namespaces:
        pytest.skip("no namespaces here: bubblewrap is missing, or is not allowed to make them")
    return jail
