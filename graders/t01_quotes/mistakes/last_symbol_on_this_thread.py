"""Fetches the last symbol on the caller's thread, which would only have waited.

Killed by: off_main_thread
Diagnosis: caller_works_too
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

    threads = [threading.Thread(target=fetch_one, args=(symbol,)) for symbol in symbols[:-1]]
    for thread in threads:
        thread.start()
    if symbols:
        fetch_one(symbols[-1])
    for thread in threads:
        thread.join()
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
