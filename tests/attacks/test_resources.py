"""A case takes no more than its share; one that wants more fails, with a sentence (attacks 10 to 18, 65, 89 to 91)."""

import os
import re

import pytest

from course.judge.bench import Bench
from course.judge.isolation import Isolation
from tests.attacks.arena import Machine, grade_beside_honest
from tests.attacks.conftest import Attack, AttackEach, Needs
from tests.attacks.submissions import at_import, quotes, solution, with_first
from tests.attacks.tries import outcomes, require_refused, trying

TASKS = "your code has started more than 800 threads and processes at once"
NO_END = "it goes on for ever: main runs at line"
MEMORY = "your code has used more than 1 GiB of memory"
PROCESSOR = "your code has used up its processor time: a loop in it does not end"
# No process can have more processor time than it was given; to have less makes a test short.
SHORT = "import re, resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 31))\n"
FORKS = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
THREADS = """
import threading
for_ever = threading.Event()
while True:
    try:
        threading.Thread(target=for_ever.wait, daemon=True).start()
    except RuntimeError:
        pass
"""
GROWS = "kept = []\nwhile True:\n    kept.append('x' * (1 << 22))"


def test_whole_lessons_keep_their_points_beside_the_worst(bench: Bench) -> None:
    """11, 12, 16, 70: no number of schedules, no limit and no time of an honest submission is touched."""
    burn = "import os\nfor _ in range(2):\n    if os.fork() == 0:\n        while True: pass"
    worst = {"forks": FORKS, "grows": GROWS, "prints": "while True:\n    print('x' * (1 << 26))", "burns": burn}
    worst["sleeps"] = "import time\nwhile True:\n    time.sleep(0.01)"
    assert bench.isolation.layers
    machine = Machine()
    sources = {name: at_import("p13", lines) for name, lines in worst.items()}
    grade_beside_honest(bench, "p13", sources, ["bad_pattern_raises_in_caller"], whole=True)
    machine.require_as_before()


def test_processes_and_threads(attack_each: AttackEach) -> None:
    """11, 15: the judge counts those of a case together, and ends them all."""
    limits = {FORKS: "your code has started more than 200 processes at once", THREADS: TASKS}
    results = attack_each("p13", {bomb: at_import("p13", bomb) for bomb in limits}, "bad_pattern_raises_in_caller")
    for bomb, sentence in limits.items():
        assert results[bomb].points == 0
        assert sentence in results[bomb].said


def test_threads_of_simulated_runs(attack_each: AttackEach) -> None:
    """15: the judge counts them, or the system has no more, and the loop is seen to get nowhere."""
    bomb = """
import threading, time
async def health_report(probes, limit=None):
    while True:
        try:
            threading.Thread(target=time.sleep, args=(10**6,)).start()
        except {}:
            pass
"""
    modules = {caught: bomb.format(caught) for caught in ("RuntimeError", "BaseException")}
    for attacked in attack_each("a17", modules, "order_and_time").values():
        assert attacked.points == 0
        assert TASKS in attacked.said or NO_END in attacked.said


def test_memory(attack_each: AttackEach) -> None:
    """12: what all processes of a case have is counted together, be they forked or other programs."""
    forks = """
import os, time
for _ in range(12):
    if os.fork() == 0:
        kept = b"x" * (100 << 20)
        time.sleep(600)
time.sleep(600)
"""
    # Each has less than any Python program, and is another program; 1.5 GB together.
    programs = """
import subprocess, sys
less = [sys.executable, "-S", "-E", "-c", "kept = b'x' * (12 << 20); print(1, flush=True); input()"]
started = [subprocess.Popen(less, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(75)]
for process in started:
    process.stdout.readline()
raise ValueError("all of them have their memory")
"""
    modules = {name: at_import("p13", lines) for name, lines in (("one", GROWS), ("many", forks), ("other", programs))}
    results = attack_each("p13", modules, "bad_pattern_raises_in_caller")
    results |= attack_each("t01", {"simulated": f"{GROWS}\n{solution('t01')}"}, "values_and_order")
    for attacked in results.values():
        assert attacked.points == 0
        assert MEMORY in attacked.said


