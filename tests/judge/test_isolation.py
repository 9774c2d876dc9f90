"""Isolation: a level is what was tried out and failed, and a report says so."""

import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from course.judge import starter as starters
from course.judge.bench import Bench
from course.judge.isolation import (
    LEVELS,
    OPEN,
    OPEN_ON_GUARDED,
    SHARED,
    Isolation,
    Level,
    bait,
    layers_of,
    undumpable,
)
from course.judge.jail import Jail
from course.judge.starter import Starter
from course.lessons import ROOT
from tests.judge.inside import namespaces_or_skip

LIMITS_ONLY = "from course.lab import confinement\nconfinement.layers = list\n"
Try = Callable[..., Isolation]


def of(*holes: str) -> Isolation:
    """An isolation with these holes."""
    return Isolation(layers=("limits",), holes=holes)


@pytest.mark.parametrize(
    ("holes", "level"),
    [
        ((), "strong"),
        (("network",), "guarded"),
        (("users", "sockets", "shared", "network"), "guarded"),
        (("network", "read"), "basic"),
        *(((hole,), "basic") for hole in OPEN.keys() - OPEN_ON_GUARDED),
    ],
)
def test_one_hole_decides_the_level(holes: tuple[str, ...], level: Level) -> None:
    """Strong is without any; guarded keeps what is the machine's from being read, changed or disturbed."""
    assert of(*holes).level == level


def test_a_level_reaches_itself_and_the_lower_ones() -> None:
    reached = {
        each.level: [level for level in LEVELS if each.reaches(level)] for each in (of(), of("users"), of("read"))
    }
    assert reached == {"strong": list(LEVELS), "guarded": ["basic", "guarded"], "basic": ["basic"]}


def test_a_report_names_the_layers_and_every_hole() -> None:
    assert str(of()) == "strong: limits"
    assert str(of("read", "network")) == "basic: limits; open: student code reads your files, connects to the network"
    assert layers_of(namespaces=True, other_user=True, kernel=["landlock", "seccomp", "tasks"], memory="1 GiB") == (
        "namespaces",
        "no network",
        "other user",
        "Landlock",
        "seccomp",
        "memory 1 GiB",
        "limits",
    )
    assert layers_of(namespaces=False, other_user=False, kernel=["seccomp"], memory="") == ("seccomp", "limits")


def test_a_refusal_says_what_is_open_and_what_to_install() -> None:
    assert of("network", "shared").refusal("strong") == (
        "Nothing was graded: isolation strong is required, and this machine offers guarded, where student code "
        "connects to the network, reads shared memory of this machine. On Linux install bubblewrap (and libseccomp2), "
        "and run as root, with sudo without a password, or where user namespaces are allowed."
    )
    assert of("network").refusal("strong").told("zh").startswith("没有评分：要求的隔离级别是 strong")


def test_the_bait_is_open_to_everybody_and_gone_afterwards() -> None:
    """A case that cannot reach it is kept from it by its jail alone."""
    with bait() as things:
        assert stat.S_IMODE(os.stat(things["secret"]).st_mode) == 0o644
        assert stat.S_IMODE(os.stat(things["open"]).st_mode) == 0o777
        assert len(Path(things["secret"]).read_text(encoding="utf-8")) == 32
        socket.create_connection(("127.0.0.1", things["port"]), 5).close()
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(things["socket"])
        assert things["judge"] == os.getpid()
        assert os.path.dirname(things["shared"]) == SHARED
    assert not any(os.path.exists(things[name]) for name in ("secret", "open", "socket", "shared"))


