"""What a case returns or raises is plain data or a name; what is expected stays in the judge (39, 45, 49, 51 to 57)."""

import ast
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from random import Random
from typing import Any

import pytest

from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.kill_matrix import load_checks
from course.judge.seeds import seed_of
from course.lessons import lessons_named
from tests.attacks.conftest import Attack, AttackEach
from tests.attacks.submissions import altered, mistake, quotes, solution

PRICES = "{'ACME': 12.5, 'BOLT': 99.0, 'CLAY': 0.25, 'DUNE': 7.75, 'ELMS': 31.0}"
LIARS = f"""
import itertools, types, weakref
from collections import ChainMap, UserDict
from unittest import mock
class Agrees:
    __eq__ = __le__ = __ge__ = __contains__ = lambda *_: True
    __ne__ = __lt__ = __gt__ = lambda *_: False
    __hash__ = lambda self: 0
    __len__ = lambda self: 5
    __iter__ = lambda self: iter([self] * 5)
    __getitem__ = __getattr__ = __call__ = lambda self, *_: self
class Kind(type):
    __eq__ = __instancecheck__ = __subclasscheck__ = lambda *_: True
    __hash__ = type.__hash__
class AgreesAsAClass(metaclass=Kind):
    pass
class AgreesAsADict(dict):
    __eq__ = lambda *_: True
    __ne__ = lambda *_: False
class Price(float):
    __class__ = float
    __eq__ = lambda *_: True
    __hash__ = float.__hash__
    __repr__ = lambda self: "12.5"
class Prices(dict):
    __class__ = dict
    items = lambda self: {PRICES}.items()
class Name(str):
    __class__ = str
    __str__ = __repr__ = lambda self: "ACME"
class Nothing:
    __class__ = dict
    items = lambda self: []
    __len__ = lambda self: 0
Renamed = type("dict", (dict,), {{"__module__": "builtins", "__class__": dict}})
def for_ever():
    while True:
        yield 1
class LiesAboutLength(list):
    __len__ = lambda self: 10**18
    __iter__ = lambda self: itertools.count()
class EndlessDict(dict):
    items = keys = values = __iter__ = lambda self: itertools.repeat(("ACME", 12.5))
class Moody:
    moods = itertools.count()
    __hash__ = lambda self: next(self.moods)
    __eq__ = __repr__ = __str__ = lambda *_: 1 / 0
def holds_itself():
    held = []
    held.append(held)
    return held
held = Renamed(ACME=12.5)
"""
# What is returned, and what the judge sees of it.
RETURNED = {
    # 51: what agrees with everything.
    "Agrees()": "<a Agrees>",
    "AgreesAsAClass": "<a Kind>",
    "AgreesAsADict()": "<a AgreesAsADict>",
    "[Agrees()]": "[<a Agrees>]",
    "dict.fromkeys(symbols, Agrees())": "('ACME', <a Agrees>)",
    "{Agrees(): 12.5}": "(<a Agrees>, 12.5)",
    # 52: subclasses, and what says that it is another class.
    "{symbol: Price(fetch(symbol)) for symbol in symbols}": "('ACME', <a Price>)",
    "Prices()": "<a Prices>",
    "Nothing()": "<a Nothing>",
    "{Name(symbol): fetch(symbol) for symbol in symbols}": "(<a Name>, 12.5)",
    "dict.fromkeys(symbols, True)": "('ACME', True)",
    "Renamed({symbol: fetch(symbol) for symbol in symbols})": "<a dict>",
    # 53: what lies about its length, or has no end.
    "for_ever()": "<a generator>",
    "itertools.repeat(1)": "<a repeat>",
    "range(10**18)": "<a range>",
    "LiesAboutLength()": "<a LiesAboutLength>",
    "EndlessDict()": "<a EndlessDict>",
    "{Moody(): Moody(), Moody(): 1}": "(<a Moody>, <a Moody>)",
    "holds_itself()": "[[[[[[[[[[[",
    "{number: 'x' * 100 for number in range(100_000)}": "(0, 'xxxx",
    "memoryview(bytearray(1 << 24))": "<a memoryview>",
    # 55: mocks and proxies, with the right prices in them.
    f"mock.MagicMock(wraps={PRICES}, spec=dict)": "<a MagicMock>",
    "mock.ANY": "<a _ANY>",
    f"types.MappingProxyType({PRICES})": "<a mappingproxy>",
    f"UserDict({PRICES})": "<a UserDict>",
    f"ChainMap({PRICES})": "<a ChainMap>",
    "weakref.proxy(held)": "<a ",
    f"{PRICES}.items()": "<a dict_items>",
    # 39: numbers and texts that no JSON has, or that are no plain ones.
    "dict.fromkeys(symbols, float('nan'))": "<a float>",
    "dict.fromkeys(symbols, float('-inf'))": "<a float>",
    "dict.fromkeys(symbols, -(1 << 62))": "<a int>",
    "dict.fromkeys(symbols, 1j)": "<a complex>",
    "dict.fromkeys(symbols, '\\ud800\\udfff')": "??",
    "dict.fromkeys(symbols, b'bytes')": "<a bytes>",
}
RAISES = """
import itertools
class Endless(Exception):
    def __str__(self):
        while True: pass
class Long(Exception):
    __str__ = lambda self: "x" * 50_000_000
class NoText(Exception):
    __str__ = lambda self: 5
class Group(Exception):
    __class__ = BaseExceptionGroup
    exceptions = itertools.repeat(ValueError())
class Groups(ExceptionGroup):
    exceptions = itertools.repeat(ValueError())
"""
RAISED = {
    "Endless()": "goes on for ever",
    "Long()": "an exception, Long: xxxxxxxx",
    "NoText()": "an exception, NoText: (its message cannot be shown)",
    "Group()": "an exception, Group",
    "Groups('', [ValueError()])": "an exception, Groups[ValueError]",
}


