"""Starters: with what they are started, and what the workers that they start have and have not."""

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from course.judge import jail
from course.judge import starter as starters
from course.judge.drivers import Drivers
from course.judge.jail import Jail, jails
from course.judge.starter import GraderBroken, Starter, StarterGone
from tests.judge.inside import case_of, namespaces_or_skip, source_of, value_in

GIBIBYTE, MEBIBYTE = 1 << 30, 1 << 20
LENT = Jail(command=("sudo", "-n", "bwrap"), namespaces=True, root=True)


@pytest.fixture(scope="module", params=["strongest", "last"])
def starter(request: pytest.FixtureRequest) -> Iterator[Starter]:
    """A starter in the strongest jail that this machine has, and one in the last."""
    starter = Starter(jails()[0 if request.param == "strongest" else -1])
    yield starter
    starter.close()


@pytest.fixture
def look(starter: Starter, make_drivers: Callable[..., Drivers]) -> Callable[..., Any]:
    """What these lines return in a worker."""
    return lambda body, **more: value_in(starter, make_drivers(source_of(body)), **more)


class Recorder:
    """Notes with what a program would be started, and starts none."""

    def __init__(self) -> None:
        self.command: list[str] = []
        self.options: dict[str, Any] = {}
        self.pid = 0

    def __call__(self, command: list[str], **options: Any) -> "Recorder":
        self.command, self.options = command, options
        return self

    def wait(self, _: float) -> int:
        """It ends at once."""
        return 0


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Jail], tuple[list[str], dict[str, Any]]]:
    """The command and the options with which a jail's starter is started."""

    def find(home: Jail) -> tuple[list[str], dict[str, Any]]:
        recorder = Recorder()
        with monkeypatch.context() as patch:
            patch.setattr(starters, "subprocess", SimpleNamespace(Popen=recorder, DEVNULL=-3))
            Starter(home).close()
        return recorder.command, recorder.options

    return find


