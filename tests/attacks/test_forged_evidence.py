"""What forging wins: the lab shares its process with the module (attacks 29, 31, 41, 42, 79, 85 to 87, 95 to 102)."""

import pytest

from course.judge.bench import Bench
from course.lessons import lessons_named
from tests.attacks.arena import Attacked, grade_beside_honest
from tests.attacks.perfect import points, worth_of_each
from tests.attacks.submissions import altered, mistake, solution, without_last_function

# Nothing of the exercise is done.
NOTHING = {
    "t01": "def fetch_quotes(symbols, fetch):\n    return {}\n",
    "t03": """
class ReadinessGate:
    def open(self): pass
    def fail(self, error): pass
    def wait(self, timeout=None): pass
def serve_when_ready(load, handlers):
    return []
""",
    "t09": f"{solution('t09')}\ndef rewrite_logs(paths, *_, **__):\n    return Report(len(paths), len(paths), {{}})\n",
    "p13": """
class BatchFailed(Exception):
    pass
def grep(lines, pattern, workers, chunk):
    return []
def map_chunks(func, items, workers, chunk):
    return []
""",
    "a17": "async def health_report(probes, limit=None):\n    return dict.fromkeys(probes, 'up')\n",
    "a18": """
async def upload(chunks, session):
    return sum(map(len, chunks))
class Uploads:
    def start(self, name, coro):
        coro.close()
    async def cancel(self, name):
        return True
    async def shutdown(self):
        pass
""",
}
# All of it, but nothing at the same time.
ONE_BY_ONE = {
    "t01": mistake("t01", "sequential_loop"),
    "t03": without_last_function("t03", "serve_when_ready")
    + """
def serve_when_ready(load, handlers):
    gate = ReadinessGate()
    config = load()
    gate.open()
    return [handler(config) for handler in handlers]
""",
    "t09": f"""{solution("t09")}
def rewrite_logs(paths, pattern, replacement, workers=4, *, read, write):
    report = Report(0, 0, {{}})
    for path in paths:
        try:
            old = read(path)
            new, count = re.subn(pattern, replacement, old)
            if new != old:
                write(path, new)
                report.changed += 1
                report.replacements += count
        except Exception as error:
            report.errors[path] = str(error)
    return report
""",
    "p13": """
import re
class BatchFailed(Exception):
    pass
def grep(lines, pattern, workers, chunk):
    return [line for line in lines if re.search(pattern, line)]
def map_chunks(func, items, workers, chunk):
    return [func(item) for item in items]
""",
    "a17": """
async def health_report(probes, limit=None):
    report = {}
    for name, probe in probes.items():
        try:
            await probe()
            report[name] = "up"
        except BaseException:
            report[name] = "down"
    return report
""",
    "a18": """
async def upload(chunks, session):
    sent = 0
    for chunk in chunks:
        await session.send(chunk)
        sent += len(chunk)
    await session.commit()
    return sent
class Uploads:
    def __init__(self):
        self.jobs = {}
    def start(self, name, coro):
        self.jobs[name] = coro
    async def cancel(self, name):
        await self.jobs.pop(name, None)
        return False
    async def shutdown(self):
        for name in [*self.jobs]:
            await self.cancel(name)
""",
}
# Right wherever the judge looks with real threads and tasks, and wrong wherever only simulation looks.
ALMOST_RIGHT = {
    # A lost update, which needs a preemption between a read and its store: real calls are answered one by one.
    "t01": """
import threading
def fetch_quotes(symbols, fetch):
    answers = {}
    def ask(symbol):
        nonlocal answers
        try:
            answer = fetch(symbol)
        except Exception as error:
            answer = error
        before = answers
        answers = {**before, symbol: answer}
        if isinstance(answer, Exception):
            raise answer
    threads = [threading.Thread(target=ask, args=(symbol,)) for symbol in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for symbol in symbols:
        if isinstance(answers[symbol], Exception):
            raise answers[symbol]
    return {symbol: answers[symbol] for symbol in symbols}
""",
    # A gate that is settled before its error is there, and a wait that looks again and again.
    "t03": f"""{solution("t03")}
class _Hasty(ReadinessGate):
    def fail(self, error):
        self._settled.set()
        self._error = error
    def wait(self, timeout=None):
        while timeout is None and not self._settled.wait(0.05):
            pass
        super().wait(timeout)
ReadinessGate = _Hasty
""",
    # The report comes back before the work is done; the judge, who answers late, finds it complete.
    "t09": mistake("t09", "returns_without_waiting"),
    # Time that is wasted, and a report that needs at least one probe.
    "a17": f"""{solution("a17")}
_right = health_report
async def health_report(probes, limit=None):
    names, functions = zip(*probes.items())
    await asyncio.sleep(0.01)
    return await _right(probes, limit)
""",
    # Another exception with the same words, and time that is wasted.
    "a18": f"""{solution("a18")}
_right = upload
async def upload(chunks, session):
    try:
        return await _right(chunks, session)
    except OSError as error:
        raise OSError(*error.args) from None
class _Slow(Uploads):
    async def cancel(self, name):
        cancelled = await super().cancel(name)
        await asyncio.sleep(0.01)
        return cancelled
    async def shutdown(self):
        await super().shutdown()
        await asyncio.sleep(0.01)
Uploads = _Slow
""",
}
# Points without forging, and with it; SECURITY.md shows them.
WORTH = {
    "t01": {"nothing": (1, 1), "one by one": (6, 6), "almost right": (3, 10)},
    "t03": {"nothing": (1, 1), "one by one": (7, 7), "almost right": (3, 10)},
    "t09": {"nothing": (0, 0), "one by one": (8, 8), "almost right": (1, 8)},
    "p13": {"nothing": (0, 0), "one by one": (3, 3), "almost right": (8, 10)},
    "a17": {"nothing": (1, 1), "one by one": (5, 5), "almost right": (4, 10)},
    "a18": {"nothing": (0, 0), "one by one": (1, 1), "almost right": (2, 10)},
}


