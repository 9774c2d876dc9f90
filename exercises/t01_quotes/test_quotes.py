"""Sample checks for lesson t01_quotes. `course check t01_quotes` looks at more."""

import contextlib
import threading
import time

import pytest
from quotes import fetch_quotes

PRICES = {"ACME": 12.5, "HOOLI": 99.0, "INITECH": 3.25}


def test_prices_come_back_in_the_order_of_the_symbols():
    """The last symbol answers first, and still comes last in the dictionary."""
    delays = {"ACME": 0.06, "HOOLI": 0.03, "INITECH": 0.0}

    def fetch(symbol):
        time.sleep(delays[symbol])
        return PRICES[symbol]

    assert list(fetch_quotes(list(PRICES), fetch).items()) == list(PRICES.items())


def test_no_symbols_no_calls():
    """An empty list gives an empty dictionary, and nothing is fetched."""
    calls = []
    assert fetch_quotes([], calls.append) == {}
    assert calls == []


def test_all_calls_are_under_way_together():
    """Every call waits until all three are inside fetch; one after another would never get there."""
    all_inside = threading.Barrier(len(PRICES))
    met = []

    def fetch(symbol):
        with contextlib.suppress(threading.BrokenBarrierError):
            all_inside.wait(timeout=5)
            met.append(symbol)
        return PRICES[symbol]

    prices = fetch_quotes(list(PRICES), fetch)
    assert sorted(met) == sorted(PRICES), "some calls of fetch were not under way with the others"
    assert prices == PRICES


def test_an_error_reaches_the_caller_after_the_other_calls():
    """HOOLI fails at once; its error comes out when ACME and INITECH are done."""
    error = ConnectionError("no route to the exchange")
    done = []

    def fetch(symbol):
        if symbol == "HOOLI":
            raise error
        time.sleep(0.03)
        done.append(symbol)
        return PRICES[symbol]

    with pytest.raises(ConnectionError) as caught:
        fetch_quotes(list(PRICES), fetch)
    assert caught.value is error
    assert sorted(done) == ["ACME", "INITECH"]
