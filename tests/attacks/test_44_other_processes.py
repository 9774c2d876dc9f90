"""Attack 44: `/proc/PID/{mem,environ,fd}`, ptrace and the like on the judge. It is in no process table of a case.

Expected values live in the judge only, and its memory is closed to others of its user, too.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from course.judge.isolation import Isolation
from tests.attacks.arena import SECRET
from tests.attacks.conftest import Attack
from tests.attacks.tries import hidden, require_refused, trying

OF_A_PROCESS = {
    "environ": "open('/proc/{0}/environ').read()",
    "memory": "open('/proc/{0}/mem', 'rb').read(1)",
    "maps": "open('/proc/{0}/maps').read()",
    "arguments": "open('/proc/{0}/cmdline').read()",
    "descriptors": "os.listdir('/proc/{0}/fd')",
    "descriptor": "open('/proc/{0}/fd/0').read(1)",
    "root": "os.listdir('/proc/{0}/root/')",
    "folder": "os.listdir('/proc/{0}/cwd/')",
    "stack": "open('/proc/{0}/stack').read()",
    "stopped": "os.kill({0}, signal.SIGSTOP)",
    "killed": "os.kill({0}, signal.SIGKILL)",
    "group_killed": "os.killpg({0}, signal.SIGKILL)",
    "killed_by_descriptor": "signal.pidfd_send_signal(os.pidfd_open({0}), signal.SIGKILL)",
    "slowed": "os.setpriority(os.PRIO_PROCESS, {0}, 19)",
    "moved": "os.sched_setaffinity({0}, {{0}})",
    "limited": "resource.prlimit({0}, resource.RLIMIT_CPU, (1, 1))",
}
# Each takes another process's memory or descriptors by a system call. `ctypes` is imported behind the judge's back.
CALLS = """
import ctypes, resource, signal
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
    return "it works"
attach, seize, pidfd_getfd, kcmp = 16, 0x4206, 438, 312
page = ctypes.create_string_buffer(4096)
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
vector = Vector(ctypes.addressof(page), 1)
"""
BY_CALLS = {
    "attached": "call('ptrace', attach, {0}, None, None)",
    "seized": "call('ptrace', seize, {0}, None, None)",
    "memory_read": "call('process_vm_readv', {0}, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0)",
    "memory_written": "call('process_vm_writev', {0}, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0)",
    "descriptor_taken": "call('syscall', pidfd_getfd, os.pidfd_open({0}), 0, 0)",
}
LISTS_PROCESSES = hidden("""
import os
others = sorted(int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid())
texts = []
for process in others:
    for name in ("environ", "cmdline"):
        try:
            texts.append(open(f"/proc/{process}/{name}").read())
        except OSError:
            continue
told = [name for name in ("--submission", "COURSE_TEST_SECRET", "pytest") if name in "".join(texts)]
raise RuntimeError(f"others={others} told={told}")
""")


@pytest.fixture(autouse=True)
def needs_a_jail(isolation: Isolation) -> None:
    if {"memory", "signal"} & set(isolation.holes):
        pytest.skip("this machine has neither namespaces nor another user for cases")


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the judge's user, in a group of its own, with a secret in its environment and memory."""
    command = [sys.executable, "-I", "-c", "input()"]
    environment = {"PLANTED": SECRET}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, start_new_session=True) as process:
        yield process
        process.communicate(b"\n")
        assert process.returncode == 0  # neither killed nor stopped


def tries_at(process: int) -> dict[str, str]:
    return {name: way.format(process) for name, way in {**OF_A_PROCESS, **BY_CALLS}.items()}


def test_another_process_is_out_of_reach(attack: Attack, victim: subprocess.Popen[bytes]) -> None:
    """In real mode, where C functions may be called, if one gets at them."""
    tries = tries_at(victim.pid)
    attacked = attack("p13", hidden(trying(tries, first=CALLS)))
    assert attacked.points == 0
    require_refused(attacked.said, tries)
    assert victim.poll() is None


@pytest.mark.parametrize("key", ["t01", "p13"])
def test_the_judge_is_out_of_reach(attack: Attack, key: str) -> None:
    """What would end it is left out: this is the process that runs this test."""
    harmless = {name: way for name, way in OF_A_PROCESS.items() if "kill" not in name and name != "stopped"}
    tries = {name: way.format(os.getpid()) for name, way in harmless.items()}
    attacked = attack(key, trying(tries, first="import resource\n"))
    assert attacked.points == 0
    require_refused(attacked.said, tries)


def test_signals_are_no_matter_of_a_simulated_lesson(attack: Attack, victim: subprocess.Popen[bytes]) -> None:
    attacked = attack("t01", f"import os\nos.kill({victim.pid}, {int(signal.SIGKILL)})\n")
    assert attacked.points == 0
    assert "sending a signal (os.kill)" in attacked.said


def test_the_process_above_is_closed(attack: Attack) -> None:
    """In namespaces that is the warden; its user is the starter's, and it is not dumpable."""
    ways = {name: OF_A_PROCESS[name] for name in ("environ", "memory", "descriptors", "descriptor", "root", "folder")}
    tries = {name: way.format("' + str(os.getppid()) + '") for name, way in ways.items()}
    require_refused(attack("p13", trying(tries)).said, tries)


def test_a_process_table_of_its_own(attack: Attack, isolation: Isolation) -> None:
    """It shows the warden, if anybody, and nothing about the judge."""
    attacked = attack("p13", LISTS_PROCESSES)
    assert "told=[]" in attacked.said
    if "namespaces" in isolation.layers:
        assert "others=[1] told" in attacked.said
