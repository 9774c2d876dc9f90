"""Plain threads fill one Future each, which carries either the price or the exception."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    def fill(future: Future[float], symbol: str) -> None:
        try:
            future.set_result(fetch(symbol))
        except Exception as error:
            future.set_exception(error)

    futures: dict[str, Future[float]] = {symbol: Future() for symbol in symbols}
    threads = [threading.Thread(target=fill, args=(future, symbol)) for symbol, future in futures.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {symbol: future.result() for symbol, future in futures.items()}
