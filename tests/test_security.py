"""What SECURITY.md says is shown by tests that exist, and its figures are theirs."""

import ast
import re

from course.lessons import ROOT, all_lessons
from tests.attacks.test_forged_evidence import HIDDEN_BY_FORGING, WORTH

ATTACKS = ROOT / "tests" / "attacks"
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_each_test_that_is_named_exists() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", TEXT)
    assert len(named) > 10
    for file, test in named:
        tree = ast.parse((ATTACKS / file).read_text(encoding="utf-8"))
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{file}::{test}"


def test_each_file_of_attacks_is_named() -> None:
    assert {path.name for path in ATTACKS.glob("test_*.py")} == set(re.findall(r"`(test_\w+\.py)::", TEXT))


def test_the_figures_on_forging_are_those_of_its_test() -> None:
    for key, worth in WORTH.items():
        (nothing, _), (one_by_one, _), (honest, forged) = worth.values()
        assert f"| {key} | {nothing} | {one_by_one} | {honest} | {forged} |" in TEXT
    mistakes = sum(len(lesson.variants("mistakes")) for lesson in all_lessons())
    hidden = sum(map(len, HIDDEN_BY_FORGING.values()))
    assert f"Of the {mistakes} mistakes that come with the lessons, forging hides {hidden}." in " ".join(TEXT.split())
