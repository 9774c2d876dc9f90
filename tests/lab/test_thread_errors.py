"""What a world prints when an exception ends a thread is what Python prints."""

import re
import subprocess
import sys

import pytest

from tests.lab.nursery import Nursery

HEADER = "import _thread, sys, threading, time\n"
PROGRAMS = {
    "a thread": """
    threading.Thread(target=fail, name="worker").start()""",
    "a thread that exits": """
    threading.Thread(target=sys.exit).start()""",
    "a hook of the program's own": """
    threading.excepthook = lambda args: print(args.exc_type.__name__, args.thread.name, file=sys.stderr)
    threading.Thread(target=fail, name="worker").start()""",
    "a bare thread": """
    _thread.start_new_thread(fail, ())
    time.sleep(0.1)
    while _thread._count(): time.sleep(0.1)""",
    "a bare thread that exits": """
    _thread.start_new_thread(_thread.exit, ())
    time.sleep(0.1)""",
    "an unraisable hook of the program's own": """
    sys.unraisablehook = lambda args: print(args.exc_type.__name__, args.err_msg, args.object, file=sys.stderr)
    _thread.start_new_thread(fail, ())
    time.sleep(0.1)
    sys.unraisablehook = sys.__unraisablehook__""",
    "a task that nobody waits for": """
    import asyncio
    async def fail_later(): fail()
    async def run():
        task = asyncio.create_task(fail_later(), name="T")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
    asyncio.run(run())""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_world_prints_what_python_prints(nursery: Nursery, name: str) -> None:
    """Students meet these lines at home: the first and the last are the same, and no line speaks of the world."""
    body = f"{HEADER}def fail(): raise ValueError('no')\ndef main():{PROGRAMS[name]}\n"
    at_home = f"exec(compile({body!r}, 'program.py', 'exec'))\nmain()"
    real = subprocess.run([sys.executable, "-c", at_home], capture_output=True, text=True, check=True).stderr
    virtual = nursery.run(body)["output"]
    assert plain_lines(virtual) == plain_lines(real)
    assert "course" not in virtual


def plain_lines(said: str) -> list[str]:
    """The lines without addresses and without those of the traceback, which name other files."""
    return [re.sub(r"0x[0-9a-f]+", "...", line) for line in said.splitlines() if not line.startswith("  ")]
