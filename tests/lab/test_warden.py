"""The warden: the worker's file systems and numbers are its own, and all ends with the warden."""

import os
from typing import Any

import pytest

from course.lab import warden
from tests.lab.nursery import Nursery

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0,
    reason="wardens make namespaces: as another user they do so in bubblewrap's (tests/judge/test_jail)",
)


def guarded(work: str, folder: str) -> dict[str, Any]:
    """What the starter hears of a worker that does this, and what the worker saw."""
    import json  # noqa: PLC0415  # in the child only
    import select  # noqa: PLC0415
    import signal  # noqa: PLC0415
    import socket  # noqa: PLC0415
    import struct  # noqa: PLC0415

    ours, theirs = socket.socketpair()
    seen, tell = os.pipe()
    alive, held = os.pipe()

    def work_() -> None:
        if work == "look":
            told = {
                "numbers": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
                "ours": [os.getpid(), os.getppid()],
                "files": [os.listdir(folder), os.listdir("/dev/shm")],
                "sizes": [os.statvfs(place).f_blocks * os.statvfs(place).f_frsize for place in (folder, "/dev/shm")],
            }
            open(f"{folder}/left", "w").close()
            open("/dev/shm/left-behind-of-warden", "w").close()
            os.write(tell, json.dumps(told).encode())
            os._exit(5)
        if work == "leave a daemon":
            if os.fork() == 0:
                os.setsid()
                signal.pause()
            os._exit(0)
        if work == "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if work == "kill the warden":
            for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP):
                os.kill(1, number)
            os._exit(6)
        signal.pause()

    process = warden.start({"folder": folder}, work_, ours, theirs)
    theirs.close()
    os.close(held)
    os.close(tell)
    said, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    (worker,) = descriptors
    ends = work != "wait"
    select.select([worker], [], [], 20 if ends else 0)
    ours.settimeout(20)
    status = struct.unpack(">i", ours.recv(4))[0] if ends else None
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    found = os.read(seen, 10_000)
    return {
        "said": said.decode(),
        "status": status,
        "has ended": bool(select.select([worker], [], [], 20)[0]),
        "nobody left": os.read(alive, 1) == b"",
        "seen": json.loads(found) if found else None,
    }


@pytest.fixture
def guard(nursery: Nursery, tmp_path: Any) -> Any:
    """What comes of a worker behind a warden."""
    (tmp_path / "of before").touch()
    return lambda work: nursery.call(guarded, work=work, folder=str(tmp_path))


def test_a_worker_sees_itself_and_the_warden(guard: Any, tmp_path: Any) -> None:
    """Empty file systems of a size, and two numbers; nothing that it writes is anywhere else."""
    found = guard("look")
    assert found["said"] == "+"
    assert found["status"] == 5
    assert found["seen"] == {
        "numbers": [1, 2],
        "ours": [2, 1],
        "files": [[], []],
        "sizes": [warden.FOLDER_BYTES, warden.SHARED_BYTES],
    }
    assert os.listdir(tmp_path) == ["of before"]
    assert not os.path.exists("/dev/shm/left-behind-of-warden")


@pytest.mark.parametrize(
    ("work", "status"), [("leave a daemon", 0), ("is killed", -9), ("kill the warden", 6), ("wait", None)]
)
def test_when_the_warden_ends_nobody_is_left(guard: Any, work: str, status: int | None) -> None:
    """And no signal from inside ends or stops it."""
    found = guard(work)
    assert found == {"said": "+", "status": status, "has ended": True, "nobody left": True, "seen": None}


def test_a_worker_is_not_started_where_its_file_systems_cannot_be_made(nursery: Nursery) -> None:
    """The starter hears nothing, and knows that."""
    assert nursery.call(unguarded) == {"said": "", "ran": False}


def unguarded() -> dict[str, Any]:
    """What the starter hears where the folder is missing."""
    import socket  # noqa: PLC0415  # in the child only

    ours, theirs = socket.socketpair()
    ran, tell = os.pipe()
    process = warden.start({"folder": "/no/such/folder"}, lambda: os._exit(os.write(tell, b"x")), ours, theirs)
    theirs.close()
    os.close(tell)
    said = ours.recv(1)
    os.waitpid(process, 0)
    return {"said": said.decode(), "ran": os.read(ran, 1) != b""}