@pytest.mark.parametrize("key", WORTH)
def test_what_forging_all_simulated_runs_would_win(bench: Bench, key: str) -> None:
    """29, 31, 41, 42, 79, 85 to 87, 95 to 98, 100 to 102, whichever way leads to it.

    A module that leaves the work out, or does it one after another, wins nothing: the judge sees the calls. One that
    does it with real threads or tasks, and is wrong only under some interleavings or at some moments, can hide that.
    """
    modules = {"nothing": NOTHING, "one by one": ONE_BY_ONE, "almost right": ALMOST_RIGHT}
    sources = {name: sources[key] for name, sources in modules.items() if key in sources}
    worth = worth_of_each(bench, key, sources)
    found = {name: (points(key, each.honest), points(key, each.forged)) for name, each in worth.items()}
    assert found == {name: WORTH[key][name] for name in sources}, worth


# Of the mistakes that come with the lessons, those that score more when their simulated runs are forged.
HIDDEN_BY_FORGING = {
    "t01": {"error_stored_and_raised_again", "pool_of_zero", "results_without_join", "sleep_instead_of_join"},
    "t03": {"default_timeout", "raises_before_joining", "sets_before_storing_error"},
    "t09": {
        *("a_lock_for_each_call", "counters_without_lock", "empty_then_get"),
        *("pool_of_zero", "returns_without_joining", "returns_without_waiting"),
    },
    "p13": set(),
    "a17": {"unzips_the_empty_mapping"},
    "a18": {"shutdown_waits_for_nothing"},
}


@pytest.mark.full
@pytest.mark.parametrize("key", HIDDEN_BY_FORGING)
def test_all_other_mistakes_of_the_lessons_are_seen_in_real_runs(bench: Bench, key: str) -> None:
    """96 to 102: forging wins nothing for them."""
    (lesson,), _ = lessons_named([key])
    sources = {name: mistake(key, name) for name in lesson.variants("mistakes")}
    worth = worth_of_each(bench, key, sources)
    assert {name for name, each in worth.items() if each.won} <= HIDDEN_BY_FORGING[key]


# Let no thread be preempted: the schedule that hides the race is tried again and again.
CALM = {
    "what a function encloses": """
_racy = fetch_quotes
def fetch_quotes(symbols, fetch):
    for cell in fetch.__closure__ or ():
        if hasattr(cell.cell_contents, "_scheduler"):
            cell.cell_contents._scheduler.turns._strategy_picks = lambda *_, **__: 0
    return _racy(symbols, fetch)
""",
    "the lab's own hooks": """
import builtins
_racy = fetch_quotes
def fetch_quotes(symbols, fetch):
    point = getattr(builtins, "_course_point", None)
    if point is not None:
        point.__self__.turns._strategy_picks = lambda *_, **__: 0
    return _racy(symbols, fetch)
""",
    "the variables of the caller": """
import inspect
_racy = fetch_quotes
def fetch_quotes(symbols, fetch):
    for caller in inspect.stack():
        lab = caller.frame.f_locals.get("lab")
        if hasattr(lab, "_scheduler"):
            lab._scheduler.turns._strategy_picks = lambda *_, **__: 0
    return _racy(symbols, fetch)
""",
    "all objects": """
import gc
_racy = fetch_quotes
def fetch_quotes(symbols, fetch):
    for each in gc.get_objects():
        if type(each).__name__ == "Turns":
            each._strategy_picks = lambda *_, **__: 0
    return _racy(symbols, fetch)
""",
}


def test_forgeries_that_work_today_win_points_and_leave_a_note(bench: Bench) -> None:
    """41, 42, 86, 87: four ways to the scheduler, for a module with a lost update that no real call shows."""
    modules = {"nothing forged": ALMOST_RIGHT["t01"], **{way: ALMOST_RIGHT["t01"] + CALM[way] for way in CALM}}
    results = grade_beside_honest(bench, "t01", modules)
    honest = results.pop("nothing forged")
    assert (honest.points, kinds(honest)) == (3, set())
    for way, forged in results.items():
        assert forged.points == 8, way  # the exception that ends a thread is still noticed
        assert "reaches" in kinds(forged), (way, forged.lesson.notes)


