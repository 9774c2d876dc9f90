"""Never unfair: what people write every day keeps all points, however near it comes to what attackers write.

Each idiom runs when the module is imported and again whenever the exercise's function is called.
"""

import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

from course.judge.audience import in_language
from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.kill_matrix import load_checks
from course.lessons import lessons_named
from course.report.model import LessonResult

IDIOMS = {
    "data classes": """
        import dataclasses
        @dataclasses.dataclass(frozen=True, slots=True, order=True)
        class Item:
            name: str
            count: int = 0
            tags: list[str] = dataclasses.field(default_factory=list, compare=False)
            def __post_init__(self):
                object.__setattr__(self, "name", self.name.strip())
        item = dataclasses.replace(Item(" a "), count=2)
        assert dataclasses.asdict(item) == {"name": "a", "count": 2, "tags": []}
        assert [getattr(item, field.name) for field in dataclasses.fields(item)] == ["a", 2, []]
    """,
    "enumerations": """
        import enum
        class State(enum.Enum):
            UP = "up"
            DOWN = "down"
            def __str__(self):
                return f"{self.__class__.__name__}.{self._name_}"
        class Flags(enum.IntFlag):
            A = enum.auto()
            B = enum.auto()
        assert str(State["UP"]) == "State.UP" and State("up").name == "UP" and len(State.__members__) == 2
        assert enum.Enum("Made", "X Y").X.value == 1 and Flags.A | Flags.B == 3
    """,
    "named tuples": """
        import collections, typing
        class Point(typing.NamedTuple):
            x: int
            y: int = 0
        Pair = collections.namedtuple("Pair", ["left", "right"], defaults=[None])
        assert Point(1)._replace(y=2)._asdict() == {"x": 1, "y": 2} and Pair(1)._fields == ("left", "right")
    """,
    "generic types": """
        from __future__ import annotations
        import typing
        from typing import Any, Callable, Generic, ParamSpec, Protocol, TypedDict, TypeVar, cast, overload
        T = TypeVar("T")
        P = ParamSpec("P")
        @typing.runtime_checkable
        class Closes(Protocol):
            def close(self) -> None: ...
        class Box(Generic[T]):
            def __init__(self, content: T) -> None:
                self.content = content
            def close(self) -> None: ...
        class Options(TypedDict, total=False):
            limit: int
        def call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
            return function(*args, **kwargs)
        assert isinstance(Box[int](1), Closes) and call(Options, limit=1)["limit"] == cast(Any, 1)
        assert typing.get_type_hints(Box.close) == {"return": type(None)}
        assert typing.get_args(list[int]) == (int,) and typing.get_origin(dict[str, int]) is dict
    """,
    "decorators with wraps": """
        import functools, time
        def timed(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                began = time.perf_counter()
                try:
                    return function(*args, **kwargs)
                finally:
                    wrapper.seconds = time.perf_counter() - began
            return wrapper
        @timed
        def add(a, b=1):
            "Adds."
            return a + b
        assert add(1) == 2 and (add.__name__, add.__doc__) == ("add", "Adds.") and add.__wrapped__(2, 2) == 4
        assert add.seconds >= 0 and "add" in add.__qualname__ and add.__module__ == __name__
    """,
    "a decorator with arguments, by a class": """
        import functools
        class Retry:
            def __init__(self, times):
                self.times = times
            def __call__(self, function):
                functools.update_wrapper(self, function)
                def again(*args):
                    for attempt in range(self.times):
                        try:
                            return function(*args)
                        except ValueError as error:
                            last = error
                    raise last
                again.__name__ = function.__name__
                return again
        tries = []
        @Retry(3)
        def flaky():
            tries.append(1)
            if len(tries) < 3:
                raise ValueError
            return len(tries)
        assert flaky() == 3 and flaky.__name__ == "flaky"
    """,
    "partial functions": """
        import functools
        double = functools.partial(pow, exp=2)
        assert double(3) == 9 and double.func is pow and double.keywords == {"exp": 2}
        class Cell:
            def set(self, value, *, to):
                setattr(self, to, value)
            alive = functools.partialmethod(set, to="state")
        cell = Cell()
        cell.alive(True)
        assert cell.state
    """,
    "cached properties": """
        import functools
        class Circle:
            def __init__(self, radius):
                self.radius = radius
            @functools.cached_property
            def area(self):
                return 3 * self.radius ** 2
            @property
            def width(self):
                return self.radius * 2
            @width.setter
            def width(self, value):
                self.radius = value / 2
        circle = Circle(2)
        circle.width = 6
        assert circle.area == 27 and circle.__dict__["area"] == 27
        del circle.area
    """,
    "caches": """
        import functools
        @functools.lru_cache(maxsize=8)
        def square(number):
            return number * number
        @functools.cache
        def cube(number):
            return number ** 3
        assert square(3) + cube(2) == 17 and square.cache_info().currsize == 1
        square.cache_clear()
    """,
    "single dispatch": """
        import functools
        @functools.singledispatch
        def show(value):
            return "?"
        @show.register
        def _(value: int) -> str:
            return "int"
        @show.register(list)
        def _(value):
            return "list"
        class Shows:
            @functools.singledispatchmethod
            def show(self, value):
                return "?"
            @show.register
            def _(self, value: str):
                return "str"
        assert [show(1), show([]), show(None), Shows().show("a")] == ["int", "list", "?", "str"]
    """,
    "context managers": """
        import contextlib, io
        @contextlib.contextmanager
        def noted(notes):
            notes.append("in")
            try:
                yield notes
            finally:
                notes.append("out")
        with contextlib.suppress(KeyError), noted([]) as notes, contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.closing(io.StringIO()))
            stack.callback(notes.append, "callback")
            {}["missing"]
        assert notes == ["in", "callback", "out"]
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            print("hidden")
        assert output.getvalue() == "hidden\\n"
        class Own(contextlib.ContextDecorator):
            def __enter__(self):
                return self
            def __exit__(self, kind, value, traceback):
                return kind is not None and issubclass(kind, ValueError)
        with Own():
            raise ValueError
        with contextlib.nullcontext(1) as one:
            assert one == 1
    """,
    "logging": """
        import logging
        logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(threadName)s %(funcName)s %(message)s")
        log = logging.getLogger(__name__)
        log.setLevel(logging.INFO)
        log.addHandler(logging.NullHandler())
        log.info("started %s", 1, stack_info=True)
        try:
            1 / 0
        except ZeroDivisionError:
            log.exception("it has failed")
            log.debug("not shown", exc_info=True)
    """,
    "tracebacks as text": """
        import io, sys, traceback
        try:
            {}["key"]
        except KeyError as error:
            assert "KeyError" in traceback.format_exc()
            assert "key" in "".join(traceback.format_exception(error))
            traceback.print_exc(file=io.StringIO())
            kind, value, where = sys.exc_info()
            assert kind is KeyError and value is error and where is error.__traceback__
            assert traceback.extract_tb(where)[-1].name and traceback.TracebackException.from_exception(error)
            again = error.with_traceback(error.__traceback__)
        traceback.format_stack()
    """,
    "chained exceptions": """
        class Failed(Exception):
            def __init__(self, name, *args):
                super().__init__(name, *args)
                self.name = name
        try:
            try:
                raise ValueError("inner")
            except ValueError as error:
                error.add_note("a note")
                raise Failed("outer") from error
        except Failed as error:
            assert type(error.__cause__).__name__ == "ValueError" and error.__cause__.__notes__ == ["a note"]
            assert error.__context__ is error.__cause__ and error.__suppress_context__ and error.args == ("outer",)
    """,
    "exception groups": """
        try:
            raise ExceptionGroup("several", [ValueError(1), TypeError(2)])
        except* ValueError as group:
            assert [str(each) for each in group.exceptions] == ["1"]
        except* TypeError as group:
            matching, rest = group.split(TypeError)
            assert rest is None
    """,
    "the name of a class, read": """
        class Service:
            def __repr__(self):
                return f"<{type(self).__name__} of {self.__class__.__qualname__} in {self.__module__}>"
        assert "Service" in repr(Service()) and Service.__bases__ == (object,) and object in Service.__mro__
        assert [each.__name__ for each in Service.mro()][-1] == "object" and Service.__doc__ is None
    """,
    "the name of a class or function, set": """
        class Service:
            pass
        Service.__name__ = "Probe"
        Service.__qualname__ = "Probe"
        Service.__module__ = "services"
        Service.__doc__ = "Is asked."
        Service.__annotations__ = {"name": str}
        def make():
            pass
        make.__name__ = make.__qualname__ = "made"
        make.__doc__ = "Makes."
        make.calls = 0
        setattr(make, "__name__", "make_" + "it")
        make.__defaults__ = ()
        make.__kwdefaults__ = None
        assert make.__name__ == "make_it" and repr(Service) == "<class 'services.Probe'>"
        class Other:
            x = 1
        thing = Service()
        thing.__class__ = Other
        assert thing.x == 1 and setattr(Other, "y", 2) is None and thing.y == 2
        Other.z = property(lambda self: 3)
        del Other.y
        assert thing.z == 3 and not hasattr(thing, "y")
    """,
    "attributes by computed names": """
        class Settings:
            debug = False
        settings = Settings()
        for name in ("limit", "time" + "out"):
            setattr(settings, f"default_{name}", 3)
        assert getattr(settings, "default_" + "limit") == 3 and getattr(settings, "none", None) is None
        assert hasattr(settings, "debug") and "default_timeout" in dir(settings)
        delattr(settings, "default_limit")
        assert vars(settings) == settings.__dict__ == {"default_timeout": 3}
        settings.__dict__.update(a=1)
        assert [name for name in dir(Settings) if not name.startswith("_")] == ["debug"]
        assert Settings.__dict__["debug"] is False and Settings().__class__.__dict__.get("limit") is None
        import math, threading
        assert getattr(math, "sq" + "rt")(4) == 2 and getattr(threading, "Lo" + "ck")
    """,
    "classes without a dictionary": """
        class Point:
            __slots__ = ("x", "y", "__weakref__")
            def __init__(self, x, y):
                self.x, self.y = x, y
            def __eq__(self, other):
                return all(getattr(self, name) == getattr(other, name) for name in self.__slots__[:2])
            def __hash__(self):
                return hash((self.x, self.y))
        assert Point(1, 2) == Point(1, 2) and Point.x.__get__(Point(5, 6)) == 5
    """,
    "metaclasses": """
        class Registry(type):
            known = {}
            def __new__(cls, name, bases, namespace, **options):
                made = super().__new__(cls, name, bases, namespace)
                cls.known[name] = made
                return made
            def __call__(cls, *args):
                if "_only" not in cls.__dict__:
                    cls._only = super().__call__(*args)
                return cls._only
        class Single(metaclass=Registry):
            pass
        assert Single() is Single() and Registry.known["Single"] is Single
        Made = type("Made", (Single,), {"x": 1, "get": lambda self: self.x})
        assert Made().get() == 1
        class Plugin:
            found = []
            def __init_subclass__(cls, **options):
                super().__init_subclass__(**options)
                cls.found.append(cls.__name__)
        class One(Plugin): ...
        assert Plugin.found == ["One"]
    """,
    "descriptors": """
        class Positive:
            def __set_name__(self, owner, name):
                self.name = "_" + name
            def __get__(self, instance, owner=None):
                return self if instance is None else getattr(instance, self.name)
            def __set__(self, instance, value):
                if value < 0:
                    raise ValueError(value)
                setattr(instance, self.name, value)
        class Account:
            balance = Positive()
            def __init__(self):
                self.balance = 3
            def __getattr__(self, name):
                return f"no {name}"
            def __setattr__(self, name, value):
                super().__setattr__(name, value)
        assert Account().balance == 3 and Account().other == "no other"
    """,
    "super, class and static methods": """
        import abc
        class Base(abc.ABC):
            made = 0
            def __new__(cls, *args):
                instance = super().__new__(cls)
                cls.made += 1
                return instance
            @classmethod
            def create(cls):
                return cls()
            @staticmethod
            def twice(number):
                return 2 * number
            @abc.abstractmethod
            def run(self): ...
        class Child(Base):
            def run(self):
                return __class__.__name__ + super().__thisclass__.__name__
        assert Child.create().run() == "ChildChild" and Child.twice(2) == 4 and Child.made == 1
        assert isinstance(Child(), Base) and Base.__abstractmethods__ == {"run"} and Child.__subclasshook__
    """,
    "what is it?": """
        import asyncio, inspect
        async def one(): ...
        def two(a, *, b=1): ...
        assert inspect.iscoroutinefunction(one) and asyncio.iscoroutinefunction(one) and not inspect.isfunction(1)
        assert list(inspect.signature(two).parameters) == ["a", "b"] and callable(two)
        coroutine = one()
        assert inspect.isawaitable(coroutine) and inspect.iscoroutine(coroutine)
        coroutine.close()
        assert inspect.getdoc(two) is None and inspect.ismethod(two) is False and inspect.isclass(int)
        assert isinstance(inspect.signature(len), inspect.Signature)
        assert dict(inspect.getmembers(asyncio.Lock(), callable))
    """,
    "weak references": """
        import gc, weakref
        class Node: ...
        node = Node()
        ended, table = [], weakref.WeakValueDictionary(a=node)
        reference = weakref.ref(node, lambda _: ended.append(1))
        weakref.finalize(node, ended.append, 2)
        assert reference() is node and weakref.proxy(node) and node in weakref.WeakSet([node])
        class Method:
            def run(self):
                return 1
        method = Method()
        assert weakref.WeakMethod(method.run)()() == 1
        del node
        gc.collect()
        assert sorted(ended) == [1, 2] and not table
    """,
    "iterators": """
        import heapq, itertools, operator
        counter = itertools.count(1)
        assert list(itertools.islice(counter, 2)) == [1, 2] and list(itertools.chain([1], [2])) == [1, 2]
        assert [len(list(group)) for _, group in itertools.groupby("aab")] == [2, 1]
        assert list(map(operator.itemgetter(1), [(1, 2)])) == [2] and operator.attrgetter("real")(3) == 3
        assert operator.methodcaller("upper")("a") == "A" and heapq.nsmallest(1, [3, 1]) == [1]
        def numbers():
            received = yield 1
            yield from (received, 3)
        generator = numbers()
        assert next(generator) == 1 and generator.send(2) == 2 and list(generator) == [3]
        generator.close()
    """,
    "collections": """
        import collections, copy, types
        counts = collections.Counter("aab")
        groups = collections.defaultdict(list)
        groups["x"].append(1)
        both = collections.ChainMap({"a": 1}, {"b": 2})
        ring = collections.deque([1, 2, 3], maxlen=2)
        class Upper(collections.UserDict):
            def __setitem__(self, key, value):
                super().__setitem__(key.upper(), value)
        assert counts.most_common(1) == [("a", 2)] and dict(both) == {"a": 1, "b": 2} and list(ring) == [2, 3]
        assert Upper(a=1)["A"] == 1 and copy.deepcopy(groups) == {"x": [1]} and types.SimpleNamespace(a=1).a == 1
        assert types.MappingProxyType({"a": 1})["a"] == 1 and collections.OrderedDict(a=1).popitem() == ("a", 1)
    """,
    "globals and locals, read": """
        COUNTER = 0
        assert "COUNTER" in globals() or "COUNTER" in locals()
        assert globals()["__name__"] == __name__ and globals().get("nothing") is None and __doc__ is not ...
        print("running", __name__, globals().get("__file__"), sorted(locals())[:0])
    """,
    "a main guard": """
        def main():
            raise SystemExit(1)
        if __name__ == "__main__":
            main()
    """,
    "a test of one's own": """
        import doctest, unittest
        def add(a, b):
            '''
            >>> add(1, 2)
            3
            '''
            return a + b
        class AddTest(unittest.TestCase):
            def test_add(self):
                self.assertEqual(add(1, 2), 3)
                with self.assertRaises(TypeError):
                    add(1, "2")
        if __name__ == "__main__":
            doctest.testmod()
            unittest.main()
        assert unittest.defaultTestLoader.loadTestsFromTestCase(AddTest).countTestCases() == 1
    """,
    "threads and their names": """
        import threading
        class Worker(threading.Thread):
            def __init__(self, number):
                super().__init__(name=f"{type(self).__name__}-{number}", daemon=True)
                self.result = None
            def run(self):
                self.result = (threading.current_thread().name, threading.get_ident() != 0)
        worker = Worker(1)
        worker.start()
        worker.join()
        assert worker.result == ("Worker-1", True) and not worker.is_alive() and threading.main_thread()
        local = threading.local()
        local.value = 1
        lock = threading.RLock()
        with lock, lock:
            assert local.__dict__ == {"value": 1} and "lock" in repr(lock).lower()
        assert threading.active_count() >= 1 and threading.enumerate()
        threading.excepthook
    """,
    "pools": """
        from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, as_completed, wait
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="pool") as pool:
            futures = {pool.submit(pow, 2, n): n for n in range(3)}
            assert {futures[each]: each.result() for each in as_completed(futures)} == {0: 1, 1: 2, 2: 4}
            done, _ = wait(futures, return_when=FIRST_COMPLETED)
            assert all(each.exception() is None for each in done) and list(pool.map(str, [1])) == ["1"]
            future = pool.submit(int, "x")
            future.add_done_callback(lambda each: each.cancelled())
            assert type(future.exception()).__name__ == "ValueError"
    """,
    "the interpreter": """
        import gc, os, platform, sys, time
        assert sys.version_info >= (3, 11) and platform.python_version() and sys.getsizeof([]) > 0
        assert sys.maxsize and sys.getrefcount(sys) and sys.intern("a") == "a" and sys.getrecursionlimit() > 0
        assert os.environ.get("NOTHING", "") == "" and os.getpid() and os.path.join("a", "b") and os.cpu_count()
        gc.collect()
        print("to stderr", file=sys.stderr)
        sys.stdout.write("x")
        sys.stdout.flush()
        assert time.strftime("%Y") and time.monotonic() <= time.monotonic()
    """,
    "matching": """
        import dataclasses
        @dataclasses.dataclass
        class Move:
            x: int
            y: int
        def told(value):
            match value:
                case Move(x=0, y=y):
                    return y
                case {"name": str(name), **rest}:
                    return name
                case [first, *_]:
                    return first
                case None | True:
                    return "?"
        assert [told(Move(0, 1)), told({"name": "n"}), told([4]), told(None)] == [1, "n", 4, "?"]
    """,
    "texts": """
        import json, re, string, textwrap
        class Row:
            name = "n"
        assert "{0.name} {row.name!r:>4}".format(Row, row=Row) == "n  'n'" and f"{Row.name=}" == "Row.name='n'"
        assert string.Template("$a").substitute(a=1) == "1" and re.compile(r"(?P<x>a+)").match("aa")["x"] == "aa"
        assert json.loads(json.dumps({"a": [1, None]}))["a"] == [1, None] and textwrap.dedent(" a") == "a"
        assert "evaluate, compile and exec" and {"__name__": 1}["__name__"] == 1
    """,
    "closures": """
        def counter():
            count = 0
            def more():
                nonlocal count
                count += 1
                return count
            return more
        more = counter()
        assert more() + more() == 3
        actions = [lambda number=number: number for number in range(3)]
        assert [action() for action in actions] == [0, 1, 2] and sorted("ba", key=str.lower) == ["a", "b"]
    """,
    "dates and random numbers": """
        import datetime, random, statistics, uuid
        assert datetime.datetime.now() - datetime.timedelta(days=1) < datetime.datetime.now()
        random.seed(1)
        assert random.Random(1).random() == random.Random(1).random() and random.choice([1]) == 1
        random.shuffle([1, 2])
        assert statistics.mean([1, 3]) == 2 and uuid.UUID(int=1).int == 1
    """,
    "files": """
        import os, pathlib, tempfile
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.txt"
            path.write_text("a\\nb", encoding="utf-8")
            with open(path, encoding="utf-8") as file:
                assert [line.strip() for line in file] == ["a", "b"]
            assert os.listdir(folder) == ["a.txt"] and path.exists()
    """,
    "pickled and copied": """
        import copy, pickle
        assert pickle.loads(pickle.dumps({"a": (1, {2})})) == {"a": (1, {2})}
        class State:
            def __init__(self):
                self.items = [1]
            def __copy__(self):
                made = type(self).__new__(type(self))
                made.__dict__.update(self.__dict__)
                return made
            def __getstate__(self):
                return self.__dict__.copy()
        assert copy.copy(State()).items == [1] and copy.deepcopy(State()).items == [1]
    """,
    "context variables": """
        import contextvars
        user = contextvars.ContextVar("user", default="nobody")
        token = user.set("ann")
        assert contextvars.copy_context()[user] == "ann"
        user.reset(token)
        assert user.get() == "nobody"
    """,
    "imports by name": """
        import importlib
        json = importlib.import_module("json")
        assert json.dumps(1) == "1" and json.__name__ == "json"
        try:
            import no_such_module
        except ImportError as error:
            assert error.name == "no_such_module"
    """,
    "left from the search for an error": """
        import faulthandler, gc, inspect, io, pdb, sys, threading, traceback
        breakpoint()
        pdb.set_trace()
        pdb.set_trace(header="look here")
        faulthandler.enable()
        faulthandler.dump_traceback()
        faulthandler.dump_traceback_later(600)
        faulthandler.cancel_dump_traceback_later()
        faulthandler.disable()
        def called_by():
            return inspect.stack()[1].function, inspect.currentframe().f_back.f_code.co_name, sys._getframe(1).f_lineno
        def calls():
            return called_by()
        assert calls()[:2] == ("calls", "calls")
        for identity, frame in sys._current_frames().items():
            traceback.print_stack(frame, file=io.StringIO())
        assert sys._current_frames()[threading.get_ident()]
        gc.disable()
        gc.set_threshold(*gc.get_threshold())
        gc.enable()
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        sys.setswitchinterval(interval)
        assert sys.gettrace() is None and sys.getprofile() is None
        try:
            1 / 0
        except ZeroDivisionError as error:
            assert error.__traceback__.tb_frame.f_code.co_name and error.__traceback__.tb_lineno
    """,
    "names that mean something else here": """
        class Node:
            f_back = None
            def __init__(self, gc, code):
                self.f_back, self.cell_contents = gc, code
            def compile(self):
                return self.f_back
            exec = eval = compile
        def stack(compile, sys=()):
            code = [compile, *sys]
            return code
        assert Node("f_back", 2).exec() == "f_back" and stack(Node(1, 2).cell_contents) == [2]
        def outer():
            count = 3
            return lambda: count
        assert outer().__closure__[0].cell_contents == 3 and outer.__code__.co_name == "outer"
    """,
}
# A few cannot stand in a function.
AT_THE_TOP = "from __future__ import annotations"


