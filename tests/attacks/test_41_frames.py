"""Attack 41: frames, tracebacks, `inspect`, to find what is expected. Refused by name and at run time; none holds it.

Names that are put together at run time are heard of when they lead to a frame, or from a function of the grader's to
what it encloses or uses. What can be found without has nothing of the lab, and nothing of what only the judge knows.
"""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.tries import hidden, outcomes, trying

BY_NAME = {
    "f_back": "import sys\ndef fetch_quotes(symbols, fetch):\n    return sys.exception().__traceback__.tb_next.f_back",
    "sys._getframe": "import sys\ndef fetch_quotes(symbols, fetch):\n    return sys._getframe(1)",
    "sys._current_frames": "import sys as s\nframes = s._current_frames()",
    "tb_frame": "try: 1 / 0\nexcept ZeroDivisionError as e: frame = e.__traceback__.tb_frame",
    "inspect.stack": "from inspect import stack as harmless",
    "inspect.currentframe": "import inspect\nf = inspect.currentframe()",
    "inspect.trace": "import inspect\ninspect.trace()",
    "gi_frame": "g = (x for x in [1])\nf = g.gi_frame",
    "cr_frame": "async def f(): pass\nf().cr_frame",
    "traceback.walk_stack": "import traceback\nlist(traceback.walk_stack(None))",
    "__closure__": "def fetch_quotes(symbols, fetch):\n    return fetch.__closure__[0]",
    "cell_contents": "def fetch_quotes(symbols, fetch):\n    return getattr(fetch, 'cell_contents')",
    "__globals__": "def fetch_quotes(symbols, fetch):\n    return fetch.__globals__",
    "threading.settrace": "import threading\nthreading.settrace(lambda frame, *_: print(frame))",
}

