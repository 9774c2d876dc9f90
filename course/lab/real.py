"""Real mode: a scenario with real processes, threads and clocks, in a folder of its own.

The student's module and the scenarios lie there as files and are imported by name, so that every start method of
`multiprocessing` can find them again in its children.
"""

import importlib
import os
import pickle
import py_compile
import secrets
import sys
import time
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler
from typing import Any

from course.lab import audit_notes, record
from course.lab.breakpoints import go_on_everywhere
from course.lab.meeting import ADDRESS
from course.lab.output import Output
from course.lab.quietly import quietly
from course.lab.record import Channel
from course.lab.stage import attempt


class RealLab:
    """The `lab` of scenarios in real mode."""

    attempt = staticmethod(attempt)

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._messages: list[bytes] = []
        self._pickles: list[bytes] = []
        self._count_messages()

    def mark(self, name: str) -> None:
        """Tell the judge that this moment has come; the judge's clock decides when that was."""
        self._channel.send("mark", name=name)

    def messages_with(self, mark: str) -> int:
        """How many messages from this process to others have carried the text `mark` so far.

        They are those of `multiprocessing`; of a program that sends none, what it has pickled for pipes of its own.
        """
        sent = sum(mark.encode() in message for message in self._messages)
        return sent or sum(mark.encode() in message for message in self._pickles)

    def _count_messages(self) -> None:
        """Keep a copy of what goes through `multiprocessing`'s pipes and queues: all of it is pickled by one class."""
        ForkingPickler.dumps = _counted(ForkingPickler.dumps, self._messages)  # type: ignore[method-assign]
        pickle.dumps = _counted(pickle.dumps, self._pickles)


def _counted(dumps: Callable[..., Any], pickled: list[bytes]) -> Callable[..., Any]:
    """`dumps`, which leaves a copy of each result in `pickled`; not the lab: programs can get at what this encloses."""
    note = pickled.append

    def counted(obj: object, *arguments: Any, **named: Any) -> Any:
        payload = dumps(obj, *arguments, **named)
        note(bytes(payload))
        return payload

    return counted


def run(request: dict[str, Any], channel: Channel) -> None:
    """Run the scenario of a real case once and send what it saw."""
    folder = os.path.join(request["jail"]["folder"], secrets.token_hex(8))  # its name tells nothing about the case
    _lay_out(folder, {request["module"]: request["source"], "scenarios": request["scenarios"]})
    filename = os.path.join(folder, f"{request['module']}.py")
    with quietly():  # whoever imports it, in children as well, finds it compiled; errors come at the import
        py_compile.compile(filename, quiet=2)
    os.environ[ADDRESS] = request["meeting"]
    _start_processes_by(request["start_method"])
    go_on_everywhere(request["jail"]["folder"])
    lab = RealLab(channel)
    send = channel.send  # bound: replacing the class's function changes nothing
    notes = audit_notes.listen(filename)
    output = Output()
    sys.stdout = sys.stderr = output
    value: Any = None
    error: dict[str, Any] | None = None
    began = time.monotonic_ns()
    try:
        drive = getattr(importlib.import_module("scenarios"), request["scenario"])  # first: it lies in a file
        student = importlib.import_module(request["module"])
        value = record.plain(drive(student, lab, **request["arguments"]))
    except BaseException as exception:
        error = record.error(exception, filename)
    send(
        "run",
        outcome="finished" if error is None else "error",
        value=value,
        error=error,
        duration=time.monotonic_ns() - began,
        output=record.text(output.tail()),
    )
    audit_notes.send(notes, send)
    send("end", runs=1, bound=-1, exhausted=False)


def _start_processes_by(method: str) -> None:
    """Make `method` what `multiprocessing` does by default here, as if the system had chosen it.

    `set_start_method` would not do: the student's module may call that itself, once.
    """
    context = importlib.import_module("multiprocessing.context")
    context._default_context._default_context = context._concrete_contexts[method]


def _lay_out(folder: str, modules: dict[str, str]) -> None:
    os.mkdir(folder)
    for name, source in modules.items():
        with open(os.path.join(folder, f"{name}.py"), "w", encoding="utf-8") as file:
            file.write(source)
        sys.modules.pop(name, None)
    os.chdir(folder)
    sys.path.insert(0, folder)
