"""Ending early, late or never is named, costs what it costs, leaves nothing running (attacks 1 to 10, 17, 23, 84)."""

from tests.attacks.conftest import Attack, AttackEach
from tests.attacks.submissions import at_import, grep, quotes, solution, with_first

ENDED = "your code ended the process (exit status 0) before it gave its result"


def test_a_process_that_ends_has_no_result(attack_each: AttackEach) -> None:
    """1, 84: an exit status is no verdict, also where the pipe for results is closed before."""
    modules = {
        "at import": quotes("return {}", "import os\nos._exit(0)"),
        "in a call": quotes("os._exit(0)", "import os"),
        "results closed": quotes("return {}", "import os\nos.closerange(3, 500)\nos._exit(0)"),
    }
    for attacked in attack_each("t01", modules, "values_and_order").values():
        assert attacked.points == 0
        assert ENDED in attacked.said


def test_a_daemon_that_keeps_the_results_open_keeps_nobody_waiting(attack_each: AttackEach) -> None:
    """8, 84: the process is watched, not only the pipe, whose end never comes."""
    daemon = """
import os, time
if os.fork():
    os._exit(0)
os.setsid()
time.sleep(10**6)
"""
    child = """
import os, time
if os.fork() == 0:
    os.setsid()
    time.sleep(10**6)
os._exit(0)
"""
    modules = {"the parent ends": grep("return []", daemon), "the worker ends": at_import("p13", child)}
    for attacked in attack_each("p13", modules, "bad_pattern_raises_in_caller").values():
        assert attacked.points == 0
        assert ENDED in attacked.said


def test_an_exception_that_ends_programs_is_one_like_any_other(attack_each: AttackEach) -> None:
    """2, 23: no exception makes a check anything but failed, be it Python's own or pytest's."""
    first = "import sys, unittest\nfrom _pytest.outcomes import exit as leave, fail, importorskip, skip, xfail"
    raised = {
        "sys.exit(0)": "SystemExit: 0",
        "raise KeyboardInterrupt": "KeyboardInterrupt",
        "raise GeneratorExit": "GeneratorExit",
        "raise type('Out', (BaseException,), {})": "Out",
        "skip('not today')": "Skipped: not today",
        "xfail('known')": "XFailed: known",
        "leave('all is well', returncode=0)": "Exit: all is well",
        "importorskip('no_such_module')": "Skipped: could not import 'no_such_module'",
        "raise unittest.SkipTest('not today')": "SkipTest: not today",
    }
    in_calls = attack_each("t01", {leave: quotes(leave, first) for leave in raised}, "values_and_order")
    for leave, named in raised.items():
        assert in_calls[leave].check("values_and_order").status == "failed"
        assert named in in_calls[leave].said
    for leave, attacked in attack_each("t01", {leave: f"{first}\n{leave}" for leave in raised}, "empty").items():
        assert attacked.points == 0
        assert attacked.lesson.problem.startswith("quotes.py cannot be imported, line 3: "), leave


def test_an_exit_in_a_task_or_outside_of_the_simulation_is_caught_as_well(attack_each: AttackEach) -> None:
    """2: the event loop lets `SystemExit` through, whoever waits."""
    task = """
import asyncio, sys
async def health_report(probes, limit=None):
    async def leave():
        sys.exit(0)
    await asyncio.gather(*(leave() for _ in range(3)))
"""
    for key, source, check in (
        ("a17", task, "order_and_time"),
        ("p13", grep("sys.exit(0)", "import sys"), "equals_serial"),
    ):
        attacked = attack_each(key, {"": source}, check)[""]
        assert attacked.points == 0
        assert "no exception comes out of your code here SystemExit: 0" in attacked.said


def test_handlers_for_the_end_of_a_process_change_no_result(attack_each: AttackEach) -> None:
    """3: the verdict is with the judge before they run, and no exit status is trusted."""
    handlers = """
import atexit, os, weakref
def rewrite():
    for descriptor in range(3, 600):
        try:
            os.write(descriptor, b'{"kind": "end", "runs": 0}')
        except OSError:
            pass
    os._exit(0)
class AtTheEnd:
    def __del__(self):
        rewrite()
weakref.finalize(AtTheEnd, rewrite)
kept = AtTheEnd()
before = atexit._ncallbacks()
atexit.register(rewrite)
"""
    right = f"{solution('t01')}\nimport atexit, os, weakref\natexit.register(os._exit, 3)\n"
    modules = {
        "wrong": quotes("raise ValueError(f'{atexit._ncallbacks() - before} waits for the end')", handlers),
        "at once": quotes("atexit._run_exitfuncs()", handlers),
        "right": f"{right}weakref.finalize(os._exit, os._exit, 4)\n",
    }
    results = attack_each("t01", modules, "values_and_order")
    assert {name: each.points for name, each in results.items()} == {"wrong": 0, "at once": 0, "right": 2}
    assert "ValueError: 1 waits for the end" in results["wrong"].said


