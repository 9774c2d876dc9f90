"""Every thread writes to its own place in a list, found by its number."""

import threading
from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    slots: list[float | Exception | None] = [None] * len(symbols)

    def fill(index: int) -> None:
        try:
            slots[index] = fetch(symbols[index])
        except Exception as error:
            slots[index] = error

    threads = []
    for index in range(len(symbols)):
        thread = threading.Thread(target=fill, args=(index,))
        threads.append(thread)
        thread.start()
    while threads:
        threads.pop().join()

    prices: dict[str, float] = {}
    for symbol, found in zip(symbols, slots, strict=True):
        if isinstance(found, Exception):
            raise found
        if found is not None:
            prices[symbol] = found
    return prices
