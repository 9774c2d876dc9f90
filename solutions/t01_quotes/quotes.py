"""Price quotes at once: start threads, wait for them, bring back what they found."""

import threading
from collections.abc import Callable, Sequence


def fetch_quotes(symbols: Sequence[str], fetch: Callable[[str], float]) -> dict[str, float]:
    """Return the price of every symbol, in the order given, asking for all of them at the same time.

    ``fetch(symbol)`` is one slow call. It runs once for each symbol, always on a thread other than the caller's, and
    all the calls are under way together: ten calls of one second take one second. The symbols are all different. No
    symbols give an empty dictionary.

    If calls raise, the exception of the first failing symbol, in the order of ``symbols``, is raised here, the very
    same object. That happens when all the other calls are done; nothing is printed on the way. However this function
    ends, every thread that it started has ended too.

    Example::

        def fetch(symbol: str) -> float:
            time.sleep(1)
            return {"ACME": 12.5, "HOOLI": 99.0}[symbol]

        fetch_quotes(["HOOLI", "ACME"], fetch)  # {"HOOLI": 99.0, "ACME": 12.5}, after one second
    """
    ### BEGIN SOLUTION
    prices: dict[str, float] = {}
    errors: dict[str, Exception] = {}

    def fetch_one(symbol: str) -> None:
        try:
            prices[symbol] = fetch(symbol)
        except Exception as error:  # the caller gets it, whatever it is
            errors[symbol] = error

    threads = [threading.Thread(target=fetch_one, args=(symbol,)) for symbol in symbols]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for symbol in symbols:
        if symbol in errors:
            raise errors[symbol]
    return {symbol: prices[symbol] for symbol in symbols}
    ### END SOLUTION
