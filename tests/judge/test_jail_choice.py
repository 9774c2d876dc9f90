"""Jails: how they are chosen on a machine, and with which command they are entered."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from course.judge import jail
from course.judge.jail import FIRST_USER, FOLDER, LAB, USERS_PER_JUDGE, Jail, enter, jails, of_python
from course.lessons import ROOT

ROOTS = pytest.mark.skipif(os.geteuid() != 0, reason="a user of its own is root's to give")


@ROOTS
def test_users_of_their_own_can_be_read_of_and_nothing_lies_in_their_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where Python or the lab are closed to others, workers stay who they are, unless a namespace opens the way."""
    monkeypatch.setattr(jail, "LAB", tmp_path)
    script = tmp_path / "worker.py"
    script.touch()
    home = Jail(root=True, namespaces=True)
    script.chmod(0o644)
    assert home.user(3) == FIRST_USER + os.getpid() * USERS_PER_JUDGE + 3
    tmp_path.chmod(0o700)
    assert Jail(root=True).user(3) is None
    assert home.user(3) is not None
    script.chmod(0o600)
    assert home.user(3) is None
    assert Jail(namespaces=True).user(3) is None


class Machine:
    """A machine with some programs on it, and a user."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *programs: str, root: bool = False, platform: str = "linux"
    ) -> None:
        self.started: list[list[str]] = []
        self.refuses: list[str] = []
        monkeypatch.setattr(jail, "sys", SimpleNamespace(platform=platform))
        monkeypatch.setattr(jail, "os", SimpleNamespace(geteuid=lambda: 0 if root else 1000, defpath="/bin:/usr/bin"))
        monkeypatch.setattr(
            jail, "shutil", SimpleNamespace(which=lambda name, path: name if name in programs else None)
        )
        monkeypatch.setattr(jail, "subprocess", SimpleNamespace(run=self.run, DEVNULL=subprocess.DEVNULL))

    def run(self, command: list[str], **_: object) -> SimpleNamespace:
        """Start a program, unless a word of the command is refused."""
        self.started.append(command)
        return SimpleNamespace(returncode=int(any(word in self.refuses for word in command)))


PLAIN = [Jail()]
OWN = Jail(command=("bwrap", "--unshare-user"), namespaces=True)
LENT = Jail(command=("sudo", "-n", "bwrap"), namespaces=True, root=True)


def test_a_plain_user_takes_namespaces_of_his_own_and_else_those_that_sudo_lends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever works; sudo is never asked where it is not needed, and never for a password."""
    machine = Machine(monkeypatch, "bwrap", "sudo")
    assert jails() == [OWN, *PLAIN]
    assert [command[0] for command in machine.started] == ["bwrap"]
    machine.refuses = ["--unshare-user"]
    assert jails() == [LENT, *PLAIN]
    assert machine.started[-1][:3] == ["sudo", "-n", "bwrap"]
    machine.refuses += ["sudo"]
    assert jails() == PLAIN


def test_root_needs_no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, "bwrap", "sudo", root=True)
    assert jails() == [Jail(command=("bwrap",), namespaces=True, root=True), Jail(root=True)]
    machine.refuses = ["bwrap"]
    assert jails() == [Jail(root=True)]


@pytest.mark.parametrize(("programs", "platform"), [((), "linux"), (("sudo",), "linux"), (("bwrap",), "darwin")])
def test_without_bubblewrap_there_is_the_last_jail(
    monkeypatch: pytest.MonkeyPatch, programs: tuple[str, ...], platform: str
) -> None:
    """It can always be started, and nothing is tried."""
    machine = Machine(monkeypatch, *programs, platform=platform)
    assert jails() == PLAIN
    assert machine.started == []


def test_bubblewrap_is_the_systems_own_whatever_the_path_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program of that name in the current folder, or first in PATH, is not started."""
    planted = tmp_path / "bwrap"
    planted.write_text("#!/bin/sh\n", encoding="utf-8")
    planted.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    assert shutil.which("bwrap") == str(planted)
    assert not any(str(planted) in home.command for home in jails())


def test_the_command_names_all_that_a_jail_has(tmp_path: Path) -> None:
    """A new user's namespace or sudo first, an empty environment, the root read-only at the end."""
    command = enter(LENT, str(tmp_path), {"HOME": FOLDER})
    assert command[:3] == ["sudo", "-n", "bwrap"]
    for word in ("--unshare-net", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session", "--clearenv"):
        assert word in command
    assert command[command.index("--setenv") :][:3] == ["--setenv", "HOME", FOLDER]
    assert command[-3:] == ["--remount-ro", "/", "--"]
    bound = {command[place + 1] for place, word in enumerate(command) if word.startswith("--ro-bind")}
    assert bound <= {*jail.OF_SYSTEM, *jail.OF_ETC, *of_python(), str(tmp_path)}
    assert "--bind" not in command
    assert enter(Jail(), str(tmp_path), {}) == []


def test_of_our_own_repository_the_lab_is_shown_alone() -> None:
    """What decides verdicts stays outside."""
    ours = {path for path in of_python() if path.startswith(f"{ROOT}/") and not path.startswith(sys.prefix)}
    assert ours == {str(LAB), str(LAB.parent / "__init__.py")}


@pytest.mark.parametrize(("place", "covered"), [("/usr/src/course", True), ("/home/teacher/course", False)])
def test_graders_that_lie_in_a_folder_of_the_systems_are_covered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, *, covered: bool
) -> None:
    """As in a container whose work lies below /usr: that folder is bound for Python's sake."""
    monkeypatch.setattr(jail, "ROOT", Path(place))
    monkeypatch.setattr(Path, "is_dir", lambda _: True)
    command = enter(OWN, str(tmp_path), {})
    hidden = {command[number + 1] for number, word in enumerate(command) if word == "--tmpfs"}
    assert hidden == ({f"{place}/graders", f"{place}/solutions"} if covered else set())
