"""What a traced run looks at besides points: the values that the student's lines read and write, and where."""

from collections.abc import Callable, Hashable
from types import MemberDescriptorType, ModuleType
from typing import Any

from course.lab.happens_before import Access
from course.lab.instrument import Site
from course.lab.scheduler import Scheduler
from course.lab.trace import Trace

LONGEST_VALUE = 30
_MOST_ITEMS = 5
_MOST_BITS = 200  # of a number: about 60 digits
_SIMPLE = (int, float, str, bool, type(None))
_READS = [kind.__getattribute__ for kind in (object, type, ModuleType)]
_STORES = [kind.__setattr__ for kind in (object, type, ModuleType)]


def shown(value: Any) -> str:
    """A short text for a value of a plain type; "" for all others. No code of the student's runs for it."""
    kind = type(value)
    if kind is str:
        text = repr(value[:LONGEST_VALUE])
    elif _is_small(value):
        text = repr(value)
    elif kind in (list, tuple, set, dict) and len(value) <= _MOST_ITEMS:
        items = [*value, *value.values()] if kind is dict else value
        text = repr(value) if all(map(_is_small, items)) else ""
    else:
        return ""
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def _is_small(value: Any) -> bool:
    """True for a value whose text is soon made."""
    kind = type(value)
    if kind is int:
        return bool(value.bit_length() <= _MOST_BITS)
    return kind in _SIMPLE and not (kind is str and len(value) > LONGEST_VALUE)


class Observation:
    """The hooks of observed code (`observing`) for one run."""

    def __init__(self, scheduler: Scheduler, trace: Trace, sites: list[Site]) -> None:
        self._scheduler = scheduler
        self._trace = trace
        self._sites = sites
        self._alive: list[object] = []  # owners live as long as the run: their ids stay theirs

    # --- hooks -------------------------------------------------------------------------------------------------

    def attribute(self, site: int, owner: object, name: str) -> Any:
        """Read `owner.name`."""
        value = getattr(owner, name)
        self._saw(site, "read", value, self._place(owner, name))
        return value

    def item(self, site: int, owner: Any, key: Any) -> Any:
        """Read `owner[key]`."""
        value = owner[key]
        self._saw(site, "read", value, self._place(owner, (key,)))
        return value

    def name(self, site: int, value: object, cells: tuple[object, ...] | None) -> object:
        """A shared name has been read: one of the function's that has made `cells`, or of the module."""
        self._saw(site, "read", value, self._place_of_name(site, cells))
        return value

    def result(self, site: int, value: object) -> object:
        """A call has come back with `value`."""
        if value is not None:
            self._saw(site, "result", value, None)
        return value

    def loaded(self, site: int, owner: object, key: object) -> None:
        """`owner.key += ...` has loaded its target; `key` is a name, or a 1-tuple of an item's key."""
        self._saw(site, "read", _now_in(owner, key), self._place(owner, key))

    def loaded_name(self, site: int, value: object, cells: tuple[object, ...] | None) -> None:
        """`name += ...` has loaded its target."""
        self.name(site, value, cells)

    def updated(self, site: int, owner: object, key: object) -> None:
        """`owner.key += ...` has been done."""
        self._saw(site, "write", _now_in(owner, key), self._place(owner, key))

    def wrote(self, site: int, owner: object, key: object, value: object) -> None:
        """`owner.key = value` has been done."""
        self._saw(site, "write", value, self._place(owner, key))

    def wrote_name(self, site: int, value: object, cells: tuple[object, ...] | None) -> None:
        """The store of a shared name has been made."""
        self._saw(site, "write", value, self._place_of_name(site, cells))

    # --- places ------------------------------------------------------------------------------------------------

    def _place(self, owner: object, key: Any) -> Hashable | None:
        """What names the attribute or item; None where the owner's class does more than to look up and to store."""
        if type(key) is tuple:
            place = _place_of_item(owner, key[0])
        else:
            place = (id(owner), key) if _is_plain_attribute(type(owner), key) else None
        if place is not None:
            self._alive.append(owner)
        return place

    def _place_of_name(self, site: int, cells: tuple[object, ...] | None) -> Hashable:
        if cells is None:
            return ("name", self._sites[site].name)
        self._alive.append(cells)
        return ("cell", id(cells[0]))

    # --- telling -----------------------------------------------------------------------------------------------

    def _saw(self, site: int, kind: str, value: object, place: Hashable | None) -> None:
        current = self._scheduler.current
        if self._scheduler.outcome is not None or current is None:
            return
        thread = current.number
        self._trace.add(self._scheduler.now, thread, kind, site, shown(value))
        if place is not None:
            held = self._trace.held.get(thread, [])
            names = tuple(_name_of_lock(self._sites[taken].name) for _, taken in held)
            access = Access(thread, site, kind == "write", names, frozenset(id(lock) for lock, _ in held))
            self._trace.order.access(place, self._sites[site].name, access)

    def hooks(self) -> dict[str, Callable[..., Any]]:
        """The hooks by the names that observed code calls them by."""
        return {
            "_course_attribute": self.attribute,
            "_course_item": self.item,
            "_course_name": self.name,
            "_course_result": self.result,
            "_course_loaded": self.loaded,
            "_course_loaded_name": self.loaded_name,
            "_course_updated": self.updated,
            "_course_wrote": self.wrote,
            "_course_wrote_name": self.wrote_name,
        }


