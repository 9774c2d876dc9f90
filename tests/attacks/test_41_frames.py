"""Attack 41: frames, tracebacks, `inspect`, to find what is expected. Refused by name and at run time; none holds it.

Names that are put together at run time are heard of when they lead to a frame. What is found without frames, by
closures and modules, is the lab's: its records can be forged, but the answers that only the judge knows are not among
it, so that the checks that need them are lost.

Open: what is as easily done as told, as in 96.
"""

import pytest

from tests.attacks.conftest import Attack
from tests.attacks.tries import hidden

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
# All that hangs on any module of the process: dicts, lists, objects of the course, what functions enclose.
READS_ALL = hidden("""
import functools, re, sys, types
def inside(thing):
    if isinstance(thing, types.FunctionType):
        filled = [cell for cell in thing.__closure__ or () if cell != types.CellType()]
        return [thing.__globals__, *(cell.cell_contents for cell in filled)]
    if isinstance(thing, (types.MethodType, types.BuiltinMethodType)):
        return [thing.__self__]
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
channels = sorted({type(thing).__name__ for thing in seen.values()} & {"Channel", "Lab", "RealLab"})
found = f"many={len(texts) > 10_000} lab={'course.lab.starter' in modules}"
raise RuntimeError(f"{found} {leaks=} {judges=} {channels=}")
""")
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


def test_no_hook_of_a_students_hears_anything(attack: Attack) -> None:
    """Python says nothing when another hook is against a new one: it is left out."""
    asks = "heard = []\nget('addaudit' + 'hook')(sys)(lambda *event: heard.append(event))\nopen('/dev/null').close()\n"
    attacked = attack(
        "p13", f"import operator, sys\nget = operator.attrgetter\n{asks}raise RuntimeError(f'{{heard=}}')\n"
    )
    assert "RuntimeError: heard=[]" in attacked.said


def test_nothing_in_the_process_is_what_only_the_judge_knows(attack: Attack) -> None:
    """In real mode, where texts can be run as code: everything that can be reached without a frame."""
    attacked = attack("p13", READS_ALL)
    assert attacked.points == 0
    assert "many=True lab=True leaks=[] judges=[] channels=[]" in attacked.said


def test_forged_calls_never_reach_the_judge(attack: Attack) -> None:
    """Without one real call it gets the empty case, which asks for none."""
    attacked = attack("t01", FORGES)
    assert attacked.check("values_and_order").status == "failed"
    assert "0 calls of fetch, outside of the simulation" in attacked.said
    assert attacked.points == 1
