"""Attack 93: namespaces, mounts, chroot and setuid helpers inside the jail. None is allowed, no privilege is gained."""

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack
from tests.attacks.forging import TRIED

HELPERS = """
import subprocess
def run(*command):
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise PermissionError
def attempts():
    commands = (
        ["unshare", "-Ur", "true"], ["unshare", "-m", "true"], ["unshare", "-n", "true"], ["sudo", "-n", "true"],
        ["mount", "-t", "tmpfs", "none", "/tmp"], ["chroot", "/", "true"], ["bwrap", "--ro-bind", "/", "/", "true"],
        ["nsenter", "-t", "1", "-m", "true"], ["setpriv", "--reuid=0", "true"], ["su", "-c", "true"],
    )
    calls = [tried(os.chroot, "/"), tried(os.setuid, 0), tried(os.setgid, 0), tried(os.setgroups, [0])]
    return [tried(run, *command) for command in commands] + calls
"""


def test_no_privilege_is_gained(attack: Attack, isolation: Isolation) -> None:
    if isolation.holes:
        pytest.skip("this machine leaves something open: see its isolation")
    attacked = attack("p13", TRIED + HELPERS)
    assert attacked.points == 0
    assert "TOLD ['PermissionError'" in attacked.said
    assert "DONE" not in attacked.said
