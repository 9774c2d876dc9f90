"""The calls to the kernel: each has its effect, and says in an error when it has none."""

import os
from typing import Any

import pytest

from course.lab import kernel
from tests.lab.nursery import ChildFailed, Nursery

LINUX = pytest.mark.skipif(not kernel.CAN_CLONE, reason="Linux's calls, on machines whose numbers are known")
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes namespaces without a user namespace")
pytestmark = LINUX


def test_a_call_that_fails_names_itself(nursery: Nursery) -> None:
    """In the words of the system."""
    with pytest.raises(ChildFailed, match=r"OSError|NotADirectoryError|FileNotFoundError|PermissionError"):
        nursery.call(mount_nowhere)


def mount_nowhere() -> None:
    kernel.mount_memory("/no/such/place", 1 << 20)


def test_a_clone_without_namespaces_is_a_fork(nursery: Nursery) -> None:
    """The child has its parent, and can fork in turn."""
    assert nursery.call(cloned, namespaces=0)["statuses"] == [7, 0]


@ROOT
def test_a_clone_in_a_new_namespace_is_its_first_process(nursery: Nursery) -> None:
    """When it ends, all in it have ended: no descendant of it keeps the pipe."""
    found = nursery.call(cloned, namespaces=kernel.NEW_PROCESSES)
    assert found == {"number": 1, "statuses": [7, 0], "still there": False}


def cloned(namespaces: int) -> dict[str, Any]:
    """What a clone, with a child that would outlive it, comes to."""
    import select  # noqa: PLC0415  # in the child only
    import signal  # noqa: PLC0415

    reader, writer = os.pipe()
    alive, held = os.pipe()
    child = kernel.clone(namespaces)
    if child == 0:
        if namespaces and os.fork() == 0:
            signal.pause()
        os.write(writer, str(os.getpid()).encode())
        os._exit(7)
    os.close(held)
    number = int(os.read(reader, 20))
    _, status = os.waitpid(child, 0)
    has_ended = bool(select.select([alive], [], [], 20 if namespaces else 0)[0])
    other = os.fork()
    if other == 0:
        os._exit(0)
    return {
        "number": number,
        "statuses": [os.waitstatus_to_exitcode(status), os.waitstatus_to_exitcode(os.waitpid(other, 0)[1])],
        "still there": not has_ended,
    }


def test_orphans_are_adopted(nursery: Nursery) -> None:
    """However many sessions lie between."""
    assert nursery.call(adopting)


def adopting() -> bool:
    """Whether a grandchild in a session of its own becomes a child of ours when its parent ends."""
    kernel.adopt_orphans()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            os.read(reader, 1)
            os._exit(9)
        os._exit(0)
    os.waitpid(child, 0)
    os.write(writer, b"x")
    _, status = os.waitpid(-1, 0)
    return os.waitstatus_to_exitcode(status) == 9


def test_whoever_dies_with_its_parent_does(nursery: Nursery) -> None:
    """The kernel kills it; nobody has to be there to do so."""
    assert nursery.call(orphaned)


def orphaned() -> bool:
    """Whether a process has gone, as its pipe tells, whose parent has ended."""
    import select  # noqa: PLC0415  # in the child only
    import signal  # noqa: PLC0415

    alive, held = os.pipe()
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            kernel.die_with_parent()
            os.write(told, b"x")
            while True:
                signal.pause()
        os.read(ready, 1)
        os._exit(0)
    os.close(held)
    os.waitpid(child, 0)
    return bool(select.select([alive], [], [], 20)[0])


def test_an_undumpable_process_belongs_to_root(nursery: Nursery) -> None:
    """Its memory is closed to its own user, until it opens it again."""
    assert nursery.call(owners) == [0, os.geteuid()]


def owners() -> list[int]:
    found = []
    for dumpable in (False, True):
        kernel.set_dumpable(dumpable=dumpable)
        found.append(os.stat("/proc/self/environ").st_uid)
    return found


@ROOT
def test_a_mounted_folder_is_private_and_has_its_size(nursery: Nursery, tmp_path: Any) -> None:
    """What is written there is nowhere else."""
    size = 8 << 20
    assert nursery.call(mounted, path=str(tmp_path), size=size) == {"size": size, "mode": 0o1777, "names": ["file"]}
    assert os.listdir(tmp_path) == []


def mounted(path: str, size: int) -> dict[str, Any]:
    """A look at a file system in memory, in a mount namespace of its own."""
    import json  # noqa: PLC0415  # in the child only
    import stat  # noqa: PLC0415

    reader, writer = os.pipe()
    child = kernel.clone(kernel.NEW_MOUNTS)
    if child == 0:
        kernel.keep_mounts_private()
        kernel.mount_memory(path, size)
        with open(f"{path}/file", "w", encoding="utf-8"):
            told = os.statvfs(path)
            mode = stat.S_IMODE(os.stat(path).st_mode)
            found = {"size": told.f_blocks * told.f_frsize, "mode": mode, "names": os.listdir(path)}
            os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(os.read(reader, 1000))
    return found
