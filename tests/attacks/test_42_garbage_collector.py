"""Attack 42: all objects of the process, by the garbage collector, or all its memory. Both are closed to a program.

A worker descends from a starter that was a fresh program: nothing that the judge has in its memory is in its own.
"""

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import Attack
from tests.attacks.tries import outcomes, trying

BY_NAME = {
    "gc.get_objects": "import gc\nall_of_them = gc.get_objects()",
    "gc.get_referrers": "from gc import get_referrers",
    "gc.get_referents": "import gc as g\ng.get_referents(print)",
    "gc.callbacks": "import gc\ngc.callbacks.append(print)",
    "__subclasses__": "object.__subclasses__()",
    "ctypes": "import ctypes",
    "_testcapi": "import _testcapi",
}
# The same, with names that only show at run time.
AT_RUN_TIME = {
    "gc.get_objects": "get('get_' + 'objects')(gc)()",
    "gc.get_referrers": "get('get_' + 'referrers')(gc)(sys)",
    "gc.get_referents": "get('get_' + 'referents')(gc)(sys)",
}
# Every page of the process that can be read. Whoever is not kept from it finds what he has put there himself.
MEMORY = """
import re
planted = "-".join(["planted", "by", "mallory"])
def pages():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            begin, end = (int(bound, 16) for bound in line.split()[0].split("-"))
            if "w" in line.split()[1] and end - begin <= 200 << 20:
                memory.seek(begin)
                yield memory.read(end - begin)
def found():
    return {each for page in pages() for each in re.findall(rb"secret-[0-9a-f]{24}|planted-by-mall[o]ry", page)}
"""


@pytest.mark.parametrize("what", BY_NAME)
def test_what_lists_objects_is_refused_by_name(attack: Attack, what: str) -> None:
    attacked = attack("t01", f"{BY_NAME[what]}\n")
    assert attacked.points == 0
    assert f"uses `{what}`: code that does can reach into the grader" in attacked.said


@pytest.mark.parametrize("key", ["t01", "p13"])
@pytest.mark.parametrize("event", AT_RUN_TIME)
def test_nobody_lists_objects_at_run_time(attack: Attack, key: str, event: str) -> None:
    reads = "import gc, operator, sys\nget = operator.attrgetter\n"
    attacked = attack(key, f"{reads}raise RuntimeError({AT_RUN_TIME[event]})\n")
    assert attacked.points == 0
    assert f"PermissionError: {event} can reach into the grader" in attacked.said


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_no_page_of_memory_holds_the_secret(attack: Attack, isolation: Isolation, key: str) -> None:
    """The judge has it in its memory and environment. Where Landlock is, a worker's own are closed, too."""
    attacked = attack(key, trying({"memory": "found()"}, first=MEMORY))
    assert attacked.points == 0
    closed = "Landlock" in isolation.layers
    assert outcomes(attacked.said)["memory"] == ("EACCES" if closed else "GOT \"{b'planted-by-mallory'}\"")
