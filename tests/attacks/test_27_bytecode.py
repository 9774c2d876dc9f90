"""Attack 27: planted bytecode and extension modules of the right name. Modules travel as text, compiled anew."""

import importlib.machinery
import importlib.util
import py_compile
import shutil
from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from course.lessons import lessons_named
from tests.attacks.conftest import Attack, AttackFolder

WRONG = "def fetch_quotes(symbols, fetch):\n    raise NotImplementedError\n"
# Replaces the bytecode of the lab and of the library, and lays some beside its own module.
PLANTS_ITSELF = """
import glob, importlib.util, json, os, py_compile, shutil, site, threading
with open("forged.py", "w") as file:
    file.write("raise SystemExit('owned by bytecode')")
forged = py_compile.compile("forged.py", invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
written, refused = [], 0
wanted = [importlib.util.cache_from_source(module.__file__) for module in (threading, json, os, site)]
for packages in site.getsitepackages():
    wanted += glob.glob(f"{packages}/msgspec/*.so") + glob.glob(f"{packages}/**/course/lab/*.py", recursive=True)
for path in wanted:
    try:
        shutil.copyfile(forged, path)
        written.append(path)
    except OSError:
        refused += 1
def fetch_quotes(symbols, fetch):
    raise ValueError(f"written: {written}, refused: {refused} of {len(wanted)}")
"""


def lay_out(folder: Path) -> None:
    """A wrong module, and beside it the solution as bytecode that asks nobody for its source."""
    (lesson,), _ = lessons_named(["t01"])
    place = folder / lesson.name
    module = place / lesson.filename
    module.write_text(WRONG)
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for target in (importlib.util.cache_from_source(str(module)), place / "quotes.pyc", folder / "quotes.pyc"):
        py_compile.compile(str(lesson.solution), cfile=str(target), dfile=str(module), invalidation_mode=unchecked)
    extension = importlib.util.find_spec("msgspec._core")
    assert extension is not None
    assert extension.origin is not None
    for suffix in importlib.machinery.EXTENSION_SUFFIXES:
        shutil.copyfile(extension.origin, place / f"threading{suffix}")
        shutil.copyfile(extension.origin, folder / f"quotes{suffix}")


def test_planted_bytecode_takes_no_part(attack_folder: AttackFolder, tmp_path: Path) -> None:
    """Python itself would take it: for it, the module is right."""
    result, _ = attack_folder(lay_out, "t01", "t03")
    wrong, right = result.lessons
    assert (wrong.points, right.points) == (0, right.max_points)
    spec = importlib.util.spec_from_file_location("quotes", tmp_path / "mallory" / "t01_quotes" / "quotes.py")
    assert spec is not None
    assert spec.loader is not None
    fooled = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fooled)
    assert fooled.fetch_quotes([], len) == {}


def test_a_case_cannot_replace_bytecode_of_ours(attack: Attack, isolation: Isolation) -> None:
    if "write" in isolation.holes:
        pytest.skip("this machine has neither namespaces nor Landlock, nor another user for cases")
    attacked = attack("t01", PLANTS_ITSELF)
    assert attacked.points == 0
    assert "ValueError: written: [], refused: " in attacked.said
    assert "refused: 0 of" not in attacked.said
