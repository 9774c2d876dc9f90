"""Reaching into the lab, refused at the moment when it happens: frames, the garbage collector, tracing, C functions.

What a module names is refused before it runs (`course.judge.reach`). Names that are put together at run time are not
seen there; but CPython raises an audit event (PEP 578) for what they lead to, or is made to (`course.lab.insides`), and
this hook hears it.
"""

import _thread
import os
import sys
import sysconfig
from collections.abc import Callable
from types import CodeType, FunctionType, MethodType

from course.lab import carriers, kept_modules, watched
from course.lab.frame_givers import frame_giver

_LAB = os.path.dirname(__file__) + os.sep
_LIBRARY = os.path.dirname(os.__file__) + os.sep
_PACKAGES = sysconfig.get_path("purelib") + os.sep  # typing_extensions stands in for parts of typing
_FROZEN = "<frozen "

# By audit event: the files, or the beginnings of their paths, whose code may do that. Nobody else may.
_LIBRARIES = (_LAB, _LIBRARY, _PACKAGES, _FROZEN)
ALLOWED: dict[str, tuple[str, ...]] = {
    "code.__new__": _LIBRARIES,
    "compile": _LIBRARIES,
    "ctypes.PyObj_FromPtr": (),
    "ctypes.cdata": (),
    "ctypes.string_at": (),
    "ctypes.wstring_at": (),
    "exec": _LIBRARIES,
    "function.__new__": _LIBRARIES,
    "gc.get_objects": (),
    "gc.get_referents": (kept_modules.__file__, watched.__file__, os.path.join(_LAB, "awaiting.py")),
    "gc.get_referrers": (),
    "object.__delattr__": _LIBRARIES,
    "object.__getattr__": _LIBRARIES,
    "object.__setattr__": _LIBRARIES,
    "sys._current_exceptions": (),
    "sys._current_frames": (carriers.__file__,),
    "sys._getframe": _LIBRARIES,
    "sys.addaudithook": (),
    "sys.monitoring.register_callback": (os.path.join(_LAB, "opcodes.py"),),
    "sys.setprofile": (),
    "sys.settrace": (os.path.join(_LAB, "opcodes.py"),),
}
# Of what `object.__getattr__` tells of, these are the ways to a stack, whosever it is.
FRAMES = frozenset({"ag_frame", "cr_frame", "gi_frame", "tb_frame"})
# These lead from a function to what it encloses and uses. Of the lab's and the scenario's functions only the lab may go
# there: for the others they have none, as builtin functions. From a method to its object the library may go: it does
# so all the time.
ENCLOSED = frozenset({"__closure__", "__globals__"})
OBJECT_OF_METHOD = "__self__"
# Of what `object.__setattr__` tells of: nobody may give a function other code. On the grader's things nothing is set.
CODE = "__code__"
_REFUSED = "{} can reach into the grader, and no exercise needs it"


def refuse_reaching() -> None:
    """From now on and for good, refuse in this process, and in what it forks, what only helps to get at the lab."""
    may_change = _who_may_change()
    by_object: dict[str, Callable[..., tuple[str, ...]]] = {
        "code.__new__": _who_may_make_code(),
        "compile": _who_may_make_code(),
        "exec": _who_may_run_code(),
        "object.__getattr__": _who_may_read(),
        "object.__setattr__": may_change,
        "object.__delattr__": may_change,
    }
    sys.addaudithook(_hook(dict(ALLOWED), by_object))


def _hook(
    allowed: dict[str, tuple[str, ...]], by_object: dict[str, Callable[..., tuple[str, ...]]]
) -> Callable[[str, tuple[object, ...]], None]:
    """A hook that looks up nothing in a module: whoever replaces a module's names replaces nothing of it."""
    frame_above, ident, denied, has_none = sys._getframe, _thread.get_ident, PermissionError, AttributeError
    enclosed, reading, refused = ENCLOSED, "object.__getattr__", _REFUSED
    frames, asking, gives_away = FRAMES, "sys._getframe", frame_giver()
    looking: set[int] = set()  # the OS threads that are in the hook: to look at a frame is an event as well

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event not in allowed:
            return
        me = ident()
        if me in looking:
            return
        looking.add(me)
        try:
            may = by_object[event](*arguments) if event in by_object else allowed[event]
            caller = frame_above(1)
            file = caller.f_code.co_filename
            asks_for_frame = event == asking or (event == reading and arguments[1] in frames)
            if asks_for_frame and gives_away(caller):
                may = ()
        finally:
            looking.discard(me)
        if not file.startswith(may):
            if event == reading and arguments[1] in enclosed:
                raise has_none(refused.format(arguments[1]))
            raise denied(refused.format(event))

    return hear


# These two look up no attribute of a thing that could be a student's: its code would run while the hook hears nothing.
def _who_may_read() -> Callable[[object, str], tuple[str, ...]]:
    """By object and attribute: the beginnings of the paths of those who may read it."""
    frames, enclosed, of_method = FRAMES, ENCLOSED, OBJECT_OF_METHOD
    lab: tuple[str, ...] = (_LAB,)
    libraries, anybody, scenarios = _LIBRARIES, ("",), "scenarios.py"
    function, method = FunctionType, MethodType

    def may_read(thing: object, name: str) -> tuple[str, ...]:
        if name in frames:
            return libraries
        if type(thing) is function and name in enclosed:
            file, may = thing.__code__.co_filename, lab
        elif type(thing) is method and name == of_method and type(thing.__func__) is function:
            file, may = thing.__func__.__code__.co_filename, libraries
        else:
            return anybody
        return may if file.startswith(lab) or file.endswith(scenarios) else anybody

    return may_read


def _who_may_make_code() -> Callable[..., tuple[str, ...]]:
    """By the file that the code says it is from: nobody else may make code that would pass for the library's."""
    libraries, anybody, text = _LIBRARIES, ("",), str

    def may_make(_: object, file: object = None, *__: object) -> tuple[str, ...]:
        if file is None:
            return anybody
        return libraries if type(file) is not text or file.startswith(libraries) else anybody

    return may_make


def _who_may_run_code() -> Callable[..., tuple[str, ...]]:
    """By code object: what passes for the library's is run by imports only."""
    libraries, anybody, code = _LIBRARIES, ("",), CodeType
    imports: tuple[str, ...] = (_LAB, _FROZEN, os.path.join(_LIBRARY, "runpy.py"))

    def may_run(run: object) -> tuple[str, ...]:
        return imports if type(run) is code and run.co_filename.startswith(libraries) else anybody

    return may_run


def _who_may_change() -> Callable[[object, str, object], tuple[str, ...]]:
    """By object and attribute: the beginnings of the paths of those who may set or delete it."""
    code_of_function, libraries, lab, anybody, scenarios = CODE, _LIBRARIES, (_LAB,), ("",), "scenarios.py"
    function, text, module_of = FunctionType, str, vars(type)["__module__"].__get__

    def may_change(thing: object, name: str, *_: object) -> tuple[str, ...]:
        if name == code_of_function:
            return libraries
        if type(thing) is function:
            file = thing.__code__.co_filename
            return libraries if file.startswith(lab) or file.endswith(scenarios) else anybody
        module = module_of(type(thing))
        of_grader = type(module) is text and module.startswith(("course.", "scenarios"))
        return libraries if of_grader else anybody

    return may_change
