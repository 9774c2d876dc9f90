"""Attack 26: shadow the standard library, the lab or the grader with files of the same name. Only modules are taken.

Of a submission one file for each lesson is read; in a worker nothing stands before Python's own folders but the case's
own, where the scenarios have been loaded before the module is.
"""

from pathlib import Path

from tests.attacks.conftest import Attack, AttackFolder
from tests.attacks.from_within import grade_from_within

MARK = "owned by a shadow"
RUNS = f"import pathlib; print({MARK!r}); pathlib.Path('/tmp/left-behind-by-shadow').touch()\n"
WRONG = (
    "def fetch_quotes(symbols, fetch):\n    import threading, time, json\n    raise ValueError(threading.__file__)\n"
)
NAMES = (
    *("threading", "time", "json", "queue", "asyncio", "re", "os", "typing", "tempfile", "subprocess", "pytest"),
    *("msgspec", "rich", "freezegun", "landlockpy", "pyseccomp", "scenarios", "sitecustomize", "grep", "quotes"),
)
PACKAGES = ("course", "course/judge", "course/lab", "course/report", "graders", "graders/t01_quotes", "_pytest")
# Answers as the lesson's own scenarios would if all were well, without any work.
FORGED = """
def search(student, lab, lines, pattern, chunk):
    return ("value", [line for line in lines if __import__("re").search(pattern, line)])

def first_chunk_last(student, lab):
    return ("value", [item * item for item in range(8)])

def search_badly(student, lab):
    return "re.error"

def interface(student, lab):
    return {"grep": None, "map_chunks": None, "BatchFailed": {}}
"""
PLANTS_ITSELF = f"""
import os, sys, py_compile
for name in ("scenarios.py", "probe.py", "threading.py", "json.py", "pickle.py"):
    with open(name, "w") as file:
        file.write({FORGED!r})
py_compile.compile("scenarios.py", invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
sys.path.insert(0, os.getcwd())
def grep(lines, pattern, workers, chunk):
    raise ValueError(f"planted: {{sorted(os.listdir())}}")
def map_chunks(func, items, workers, chunk):
    return []
class BatchFailed(Exception):
    pass
"""


def lay_out(folder: Path) -> None:
    """A wrong module among shadows of all that judge, lab and pytest import."""
    for place in (folder, folder / "t01_quotes"):
        for package in PACKAGES:
            (place / package).mkdir(parents=True, exist_ok=True)
            (place / package / "__init__.py").write_text(RUNS)
            (place / package / "__main__.py").write_text(RUNS)
        for name in NAMES:
            (place / f"{name}.py").write_text(RUNS)
    (folder / "graders" / "t01_quotes" / "test_quotes.py").write_text("def test_values_and_order(): pass\n")
    (folder / "t01_quotes" / "quotes.py").write_text(WRONG)


def test_shadows_take_no_part(attack_folder: AttackFolder) -> None:
    result, output = attack_folder(lay_out, "t01", "t03")
    wrong, right = result.lessons
    assert (wrong.points, right.points) == (0, right.max_points)
    assert MARK not in output


def test_nor_do_they_when_the_command_starts_among_them(tmp_path: Path) -> None:
    lay_out(tmp_path)
    result, output = grade_from_within(tmp_path, "t01")
    assert result.points == 0
    assert result.lessons[0].checks[0].status == "failed"
    assert MARK not in output


def test_a_module_that_plants_scenarios_of_its_own_is_driven_by_the_lessons(attack: Attack) -> None:
    """In real mode they lie in a file beside it, and it is free to write there."""
    attacked = attack("p13", PLANTS_ITSELF)
    assert attacked.points == 0
    assert "ValueError: planted: ['__pycache__', " in attacked.said