# The same, with names that only show at run time.
AT_RUN_TIME = {
    "sys._getframe": "get('_getf' + 'rame')(sys)(1)",
    "sys._current_frames": "get('_current_' + 'frames')(sys)()",
    "object.__getattr__": "get('tb_' + 'frame')(get('__trace' + 'back__')(error))",
    "sys.settrace": "get('settr' + 'ace')(sys)(print)",
    "sys.setprofile": "get('setpro' + 'file')(sys)(print)",
}
# What the library would hand out, which may look at frames itself: directly, or by way of another part of it.
HANDED_OUT = {
    "logging": "get('current' + 'frame')(logging)()",
    "inspect": "get('current' + 'frame')(inspect)()",
    "stack": "get('sta' + 'ck')(inspect)()[0][0]",
    "inner": "get('getinner' + 'frames')(inspect)(tb)[0][0]",
    "locals_of_a_generator": "get('getgenerator' + 'locals')(inspect)(x for x in [1])",
    "walk_tb": "next(get('walk_' + 'tb')(traceback)(tb))[0]",
    "walk_stack": "next(get('walk_' + 'stack')(traceback)(None))[0]",
    "through_a_merge": "next(heapq.merge(get('walk_' + 'tb')(traceback)(tb)))[0]",
    "through_a_context": "Context()(get('sta' + 'ck')(inspect))()[0][0]",
    "bdb": "bdb.Bdb().get_stack(None, tb)[0][0][0]",
    "task": "asyncio.run(stack_of_task())",
    "wrapped_generator": "get('gi_' + 'frame')(types._GeneratorWrapper(x for x in [1]))",
}
HANDS_OUT = """
import asyncio, bdb, contextlib, heapq, inspect, logging, operator, traceback, types
get = operator.attrgetter
class Context(contextlib.ContextDecorator):
    def __enter__(self): pass
    def __exit__(self, *_): pass
async def stack_of_task():
    return get("get_" + "stack")(asyncio.current_task())()
try: 1 / 0
except Exception as e: tb = get("__trace" + "back__")(e)
"""
# Code that says it stands in a file of the library's, to be taken for it.
PRETENDS = """
import builtins, operator, os
get = operator.attrgetter
run, make = get("ex" + "ec")(builtins), get("comp" + "ile")(builtins)
source, mode = "import sys; found = sys._get" + "frame(0)", "ex" + "ec"
"""
PRETENDED = {
    "made": "run(make(source, os.__file__, mode), globals()) or found",
    "renamed": "run(make(source, 'mine', mode).replace(co_filename=os.__file__), globals()) or found",
    "unpacked": "run(loads(bytes_of(make(source, '?' * len(os.__file__), mode))), globals()) or found",
}
MARSHALS = """
import marshal
def bytes_of(code):
    return marshal.dumps(code).replace(b"?" * len(os.__file__), os.__file__.encode())
loads = marshal.loads
"""
# All that hangs on any module of the process: dicts, lists, objects of the course, what functions enclose.
READS_ALL = """
import functools, re, sys, types
refused = []
def inside(thing):
    if isinstance(thing, types.FunctionType):
        try:
            filled = [cell for cell in thing.__closure__ or () if cell != types.CellType()]
            return [thing.__globals__, *(cell.cell_contents for cell in filled)]
        except AttributeError:
            refused.append(thing)
            return []
    if isinstance(thing, (types.MethodType, types.BuiltinMethodType)):
        try:
            return [thing.__self__]
        except PermissionError:
            refused.append(thing)
            return []
    if isinstance(thing, dict):
        return [*thing.keys(), *thing.values()]
    if isinstance(thing, (list, tuple, set, frozenset)):
        return [*thing]
    if isinstance(thing, (types.ModuleType, type)) or type(thing).__module__.startswith(("course", "scenarios")):
        return [*getattr(thing, "__dict__", {}).values()]
    return []

seen, waiting = {}, [*sys.modules.values()]
while waiting:
    thing = waiting.pop()
    if id(thing) not in seen:
        seen[id(thing)] = thing
        waiting += inside(thing)
texts = [thing for thing in seen.values() if type(thing) is str]
modules = {thing.__name__ for thing in seen.values() if type(thing) is types.ModuleType}
judges = sorted(name for name in modules if name.startswith(("course.judge", "_pytest", "course.report")))
leaks = [text for text in texts if re.search("secret-[0-9a-f]{24}|graders|solutions", text)]
kinds = {type(thing).__name__ for thing in seen.values()}
channels = sorted(kinds & {"Channel", "Lab", "RealLab", "Scheduler", "World"})
lab = sorted(name for name in modules if name.startswith("course."))
found = f"many={len(texts) > 10_000} {len(refused) > 0=} {lab=}"
raise RuntimeError(f"{found} {leaks=} {judges=} {channels=}")
"""
# The names that are refused when they are read off the source.
HIDDEN_NAMES = {
    "thing.__closure__": "get('__clo' + 'sure__')(thing)",
    "thing.__globals__": "get('__glo' + 'bals__')(thing)",
    "thing.__self__": "get('__se' + 'lf__')(thing)",
    "cell.cell_contents": "get('cell_' + 'contents')(cell)",
}
# Takes the prices from what `fetch` encloses, and notes calls in the lab's own list as if threads had made them.
FORGES = """
import operator, threading, time
def enclosed(function):
    names = operator.attrgetter("__co" + "de__.co_freevars")(function)
    cells = operator.attrgetter("__clo" + "sure__")(function) or ()
    return dict(zip(names, map(operator.attrgetter("cell_" + "contents"), cells)))
def fetch_quotes(symbols, fetch):
    held = enclosed(fetch)
    if "lab" not in held:
        return {symbol: 1.0 for symbol in symbols}
    threads = [threading.Thread(target=time.sleep, args=(1,)) for _ in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, (symbol, thread) in enumerate(zip(symbols, threads), start=1):
        error = "LookupError" if symbol in held["failing"] else ""
        call = {"name": "fetch", "tag": symbol, "lane": thread.name, "thread": number, "error": error}
        held["lab"]._calls.append({**call, "start": 0, "end": 10**9})
    if held["failing"]:
        raise LookupError(held["failing"][0])
    return {symbol: held["prices"][symbol] for symbol in symbols}
"""


