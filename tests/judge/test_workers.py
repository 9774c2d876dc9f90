"""Cases: however a worker ends, the judge gets a sentence, and nothing is left behind."""

import contextlib
import os
import select
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from course.judge import processes
from course.judge import starter as starters
from course.judge.bench import Bench
from course.judge.drivers import Drivers
from course.judge.jail import Jail, jails
from course.judge.records import EndRecord, RunRecord
from course.judge.run import CheckFailed
from course.judge.starter import GraderBroken, Starter
from course.judge.workers import Case, CaseFailed
from course.lessons import Lesson

WAITS = "your code waits for something that never comes: no thread or process of it can go on"
MEMORY = "your code has used more than 1 GiB of memory"
TASKS = "your code has started more than 800 threads and processes at once"
TOO_LARGE = "the result of the run is larger than any result can be"
MALFORMED = "the result of the run is malformed"
RUBBISH = """
import os
def work():
    for descriptor in range(3, 512):
        try:
            os.write(descriptor, {rubbish!r})
        except OSError:
            pass
"""


@pytest.fixture
def starter() -> Iterator[Starter]:
    """A starter of the test's own."""
    starter = Starter()
    yield starter
    starter.close()


@pytest.fixture
def ended(make_drivers: Callable[..., Drivers]) -> Callable[..., str]:
    """What the judge says of a source text whose run gives no value."""

    def sentence(source: str, **options: Any) -> str:
        drivers = make_drivers(source, **options)
        run = (drivers.real if options.get("mode") == "real" else drivers.simulate)("drive")
        with pytest.raises(CheckFailed) as caught:
            _ = run.value
        return caught.value.got

    return sentence


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("import os\nos._exit(3)\n", "your code ended the process (exit status 3) before it gave its result"),
        (
            "import os\ndef work():\n    os._exit(0)\n",
            "your code ended the process (exit status 0) before it gave its result",
        ),
        ("import sys\ndef work():\n    sys.exit()\n", "SystemExit"),
        ("import sys\ndef work():\n    sys.exit('done')\n", "SystemExit: done"),
        ("raise SystemExit(0)\n", "SystemExit: 0"),
        ("def work():\n    raise KeyboardInterrupt\n", "KeyboardInterrupt"),
        ("def work():\n    while True:\n        pass\n", "it goes on for ever: main runs at line 2"),
        ("import os\ndef work():\n    os.abort()\n", "your code's process was ended by SIGABRT"),
        ("import ctypes\ndef work():\n    ctypes.memset(0, 0, 1)\n", "your code's process was ended by SIGSEGV"),
        ("def work():\n    return len(bytearray(8 << 30))\n", "MemoryError"),
        ("def work():\n    return work()\n", "RecursionError: maximum recursion depth exceeded"),
        ("def work():\n    return ['x' * 2000] * 4000\n", TOO_LARGE),
    ],
)
def test_each_end_of_a_worker_has_its_sentence(ended: Callable[[str], str], source: str, sentence: str) -> None:
    """Whatever the code does, it is told in a sentence."""
    assert ended(source) == sentence


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("import os\ndef work():\n    os.read(os.pipe()[0], 1)\n", WAITS),
        ("import os, signal\ndef work():\n    os.kill(os.getpid(), signal.SIGSTOP)\n", WAITS),
        ("import os\ndef work():\n    os.kill(os.getpid(), 9)\n", "your code's process was ended by SIGKILL"),
        ("import os\ndef work():\n    os.kill(os.getpid(), 40)\n", "your code's process was ended by signal 40"),
    ],
)
def test_each_end_of_a_worker_in_real_mode_has_its_sentence(
    ended: Callable[..., str], source: str, sentence: str
) -> None:
    """A hang in a real system call is recognised by its silence, not by a clock."""
    assert ended(source, mode="real") == sentence