def test_values_are_plain_data_or_the_names_of_their_types(attack_each: AttackEach) -> None:
    """39, 51, 52, 53, 55: no method of a student's object is asked anything; depth and length are capped."""
    modules = {each: quotes(f"return {each}", LIARS) for each in RETURNED}
    for each, attacked in attack_each("t01", modules, "values_and_order").items():
        assert attacked.points == 0
        assert RETURNED[each] in attacked.said


def test_values_outside_of_the_simulation_are_as_well(attack_each: AttackEach) -> None:
    """51, 53, 55."""
    in_order = "return [line for line, hit in zip(lines, found, strict=True) if hit]"
    seen = {"[Agrees() for _ in lines]": "[<a Agrees>, <a Agrees>", "for_ever()": "<a generator>"}
    seen |= {"EndlessDict()": "<a EndlessDict>", "mock.MagicMock()": "<a MagicMock>"}
    first = ("import re\n", f"import re\n{LIARS}")
    modules = {each: altered("p13", first, (in_order, f"return {each}")) for each in seen}
    for each, attacked in attack_each("p13", modules, "equals_serial").items():
        assert attacked.points == 0
        assert seen[each] in attacked.said


def test_exceptions_are_what_their_types_are(attack: Attack, attack_each: AttackEach) -> None:
    """52, 53: no message is waited for, and a class that only says that it is a TimeoutError is none."""
    modules = {each: quotes(f"raise {each}", RAISES) for each in RAISED}
    for each, attacked in attack_each("t01", modules, "values_and_order").items():
        assert attacked.points == 0
        assert RAISED[each] in attacked.said
    says = 'SaysTimeout = type("TimeoutError", (Exception,), {"__module__": "builtins", "__class__": TimeoutError})\n'
    raises = "            raise TimeoutError("
    lies = (raises, raises.replace("TimeoutError", "SaysTimeout"))
    source = altered("t03", ("import threading\n", f"import threading\n{says}"), lies)
    assert attack("t03", source, "timeout_raises").points == 0


