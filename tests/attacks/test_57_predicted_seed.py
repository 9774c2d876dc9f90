"""Attack 57: predict the seed from the commit, environment or time. With a key, no one can who does not have it.

Without a key everybody can, and may: learners see the schedules again that a report has shown. The numbers that the
judge draws for his part come from the system's own source of randomness, and have no seed.
"""

from hashlib import blake2b
from random import Random

import pytest

from course.judge.bench import Bench
from course.judge.seeds import seed_of
from tests.attacks.altered import solution
from tests.attacks.conftest import Attack
from tests.attacks.test_45_leaked_inputs import leak_of
from tests.attacks.test_49_oracle import KEY, seed_of_grading

PREDICTS = """
import os, sys, threading, time
from hashlib import blake2b
def predicted(name):
    return int.from_bytes(blake2b(f"{name}:t01_quotes:ask_all".encode(), digest_size=4).digest(), "big")
known = os.getcwd(), sys.version, int(time.time()), os.getpid()
names = ["", "None", "b''", "0", os.environ["PYTHONHASHSEED"], *map(str, known)]
raise RuntimeError("told=" + " ".join(str(predicted(name)) for name in names) + ";")
"""


def test_without_a_key_the_seed_is_everybodys(attack: Attack, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: this is how a seed is predicted."""
    assert seed_of_grading(bench, solution("t01"), b"", monkeypatch) in predictions(attack)


def test_with_a_key_nothing_that_a_student_knows_leads_to_it(
    attack: Attack, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither how it is made, nor what the module is: without the key, 32 bytes that depend on both are unknown."""
    seed = seed_of_grading(bench, solution("t01"), KEY, monkeypatch)
    assert seed not in predictions(attack)
    guessed = [predicted(seed_of(key, solution("t01"))) for key in (b"\0", b"key", KEY[1:], solution("t01").encode())]
    assert seed not in guessed
    assert seed == predicted(seed_of(KEY, solution("t01")))


def predictions(attack: Attack) -> set[int]:
    """What a submission guesses, from inside of a worker."""
    said = attack("t01", PREDICTS).said
    numbers = said.partition("told=")[2].partition(";")[0].split()
    assert len(numbers) == 9, said
    return set(map(int, numbers))


def predicted(name: str) -> int:
    """t01's first exploration's seed if `name` is the grading's own, as `Drivers` makes it: that is no secret."""
    return int.from_bytes(blake2b(f"{name}:t01_quotes:ask_all".encode(), digest_size=4).digest(), "big")


def test_the_judges_numbers_have_no_seed(attack: Attack) -> None:
    """They are not what any small seed gives, be it a time, a process id or a sequence number."""
    leaked = [int(price) for _, price in sorted(leak_of(attack).items())]  # as they are asked for
    assert not any(_drawn_with(seed) == leaked for seed in range(20_000))


def _drawn_with(seed: int) -> list[int]:
    source = Random(seed)
    return [1_000 + source.randrange(1_000_000) for _ in range(5)]
