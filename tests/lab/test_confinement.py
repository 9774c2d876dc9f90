"""Confinement: what a process has given up when `confine` has returned. Each test is a fresh child of the nursery."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from course.lab import confinement
from tests.lab.nursery import ChildFailed, Nursery

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock, seccomp and capabilities are Linux's")
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")


def confined(folder: str, *, layers: list[str], user: int | None = None, calls: list[Any]) -> list[Any]:
    """What these system calls (name and arguments) come to in a confined process: None, or the error's name."""
    import ctypes  # noqa: PLC0415  # in the child only
    import errno  # noqa: PLC0415

    from course.lab import confinement  # noqa: PLC0415

    jail = {
        "layers": layers,
        "folder": folder,
        "meetings": folder,
        "user": user,
        "readable": ["/usr", "/lib", "/lib64"],
    }
    confinement.confine(jail)
    libc = ctypes.CDLL(None, use_errno=True)

    def answer(name: str, *arguments: Any) -> str | None:
        try:
            if hasattr(os, name):
                getattr(os, name)(*arguments)
            elif getattr(libc, name)(*[each.encode() if isinstance(each, str) else each for each in arguments]) < 0:
                return errno.errorcode[ctypes.get_errno()]
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        return None

    return [answer(name, *arguments) for name, *arguments in calls]


@pytest.fixture
def require_layer(nursery: Nursery) -> Any:
    """Skip the test where this machine does not have a layer."""

    def require(*layers: str) -> None:
        missing = set(layers) - set(confinement.layers())
        if missing:
            pytest.skip(f"this machine has no {', '.join(sorted(missing))}")

    return require


def test_landlock_leaves_the_folder_and_what_is_readable(nursery: Nursery, tmp_path: Any, require_layer: Any) -> None:
    """And nothing else, whoever owns it."""
    require_layer("landlock")
    folder, outside = tmp_path / "case", tmp_path / "outside"
    folder.mkdir()
    outside.write_text("secret", encoding="utf-8")
    create, reading, writing = os.O_CREAT | os.O_WRONLY, os.O_RDONLY, os.O_WRONLY
    calls = [
        ["open", f"{folder}/new", create],
        ["mkdir", f"{folder}/below"],
        ["open", "/dev/null", writing],
        ["listdir", "/usr"],
        ["open", str(outside), reading],
        ["open", str(outside), writing],
        ["open", f"{tmp_path}/new", create],
        ["rename", f"{folder}/new", f"{tmp_path}/new"],
        ["link", str(outside), f"{folder}/link"],
        ["unlink", str(outside)],
        ["truncate", str(outside), 0],
        ["listdir", str(tmp_path)],
        ["listdir", "/"],
        ["open", "/usr/new", create],
        ["open", "/proc/self/environ", reading],
        ["kill", os.getpid(), 0],
    ]
    found = nursery.call(confined, folder=str(folder), layers=["landlock"], calls=calls)
    assert found[:4] == [None] * 4
    assert [each for each in found[4:-1] if each not in ("EACCES", "EXDEV", "EPERM", "EROFS")] == []
    assert found[-1] == "EPERM"  # where signals can be scoped, which the canary finds out
    assert outside.read_text(encoding="utf-8") == "secret"
    everything = nursery.call(confined, folder=str(folder), layers=[], calls=calls[4:5])
    assert everything == [None]


def test_seccomp_refuses_what_no_exercise_needs(nursery: Nursery, tmp_path: Any, require_layer: Any) -> None:
    """New namespaces in every way that there is, other processes' memory, mounts, and keys."""
    require_layer("seccomp")
    new_users, new_network, attach = 0x1000_0000, 0x4000_0000, 16
    child = 17  # SIGCHLD
    clone, clone3 = (56, 435) if os.uname().machine == "x86_64" else (220, 435)
    calls = [
        ["unshare", new_users],
        ["unshare", new_network],
        ["syscall", clone, new_users | child, 0, 0, 0, 0],
        ["syscall", clone, new_users | new_network | child, 0, 0, 0, 0],
        ["ptrace", attach, os.getppid(), 0, 0],
        ["process_vm_readv", os.getppid(), 0, 0, 0, 0, 0],
        ["mount", "none", "/tmp", "tmpfs", 0, 0],
        ["memfd_create", "hidden"],
        ["syscall", clone3, 0, 0],
    ]
    found = nursery.call(confined, folder=str(tmp_path), layers=["seccomp"], calls=calls)
    assert found == ["EPERM"] * 8 + ["ENOSYS"]
    allowed = [["getpid"], ["pipe"], ["listdir", "."], ["sched_yield"]]
    assert nursery.call(confined, folder=str(tmp_path), layers=["seccomp"], calls=allowed) == [None] * 4


