"""Attack 95: poison modules in one run so that later runs of the exploration lie. Each run begins as the first one."""

import pytest

from course.lessons import lessons_named
from tests.attacks.altered import solution
from tests.attacks.conftest import Attack

POISONS = {
    "locks": "import threading\nthreading.RLock = threading.Lock = lambda: None\n",
    "queues": "import queue\nqueue.Queue.put = lambda *_, **__: None\n",
    "threads": "import threading\nthreading.Thread.start = lambda self: self.run()\n",
    "clocks": "import time\ntime.sleep = time.monotonic = lambda *_: 0\n",
    "at the end": "import atexit\natexit.register(lambda: 1 / 0)\n",
    "warnings": "import warnings\nwarnings.simplefilter('error')\n",
    "numbers": "import random\nrandom.seed(7)\n",
    "imports": "import sys\nsys.path.clear()\n",
    "codecs": "import codecs\ncodecs.register(lambda name: None)\n",
}
# The run under the plain schedule does what is asked for; then it poisons what the next ones will meet.
AFTERWARDS = """
_right = {name}
def {name}(*args, **kwargs):
    try:
        return _right(*args, **kwargs)
    finally:
        _poison()
def _poison():
{poison}
"""


def poisoned(poison: str, name: str) -> str:
    """What poisons at its end."""
    lines = "\n".join(f"    {line}" for line in POISONS[poison].splitlines())
    return (
        "\nimport functools\n"
        + AFTERWARDS.format(name=name, poison=lines)
        + f"{name} = functools.wraps(_right)({name})\n"
    )


@pytest.mark.parametrize("poison", POISONS)
def test_an_honest_module_does_not_even_poison_itself(attack: Attack, poison: str) -> None:
    assert attack("t01", solution("t01") + poisoned(poison, "fetch_quotes")).points == 10


@pytest.mark.parametrize("poison", ["locks", "queues", "threads", "clocks"])
def test_a_race_is_found_all_the_same(attack: Attack, poison: str) -> None:
    (lesson,), _ = lessons_named(["t09"])
    racing = lesson.variants("mistakes")["counters_without_lock"].read_text(encoding="utf-8")
    attacked = attack("t09", racing + poisoned(poison, "rewrite_logs"))
    assert attacked.points == 9
    assert attacked.check("counts_not_lost").status == "failed"
