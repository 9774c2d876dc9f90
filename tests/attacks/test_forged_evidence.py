"""What forging wins: the lab shares its process with the module (attacks 29, 31, 41, 42, 79, 85 to 87, 95 to 102)."""

import pytest

from course.judge.bench import Bench
from tests.attacks.arena import grade_beside_honest
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
# Points without forging, and with all simulated runs told as the solution's. p13 has none: its runs are real.
WORTH = {
    "t01": {"nothing": (1, 1), "one by one": (6, 6), "almost right": (3, 10)},
    "t03": {"nothing": (1, 1), "one by one": (7, 7), "almost right": (3, 10)},
    "t09": {"nothing": (0, 0), "one by one": (8, 8), "almost right": (1, 8)},
    "p13": {"nothing": (0, 0), "one by one": (3, 3)},
    "a17": {"nothing": (1, 1), "one by one": (5, 5), "almost right": (4, 10)},
    "a18": {"nothing": (0, 0), "one by one": (1, 1), "almost right": (2, 10)},
}


@pytest.mark.parametrize("key", WORTH)
def test_what_forging_all_simulated_runs_would_win(bench: Bench, key: str) -> None:
    """29, 31, 41, 42, 79, 85 to 87, 95 to 98, 100 to 102, whichever way leads to it.

    Who leaves the work out, or does it one after another, wins nothing: the judge sees the calls. Who does it with real
    threads or tasks, and is wrong only where a certain interleaving or moment shows it, can hide that.
    """
    modules = {"nothing": NOTHING, "one by one": ONE_BY_ONE, "almost right": ALMOST_RIGHT}
    sources = {name: modules[name][key] for name in WORTH[key]}
    worth = worth_of_each(bench, key, sources)
    found = {name: (points(key, each.honest), points(key, each.forged)) for name, each in worth.items()}
    assert found == WORTH[key], worth


# Lets no thread be preempted: the first schedule is tried again and again.
CALM = """
_racy = fetch_quotes
def fetch_quotes(symbols, fetch):
    scheduler = [cell.cell_contents._scheduler for cell in fetch.__closure__ or () if hasattr(cell.cell_contents, "_scheduler")]
    for each in scheduler:
        each.turns._strategy_picks = lambda *_, **__: 0
    return _racy(symbols, fetch)
"""


def test_x(bench: Bench) -> None:
    results = grade_beside_honest(bench, "t01", {"honest": ALMOST_RIGHT["t01"], "forged": ALMOST_RIGHT["t01"] + CALM})
    for name, each in results.items():
        print(name, each.points, each.lost, each.lesson.notes if hasattr(each.lesson, "notes") else "")


MESSAGES = """
_all_in_one = grep
def grep(lines, pattern, workers, chunk):
    from multiprocessing.reduction import ForkingPickler
    found = _grep(lines, pattern, workers, chunk)
"""


def test_y(bench: Bench) -> None:
    wrong = altered(
        "p13",
        ("found = pool.map(_matches, lines, chunksize=chunk)", "found = pool.map(partial(_has, pattern), lines)"),
        (
            "import re\n",
            "import re\nfrom functools import partial\nfrom multiprocessing.reduction import ForkingPickler\ndef _has(pattern, line):\n    return re.search(pattern, line) is not None\n",
        ),
    )
    forged = (
        wrong
        + """
_honest = grep
def grep(lines, pattern, workers, chunk):
    try:
        return _honest(lines, pattern, workers, chunk)
    finally:
        for cell in ForkingPickler.dumps.__closure__:
            messages = getattr(cell.cell_contents, "__self__", None)
            if type(messages) is list:
                messages[:] = [b"row-"] * -(-len(lines) // chunk) + [pattern.encode()]
"""
    )
    results = grade_beside_honest(bench, "p13", {"honest": wrong, "forged": forged})
    for name, each in results.items():
        print(name, each.points, each.lost, each.said)
