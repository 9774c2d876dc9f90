"""Compiler warnings: what Python finds doubtful in a module's text when it compiles it."""

import contextlib
import warnings

from course.lab import record

MOST_WARNINGS = 5
LONGEST_MESSAGE = 200
# Those that the compiler and the parser have themselves.
CATEGORIES = (SyntaxWarning, DeprecationWarning)


def warned_of(source: str, filename: str) -> list[dict[str, str | int]]:
    """The first few lines at which Python warns, and its words, whatever is set for warnings; nothing is run."""
    with warnings.catch_warnings(record=True) as caught, contextlib.suppress(SyntaxError, ValueError, RecursionError):
        warnings.simplefilter("always")
        compile(source, filename, "exec", dont_inherit=True)
    told = ((each.lineno, record.text(str(each.message))) for each in caught if issubclass(each.category, CATEGORIES))
    unique = sorted(dict.fromkeys((line, message[:LONGEST_MESSAGE]) for line, message in told))
    return [{"line": line, "message": message} for line, message in unique[:MOST_WARNINGS]]