def test_memory_that_no_process_is_seen_to_have(attack_each: AttackEach, isolation: Isolation) -> None:
    """12: address space that is never touched, and files of no folder."""
    held = """
kept = [os.memfd_create("kept") for _ in range(30)]
raise ValueError(sum(os.write(file, bytes(1 << 20)) for file in kept for _ in range(60)))
"""
    modules = {"reserved": quotes("return bytearray(8 << 30)"), "held": quotes(held, "import os")}
    results = attack_each("t01", modules, "values_and_order")
    assert "MemoryError" in results["reserved"].said
    if "seccomp" in isolation.layers:
        assert "PermissionError: [Errno 1] Operation not permitted" in results["held"].said


def test_files_and_shared_memory(attack: Attack, attack_each: AttackEach, isolation: Isolation) -> None:
    """13, 14, 90: so many bytes, files and semaphores; the next case has room for its own."""
    fills = """
told = []
for name in PLACES:
    written = made = 0
    try:
        for number in range(20_000):
            file = os.open(f"{name}/left-behind-{number}", os.O_CREAT | os.O_WRONLY)
            made += 1
            for _ in range(SIZE):
                written += os.write(file, bytes(1 << 20))
            os.close(file)
    except OSError as error:
        told.append(f"{written >> 20} MB in {made >> 10}k files, then {error.errno}")
raise RuntimeError(told)
"""
    locks = """
kept = []
try:
    while True:
        kept.append(multiprocessing.Lock())
except OSError as error:
    raise RuntimeError(f"{len(kept) // 1000} thousand, then {error.errno}")
"""
    first = "import multiprocessing, os"
    modules = {
        "bytes": f"{first}\nPLACES, SIZE = (os.getcwd(), '/dev/shm'), 32\n{fills}",
        "files": f"{first}\nPLACES, SIZE = (os.getcwd(),), 0\n{fills}",
        "semaphores": f"{first}\n{locks}",
        "sparse": "with open('left-behind', 'wb') as file:\n    file.truncate(1 << 50)",
    }
    results = attack_each("p13", modules, "bad_pattern_raises_in_caller")
    assert "OSError: [Errno 27] File too large" in results["sparse"].said
    if "namespaces" not in isolation.layers:
        pytest.skip("without namespaces a case has no file system of its own: only each file is limited")
    assert re.search(r"\['6[34] MB in 0k files, then 28', '64 MB in 0k files, then 28'\]", results["bytes"].said)
    assert "['0 MB in 15k files, then 28']" in results["files"].said
    assert "16 thousand, then 28" in results["semaphores"].said
    assert attack("t01", solution("t01"), "values_and_order").points == 2


def test_open_files(attack: Attack) -> None:
    """14."""
    opens = """
kept = []
try:
    while True:
        kept.append(os.open(os.devnull, os.O_RDONLY))
except OSError as error:
    raise ValueError(f"{len(kept) // 100} hundred, then {error.errno}") from None
"""
    said = attack("t01", quotes(opens, "import os"), "values_and_order").said
    assert "ValueError: 5 hundred, then 24" in said or "ValueError: 4 hundred, then 24" in said


def test_output(attack_each: AttackEach) -> None:
    """16: it ends the case when there is no end to it; what a report could show of it is cut, the rest is nowhere."""
    flood = "flood of text"
    ends = {
        "while True:\n    print('x' * (1 << 26))": "more than 67108864 characters were printed",
        "while True:\n    os.write(1, b'x' * (1 << 16))": NO_END,
        "while True:\n    sys.__stdout__.write('x' * (1 << 16))": NO_END,
        f"raise ValueError('{flood} ' * (1 << 22))": f"ValueError: {flood}",
    }
    modules = {call: quotes(call, "import os, sys") for call in ends}
    much = with_first("t01", "prices: dict", f"print('{flood} ' * (1 << 12))")
    results = attack_each("t01", modules | {"much": much}, "values_and_order")
    assert results["much"].points == 2
    assert flood not in results["much"].output
    for call, sentence in ends.items():
        assert results[call].points == 0
        assert sentence in results[call].said
        assert len(results[call].output) < 100_000