def test_without_shared_memory_there_is_no_bait_in_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on macOS."""
    monkeypatch.setattr("course.judge.isolation.SHARED", str(tmp_path / "nowhere"))
    with bait() as things:
        assert things["shared"] == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into everybody")
def test_an_undumpable_process_is_closed_to_its_own_user() -> None:
    """Its memory and its environment hold what the judge knows."""
    undumpable()
    program = f"open('/proc/{os.getpid()}/environ')"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert "PermissionError" in done.stderr


@pytest.fixture
def tried() -> Try:
    """The isolation of a bench whose starters are in one jail."""

    def find(home: Jail) -> Isolation:
        bench = Bench(width=1)
        try:
            bench._end_starters()
            bench._jails = [home]
            bench._start(home)
            return bench.isolation
        finally:
            bench.close()

    return find


def plain() -> Jail:
    """The last jail."""
    return Jail(root=os.geteuid() == 0)


def test_namespaces_make_it_strong(tried: Try) -> None:
    isolation = tried(namespaces_or_skip())
    assert isolation.level == "strong"
    assert {"namespaces", "no network", "memory 1 GiB", "limits"} <= set(isolation.layers)


def layers_here() -> list[str]:
    """What starters say that this kernel has."""
    starter = Starter()
    try:
        return starter.layers
    finally:
        starter.close()


def test_landlock_makes_it_guarded(tried: Try) -> None:
    """Files, processes and privileges are safe; sockets, the network and shared memory are open, and said to be."""
    if not {"landlock", "seccomp"} <= set(layers_here()):
        pytest.skip("this machine has no Landlock, or no libseccomp")
    isolation = tried(plain())
    assert isolation.level == "guarded"
    assert {"network", "shared"} <= set(isolation.holes) <= OPEN_ON_GUARDED
    assert "users" not in isolation.holes
    assert "namespaces" not in isolation.layers


def test_limits_alone_are_basic(tried: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is claimed that is not there."""
    monkeypatch.setattr(starters, "BOOT", LIMITS_ONLY + starters.BOOT)
    isolation = tried(Jail())
    assert isolation.level == "basic"
    assert {"read", "write", "shared", "sockets", "network"} <= set(isolation.holes)
    assert not {"survivors", "privileges"} & set(isolation.holes)
    assert set(isolation.layers) == {"memory 1 GiB", "limits"}


def test_namespaces_alone_are_not_said_to_be_strong(tried: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without libseccomp a case makes user namespaces, where the kernel lets it: that is where holes are found."""
    home = namespaces_or_skip()
    monkeypatch.setattr(starters, "BOOT", LIMITS_ONLY + starters.BOOT)
    isolation = tried(home)
    assert set(isolation.holes) <= {"users"}
    assert isolation.level == ("guarded" if isolation.holes else "strong")
    assert not {"Landlock", "seccomp"} & set(isolation.layers)


def test_another_user_alone_does_not_hide_what_everybody_may_read(tried: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    """Graders usually may be read by all users of a machine: without Landlock, a user of its own is not enough."""
    home = plain()
    if home.user(0) is None:
        pytest.skip("workers get no other user here: this is not root, or Python is closed to others")
    monkeypatch.setattr(starters, "BOOT", LIMITS_ONLY + starters.BOOT)
    isolation = tried(home)
    assert {"read", "write"} <= set(isolation.holes)
    assert not {"signal", "memory"} & set(isolation.holes)
    assert "other user" in isolation.layers


@pytest.mark.parametrize("number", [1, 7])
def test_a_judge_with_a_small_number_is_no_excuse(tried: Try, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """In a container the judge may be process 1; a case that can signal it is said to."""
    if os.geteuid() != 0:
        pytest.skip("as root only, processes with small numbers may be signalled")
    monkeypatch.setattr("course.judge.isolation.os.getpid", lambda: number)
    monkeypatch.setattr(starters, "BOOT", LIMITS_ONLY + starters.BOOT)
    assert os.path.exists(f"/proc/{number}") == ("signal" in tried(Jail()).holes)


def test_every_hole_has_its_words_and_the_canary_tries_it() -> None:
    """None is forgotten on one of the two sides."""
    canary = (ROOT / "course/lab/canary.py").read_text(encoding="utf-8")
    attempts = set(re.findall(r'^        "(\w+)": ', canary, re.MULTILINE))
    assert attempts | {"survivors"} == set(OPEN)
