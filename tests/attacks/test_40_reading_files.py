"""Attack 40: read graders, solutions, `.git`, other submissions, the gradebook. None of these files is in the jail.

Where there are no namespaces, Landlock allows Python and the lab only.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from course.lessons import ROOT
from tests.attacks.arena import SECRET
from tests.attacks.conftest import Attack
from tests.attacks.tries import open_folder, outcomes, require_refused, trying

HIDDEN = {
    "checks": "graders/t01_quotes/test_quotes.py",
    "points": "graders/t01_quotes/lesson.toml",
    "solution": "solutions/t01_quotes/quotes.py",
    "judge": "course/judge/grading.py",
    "git": ".git/HEAD",
}
FOLDERS = {"graders": "graders", "solutions": "solutions", "lessons": "exercises", "tests": "tests"}
WAYS = {
    "opened": "open({0!r}).read()",
    "by_descriptor": "os.read(os.open({0!r}, os.O_RDONLY | os.O_NOFOLLOW), 99)",
    "by_root": "open('/proc/self/root' + {0!r}).read()",
    "by_first_process": "open('/proc/1/root' + {0!r}).read()",
    "from_below": "open('../' * 20 + {0!r}[1:]).read()",
    "from_a_folder": "os.open({0!r}[1:], os.O_RDONLY, dir_fd=os.open('/', os.O_PATH))",
    "by_link": "(os.symlink({0!r}, 'a-link'), open('a-link').read())",
    "by_hard_link": "(os.link({0!r}, 'a-hard-link'), open('a-hard-link').read())",
    "copied": "shutil.copy({0!r}, 'a-copy') and open('a-copy').read()",
    "imported": "importlib.machinery.SourceFileLoader('x', {0!r}).get_data({0!r})",
    "searched": "next(glob.iglob(os.path.dirname({0!r}) + '/*'), None) or os.stat('/nothing')",
}
PROGRAMS = {
    "by_cat": "ran('cat', {0!r})",
    "by_shell": "ran('sh', '-c', 'cat < ' + {0!r})",
    "by_find": "ran('sh', '-c', 'cat $(find / -xdev -maxdepth 4 -name ' + os.path.basename({0!r}) + ') </dev/null')",
    "by_sudo": "ran('sudo', '-n', 'cat', {0!r})",
}
FIRST = """
import glob, importlib.machinery, shutil, subprocess
def ran(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout or os.stat("/nothing")
"""


@pytest.fixture
def gradebook() -> Iterator[Path]:
    """A file that only a jail protects."""
    with open_folder() as folder:
        path = folder / "gradebook.csv"
        path.write_text(f"alice,10,{SECRET}\n")
        path.chmod(0o666)
        yield path


@pytest.fixture(autouse=True)
def needs_a_jail(isolation: Isolation) -> None:
    if "read" in isolation.holes:
        pytest.skip("this machine has neither namespaces nor Landlock")


def test_no_way_leads_to_the_gradebook(attack: Attack, gradebook: Path) -> None:
    """In real mode, where other programs may be started."""
    tries = {name: way.format(str(gradebook)) for name, way in {**WAYS, **PROGRAMS}.items()}
    attacked = attack("p13", trying(tries, first=FIRST))
    assert attacked.points == 0
    require_refused(attacked.said, tries)


def test_a_simulated_lesson_reads_no_more(attack: Attack, gradebook: Path) -> None:
    tries = {name: way.format(str(gradebook)) for name, way in WAYS.items()}
    attacked = attack("t01", trying(tries, first=FIRST))
    assert attacked.points == 0
    require_refused(attacked.said, tries)


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_of_the_repository_only_the_lab_is_there(attack: Attack, key: str) -> None:
    assert all((ROOT / path).exists() for path in FOLDERS.values())
    tries = {name: f"open({str(ROOT / path)!r}).read()" for name, path in HIDDEN.items() if (ROOT / path).exists()}
    tries |= {name: f"os.listdir({str(ROOT / path)!r})" for name, path in FOLDERS.items()}
    attacked = attack(key, trying(tries))
    require_refused(attacked.said, tries)


def test_no_open_descriptor_leads_out(attack: Attack) -> None:
    """A case has its three standard files, which are empty, and the pipe for its results: nothing else of the judge."""
    opened = "glob.glob('/proc/self/fd/*')"
    listed = f"[os.readlink(path) for path in {opened} if os.path.lexists(path)]"
    tries = {"descriptors": f"' '.join(sorted({listed}))"}
    found = outcomes(attack("p13", trying(tries, first="import glob")).said)
    assert re.fullmatch(r"GOT '/dev/null /dev/null /dev/null pipe:\[\d+\]'", found["descriptors"])
