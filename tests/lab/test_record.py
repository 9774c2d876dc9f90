"""Only plain data travels, and nothing of a student's class is ever called on the way."""

import json
import math
import os
import struct
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from course.lab import record
from course.lab.record import DEEPEST, LARGEST_INT, LONGEST_TEXT, MOST_ITEMS, Channel, error, place, plain, text

RAN: list[str] = []


def trap(name: str) -> Any:
    """A method that must never run."""

    def sprung(*_: object) -> Any:
        RAN.append(name)
        raise RuntimeError(name)

    return sprung


NAMES = (
    "__str__", "__repr__", "__eq__", "__ne__", "__hash__", "__iter__", "__len__", "__getitem__", "__int__", "__index__",
    "__float__", "__bool__", "__lt__", "__gt__", "__abs__", "__format__", "__reduce__", "__reduce_ex__", "__getstate__",
    "__dir__", "__contains__", "__next__", "keys", "items", "values", "encode", "name",
)  # fmt: skip
TRAPS = {name: trap(name) for name in NAMES} | {"__class__": property(trap("__class__"))}


class Meta(type):
    """A metaclass that answers for its classes."""

    __name__ = property(trap("Meta.__name__"))
    __eq__ = trap("Meta.__eq__")
    __hash__ = type.__hash__
    __repr__ = trap("Meta.__repr__")
    __instancecheck__ = trap("Meta.__instancecheck__")
    __subclasscheck__ = trap("Meta.__subclasscheck__")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (-(1 << 60), -(1 << 60)),
        (1.5, 1.5),
        ("é", "é"),
        ([1, "a"], ["list", [1, "a"]]),
        ((1, (2,)), ["tuple", [1, ["tuple", [2]]]]),
        ({1: [2]}, ["dict", [[1, ["list", [2]]]]]),
        ({3, 1}, ["set", [1, 3]]),
        (frozenset(["a"]), ["set", ["a"]]),
        ({"b", ("a", 1)}, ["set", ["b", ["tuple", ["a", 1]]]]),
        (LARGEST_INT, ["object", "int"]),
        (10**5000, ["object", "int"]),
        (math.nan, ["object", "float"]),
        (-math.inf, ["object", "float"]),
        (b"x", ["object", "bytes"]),
        (object(), ["object", "object"]),
        (int, ["object", "type"]),
        ("a\udc80b", "a?b"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_travel_with_their_types(value: object, expected: object) -> None:
    """A list is not a tuple, and what JSON cannot carry is named, not guessed."""
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


@pytest.mark.parametrize("kind", [str, int, float, list, dict, tuple, set, frozenset, bytes, object])
def test_subclasses_do_not_travel_as_plain(kind: type) -> None:
    """A subclass of str could compare equal to everything: it travels as an object of its class."""
    RAN.clear()
    hostile = type("Hostile", (kind,), TRAPS)
    assert plain(hostile()) == ["object", "Hostile"]
    assert plain([(hostile(),)]) == ["list", [["tuple", [["object", "Hostile"]]]]]
    assert RAN == []


def test_an_enum_or_named_tuple_is_not_plain() -> None:
    """Everyday subclasses as well."""
    assert plain(sys.version_info) == ["object", "version_info"]
    assert plain(type("Flag", (int,), {})(3)) == ["object", "Flag"]


def test_a_metaclass_is_not_asked_for_the_name() -> None:
    """Not even the name of the type comes from code of the student's."""
    RAN.clear()
    hostile = Meta("Hostile", (), dict(TRAPS))
    assert plain(hostile()) == ["object", "Hostile"]
    assert plain({"a": hostile}) == ["dict", [["a", ["object", "Meta"]]]]
    assert RAN == []


def test_hostile_keys_and_items_are_not_compared() -> None:
    """Containers of hostile objects are walked without asking the objects."""
    safe_hash = type("Key", (), {**TRAPS, "__hash__": object.__hash__})
    keys = {safe_hash(): 1, "b": safe_hash()}
    several = {safe_hash(), safe_hash(), 1}
    RAN.clear()
    assert plain(keys) == ["dict", [[["object", "Key"], 1], ["b", ["object", "Key"]]]]
    assert plain(several) == ["set", [1, ["object", "Key"], ["object", "Key"]]]
    assert RAN == []


def test_large_and_deep_values_are_cut() -> None:
    """A record has a sensible size whatever is returned."""
    assert len(plain([0] * (MOST_ITEMS + 5))[1]) == MOST_ITEMS
    assert len(plain(dict.fromkeys(range(MOST_ITEMS + 5)))[1]) == MOST_ITEMS
    assert len(plain("x" * (LONGEST_TEXT + 5))) == LONGEST_TEXT
    endless: list[Any] = []
    endless.append(endless)
    assert json.dumps(plain(endless)).count("list") == DEEPEST + 1


def test_text_is_always_text() -> None:
    """What is no str becomes a question mark, a subclass of str its own characters."""
    RAN.clear()
    assert text(3) == "?"
    assert text("ok") == "ok"
    assert text(type("S", (str,), {"__str__": trap("__str__")})("abc")) == "abc"
    assert type(text(type("S", (str,), {})("abc"))) is str
    assert RAN == []


def raise_it(exception: BaseException) -> BaseException:
    """The exception, with this module's lines in its traceback."""
    try:
        raise exception  # noqa: TRY301  # to be caught right here
    except BaseException as caught:
        return caught


def test_an_error_tells_type_message_and_line() -> None:
    """The line is the innermost one in the student's file."""
    found = error(raise_it(ValueError("no such coin")), __file__)
    assert found == {
        "type": "ValueError", "message": "no such coin", "line": raise_it.__code__.co_firstlineno + 3,
        "inside": "student", "place": "",
    }  # fmt: skip
    assert error(raise_it(KeyError()), "elsewhere.py")["line"] == 0


def test_an_error_whose_message_raises_is_still_told() -> None:
    """A hostile message or type name changes the words, never the run."""
    hostile = type("Hostile", (Exception,), {"__str__": trap("__str__")})
    told = error(hostile(), "x.py")
    assert (told["type"], told["message"], told["line"]) == ("Hostile", "(its message cannot be shown)", 0)
    assert error(Meta("Worse", (Exception,), {})(), "x.py")["type"] == "Worse"
    subclass = type("S", (str,), {})("abc")
    message = error(type("Odd", (Exception,), {"__str__": lambda _: subclass})(), "x.py")["message"]
    assert (type(message), message) == (str, "abc")


def test_an_error_tells_its_line_whatever_the_exception_says_of_its_traceback() -> None:
    """`__traceback__` is an attribute, which the student's class may have as well."""
    hostile = type("Hostile", (Exception,), {"__traceback__": 5})
    assert error(raise_it(hostile()), __file__)["line"] == raise_it.__code__.co_firstlineno + 3


STUDENT, SCENARIOS = "toy.py", "scenarios.py"
STAND_IN = f"{Path(record.__file__).parent}/virtual_toy.py"
LIBRARY = f"{Path(os.__file__).parent}/toys/shelf.py"


def origin(*frames: tuple[str, str], filename: str = STUDENT) -> tuple[str, str]:
    """Where an exception comes from that the last frame raises; frames are (file, what it does), `call` the next."""
    inner: Any = None
    for file, does in reversed(frames):
        namespace = {"call": inner}
        exec(compile(f"def go():\n    {does}\n", file, "exec"), namespace)
        inner = namespace["go"]
    with pytest.raises(BaseException) as caught:  # noqa: PT011  # of any kind
        inner()
    told = error(caught.value, filename)
    return told["inside"], told["place"]


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        ([(STUDENT, "1 / 0")], ("student", "")),
        ([(STUDENT, "call()"), (SCENARIOS, "1 / 0")], ("scenario", "")),
        ([(STUDENT, "call()"), (LIBRARY, "1 / 0")], ("library", "toys/shelf.py:2")),
        ([(STUDENT, "call()"), ("<string>", "1 / 0")], ("library", "<string>:2")),
        ([(STUDENT, "call()"), (STAND_IN, "1 / 0")], ("lab", "course/lab/virtual_toy.py:2")),
        ([(STUDENT, "call()"), (STAND_IN, "call()"), (STUDENT, "1 / 0")], ("student", "")),
    ],
    ids=["student", "scenario", "library", "made at run time", "lab", "called back"],
)
def test_an_error_comes_from_its_innermost_frame(frames: list[tuple[str, str]], found: tuple[str, str]) -> None:
    assert origin(*frames) == found


