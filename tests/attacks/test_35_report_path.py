"""Attack 35: find the report's path in a command line or the environment, and overwrite it. It is not to be seen.

Where there are namespaces, a case sees no process but its own; elsewhere it may not write there. The result file lies
in a folder that only the judge's user may enter.
"""

from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from tests.attacks.conftest import AttackFolder

# Looks at every process, follows what looks like a report's path, and tries the places where reports use to lie.
FINDS = """
import glob, os, re
FULL = '{"schema": "course/result/v1", "points": 20, "max_points": 20, "lessons": []}'
def attempts():
    lines = set()
    for process in filter(str.isdigit, os.listdir("/proc")):
        for what in ("cmdline", "environ"):
            try:
                with open(f"/proc/{process}/{what}", "rb") as file:
                    lines.add(file.read().replace(b"\\0", b" ").decode("utf-8", "replace"))
            except OSError:
                pass
    seen = sorted({word for line in lines for word in re.findall("--(?:result|junit|submission|key)", line)})
    paths = set(re.findall(r"/[^ =]+\\.(?:json|xml)", " ".join(lines)))
    for place in ("/tmp", "/var/tmp", os.path.expanduser("~"), REPOSITORY, FOLDER):
        for pattern in ("result.json", "junit.xml", "course-*/result.json", "*/result.json"):
            paths.update(glob.glob(f"{place}/{pattern}"))
            paths.add(f"{place}/{pattern}") if "*" not in pattern and place in (REPOSITORY, FOLDER) else None
    written = []
    for path in sorted(paths):
        for mode in ("r+", "w"):
            try:
                with open(path, mode) as file:
                    file.write(FULL)
                written.append(path)
            except OSError:
                pass
    return f"seen: {seen}, tried: {len(paths) > 0}, written: {written}"
def FUNCTION:
    raise ValueError(attempts())
"""
FUNCTIONS = {
    "t01": ("quotes.py", "fetch_quotes(symbols, fetch)", ""),
    "p13": (
        "grep.py",
        "grep(lines, pattern, workers, chunk)",
        "def map_chunks(func, items, workers, chunk):\n    return []\nclass BatchFailed(Exception):\n    pass\n",
    ),
}


@pytest.mark.parametrize("key", FUNCTIONS)
def test_the_report_is_the_judges(attack_folder: AttackFolder, isolation: Isolation, tmp_path: Path, key: str) -> None:
    """The JUnit report that the command writes lies where the attack looks for it, in the submission's own folder."""
    filename, function, rest = FUNCTIONS[key]

    def lay_out(folder: Path) -> None:
        places = f"FOLDER, REPOSITORY = {str(folder)!r}, {str(tmp_path)!r}\n"
        source = places + FINDS.replace("FUNCTION", function) + rest
        (next(folder.glob(f"{key}_*")) / filename).write_text(source)
        (folder / "result.json").write_text("{}")
        (folder / "result.json").chmod(0o666)

    result, output = attack_folder(lay_out, key)
    assert result.points == 0
    assert "ValueError: seen: [" in output
    if "memory" not in isolation.holes and any("namespaces" in layer for layer in isolation.layers):
        assert "ValueError: seen: [], tried: True" in output
    if "write" not in isolation.holes:
        assert "tried: True, written: []" in output
        assert (tmp_path / "mallory" / "result.json").read_text() == "{}"
