"""Points stand where another thread could slip in, and an instrumented program computes what the original computes."""

import ast
import contextlib
import importlib.util
import inspect
import io
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from course.lab.instrument import LOOP, POINT, STORE, Site, instrument, name_of, put_points_at
from course.lab.observing import observe

FORMS = {
    "match": """
class P:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
def f(v, limit):
    match v:
        case {"a": [first, *rest], **more} if len(rest) < limit.x: return first, rest, more
        case P(x=0, y=limit.y) | P(limit.x, _): return "special"
        case P(x, y): return x + y
        case [1, (2 | 3) as b]: del v[0]; return b, v
        case str() as s: return s.upper()
        case None | True: return "none"
        case _: return "other"
m = P(2, 5)
result = [f(v, m) for v in ({"a": [1, 2], "b": 3}, P(0, 5), P(2, 0), P(3, 4), [1, 3], "s", None, {1})]
""",
    "walrus": """
import io
def f(lines):
    found = []
    while (line := lines.readline()): found.append(line.strip())
    if any((hit := x) == "b" for x in found): found.append(hit)
    return found, [y := 1, y ** 2], (z := len(found)) + z
result = f(io.StringIO("a\\nb\\nc\\n"))
""",
    "comprehensions": """
class A:
    base = [1, 2, 3]
    squares = {n: n * n for n in base}
    def pairs(self): return [(x, y) for x in self.base if x in self.squares for y in self.base if y > x]
a = A()
result = a.pairs(), {x % 2 for x in a.base}, list(x for x in a.squares.items()), [[c for c in r] for r in ["ab"]]
""",
    "f-strings": """
class A: x, w = 3.14159, 8
a = A()
d = {"k": [1, 2]}
result = f"{a.x:.2f} {a.x!r} {a.x:{a.w}.3f} {d['k'][0]=} {len(d)} {{}}" f"{'in' if 'k' in d else 0} {(lambda: a.w)()}"
""",
    "async": """
import asyncio
class Lock:
    async def __aenter__(self): return self
    async def __aexit__(self, *e): return False
async def numbers(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0)
async def main():
    out = [i async for i in numbers(3) if i != 1]
    async with Lock() as lock, Lock():
        async for i in numbers(2): out.append(i)
    out += [await asyncio.sleep(0, v) for v in "ab"]
    return out, await asyncio.gather(*(asyncio.sleep(0, x) for x in [1, 2]))
with asyncio.Runner() as runner: result = runner.run(main())
""",
    "decorators": """
import functools
registry = {}
def register(name, *, times=1):
    def wrap(f):
        registry[name] = f
        @functools.wraps(f)
        def inner(*a, **k): return [f(*a, **k) for _ in range(times)]
        return inner
    return wrap
class tools: reg = staticmethod(register)
@tools.reg("f", times=2)
def f(x): "doc"; return x
class A:
    @property
    def v(self): return self._v
    @v.setter
    def v(self, value): self._v = value * 2
    @staticmethod
    def s(x=registry.get("f")): return x
    @classmethod
    def c(cls): return cls.__name__
    @functools.cached_property
    def cp(self): return [self.v]
a = A(); a.v = 3; a.v += 1
result = f(1), f.__doc__, f.__name__, a.v, A.s() is registry["f"], a.c(), a.cp is a.cp
""",
    "dataclasses": """
from dataclasses import dataclass, field, asdict, replace
from typing import ClassVar, NamedTuple
import enum
@dataclass(order=True, slots=True)
class D:
    a: int
    b: list[int] = field(default_factory=list, compare=False)
    c: ClassVar[int] = 3
    def __post_init__(self): self.b.append(self.a)
class N(NamedTuple):
    x: int
    y: int = 2
class E(enum.Enum):
    ONE = enum.auto()
    TWO = enum.auto()
    @property
    def next(self): return E.TWO if self is E.ONE else E.ONE
result = asdict(D(1)), D(1) < D(2), replace(D(1), a=5).b, N(1), E.ONE.next.name, [e.value for e in E], D.c
""",
    "star-args": """
def f(a, /, b=2, *args, c, d=4, **kw): return a, b, args, c, d, kw
class O: xs, kw = [1, 2, 3], {"c": 9, "z": 1}
o = O()
first, *o.rest = o.xs
[o.p, (o.q, *tail)] = 1, (2, 3, 4)
result = f(*o.xs, **o.kw), f(1, *[], c=3, **{}), first, o.rest, o.p, o.q, tail, [*o.xs, *"ab"], {**o.kw, "c": 0}
""",
    "global and nonlocal": """
count = 0
def outer():
    total = 0
    def add(n):
        nonlocal total
        global count
        total += n
        count = count + 1
        return total
    def clear():
        global made
        made = total
        nonlocal_free = [total for _ in range(1)]
        return nonlocal_free
    return add, clear
add, clear = outer()
result = add(1), add(2), count, clear(), made
""",
    "del": """
class A: pass
a = A(); a.x = a.y = 1; d = {1: 2, 3: [4, 5]}; loc = 5
def f():
    global loc
    t = 1
    del t, loc
    del a.x, d[1], d[3][0:1]
    try: t
    except UnboundLocalError: return "gone"
result = f(), vars(a), d, "loc" in globals()
""",
    "with": """
import contextlib
class A: log = []
@contextlib.contextmanager
def cm(n):
    A.log.append(n)
    try: yield n
    except ValueError as e: A.log.append(str(e))
    finally: A.log.append(-n)
a = A()
with cm(1) as a.x, cm(2) as (y): pass
with (cm(3), cm(4) as z): raise ValueError("no")
with contextlib.suppress(KeyError): {}["x"]
result = A.log, a.x, y, z
""",
    "lambda": """
class A: k = 3
a = A()
fs = [lambda x, k=a.k, *args, n=len("ab"), **kw: (x + k + n, args, kw) for _ in range(2)]
result = fs[0](1), fs[1](1, 2, 3, n=4, m=5), (lambda: (yield a.k))().__next__(), sorted([3, 1], key=lambda v: -v)
""",
    "type annotations": """
from __future__ import annotations
import typing
class A:
    x: typing.List[int] = [1]
    y: Missing
    def f(self, v: Nope = 3, *a: No) -> Never.There:
        self.z: Gone = v
        w: Gone
        q: int = v + 1
        self.d: dict = {}
        self.d["k"]: int = q
        return self.z + q
a = A()
result = a.f(), A.__annotations__, A.f.__annotations__, a.d
""",
    "super": """
class Base:
    made = 0
    def __init__(self, v): self.v = v
    def f(self): return ["base", self.v]
    @classmethod
    def make(cls, v): cls.made += 1; return cls(v)
class Left(Base):
    def f(self): return ["left", *super().f()]
class Right(Base):
    def f(self): return ["right"] + super(Right, self).f()
class Both(Left, Right):
    def __init__(self, v): super().__init__(v); self.extra = __class__.__name__
    def f(self): return ["both"] + super().f()
    def __getattr__(self, name): return name
    def __init_subclass__(cls, tag=None, **kw): super().__init_subclass__(**kw); cls.tag = tag
class Tagged(Both, tag=str(1)): pass
b = Both.make(1)
result = b.f(), b.extra, b.missing, Both.made, Base.made, Tagged.tag
""",
    "exceptions": """
class E(Exception):
    def __init__(self, code): super().__init__(code); self.code = code
log = []
def f(n):
    try:
        if n == 0: raise E(7) from KeyError("k")
        if n == 1: return [][n]
        if n == 2: raise ExceptionGroup("g", [E(1), ValueError(2)])
    except* E as g: log.append([e.code for e in g.exceptions])
    except* (ValueError, IndexError) as g: log.append(len(g.exceptions))
    else: log.append("else")
    finally: log.append("finally")
def g():
    for i in range(3):
        try:
            assert i != 1, f"bad {i}"
            if i == 2: continue
        except AssertionError as e: log.append(str(e))
        finally: log.append(i)
    else: log.append("done")
for n in range(4): f(n)
g()
result = log
""",
    "evaluation order": """
log = []
def note(v): log.append(v); return v
class L(list):
    def __getitem__(self, i): log.append(("get", i)); return list.__getitem__(self, i)
    def __setitem__(self, i, v): log.append(("set", i, v)); list.__setitem__(self, i, v)
    def __delitem__(self, i): log.append(("del", i)); list.__delitem__(self, i)
    def __contains__(self, v): log.append(("in", v)); return list.__contains__(self, v)
def owner(): log.append("owner"); return l
def f():
    owner()[note(0)] = note(5)
    owner()[note(1)] += note(6)
    owner()[note(0)], owner()[note(1)] = owner()[note(1)], owner()[note(0)]
    x = {note("k"): note("v"), **{note(1): note(2)}}
    y = note(1) < note(2) < note(0) < note(9), note(3) in owner(), note(3) not in owner() and note(4) or note(5)
    z = note(max)(note(1), *[note(2)], **({"key": note(abs)}))
    del owner()[note(0)]
    return x, y, z, note(1) if note(0) else note(2), l[::note(1)]
l = L([1, 2, 3])
result = f(), log, l
""",
    "generators": """
def g(n):
    got = yield n
    while got: got = yield got * 2
    return (yield from inner(n))
def inner(n):
    try: yield n
    finally: out.append("closed")
    return "end"
out = []
it = g(1); out.append(next(it)); out.append(it.send(4)); out.append(it.send(0))
try: next(it)
except StopIteration as e: out.append(e.value)
result = out, [*map(str, range(2))], list(zip("ab", (i for i in range(2))))
""",
    "classes and dunders": """
class Meta(type):
    def __new__(m, name, bases, ns, **kw): return super().__new__(m, name, bases, {**ns, "kw": kw})
class D:
    def __set_name__(self, o, n): self.n = "_" + n
    def __get__(self, i, o=None): return self if i is None else getattr(i, self.n, 0)
    def __set__(self, i, v): setattr(i, self.n, v)
class A(metaclass=Meta, flag=1):
    __slots__ = ("__dict__", "_d")
    d = D()
    __private = 3
    def __call__(self, x): return self.__private + x
    def __enter__(self): return self
    def __exit__(self, *a): return True
    def __bool__(self): return False
    def __len__(self): return 2
    def __add__(self, o): return NotImplemented
    def __radd__(self, o): return o + 1
    def __iadd__(self, o): self.d += o; return self
a = A()
a.d += 4
b = a
b += 1
with a: raise ValueError
result = a.d, a(1), 1 + a, A.kw, bool(a), (a and 1) is a, not a, b is a, A.d.n, a or 7
""",
    "loops": """
class A: i, out = 0, []
a = A()
for a.i in range(3):
    for j, (k, *l) in [(1, (2, 3))]:
        if a.i == 1: break
        a.out.append((a.i, j, k, l))
    else: a.out.append("no break")
n = 3
while n > 0:
    n -= 1
    if n == 2: continue
    if n == 1: break
else: a.out.append("never")
result = a.i, a.out, n
""",
}
TYPE_PARAMETERS = """
type Pair[T] = tuple[T, T]
class Box[T: (int, str)]:
    def __init__(self, v: T): self.v = v
    def get[U](self, u: U) -> tuple[T, U]: return self.v, u
def first[T](xs: list[T]) -> T: return xs[0]
result = Box(1).get("a"), first([2]), Pair.__name__, Box.__type_params__[0].__constraints__, f"{'a' + f"{"x"}"}"
"""
SINCE_14 = """
from string.templatelib import Interpolation
class A: x, w, n = 3.14159, 8, 0
a = A()
def told(template):
    return [(p.value, p.expression, p.conversion, p.format_spec) if type(p) is Interpolation else p for p in template]
def f(key):
    try: return {"k": a.x}[key] / a.n
    except KeyError, ZeroDivisionError: return a.w
def g(key):
    try: raise ExceptionGroup("", [key])
    except* TypeError, ValueError: a.n += 1
g(TypeError()); g(ValueError())
result = told(t"{a.x:.{a.w}f} {a.w!r} {len({'a': 1})=}" t"{a.n}"), f("k"), f("no"), a.n
"""
SINCE_15 = """
lazy import string
lazy from math import floor, nothing_of_the_kind
class A: rows, dicts = [[1, 2], [3]], [{"a": 1}, {"b": 2}]
a = A()
def flat(): return [*row for row in a.rows if row in a.rows], {*row for row in a.rows}, list(*r for r in a.rows)
def joined(): return {**d for d in a.dicts}
def broken():
    try: return nothing_of_the_kind
    except ImportError as error: return type(error).__name__
kind = type(globals()["nothing_of_the_kind"]).__name__
result = kind, flat(), joined(), floor(2.5), string.digits, broken()
"""
if sys.version_info >= (3, 12):
    FORMS["type parameters"] = TYPE_PARAMETERS
