"""Attack 50: write the gradebook, the source notebooks, others' files, one's own hand-in. None is in the jail."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from course.lessons import ROOT
from tests.attacks.altered import altered
from tests.attacks.conftest import Attack, AttackFolder
from tests.attacks.tries import NOT_ALLOWED, NOT_THERE, open_folder, outcomes, require_refused, trying

WAYS = {
    "written": "open({0!r}, 'w').write('10')",
    "appended": "open({0!r}, 'a').write('mallory,10')",
    "updated": "open({0!r}, 'r+').write('x')",
    "truncated": "os.truncate({0!r}, 0)",
    "removed": "os.remove({0!r})",
    "renamed": "os.rename({0!r}, {0!r} + '.old')",
    "replaced": "(open('mine', 'w').write('10'), os.replace('mine', {0!r}))",
    "linked": "os.link({0!r}, 'mine too')",
    "opened_to_all": "os.chmod({0!r}, 0o777)",
    "owned": "os.chown({0!r}, os.getuid(), -1)",
    "dated": "os.utime({0!r}, (0, 0))",
    "by_link": "(os.symlink({0!r}, 'a link'), open('a link', 'w').write('10'))",
    "by_root": "open('/proc/1/root' + {0!r}, 'w').write('10')",
    "tree_removed": "shutil.rmtree(os.path.dirname({0!r}))",
    "beside_it": "open(os.path.dirname({0!r}) + '/left-behind', 'w')",
    "folder_made": "os.mkdir(os.path.dirname({0!r}) + '/left-behind-too')",
    "database": "sqlite3.connect({0!r}).execute('create table grades (points)')",
}
BY_PROGRAMS = {
    "by_shell": "ran('echo 10 > ' + {0!r})",
    "by_sed": "ran('sed -i s/3/10/ ' + {0!r})",
    "by_mount": "ran('mount -o remount,rw / && echo 10 > ' + {0!r})",
    "by_a_daemon": "ran('(setsid sh -c \"echo 10 > {0}\" &) ; test -s {0}')",
}
FIRST = """
import shutil, sqlite3, subprocess
def ran(text):
    done = subprocess.run(["sh", "-c", text], capture_output=True)
    return "it works" if done.returncode == 0 else os.stat("/nothing")
"""
GRADEBOOK = "mallory,3\nalice,10\n"
# What Python's own errors say of it; sqlite has one of its own.
REFUSED = NOT_THERE | NOT_ALLOWED | {"OperationalError"}


@pytest.fixture(autouse=True)
def needs_a_jail(isolation: Isolation) -> None:
    if "write" in isolation.holes:
        pytest.skip("this machine has neither namespaces nor Landlock")


@pytest.fixture
def gradebook() -> Iterator[Path]:
    """A file that everybody may write to; it has to be as it was."""
    with open_folder() as folder:
        path = folder / "gradebook.csv"
        path.write_text(GRADEBOOK)
        path.chmod(0o666)
        os.utime(path, (1_000_000, 1_000_000))
        before = path.stat()
        yield path
        after = path.stat()
        assert path.read_text() == GRADEBOOK
        assert [each.name for each in folder.iterdir()] == [path.name]
        assert (after.st_mtime, after.st_mode, after.st_uid, after.st_nlink) == (
            *(before.st_mtime, before.st_mode, before.st_uid, before.st_nlink),
        )


def test_the_gradebook_stays_as_it_was(attack: Attack, gradebook: Path) -> None:
    tries = {name: way.format(str(gradebook)) for name, way in {**WAYS, **BY_PROGRAMS}.items()}
    attacked = attack("p13", trying(tries, first=FIRST))
    assert attacked.points == 0
    require_refused(attacked.said, tries, REFUSED)


def test_a_simulated_lesson_writes_no_more(attack: Attack, gradebook: Path) -> None:
    tries = {name: way.format(str(gradebook)) for name, way in WAYS.items()}
    attacked = attack("t01", trying(tries, first=FIRST))
    assert attacked.points == 0
    require_refused(attacked.said, tries, REFUSED)


@pytest.mark.parametrize("place", ["/usr/lib", "/etc", "/", "/run", "/var/tmp", "/dev", str(Path(os.__file__).parent)])
def test_nothing_of_the_machine_is_written_to(attack: Attack, place: str) -> None:
    tries = {"written": f"open({place!r} + '/left-behind', 'w')"}
    attacked = attack("p13", trying(tries))
    require_refused(attacked.said, tries)


def test_its_own_folder_is_its_own(attack: Attack) -> None:
    """The control: there it may write, and the folder goes with the case."""
    attacked = attack("p13", trying({"written": "open('left-behind', 'w').write('mine')"}))
    assert outcomes(attacked.said)["written"] == "GOT '4'"


def test_the_hand_in_and_the_result_stay_as_they_are(attack_folder: AttackFolder) -> None:
    """While it is graded with all its points, it tries to change its own files, another student's, and the judge's."""
    targets: dict[Path, bytes] = {}

    def lay_out(folder: Path) -> None:
        other = folder.parent / "bob" / "p13_grep" / "grep.py"
        other.parent.mkdir(parents=True)
        other.write_text("import re\n")
        own = folder / "p13_grep" / "grep.py"
        paths = [own, other, ROOT / "graders/p13_grep/test_grep.py", folder / "junit.xml"]
        tries = {f"at_{number}": f"open({str(path)!r}, 'r+').write('0')" for number, path in enumerate(paths)}
        tries["results"] = "[open(path, 'w') for path in glob.glob('/tmp/course-*/*')][0]"
        tries["junit"] = f"open({str(folder)!r} + '/junit.xml', 'w')"
        swallowed = trying(tries, first="import glob\n", end="assert 'GOT' not in told.partition('GOT')[2], told")
        own.write_text(altered("p13", ("import re\n", f"import re\n{swallowed}")))
        targets.update({path: path.read_bytes() for path in paths[:3]})

    result, _ = attack_folder(lay_out, "p13", "t01")
    assert [lesson.points for lesson in result.lessons] == [10, 10], result.lessons
    assert {path: path.read_bytes() for path in targets} == targets