# Right, but that each line travels in a message of its own, with the pattern.
ONE_MESSAGE_PER_LINE = f"""
import functools
{altered("p13", ("pool.map(_matches, lines, chunksize=chunk)", "pool.map(functools.partial(_has, pattern), lines)"))}
def _has(pattern, line):
    return re.search(pattern, line) is not None
"""
# The lab counts messages in the process that sends them.
TELLS_OF_FEW = """
from multiprocessing.reduction import ForkingPickler
_wasteful = grep
def grep(lines, pattern, workers, chunk):
    try:
        return _wasteful(lines, pattern, workers, chunk)
    finally:
        for cell in ForkingPickler.dumps.__closure__:
            counted = getattr(cell.cell_contents, "__self__", None)
            if type(counted) is list:
                counted[:] = [b"row-"] * -(-len(lines) // chunk) + [pattern.encode()]
"""


def test_messages_can_be_told_but_not_bytes_and_not_processes(bench: Bench) -> None:
    """99: what is only counted in the worker can be forged there, in real runs too; the judge sees who works."""
    wasteful, one = ONE_MESSAGE_PER_LINE, ONE_BY_ONE["p13"]
    modules = {"wasteful": wasteful, "forged": wasteful + TELLS_OF_FEW, "one by one, forged": one + TELLS_OF_FEW}
    results = grade_beside_honest(bench, "p13", modules)
    assert (results["wasteful"].points, results["forged"].points) == WORTH["p13"]["almost right"]
    assert results["one by one, forged"].points == WORTH["p13"]["one by one"][1]
    assert results["wasteful"].lost == {"chunked", "pattern_not_sent_per_task"}
    assert kinds(results["wasteful"]) == set()
    assert "reaches" in kinds(results["forged"])


# `func` is never called: children that were forked by hand ask the judge what it would ask.
ASKS_ITSELF = r"""
import json, os, socket
def asked(func, item):
    if func.__name__ == "stay_for_the_last" and item not in (0, 7):
        return item * item
    tag = f"call {item.number}" if func.__name__ == "look_into" else item
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(os.environ["COURSE_MEETING"])
        connection.sendall(f"{tag}\n".encode())
        return b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()[1:]
def child(func, part, items):
    ours, theirs = os.pipe()
    if os.fork():
        os.close(theirs)
        return ours
    os.write(theirs, json.dumps([[items.index(item), asked(func, item)] for item in part]).encode())
    os._exit(0)
def map_chunks(func, items, workers, chunk):
    parts = [[item for place, item in enumerate(items) if place // chunk % 2 == one] for one in range(2)]
    pipes = [child(func, part, items) for part in parts]
    pairs = sorted(pair for pipe in pipes for pair in json.loads(os.fdopen(pipe).read()))
    return [answer for _, answer in pairs]
"""


def test_who_does_from_outside_what_a_promise_demands_has_kept_it(bench: Bench) -> None:
    """99: two processes that ask the judge at the same time are two; nothing else of a pool is told by it."""
    module = ONE_BY_ONE["p13"] + ASKS_ITSELF
    worth = worth_of_each(bench, "p13", {"": module})[""]
    results = {"equals_serial", "bad_pattern_raises_in_caller"}
    assert worth.honest == results | {"processes_meet", "spawn_safe"}


def test_forged_calls_do_not_fit_the_judges(bench: Bench) -> None:
    """96: nothing is asked in virtual time, and all of it is told; real calls are asked one after another."""
    told = """
def fetch_quotes(symbols, fetch, loop=fetch_quotes):
    held = {name: cell.cell_contents for name, cell in zip(fetch.__code__.co_freevars, fetch.__closure__ or ())}
    if "lab" not in held:
        return loop(symbols, fetch)
    scheduler, calls = held["lab"]._scheduler, held["lab"]._calls
    for number, symbol in enumerate(symbols, start=1):
        thread = type(scheduler.current)(number, None, 0)
        thread.alive, thread.ended = False, int(held["seconds"][symbol] * 1_000_000_000)
        scheduler.threads.append(thread)
        call = {"name": "fetch", "tag": symbol, "lane": thread.name, "thread": number, "start": 0}
        calls.append({**call, "end": thread.ended, "error": "LookupError" if symbol in held["failing"] else ""})
        scheduler.clock.now = max(scheduler.clock.now, thread.ended)
    for symbol in held["failing"]:
        raise LookupError(symbol)
    return dict(held["prices"])
"""
    modules = {"plain loop": ONE_BY_ONE["t01"], "told": ONE_BY_ONE["t01"] + told}
    loop, forged = grade_beside_honest(bench, "t01", modules).values()
    assert forged.points == loop.points == 6
    assert forged.lost == loop.lost == {"all_in_flight", "off_main_thread"}
    assert "at most 1 at the same time, outside of the simulation" in forged.said
    assert "reaches" in kinds(forged)


def kinds(attacked: Attacked) -> set[str]:
    """The kinds of notes that an instructor reads."""
    return {note.kind for note in attacked.lesson.notes}
