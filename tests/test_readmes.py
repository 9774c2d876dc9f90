"""What the lessons' texts show is what Python does: every program is run, and its output compared."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from course.lessons import ROOT, all_lessons

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REAL = {lesson.name for lesson in all_lessons() if lesson.mode == "real"}
# Runs the programs on its standard input in virtual time, each in a world of its own.
IN_VIRTUAL_TIME = """
import contextlib, io, json, sys
from types import ModuleType
from course.lab.scheduler import Scheduler
from course.lab.strategies import RunToBlock
from course.lab.world import World

def run(source):
    out, err = io.StringIO(), io.StringIO()
    scheduler = Scheduler(RunToBlock())
    def main():
        module = sys.modules["__main__"] = ModuleType("__main__")
        try:
            exec(compile(source, "program.py", "exec"), module.__dict__)
        except SystemExit:
            pass
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=err)
        threading = sys.modules.get("threading")
        for thread in threading.enumerate() if threading else []:
            if thread is not threading.main_thread() and not thread.daemon:
                thread.join()
    world = World(scheduler, uncaught=lambda *_: None, loop_report=lambda _: None, slept=lambda _: None)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), world:
        outcome = scheduler.run(main)
    return [outcome, out.getvalue(), err.getvalue()]

print(json.dumps([run(source) for source in json.load(sys.stdin)]))
"""


class Program(NamedTuple):
    """A python block with the text block that directly follows it."""

    line: int
    source: str
    shown: str


def readmes() -> list[Path]:
    """The texts of all lessons, in all languages."""
    return sorted(ROOT.glob("exercises/*/README*.md"))


def blocks(text: str) -> tuple[list[Program], list[Program]]:
    """The python blocks whose output is shown, and the others."""
    found = list(BLOCK.finditer(text))
    shown, others = [], []
    for block, after in zip(found, [*found[1:], None], strict=True):
        if block[1] != "python":
            continue
        line = text.count("\n", 0, block.start()) + 1
        if after is not None and after[1] == "text" and not text[block.end() : after.start()].strip():
            shown.append(Program(line, block[2], after[2]))
        else:
            others.append(Program(line, block[2], ""))
    return shown, others


def name_of(path: Path) -> str:
    """What a parametrised test calls a file."""
    return f"{path.parent.name}/{path.name}"


def test_there_is_a_text_with_programs_for_every_lesson() -> None:
    """Or the tests below would compare nothing."""
    for lesson in all_lessons():
        shown, _ = blocks((lesson.exercise.parent / "README.md").read_text(encoding="utf-8"))
        assert len(shown) >= 2, lesson.name


@pytest.mark.parametrize("path", [path for path in readmes() if path.parent.name not in REAL], ids=name_of)
def test_programs_print_what_the_text_shows_in_virtual_time(path: Path) -> None:
    shown, _ = blocks(path.read_text(encoding="utf-8"))
    done = subprocess.run(
        [sys.executable, "-c", IN_VIRTUAL_TIME],
        input=json.dumps([program.source for program in shown]),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for program, (outcome, out, err) in zip(shown, json.loads(done.stdout), strict=True):
        assert out == program.shown, f"{path}:{program.line}: {outcome}\n{err}"


@pytest.mark.parametrize("path", [path for path in readmes() if path.parent.name in REAL], ids=name_of)
def test_programs_with_processes_print_what_the_text_shows(path: Path, tmp_path: Path) -> None:
    """Each from a file of its own, as a student would run it."""
    shown, _ = blocks(path.read_text(encoding="utf-8"))
    for program in shown:
        file = tmp_path / "program.py"
        file.write_text(program.source, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, file.name], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.stdout == program.shown, f"{path}:{program.line}\n{done.stderr}"


@pytest.mark.parametrize("path", readmes(), ids=name_of)
def test_every_other_piece_of_python_can_be_compiled(path: Path) -> None:
    """Pieces may await at their top."""
    _, others = blocks(path.read_text(encoding="utf-8"))
    for piece in others:
        compile(piece.source, f"{path}:{piece.line}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("path", readmes(), ids=name_of)
def test_every_block_is_closed_and_has_one_of_the_known_kinds(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    fences = re.findall(r"^```(\w*)$", text, re.MULTILINE)
    assert text.count("```") == len(fences) == 2 * len(BLOCK.findall(text))
    assert {block[1] for block in BLOCK.finditer(text)} <= {"python", "text", "console", ""}
