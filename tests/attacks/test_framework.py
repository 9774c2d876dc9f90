"""No test framework, start-up file or patch of a submission takes part (attacks 18 to 28, 30, 36, 71 to 75, 85)."""

import builtins
import importlib.machinery
import importlib.util
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from _pytest.reports import TestReport

from course.lessons import lessons_named
from tests.attacks.arena import grade_from_within, require_no_secret
from tests.attacks.conftest import Attack, AttackEach, AttackFolder, Needs
from tests.attacks.submissions import at_import, grep, quotes
from tests.attacks.tries import require_refused, trying
from tests.attacks.watching import Watched

MARK = "owned by mallory"
LEFT = Path(tempfile.gettempdir(), f"left-behind-by-mallory-{os.getpid()}")  # each process of a test run has its own
RUNS = f"import pathlib; print({MARK!r}); pathlib.Path({str(LEFT)!r}).touch()\n"
PASSES = f"""{RUNS}
import pytest
@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.outcome = "passed"
    return report
"""
OPTIONS = "--collect-only -p owned_plugin -k nothing_at_all --deselect graders --maxfail=1"
INI = f"addopts = {OPTIONS}\npython_files = nothing_*.py\npython_functions = nothing_*\nminversion = 99\n"
LESSON = 'order = 1\nminutes = 1\ndemo = "none"\ntitle.en = "Mine"\n[[checks]]\nid = "empty"\npoints = 1000\n'
COMMIT = "2001-01-01 00:00:00 +0000"
SHELL = f"touch {LEFT}"
MODULES = ("threading", "time", "json", "queue", "asyncio", "re", "os", "typing", "tempfile", "subprocess", "pytest")
OURS = ("msgspec", "rich", "freezegun", "landlockpy", "pyseccomp", "scenarios", "grep", "_pytest/__init__", "setup")
PACKAGES = ("course", "course/judge", "course/lab", "graders", "graders/t01_quotes")
PLANTED = {
    # 20, 21: settings and plugins of pytest.
    "conftest.py": PASSES,
    "owned_plugin.py": PASSES,
    "pytest.ini": f"[pytest]\n{INI}",
    ".pytest.ini": f"[pytest]\n{INI}",
    "tox.ini": f"[pytest]\n{INI}",
    "setup.cfg": f"[tool:pytest]\n{INI}",
    "pytest.toml": f'[pytest]\naddopts = ["{OPTIONS}"]\n',
    "pyproject.toml": f'[build-system]\nrequires = []\n[tool.pytest.ini_options]\naddopts = "{OPTIONS}"\n',
    # 22: packages that bring a plugin.
    "owned-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: owned\nVersion: 1.0\n",
    "owned-1.0.dist-info/entry_points.txt": "[pytest11]\nowned = owned_plugin\ncourse = owned_plugin\n",
    "owned.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: owned\nVersion: 1.0\n",
    "owned.egg-info/entry_points.txt": "[pytest11]\nowned = owned_plugin\n",
    # 25: what Python starts with.
    **dict.fromkeys(("sitecustomize.py", "usercustomize.py", "startup.py"), RUNS),
    "owned.pth": f"import sys; {RUNS}",
    # 26, 72: shadows of all that judge, lab and pytest import, and a grader of one's own.
    **{f"{name}.py": RUNS for name in (*MODULES, *OURS)},
    **{f"{package}/{name}.py": RUNS for package in PACKAGES for name in ("__init__", "__main__")},
    "graders/t01_quotes/test_quotes.py": f"{RUNS}def test_empty():\n    pass\n",
    "t01_quotes/test_quotes.py": f"{RUNS}def test_empty():\n    pass\n",
    "t01_quotes/conftest.py": PASSES,
    "t01_quotes/lesson.toml": LESSON,
    "graders/t01_quotes/lesson.toml": LESSON,
    "solutions/t01_quotes/quotes.py": quotes("return {}"),
    # 71: workflows and results.
    ".github/workflows/classroom.yml": f"on: push\njobs: {{grade: {{steps: [{{run: {SHELL}}}]}}}}\n",
    ".github/classroom/autograding.json": '{"tests": [{"name": "all", "run": "true", "points": 20}]}',
    ".ci/run": f"#!/bin/sh\n{SHELL}\n",
    "Makefile": f"all:\n\t{SHELL}\n",
    "result.json": f'{{"graded_at": "{COMMIT}", "points": 20, "max_points": 20}}',
    # 73, 74: a history that runs programs, and is forged.
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/config": f'[core]\n\tfsmonitor = {SHELL}\n[filter "mine"]\n\tsmudge = {SHELL}\n',
    ".git/hooks/post-checkout": f"#!/bin/sh\n{SHELL}\n",
    ".git/packed-refs": f"{'0' * 40} refs/tags/graded-10-of-10\n",
    ".gitmodules": f'[submodule "t01_quotes"]\n\tpath = t01_quotes\n\turl = ext::{SHELL}\n',
    ".gitattributes": "*.py filter=mine diff=mine\n",
    # 75: what installers run and read.
    "requirements.txt": "-e .\n--extra-index-url http://127.0.0.1:9/simple\n",
    "noxfile.py": RUNS,
    ".envrc": f"{SHELL}\n",
    ".python-version": "2.7\n",
}
NAMED_BY_THE_ENVIRONMENT = {
    "PYTHONSTARTUP": "startup.py",
    "PYTHONINSPECT": "1",
    "PYTEST_PLUGINS": "owned_plugin",
    "PYTEST_ADDOPTS": OPTIONS,
    "PIP_REQUIREMENT": "requirements.txt",
    "GIT_COMMITTER_DATE": COMMIT,
    "SOURCE_DATE_EPOCH": "978307200",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which files were opened (inotify)")
def test_of_a_submission_nothing_but_the_modules_is_opened(
    attack_folder: AttackFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 to 22, 25, 26, 71 to 75: whatever lies beside them, and whatever the environment says of it."""
    watched = Watched()
    for name, value in NAMED_BY_THE_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    def lay_out(folder: Path) -> None:
        watched.plant(folder, {**PLANTED, "t01_quotes/quotes.py": quotes("return {}")})
        watched.look_at([folder / "t03_gate" / "gate.py"])

    result, output = attack_folder(lay_out, "t01", "t03")
    wrong, right = result.lessons
    assert (wrong.points, wrong.max_points, right.points) == (1, 10, 10)  # 1: of no symbols there are no prices
    assert watched.opened() == {"t01_quotes/quotes.py", "t03_gate/gate.py"}
    assert MARK not in output
    assert not result.graded_at.startswith("2001")


def test_nor_does_it_take_part_when_the_command_starts_among_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 to 22, 25, 26: `course grade .`, as whoever has just changed into the folder would call it."""
    for path, text in {**PLANTED, "t01_quotes/quotes.py": quotes("return {}")}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = tmp_path / ".local" / "lib" / name / "site-packages"
    packages.mkdir(parents=True)
    (packages / "usercustomize.py").write_text(RUNS)
    monkeypatch.setenv("HOME", str(tmp_path))
    python = str(Path(sys.base_prefix) / "bin" / name)
    fooled = subprocess.run([python, "-c", ""], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert MARK in fooled.stdout, "Python itself would start with what is planted"
    LEFT.unlink()
    for name, value in NAMED_BY_THE_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    result, output = grade_from_within(tmp_path, "t01")
    require_no_secret(output)
    assert result.points == 1
    assert MARK not in output
    assert not LEFT.exists()


def test_planted_bytecode_is_not_taken(attack_folder: AttackFolder, tmp_path: Path) -> None:
    """27: the solution, as bytecode and as an extension module, beside a wrong module; Python itself would take it."""
    (lesson,), _ = lessons_named(["t01"])

    def lay_out(folder: Path) -> None:
        module = folder / lesson.name / lesson.filename
        module.write_text(quotes("raise NotImplementedError"))
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        for target in (importlib.util.cache_from_source(str(module)), module.with_suffix(".pyc")):
            py_compile.compile(str(lesson.solution), cfile=str(target), dfile=str(module), invalidation_mode=unchecked)
        extension = importlib.util.find_spec("msgspec._core")
        assert extension is not None
        assert extension.origin is not None
        for suffix in importlib.machinery.EXTENSION_SUFFIXES:
            shutil.copyfile(extension.origin, module.with_suffix(suffix))

    result, _ = attack_folder(lay_out, "t01")
    assert result.points == 0
    cached = importlib.util.cache_from_source(str(tmp_path / "mallory" / lesson.name / lesson.filename))
    loader = importlib.machinery.SourcelessFileLoader("quotes", cached)
    fooled = importlib.util.module_from_spec(importlib.machinery.ModuleSpec("quotes", loader))
    loader.exec_module(fooled)
    assert fooled.fetch_quotes([], len) == {}


def test_a_case_plants_nothing_where_python_starts_from(attack: Attack, needs: Needs) -> None:
    """22, 25, 27: neither start-up files, nor plugins, nor bytecode of ours; its own home goes with it."""
    needs("write")
    outside = "[*site.getsitepackages(), os.path.dirname(os.__file__), os.path.dirname(sys.executable)]"
    names = ("sitecustomize.py", "left-behind.pth", "left-behind.dist-info/entry_points.txt", "__pycache__/x.pyc")
    tries = {
        f"at_{place}_{number}": f"plant(os.path.join({outside}[{place}], {name!r}))"
        for place in range(3)
        for number, name in enumerate(names)
    }
    tries["bytecode"] = "open(importlib.util.cache_from_source(threading.__file__), 'wb')"
    first = """
import importlib.util, site, sys, threading
def plant(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write("raise SystemExit")
plant(os.path.expanduser("~/x/sitecustomize.py"))
"""
    attacked = attack("p13", trying(tries, first=first), "bad_pattern_raises_in_caller")
    assert attacked.points == 0
    require_refused(attacked.said, tries)


def test_children_of_a_case_do_not_start_with_what_it_plants(attack: Attack) -> None:
    """25, 26: in its home, and beside its module; spawned processes would be ended by it."""
    plants = """
import os, site
for place in (site.getusersitepackages(), os.getcwd()):
    os.makedirs(place, exist_ok=True)
    for name in ("sitecustomize.py", "usercustomize.py"):
        open(os.path.join(place, name), "w").write("raise SystemExit")
open(os.path.join(site.getusersitepackages(), "x.pth"), "w").write("import os; os._exit(0)\\n")
"""
    assert attack("p13", at_import("p13", plants), "spawn_safe").points == 1


def test_a_patched_pytest_is_patched_in_the_case_only(attack: Attack) -> None:
    """19: the judge never imports a student's code. A patch in the judge would be seen here: this process is one."""
    patch = """
import _pytest.reports, _pytest.runner
def all_passed(item, call):
    return _pytest.reports.TestReport(item.nodeid, item.location, {}, "passed", None, "call")
_pytest.reports.TestReport.from_item_and_call = staticmethod(all_passed)
_pytest.runner.TestReport = _pytest.reports.TestReport
_pytest.runner.call_and_report = lambda *_, **__: all_passed
patched = _pytest.reports.TestReport.from_item_and_call is all_passed
"""
    ours = TestReport.__dict__["from_item_and_call"]
    attacked = attack("t01", quotes("raise ValueError(f'{patched=}')", patch), "values_and_order")
    assert attacked.points == 0
    assert "ValueError: patched=True" in attacked.said
    assert TestReport.__dict__["from_item_and_call"] is ours


def test_every_check_is_there_when_the_module_cannot_be_used(attack_each: AttackEach) -> None:
    """18, 24: the judge has its own list; what cannot be parsed, imported or called reaches no check, and has 0."""
    (lesson,), _ = lessons_named(["t01"])
    deep = "".join(" " * depth + "if 1:\n" for depth in range(120)) + " " * 120 + "pass\n"
    sources = {
        "def fetch_quotes(:\n": "quotes.py, line 1, is not valid Python",
        "(" * 5_000 + ")" * 5_000: "quotes.py, line 1, is not valid Python",
        "x = " + "-" * 100_000 + "1\n": "quotes.py",
        "x = a" + ".b" * 60_000 + "\n": "quotes.py",
        deep: "quotes.py",
        "x = " + "9" * 50_000 + "\n": "quotes.py",
        "raise BaseExceptionGroup('', [SystemExit(5)])\n": "quotes.py cannot be imported, line 1",
        "import nowhere_at_all\n": "quotes.py, line 1, imports `nowhere_at_all`",
        "def test_it():\n    assert True\n": "quotes.py has no function `fetch_quotes`.",
        "fetch_quotes = None\n": "quotes.py has no function `fetch_quotes`.",
        "__getattr__ = lambda name: 1 / 0\n__all__ = 7\n": "quotes.py has no function `fetch_quotes`.",
    }
    for source, attacked in attack_each("t01", {source: source for source in sources}).items():
        assert [check.id for check in attacked.lesson.checks] == [spec.id for spec in lesson.checks]
        assert {(check.status, check.points) for check in attacked.lesson.checks} == {("not_reached", 0)}
        assert attacked.lesson.problem.startswith(sources[source])


def test_what_is_patched_in_a_case_adds_nothing(attack_each: AttackEach) -> None:
    """28, 30: builtins, syntax trees, the compiler. Where the lab stumbles, the module has no result, never more."""
    sequential = """
def fetch_quotes(symbols, fetch):
    return {symbol: fetch(symbol) for symbol in symbols}
"""
    patch = """
import ast, builtins
def patch(**replaced):
    for name, value in replaced.items():
        setattr(builtins, name, value)
def nothing(*_, **__):
    return []
class E(ValueError):
    pass
"""
    patches = [
        "patch(len=lambda _: 5, abs=lambda _: 5, max=lambda *_, **__: 5)",
        "patch(isinstance=lambda *_: True, issubclass=lambda *_: True, callable=lambda _: True)",
        "patch(AssertionError=E, Exception=E, BaseException=E)",
        "patch(Exception=GeneratorExit, BaseException=GeneratorExit)",
        "patch(print=nothing, open=nothing, type=lambda *_: dict)",
        "patch(list=lambda *_: [('ACME', 12.5), ('BOLT', 99.0)])",
        "patch(getattr=lambda *_: nothing, sorted=lambda items, **_: list(items))",
        "patch(__build_class__=lambda *_, **__: object, id=lambda _: 1)",
        "patch(enumerate=nothing, zip=nothing, map=nothing, any=nothing)",
        "patch(str=lambda *_: '0', int=lambda *_: 0, float=lambda *_: 0.0, repr=lambda _: '0')",
        "for name in dir(builtins):\n    delattr(builtins, name)",
        "ast.parse = ast.fix_missing_locations = lambda *_, **__: ast.Module([], [])\npatch(compile=nothing)",
        "ast.NodeTransformer.visit = ast.NodeVisitor.visit = lambda self, node: node\npatch(get_ipython=ast)",
    ]
    before = dict(vars(builtins))
    harmless = "patch(AssertionError=ZeroDivisionError, print=lambda *_: 1 / 0)"
    modules = {each: sequential + patch + each for each in (harmless, *patches)}
    results = attack_each("t01", modules, "values_and_order", "all_in_flight")
    assert results[harmless].passed == {"values_and_order"}
    for attacked in results.values():
        assert attacked.passed <= results[harmless].passed
    assert dict(vars(builtins)) == before


def test_scenarios_of_ones_own_are_not_run(attack_each: AttackEach) -> None:
    """26, 85: neither those that lie beside the module, nor those that replace the lesson's own."""
    forged = "def search_for_each(student, lab, patterns):\n    return ['re.error'] * len(patterns)\n"
    plants = f"""
import os, py_compile, sys
for name in ("scenarios.py", "threading.py", "json.py", "pickle.py"):
    open(name, "w").write({forged!r})
py_compile.compile("scenarios.py", invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
sys.path.insert(0, os.getcwd())
"""
    replaces = (
        "import scenarios\nscenarios.search_for_each = lambda student, lab, patterns: ['re.error'] * len(patterns)"
    )
    modules = {
        "planted": grep("raise ValueError('mine')", plants),
        "replaced": grep("raise ValueError('mine')", replaces),
    }
    for attacked in attack_each("p13", modules, "bad_pattern_raises_in_caller").values():
        assert attacked.points == 0
        assert "re.error, raised in the caller ValueError" in attacked.said


def test_the_main_module_of_a_case_is_empty(attack: Attack) -> None:
    """36: the grader's own is in another process."""
    looks = "import __main__\nnames = [name for name in dir(__main__) if not name.startswith('__')]\n"
    attacked = attack("p13", f"{looks}raise ValueError(f'main has {{names}}')\n", "bad_pattern_raises_in_caller")
    assert attacked.points == 0
    assert "ValueError: main has []" in attacked.said