def test_with_sudo_all_is_on_the_command_line_and_nothing_in_the_environment(
    command: Callable[[Jail], tuple[list[str], dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """sudo(8) keeps little of an environment; and a token in ours would go through it."""
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    line, options = command(LENT)
    assert line[:3] == ["sudo", "-n", "bwrap"]
    inside = line.index("--remount-ro")
    assert line[inside : inside + 4] == ["--remount-ro", "/", "--", sys.executable]
    assert line[inside + 4 :] == ["-s", "-P", "-B", "-X", "utf8", "-c", starters.BOOT]
    given = {line[place + 1]: line[place + 2] for place, word in enumerate(line) if word == "--setenv"}
    assert given == {
        "HOME": jail.FOLDER,
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "PYTHONHASHSEED": "0",
        "TMPDIR": jail.FOLDER,
    }
    assert options["env"] == {"PATH": os.defpath}
    assert options["start_new_session"]
    assert "secret" not in " ".join(line)


def test_without_a_jail_python_is_started_itself(command: Callable[[Jail], tuple[list[str], dict[str, Any]]]) -> None:
    """In the case's folder, with the same environment."""
    line, options = command(Jail())
    assert line[0] == sys.executable
    assert options["cwd"] == options["env"]["HOME"] == options["env"]["TMPDIR"]
    assert set(options["env"]) == {"HOME", "LANG", "PATH", "PYTHONHASHSEED", "TMPDIR"}


def test_a_worker_has_its_limits(look: Callable[..., Any], starter: Starter) -> None:
    """Whoever watches or not: these hold in the kernel."""
    names = ["CPU", "FSIZE", "NOFILE", "CORE", *(["AS"] if sys.platform == "linux" else [])]
    limits = look(f"import resource\nreturn [resource.getrlimit(getattr(resource, 'RLIMIT_' + n)) for n in {names!r}]")
    expected = [(30, 31), (64 * MEBIBYTE,) * 2, (512, 512), (0, 0), (6 * GIBIBYTE,) * 2]
    assert limits == expected[: len(names)]
    tasks = look("import resource\nreturn resource.getrlimit(resource.RLIMIT_NPROC)")
    ours = resource.getrlimit(resource.RLIMIT_NPROC)
    assert tasks == ((1_000, 1_000) if "tasks" in starter.layers else ours)


def test_limits_cannot_be_raised_again(look: Callable[..., Any]) -> None:
    """Neither by root's workers, which have no privilege left."""
    body = """
    import resource
    def raise_(name):
        try:
            resource.setrlimit(getattr(resource, name), (1 << 40, 1 << 40))
        except ValueError:
            return "refused"
    return [raise_(name) for name in ("RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_CORE")]
    """
    assert look(body) == ["refused"] * 5


def test_a_worker_has_no_file_open_but_the_one_for_its_results(look: Callable[..., Any]) -> None:
    """No socket of the starter's, no terminal: what it reads is empty, what it prints goes nowhere."""
    body = """
    import stat
    def kind(descriptor):
        try:
            told = os.fstat(descriptor)
        except OSError:
            return None
        return "null" if stat.S_ISCHR(told.st_mode) else "pipe" if stat.S_ISFIFO(told.st_mode) else "other"
    found = [kind(each) for each in range(512)]
    return found[:3], sorted(filter(None, found[3:])), os.read(0, 10).decode()
    """
    assert look(body) == (["null"] * 3, ["pipe"], "")


def test_a_worker_leads_a_session_of_its_own_in_its_folder(look: Callable[..., Any], starter: Starter) -> None:
    """No signal from a keyboard reaches it."""
    body = """
    import signal
    return os.getsid(0) == os.getpid(), signal.getsignal(signal.SIGINT).name, os.path.dirname(os.getcwd())
    """
    assert look(body) == (True, "SIG_IGN", starter.folder)


def test_a_worker_finds_nothing_of_the_judges(look: Callable[..., Any]) -> None:
    """Neither a module, nor an argument, nor a variable."""
    found = look("""
    import importlib.util, sys
    def can_be_imported(name):
        try:
            return importlib.util.find_spec(name) is not None
        except (ImportError, OSError):
            return False
    judges = [name for name in sys.modules if name.startswith(("course.judge", "course.report", "pytest", "_pytest"))]
    return judges, can_be_imported("course.lab"), "PYTHONPATH" in os.environ, sys.flags.safe_path
    """)
    assert found == ([], True, False, True)


def test_in_namespaces_the_judge_cannot_even_be_imported(make_drivers: Callable[..., Drivers]) -> None:
    """Its files are not there."""
    starter = Starter(namespaces_or_skip())
    source = "try:\n    import course.judge\nexcept ImportError:\n    FOUND = False\nelse:\n    FOUND = True\n"
    try:
        assert value_in(starter, make_drivers(source + "def work():\n    return FOUND\n")) is False
    finally:
        starter.close()


def test_a_starter_whose_jail_cannot_be_entered_says_so_at_once() -> None:
    """Nothing waits for it."""
    for home in (Jail(command=("false",), namespaces=True), Jail(command=("true",), namespaces=True)):
        starter = Starter(home)
        try:
            with pytest.raises(StarterGone, match="the process that starts workers has gone"):
                _ = starter.layers
        finally:
            starter.close()
        assert not os.path.exists(starter._base)


def test_a_starter_that_stands_still_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is known to be broken gets no time to end by itself."""
    monkeypatch.setattr(starters, "BOOT", "import signal\nsignal.pause()\n")
    monkeypatch.setattr(starters, "STARTER_SECONDS", 0.1)
    starter = Starter()
    with pytest.raises(StarterGone, match="timed out"):
        _ = starter.layers
    starter.close()
    assert starter._process.returncode == -signal.SIGKILL


def test_a_meetings_place_tells_nothing_of_the_case(starter: Starter) -> None:
    """Who knows where it lies does not know what results must carry."""
    ours, theirs = starter.meeting_address("nonce")
    assert os.path.basename(ours) == os.path.basename(theirs)
    assert "nonce" not in ours
    assert starter.meeting_address("other") != (ours, theirs)
    assert ours.startswith(starter.meetings)
    assert os.path.dirname(theirs) == (jail.MEETINGS if starter.home.namespaces else starter.meetings)


def test_a_worker_is_known_by_its_number_here(starter: Starter, make_drivers: Callable[..., Drivers]) -> None:
    """In namespaces it has another one for itself."""
    with case_of(starter, make_drivers("import os\ndef work():\n    os.read(os.pipe()[0], 1)\n")) as case:
        assert os.path.exists(f"/proc/{case.worker.number}")
        assert case.worker.ended is not None
        assert case.stop() == -signal.SIGKILL
    assert not os.path.exists(f"/proc/{case.worker.number}")


def test_a_case_that_cannot_be_confined_is_the_graders_fault(
    monkeypatch: pytest.MonkeyPatch, make_drivers: Callable[..., Drivers]
) -> None:
    """It is told in a sentence, and the next case is started all the same."""
    once = "from course.lab import confinement\nimport os\nright = confinement._limit\ndef wrong(tasks):\n"
    once += "    if not os.path.exists('again'):\n        raise OSError('no limits here')\n    right(tasks)\n"
    monkeypatch.setattr(starters, "BOOT", f"{once}confinement._limit = wrong\n{starters.BOOT}")
    starter = Starter()
    drivers = make_drivers("def work():\n    return 7\n")
    try:
        with pytest.raises(GraderBroken, match="could not be confined"):
            value_in(starter, drivers)
        with open(os.path.join(starter.folder, "again"), "w", encoding="utf-8"):
            assert value_in(starter, drivers) == 7
    finally:
        starter.close()


DEEP = "import os\ndef work():\n    for _ in range(3_000):\n        os.mkdir('a')\n        os.chdir('a')\n"


def test_folders_within_folders_are_removed_however_deep(make_drivers: Callable[..., Drivers]) -> None:
    """Deeper than Python calls functions, and deeper than any path can say."""
    starter = Starter()
    try:
        for _ in range(2):
            assert value_in(starter, make_drivers(DEEP)) is None
            assert os.listdir(starter.folder) == []
        assert not starter.broken
    finally:
        starter.close()


def test_a_judge_removes_what_a_killed_starter_could_not(make_drivers: Callable[..., Drivers]) -> None:
    """And does not break on a tree that is too deep for Python."""
    starter = Starter()
    with case_of(starter, make_drivers(DEEP)) as case:
        list(case.frames())
        starter._process.kill()
        starter._process.wait(20)
    assert os.listdir(starter.folder) != []
    starter.close()
    assert not os.path.exists(starter._base)
