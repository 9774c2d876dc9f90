"""What a traced run looks at besides points: the values that the student's lines read and write, and where."""

from collections.abc import Callable, Hashable
from typing import Any

from course.lab.happens_before import Access
from course.lab.instrument import Site
from course.lab.scheduler import Scheduler
from course.lab.trace import Trace

LONGEST_VALUE = 30
_SIMPLE = (int, float, str, bool, type(None))
_CONTAINERS = (list, dict)


def shown(value: object) -> str:
    """A short text for a value of a plain type; "" for all others. No code of the student's runs for it."""
    kind = type(value)
    if kind in _SIMPLE:
        text = repr(value)
    elif kind in (list, tuple, set, dict) and len(value) <= 5 and all(type(item) in _SIMPLE for item in value):  # type: ignore[call-overload,arg-type]
        items = value.values() if kind is dict else ()  # type: ignore[attr-defined]
        text = repr(value) if all(type(item) in _SIMPLE for item in items) else ""
    else:
        return ""
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


class Observation:
    """The hooks of `instrument(..., observed=True)` for one run."""

    def __init__(self, scheduler: Scheduler, trace: Trace, sites: list[Site]) -> None:
        self._scheduler = scheduler
        self._trace = trace
        self._sites = sites
        self._alive: list[object] = []  # owners live as long as the run: their ids stay theirs
        self._stored: dict[int, object] = {}  # by thread: the value that it is about to store

    def attribute(self, site: int, owner: object, name: str) -> Any:
        """Read `owner.name`."""
        value = getattr(owner, name)
        self._saw(site, "read", value, self._place_of_attribute(owner, name))
        return value

    def item(self, site: int, owner: Any, key: Any) -> Any:
        """Read `owner[key]`."""
        value = owner[key]
        self._saw(site, "read", value, self._place_of_item(owner, key))
        return value

    def name(self, site: int, value: object) -> object:
        """Read a shared name."""
        self._saw(site, "read", value, ("name", self._sites[site].name))
        return value

    def result(self, site: int, value: object) -> object:
        """A call has come back with `value`."""
        if value is not None:
            self._saw(site, "result", value, None)
        return value

    def store(self, site: int, value: object) -> object:
        """The point before a store of `value`."""
        self._scheduler.point(site)
        self._stored[self._thread()] = value
        return value

    def update(self, site: int, current: object, owner: object, key: object, more: object) -> object:
        """The point in `owner.key += more`, after `current` has been read: `key` is a name, or a 1-tuple of an item."""
        self._saw(site, "read", current, self._place(site, owner, key))
        self._scheduler.point(site)
        return more

    def wrote(self, site: int, owner: Any, key: Any) -> None:
        """The store at `site` has been made; `key` as in `update`."""
        if self._sites[site].kind == "update":
            value = self._now_in(owner, key)
        else:
            value = self._stored.pop(self._thread(), None)
        self._saw(site, "write", value, self._place(site, owner, key))

    def wrote_name(self, site: int, value: object) -> None:
        """The store of a shared name has been made."""
        self._saw(site, "write", value, ("name", self._sites[site].name))

    # --- places ------------------------------------------------------------------------------------------------

    def _place(self, site: int, owner: object, key: Any) -> Hashable | None:
        if owner is None:
            return ("name", self._sites[site].name)
        return self._place_of_item(owner, key[0]) if type(key) is tuple else self._place_of_attribute(owner, key)

    def _place_of_attribute(self, owner: object, name: str) -> Hashable | None:
        if hasattr(type(owner), "_local_dicts"):  # a threading.local: every thread has its own
            return None
        self._alive.append(owner)
        return (id(owner), name)

    def _place_of_item(self, owner: object, key: object) -> Hashable | None:
        if not isinstance(owner, _CONTAINERS) or type(key) not in (int, str, bool):
            return None
        if type(key) is int and key < 0 and isinstance(owner, list):
            key += len(owner)
        self._alive.append(owner)
        return (id(owner), "item", key)

    @staticmethod
    def _now_in(owner: Any, key: Any) -> object:
        """The value at a place, where looking does not run code of the student's."""
        if type(key) is tuple:
            return owner[key[0]] if type(owner) in _CONTAINERS else ...
        return getattr(owner, "__dict__", {}).get(key, ...)

    # --- telling -----------------------------------------------------------------------------------------------

    def _thread(self) -> int:
        current = self._scheduler.current
        return current.number if current is not None else 0

    def _saw(self, site: int, kind: str, value: object, place: Hashable | None) -> None:
        if self._scheduler.outcome is not None:
            return
        thread = self._thread()
        self._trace.add(self._scheduler.now, thread, kind, site, shown(value))
        if place is not None:
            held = self._trace.held.get(thread, [])
            names = tuple(self._sites[taken].name.removesuffix(".acquire") for _, taken in held)
            access = Access(thread, site, kind == "write", names, frozenset(id(lock) for lock, _ in held))
            self._trace.order.access(place, self._sites[site].name, access)

    def hooks(self) -> dict[str, Callable[..., Any]]:
        """The hooks by the names that instrumented code calls them by."""
        return {
            "_course_attribute": self.attribute,
            "_course_item": self.item,
            "_course_name": self.name,
            "_course_result": self.result,
            "_course_store": self.store,
            "_course_update": self.update,
            "_course_wrote": self.wrote,
            "_course_wrote_name": self.wrote_name,
        }
