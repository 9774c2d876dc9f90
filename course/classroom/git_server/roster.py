"""The roster: who is in the class, from a CSV file with a column `student`, or from one name per line.

A name becomes the name of a repository, a folder and a part of an address, and must look the same in all of them.
"""

import csv
import io
import re
from pathlib import Path

COLUMN = "student"
LONGEST = 64
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
ENDS_OF_GITS_OWN = (".git", ".lock", ".")


class RosterError(Exception):
    """The roster cannot be used; the message has a sentence for each line that is wrong."""


def read_roster(file: Path) -> list[str]:
    """The names of the students, in the order of the file.

    Raises:
        RosterError: it cannot be read, holds no names, or some that are none.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RosterError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RosterError(f"{file} is not UTF-8 text; save it with the encoding UTF-8.") from error
    names: list[str] = []
    problems: list[str] = []
    seen: dict[str, tuple[str, int]] = {}
    for line, name in _names(text):
        problem = _problem_with(name) or _already(name, seen)
        if problem:
            problems.append(f"{file}, line {line}: {problem}")
            continue
        seen[name.lower()] = (name, line)
        names.append(name)
    if problems:
        raise RosterError("\n".join(problems))
    if not names:
        raise RosterError(f"{file} names nobody: write one name per line, or a CSV file with a column `{COLUMN}`.")
    return names


def _names(text: str) -> list[tuple[int, str]]:
    """The names with their lines; empty lines, and comments in a plain list, are none."""
    lines = text.splitlines()
    head = lines[0] if lines else ""
    separator = next((sign for sign in ",;\t" if sign in head), ",")
    columns = [cell.strip().lower() for cell in next(csv.reader([head], delimiter=separator), [])]
    if COLUMN not in columns:
        plain = ((number, line.strip()) for number, line in enumerate(lines, 1))
        return [(number, name) for number, name in plain if name and not name.startswith("#")]
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    place = columns.index(COLUMN)
    found = [(rows.line_num, row[place].strip() if place < len(row) else "") for row in rows if any(row)]
    return found[1:]


def _problem_with(name: str) -> str:
    if not name:
        return f"the column `{COLUMN}` is empty."
    if len(name) > LONGEST:
        return f"the name is longer than {LONGEST} characters."
    if not NAME.fullmatch(name):
        return f"{name!r} cannot name a repository: use letters a-z, digits, `.`, `_` and `-`, a letter or digit first."
    if name.lower().endswith(ENDS_OF_GITS_OWN):
        return f"{name!r} ends like files of git's own; take another name."
    return ""


def _already(name: str, seen: dict[str, tuple[str, int]]) -> str:
    if name.lower() not in seen:
        return ""
    other, line = seen[name.lower()]
    if other == name:
        return f"{name} is in line {line} already."
    return f"{name} differs from {other} in line {line} only in capital letters: on many disks they are one folder."
