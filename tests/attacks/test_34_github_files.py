"""Attack 34: write to the files that a workflow reads (`$GITHUB_OUTPUT` and the like). No case knows or reaches them.

Workers have an environment of their own, of five names; whoever guesses a path finds it not there, or not his to write.
"""

from pathlib import Path

import pytest

from course.judge.isolation import Isolation
from tests.attacks.arena import SECRET
from tests.attacks.conftest import AttackFolder

FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_STATE", "GITHUB_EVENT_PATH")
VALUES = ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "INPUT_TOKEN", "CI", "RUNNER_TEMP")
# By the environment, by what other processes have in theirs, and by the path itself, which here is known.
WRITES = """
import glob, os
def attempts():
    told = sorted(name for name in os.environ if name.startswith(("GITHUB", "ACTIONS", "INPUT", "RUNNER", "CI")))
    paths = {{os.environ.get(name, "") for name in {files!r}}} | {{{folder!r} + "/" + name for name in {files!r}}}
    for place in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(place, "rb") as file:
                found = [line for line in file.read().split(b"\\0") if line.startswith((b"GITHUB_", b"ACTIONS_"))]
            told += found
            paths.update(line.partition(b"=")[2].decode() for line in found)
        except OSError:
            pass
    written, refused = [], set()
    for path in sorted(filter(None, paths)):
        try:
            with open(path, "a") as file:
                file.write("points=10\\n")
            written.append(path)
        except OSError as error:
            refused.add(type(error).__name__)
    return f"told: {{told}}, written: {{written}}, refused: {{bool(refused)}}"
def {function}:
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
def test_nothing_is_written_to_them(
    attack_folder: AttackFolder, isolation: Isolation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: str
) -> None:
    """All of them are there, for whoever grades, and everybody may write to them."""
    files = tmp_path / "runner"
    files.mkdir()
    for name in FILES:
        (files / name).touch()
        (files / name).chmod(0o666)
        monkeypatch.setenv(name, str(files / name))
    files.chmod(0o777)
    for name in VALUES:
        monkeypatch.setenv(name, SECRET)
    filename, function, rest = FUNCTIONS[key]
    source = WRITES.format(files=FILES, folder=str(files), function=function) + rest

    def lay_out(folder: Path) -> None:
        (next(folder.glob(f"{key}_*")) / filename).write_text(source)

    result, output = attack_folder(lay_out, key)
    assert result.points == 0
    assert "told: []" in output
    if "write" not in isolation.holes:
        assert "ValueError: told: [], written: [], refused: True" in output
        assert [name for name in FILES if (files / name).read_text()] == []
