"""Check, then await, then act.

Both tasks find nothing in the cache, and both fetch.
"""

import asyncio


class Cache:
    def __init__(self):
        self.pages = {}
        self.fetched = 0

    def fetch(self):
        self.fetched += 1
        return "page"

    async def get(self, url):
        if url not in self.pages:
            self.pages[url] = await asyncio.to_thread(self.fetch)
        return self.pages[url]


async def get_twice(cache):
    return await asyncio.gather(cache.get("/"), cache.get("/"))


def main():
    cache = Cache()
    pages = asyncio.run(get_twice(cache))
    return pages == ["page", "page"] and cache.fetched == 1
