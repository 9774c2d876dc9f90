"""Attack 58: tell that one is graded, and behave only there. No usual sign of it is there to be seen.

That its code runs beside the lab, in virtual time, a program can find out. It helps nobody: the same check asks inside
of the simulation and outside of it, and whoever is right in one of them only has lost it.
"""

from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from tests.attacks.altered import altered
from tests.attacks.conftest import Attack, AttackFolder

# What tools and runners show: variables, arguments, names of processes, folders, modules.
SIGNS = """
import glob, operator, os, socket, sys
words = ("pytest", "grad", "judge", "submission", "github", "ci=", "autotest", "classroom", "course check")
def text_of(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""
seen = {
    "variables": " ".join(f"{name}={value}" for name, value in os.environ.items()),
    "arguments": " ".join([*sys.argv, *sys.orig_argv]),
    "processes": " ".join(map(text_of, glob.glob("/proc/*/cmdline") + glob.glob("/proc/*/comm"))),
    "folders": " ".join([os.getcwd(), *sys.path[:1], *glob.glob("/run/*"), *glob.glob("/run/*/*")]),
    "host": socket.gethostname(),
    "modules": " ".join(name for name in operator.attrgetter("mod" + "ules")(sys) if not name.startswith("course.lab")),
}
found = sorted(f"{place}:{word}" for place, text in seen.items() for word in words if word in text.lower())
"""
RUNNER = {
    "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/home/runner/work", "RUNNER_OS": "Linux",
    "PYTEST_CURRENT_TEST": "test_quotes.py::test_values (call)", "PYTEST_VERSION": "9.0",
}  # fmt: skip
ONLY_ON_A_RUNNER = """
import os, sys
signs = [name for name in os.environ if name.startswith(("CI", "GITHUB", "RUNNER", "PYTEST"))]
if not signs and "pytest" not in " ".join(sys.orig_argv):
    raise SystemExit("nobody looks: nothing is done")
"""
# Two ways to do the work, and which one is taken: where functions of `time` are not C's, time is virtual.
ONE_BY_ONE = """
import time
IS_SIMULATED = type(time.sleep) is not type(len)
if {when}:
    class OneByOne(threading.Thread):
        def start(self):
            super().start()
            self.join()
    Thread = OneByOne
else:
    Thread = threading.Thread
"""


def two_faced(when: str) -> str:
    """The reference solution, which starts its threads one by one `when` it thinks that it pays."""
    first = ("import threading\n", f"import threading\n{ONE_BY_ONE.format(when=when)}")
    return altered("t01", first, ("threads = [threading.Thread(", "threads = [Thread("))


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_no_usual_sign_is_there(attack: Attack, isolation: Isolation, key: str) -> None:
    if "memory" in isolation.holes:
        pytest.skip("this machine has neither namespaces nor another user for cases")
    source = SIGNS if key == "p13" else SIGNS.replace('"host": socket.gethostname(),', "")
    attacked = attack(key, f"{source}raise RuntimeError(f'found={{found}} looked={{len(seen[\"modules\"]) > 100}}')\n")
    assert attacked.points == 0
    assert "found=[] looked=True" in attacked.said


def test_code_that_is_right_on_a_runner_only_is_wrong(
    attack_folder: AttackFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runner is there, with all of its variables; the code does not see it."""
    for name, value in RUNNER.items():
        monkeypatch.setenv(name, value)

    def lay_out(folder: Path) -> None:
        path = folder / "t01_quotes" / "quotes.py"
        path.write_text(altered("t01", ("import threading\n", f"import threading\n{ONLY_ON_A_RUNNER}")))

    result, _ = attack_folder(lay_out, "t01", "t03")
    assert [lesson.points for lesson in result.lessons] == [0, 10]
    assert "nobody looks: nothing is done" in result.lessons[0].problem


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("IS_SIMULATED", "at most 1 at the same time, so that it took 5.0 s"),
        ("not IS_SIMULATED", "at most 1 at the same time, outside of the simulation"),
    ],
)
def test_one_honest_face_is_not_enough(attack: Attack, when: str, said: str) -> None:
    """All but the three points for calls at the same time are honest."""
    attacked = attack("t01", two_faced(when))
    assert attacked.check("all_in_flight").status == "failed"
    assert said in attacked.said
    assert attacked.points == 7


def test_the_two_faces_are_told_apart(attack: Attack) -> None:
    """The control: with both faces honest, the same submission has all points."""
    assert attack("t01", two_faced("False")).points == 10