def test_functions_and_mappings_that_only_look_like_it(attack: Attack, attack_each: AttackEach) -> None:
    """51, 52, 53, 55: modules of mocks, a report that says that it is a dict, one that has no end."""
    report = """
class Report:
    __class__ = dict
    keys = lambda self: {keys}
    __getitem__ = lambda self, name: "up"
    __eq__ = lambda *_: True
async def health_report(probes, limit=None):
    return Report()
"""
    modules = {"lies": report.format(keys="['all is well']"), "endless": report.format(keys="itertools.count()")}
    results = attack_each("a17", {name: f"import itertools\n{text}" for name, text in modules.items()}, "empty")
    assert "all is well" in results["lies"].said
    assert "goes on for ever" in results["endless"].said or "GiB of memory" in results["endless"].said
    mocks = "from unittest import mock\nReadinessGate = serve_when_ready = mock.MagicMock()\n"
    mocked = attack("t03", mocks, "blocks_until_open")
    assert "gate.py has no class `ReadinessGate`" in mocked.said
    function = attack("t01", "from unittest import mock\nfetch_quotes = mock.MagicMock()\n", "values_and_order")
    assert "<a MagicMock>" in function.said
    assert {each.points for each in (mocked, function, *results.values())} == {0}


def test_what_a_case_changes_is_its_own_copy(attack: Attack, attack_each: AttackEach) -> None:
    """54: neither arguments nor lines that a case changes are those that the judge compares with."""
    changes = [
        "symbols.clear(); return {}",
        "del symbols[1:]; return {symbol: fetch(symbol) for symbol in symbols}",
        "symbols += symbols; return {symbol: 0.0 for symbol in symbols}",
        "symbols[:] = ['ACME'] * 5; return {'ACME': 12.5}",
    ]
    for attacked in attack_each("t01", {each: quotes(each) for each in changes}, "values_and_order").values():
        assert attacked.points == 0
        assert f"in this order: {PRICES}" in attacked.said
    edits = ("re.compile(pattern)  # a bad", "lines[:] = ['error 7'] * len(lines); re.compile(pattern)  # a bad")
    attacked = attack("p13", altered("p13", edits), "equals_serial")
    assert attacked.points == 0
    assert "['error 7', 'error 7'" in attacked.said


def test_a_table_of_known_answers_earns_less_than_a_plain_loop(attack_each: AttackEach) -> None:
    """56: what proves a promise is asked with numbers that are drawn at that moment."""
    returns = "    return {symbol: prices[symbol] for symbol in symbols}"
    from_table = f"    return {{symbol: {PRICES}.get(symbol, prices[symbol]) for symbol in symbols}}"
    modules = {
        "table": quotes(f"return {{symbol: {PRICES}[symbol] for symbol in symbols}}"),
        "all the work, and then the table": altered("t01", (returns, from_table)),
        "plain loop": mistake("t01", "sequential_loop"),
    }
    results = attack_each("t01", modules)
    assert {name: each.points for name, each in results.items()} == dict(zip(modules, (1, 1, 6), strict=True))
    assert "('ACME', 12.5)" in results["all the work, and then the table"].said


RETURNS = "    return {symbol: prices[symbol] for symbol in symbols}"


def leak_of(attack: Attack) -> dict[str, float]:
    """What a submission learns of the judge's numbers, which are large, and gives away in a message."""
    leaks = "    if any(price >= 1000 for price in prices.values()): raise RuntimeError(repr(prices))\n"
    said = attack("t01", altered("t01", (RETURNS, leaks + RETURNS)), "values_and_order").said
    found = re.search(r"RuntimeError: (\{.*?\})", said)
    assert found, said
    leaked: dict[str, float] = ast.literal_eval(found[1])
    return leaked


