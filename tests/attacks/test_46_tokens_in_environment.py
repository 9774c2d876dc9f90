"""Attack 46: tokens in the environment. Workers see five variables of our own making, and so do their processes."""

from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from tests.attacks.arena import SECRET
from tests.attacks.conftest import Attack, AttackFolder

# Every place that a process can see an environment in, its own and others'.
LOOKS = """
import glob, os, re, subprocess
seen = {**os.environ}
texts = [repr(os.environ), repr(os.environb)]
for path in glob.glob("/proc/*/environ") + ["/proc/self/environ", "/proc/thread-self/environ"]:
    try:
        with open(path) as file:
            texts.append(file.read())
    except OSError:
        continue
seen |= dict(pair.split("=", 1) for text in texts[2:] for pair in text.split(chr(0)) if "=" in pair)
"""
STARTS = """
for command in (["env"], ["sh", "-c", "export -p"]):
    texts.append(subprocess.run(command, capture_output=True, text=True).stdout)
assert "PATH" in texts[-1] and "PATH" in texts[-2]
"""
TELLS = """
leaks = re.findall("secret-[0-9a-f]{24}", "".join(texts))
raise RuntimeError(f"leaks={leaks} seen={sorted(seen)}")
"""
TOKENS = ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "AWS_SECRET_ACCESS_KEY", "PYTEST_ADDOPTS_SECRET", "PYTHONSECRET")
OURS = {"HOME", "LANG", "PATH", "PYTHONHASHSEED", "TMPDIR"}
# Those that programs on the way set themselves: Python (PEP 538), bubblewrap; and where the judge waits, in real mode.
BY_THE_WAY = {"LC_CTYPE", "PWD", "COURSE_MEETING"}


def seen_in(said: str) -> set[str]:
    """The names of the variables that were seen."""
    assert "leaks=[] seen=[" in said, said
    return set(said.partition("seen=[")[2].partition("]")[0].replace("'", "").split(", "))


@pytest.mark.parametrize(("key", "source"), [("t01", LOOKS + TELLS), ("p13", LOOKS + STARTS + TELLS)])
def test_a_worker_sees_our_variables_only(attack: Attack, isolation: Isolation, key: str, source: str) -> None:
    """The judge of these tests has a token of its own, which was there before its starters were."""
    if "memory" in isolation.holes:
        pytest.skip("this machine has neither namespaces nor another user for cases")
    attacked = attack(key, source)
    assert attacked.points == 0
    seen = seen_in(attacked.said)
    assert seen >= OURS
    assert seen <= OURS | BY_THE_WAY


def test_the_command_passes_no_token_on(attack_folder: AttackFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a runner, where the whole job can see them."""
    for name in TOKENS:
        monkeypatch.setenv(name, SECRET)

    def lay_out(folder: Path) -> None:
        (folder / "p13_grep" / "grep.py").write_text(LOOKS + STARTS + TELLS)

    result, _ = attack_folder(lay_out, "p13")
    (lesson,) = result.lessons
    assert lesson.points == 0
    assert seen_in(lesson.problem) <= OURS | BY_THE_WAY