@pytest.mark.parametrize(("caller", "found"), [(STUDENT, ("student", "")), (LIBRARY, ("library", "toys/shelf.py:2"))])
@pytest.mark.parametrize("does", ["raise ValueError", "go()"])
def test_what_a_stand_in_means_to_raise_comes_from_its_caller(caller: str, found: tuple[str, str], does: str) -> None:
    """CPython's C code raises the same, and has no frames; the stack may run out in any of them."""
    assert origin((STUDENT, "call()"), (caller, "call()"), (STAND_IN, "call()"), (STAND_IN, does)) == found


def test_in_real_mode_the_scenarios_lie_beside_the_students_file() -> None:
    assert origin(("/case/toy.py", "call()"), ("/case/scenarios.py", "1 / 0"), filename="/case/toy.py")[0] == "scenario"
    assert origin(("/case/toy.py", "call()"), ("/else/scenarios.py", "1 / 0"), filename="/case/toy.py")[0] == "library"


def test_an_error_without_frames_is_the_labs() -> None:
    """It has come out of C code that the lab has called."""
    assert error(ValueError(), STUDENT)["inside"] == "lab"


def test_a_place_is_the_students_line_and_what_it_called() -> None:
    """`main waits in Queue.get() at line 7`: line and function of theirs, the outermost call that is not."""

    def waits() -> dict[str, Any]:
        return json.loads("1", object_hook=None, parse_int=lambda _: place(sys._getframe(), __file__ + "?"))  # type: ignore[no-any-return]

    assert waits()["line"] == 0
    source = "import json\ndef student(hook):\n    return json.loads('1', parse_int=hook)\n"
    namespace: dict[str, Any] = {"__name__": "program"}
    exec(compile(source, "program.py", "exec"), namespace)
    found = namespace["student"](lambda _: place(sys._getframe(), "program.py"))
    assert (found["line"], found["function"], found["called"]) == (3, "student", "loads")
    assert place(None, "program.py") == {"line": 0, "function": "", "called": ""}


def test_a_place_survives_odd_globals() -> None:
    """`__name__` of a module is the student's to change."""
    namespace: dict[str, Any] = {"__name__": 5, "place": place, "sys": sys}
    exec("found = place(sys._getframe(), 'program.py')", namespace)
    assert namespace["found"]["line"] == 0


def test_a_frame_is_its_length_and_json_with_the_nonce() -> None:
    """What the judge reads on the other end of the pipe."""
    reader, writer = os.pipe()
    Channel(writer, "abc").send("run", value=["list", [1]])
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        frame = pipe.read()
    assert struct.unpack(">I", frame[:4])[0] == len(frame) - 4
    assert json.loads(frame[4:]) == {"nonce": "abc", "kind": "run", "value": ["list", [1]]}


def test_replacing_modules_later_does_not_change_the_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The functions are bound before any code of the student's runs."""
    reader, writer = os.pipe()
    channel = Channel(writer, "abc")
    for name in ("json", "os", "struct"):
        monkeypatch.setattr(record, name, SimpleNamespace())
    channel.send("end")
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert json.loads(pipe.read()[4:]) == {"nonce": "abc", "kind": "end"}
