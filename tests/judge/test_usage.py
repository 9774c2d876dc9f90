"""Usage: what the kernel says that processes have computed and carried, from outside."""

import builtins
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from course.judge.usage import Usage, seconds_of, usage_of

PROGRAM = """
import os, re
def computed(): [re.search("(?:a|b|ab)+c", "ab" * 10) for _ in range({loops})]
def carried():
    reader, writer = os.pipe()
    for _ in range(10):
        os.write(writer, bytes(4000))
        os.read(reader, 4000)
{body}
print(flush=True)
input()
"""
CHILD = """
if (child := os.fork()) == 0:
    {work}()
    os._exit(0)
{then}
"""
WAITS = "os.waitpid(child, 0)"
LEAVES_IT = "os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)"


def usage_after(body: str, *, loops: int = 1) -> Usage:
    """The usage of a program that has just run `body`."""
    source = PROGRAM.format(body=body, loops=loops)
    command = [sys.executable, "-I", "-S", "-c", source]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = usage_of(process.pid)
        process.communicate("\n", timeout=20)
    assert found is not None
    return found


def test_what_a_child_computes_is_not_its_parents() -> None:
    itself = usage_after("computed()", loops=20_000)
    by_child = usage_after(CHILD.format(work="computed", then=WAITS), loops=20_000)
    assert by_child.alone < itself.alone / 2


@pytest.mark.parametrize(
    "body",
    ["carried()", CHILD.format(work="carried", then=WAITS), CHILD.format(work="carried", then=LEAVES_IT)],
    ids=["by itself", "by a child", "by a child that nobody has waited for"],
)
def test_bytes_of_descendants_count(body: str) -> None:
    before, after = usage_after("pass"), usage_after(body)
    assert after.read - before.read >= 40_000
    assert after.written - before.written >= 40_000


def test_a_process_that_has_gone_has_no_usage() -> None:
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", ""]) as process:
        process.wait(20)
    assert usage_of(process.pid) is None


def test_bytes_that_the_kernel_does_not_tell_are_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: Callable[..., Any] = open

    def refused(path: str, *arguments: Any) -> Any:
        if str(path).endswith("/io"):
            raise PermissionError(path)
        return opened(path, *arguments)

    monkeypatch.setattr(builtins, "open", refused)
    found = usage_of(os.getpid())
    assert found is not None
    assert found.alone > 0
    assert (found.read, found.written) == (-1, -1)


def test_what_others_compute_meanwhile_is_not_counted() -> None:
    def others_compute() -> None:
        thread = threading.Thread(target=lambda: [each * each for each in range(300_000)])
        thread.start()
        thread.join()

    assert seconds_of(others_compute) < seconds_of(lambda: [each * each for each in range(300_000)]) / 2
