"""Asks for one price after the other, without any thread.

Killed by: all_in_flight
Diagnosis: same_thread
"""

from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    prices = {}
    first_error = None
    for symbol in symbols:
        try:
            prices[symbol] = fetch(symbol)
        except Exception as error:
            if first_error is None:
                first_error = error
    if first_error is not None:
        raise first_error
    return prices