def test_who_obeys_no_signal_is_killed(attack_each: AttackEach) -> None:
    """4, 5: alarms cleared, signals ignored, blocked or handled, exceptions swallowed: SIGKILL asks nobody."""
    deaf = """
import os, resource, signal, threading, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.alarm(0)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
def stay():
    while True:
        try:
            threading.Event().wait()
        except BaseException:
            pass
"""
    waits = "your code waits for something that never comes"
    # No process can have more processor time than it was given; to have less makes this test short.
    computes = "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True:\n    pass"
    ends = {
        "while True:\n    signal.sigwait([signal.SIGUSR1])": waits,
        "for _ in range(3):\n    if os.fork() == 0:\n        stay()\nstay()": waits,
        computes: "your code's process was ended by SIGKILL",
    }
    results = attack_each("p13", {end: at_import("p13", deaf + end) for end in ends}, "bad_pattern_raises_in_caller")
    for end, sentence in ends.items():
        assert results[end].points == 0
        assert sentence in results[end].said


def test_what_has_no_end_is_ended_and_told(attack_each: AttackEach) -> None:
    """5, 10: in virtual time a deadlock, a livelock and an endless loop are told with who waits where."""
    first = (
        "import itertools, threading, time\none, two, both = threading.Lock(), threading.Lock(), threading.Barrier(2)"
    )
    stay = """
while True:
    try:
        {}
    except BaseException:
        pass
"""
    two_locks = """
def take(first, second):
    with first:
        both.wait()
        with second:
            pass
threads = [threading.Thread(target=take, args=locks, daemon=True) for locks in ((one, two), (two, one))]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    calls = {
        "with one:\n    one.acquire()": "a deadlock: main waits for `one`, which main has held since line 4, at line 5",
        two_locks: "Thread-1 (take) waits for `second`, which Thread-2 (take) has held since line 5, at line 7",
        "you = me = True\nwhile you or me:\n    you, me = me, you": "it goes on for ever: main runs at line 5",
        "for _ in itertools.repeat(None):\n    pass": "it goes on for ever: main runs at line 4",
        stay.format("time.sleep(3600)"): "it goes on for ever: main runs at line",
        stay.format("raise SystemExit"): "it goes on for ever: main runs at line",
        stay.format("threading.Event().wait()"): "a deadlock: main waits in Event.wait()",
    }
    results = attack_each("t01", {call: quotes(call, first) for call in calls}, "values_and_order")
    for call, sentence in calls.items():
        assert results[call].points == 0
        assert sentence in results[call].said


def test_threads_that_never_end_cost_the_check_on_threads_alone(attack_each: AttackEach) -> None:
    """5, 6, 17: they are named, wait they or compute; the result is kept, and nobody waits for them."""
    burn = """
def burn():
    while True:
        pass
threading.Thread(target=burn, daemon=True).start()
"""
    stay = """
def stay():
    while True:
        try:
            threading.Event().wait()
        except BaseException:
            pass
threading.Thread(target=stay, daemon=True).start()
"""
    named = {
        "threading.Thread(target=threading.Event().wait, name='never ends').start()": "never ends",
        burn: "Thread-1 (burn)",
        stay: "Thread-1 (stay)",
    }
    modules = {started: with_first("t01", "prices: dict", started) for started in named}
    for started, attacked in attack_each("t01", modules, "values_and_order", "no_threads_left").items():
        assert attacked.lost == {"no_threads_left"}
        assert f"1 still running: {named[started]}" in attacked.said


def test_nothing_that_a_case_has_started_outlives_it(attack_each: AttackEach) -> None:
    """6, 7, 8, 17, 70: a thread that sleeps, a daemon of its own session, burners, a child that holds the results.

    All come with right modules: the results count, and the arena requires that the machine is as before.
    """
    daemon = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        {}
    os._exit(0)
"""
    held = """
import os, time
def pipes(process):
    names = [f"/proc/{process}/fd/{name}" for name in os.listdir(f"/proc/{process}/fd")]
    return {os.readlink(name) for name in names if os.path.lexists(name) and os.readlink(name).startswith("pipe:")}
child = os.fork()
if child == 0:
    os.setsid()
    time.sleep(10**6)
assert pipes(child) == pipes("self") != set(), "the child does not hold it"
"""
    started = {
        "a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(10**6,)).start()",
        "a daemon": daemon.format("time.sleep(10**6)"),
        "burners": daemon.format("while True: pass"),
        "the pipe": held,
    }
    modules = {name: at_import("p13", lines) for name, lines in started.items()}
    for name, attacked in attack_each("p13", modules, "processes_meet").items():
        assert attacked.points == 2, (name, attacked.said)


def test_a_crash_is_named_and_costs_the_check_in_which_it_happens(attack: Attack, attack_each: AttackEach) -> None:
    """9: the signal is read from outside; a destructor that raises costs nothing."""
    crashes = {11: "SIGSEGV", 6: "SIGABRT", 9: "SIGKILL", 40: "signal 40"}
    killing = {name: at_import("p13", f"import os\nos.kill(os.getpid(), {crash})") for crash, name in crashes.items()}
    for name, attacked in attack_each("p13", killing, "bad_pattern_raises_in_caller").items():
        assert attacked.points == 0
        assert f"your code's process was ended by {name}" in attacked.said
    aborts = with_first("t01", "raise errors", "os.abort()").replace("import threading", "import os\nimport threading")
    raises = "class Last:\n    def __del__(self):\n        raise ValueError('at the end')\nLast()\nkept = Last()\n"
    attacked = attack("t01", f"{aborts}\n{raises}", "values_and_order", "error_after_all_done")
    assert attacked.lost == {"error_after_all_done"}
    assert "your code's process was ended by SIGABRT" in attacked.said
