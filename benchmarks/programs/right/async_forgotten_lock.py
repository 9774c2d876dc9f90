"""A forgotten lock, repaired.

The audit asks for the lock as well.
"""

import asyncio


class Bank:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.a, self.b = 10, 0
        self.log = []

    def note(self, what):
        self.log.append(what)

    async def transfer(self):
        async with self.lock:
            self.a -= 5
            await asyncio.to_thread(self.note, "transfer")
            self.b += 5

    async def audit(self):
        await asyncio.to_thread(self.note, "audit")
        async with self.lock:
            return self.a + self.b


async def both(bank):
    _, total = await asyncio.gather(bank.transfer(), bank.audit())
    return total


def main():
    return asyncio.run(both(Bank())) == 10
