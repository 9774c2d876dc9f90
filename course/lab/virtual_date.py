"""A world's `datetime` module: the real one, with `now`, `utcnow` and `today` on the world's clock.

The classes are freezegun's fakes: real dates are instances of them. Freezegun itself is never switched on. What its
fakes compute differently from real dates (they forget subclasses, folds and the rules of the local zone) is put right.
"""

import datetime as dt
from collections.abc import Callable
from types import ModuleType
from typing import Any

from freezegun.api import FakeDate, FakeDatetime, FakeDatetimeMeta

# What a fake must do exactly as a real date does: the real methods know subclasses and folds, and ask the C library for
# the local zone. `date.today` calls `time.time` of the module that an import gives, so it is virtual by itself.
_OF_DATE = {name: vars(dt.date)[name] for name in ("__add__", "__sub__", "today")}
_OF_DATETIME = _OF_DATE | {
    name: vars(dt.datetime)[name] for name in ("__add__", "__sub__", "astimezone", "fromtimestamp", "timestamp")
}


class _Fake(FakeDatetimeMeta):
    """The type of the two fakes and of their subclasses."""

    def __instancecheck__(cls, instance: object) -> bool:  # type: ignore[override]  # noqa: N805
        """Real dates are instances of the fakes; instances of a program's own subclass are its own only."""
        stands_for = vars(cls).get("_real")
        return isinstance(instance, stands_for) if stands_for else type.__instancecheck__(cls, instance)

    def __subclasscheck__(cls, subclass: type) -> bool:  # type: ignore[override]  # noqa: N805
        stands_for = vars(cls).get("_real")
        return issubclass(subclass, stands_for) if stands_for else type.__subclasscheck__(cls, subclass)


def date_module(time_ns: Callable[[], int]) -> ModuleType:
    """A `datetime` module for one world; `time_ns` reads its clock: nanoseconds since 1970, UTC."""

    def timestamp() -> float:
        """Seconds since 1970, cut to microseconds as `datetime.now` does."""
        return time_ns() // 1000 / 1_000_000

    def from_timestamp(cls: type, seconds: float, tz: dt.tzinfo | None) -> Any:
        return _OF_DATETIME["fromtimestamp"].__get__(None, cls)(seconds, tz)  # not what a subclass makes of it

    class date(FakeDate, metaclass=_Fake):  # noqa: N801  # its name is part of what programs see
        _real = dt.date

        __repr__ = _repr

    class virtual_datetime(FakeDatetime, date, metaclass=_Fake):  # noqa: N801
        _real = dt.datetime

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return from_timestamp(cls, timestamp(), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return from_timestamp(cls, timestamp(), dt.UTC).replace(tzinfo=None)

        def date(self) -> Any:
            return date(self.year, self.month, self.day)

        __repr__ = _repr

    _finish(date, "date", _OF_DATE)
    _finish(virtual_datetime, "datetime", _OF_DATETIME)
    module = ModuleType("datetime")
    module.__dict__.update({name: value for name, value in vars(dt).items() if not name.startswith("__")})
    module.__dict__.update(date=date, datetime=virtual_datetime)
    return module


def _repr(self: Any) -> str:
    """As of the real classes, whose own name is written with the module's."""
    text: str = type(self)._real.__repr__(self)
    return f"datetime.{text}" if "_real" in vars(type(self)) else text


def _finish(fake: Any, name: str, methods: dict[str, Any]) -> None:
    """Give `fake` the name, the limits and the methods of the real class."""
    fake.__name__ = fake.__qualname__ = name
    fake.__module__ = "datetime"
    for method, function in methods.items():
        setattr(fake, method, function)
    for limit in ("min", "max"):
        moment = getattr(fake._real, limit)
        parts = [moment.year, moment.month, moment.day]
        if name == "datetime":
            parts += [moment.hour, moment.minute, moment.second, moment.microsecond]
        setattr(fake, limit, fake(*parts))