def _name_of_lock(name: str) -> str:
    """The lock's own name, of the expression with which it was taken."""
    owner, _, method = name.rpartition(".")
    return owner if method in ("acquire", "wait", "wait_for") else name


def _is_plain_attribute(kind: Any, name: str) -> bool:
    """False for properties, `threading.local` and whatever else is more than a place to keep a value."""
    if kind.__getattribute__ not in _READS or kind.__setattr__ not in _STORES:
        return False
    for base in kind.__mro__:
        if name in base.__dict__:
            found = base.__dict__[name]
            return isinstance(found, MemberDescriptorType) or not hasattr(type(found), "__set__")
    return True


def _place_of_item(owner: Any, key: Any) -> Hashable | None:
    if type(key) not in (int, str, bool):
        return None
    kind: Any = type(owner)
    base = _container(owner)
    if base is None or kind.__getitem__ is not base.__getitem__ or kind.__setitem__ is not base.__setitem__:
        return None
    if base is list and key < 0:
        key += list.__len__(owner)
    return (id(owner), "item", key)


def _container(owner: object) -> Any:
    """`list` or `dict`, if the owner is one: told by its type, because `isinstance` would ask the owner itself."""
    return next((base for base in (list, dict) if issubclass(type(owner), base)), None)


def _now_in(owner: Any, key: Any) -> object:
    """The value at a place, or `...` where looking would run code of the student's."""
    if type(key) is tuple:
        if _place_of_item(owner, key[0]) is None:
            return ...
        return dict.get(owner, key[0], ...) if _container(owner) is dict else list.__getitem__(owner, key[0])
    if not _is_plain_attribute(type(owner), key):
        return ...
    is_class = issubclass(type(owner), type)
    if not is_class and key in (own := _own_attributes(owner)):
        return own[key]
    for kind in owner.__mro__ if is_class else type(owner).__mro__:
        if key in kind.__dict__:
            found = kind.__dict__[key]
            if isinstance(found, MemberDescriptorType) and not is_class:
                return _in_slot(owner, key)
            return ... if hasattr(type(found), "__get__") else found
    return ...


def _in_slot(owner: object, name: str) -> object:
    try:
        return object.__getattribute__(owner, name)
    except AttributeError:  # nothing yet; the class may have a `__getattr__` for that
        return ...


def _own_attributes(owner: object) -> dict[str, Any]:
    """What an object itself holds, apart from its class."""
    try:
        attributes: dict[str, Any] = object.__getattribute__(owner, "__dict__")
    except AttributeError:  # it has slots
        return {}
    return attributes
