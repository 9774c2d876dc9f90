"""Jails: what a case finds in them."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from course.judge import jail
from course.judge.drivers import Drivers
from course.judge.isolation import bait
from course.judge.jail import FIRST_USER, LAB, USERS_PER_JUDGE, Jail, of_python
from course.judge.starter import Starter
from course.lessons import ROOT
from tests.judge.inside import namespaces_or_skip, source_of, value_in

Look = Callable[[str], Any]
ROOTS = pytest.mark.skipif(os.geteuid() != 0, reason="a user of its own is root's to give")
SIZE = 64 << 20
# What a jail has of its own, whatever the machine has of that name.
OF_THE_JAIL = {"dev", "etc", "proc", "run", "tmp", ".pdbrc"}


@pytest.fixture(scope="module")
def strong() -> Iterator[Starter]:
    """A starter in namespaces."""
    starter = Starter(namespaces_or_skip())
    yield starter
    starter.close()


@pytest.fixture(scope="module")
def guarded() -> Iterator[Starter]:
    """A starter without namespaces, with Landlock and seccomp."""
    starter = Starter(Jail(root=os.geteuid() == 0))
    if not {"landlock", "seccomp"} <= set(starter.layers):
        starter.close()
        pytest.skip("this machine has no Landlock, or no libseccomp")
    yield starter
    starter.close()


@pytest.fixture
def look(strong: Starter, make_drivers: Callable[..., Drivers]) -> Look:
    """What these lines return in namespaces."""
    return lambda body: value_in(strong, make_drivers(source_of(body)))


@pytest.fixture
def look_guarded(guarded: Starter, make_drivers: Callable[..., Drivers]) -> Look:
    """What these lines return under Landlock and seccomp."""
    return lambda body: value_in(guarded, make_drivers(source_of(body)))


@pytest.fixture(params=["strong", "guarded"])
def look_in_both(request: pytest.FixtureRequest) -> Look:
    """What these lines return, in either jail."""
    found: Look = request.getfixturevalue({"strong": "look", "guarded": "look_guarded"}[request.param])
    return found


def parts_inside(folder: str) -> set[str]:
    """What must be in a folder for the system, Python and the lab to be reached through it."""
    prefix = folder.rstrip("/") + "/"
    reached = (Path(path) for path in (*jail.OF_SYSTEM, *of_python()) if path.startswith(prefix))
    reached = (path for path in reached if path.exists())
    return {path.relative_to(folder).parts[0] for path in reached}


def test_nothing_of_the_machine_is_there(look: Look, tmp_path: Path) -> None:
    """Of our own repository the lab alone; of home what Python lies in; of /etc nothing that names anybody."""
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    absent = [str(path) for path in (ROOT / "graders", ROOT / "solutions", ROOT / "course/judge", ROOT / "tests")]
    absent += [str(tmp_path), str(tmp_path / "secret"), "/etc/passwd", "/etc/hostname", "/var", "/sys", "/boot"]
    assert all(os.path.exists(path) for path in absent[:7])
    assert look(f"return [path for path in {absent!r} if os.path.exists(path)]") == []
    for folder in ("/", str(ROOT), str(ROOT / "course"), str(Path.home()), tempfile.gettempdir()):
        names = os.listdir(folder)
        seen = look(f"return [name for name in {names!r} if os.path.lexists(os.path.join({folder!r}, name))]")
        assert set(seen) - OF_THE_JAIL == parts_inside(folder) - OF_THE_JAIL, folder


def test_nothing_that_is_there_can_be_written(look: Look) -> None:
    """But for the case's own folder and shared memory."""
    places = ["/", "/usr", "/etc", "/run", "/run/meetings", "/dev", "/proc/sys/kernel", str(LAB), sys.prefix]
    body = """
    flags = os.O_CREAT | os.O_WRONLY
    def may(place):
        return None in (tried(os.open, f"{place}/new", flags), tried(os.mkdir, f"{place}/folder"))
    return may(os.getcwd()), may(os.environ["TMPDIR"]), may("/dev/shm"), [place for place in PLACES if may(place)]
    """
    assert look(body.replace("PLACES", repr(places))) == (True, True, True, [])
    changed = [str(LAB / "worker.py"), sys.executable, "/proc/sys/kernel/core_pattern", "/proc/1/oom_score_adj"]
    assert None not in look(f"return [tried(os.open, path, os.O_WRONLY) for path in {changed!r}]")


