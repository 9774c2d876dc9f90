"""What Python says on stderr when an exception ends a thread, said by a world in the same words."""

import sys
import traceback
from types import SimpleNamespace
from typing import Any


def print_uncaught(args: Any, ident: int) -> None:
    """As `threading.excepthook`; `args` are its arguments, `ident` names a thread that `threading` does not know."""
    stderr: Any = sys.stderr if sys.stderr is not None or args.thread is None else args.thread._stderr
    if stderr is None:
        return
    name = args.thread.name if args.thread is not None else ident
    stderr.write(f"Exception in thread {name}:\n")
    traceback.print_exception(args.exc_type, args.exc_value, args.exc_traceback, file=stderr)
    stderr.flush()


def print_unraisable(exception: BaseException, function: object) -> None:
    """As `sys.unraisablehook`, for a thread that `_thread.start_new_thread` has started to call `function`."""
    if sys.version_info >= (3, 13):
        message, culprit = f"Exception ignored in thread started by {function!r}", None
    else:
        message, culprit = "Exception ignored in thread started by", function
    if sys.unraisablehook is not sys.__unraisablehook__:
        told: Any = SimpleNamespace(
            exc_type=type(exception),
            exc_value=exception,
            exc_traceback=exception.__traceback__,
            err_msg=message,
            object=culprit,
        )
        sys.unraisablehook(told)
    elif sys.stderr is not None:
        sys.stderr.write(f"{message}:\n" if culprit is None else f"{message}: {culprit!r}\n")
        traceback.print_exception(exception, file=sys.stderr)
