"""Lost update across an await, repaired.

Nothing is awaited between reading the balance and writing it.
"""

import asyncio


class Account:
    def __init__(self):
        self.balance = 0

    async def deposit(self, amount):
        await asyncio.sleep(0)
        self.balance = self.balance + amount


async def deposit_twice(account):
    await asyncio.gather(account.deposit(10), account.deposit(5))


def main():
    account = Account()
    asyncio.run(deposit_twice(account))
    return account.balance == 15
