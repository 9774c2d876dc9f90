"""The lab that a scenario drives a submission with: threads of its own, attempts, calls, and who is left."""

from tests.lab.nursery import Nursery

SECOND = 1_000_000_000


def test_functions_called_together_overlap(nursery: Nursery) -> None:
    """Three callers at the same time take as long as the slowest; outcomes come in the order of the functions."""
    source = "import time\ndef work(n):\n    time.sleep(n)\n    return n\n"
    scenario = "def scenario(student, lab): return lab.together(*(lambda n=n: student.work(n) for n in (1, 3, 2)))"
    run = nursery.run(source, scenario)
    assert run["value"] == ["list", [["tuple", ["value", 1]], ["tuple", ["value", 3]], ["tuple", ["value", 2]]]]
    assert run["duration"] == 3 * SECOND
    assert [thread["name"] for thread in run["threads"]] == ["main", "caller 1", "caller 2", "caller 3"]


def test_an_attempt_tells_value_or_exception(nursery: Nursery) -> None:
    """The words of an exception are type and message; groups name what is in them."""
    source = """
def f(kind):
    match kind:
        case "value": return 7
        case "error": raise ValueError("no such coin")
        case "empty": raise KeyError
        case "group": raise ExceptionGroup("both", [ValueError("a"), KeyError("b")])
        case "hostile": raise type("Hostile", (Exception,), {"__str__": lambda self: 1 / 0})
"""
    scenario = """
def scenario(student, lab):
    return [lab.attempt(student.f, kind) for kind in ("value", "error", "empty", "group", "hostile")]
"""
    outcomes = [tuple(outcome[1]) for outcome in nursery.run(source, scenario)["value"][1]]
    assert outcomes == [
        ("value", 7),
        ("raised", "ValueError: no such coin"),
        ("raised", "KeyError"),
        ("raised", "ExceptionGroup[ValueError: a, KeyError: 'b']"),
        ("raised", "Hostile: (its message cannot be shown)"),
    ]


def test_an_exception_is_a_group_by_its_type_alone(nursery: Nursery) -> None:
    """What it says of its class or of its parts may be untrue, or have no end."""
    source = """
import itertools
class Liar(Exception):
    __class__ = ExceptionGroup
    exceptions = itertools.repeat(ValueError("a"))
class Endless(ExceptionGroup):
    exceptions = itertools.repeat(ValueError("a"))
def f(exception): raise exception
"""
    scenario = """
def scenario(student, lab):
    raised = student.Liar("one"), student.Endless("two", [KeyError("b")])
    return [lab.attempt(student.f, exception)[1] for exception in raised]
"""
    assert nursery.run(source, scenario)["value"] == ["list", ["Liar: one", "Endless[KeyError: 'b']"]]


def test_what_is_not_written_yet_comes_through(nursery: Nursery) -> None:
    """NotImplementedError is not an outcome to compare, in an attempt as little as in a thread."""
    source = "def f():\n    raise NotImplementedError\n"
    for scenario in ("lab.attempt(student.f)", "lab.together(student.f)"):
        run = nursery.run(source, f"def scenario(student, lab): return {scenario}")
        assert run["outcome"] == "error"
        assert run["error"]["type"] == "NotImplementedError"
        assert run["error"]["line"] == 2


def test_system_exit_in_a_thread_of_the_scenario_comes_through(nursery: Nursery) -> None:
    """What is no Exception is not mistaken for an outcome."""
    run = nursery.run(
        "def f():\n    raise SystemExit(3)\n", "def scenario(student, lab): return lab.start(student.f).result()"
    )
    assert run["outcome"] == "error"
    assert run["error"]["type"] == "SystemExit"


def test_calls_of_a_collaborator_are_noted_with_their_times(nursery: Nursery) -> None:
    """Who called, from when to when, with which tag, and how it ended."""
    source = """
import threading
def main(fetch):
    threads = [threading.Thread(target=fetch, args=(symbol,), name=symbol) for symbol in "AB"]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""
    scenario = """
