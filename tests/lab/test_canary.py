"""The canary: it says what it could do, neither more nor less."""

import contextlib
import os
import select
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course.lab import canary, kernel
from tests.lab.nursery import Nursery

pytestmark = pytest.mark.skipif(not kernel.CAN_CLONE, reason="elsewhere there is no level but the lowest")


class Notes:
    """A channel that notes what is sent."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, dict[str, Any]]] = []

    def send(self, kind: str, **fields: Any) -> None:
        """Note a frame."""
        self.frames.append((kind, fields))


@pytest.fixture
def bait(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Things that are all within reach."""
    (tmp_path / "secret").touch()
    (tmp_path / "grader").touch()
    (tmp_path / "shared").touch()
    (tmp_path / "open").mkdir()
    with (
        contextlib.chdir(tmp_path),
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as local,
    ):
        local.bind("socket")
        local.listen()
        yield {
            "secret": str(tmp_path / "secret"),
            "grader": str(tmp_path / "grader"),
            "open": str(tmp_path / "open"),
            "shared": str(tmp_path / "shared"),
            "port": server.getsockname()[1],
            "socket": "socket",
            "judge": os.getppid(),
        }


def holes(monkeypatch: pytest.MonkeyPatch, bait: dict[str, Any], **patched: Any) -> set[str]:
    """What the canary says; it makes no namespace in this process, and leaves no daemon."""

    def refused() -> None:
        raise PermissionError

    monkeypatch.setattr(canary, "_leave_daemon", lambda: None)
    monkeypatch.setattr(canary.kernel, "leave_users", patched.get("leave_users", refused))
    monkeypatch.setattr(canary, "_can_gain_privileges", patched.get("privileges", refused))
    monkeypatch.setattr(canary.os, "getppid", lambda: patched.get("parent", 0))
    notes = Notes()
    canary.sing({"arguments": bait}, notes)  # type: ignore[arg-type]
    (run, fields), (end, _) = notes.frames
    assert (run, end, fields["outcome"]) == ("run", "end", "finished")
    kind, found = fields["value"]
    assert kind == "list"
    return set(found)


ALL = {"read", "write", "shared", "network", "sockets", "signal", "memory"}


def test_what_is_within_reach_is_said(monkeypatch: pytest.MonkeyPatch, bait: dict[str, Any]) -> None:
    """All of it, when nothing stands in the way."""
    assert holes(monkeypatch, bait) == ALL
    everything = holes(monkeypatch, bait, leave_users=lambda: None, privileges=lambda: None)
    assert everything == ALL | {"users", "privileges"}


GONE = {
    "open": ("/no/such/place", "write"),
    "shared": ("/no/such/place/shared", "shared"),
    "port": (1, "network"),
    "socket": ("/no/such/socket", "sockets"),
}


@pytest.mark.parametrize("name", GONE)
def test_what_is_out_of_reach_is_not_said(monkeypatch: pytest.MonkeyPatch, bait: dict[str, Any], name: str) -> None:
    """And only that."""
    there, hole = GONE[name]
    assert holes(monkeypatch, {**bait, name: there}) == ALL - {hole}


def test_one_file_that_can_be_read_is_enough(monkeypatch: pytest.MonkeyPatch, bait: dict[str, Any]) -> None:
    """The graders themselves are tried as well, wherever they lie."""
    nowhere = "/no/such/place/file"
    assert "read" in holes(monkeypatch, {**bait, "secret": nowhere})
    assert "read" in holes(monkeypatch, {**bait, "grader": nowhere})
    assert "read" not in holes(monkeypatch, {**bait, "secret": nowhere, "grader": nowhere})


def test_where_there_is_no_shared_memory_none_is_read(monkeypatch: pytest.MonkeyPatch, bait: dict[str, Any]) -> None:
    assert holes(monkeypatch, {**bait, "shared": ""}) == ALL - {"shared"}


def test_its_own_processes_are_not_taken_for_the_judge(monkeypatch: pytest.MonkeyPatch, bait: dict[str, Any]) -> None:
    """In namespaces of its own small numbers are its own and the warden's, whoever has them outside."""
    for judge, parent in ((os.getpid(), 0), (os.getppid(), os.getppid())):
        assert holes(monkeypatch, {**bait, "judge": judge}, parent=parent) == ALL - {"signal", "memory"}


def test_its_daemon_has_hidden_before_it_says_anything(nursery: Nursery) -> None:
    """Else it would be ended with the worker's own group, and prove nothing."""
    assert nursery.call(left) == {"leads a session": False, "in our group": False, "there": True}


def left() -> dict[str, bool]:
    """Where the canary's daemon is when it has been left."""
    kernel.adopt_orphans()
    alive, held = os.pipe()
    canary._leave_daemon()
    os.close(held)
    (daemon,) = map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="utf-8").split())
    fields = Path(f"/proc/{daemon}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    found = {
        "leads a session": int(fields[3]) == daemon,
        "in our group": os.getpgid(daemon) == os.getpgid(0),
        "there": not select.select([alive], [], [], 0)[0],
    }
    os.kill(daemon, signal.SIGKILL)
    return found


def test_an_attempt_that_the_system_has_no_words_for_has_failed() -> None:
    """A missing call is no success; an error of our own is not hidden."""
    assert not canary._succeeds(lambda: getattr(os, "no_such_call")())  # noqa: B009, PLW0108
    assert canary._succeeds(lambda: None)
    with pytest.raises(ZeroDivisionError):
        canary._succeeds(lambda: 1 / 0)
