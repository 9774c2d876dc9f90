"""Counts the results in a queue, but never joins the threads that put them there.

Killed by: no_threads_left
Diagnosis: thread_left_behind
"""

import queue
import threading
from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    results = queue.Queue()

    def fetch_one(symbol):
        try:
            results.put((symbol, fetch(symbol), None))
        except Exception as error:
            results.put((symbol, None, error))

    for symbol in symbols:
        threading.Thread(target=fetch_one, args=(symbol,)).start()
    prices = {}
    errors = {}
    for _ in symbols:
        symbol, price, error = results.get()
        if error is None:
            prices[symbol] = price
        else:
            errors[symbol] = error
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