@pytest.mark.parametrize(
    ("rubbish", "sentence"),
    [
        (b"rubbish", TOO_LARGE),
        (b"\0\0\0\2{}", MALFORMED),
        (b"\0\0\0\0", MALFORMED),
        (b"\0\0\0\1\x80\0\0\0\1\x80", MALFORMED),
        (b"\0\0", MALFORMED),
    ],
)
@pytest.mark.parametrize("mode", ["simulated", "real"])
def test_rubbish_in_every_open_file_ends_the_case(
    ended: Callable[..., str], mode: str, rubbish: bytes, sentence: str
) -> None:
    """It can spoil its own result; it cannot make one, nor stop the judge."""
    assert ended(RUBBISH.format(rubbish=rubbish), mode=mode).startswith(sentence)


def test_a_loop_without_points_ends_with_its_processor_time(
    monkeypatch: pytest.MonkeyPatch, make_drivers: Callable[..., Drivers]
) -> None:
    """Where nothing of ours is called, the kernel ends it; the limit is one second here."""
    low = "from course.lab import confinement\nconfinement.CPU_SECONDS = 1\n"
    monkeypatch.setattr(starters, "BOOT", low + starters.BOOT)
    drivers = make_drivers("def work():\n    return sum(iter(int, 1))\n")
    starter = Starter()
    try:
        with (
            Case(starter, drivers.request("drive", {}, budget=1)) as case,
            pytest.raises(CaseFailed, match="used up its processor time"),
        ):
            list(case.frames())
    finally:
        starter.close()


@pytest.mark.parametrize(
    "source",
    [
        "def work():\n    for _ in range(30):\n        print('x' * 1_000_000)\n    return 1\n",
        "import sys\ndef work():\n    sys.__stdout__.write('x' * 1_000_000)\n    return 1\n",
        "import os\ndef work():\n    for _ in range(100):\n        os.write(1, b'x' * 1_000_000)\n    return 1\n",
    ],
    ids=["print", "the real stdout", "descriptor"],
)
def test_a_flood_of_output_is_cut(make_drivers: Callable[..., Drivers], source: str) -> None:
    """The result is there all the same."""
    run = make_drivers(source).simulate("drive")
    assert run.value == 1
    assert len(run.record.output) <= 2_000


def test_a_worker_that_died_takes_no_other_case_with_it(starter: Starter, make_drivers: Callable[..., Drivers]) -> None:
    """Every case has a fresh process, also of the same starter."""
    dead, alive = (
        make_drivers(source).request("drive", {}, budget=1)
        for source in ("import os\nos.abort()\n", "def work():\n    return 7\n")
    )
    with Case(starter, dead) as first, pytest.raises(CaseFailed):
        list(first.frames())
    with Case(starter, alive) as second:
        run, end = second.frames()
    assert isinstance(run, RunRecord)
    assert run.value == 7
    assert isinstance(end, EndRecord)
    assert first.worker != second.worker


def test_two_cases_run_side_by_side(starter: Starter, make_drivers: Callable[..., Drivers]) -> None:
    """One comes to its end while the other one is still under way."""
    waiting, quick = (
        make_drivers(source).real_request("drive", {})
        for source in ("import os\ndef work():\n    os.read(os.pipe()[0], 1)\n", "def work():\n    return 7\n")
    )
    other = Starter()
    try:
        with Case(starter, waiting) as waits, Case(other, quick) as passes:
            run, _ = passes.frames()
            assert processes.stat(waits.worker.number) is not None
    finally:
        other.close()
    assert isinstance(run, RunRecord)
    assert run.value == 7


CROWD = """
import multiprocessing, os, signal, threading
def work():
    threading.Thread(target=threading.Event().wait, daemon=False).start()
    for method in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(method, signal.SIG_IGN)
    for _ in range(3):
        multiprocessing.get_context("fork").Process(target=signal.pause).start()
    return os.getpid()
"""


@pytest.mark.parametrize("ending", ["    return 1\n", "    os._exit(0)\n", "    os.read(os.pipe()[0], 1)\n"])
def test_nothing_of_a_case_is_left_when_it_is_over(
    starter: Starter, make_drivers: Callable[..., Drivers], require_session_gone: Callable[[int], None], ending: str
) -> None:
    """Threads that never end, and children that ignore every polite signal."""
    drivers = make_drivers(CROWD.replace("    return os.getpid()\n", ending))
    request = drivers.real_request("drive", {})
    with Case(starter, request) as case:
        try:
            frames = list(case.frames())
        except CaseFailed:
            frames = []
    assert bool(frames) == ("return" in ending)
    require_session_gone(case.worker.number)


