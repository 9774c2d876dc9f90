"""Sleeps two seconds instead of joining, because the calls are always faster than that.

Killed by: no_threads_left
Diagnosis: thread_left_behind
"""

import threading
import time
from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    prices = {}
    errors = {}

    def fetch_one(symbol):
        try:
            prices[symbol] = fetch(symbol)
        except Exception as error:
            errors[symbol] = error

    for symbol in symbols:
        threading.Thread(target=fetch_one, args=(symbol,)).start()
    time.sleep(2)
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
