"""Raises inside the join loop, while later threads are still at work.

Killed by: error_after_all_done
Diagnosis: thread_left_behind
"""

import threading
from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    prices = {}
    errors = {}

    def fetch_one(symbol):
        try:
            prices[symbol] = fetch(symbol)
        except Exception as error:
            errors[symbol] = error

    threads = {symbol: threading.Thread(target=fetch_one, args=(symbol,)) for symbol in symbols}
    for thread in threads.values():
        thread.start()
    for symbol, thread in threads.items():
        thread.join()
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
