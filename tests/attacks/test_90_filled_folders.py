"""Attack 90: fill the file systems, inodes and shared memory, so that the next case cannot work. Each has its own."""

from tests.attacks.altered import solution
from tests.attacks.conftest import Attack

FILL = """
import os
told = {}
for place in (os.getcwd(), "/dev/shm"):
    for what, size in (("bytes", 8 << 20), ("files", 0)):
        try:
            for number in range(20_000):
                file = os.open(f"{place}/left-behind-{what}-{number}", os.O_CREAT | os.O_WRONLY)
                if size:
                    os.posix_fallocate(file, 0, size)
                os.close(file)
        except OSError as error:
            told[what] = error.strerror
raise RuntimeError(f"filled: {sorted(set(told.values()))}")
"""


def test_the_next_case_has_room(attack: Attack) -> None:
    attacked = attack("p13", FILL)
    assert attacked.points == 0
    assert "RuntimeError: filled: ['No space left on device']" in attacked.said
    assert attack("t03", solution("t03")).points == 10
