"""An observed program computes what the original computes, and meets the points of the one that is not observed."""

import ast
import contextlib
import importlib
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from course.lab.instrument import Instrumented, instrument
from course.lab.observation import Observation
from course.lab.observing import observe
from course.lab.trace import Trace
from tests.lab.models import Thread
from tests.lab.test_instrument import COMPILED, FORMS, WORK, hooks, plainly, source_of

STORES = {
    "properties": """
log = []
class A:
    def __init__(self): self._v = self._o = None
    @property
    def v(self): log.append("get"); return self._v
    @v.setter
    def v(self, value): log.append(("set", value)); self._v = value
    @property
    def other(self): log.append("other"); return self
def f(a):
    a.v = 3
    a.v += 1
    a.other.v = 5
    a.other.v += 2
    a.other.other.v: int = 9
    return a.v
result = f(A()), log
""",
    "items with side effects": """
log = []
def note(v): log.append(v); return v
class L(list):
    def __getitem__(self, i): log.append(("get", i)); return list.__getitem__(self, i)
    def __setitem__(self, i, v): log.append(("set", i, v)); list.__setitem__(self, i, v)
    def __len__(self): log.append("len"); return 7
class Key:
    def __hash__(self): log.append("hash"); return 1
    def __eq__(self, other): log.append("eq"); return True
class D(dict):
    def __missing__(self, key): log.append("missing"); return 10
def owner(): log.append("owner"); return l
def f():
    owner()[note(-1)] += note(6)
    owner()[note(0)] = note(5)
    owner()[note(0):note(2)] = [note(1)] * 2
    owner()[note(0):note(1)] += [note(8)]
    d = D()
    d[note("k")] += note(1)
    d[Key()] = 1
    d[Key()] += 1
    d[1, note(2)] = 3
    d[(1, note(2))] += 3
    return d.pop((1, 2)), len(d), d["k"]
l = L([1, 2, 3])
result = f(), log, list(l)
""",
    "special look-ups": """
log = []
class Slots:
    __slots__ = ("a", "b")
    def __getattr__(self, name): log.append(("getattr", name)); return 1
class Watched:
    def __getattribute__(self, name): log.append(("load", name)); return object.__getattribute__(self, name)
    def __setattr__(self, name, value): log.append(("store", name)); object.__setattr__(self, name, value)
class Proxy:
    def __init__(self, of): self.__dict__["of"] = of
    def __getattr__(self, name): log.append(("proxy", name)); return getattr(self.of, name)
    def __setattr__(self, name, value): log.append(("proxy set", name)); setattr(self.of, name, value)
class Shown:
    def __repr__(self): log.append("repr"); return "shown"
    def __len__(self): log.append("len"); return 1
    def __bool__(self): log.append("bool"); return True
    def __eq__(self, other): log.append("eq"); return True
    __class__ = property(lambda self: log.append("class") or list)
def f():
    s, w = Slots(), Watched()
    s.a += 1
    s.b = 2
    s.b += s.a
    w.x = 1
    w.x += 1
    p = Proxy(w)
    p.y = 3
    p.y += 4
    w.z = Shown()
    box = {"k": w.z}
    box["k"] = w.z
    n = 10 ** 5000
    w.n = n
    w.n += 1
    w.s = "x" * 100
    class Made: k = 0
    Made.k += 1
    Made.n = Made.k
    return s.a, s.b, w.x, p.y, w.n == n + 1, Made.k, Made.n, len(box)
result = f(), log
""",
    "mangled names": """
class __Base:
    __n = 1
    class __Inner:
        __n = 5
        def up(self): self.__n += 1; self.__m = self.__n; return self.__n, vars(self)
    def up(self):
        self.__n += 1
        self.__d = {}
        self.__d["k"] = self.__n
        self.__d["k"] += 1
        self.__dunder__ = 3
        def inner(): self.__n += 10; return self.__n
        return self.__n, inner(), sorted(vars(self)), self.__Inner().up()
class ___:
    def f(self): self.__x = 1; self.__x += 1; return vars(self)
class Sub(__Base):
    __n = 7
    def get(self, other=None): return self.__n, self.up()
Outer = __Base
class Holder: pass
setattr(Holder, "__Base", Outer)
class Last(Holder.__Base): pass
result = Outer().up(), ___().f(), Sub().get(), Last().up()
""",
    "names of functions": """
n = k = 0
def f():
    global n, made
    n += 1
    n = n + 1
    made = [n for n in range(3)]
    def g(n, total=5):
        n += 1
        total += n
        k = n
        del k
        try: k
        except UnboundLocalError: return n, total, "gone"
    def h():
        nonlocal_total = 0
        def add(v):
            nonlocal nonlocal_total
            nonlocal_total += v
            return nonlocal_total
        return add(1), add(2)
    def later():
        nonlocal_total = k
        return nonlocal_total
    try: missing_name += 1
    except UnboundLocalError as e: error = type(e).__name__
    return g(5), h(), later(), error
def missing():
    global missing_name
    try: missing_name += 1
    except NameError as e: return str(e)
class C:
    n = 5
    n += 1
    m = [n for _ in range(2)] if False else n
result = f(), n, made, missing(), C.n, C.m
""",
    "class bodies": """
import enum, typing, dataclasses
def make():
    class E(enum.Enum):
        A = 1
        B = A + 1
    class D:
        xs = {}
        xs["k"] = 1
        xs["k"] += 1
        class In: n = 0
        In.n += 1
        In.m = In.n
    return [e.name for e in E], sorted(n for n in vars(D) if not n.startswith("__")), D.xs, D.In.m
result = make(), sorted(name for name in globals() if name.startswith("_course_o"))
""",
    "async, generators and recursion": """
import asyncio
class A: n, log = 0, []
a = A()
def numbers(x):
    while True:
        x.n += yield x.n
        x.m = yield x.n
def depth(x, left):
    x.n += depth(x, left - 1) if left else 1
    (x if left else a).k = left
    return x.n
async def give(v): await asyncio.sleep(0); a.log.append(v); return v
async def add(v):
    a.n += await give(v)
    a.p = await give(v)
    return a.n
async def main(): return await asyncio.gather(*(add(v) for v in range(3)))
it = numbers(a)
out = [next(it), it.send(2), it.send(4), it.send(5), depth(a, 3), vars(a).copy()]
with asyncio.Runner() as runner: result = out, runner.run(main()), a.log, vars(a)
""",
    "stores that fail": """
class Frozen:
    __slots__ = ("a",)
    def __setattr__(self, name, value): raise AttributeError(name)
log = []
def f(action):
    try: action()
    except Exception as e: log.append((type(e).__name__, str(e)))
def one(): Frozen().a = 1
def two(): Frozen().b += 1
def three(): (1, 2)[0] = 3
def four(): (1, [2])[1] += [3]
def five(): [][4] += 1
def six(): {}["k"] += 1
def seven(): None.x = 1
for action in (one, two, three, four, five, six, seven): f(action)
result = log
""",
}