def with_idioms(source: str, *names: str, in_calls: bool) -> str:
    """A right module in which these idioms are used: when it is imported, and perhaps in each call of its function."""
    bodies = [textwrap.dedent(IDIOMS[name]).strip().replace(AT_THE_TOP, "") for name in names]
    if not in_calls:
        return "\n".join([AT_THE_TOP, *bodies, source])
    functions = [f"def idiom_{number}():\n{textwrap.indent(body, '    ')}\n" for number, body in enumerate(bodies)]
    start, begin, rest = source.partition("    ### BEGIN SOLUTION\n")
    used = "".join(f"    idiom_{number}()\n" for number in range(len(bodies)))
    return "\n".join([AT_THE_TOP, *bodies, *functions, f"{start}{begin}{used}{rest}"])


def graded(bench: Bench, key: str, *names: str, in_calls: bool) -> LessonResult:
    """The result of a lesson's solution in which these idioms are used."""
    (lesson,), _ = lessons_named([key])
    source = with_idioms(lesson.solution.read_text(encoding="utf-8"), *names, in_calls=in_calls)
    with ThreadPoolExecutor(bench.width) as pool:
        grading = LessonGrading(lesson, source, load_checks(lesson), bench=bench, pool=pool)
        grading.start()
        return in_language(grading.result(), "en")


