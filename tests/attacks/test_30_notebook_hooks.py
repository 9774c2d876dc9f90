"""Attack 30: hooks of notebooks (`ast_transformers`, events) that rewrite the checks. No notebook runs: there is none.

What is nearest to them here: what turns source into syntax trees and code in a worker, and start-up files of IPython.
"""

import ast
import sys

from course.lessons import ROOT
from tests.attacks.conftest import Attack

ASKS_FOR_THE_SHELL = """
import builtins, os
def shell():
    try:
        return get_ipython()
    except NameError as error:
        return error
found = shell()
startup = os.path.expanduser("~/.ipython/profile_default/startup")
os.makedirs(startup)
with open(os.path.join(startup, "00-pass.py"), "w") as file:
    file.write("get_ipython().ast_transformers.append(print)")
class Shell:
    ast_transformers, events = [], []
builtins.get_ipython = Shell
def fetch_quotes(symbols, fetch):
    raise ValueError(f"{found}; {shell().__class__.__name__}; {os.listdir(startup)}")
"""
# Whatever the lab compiles from now on in this process is another program. It has compiled it before.
REWRITES_TREES = """
import ast, builtins
class Rewriting(ast.NodeTransformer):
    visited = []
    def visit_Raise(self, node):
        self.visited.append(node.lineno)
        return ast.Pass()
real = ast.parse
ast.parse = lambda source, *arguments, **options: Rewriting().visit(real("def fetch_quotes(s, f): return {}"))
ast.NodeTransformer.visit = ast.NodeTransformer.generic_visit = ast.NodeVisitor.visit = lambda self, node: node
ast.fix_missing_locations = ast.copy_location = lambda tree, *_: ast.Module([], [])
[setattr][0](builtins, "comp" + "ile", lambda *_, **__: None)
def fetch_quotes(symbols, fetch):
    raise ValueError(f"rewritten: {type(ast.parse('x')).__name__}")
"""


def test_there_is_no_shell_to_hook_into(attack: Attack) -> None:
    attacked = attack("t01", ASKS_FOR_THE_SHELL)
    assert attacked.points == 0
    assert "ValueError: name 'get_ipython' is not defined; Shell; ['00-pass.py']" in attacked.said


def test_rewritten_trees_come_too_late(attack: Attack) -> None:
    attacked = attack("t01", REWRITES_TREES)
    assert attacked.points == 0
    assert "ValueError: rewritten: NoneType" in attacked.said


def test_the_judge_and_the_lab_know_no_notebooks() -> None:
    """Neither does anything of theirs import one, nor has it come along with what they import."""
    shells = {"IPython", "ipykernel", "jupyter_client", "nbclient", "nbconvert", "nbformat"}
    for folder in ("judge", "lab", "report"):
        for path in (ROOT / "course" / folder).glob("*.py"):
            nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
            names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
            assert not {name.partition(".")[0] for name in names} & shells, path
    assert not shells & set(sys.modules)