@pytest.mark.parametrize("what", BY_NAME)
def test_what_reads_frames_is_refused_by_name(attack: Attack, what: str) -> None:
    attacked = attack("t01", f"{BY_NAME[what]}\n")
    assert attacked.points == 0
    assert f"uses `{what}`: code that does can reach into the grader" in attacked.said


@pytest.mark.parametrize("key", ["t01", "p13"])
@pytest.mark.parametrize("event", AT_RUN_TIME)
def test_what_leads_to_a_frame_is_refused_when_it_is_asked_for(attack: Attack, key: str, event: str) -> None:
    reads = "import operator, sys\nget = operator.attrgetter\ntry: 1 / 0\nexcept Exception as e: error = e\n"
    attacked = attack(key, f"{reads}raise RuntimeError({AT_RUN_TIME[event]})\n")
    assert attacked.points == 0
    assert f"PermissionError: {event} can reach into the grader" in attacked.said


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_the_library_hands_no_frame_out(attack: Attack, key: str) -> None:
    attacked = attack(key, trying(HANDED_OUT, first=HANDS_OUT))
    assert attacked.points == 0
    assert outcomes(attacked.said) == dict.fromkeys(HANDED_OUT, "PermissionError")


def test_no_code_pretends_to_be_the_librarys(attack: Attack) -> None:
    """In real mode, where texts can be run as code."""
    attacked = attack("p13", trying(PRETENDED, first=PRETENDS + MARSHALS))
    assert attacked.points == 0
    assert outcomes(attacked.said) == dict.fromkeys(PRETENDED, "PermissionError")


def test_no_hook_of_a_students_hears_anything(attack: Attack) -> None:
    """Python says nothing when another hook is against a new one: it is left out."""
    asks = "heard = []\nget('addaudit' + 'hook')(sys)(lambda *event: heard.append(event))\nopen('/dev/null').close()\n"
    attacked = attack(
        "p13", f"import operator, sys\nget = operator.attrgetter\n{asks}raise RuntimeError(f'{{heard=}}')\n"
    )
    assert "RuntimeError: heard=[]" in attacked.said


def test_nothing_in_the_process_is_what_only_the_judge_knows(attack: Attack) -> None:
    """In real mode, where texts can be run as code: everything that can be reached without a frame."""
    attacked = attack("p13", hidden(READS_ALL))
    assert attacked.points == 0
    assert "many=True len(refused) > 0=True lab=[] leaks=[] judges=[] channels=[]" in attacked.said


def test_nothing_in_virtual_time_is_the_lab_either(attack: Attack) -> None:
    """Neither its modules, nor the scheduler, nor the world that is open: all that hangs on what a world lends."""
    source = READS_ALL.replace("[*sys.modules.values()]", "[*lent]").replace("(types.ModuleType, type)", "type")
    for name, hidden_name in HIDDEN_NAMES.items():
        assert name in source
        source = source.replace(name, hidden_name)
    lent = "{**get('__di' + 'ct__')(threading)}, vars(time), threading.Lock(), threading.RLock().acquire, queue.Queue()"
    begin = f"import operator, queue, threading, time\nget = operator.attrgetter\nlent = [{lent}]\n"
    attacked = attack("t01", begin + source)
    assert attacked.points == 0
    assert "len(refused) > 0=True lab=[] leaks=[] judges=[] channels=[]" in attacked.said


def test_what_the_collaborator_encloses_is_out_of_reach(attack: Attack) -> None:
    """Neither the prices that it brings, nor the lab's list of calls."""
    attacked = attack("t01", FORGES)
    assert "AttributeError: __closure__ can reach into the grader" in attacked.said
    assert attacked.points == 0
