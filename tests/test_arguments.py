"""The parser of arguments: in English as argparse says it, in Chinese all of it."""

import argparse
import ast
import inspect

import pytest
from rich.cells import cell_len

from course.arguments import Parser, _chinese, language_among
from course.language import LANGUAGES, Language, speaking

# What says that a program has built its parser wrongly.
FOR_PROGRAMMERS = {
    "%r is not callable",
    "'required' is an invalid argument for positionals",
    ".__call__() not defined",
    'argument "-" with mode %r',
    "cannot have multiple subparser arguments",
    "cannot merge actions - two groups are named %r",
    "conflicting option string: %s",
    "conflicting subparser alias: %s",
    "conflicting subparser: %s",
    "dest= is required for options like %r",
    "invalid conflict_resolution value: %r",
    "invalid option string %(option)r: must start with a character %(prefix_chars)r",
    "mutually exclusive arguments must be optional",
}
HELP = "一段很长的说明，写明这个选项做什么、什么时候用它，以及不用它的时候会发生什么；一行放不下，要在合适的地方换行。"


def texts_of_argparse() -> set[str]:
    """Whatever argparse looks up in a catalogue, on this version of Python."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(argparse))) if isinstance(node, ast.Call)]
    looked_up = [call.args[0] for call in calls if getattr(call.func, "id", "") in ("_", "ngettext")]
    return {argument.value for argument in looked_up if isinstance(argument, ast.Constant)}


def test_argparse_says_nothing_to_a_user_that_is_not_in_chinese() -> None:
    assert len(texts_of_argparse()) > 30
    assert texts_of_argparse() - FOR_PROGRAMMERS - _chinese().keys() == set()


def parser() -> Parser:
    """A parser with a command."""
    made = Parser(prog="box", description=HELP if language_is_chinese() else "Put things into a box.")
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("put")
    command.add_argument("things", nargs="+", metavar="THING")
    command.add_argument("--many", type=int, help=HELP if language_is_chinese() else "how many")
    command.add_argument("--size", choices=("small", "large"))
    return made


def language_is_chinese() -> bool:
    """Does argparse speak Chinese now?"""
    return argparse._("options") != "options"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        ([], "the following arguments are required: COMMAND", "缺少以下参数：COMMAND"),
        (["put"], "the following arguments are required: THING", "缺少以下参数：THING"),
        (["put", "x", "--many"], "argument --many: expected one argument", "参数 --many：需要一个值"),
        (["put", "x", "--many", "a"], "invalid int value: 'a'", "无效的 int 值：'a'"),
        (["put", "x", "--size", "a"], "invalid choice: 'a' (choose from", "无效的选择：'a'（可选："),
        (["put", "x", "--nope"], "unrecognized arguments: --nope", "无法识别的参数：--nope"),
    ],
)
def test_errors_are_in_the_language_that_is_spoken(
    arguments: list[str], english: str, chinese: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, words in (("en", ("usage: box", "error: ", english)), ("zh", ("用法：box", "：错误：", chinese))):
        with speaking(language), pytest.raises(SystemExit):  # type: ignore[arg-type]
            parser().parse_args(arguments)
        told = capsys.readouterr().err
        assert [word for word in words if word not in told] == []


def test_in_english_help_is_what_argparse_writes() -> None:
    plain = argparse.ArgumentParser(prog="box", description="Put things into a box.")
    plain.add_argument("--many", type=int, help="how many " * 20)
    ours = Parser(prog="box", description="Put things into a box.")
    ours.add_argument("--many", type=int, help="how many " * 20)
    assert ours.format_help() == plain.format_help()


def test_help_in_chinese_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for arguments in (["--help"], ["put", "--help"]):
        with speaking("zh"), pytest.raises(SystemExit):
            parser().parse_args(arguments)
        told = capsys.readouterr().out
        assert max(map(cell_len, told.splitlines())) <= 60
        assert HELP in "".join(told.split())
        assert "显示这段帮助，然后退出" in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "arguments", [["check", "--lang", "{}"], ["--lang={}"], ["--nope", "--lang", "xx", "--lang", "{}", "t01"]]
)
def test_the_language_is_known_whatever_else_is_wrong(arguments: list[str], language: Language) -> None:
    assert language_among([argument.format(language) for argument in arguments]) == language


@pytest.mark.parametrize("arguments", [[], ["--lang"], ["--lang", ""], ["--lang", "fr"], ["--language", "zh"], ["zh"]])
def test_no_language_is_none(arguments: list[str]) -> None:
    assert language_among(arguments) is None
