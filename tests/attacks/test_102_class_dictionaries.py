"""Attack 102: have Python hand over the dictionaries behind classes, the lab's and builtin ones, and write to them.

`vars(kind) == thing` calls the `__eq__` of the thing with the very dictionary that nobody else gets. It gets a copy.
"""

import pytest

from tests.attacks.conftest import Attack

REACHES = """
import queue, threading, types
handed = []
class Greedy:
    def __eq__(self, other):
        handed.append(other)
        return NotImplemented
    def __ror__(self, other):
        handed.append(other)
        return {}
    def __or__(self, other):
        handed.append(other)
        return NotImplemented
    __lt__ = __gt__ = __le__ = __ge__ = __ne__ = __eq__
def tries(kind):
    proxy = types.MappingProxyType
    yield lambda: vars(kind) == Greedy()
    yield lambda: vars(kind) != Greedy()
    yield lambda: vars(kind) < Greedy()
    yield lambda: vars(kind) >= Greedy()
    yield lambda: vars(kind) | Greedy()
    yield lambda: Greedy() | vars(kind)
    yield lambda: proxy.__eq__(vars(kind), Greedy())
    yield lambda: proxy.__or__(vars(kind), Greedy())
    yield lambda: proxy.__ror__(vars(kind), Greedy())
    yield lambda: proxy(vars(kind)) == Greedy()
def reached(kind):
    for attempt in tries(kind):
        try:
            attempt()
        except TypeError:
            pass
    for each in handed:
        if type(each) is dict:
            each["planted"] = 1
    return "planted" in vars(kind)
kinds = [type(threading.Lock()), threading.Thread, queue.Queue, type(handed.append), str, type, types.MappingProxyType]
found = [kind.__name__ for kind in kinds if reached(kind)]
raise RuntimeError(f"{len(handed) >= 7 * len(kinds)=} {found=}")
"""


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_no_dictionary_of_a_class_is_handed_over(attack: Attack, key: str) -> None:
    attacked = attack(key, REACHES)
    assert attacked.points == 0
    assert "len(handed) >= 7 * len(kinds)=True found=[]" in attacked.said
