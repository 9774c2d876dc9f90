"""What is left of a case where it has no namespaces: all its processes are ended, all its files removed."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from course.lab import kernel, remains
from tests.lab.nursery import Nursery

pytestmark = pytest.mark.skipif(not kernel.CAN_CLONE, reason="orphans are adopted on Linux only")


def stay(told: int, *, hidden: bool = False) -> None:
    """Say so, then live on through every polite signal."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    kernel.set_dumpable(dumpable=not hidden)
    os.write(told, b"x")
    while True:
        signal.pause()


def go_under(told: int, depth: int = 3) -> None:
    """Live on in a session of one's own, as nobody's child."""
    os.setsid()
    if depth and os.fork():
        os._exit(0)
    if depth:
        go_under(told, depth - 1)
    stay(told)


def run_away(told: int) -> None:
    """Be another process all the time."""
    os.setsid()
    os.write(told, b"x")
    while True:
        if os.fork():
            os._exit(0)


# How many there are, and what each does.
CROWDS: dict[str, tuple[int, Callable[[int], None]]] = {
    "nobody": (0, stay),
    "children": (5, stay),
    "daemons": (5, go_under),
    "runaways": (1, run_away),
    "hidden": (1, lambda told: stay(told, hidden=True)),
}


def ended(crowd: str, exit_with: str) -> dict[str, Any]:
    """What `end_all` leaves of a worker and its crowd: all of them keep a pipe open."""
    kernel.adopt_orphans()
    alive, held = os.pipe()
    ready, told = os.pipe()
    count, act = CROWDS[crowd]
    worker = os.fork()
    if worker == 0:
        for _ in range(count):
            if os.fork() == 0:
                act(told)
        if exit_with == "killed":
            signal.pause()
        os._exit(3)
    os.close(held)
    for _ in range(count):
        assert os.read(ready, 1)
    if exit_with == "by itself":
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
    status = remains.end_all(worker)
    try:
        os.waitpid(-1, os.WNOHANG)
        has_children = True
    except ChildProcessError:
        has_children = False
    os.set_blocking(alive, False)
    return {"status": status, "all gone": os.read(alive, 1) == b"", "children": has_children}


@pytest.mark.parametrize("crowd", CROWDS)
@pytest.mark.parametrize(("exit_with", "status"), [("by itself", 3), ("killed", -9)])
def test_nobody_is_left_and_the_status_is_the_workers(
    nursery: Nursery, crowd: str, exit_with: str, status: int
) -> None:
    """Whoever ignores signals, hides in a session, or forks faster than it can be looked for."""
    found = nursery.call(ended, crowd=crowd, exit_with=exit_with)
    assert found == {"status": status, "all gone": True, "children": False}


def test_those_that_proc_does_not_show_are_ended_too(nursery: Nursery) -> None:
    """A /proc with hidepid shows nobody who hides; the kernel's list of our children does."""
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
        pytest.skip("this kernel lists no children")
    assert nursery.call(ended_unseen) == {"status": -9, "all gone": True, "children": False}


def ended_unseen() -> Any:
    remains._descendants = lambda _: []
    return ended("daemons", "killed")


def test_files_folders_links_and_pipes_are_removed(tmp_path: Path) -> None:
    """What links lead to stays; closed folders are opened."""
    outside, folder = tmp_path / "outside", tmp_path / "case"
    outside.mkdir()
    (outside / "kept").write_text("kept", encoding="utf-8")
    (folder / "a/b/c").mkdir(parents=True)
    (folder / "a/b/file").write_text("text", encoding="utf-8")
    (folder / "link").symlink_to(outside)
    (folder / "a/link").symlink_to(outside / "kept")
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "a/pipe")
    (folder / "a/b/c").chmod(0)
    (folder / "a/b").chmod(0)
    (folder / "a").chmod(0o500)
    remains.remove_files(str(folder), None)
    assert os.listdir(folder) == []
    assert (outside / "kept").read_text(encoding="utf-8") == "kept"
    assert outside.stat().st_mode & 0o777 == 0o755


def test_of_shared_memory_only_the_cases_own_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its user; where workers are nobody else than we are, all of it is left alone."""
    monkeypatch.setattr(remains, "SHARED_MEMORY", str(tmp_path / "shared"))
    (tmp_path / "shared/folder").mkdir(parents=True)
    (tmp_path / "shared/memory").touch()
    (tmp_path / "case").mkdir()
    for user, left in ((None, {"folder", "memory"}), (os.geteuid() + 1, {"folder", "memory"}), (os.geteuid(), set())):
        remains.remove_files(str(tmp_path / "case"), user)
        assert set(os.listdir(tmp_path / "shared")) == left


def test_a_folder_that_has_gone_is_no_reason_to_end(tmp_path: Path) -> None:
    """Where nothing shuts cases in, they may remove it."""
    remains.remove_files(str(tmp_path / "gone"), None)
    assert not (tmp_path / "gone").exists()