if sys.version_info >= (3, 14):
    FORMS["what is new in 3.14"] = SINCE_14
if sys.version_info >= (3, 15):
    FORMS["what is new in 3.15"] = SINCE_15


def hooks(on_point: Callable[[int], None]) -> dict[str, Any]:
    """The names that an instrumented program calls; `on_point` is told of each point."""

    def store(site: int, value: object) -> object:
        on_point(site)
        return value

    return {POINT: on_point, LOOP: on_point, STORE: store}


def execute(source: str, on_point: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
    """Run an instrumented program without any world."""
    namespace: dict[str, Any] = {"__name__": "program", **hooks(on_point)}
    exec(compile(instrument(source, "program.py").tree, "program.py", "exec", dont_inherit=True), namespace)
    return namespace


def plainly(source: str) -> dict[str, Any]:
    """Run the original."""
    namespace: dict[str, Any] = {"__name__": "program"}
    exec(compile(source, "program.py", "exec", dont_inherit=True), namespace)
    return namespace


@pytest.mark.parametrize("form", FORMS)
def test_the_instrumented_program_computes_the_same(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One program per syntactic form; each says in `result` all that it has done, in order."""
    monkeypatch.setitem(sys.modules, "program", ModuleType("program"))  # dataclasses look their module up
    points: list[int] = []
    found = execute(FORMS[form], on_point=points.append)["result"]
    assert repr(found) == repr(plainly(FORMS[form])["result"])
    assert points


def sites(source: str) -> list[tuple[int, str, str]]:
    """Line, kind and name of the sites in a source, without the one that is no place."""
    return [(site.line, site.kind, site.name) for site in instrument(source, "program.py").sites[1:]]


def order(body: str) -> list[Any]:
    """What a function body does to a watched object `w`, and its points, in the order in which they happen."""
    log: list[Any] = []

    class Watched:
        def __getattribute__(self, name: str) -> Any:
            log.append(f"load {name}")
            return object.__getattribute__(self, name)

        def __setattr__(self, name: str, value: Any) -> None:
            log.append(f"store {name}")
            object.__setattr__(self, name, value)

        def __contains__(self, item: object) -> bool:
            log.append("contains")
            return False

        def __iter__(self) -> Any:
            log.append("iterate")
            return iter([1, 2])

        def __enter__(self) -> None:
            log.append("enter")

        def __exit__(self, *_: object) -> None: ...

        def f(self) -> int:
            log.append("f")
            return 1

    watched = Watched()
    object.__setattr__(watched, "n", 0)
    object.__setattr__(watched, "items", watched)
    source = "def program(w):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    namespace = execute(source, on_point=lambda _: log.append("point"))
    namespace["program"](watched)
    return log


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("w.n = w.n + 1", "point, load n, point, store n"),
        ("w.n += 1", "load n, point, store n"),
        ("w.n += w.f()", "load n, point, load f, f, point, store n"),
        ("w.f()", "point, load f, f"),
        ("return w.n", "point, load n"),
        ("1 in w.items", "point, load items, contains"),
        ("1 not in w", "point, contains"),
        ("if w.n: pass", "point, load n"),
        ("while w.n < 2: w.n += 1", "point, load n, point, load n, point, store n, " * 2 + "point, load n"),
        ("for _ in w: pass", "iterate, point, point"),
        ("x: int = w.n", "point, load n"),
        ("w.n: int = 3", "point, store n"),
        ("del w", "point"),
        ("with w: pass", "point, enter"),
        ("with w.items as x: x = 1", "point, load items, enter"),
        ("w.n, x = w.n + 1, 2", "point, load n, point, store n"),
        ("[w.n, *x] = [w.n, 2]", "point, load n, point, store n"),
        ("w.items.n", "point, load items, load n"),
        ("x = 1 + 2", ""),
    ],
)  # fmt: skip
def test_points_stand_between_the_steps_of_a_statement(body: str, expected: str) -> None:
    """A switch is possible wherever a real thread could lose the processor with something half done."""
    assert ", ".join(order(body)) == expected.removesuffix(", ")


def test_names_are_shared_when_somebody_declares_them_so() -> None:
    """Reads and writes of globals and closures have points where `global` or `nonlocal` says that they change."""
    source = "n = k = 0\ndef f():\n    global n\n    n = n + 1\n    return k\n"
    assert sites(source) == [(4, "read", "n"), (4, "write", "n")]
    closure = "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    return n\n"
    assert sites(closure) == [(2, "write", "n"), (5, "update", "n"), (6, "read", "n")]


def test_sites_know_line_kind_and_name() -> None:
    """What the story of a failing run is told with."""
    source = "class C:\n    def f(self, xs):\n        for x in xs:\n            self.d[x] += self.q.get()\n"
    assert sites(source) == [(4, "call", "self.q.get"), (4, "update", "self.d[...]"), (3, "round", "xs")]


def test_site_zero_is_no_place() -> None:
    """The scheduler uses 0 for points that are not the student's."""
    assert instrument("", "program.py").sites == [Site(0, "", "", "")]


def test_names_of_expressions_are_short() -> None:
    """Long expressions shrink to what a person would call them."""
    for expression, name in {
        "a.b.c": "a.b.c",
        "a[1][2]": "a[...][...]",
        "f(1, 2).x": "f().x",
        "(a + b).c": "....c",
    }.items():
        assert name_of(ast.parse(expression, mode="eval").body) == name


def test_errors_point_to_the_students_own_lines() -> None:
    """The instrumented program's traceback has the lines of the original."""
    source = "class A:\n    x = 1\n\ndef f(a):\n    a.x = 1\n    a.x += (\n        a.y\n    )\n\nf(A())\n"
    with pytest.raises(AttributeError) as raised:
        execute(source)
    lines = [
        frame.lineno for frame in traceback.extract_tb(raised.value.__traceback__) if frame.filename == "program.py"
    ]
    assert lines == [10, 7]


def test_docstrings_and_future_imports_stay_first() -> None:
    """Nothing is put before what has to stand first."""
    source = '"""Module."""\nfrom __future__ import annotations\ndef f(x: Nope):\n    """Function."""\n    x.y\n'
    found = execute(source)
    assert found["__doc__"] == "Module."
    assert found["f"].__doc__ == "Function."
    assert found["f"].__annotations__ == {"x": "Nope"}


ANNOTATED = """
class Kind: of = int
kinds = {"a": Kind.of}
def renew():
    global kinds
    kinds = dict(kinds)
def f(x: Kind.of, /, y: kinds["a"] = 1, *args: list[Kind.of], k: kinds["a"], **kw: "Kind") -> dict[str, Kind.of]:
    y: Kind.of = 1
    z: kinds["a"]
async def g(x: Kind.of) -> kinds["a"]: pass
class C:
    a: Kind.of
    b: kinds["a"] = 2
    def m(self, z: Kind.of = 3) -> kinds["a"]: pass
v: Kind.of = 1
w: kinds["a"]
"""


def annotations_in(tree: ast.AST) -> list[str]:
    """All annotations of a tree."""
    found = [getattr(node, name, None) for node in ast.walk(tree) for name in ("annotation", "returns")]
    return sorted(ast.dump(annotation) for annotation in found if annotation is not None)


@pytest.mark.parametrize("form", [*FORMS, "annotations"])
@pytest.mark.parametrize("points", ["plain", "observed", "made at run time"])
def test_annotations_stay_as_they_are(form: str, points: str) -> None:
    """No point stands in one, wherever it is and whatever it says."""
    source = FORMS.get(form, ANNOTATED)
    make = {
        "plain": lambda: instrument(source, "program.py").tree,
        "observed": lambda: observe(source, "program.py").tree,
        "made at run time": lambda: put_points_at(1, ast.parse(source)),
    }
    assert annotations_in(make[points]()) == annotations_in(ast.parse(source))


def test_no_point_is_met_when_annotations_are_made_or_read() -> None:
    """Up to 3.13 that is at the definition, since then when somebody asks for them."""
    points: list[int] = []
    found = execute(ANNOTATED, on_point=points.append)
    of_kinds = points.copy()  # `Kind.of` in the dict is no annotation
    read = [inspect.get_annotations(found[name]) for name in ("f", "g", "C")]
    assert [next(iter(each.values())) for each in read] == [int] * 3
    assert points == of_kinds
    assert {site.line for site in instrument(ANNOTATED, "program.py").sites} <= {0, 3, 6}


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations can be read as text since 3.14")
def test_annotations_read_as_text_are_the_students_own() -> None:
    """A report, or a program that shows its own signatures, never meets a point."""
    annotationlib: Any = importlib.import_module("annotationlib")
    as_text = [
        [annotationlib.get_annotations(found[name], format=annotationlib.Format.STRING) for name in ("f", "g", "C")]
        for found in (execute(ANNOTATED), plainly(ANNOTATED))
    ]
    assert as_text[0] == as_text[1]
    assert as_text[0][2] == {"a": "Kind.of", "b": "kinds['a']"}


@pytest.mark.parametrize("source", ["def f(:", "return", "x = \0"])
def test_what_is_no_program_is_refused(source: str) -> None:
    """The error is Python's own."""
    with pytest.raises((SyntaxError, ValueError)):
        compile(instrument(source, "program.py").tree, "program.py", "exec")


# --- the standard library, instrumented -------------------------------------------------------------------------------


def bisect_work(bisect: Any) -> Any:
    xs: list[int] = []
    for n in (5, 1, 4, 1):
        bisect.insort(xs, n)
    return xs, bisect.bisect_left(xs, 4)


def heapq_work(heapq: Any) -> Any:
    heap = [9, 4, 7, 1, 8, 2]
    heapq.heapify(heap)
    return [heapq.heappop(heap) for _ in range(3)], heapq.nlargest(2, heap), list(heapq.merge([1, 4], [2, 3]))


def json_work(decoder: Any) -> Any:
    value = decoder.JSONDecoder().decode('{"a": [1, 2.5, "\\u00e9", null, true], "b": {"c": []}}')
    with pytest.raises(ValueError, match="line 1 column 2"):
        decoder.JSONDecoder().decode("[")
    return value


def argparse_work(argparse: Any) -> Any:
    parser = argparse.ArgumentParser(prog="p")
    parser.add_argument("files", nargs="*", type=str.upper)
    parser.add_argument("-n", type=int, choices=[1, 2], default=1, help="%(default)s")
    sub = parser.parse_known_args(["-n", "2", "a", "b", "--more"])
    return vars(sub[0]), sub[1], parser.format_help()


def dataclasses_work(dataclasses: Any) -> Any:
    made = dataclasses.make_dataclass(
        "M", [("a", int), ("b", list, dataclasses.field(default_factory=list))], order=True
    )
    return repr(made(1)), made(1) < made(2), dataclasses.asdict(made(3)), [f.name for f in dataclasses.fields(made)]


def contextlib_work(contextlib: Any) -> Any:
    log: list[Any] = []
    with contextlib.ExitStack() as stack:
        stack.callback(log.append, 1)
        stack.enter_context(contextlib.suppress(KeyError))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        raise KeyError
    return log


def configparser_work(configparser: Any) -> Any:
    parser = configparser.ConfigParser()
    parser.read_string("[a]\nx = 1\ny = %(x)s2\n[b]\nz: yes\n multi\n")
    return {name: dict(parser[name]) for name in parser.sections()}, parser.getint("a", "y")


def csv_work(csv: Any) -> Any:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["a", "b"])
    writer.writeheader()
    writer.writerow({"a": 1, "b": "x,y"})
    return (
        out.getvalue(),
        list(csv.DictReader(io.StringIO(out.getvalue()))),
        csv.Sniffer().sniff("a;b\n1;2\n").delimiter,
    )


def datetime_work(datetime: Any) -> Any:
    moment = datetime.datetime(2026, 2, 27, 23, 59, tzinfo=datetime.timezone.utc) + datetime.timedelta(
        days=2, minutes=1
    )
    return (
        moment.isoformat(),
        moment.strftime("%A %j"),
        str(moment - moment.replace(year=2024)),
        moment.isocalendar()[:],
    )


def decimal_work(decimal: Any) -> Any:
    with decimal.localcontext() as context:
        context.prec = 30
        return str(decimal.Decimal(2).sqrt()), str(decimal.Decimal("1.10") + 3), str(decimal.Decimal(1) / 7)


def difflib_work(difflib: Any) -> Any:
    return list(difflib.unified_diff(["a", "b", "c"], ["a", "x", "c", "d"])), difflib.get_close_matches(
        "aple", ["apple", "x"]
    )


def fractions_work(fractions: Any) -> Any:
    return str(fractions.Fraction("3/4") + fractions.Fraction(0.5)), fractions.Fraction(3.14159).limit_denominator(100)


def statistics_work(statistics: Any) -> Any:
    xs = [1.5, 2.5, 4, 9]
    return statistics.mean(xs), statistics.stdev(xs), statistics.quantiles(xs), statistics.NormalDist(1, 2).cdf(2)


def textwrap_work(textwrap: Any) -> Any:
    return (
        textwrap.wrap("the quick brown fox jumps over " * 3, 20),
        textwrap.dedent("  a\n    b\n"),
        textwrap.shorten("a b c d e f", 9),
    )


def tokenize_work(tokenize: Any) -> Any:
    return [
        (token.type, token.string)
        for token in tokenize.generate_tokens(io.StringIO("def f(x): return x # c\n").readline)
    ]


def string_work(string: Any) -> Any:
    return string.Template("$a ${b} $$").substitute(a=1, b=2), string.Formatter().format(
        "{0[1]!r:>5} {x.real}", "ab", x=3
    )


def inspect_work(inspect: Any) -> Any:
    def example(a: int, /, b: str = "x", *c: int, d: int, **e: object) -> None: ...

    return (
        str(inspect.signature(example)),
        inspect.signature(example).bind(1, d=2).arguments,
        inspect.getdoc(inspect.getdoc),
    )


def queue_work(queue: Any) -> Any:
    waiting = queue.PriorityQueue()
    for n in (3, 1, 2):
        waiting.put(n)
    with pytest.raises(queue.Empty):
        queue.Queue().get_nowait()
    return [waiting.get() for _ in range(3)], waiting.unfinished_tasks


def threading_work(threading: Any) -> Any:
    found: list[int] = []
    barrier = threading.Barrier(3)

    def meet(n: int) -> None:
        barrier.wait(10)
        found.append(n)

    threads = [threading.Thread(target=meet, args=(n,), name=f"t{n}") for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return sorted(found), [thread.name for thread in threads], threading.Event().wait(0)


def mock_work(mock: Any) -> Any:
    double = mock.MagicMock(return_value=3, spec=["f"])
    double.f.side_effect = [1, 2]
    return double(1, k=2), double.f(), double.f(), double.call_args_list == [mock.call(1, k=2)], double.mock_calls == []


def functools_work(functools: Any) -> Any:
    kind = functools.singledispatch(lambda value: "object")
    kind.register(int, lambda value: "int")
    ordered = functools.total_ordering(type("O", (), {"__lt__": lambda a, b: True, "__eq__": lambda a, b: False}))
    return kind(1), kind("x"), ordered() >= ordered(), functools.partialmethod(print).func is print


def collections_work(collections: Any) -> Any:
    counter = collections.Counter("abracadabra")
    chain = collections.ChainMap({"a": 1}, {"a": 2, "b": 3})
    point = collections.namedtuple("P", "x y", defaults=[0])  # the very function under test
    return counter.most_common(2), dict(chain), point(1)._replace(y=5)._asdict(), collections.UserDict(a=1) | {"b": 2}


WORK: dict[str, Callable[[Any], Any]] = {
    "_pydecimal": decimal_work,
    "_pydatetime" if sys.version_info >= (3, 12) else "datetime": datetime_work,
    "argparse": argparse_work,
    "bisect": bisect_work,
    "collections": collections_work,
    "configparser": configparser_work,
    "contextlib": contextlib_work,
    "csv": csv_work,
    "dataclasses": dataclasses_work,
    "difflib": difflib_work,
    "fractions": fractions_work,
    "functools": functools_work,
    "heapq": heapq_work,
    "inspect": inspect_work,
    "json.decoder": json_work,
    "queue": queue_work,
    "statistics": statistics_work,
    "string": string_work,
    "textwrap": textwrap_work,
    "threading": threading_work,
    "tokenize": tokenize_work,
    "unittest.mock": mock_work,
}


def source_of(name: str) -> str:
    """The source text of a standard library module."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WORK)
def test_an_instrumented_standard_library_module_works_as_before(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of lines by many authors, compared with the original on a piece of work."""
    source = source_of(name)
    results = []
    for tree in (ast.parse(source), instrument(source, name).tree):
        module = ModuleType(name)
        module.__dict__.update(vars(importlib.import_module(name)), __name__=name)
        for key in [key for key in vars(module) if not key.startswith("__")]:
            del module.__dict__[key]
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, module)
            module.__dict__.update(hooks(lambda _: None))
            exec(compile(tree, name, "exec", dont_inherit=True), module.__dict__)
            results.append(repr(WORK[name](module)))
    assert results[0] == results[1]


COMPILED = ("asyncio/*.py", "concurrent/futures/*.py", "json/*.py", "t*.py")


def test_the_standard_library_compiles_when_it_is_instrumented() -> None:
    """Whatever people write in Python is instrumented without an error; nothing but hooks is added to its names."""
    library = Path(os.__file__).parent
    paths = sorted(path for pattern in COMPILED for path in library.glob(pattern))
    assert len(paths) > 50
    for path in paths:
        with contextlib.suppress(UnicodeDecodeError):
            source = path.read_text(encoding="utf-8")
            code = compile(instrument(source, path.name).tree, path.name, "exec", dont_inherit=True)
            assert code.co_filename == path.name