def test_a_case_that_nobody_finishes_reading_is_killed(
    starter: Starter, make_drivers: Callable[..., Drivers], require_session_gone: Callable[[int], None]
) -> None:
    """As when a check fails on the first of sixty runs."""
    drivers = make_drivers("def work():\n    while True:\n        pass\n")
    with Case(starter, drivers.request("drive", {}, budget=60)) as case:
        assert isinstance(next(case.frames()), RunRecord)
    require_session_gone(case.worker.number)


def test_a_starter_that_was_killed_is_said_to_have_gone(starter: Starter, make_drivers: Callable[..., Drivers]) -> None:
    os.kill(starter._process.pid, signal.SIGKILL)
    starter._process.wait(10)
    with pytest.raises(GraderBroken, match="the process that starts workers has gone"):
        Case(starter, make_drivers("").request("drive", {}, budget=1))


@pytest.mark.parametrize("ending", ["return 1", "os.read(os.pipe()[0], 1)"])
def test_a_starter_that_dies_in_a_case_takes_the_worker_with_it(
    starter: Starter, make_drivers: Callable[..., Drivers], ending: str
) -> None:
    """No exception but a sentence, no hang, and the starter is known to be of no more use."""
    source = f"import os\ndef work():\n    {ending}\n"
    request = make_drivers(source).real_request("drive", {})
    with Case(starter, request) as case:
        os.kill(starter._process.pid, signal.SIGKILL)
        with contextlib.suppress(CaseFailed):
            list(case.frames())
    assert starter.broken
    assert case.stop() == -signal.SIGKILL


def test_a_bench_replaces_a_starter_that_has_gone(make_lesson: Callable[..., Lesson]) -> None:
    """Whatever became of it, the next case has one that works."""
    bench = Bench(width=1)
    try:
        drivers = Drivers(bench, make_lesson(), "def work():\n    return 7\n")
        assert bench.isolation.layers
        gone = bench._starters[0]._process
        gone.kill()
        gone.wait(10)
        with pytest.raises(GraderBroken, match="the process that starts workers has gone"):
            drivers.simulate("drive")
        assert drivers.simulate("drive").value == 7
    finally:
        bench.close()


def test_a_case_that_could_not_start_leaves_no_file_open(
    starter: Starter, make_drivers: Callable[..., Drivers]
) -> None:
    """A broken starter is asked again for every check; the judge must not run out of files over it."""
    starter._process.kill()
    starter._process.wait(10)
    request = make_drivers("").real_request("drive", {})
    before = os.listdir("/proc/self/fd")
    with pytest.raises(GraderBroken):
        Case(starter, request)
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_workers_see_next_to_nothing_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, starter: Starter, make_drivers: Callable[..., Drivers]
) -> None:
    """No token, nothing that names the grader, nothing of Python's own settings but one."""
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    fresh = Starter()
    try:
        drivers = make_drivers("import os, sys\ndef work():\n    return sorted(os.environ), sys.argv, os.getcwd()\n")
        with Case(fresh, drivers.request("drive", {}, budget=1)) as case:
            run = next(case.frames())
    finally:
        fresh.close()
    assert isinstance(run, RunRecord)
    names, arguments, folder = (item[1] if isinstance(item, list) else item for item in run.value[1])
    assert set(names) <= {"HOME", "LANG", "LC_CTYPE", "PATH", "PYTHONHASHSEED", "TMPDIR"}
    assert arguments == ["-c"]
    assert folder == fresh.folder


def test_a_closed_bench_leaves_neither_folders_nor_processes(
    monkeypatch: pytest.MonkeyPatch, make_lesson: Callable[..., Any], require_session_gone: Callable[[int], None]
) -> None:
    """What workers wrote goes with the starter's temporary folder, whatever it is."""
    bench = Bench()
    bench._end_starters()
    bench._start(Jail())
    source = "import os\ndef work():\n    os.makedirs('a/b')\n    os.symlink('/', 'a/root')\n    os.chmod('a/b', 0)\n"
    run = Drivers(bench, make_lesson(), source).simulate("drive")
    assert run.value is None
    starters = list(bench._starters)
    assert [os.listdir(starter.folder) for starter in starters] == [[]] * len(starters)  # emptied after each case
    bench.close()
    for starter in starters:
        assert not os.path.exists(starter.folder)
        assert not os.path.exists(starter.meetings)
        require_session_gone(starter._process.pid)


