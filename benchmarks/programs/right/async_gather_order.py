"""Results in the order in which they came, repaired.

The pages are what `gather` returns.
"""

import asyncio

TITLES = {1: "one", 2: "two", 3: "three"}


def read(number):
    return TITLES[number]


async def load(number):
    return await asyncio.to_thread(read, number)


async def load_all():
    return await asyncio.gather(*(load(number) for number in (1, 2, 3)))


def main():
    return asyncio.run(load_all()) == ["one", "two", "three"]
