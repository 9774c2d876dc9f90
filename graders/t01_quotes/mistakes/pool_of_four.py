"""Uses a pool of four threads, so the fifth symbol waits for a free one.

Killed by: all_in_flight
Diagnosis: pool_too_small
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    with ThreadPoolExecutor(max_workers=4) as pool:
        futures = {symbol: pool.submit(fetch, symbol) for symbol in symbols}
    return {symbol: future.result() for symbol, future in futures.items()}
