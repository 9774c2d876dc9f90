"""A subclass of Thread that keeps its own price and its own error."""

import threading
from collections.abc import Callable, Sequence


class Quote(threading.Thread):
    def __init__(self, symbol: str, fetch: Callable[[str], float]) -> None:
        super().__init__()
        self.symbol = symbol
        self.fetch = fetch
        self.price = 0.0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.price = self.fetch(self.symbol)
        except Exception as error:
            self.error = error


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    quotes = [Quote(symbol, fetch) for symbol in symbols]
    for quote in quotes:
        quote.start()
    for quote in quotes:
        quote.join()
    for quote in quotes:
        if quote.error is not None:
            raise quote.error
    return {quote.symbol: quote.price for quote in quotes}
