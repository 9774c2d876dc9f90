"""The programs of this folder: one file per bug in `programs/wrong`, and its repaired version in `programs/right`.

A program has either `setup() -> state`, `threads(state) -> list of functions` and `holds(state) -> bool`, or a `main()`
that starts its threads or tasks itself and returns True when all is well. A run is wrong when it does not come to its
end, when an exception ends a thread, or when what should hold does not.
"""

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).resolve().parent / "programs"

Version = Literal["wrong", "right"]

# How the lab drives a program; the peers' ways are in `peers.py`.
SCENARIO = """
import threading

def scenario(program, lab):
    if hasattr(program, "main"):
        return program.main()
    state = program.setup()
    threads = [threading.Thread(target=function) for function in program.threads(state)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return program.holds(state)
"""


def names(wanted: Iterable[str] = ()) -> list[str]:
    """The names of all programs, or the wanted ones.

    Raises:
        SystemExit: there is no such program.
    """
    known = sorted(path.stem for path in (FOLDER / "wrong").glob("*.py"))
    wanted = list(wanted)
    if unknown := set(wanted) - set(known):
        raise SystemExit(f"no such program: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    return wanted or known


def path_of(name: str, version: Version) -> Path:
    """The file of one version of a program."""
    return FOLDER / version / f"{name}.py"


def source_of(name: str, version: Version) -> str:
    """The source text of one version of a program."""
    return path_of(name, version).read_text(encoding="utf-8")


def title_of(name: str, version: Version = "wrong") -> str:
    """The first line of a program's docstring."""
    docstring = ast.get_docstring(ast.parse(source_of(name, version))) or ""
    return docstring.partition("\n")[0].rstrip(".")


def starts_itself(name: str) -> bool:
    """True for a program with `main()`, which starts its threads or tasks itself."""
    return "\ndef main():" in source_of(name, "wrong")
