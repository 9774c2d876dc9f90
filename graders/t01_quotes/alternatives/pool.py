"""A pool with one thread for each symbol instead of threads started by hand."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    with ThreadPoolExecutor(max_workers=max(1, len(symbols))) as pool:
        futures = {symbol: pool.submit(fetch, symbol) for symbol in symbols}
    return {symbol: future.result() for symbol, future in futures.items()}