@pytest.mark.parametrize("name", IDIOMS)
def test_an_idiom_costs_nothing(bench: Bench, name: str) -> None:
    result = graded(bench, "a17", name, in_calls=True)
    assert result.points == result.max_points, result


def test_all_idioms_together_cost_nothing_where_schedules_are_explored(bench: Bench) -> None:
    result = graded(bench, "t09", *IDIOMS, in_calls=False)
    assert result.points == result.max_points, result


def test_all_idioms_together_cost_nothing_in_real_processes(bench: Bench) -> None:
    result = graded(bench, "p13", *IDIOMS, in_calls=False)
    assert result.points == result.max_points, result


# Right solutions, changed as people change them: by lesson, what stands there, and what they write in its place.
CHANGED = {
    "all of `re`, so that `compile` is its": (
        "t09",
        {"import re\n": "from re import *\n", "re.compile(": "compile("},
    ),
    "shared values among threads": (
        "t09",
        {
            "import re\n": "import ctypes\nimport multiprocessing\nimport re\n",
            "lock = threading.Lock()": "total = multiprocessing.Value(ctypes.c_int, 0); lock = total.get_lock()",
            "                report.changed += 1\n": (
                "                total.value += 1\n                report.changed = total.value\n"
            ),
        },
    ),
    "shared values among processes": (
        "p13",
        {
            "import re\n": "import multiprocessing\nimport re\n",
            "def _load_pattern(pattern: str) -> None:": "def _load_pattern(pattern, total, shares, raw):",
            "    global _regex\n": "    global _regex\n    with total.get_lock():\n        total.value += raw.value\n"
            "        shares[0] += 1\n",
            "initargs=(pattern,)": "initargs=(pattern, total, shares, multiprocessing.RawValue('i', 1))",
            "    re.compile(pattern)": "    total = multiprocessing.Value('i', 0)\n"
            "    shares = multiprocessing.Array('d', 2)\n    re.compile(pattern)",
        },
    ),
    "breakpoints in worker processes": (
        "p13",
        {
            "import re\n": "import pdb\nimport re\n",
            "    global _regex\n": "    global _regex\n    breakpoint()\n",
            "    return _regex.search(line)": "    pdb.set_trace()\n    return _regex.search(line)",
        },
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_solution_that_is_written_otherwise_keeps_all_points(bench: Bench, name: str) -> None:
    key, changes = CHANGED[name]
    (lesson,), _ = lessons_named([key])
    source = lesson.solution.read_text(encoding="utf-8")
    for before, after in changes.items():
        assert before in source
        source = source.replace(before, after)
    with ThreadPoolExecutor(bench.width) as pool:
        grading = LessonGrading(lesson, source, load_checks(lesson), bench=bench, pool=pool, reaching="zero")
        grading.start()
        result = in_language(grading.result(), "en")
    assert result.points == result.max_points, result
