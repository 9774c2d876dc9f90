"""Attack 12: memory without end: in one process, in many, or where nobody seems to have it. All of it is counted."""

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import, honest

LIMIT = "your code has used more than 1 GiB of memory"
GROWS = "\nkept = []\nwhile True:\n    kept.append('x' * (1 << 22))\n"
FORKS = """
import os, time
for number in range(12):
    if os.fork() == 0:
        kept = b"x" * (100 << 20)
        time.sleep(600)
time.sleep(600)
"""
# Each has less than any Python program, and is another program; 1.5 GB together.
PROGRAMS = """
import subprocess, sys
less = [sys.executable, "-S", "-E", "-c", "kept = b'x' * (12 << 20); print(1, flush=True); input()"]
started = [subprocess.Popen(less, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(75)]
for process in started:
    process.stdout.readline()
raise ValueError("all of them have their memory")
"""
FILES_OF_NO_FOLDER = """
import os
def fetch_quotes(symbols, fetch):
    part = b"x" * (1 << 20)
    kept = [os.memfd_create("kept") for _ in range(30)]
    raise ValueError(f"{sum(os.write(file, part) for file in kept for _ in range(60)) >> 20} MB")
"""
# 8 GiB, not touched: the address space ends before.
RESERVED = """
def fetch_quotes(symbols, fetch):
    return bytearray(8 << 30)
"""


@pytest.mark.parametrize("bomb", [FORKS, PROGRAMS])
def test_what_processes_have_together_is_limited(attack: Attack, isolation: Isolation, bomb: str) -> None:
    attacked = attack("p13", at_import("p13", bomb))
    assert attacked.points == 0
    assert LIMIT in attacked.said


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_one_process_that_grows_ends_at_the_limit(attack: Attack, key: str) -> None:
    attacked = attack(key, honest(key) + GROWS)
    assert attacked.points == 0
    assert LIMIT in attacked.said


def test_memory_that_is_never_touched_is_not_given(attack: Attack) -> None:
    attacked = attack("t01", RESERVED)
    assert attacked.points == 0
    assert "MemoryError" in attacked.said


def test_memory_that_no_process_is_seen_to_have_is_refused(attack: Attack, isolation: Isolation) -> None:
    if "seccomp" not in isolation.layers:
        pytest.skip("system calls are refused by seccomp, and libseccomp is not installed")
    attacked = attack("t01", FILES_OF_NO_FOLDER)
    assert attacked.points == 0
    assert "PermissionError: [Errno 1] Operation not permitted" in attacked.said