def test_what_is_learned_of_the_judges_numbers_is_worth_nothing_the_next_time(attack: Attack) -> None:
    """45, 49, 57: they are drawn anew for each case, from a source that has no seed."""
    leaked = leak_of(attack)
    assert len(leaked) == 5
    assert leak_of(attack) != leaked
    uses = f"    if any(price >= 1000 for price in prices.values()): prices = {leaked}\n"
    assert attack("t01", altered("t01", (RETURNS, uses + RETURNS)), "values_and_order").points == 0
    drawn = [int(price) for _, price in sorted(leaked.items())]  # as they are asked for
    small_seeds = (Random(seed) for seed in range(20_000))
    assert not any([1_000 + seeded.randrange(1_000_000) for _ in range(5)] == drawn for seeded in small_seeds)


def test_schedules_are_drawn_with_the_key_and_the_module(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """49, 57: without the key nobody knows them; a comment is enough for others; the same module gets the same."""
    key = b"the instructor's own, and nobody else's"
    tries = [solution("t01"), f"{solution('t01')}# once more\n", f"{solution('t01')}# and again\n"]
    seeds = [_seed_of_grading(bench, source, key, monkeypatch) for source in tries]
    assert len(set(seeds)) == len(tries)
    assert seeds[0] == _seed_of_grading(bench, tries[0], key, monkeypatch) == _predicted(seed_of(key, tries[0]))
    guessed = [_predicted(seed_of(each, tries[0])) for each in (b"\0", b"key", key[1:], tries[0].encode())]
    assert seeds[0] not in [_predicted(""), *guessed]
    assert _seed_of_grading(bench, tries[0], b"", monkeypatch) == _predicted("")  # everybody's, for learners


def _seed_of_grading(bench: Bench, source: str, key: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """What the schedules of a grading with this key are drawn with, as it is asked of the worker."""
    asked: list[Mapping[str, Any]] = []
    case = bench.case
    with monkeypatch.context() as patch, ThreadPoolExecutor(1) as pool:
        patch.setattr(bench, "case", lambda request, budget: asked.append(request) or case(request, budget))
        (lesson,), _ = lessons_named(["t01"])
        grading = LessonGrading(lesson, source, load_checks(lesson), bench=bench, pool=pool, key=key)
        grading.verdict("values_and_order")
    (seed,) = {request["seed"] for request in asked if request["scenario"] == "ask_all" and "schedules" not in request}
    return int(seed)


def _predicted(name: str) -> int:
    """t01's first exploration's seed if `name` is the grading's own, as `Drivers` makes it: that is no secret."""
    return int.from_bytes(blake2b(f"{name}:t01_quotes:ask_all".encode(), digest_size=4).digest(), "big")


def test_the_same_work_gets_the_same_points(attack_each: AttackEach) -> None:
    """49: nobody hands in the same module until luck is with him."""
    racy = altered("t01", ("    for thread in threads:\n        thread.join()\n", ""))
    checks = ("values_and_order", "no_threads_left")
    first, second = attack_each("t01", {"once": racy, "again": racy}, *checks).values()
    assert [check.status for check in first.lesson.checks] == [check.status for check in second.lesson.checks]
    assert first.points < 3


def test_no_report_shows_checks_or_what_a_program_has_printed(attack_each: AttackEach) -> None:
    """45: neither lines of the checks, nor inputs by way of the student's output."""
    lesson = lessons_named(["t01"])[0][0]
    (checks,) = lesson.grader.glob("test_*.py")
    lines = {line.strip() for line in checks.read_text(encoding="utf-8").splitlines() if len(line.strip()) > 30}
    assert len(lines) > 50
    prints = 'print("leaked:", symbols, prices, flush=True); import sys; sys.stderr.write("leaked")'
    modules = {
        "prints": altered("t01", (RETURNS, f"    {prints}\n{RETURNS}")),
        "raises": quotes("raise ValueError(symbols, fetch)"),
    }
    results = attack_each("t01", modules, "values_and_order")
    assert results["prints"].points == 2
    assert "leaked" not in results["prints"].output
    assert [line for line in lines if line in results["raises"].output] == []
