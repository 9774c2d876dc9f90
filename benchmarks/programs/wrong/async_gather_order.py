"""Results in the order in which they came.

`gather` returns results in the order of its arguments, but the pages are collected as each of them arrives.
"""

import asyncio

TITLES = {1: "one", 2: "two", 3: "three"}


def read(number):
    return TITLES[number]


async def load(number, pages):
    pages.append(await asyncio.to_thread(read, number))


async def load_all():
    pages = []
    await asyncio.gather(*(load(number, pages) for number in (1, 2, 3)))
    return pages


def main():
    return asyncio.run(load_all()) == ["one", "two", "three"]