def hooks_of(instrumented: Instrumented, points: list[int]) -> dict[str, Any]:
    """What observed code calls, outside any world: as if one thread ran for ever."""
    scheduler: Any = SimpleNamespace(current=Thread(0), outcome=None, now=0)
    return {**hooks(points.append), **Observation(scheduler, Trace(), instrumented.sites).hooks()}


def execute(source: str, points: list[int], *, observed: bool) -> dict[str, Any]:
    """Run instrumented or observed code; `points` gets the sites of its points in order."""
    instrumented = (observe if observed else instrument)(source, "program.py")
    namespace: dict[str, Any] = {"__name__": "program", **hooks_of(instrumented, points)}
    exec(compile(instrumented.tree, "program.py", "exec", dont_inherit=True), namespace)
    return namespace


@pytest.mark.parametrize("form", [*FORMS, *STORES])
def test_the_observed_program_computes_the_same_with_the_same_points(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compared with the original, and with the points of the program that is not observed."""
    monkeypatch.setitem(sys.modules, "program", ModuleType("program"))  # dataclasses look their module up
    source = {**FORMS, **STORES}[form]
    points: list[int] = []
    points_of_observed: list[int] = []
    plain = execute(source, points, observed=False)["result"]
    observed = execute(source, points_of_observed, observed=True)["result"]
    assert repr(observed) == repr(plain) == repr(plainly(source)["result"])
    assert points_of_observed == points


@pytest.mark.parametrize("name", WORK)
def test_an_observed_standard_library_module_works_as_before(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of lines by many authors, compared with the original on a piece of work."""
    source = source_of(name)
    results = []
    observed = observe(source, name)
    for tree in (ast.parse(source), observed.tree):
        module = ModuleType(name)
        module.__dict__.update(vars(importlib.import_module(name)), __name__=name)
        for key in [key for key in vars(module) if not key.startswith("__")]:
            del module.__dict__[key]
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, module)
            module.__dict__.update(hooks_of(observed, []))
            exec(compile(tree, name, "exec", dont_inherit=True), module.__dict__)
            results.append(repr(WORK[name](module)))
    assert results[0] == results[1]


def test_the_standard_library_compiles_when_it_is_observed_and_has_the_same_sites() -> None:
    """A trace's events name the sites of the code that is not observed."""
    library = Path(os.__file__).parent
    for path in sorted(path for pattern in COMPILED for path in library.glob(pattern)):
        with contextlib.suppress(UnicodeDecodeError):
            source = path.read_text(encoding="utf-8")
            observed = observe(source, path.name)
            assert observed.sites == instrument(source, path.name).sites
            assert compile(observed.tree, path.name, "exec", dont_inherit=True).co_filename == path.name
