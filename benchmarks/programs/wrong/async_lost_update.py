"""Lost update across an await.

The balance is read before the await and written after it; another task has changed it meanwhile.
"""

import asyncio


class Account:
    def __init__(self):
        self.balance = 0

    async def deposit(self, amount):
        balance = self.balance
        await asyncio.sleep(0)
        self.balance = balance + amount


async def deposit_twice(account):
    await asyncio.gather(account.deposit(10), account.deposit(5))


def main():
    account = Account()
    asyncio.run(deposit_twice(account))
    return account.balance == 15
