"""Makes the pool as large as the list, and a pool of zero threads is a ValueError.

Killed by: empty
Diagnosis: pool_of_zero
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    with ThreadPoolExecutor(max_workers=len(symbols)) as pool:
        futures = {symbol: pool.submit(fetch, symbol) for symbol in symbols}
    return {symbol: future.result() for symbol, future in futures.items()}
