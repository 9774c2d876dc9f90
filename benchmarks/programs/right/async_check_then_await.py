"""Check, then await, then act, repaired.

A lock is held from the check to the act.
"""

import asyncio


class Cache:
    def __init__(self):
        self.pages = {}
        self.fetched = 0
        self.lock = asyncio.Lock()

    def fetch(self):
        self.fetched += 1
        return "page"

    async def get(self, url):
        async with self.lock:
            if url not in self.pages:
                self.pages[url] = await asyncio.to_thread(self.fetch)
        return self.pages[url]


async def get_twice(cache):
    return await asyncio.gather(cache.get("/"), cache.get("/"))


def main():
    cache = Cache()
    pages = asyncio.run(get_twice(cache))
    return pages == ["page", "page"] and cache.fetched == 1
