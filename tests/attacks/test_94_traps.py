"""Attack 94: leave links, pipes and devices where the judge or a later case could follow them. All go with the case."""

from tests.attacks.altered import solution
from tests.attacks.arena import SECRET
from tests.attacks.conftest import Attack

TRAPS = """
import os
made = []
for place in (os.getcwd(), os.environ["TMPDIR"], "/dev/shm", "/run/meetings", "/tmp", "/"):
    for name, make in {
        "link": lambda path: os.symlink("/etc/shadow", path),
        "loop": lambda path: os.symlink(path, path),
        "device": lambda path: os.mknod(path, 0o600 | 0o020000, os.makedev(1, 1)),
        "pipe": lambda path: os.mkfifo(path),
        "hard": lambda path: os.link("/proc/self/exe", path),
    }.items():
        try:
            make(f"{place}/left-behind-{name}")
            made.append(f"{place} {name}")
        except OSError:
            pass
"""


def test_traps_hurt_nobody(attack: Attack) -> None:
    attacked = attack("t01", solution("t01") + TRAPS)
    assert attacked.points == 10
    assert SECRET not in attacked.output


def test_links_are_made_and_devices_are_not(attack: Attack) -> None:
    """So the test above has left something."""
    said = attack("t01", TRAPS + "raise RuntimeError(sorted(name.split()[-1] for name in made))\n").said
    assert "'link'" in said
    assert "'device'" not in said