def test_a_second_record_makes_all_of_them_worthless(ended: Callable[..., str]) -> None:
    """Student code that finds the channel can write to it; a record more than there were runs gives it away."""
    forge = """
def work(lab):
    lab._channel.send("run", outcome="finished", value=42, error=None, duration=0, output="")
    return 1
"""
    scenarios = "def drive(student, lab):\n    return student.work(lab)\n"
    assert ended(forge, mode="real", scenarios=scenarios) == "more or fewer results came back than there were runs"


# What a worker can do that closes the descriptor for its results and lives on. The judge must not look away.
HIDES = """
import os, signal, threading
def work():
    os.closerange(3, 512)
    {}
"""


@pytest.mark.parametrize(
    ("then", "sentence"),
    [
        ("signal.pause()", WAITS),
        (
            "kept = bytearray(3 << 30)\n    kept[::4096] = b'x' * len(kept[::4096])\n    threading.Event().wait()",
            MEMORY,
        ),
        ("for _ in range(900): threading.Thread(target=signal.pause).start()\n    signal.pause()", TASKS),
        ("os._exit(4)", "your code ended the process (exit status 4) before it gave its result"),
    ],
    ids=["waits", "memory", "threads", "ends"],
)
@pytest.mark.parametrize("home", jails(), ids=["strongest", "last"][-len(jails()) :])
def test_a_worker_that_closes_its_results_is_watched_until_it_ends(
    make_drivers: Callable[..., Drivers], home: Jail, then: str, sentence: str
) -> None:
    """Memory and threads are limited there, too, and who waits is not waited for."""
    starter = Starter(home)
    request = make_drivers(HIDES.format(then)).real_request("drive", {})
    try:
        with Case(starter, request) as case, pytest.raises(CaseFailed) as caught:
            list(case.frames())
    finally:
        starter.close()
    assert str(caught.value) == sentence


@pytest.mark.parametrize(("body", "hung"), [("os.read(os.pipe()[0], 1)", True), ("os._exit(0)", False)])
def test_a_run_that_hangs_is_told_from_one_that_dies(
    make_drivers: Callable[..., Drivers], body: str, *, hung: bool
) -> None:
    """Checks name the mistake by it: waiting for the dead is not the same as dying."""
    run = make_drivers(f"import os\ndef work():\n    {body}\n", mode="real").real("drive")
    assert not run.has_evidence
    assert run.hung is hung


def test_a_sleep_that_ends_in_time_is_waited_for_and_another_one_is_not(make_drivers: Callable[..., Drivers]) -> None:
    """Whoever sleeps beyond the limit of a case will not come back: that is certain at once."""
    source = "import time\ndef work(seconds):\n    time.sleep(seconds)\n    return 1\n"
    drivers = make_drivers(source, mode="real")
    assert drivers.real("drive", seconds=1.5).value == 1
    endless = drivers.real("drive", seconds=10**9)
    assert endless.hung
    with pytest.raises(CheckFailed, match="no thread or process of it can go on"):
        _ = endless.value


@pytest.mark.parametrize("jail", [Jail(), jails()[0]], ids=["plain", "the strongest"])
def test_a_worker_that_has_ended_keeps_its_number_until_it_is_stopped(
    monkeypatch: pytest.MonkeyPatch, make_drivers: Callable[..., Drivers], jail: Jail
) -> None:
    """The judge may be slow to ask, and must know whether it was the worker who came to a meeting."""
    number_of = processes.number_of

    def ask_late(descriptor: int) -> int:
        assert select.select([descriptor], [], [], 20)[0]
        return number_of(descriptor)

    monkeypatch.setattr(processes, "number_of", ask_late)
    starter = Starter(jail)
    try:
        request = make_drivers("import os\nos._exit(3)\n").real_request("drive", {})
        with Case(starter, request) as case:
            assert case.worker.number > 1
            assert case.stop() == 3
    finally:
        starter.close()
