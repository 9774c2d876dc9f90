"""Attack 33: workflow commands in names, messages and values. Every sink shows them so that they are no commands.

GitHub's runner obeys lines of a log that begin with `::name`, or hold `##[name]`.
"""

import pytest

from tests.attacks.arena import Attacked
from tests.attacks.conftest import Attack
from tests.report.dangers import commands_in, dangers_in

COMMANDS = (
    "::notice file=a.py,line=1::owned", "::error::owned", "::add-mask::points", "::set-output name=points::10",
    "::set-env name=PATH::/tmp", "::add-path::/tmp", "::stop-commands::token", "::group::owned",
    "::save-state name=a::b",
    "##[set-output name=points]10", "##[error]owned", "##vso[task.setvariable variable=points]10",
)  # fmt: skip
TEXT = "owned\n" + "\n".join(COMMANDS) + "\r" + "\r".join(COMMANDS) + "\u2028" + COMMANDS[0] + "\x85  " + COMMANDS[1]
RAISED = """
TEXT = {text!r}
def fetch_quotes(symbols, fetch):
    print(TEXT)
    raise ValueError(TEXT)
"""
AT_IMPORT = "TEXT = {text!r}\nraise type(TEXT, (Exception,), {{}})(TEXT)\n"
RETURNED = """
TEXT = {text!r}
def fetch_quotes(symbols, fetch):
    return {{TEXT: TEXT, **{{symbol: [TEXT] for symbol in symbols}}}}
"""
# Names of threads, functions and classes, which time lines and stories show; and the source line itself.
NAMES = """
import threading
TEXT = {text!r}
def fetch_quotes(symbols, fetch):
    lock = threading.Lock()
    def ask(symbol):
        with lock:
            fetch(symbol); "::error::this line is shown ##[error]x"
        raise type(TEXT, (Exception,), {{}})(TEXT)
    ask.__name__ = ask.__qualname__ = TEXT
    threads = [threading.Thread(target=ask, args=(symbol,), name=TEXT) for symbol in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return dict.fromkeys(symbols, TEXT)
"""


def printed(attacked: Attacked) -> str:
    """What goes to logs: the report for the terminal, and the JSON. The JUnit between them only goes to a file."""
    report, _, more = attacked.output.partition("<?xml")
    return report + more.partition("</testsuites>")[2]


@pytest.mark.parametrize("template", [RAISED, AT_IMPORT, RETURNED, NAMES], ids=["raised", "import", "value", "names"])
def test_commands_are_shown_and_are_none(attack: Attack, template: str) -> None:
    attacked = attack("t01", template.format(text=TEXT))
    assert attacked.points <= 1  # for no symbols, where nothing is raised
    assert commands_in(TEXT), "a log would obey"
    assert printed(attacked).count("owned") >= 2, "it is shown"
    assert dangers_in(printed(attacked)) == []


def test_real_mode_as_well(attack: Attack) -> None:
    source = f"TEXT = {TEXT!r}\nclass BatchFailed(Exception):\n    pass\n"
    for name, parameters in (("grep", "lines, pattern, workers, chunk"), ("map_chunks", "func, items, workers, chunk")):
        source += f"def {name}({parameters}):\n    raise BatchFailed(TEXT)\n"
    attacked = attack("p13", source)
    assert attacked.points == 0
    assert printed(attacked).count("owned") >= 2
    assert dangers_in(printed(attacked)) == []