def test_a_cases_files_have_room_of_their_own_and_no_more(look: Look) -> None:
    """What several files take together is limited as well, also in shared memory."""
    body = """
    def fill(place):
        answers = []
        for number in range(3):
            file = os.open(f"{place}/{number}", os.O_CREAT | os.O_WRONLY)
            answers.append(tried(os.posix_fallocate, file, 0, 30 << 20))
        told = os.statvfs(place)
        return told.f_blocks * told.f_frsize, answers
    return [fill(place) for place in (os.environ["HOME"], "/dev/shm")]
    """
    assert look(body) == [(SIZE, [None, None, "ENOSPC"])] * 2


def test_the_next_case_finds_nothing_of_the_last_one(look: Look) -> None:
    """Neither files, nor shared memory, nor processes."""
    body = """
    import tempfile
    found = [name for place in PLACES for name in os.listdir(place) if name.startswith("left")]
    for place in PLACES:
        open(f"{place}/left", "w").close()
    if os.fork() == 0:
        os.setsid()
        while True:
            os.read(os.pipe()[0], 1)
    return found, sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    """.replace("PLACES", "(os.environ['HOME'], '/dev/shm')")
    first, second = look(body), look(body)
    assert first == second
    assert first[0] == []
    assert first[1] == [1, 2, 3]  # the warden, the worker, and the one that it has started


def test_other_processes_are_neither_seen_nor_reached(look: Look) -> None:
    """A case has numbers of its own; the only other one is the warden, which cannot be looked into."""
    body = f"""
    import signal
    return {{
        "judge": os.path.exists("/proc/{os.getpid()}") and {os.getpid()} > 3,
        "warden": [tried(os.open, f"/proc/1/{{name}}", os.O_RDONLY) for name in ("environ", "mem", "maps", "cmdline")],
        "own memory": [tried(os.open, f"/proc/self/{{name}}", os.O_RDONLY) for name in ("mem", "maps", "environ")],
        "killed": tried(os.kill, 1, signal.SIGKILL),
    }}
    """
    found = look(body)
    assert found["judge"] is False
    assert None not in found["warden"]
    assert found["own memory"] == ["EACCES"] * 3  # it holds the number of the case


def test_nobody_outside_is_spoken_to_and_nobody_outside_listens(look: Look) -> None:
    """No network, no socket of this machine; its own loopback works."""
    body = """
    import socket
    bait = BAIT
    own = socket.create_server(("127.0.0.1", 0))
    caller = socket.create_connection(own.getsockname())
    accepted, _ = own.accept()
    accepted.sendall(b"hello")
    return (
        caller.recv(5),
        [name for _, name in socket.if_nameindex()],
        tried(socket.create_connection, ("127.0.0.1", bait["port"]), 5),
        tried(socket.create_connection, ("192.0.2.1", 80), 5),
        tried(socket.socket(socket.AF_UNIX).connect, bait["socket"]),
        tried(socket.socket(socket.AF_UNIX).connect, bait["abstract"]),
    )
    """
    with bait() as things, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0course-{os.getpid()}")
        abstract.listen()
        things["abstract"] = abstract.getsockname().decode()
        caller, *found = look(body.replace("BAIT", repr(things)).replace("caller.recv(5)", "caller.recv(5).decode()"))
    assert caller == "hello"
    assert found == [["lo"], "ECONNREFUSED", "ENETUNREACH", "ENOENT", "ECONNREFUSED"]


WORKS = {
    "pool": "return multiprocessing.get_context(METHOD).Pool(2).map(abs, [-1, -2])",
    "manager": """
        with multiprocessing.get_context(METHOD).Manager() as manager:
            names = manager.list(["a"])
            names.append("b")
            return list(names)""",
    "queue": """
        context = multiprocessing.get_context(METHOD)
        queue, lock = context.Queue(), context.Lock()
        process = context.Process(target=queue.put, args=(3,))
        with lock:
            process.start()
        process.join()
        return queue.get()""",
    "executor": """
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(METHOD)) as pool:
            return list(pool.map(abs, [-1, -2]))""",
}
GIVES = {"pool": [1, 2], "manager": ["a", "b"], "queue": 3, "executor": [1, 2]}


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("name", WORKS)
def test_multiprocessing_works(look_in_both: Look, name: str, method: str) -> None:
    """All start methods: pipes, semaphores, loopback and new interpreters."""
    body = "import multiprocessing\n" + WORKS[name].replace("METHOD", repr(method)).replace("\n        ", "\n")
    assert look_in_both(body) == GIVES[name]


