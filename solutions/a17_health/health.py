"""A status page: ask every service how it is, all at once, and report who is up and who is down."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping


async def health_report(
    probes: Mapping[str, Callable[[], Awaitable[object]]], limit: int | None = None
) -> dict[str, str]:
    """Return "up" or "down" for every probe, in the order given, running the probes at the same time.

    A probe is a function without arguments; calling it gives something to await. Each probe is called once.
    A probe that returns is "up", whatever it returns: None, 0 and "" count too. A probe that raises is "down",
    also when it raises asyncio.CancelledError by itself. One failure stops nobody else: the others run to their end.

    At most `limit` probes run at any moment (`limit` is at least 1). As soon as one ends, the next one starts.
    Without a limit all of them run at once, and the report takes as long as the slowest probe. No probes: `{}`.

    Cancelling the report cancels every probe that is running, starts no other, and raises CancelledError.

    Example::

        async def database() -> int:
            await asyncio.sleep(2)
            return 0

        async def mail() -> None:
            raise ConnectionError("no route to host")

        await health_report({"database": database, "mail": mail})  # {"database": "up", "mail": "down"} after 2 s
    """
    ### BEGIN SOLUTION
    slots = asyncio.Semaphore(len(probes) if limit is None else limit)

    async def run(probe: Callable[[], Awaitable[object]]) -> None:
        async with slots:
            await probe()

    errors = await asyncio.gather(*(run(probe) for probe in probes.values()), return_exceptions=True)
    return {name: "up" if error is None else "down" for name, error in zip(probes, errors, strict=True)}
    ### END SOLUTION
