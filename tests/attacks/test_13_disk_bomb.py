"""Attack 13: files without end, or of a size that no disk has. The folder of a case is small, and goes with it."""

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack

CALL = "import os\ndef fetch_quotes(symbols, fetch):\n"
FILLS = (
    CALL
    + """
    written = 0
    try:
        for number in range(8):
            with open(f"left-behind-{number}", "wb", buffering=0) as file:
                for _ in range(32):
                    written += file.write(bytes(1 << 20))
    except OSError as error:
        raise ValueError(f"{written >> 20} MB, then {type(error).__name__} {error.errno}") from None
"""
)
SPARSE = CALL + "    with open('left-behind', 'wb') as file:\n        file.truncate(1 << 50)\n"
MANY = (
    CALL
    + """
    made = 0
    try:
        while True:
            open(f"left-behind-{made}", "w").close()
            made += 1
    except OSError as error:
        raise ValueError(f"{made >> 10}k files, then {error.errno}") from None
"""
)


def require_namespaces(isolation: Isolation) -> None:
    if "namespaces" not in isolation.layers:
        pytest.skip("without namespaces a case has no file system of its own: only each file is limited")


def test_all_files_together_are_limited(attack: Attack, isolation: Isolation) -> None:
    """Every case begins with nothing: each of the two checks of correctness can write as much as the other."""
    require_namespaces(isolation)
    attacked = attack("t01", FILLS)
    assert attacked.points == 0
    for check in ("values_and_order", "empty"):
        failure = attacked.check(check).failure
        assert failure is not None
        assert failure.got.endswith("ValueError: 64 MB, then OSError 28")


def test_so_is_their_number(attack: Attack, isolation: Isolation) -> None:
    require_namespaces(isolation)
    attacked = attack("t01", MANY)
    assert attacked.points == 0
    assert "ValueError: 15k files, then 28" in attacked.said


def test_a_file_that_is_larger_than_any_disk_is_refused(attack: Attack) -> None:
    attacked = attack("t01", SPARSE)
    assert attacked.points == 0
    assert "OSError: [Errno 27] File too large" in attacked.said
