"""A command that grades and is ended leaves nothing: no process, no folder, whatever has ended it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from course.ending import LOCK, PREFIX, scratch
from course.judge.processes import descendants
from course.lessons import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")

# Its module never comes back: whoever looks finds it at work.
ENDLESS = "import time\nwhile True:\n    time.sleep(0.01)\n"
PATIENCE = 100.0  # real seconds; only what never comes takes so long
# Process 1 of a container: it waits for the one that it has started, and for no other.
CARELESS_INIT = """
import os, sys
child = os.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
os.waitpid(child, 0)
left = [p for p in filter(str.isdigit, os.listdir('/proc')) if p != '1']
print('LEFT', [open(f'/proc/{p}/stat').read().split()[1:3] for p in left])
"""


def wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it never came"
        os.sched_yield()


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    """A module that is never done."""
    (tmp_path / "alice" / "p13_grep").mkdir(parents=True)
    (tmp_path / "alice" / "p13_grep" / "grep.py").write_text(ENDLESS)
    return tmp_path / "alice"


@pytest.fixture
def grading(submission: Path, temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """`course grade` at work on it, with its temporary files in a folder of their own."""
    course = Path(sys.executable).with_name("course")
    with subprocess.Popen(
        [
            "env",
            "--default-signal=HUP,INT,TERM",
            str(course),
            "grade",
            str(submission),
            "p13",
        ],  # a background job ignores it
        env={**os.environ, "TMPDIR": str(temporary), "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def at_work(grading: subprocess.Popen[str]) -> dict[int, str]:
    """All processes of a grading that has started a worker: the judge, starters and what they have started."""
    wait_until(lambda: len(descendants(grading.pid)) >= 6)
    return {process: _born(process) for process in descendants(grading.pid)}


def _born(process: int) -> str:
    """When a process began, by which it is told from a later one of that number; "" when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def are_gone(processes: dict[int, str]) -> bool:
    return not any(born and _born(process) == born for process, born in processes.items())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_of_it_with_one_line(
    grading: subprocess.Popen[str], temporary: Path, number: signal.Signals
) -> None:
    processes = at_work(grading)
    grading.send_signal(number)
    _, errors = grading.communicate(timeout=PATIENCE)
    assert (grading.returncode, errors) == (128 + number, f"course: ended by {number.name}\n")
    wait_until(lambda: are_gone(processes))
    assert list(temporary.iterdir()) == []


def test_ctrl_c_ends_all_of_it(grading: subprocess.Popen[str], temporary: Path) -> None:
    processes = at_work(grading)
    grading.send_signal(signal.SIGINT)
    grading.communicate(timeout=PATIENCE)
    assert grading.returncode == 2
    wait_until(lambda: are_gone(processes))
    assert list(temporary.iterdir()) == []


def test_no_process_outlives_a_command_that_was_killed(
    grading: subprocess.Popen[str], temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder stays, and goes with the next command."""
    processes = at_work(grading)
    grading.kill()
    wait_until(lambda: are_gone(processes))
    (left,) = temporary.iterdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with scratch():
        assert not left.exists()
    assert list(temporary.iterdir()) == []


def test_folders_of_the_living_and_of_others_stay(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    (temporary / f"{PREFIX}without-lock").mkdir()
    (temporary / "other").mkdir()
    (temporary / "other" / LOCK).touch()
    with scratch():
        ours = set(temporary.iterdir())
        monkeypatch.setattr("tempfile.tempdir", str(temporary))
        with scratch():
            assert ours < set(temporary.iterdir())
    assert {path.name for path in temporary.iterdir()} == {f"{PREFIX}without-lock", "other"}


def test_a_long_path_for_temporary_files_keeps_nothing_from_being_graded(tmp_path: Path) -> None:
    """The path of a socket in it would be too long."""
    far = tmp_path / ("far" * 40)
    far.mkdir()
    done = subprocess.run(
        [str(Path(sys.executable).with_name("course")), "grade", str(ROOT / "solutions"), "t03"],
        env={**os.environ, "TMPDIR": str(far)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a process namespace here")
def test_nothing_is_left_for_a_process_1_that_does_not_reap(submission: Path) -> None:
    (submission / "p13_grep" / "grep.py").write_text("")
    course = Path(sys.executable).with_name("course")
    command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", CARELESS_INIT]
    done = subprocess.run(
        [*command, sys.executable, str(course), "grade", str(submission), "p13"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert "grep.py is empty" in done.stdout, done
    assert "LEFT []" in done.stdout
