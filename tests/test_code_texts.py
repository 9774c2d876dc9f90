"""Stubs and sample checks in Chinese: other words, the same code, and the same promises."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from course.code_texts import CHINESE, in_chinese, texts
from course.lessons import ROOT
from course.translations import pairs

SOURCE = '''"""A module."""

import pytest


class Box:
    """Holds things. \\\\d is a digit.

    Put them in:

        box.put("x")  # now it is there
    """

    def put(self, thing: str) -> None:
        """Put a thing in."""
        # YOUR CODE HERE
        raise NotImplementedError()  # not yet


def test_put(tmp_path):
    é = "é"; assert é == tmp_path, "never the \\"same\\""
    if not tmp_path:
        pytest.fail("no path")
    raise OSError(f"cannot open {tmp_path}")
    assert "cannot open x" in "plain data"
'''
TABLES = r"""
["box.py"]
"<module>" = "一个模块。"
Box = '''
装东西。\d 是一个数字。

放进去：

    box.put("x")  # 现在在里面了
'''
"Box.put" = "放进一样东西。"

[said]
"not yet" = "还没有"
"never the \"same\"" = "绝不\"相同\""
"no path" = "没有路径"
"cannot open {tmp_path}" = "无法打开 {tmp_path}"
"cannot open x" = "无法打开 x"
"""
IN_CHINESE = '''"""一个模块。"""

import pytest


class Box:
    """装东西。\\\\d 是一个数字。

    放进去：

        box.put("x")  # 现在在里面了
    """

    def put(self, thing: str) -> None:
        """放进一样东西。"""
        # YOUR CODE HERE
        raise NotImplementedError()  # 还没有


def test_put(tmp_path):
    é = "é"; assert é == tmp_path, "绝不\\"相同\\""
    if not tmp_path:
        pytest.fail("没有路径")
    raise OSError(f"无法打开 {tmp_path}")
    assert "无法打开 x" in "plain data"
'''
FILES = sorted(ROOT.glob("exercises/*/*.py"))
NAMES = [path.name for path in FILES]


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A file with every kind of text, and its Chinese beside it."""
    (tmp_path / "box.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / CHINESE).write_text(TABLES, encoding="utf-8")
    return tmp_path / "box.py"


def test_every_text_of_a_file_is_told_in_chinese(box: Path) -> None:
    assert in_chinese(box) == IN_CHINESE


def test_without_a_translation_a_file_stays_as_it_is(box: Path) -> None:
    (box.parent / CHINESE).unlink()
    assert in_chinese(box) == SOURCE


def test_texts_are_named_by_what_they_describe_or_by_what_they_say() -> None:
    found = [(text.kind, text.name) for text in texts(SOURCE) if text.kind != "data"]
    assert found == [
        ("docstring", "<module>"),
        ("docstring", "Box"),
        ("docstring", "Box.put"),
        ("message", 'never the "same"'),
        ("message", "no path"),
        ("message", "cannot open {tmp_path}"),
        ("comment", "not yet"),
    ]


def without_texts(source: str) -> str:
    """The code of a file; its strings are all the same."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_the_code_is_the_same_in_chinese(file: Path) -> None:
    source, chinese = file.read_text(encoding="utf-8"), in_chinese(file)
    assert chinese != source
    assert without_texts(chinese) == without_texts(source)


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_no_line_is_too_wide_in_chinese(file: Path) -> None:
    assert [line for line in in_chinese(file).splitlines() if cell_len(line) > 120] == []


def test_the_files_keep_their_style_in_chinese(tmp_path: Path) -> None:
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    for file in FILES:
        place = tmp_path / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(in_chinese(file), encoding="utf-8")
    for command in (["check", "--no-cache"], ["format", "--no-cache", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "."], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


DOCSTRINGS = [pair for pair in pairs() if ".py " in pair.name]


@pytest.mark.parametrize("pair", DOCSTRINGS, ids=lambda pair: pair.name)
def test_a_docstring_names_the_same_code_in_both_languages(pair: tuple[str, str, str]) -> None:
    """What stands in backticks, and the lines of its example without their comments and texts."""
    _, en, zh = pair
    assert set(re.findall(r"`+[^`\n]+`+", zh)) == set(re.findall(r"`+[^`\n]+`+", en))
    assert example(zh) == example(en)


def example(docstring: str) -> list[str]:
    """The indented lines of a docstring, without comments, and without texts that are said."""
    lines = [line.partition("  # ")[0] for line in docstring.splitlines() if line.startswith("    ")]
    return [re.sub(r'(Error|print)\("[^"]*"\)', r"\1()", line) for line in lines]
