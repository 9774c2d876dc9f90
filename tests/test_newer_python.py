"""`.ci/newer-python`: it runs a command on another Python, or says loudly that nothing was run."""

import functools
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from course.lessons import ROOT
from course.pythons import TESTED

SCRIPT = ROOT / ".ci" / "newer-python"
MADE = Path("/var/tmp/course-newer-python")
VERSIONS = re.findall(r'^versions="(.+)"$', SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)[0].split()
# Ends nothing else: what the tests below ask for is refused, or quick.
PATIENCE = 120

can_make = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("debootstrap") is None, reason="needs root and debootstrap"
)
is_made = pytest.mark.skipif(
    os.geteuid() != 0 or not all(list(MADE.glob(f"venvs/{version}-*/.made")) for version in VERSIONS),
    reason="the Debian folder is not made here (.ci/newer-python makes it)",
)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def with_mirror(folder: Path, address: str) -> dict[str, str]:
    """The environment in which apt knows this mirror only, and nothing is made yet."""
    sources, settings = folder / "sources.list", folder / "apt.conf"
    sources.write_text(f"deb {address}/debian bookworm main\n", encoding="utf-8")
    settings.write_text(f'Dir::Etc::SourceList "{sources}";\nDir::Etc::SourceParts "{folder}/none";\n', "utf-8")
    return {"APT_CONFIG": str(settings), "COURSE_NEWER_PYTHON": str(folder / "made")}


@pytest.mark.parametrize("arguments", [[], ["3.14"], ["3.13", "true"], ["3", "true"], ["true"]])
def test_it_says_how_it_is_called(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"usage: .ci/newer-python {'|'.join(VERSIONS)} COMMAND...\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_mirror_out_of_reach_is_a_loud_skip(tmp_path: Path, version: str) -> None:
    """As is a machine where nobody may make such a folder; what was asked for does not run."""
    done = run(version, "touch", str(tmp_path / "ran"), **with_mirror(tmp_path, "http://127.0.0.1:9"))
    assert done.returncode == 77
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"newer-python: SKIPPED, nothing ran on Python {version}: ")
    assert line.partition(f"{version}: ")[2]
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "made").exists()


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """The address of a mirror that gives what lies in the folder `www`."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    (tmp_path / "www").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path / "www"))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@can_make
@pytest.mark.parametrize("signed", [True, False], ids=["by somebody", "by nobody"])
def test_what_is_not_signed_by_debian_is_an_error_and_no_skip(tmp_path: Path, mirror: str, signed: bool) -> None:
    release = "Origin: Debian\nSuite: unstable\nCodename: sid\nComponents: main\n"
    folder = tmp_path / "www" / "debian" / "dists" / "sid"
    folder.mkdir(parents=True)
    if signed:
        signature = "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
        whole = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{release}{signature}"
        (folder / "InRelease").write_text(whole, encoding="utf-8")
    else:
        (folder / "Release").write_text(release, encoding="utf-8")
    done = run(VERSIONS[0], "true", **with_mirror(tmp_path, mirror))
    assert done.returncode == 1
    assert "newer-python: what the mirror gives is not signed as it should be: " in done.stderr
    assert not (tmp_path / "made").exists()


@is_made
@pytest.mark.parametrize("version", VERSIONS)
def test_a_command_runs_there_and_leaves_nothing_in_the_checkout(version: str) -> None:
    told = "import course, sys, test.support; print('%d.%d' % sys.version_info[:2], course.__file__)"
    done = run(version, "bash", "-c", f'python -c "{told}" && echo left > left && cat left && pip check && exit 5')
    assert done.returncode == 5, done.stderr
    assert done.stdout.splitlines()[:2] == [f"{version} /project/course/__init__.py", "left"]
    assert not (ROOT / "left").exists()


@is_made
def test_students_code_is_as_isolated_there_as_here() -> None:
    """Namespaces can be made: the folder is the root of all, and not only a changed one."""
    asks = "from course.judge.bench import Bench; bench = Bench(width=1); print(bench.isolation.level); bench.close()"
    assert run(VERSIONS[-1], "python", "-c", asks).stdout == "strong\n"


def test_scripts_name_no_host_and_stop_at_the_first_error() -> None:
    for script in (SCRIPT, SCRIPT.with_name("run")):
        text = script.read_text(encoding="utf-8")
        assert "://" not in text
        assert "\nset -euo pipefail\n" in text
        subprocess.run(["bash", "-n", script], check=True)
        assert os.access(script, os.X_OK)


def test_ci_runs_the_newest_pythons() -> None:
    """The command of README on its own Python first; then all versions that the script has."""
    text = SCRIPT.with_name("run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (main,) = re.findall(r"^    (python3 -m venv .+ -n auto)$", readme, re.MULTILINE)
    assert f"\n{main}\n" in text
    assert re.findall(r"^for version in (.+); do$", text, re.MULTILINE) == [" ".join(VERSIONS)]
    assert set(VERSIONS) == set(TESTED[-len(VERSIONS) :])
