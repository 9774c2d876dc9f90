"""Sample checks for lesson t03_gate. `course check t03_gate` looks at more."""

import contextlib
import threading

import pytest
from gate import ReadinessGate, serve_when_ready


def test_a_waiter_is_held_back_until_the_gate_opens():
    """Waiting at a shut gate ends in TimeoutError; at an open one it returns, again and again."""
    gate = ReadinessGate()
    with pytest.raises(TimeoutError):
        gate.wait(timeout=0.05)
    gate.open()
    gate.wait(timeout=5)
    gate.wait(timeout=5)


def test_a_failure_reaches_a_thread_that_waits_and_one_that_comes_later():
    """Both threads get the very exception that was given to fail()."""
    gate = ReadinessGate()
    error = OSError("no such file: shop.toml")
    caught = []

    def waiter():
        try:
            gate.wait(timeout=5)
        except OSError as got:
            caught.append(got)

    early = threading.Thread(target=waiter)
    early.start()
    gate.fail(error)
    late = threading.Thread(target=waiter)
    late.start()
    early.join()
    late.join()
    assert [got is error for got in caught] == [True, True]


def test_handlers_run_together_once_the_configuration_is_there():
    """Every handler waits until all three are at work; their results come back in order."""
    all_at_work = threading.Barrier(3)
    too_early = []
    met = []
    config = {}

    def load():
        config["currency"] = "EUR"
        return config

    def handler(number):
        def handle(got):
            if not config:
                too_early.append(number)
            with contextlib.suppress(threading.BrokenBarrierError):
                all_at_work.wait(timeout=5)
                met.append(number)
            return f"{number} {got.get('currency')}"

        return handle

    results = serve_when_ready(load, [handler(n) for n in range(3)])
    assert too_early == [], "these handlers were called before load() had returned"
    assert sorted(met) == [0, 1, 2], "some handlers were not at work with the others"
    assert results == ["0 EUR", "1 EUR", "2 EUR"]


def test_a_failing_load_reaches_the_caller():
    """The exception of load() comes out, no handler is called, no thread stays behind."""
    error = OSError("no such file: shop.toml")
    calls = []
    caught = []
    before = threading.active_count()

    def load():
        raise error

    def caller():
        try:
            serve_when_ready(load, [calls.append, calls.append])
        except OSError as got:
            caught.append(got)

    thread = threading.Thread(target=caller, daemon=True)
    thread.start()
    thread.join(timeout=5)
    assert not thread.is_alive(), "serve_when_ready hangs"
    assert [got is error for got in caught] == [True]
    assert calls == []
    assert threading.active_count() == before
