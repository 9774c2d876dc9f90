"""The threads put what they found into a queue, which is emptied after the last join."""

import queue
import threading
from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    found: queue.Queue[tuple[str, float | None, Exception | None]] = queue.Queue()

    def ask(symbol: str) -> None:
        try:
            found.put((symbol, fetch(symbol), None))
        except Exception as error:
            found.put((symbol, None, error))

    threads = [threading.Thread(target=ask, args=(symbol,)) for symbol in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    prices: dict[str, float] = {}
    errors: dict[str, Exception] = {}
    for _ in threads:
        symbol, price, error = found.get()
        if price is not None:
            prices[symbol] = price
        elif error is not None:
            errors[symbol] = error
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