def test_shared_memory_works(look_in_both: Look) -> None:
    body = """
    import multiprocessing
    from multiprocessing.shared_memory import SharedMemory
    memory = SharedMemory(create=True, size=100)
    def write():
        other = SharedMemory(memory.name)
        other.buf[0] = 7
        other.close()
    process = multiprocessing.get_context("fork").Process(target=write)
    process.start()
    process.join()
    found = memory.buf[0]
    memory.close()
    memory.unlink()
    return found
    """
    assert look_in_both(body) == 7


def test_many_threads_asyncio_and_files_work(look_in_both: Look) -> None:
    """Two hundred threads at once, a server and its client on one loop, a temporary file."""
    body = """
    import asyncio, tempfile, threading
    barrier = threading.Barrier(200)
    threads = [threading.Thread(target=barrier.wait) for _ in range(200)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    async def greet(reader, writer):
        writer.write(b"hello")
        writer.close()
    async def main():
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            said = await reader.read()
            writer.close()
            return said.decode(), await asyncio.to_thread(sum, [1, 2])
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write("text")
        file.seek(0)
        return asyncio.run(main()), file.read()
    """
    assert look_in_both(body) == (("hello", 3), "text")


def test_a_guarded_case_reads_and_writes_nothing_but_its_own(look_guarded: Look, tmp_path: Path) -> None:
    """Where there are no namespaces, Landlock: everything may be seen by its name, nothing opened."""
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    secrets = [tmp_path / "secret", ROOT / "README.md", ROOT / "course/judge/jail.py"]
    secrets += sorted(ROOT.glob("graders/*/lesson.toml"))[:1]
    assert all(path.is_file() for path in secrets)
    folders = [ROOT / "graders", ROOT / "solutions", Path.home(), tmp_path, Path("/tmp"), Path("/")]
    read, listed, written, own = look_guarded(f"""
    read = [tried(os.open, path, os.O_RDONLY) for path in {list(map(str, secrets))!r}]
    listed = [tried(os.listdir, path) for path in {list(map(str, folders))!r}]
    written = [tried(os.mkdir, path + "/left-behind") for path in {list(map(str, folders))!r}]
    return read, listed, written, tried(os.mkdir, os.environ["HOME"] + "/folder")
    """)
    assert set(read) | set(listed) | set(written) == {"EACCES"}
    assert own in (None, "EEXIST")


def test_a_guarded_case_touches_no_other_process(look_guarded: Look) -> None:
    """It sees them; signals, memory, tracing and new namespaces are refused."""
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE) as other:
        found = look_guarded(f"""
        import ctypes, signal
        libc = ctypes.CDLL(None, use_errno=True)
        def call(name, *arguments):
            if getattr(libc, name)(*arguments) < 0:
                raise OSError(ctypes.get_errno(), name)
        new_users, attach = 0x1000_0000, 16
        return [
            tried(os.kill, {other.pid}, 0),
            tried(os.kill, {other.pid}, signal.SIGKILL),
            tried(os.open, "/proc/{other.pid}/mem", os.O_RDWR),
            tried(call, "ptrace", attach, {other.pid}, 0, 0),
            tried(call, "unshare", new_users),
        ]
        """)
        assert other.poll() is None
        other.communicate(b"\n", timeout=20)
    assert found[:2] == ["EPERM", "EPERM"]
    assert found[2] in ("EACCES", "EPERM")
    assert found[3:] == ["EPERM", "EPERM"]


def test_no_case_has_a_privilege_or_can_gain_one(look_in_both: Look) -> None:
    """No capability, no new privileges, all calls filtered."""
    lines = dict(line.split(":\t") for line in look_in_both("return list(open('/proc/self/status'))"))
    assert {lines[name].strip("0\n") for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {""}
    assert lines["NoNewPrivs"] == "1\n"
    assert lines["Seccomp"] == "2\n"


@ROOTS
def test_as_root_cases_are_users_that_nobody_else_is(strong: Starter, make_drivers: Callable[..., Drivers]) -> None:
    """Another one on each starter: what the system counts by user is counted by case."""
    drivers = make_drivers(source_of("return os.getresuid(), os.getresgid(), os.getgroups()"))
    other = Starter(strong.home, slot=1)
    try:
        found = [value_in(starter, drivers) for starter in (strong, other)]
    finally:
        other.close()
    first = FIRST_USER + os.getpid() * USERS_PER_JUDGE
    assert found == [((user,) * 3, (user,) * 3, []) for user in (first, first + 1)]