import time
def scenario(student, lab):
    def fetch(symbol):
        with lab.call("fetch", symbol):
            time.sleep(1 if symbol == "A" else 2)
            if symbol == "B": raise OSError
    student.main(fetch)
"""
    run = nursery.run(source, scenario)
    assert run["calls"] == [
        {"name": "fetch", "tag": "A", "lane": "A", "thread": 1, "start": 0, "end": SECOND, "error": ""},
        {"name": "fetch", "tag": "B", "lane": "B", "thread": 2, "start": 0, "end": 2 * SECOND, "error": "OSError"},
    ]
    assert [(one["where"], one["type"]) for one in run["uncaught"]] == [("B", "OSError")]


def test_a_call_that_does_not_end_has_no_end(nursery: Nursery) -> None:
    """When the run is over before the collaborator came back, the end stays open."""
    source = "import threading\ndef main(f):\n    threading.Thread(target=f, daemon=True).start()\n"
    scenario = """
def scenario(student, lab):
    def slow():
        with lab.call("slow"):
            lab.sleep(60)
    student.main(slow)
    lab.sleep(1)
"""
    run = nursery.run(source, scenario)
    assert [(call["start"], call["end"]) for call in run["calls"]] == [(0, None)]


def test_calls_of_tasks_are_told_by_task(nursery: Nursery) -> None:
    """In asyncio the lane is the task, not the one thread that runs them all."""
    source = """
import asyncio
async def main(fetch):
    await asyncio.gather(*(asyncio.create_task(fetch(n), name=f"t{n}") for n in (1, 2)))
"""
    scenario = """
import asyncio
async def scenario(student, lab):
    async def fetch(n):
        with lab.call("fetch", n):
            await asyncio.sleep(n)
    await student.main(fetch)
"""
    run = nursery.run(source, scenario)
    assert [(call["lane"], call["end"]) for call in run["calls"]] == [("t1", SECOND), ("t2", 2 * SECOND)]


def test_only_the_students_threads_are_left_behind(nursery: Nursery) -> None:
    """The scenario's own threads do not count; a student's that has not ended does, with its name and line."""
    source = """
import threading
def main():
    threading.Thread(target=threading.Event().wait, name="ended early", args=(1,)).start()
    threading.Thread(target=forever, name="forgotten", daemon=True).start()
def forever():
    threading.Event().wait()
"""
    scenario = """
def scenario(student, lab):
    own = lab.start(lab.sleep, 60)
    student.main()
    lab.sleep(2)
    return lab.threads_left(), own.done, lab.now()
"""
    run = nursery.run(source, scenario)
    assert run["value"] == ["tuple", [["list", ["forgotten"]], False, 2.0]]
    assert [(one["name"], one["line"], one["daemon"], one["blocked"]) for one in run["left"]] == [
        ("forgotten", 7, True, True)
    ]


def test_a_thread_of_the_scenario_has_its_outcome_when_it_is_done(nursery: Nursery) -> None:
    """`done` asks without waiting, `result` waits."""
    scenario = """
def scenario(student, lab):
    thread = lab.start(student.main)
    before = thread.done
    return before, thread.result(), thread.done, lab.now()
"""
    run = nursery.run("import time\ndef main():\n    time.sleep(1)\n    return 5\n", scenario)
    assert run["value"] == ["tuple", [False, ["tuple", ["value", 5]], True, 1.0]]


def test_hostile_tags_and_names_do_no_harm(nursery: Nursery) -> None:
    """Names that a student gives to threads travel as text, whatever they are."""
    source = """
import threading
ran = []
class Hostile(str):
    def __str__(self): ran.append(1); raise SystemExit
    __repr__ = __format__ = __str__
def main():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread._name = Hostile("x")
    other = threading.Thread(target=threading.Event().wait, daemon=True)
    thread.start(); other.start(); thread.join()
    other._name = 3  # since 3.14, a thread that has such a name already does not start
    return ran
"""
    run = nursery.run(source)
    assert (run["outcome"], run["value"]) == ("finished", ["list", []])
    assert [one["where"] for one in run["uncaught"]] == ["x"]
    assert [thread["name"] for thread in run["threads"]] == ["main", "x", "?"]
