"""A worker's frames: one per run, then what they prove together; or the problem that kept it from running."""

import sys

import pytest

from course.lab.worker import ENDLESS_RUNS, MOST_POINTS, collect_garbage
from tests.lab import programs
from tests.lab.exact import value_of
from tests.lab.nursery import PLAIN, SIMPLE, Evidence, Nursery


def frames(source: str, more: dict[str, object]) -> list[Evidence]:
    """What a worker, forked from this child, sends for a case."""
    import json  # noqa: PLC0415  # in the child only
    import os  # noqa: PLC0415
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    from course.lab.worker import run_case  # noqa: PLC0415

    home = TemporaryDirectory()
    request = {
        "mode": "simulated", "module": "program", "source": source, "nonce": "n", "traced": False,
        "scenarios": SIMPLE, "scenario": "scenario", "arguments": {}, "any_order": False,
        "jail": {"namespaces": False, "user": None, "layers": [], "folder": home.name}, **more,
    }  # fmt: skip
    reader, writer = os.pipe()
    if os.fork() == 0:
        run_case(request, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        body = stream.read()
    found = []
    while body:
        end = 4 + int.from_bytes(body[:4], "big")
        found.append(json.loads(body[4:end]))
        body = body[end:]
    home.cleanup()
    ready, *found = found
    assert ready == {"kind": "ready", "nonce": request["nonce"]}
    return found


def explored(nursery: Nursery, source: str, budget: int) -> tuple[list[Evidence], Evidence]:
    """The frames of the runs of an exploration, and its end with the data races, if it was looked for them."""
    *runs, end = nursery.call(frames, source=source, more={"seed": 1, "budget": budget})
    if end["kind"] == "races":
        *runs, last = runs
        assert last["races_follow"]
        end = {**last, "races": end["races"]}
    assert {run["kind"] for run in runs} <= {"run"}
    assert (end["kind"], end["runs"]) == ("end", len(runs))
    return runs, end


def test_an_exploration_sends_each_run_and_what_they_prove(nursery: Nursery) -> None:
    """The plain schedule first; the bound, and whether all schedules have been run."""
    source = "import threading\ndef main():\n    t = threading.Thread(target=print)\n    t.start()\n    t.join()\n"
    runs, end = explored(nursery, source, budget=500)
    assert runs[0]["schedule"] == {"strategy": "deviating", "at": []}
    assert len(runs) < 500
    assert end["exhausted"]
    assert end["bound"] >= 2
    runs, end = explored(nursery, programs.RIGHT["producer and consumers"], budget=30)
    assert len(runs) == 30
    assert not end["exhausted"]
    assert end["bound"] < 1


@pytest.mark.parametrize("body", ["while True: time.sleep(1)", "f()"])
def test_an_exploration_is_over_after_three_runs_without_end(nursery: Nursery, body: str) -> None:
    """Each takes as long as hundreds of others, and the next ones will not end either."""
    source = f"""
import threading, time
def f():
    for _ in iter(int, 1): pass
def main():
    threads = [threading.Thread(target=f, daemon=True) for _ in range(2)]
    for thread in threads: thread.start()
    {body}
"""
    runs, end = explored(nursery, source, budget=100)
    assert [run["outcome"] for run in runs] == ["no_end"] * ENDLESS_RUNS
    assert not end["exhausted"]
    assert not end["races_follow"]


def test_an_exploration_of_a_crowd_is_over_after_one_run_without_end(nursery: Nursery) -> None:
    """Who starts threads without end would be chosen from a thousand of them, fifty thousand times a run."""
    source = """
import threading, time
def main():
    while True:
        try: threading.Thread(target=time.sleep, args=(10**6,), daemon=True).start()
        except RuntimeError: pass
"""
    runs, end = explored(nursery, source, budget=100)
    assert [run["outcome"] for run in runs] == ["no_end"]
    assert not end["exhausted"]


def test_an_exploration_of_long_runs_tries_fewer_schedules(nursery: Nursery) -> None:
    """Who prints thousands of lines in each call is right, and gets his verdict soon all the same."""
    source = """
import threading
def main():
    other = threading.Thread(target=print)
    other.start()
    for _ in range(40_000): pass
    other.join()
"""
    runs, end = explored(nursery, source, budget=100)
    assert {run["outcome"] for run in runs} == {"finished"}
    assert sum(run["points"] for run in runs[:-1]) < MOST_POINTS <= sum(run["points"] for run in runs)
    assert not end["exhausted"]


def test_the_races_of_the_plain_schedule_come_after_the_end(nursery: Nursery) -> None:
    """Also when every run has come out right."""
    _, end = explored(nursery, programs.WRONG["lost update"], budget=2)
    assert {race["name"] for race in end["races"]} == {"self.n"}
    _, end = explored(nursery, programs.RIGHT["update under a lock"], budget=2)
    assert end["races"] == []


def test_named_schedules_are_run_in_their_order(nursery: Nursery) -> None:
    """With the trace, if it is asked for."""
    schedules = [{"strategy": "random-walk", "seed": 4}, PLAIN]
    for traced in (False, True):
        more = {"schedules": schedules, "traced": traced}
        *runs, end = nursery.call(frames, source=programs.WRONG["lost update"], more=more)
        assert [run["schedule"] for run in runs] == schedules
        assert (end["runs"], end["bound"], end["exhausted"]) == (2, -1, False)
        assert all(("trace" in run) == traced for run in runs)


@pytest.mark.parametrize(("source", "type_"), [("def f(:", "SyntaxError"), ("x = 1\0", "ValueError|SyntaxError")])
def test_what_is_no_program_is_a_problem(nursery: Nursery, source: str, type_: str) -> None:
    """No run is sent."""
    (frame,) = nursery.call(frames, source=source, more={"schedules": [PLAIN]})
    assert frame["kind"] == "problem"
    assert frame["type"] in type_.split("|")


def test_every_frame_carries_the_nonce(nursery: Nursery) -> None:
    """By which the judge knows the worker's frames from what a student's program may write."""
    found = nursery.call(frames, source=programs.RIGHT["a pool"], more={"schedules": [PLAIN], "nonce": "secret"})
    assert [frame["nonce"] for frame in found] == ["secret", "secret"]


def test_what_has_outlived_a_collection_is_looked_at_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    """All objects of a worker are many, and those of its last runs few."""
    generations: list[int] = []
    monkeypatch.setattr("course.lab.worker.gc.collect", generations.append)
    for runs in range(1, 2_001):
        collect_garbage(runs)
    assert generations == [*[0] * 9, 2] * 2


WARNED_OF = {  # what compilers warn of, in some versions by another name
    "an escape": "def main():\n    return len('\\d')\n",
    "return in finally": "def main():\n    try:\n        return 1\n    finally:\n        return 2\n",
    "a call of a number": "def main():\n    return 2 if True else 3()\n",
}


def frames_under_strict_filters(source: str, more: dict[str, object]) -> list[Evidence]:
    """As `frames`, where warnings are errors, as PYTHONWARNINGS makes them."""
    import warnings  # noqa: PLC0415  # in the child only

    warnings.simplefilter("error")
    return frames(source, more)


@pytest.mark.parametrize("mode", ["simulated", "traced", "real"])
@pytest.mark.parametrize("name", WARNED_OF)
def test_what_the_compiler_warns_of_is_no_error_and_no_output(nursery: Nursery, name: str, mode: str) -> None:
    """`return` in a `finally` block is an everyday mistake: its program runs as it always did."""
    more: dict[str, object] = {"schedules": [PLAIN], "traced": mode == "traced"}
    if mode == "real":
        more |= {"mode": "real", "meeting": "", "start_method": "spawn"}
    source = WARNED_OF[name]
    run, _ = nursery.call(frames_under_strict_filters, source=source, more=more)
    assert (run["kind"], run.get("outcome"), run.get("value"), run.get("output")) == ("run", "finished", 2, "")
    assert run.get("warned", []) == []


ASKS_FOR_ANNOTATIONS = """
import dataclasses, functools, inspect, threading, typing
@dataclasses.dataclass(slots=True, order=True)
class Order:
    number: int
    items: "list[Item]" = dataclasses.field(default_factory=list)
class Item(typing.NamedTuple):
    order: Order
    price: "float | None" = None
@functools.singledispatch
def kind(value): return "other"
@kind.register
def _(value: int): return "number"
def main():
    found = []
    def work():
        found.append(sorted(typing.get_type_hints(Order)) + sorted(typing.get_type_hints(Item)))
        found.append(str(inspect.signature(Item, eval_str=True)).count("float"))
        found.append(kind(Order(1).number))
        found.append(dataclasses.make_dataclass("Made", [("size", int)])(3).size)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return found
"""
LAZY = """
lazy import asyncio, json, queue
lazy from concurrent.futures import ThreadPoolExecutor
def main():
    with ThreadPoolExecutor(2) as pool: sums = list(pool.map(lambda n: queue.Queue().qsize() + n, [1, 2]))
    return sums, json.dumps([1]), asyncio.run(asyncio.sleep(1, "slept"))
"""
LATER = """
import annotationlib
def f(order: Order) -> list[Order]: return order
class Order: pass
def main():
    read = annotationlib.get_annotations
    return str(read(f, format=annotationlib.Format.STRING)), read(f)["order"] is Order
"""


def values_of(nursery: Nursery, source: str) -> list[object]:
    """What a program's `main` returns in three runs of one worker."""
    *runs, _ = nursery.call(frames, source=source, more={"schedules": [PLAIN] * 3})
    assert [(run.get("outcome"), run["warned"]) for run in runs] == [("finished", [])] * 3
    return [value_of(run["value"]) for run in runs]


def test_annotations_can_be_asked_for_in_a_run(nursery: Nursery) -> None:
    """The library makes code to find out what they say: that is its own business."""
    expected = [["items", "number", "order", "price"], 1, "number", 3]
    assert values_of(nursery, ASKS_FOR_ANNOTATIONS) == [expected] * 3


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are made when they are asked for since 3.14")
def test_an_annotation_may_name_what_comes_later(nursery: Nursery) -> None:
    assert values_of(nursery, LATER) == [("{'order': 'Order', 'return': 'list[Order]'}", True)] * 3


@pytest.mark.skipif(sys.version_info < (3, 15), reason="there are lazy imports since 3.15")
def test_a_lazy_import_gives_the_modules_of_the_run(nursery: Nursery) -> None:
    """In each run anew, from a thread as well."""
    assert values_of(nursery, LAZY) == [([1, 2], "[1]", "slept")] * 3
