"""Attack 97: a gate that holds nobody, and threads that are only told of. Outside of the worker, the judge sees both.

The forger has the lab, which a scenario lends it here: out of its own it gets at nothing (96). Open then: what needs no
thread. Whoever loads first and then calls one handler after the other gets the points that a plain loop gets honestly;
a gate is as easily right with real threads as it is in virtual time. Of how it waits, a wait with a short limit that is
begun again and again looks like sleep from outside.
"""

import pytest

from tests.attacks.altered import solution, without_last_function
from tests.attacks.conftest import Attack
from tests.attacks.forging import INSIDE, lend

PLAIN = """
def serve_when_ready(load, handlers):
    gate = ReadinessGate()
    config = load()
    gate.open()
    return [handler(config) for handler in handlers]
"""
# In virtual time no thread is started and nothing is called. With real threads it does what `{outside}` says.
FORGED = f"""
import threading
{INSIDE}
def serve_when_ready(load, handlers):
    insides = getattr(load, "insides", None)
    if insides is None:
        return outside(load, handlers)
    lab, config, loading, handling, error, threads_at_load = insides
    scheduler = inside(lab, "_sche", "duler")
    kind, calls, loaded = type(scheduler.current), inside(lab, "_ca", "lls"), int(loading * 1_000_000_000)
    threads_at_load.append(len(handling))
    call = {{"name": "load", "tag": "", "lane": "main", "thread": 0, "start": 0, "end": loaded}}
    calls.append({{**call, "error": "OSError" if error else ""}})
    for number, seconds in enumerate(handling, start=1):
        thread = kind(number, None, 0)
        thread.alive, thread.ended = False, loaded + (0 if error else int(seconds * 1_000_000_000))
        scheduler.threads.append(thread)
        call = {{"name": "handler", "tag": str(number), "lane": thread.name, "thread": number}}
        if not error:
            calls.append({{**call, "start": loaded, "end": thread.ended, "error": ""}})
        scheduler.clock.now = max(scheduler.clock.now, thread.ended)
    if error:
        raise error
    return [[number, dict(config)] for number, _ in enumerate(handling, start=1)]
"""
ONE_BY_ONE = PLAIN.replace("serve_when_ready", "outside")
DECOYS = """
def outside(load, handlers):
    ended = threading.Event()
    decoys = [threading.Thread(target=ended.wait) for _ in handlers]
    for decoy in decoys:
        decoy.start()
    try:
        config = load()
        return [handler(config) for handler in handlers]
    finally:
        ended.set()
        for decoy in decoys:
            decoy.join()
"""
# Right in virtual time; with real threads, it does nothing.
GATE_OF_AIR = """
import os
_Right = ReadinessGate
class GateOfAir(_Right):
    def wait(self, timeout=None):
        if "COURSE_MEETING" not in os.environ:
            super().wait(timeout)
ReadinessGate = GateOfAir
"""


@pytest.fixture(autouse=True)
def lent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario that lends all that a forger would have to get at."""
    given = "load.insides = [lab, config, loading, handling, error if failure else None, threads_at_load]"
    lend("t03", "    kind, value = lab.attempt(call)", given, monkeypatch)


@pytest.mark.parametrize(
    ("outside", "said"),
    [
        (ONE_BY_ONE, "at most 1 at the same time, outside of the simulation"),
        (DECOYS, "at most 1 at the same time, outside of the simulation"),
    ],
    ids=["no thread", "decoys"],
)
def test_handlers_that_are_told_of_bring_what_a_plain_loop_brings(attack: Attack, outside: str, said: str) -> None:
    gate = without_last_function("t03", "serve_when_ready")
    attacked = attack("t03", gate + FORGED + outside)
    plain = attack("t03", gate + PLAIN)
    assert attacked.lost == plain.lost == ["handlers_after_load_and_together", "threads_wait_already_during_load"]
    assert attacked.points == plain.points == 7
    assert said in attacked.said


def test_a_gate_that_holds_nobody_outside_gets_the_point_of_those_who_come_late(attack: Attack) -> None:
    attacked = attack("t03", solution("t03") + GATE_OF_AIR)
    assert attacked.lost == ["blocks_until_open", "timeout_raises", "fail_reaches_waiters_early_and_late"]
    assert attacked.points == 1
    assert "a thread came through before" in attacked.said