def test_without_layers_privileges_are_given_up_all_the_same(nursery: Nursery, tmp_path: Any) -> None:
    """The limits, no capability and no new privilege need nothing of the machine."""
    assert nursery.call(privileges, folder=str(tmp_path), user=None) == {
        "NoNewPrivs": "1",
        "CapEff": "0" * 16,
        "CapPrm": "0" * 16,
        "CapInh": "0" * 16,
        "dies with its parent": 9,
        "is another user": False,
        "files": 512,
    }


@ROOT
def test_another_user_is_become_for_good(nursery: Nursery, tmp_path: Any) -> None:
    """The real, the effective and the saved one; there is no way back."""
    found = nursery.call(privileges, folder=str(tmp_path), user=70_000, groups=[0, 4])
    assert found["is another user"] is True
    assert found["CapEff"] == "0" * 16


def privileges(folder: str, user: int | None, groups: Sequence[int] = ()) -> dict[str, Any]:
    """What a confined process may do still."""
    import ctypes  # noqa: PLC0415  # in the child only
    import resource  # noqa: PLC0415

    from course.lab import confinement  # noqa: PLC0415

    if groups:
        os.setgroups(groups)
    confinement.confine({"layers": [], "folder": folder, "user": user})
    with open("/proc/self/status", encoding="utf-8") as file:
        status = {name: value.strip() for name, _, value in (line.partition(":") for line in file)}
    number, of_parents_death = ctypes.c_int(), 2
    ctypes.CDLL(None).prctl(of_parents_death, ctypes.byref(number))
    try:
        os.setresuid(0, 0, 0)
        is_back = os.geteuid() == 0
    except OSError:
        is_back = False
    return {
        **{name: status[name] for name in ("NoNewPrivs", "CapEff", "CapPrm", "CapInh")},
        "dies with its parent": number.value,
        "is another user": os.getresuid() == (user,) * 3
        and os.getresgid() == (user,) * 3
        and not (is_back or os.getgroups()),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    }


@pytest.mark.parametrize("name", ["landlockpy", "pyseccomp"])
def test_a_layer_that_cannot_be_put_on_is_an_error(nursery: Nursery, tmp_path: Any, name: str) -> None:
    """It is never left out silently."""
    with pytest.raises(ChildFailed, match=r"AttributeError|NameError|TypeError"):
        nursery.call(half_confined, folder=str(tmp_path), name=name)


def half_confined(folder: str, name: str) -> None:
    """A process whose library has gone after the starter has said that it is there."""
    from course.lab import confinement  # noqa: PLC0415

    setattr(confinement, name, None)
    jail = {
        "layers": ["landlock" if name == "landlockpy" else "seccomp"],
        "folder": folder,
        "user": None,
        "readable": [],
    }
    confinement.confine({**jail, "meetings": folder})


def test_layers_are_those_that_the_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without Landlock, a machine without libseccomp, another system."""
    monkeypatch.setattr(confinement.landlockpy, "abi_version", lambda: 4)
    monkeypatch.setattr(confinement, "pyseccomp", object())
    assert confinement.layers() == ["landlock", "seccomp"]
    monkeypatch.setattr(confinement.landlockpy, "abi_version", lambda: 0)
    assert confinement.layers() == ["seccomp"]
    monkeypatch.setattr(confinement, "pyseccomp", None)
    assert confinement.layers() == []
    monkeypatch.setattr(confinement.sys, "platform", "darwin")
    assert confinement.layers() == []


def test_a_call_that_this_machine_does_not_know_is_no_reason_to_fail(
    nursery: Nursery, tmp_path: Any, require_layer: Any
) -> None:
    """Old libraries lack new names; the others are refused all the same."""
    require_layer("seccomp")
    assert nursery.call(with_unknown_call, folder=str(tmp_path)) == 1


def with_unknown_call(folder: str) -> int:
    """The error number of `unshare` after a name that nobody knows."""
    import ctypes  # noqa: PLC0415  # in the child only

    from course.lab import confinement  # noqa: PLC0415

    confinement.FORBIDDEN_CALLS = ("no_such_call", *confinement.FORBIDDEN_CALLS)
    confinement.confine({"layers": ["seccomp"], "folder": folder, "user": None})
    ctypes.CDLL(None, use_errno=True).unshare(0x1000_0000)
    return ctypes.get_errno()