def test_processor_time(attack_each: AttackEach) -> None:
    """10, 17, 18: what computes for ever in C ends with its processor time."""
    computes = ["sum(range(10**12))", "re.match('(a+)+$', 'a' * 40 + 'b')", "3 ** 10**8"]
    modules = {each: f"{SHORT}{each}\n{solution('t01')}" for each in computes}
    for attacked in attack_each("t01", modules, "values_and_order").values():
        assert attacked.points == 0
        assert PROCESSOR in attacked.said


def test_depth_and_length(attack_each: AttackEach) -> None:
    """18: recursion, lists in lists, numbers and their texts."""
    nested = "kept = []\nfor _ in range(10**4):\n    kept = [kept]\nreturn dict.fromkeys(symbols, kept)"
    told = {
        "return fetch_quotes(symbols, fetch)": "RecursionError: maximum recursion depth exceeded",
        "sys.setrecursionlimit(10**9)\nreturn fetch_quotes(symbols, fetch)": NO_END,
        nested: "<a list>",
        "return dict.fromkeys(symbols, 10**400)": "('ACME', <a int>)",
        "raise ValueError(10**5000)": "ValueError: (its message cannot be shown)",
    }
    results = attack_each("t01", {call: quotes(call, "import sys") for call in told}, "values_and_order")
    for call, sentence in told.items():
        assert results[call].points == 0
        assert sentence in results[call].said


def test_limits_and_priorities_cannot_be_raised(attack: Attack, needs: Needs) -> None:
    """17, 65, 91: neither one's own, nor those of the process above; what the judge has stays as it is."""
    needs("signal")
    unlimited = "(resource.RLIM_INFINITY,) * 2"
    tries = {
        **{
            name: f"resource.setrlimit(resource.RLIMIT_{name}, {unlimited})"
            for name in ("CPU", "FSIZE", "NOFILE", "AS")
        },
        "first_of_all": "os.setpriority(os.PRIO_PROCESS, 0, -20)",
        "real_time": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))",
        "not_killed": "open('/proc/self/oom_score_adj', 'w').write('-1000')",
        "above_last": "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
        "above_moved": "os.sched_setaffinity(os.getppid(), {0})",
        "judge_last": f"os.setpriority(os.PRIO_PROCESS, {os.getpid()}, 19)",
        "judge_moved": f"os.sched_setaffinity({os.getpid()}, {{0}})",
    }
    before = os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)
    attacked = attack("p13", trying(tries, first="import resource"), "bad_pattern_raises_in_caller")
    assert attacked.points == 0
    require_refused(attacked.said, tries, frozenset({"ValueError", "EPERM", "EACCES", "ESRCH"}))
    assert (os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)) == before
    limit = trying({"given": "resource.getrlimit(resource.RLIMIT_CPU)"}, first="import resource")
    assert outcomes(attack("p13", limit, "bad_pattern_raises_in_caller").said)["given"] == "GOT '(30, 31)'"


def test_what_is_lowered_is_ones_own_loss(attack: Attack) -> None:
    """91: no verdict rests on how fast a process is."""
    lowered = """
import os, resource
os.nice(19)
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 20))
threading.stack_size(256 << 20)
"""
    assert attack("t01", solution("t01") + lowered, "values_and_order", "all_in_flight").lost == set()


def test_a_flooded_meeting_costs_the_flooder_what_is_proved_there(attack_each: AttackEach) -> None:
    """14, 89: calls, long tags and silence without end; the meeting takes so many, and turns the others away."""
    flood = """
_right = fetch_quotes
def fetch_quotes(symbols, fetch):
    import os, socket
    address = os.environ.get("COURSE_MEETING")
    kept = []
    for number in range(300 if address else 0):
        try:
            kept.append(socket.socket(socket.AF_UNIX))
            kept[-1].settimeout(5)
            kept[-1].connect(address)
            kept[-1].sendall({said})
        except OSError:
            pass
    return _right(symbols, fetch)
"""
    said = ['b"x" * 100_000', 'b""', 'b"ACME\\n"', 'b"\\xff\\x00\\n"']
    modules = {each: solution("t01") + flood.format(said=each) for each in said}
    for attacked in attack_each("t01", modules, "values_and_order", "empty").values():
        assert attacked.passed == {"empty"}  # for which nobody is asked
