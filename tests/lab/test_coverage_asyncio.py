"""`asyncio`, corner by corner, alone and beside threads: unmodified programs, exact virtual times."""

import sys

import pytest

from tests.lab.exact import Case, assert_exact
from tests.lab.nursery import Nursery

HEADER = """
import asyncio, threading, time
begin = time.monotonic()
def passed(): return round(time.monotonic() - begin, 6)
def name_of(error): return type(error).__name__
async def told(awaitable):
    try: return await awaitable
    except BaseException as error: return f"{type(error).__name__}: {error}".rstrip(": ")
async def sleep(n):
    await asyncio.sleep(n)
    return n
async def fail(n):
    await asyncio.sleep(n)
    raise ValueError(n)
"""


def coroutine(body: str, value: object = None, seconds: float = 0) -> Case:
    """A case whose body is that of a coroutine."""
    inner = body.replace("\n", "\n    ")
    return Case(f"\n    async def go():{inner}\n    return asyncio.run(go())", value, seconds)


CASES = {
    "a task's whole life": coroutine(
        """
    task = asyncio.create_task(sleep(1), name="job")
    states = [(task.done(), task.cancelled(), task in asyncio.all_tasks(), task.get_name())]
    await asyncio.sleep(0.5)
    try: task.result()
    except asyncio.InvalidStateError: states.append("no result yet")
    task.add_done_callback(lambda done: states.append((done.result(), passed())))
    await task
    await asyncio.sleep(0)
    return states, task.done(), task in asyncio.all_tasks(), asyncio.current_task().get_name()""",
        ([(False, False, True, "job"), "no result yet", (1, 1.0)], True, False, "Task-1"),
        1,
    ),
    "cancelling": coroutine(
        """
    log = []
    async def work():
        try: await asyncio.sleep(9)
        except asyncio.CancelledError as error:
            log.append((str(error), asyncio.current_task().cancelling()))
            await asyncio.sleep(1)
            raise
        finally: log.append(passed())
    task = asyncio.create_task(work())
    await asyncio.sleep(0.5)
    asked = task.cancel("enough")
    return asked, await told(task), log, task.cancelled(), task.cancel()""",
        (True, "CancelledError: enough", [("enough", 1), 1.5], True, False),
        1.5,
    ),
    "a cancellation that is swallowed": coroutine(
        """
    async def work():
        try: await asyncio.sleep(9)
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()
            return "kept going"
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    return await task, task.cancelled(), task.cancelling()""",
        ("kept going", False, 0),
    ),
    "TaskGroup": coroutine(
        """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(sleep(n)) for n in (2, 1)]
    found = [task.result() for task in tasks], passed()
    log = []
    async def watch():
        try: await asyncio.sleep(9)
        finally: log.append(passed())
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(watch())
            group.create_task(fail(1))
            group.create_task(fail(1))
            await asyncio.sleep(9)
    except* ValueError as errors: log.append((len(errors.exceptions), passed()))
    return found, log""",
        (([2, 1], 2.0), [3.0, (2, 3.0)]),
        3,
    ),
    "timeout, timeout_at, reschedule, nested": coroutine(
        """
    found, loop = [], asyncio.get_running_loop()
    try:
        async with asyncio.timeout(1) as limit: await asyncio.sleep(9)
    except TimeoutError: found.append((limit.expired(), passed()))
    try:
        async with asyncio.timeout_at(loop.time() + 0.5): await asyncio.sleep(9)
    except TimeoutError: found.append(passed())
    async with asyncio.timeout(1) as limit:
        limit.reschedule(loop.time() + 3)
        await asyncio.sleep(2)
    found.append((limit.expired(), passed()))
    try:
        async with asyncio.timeout(1):
            try:
                async with asyncio.timeout(5): await asyncio.sleep(9)
            except TimeoutError: found.append("inner")
    except TimeoutError: found.append(("outer", passed()))
    async with asyncio.timeout(None): await asyncio.sleep(0.5)
    return found""",
        [(True, 1.0), 1.5, (False, 3.5), ("outer", 4.5)],
        5,
    ),
    "wait_for": coroutine(
        """
    log = []
    async def work():
        try: await asyncio.sleep(9)
        finally:
            await asyncio.sleep(1)
            log.append(passed())
    return [
        await asyncio.wait_for(sleep(1), 2), await told(asyncio.wait_for(work(), 1)), log, passed(),
        await asyncio.wait_for(sleep(1), None), await told(asyncio.wait_for(fail(1), 2)),
        await told(asyncio.wait_for(sleep(1), 0)), passed(),
    ]""",
        [1, "TimeoutError", [3.0], 3.0, 1, "ValueError: 1", "TimeoutError", 5.0],
        5,
    ),
    "gather": coroutine(
        """
    found = [await asyncio.gather(sleep(2), sleep(1)), passed()]
    found.append([str(one) for one in await asyncio.gather(sleep(1), fail(2), return_exceptions=True)])
    other = asyncio.create_task(sleep(3))
    found += [await told(asyncio.gather(other, fail(1))), passed(), other.done(), await other, passed()]
    both = asyncio.gather(sleep(9), sleep(9))
    await asyncio.sleep(0)
    both.cancel()
    return found, await told(both), await asyncio.gather()""",
        ([[2, 1], 2.0, ["1", "2"], "ValueError: 1", 5.0, False, 3, 7.0], "CancelledError", []),
        7,
    ),
    "wait, each way": coroutine(
        """
    tasks = [asyncio.create_task(one) for one in (sleep(1), fail(2), sleep(3), sleep(4))]
    found = []
    rounds = ("FIRST_COMPLETED", None), ("FIRST_EXCEPTION", None), ("ALL_COMPLETED", 1.5), ("ALL_COMPLETED", None)
    for how, limit in rounds:
        done, waiting = await asyncio.wait(tasks, timeout=limit, return_when=getattr(asyncio, how))
        found.append((len(done), len(waiting), passed()))
    return found, name_of(tasks[1].exception())""",
        ([(1, 3, 1.0), (2, 2, 2.0), (3, 1, 3.5), (4, 0, 4.0)], "ValueError"),
        4,
    ),
    "as_completed": coroutine(
        """
    found = [(await one, passed()) for one in asyncio.as_completed([sleep(2), sleep(1)])]
    late = [asyncio.create_task(sleep(n)) for n in (1, 9)]
    for one in asyncio.as_completed(late, timeout=2): found.append(await told(one))
    late[1].cancel()
    return found, passed()""",
        ([(1, 1.0), (2, 2.0), 1, "TimeoutError"], 4.0),
        4,
    ),
    "shield": coroutine(
        """
    inner = asyncio.create_task(sleep(2))
    outer = asyncio.create_task(told(asyncio.shield(inner)))
    await asyncio.sleep(1)
    outer.cancel()
    return await told(outer), inner.cancelled(), await inner, passed()""",
        ("CancelledError", False, 2, 2.0),
        2,
    ),
    "Lock": coroutine(
        """
    lock, log = asyncio.Lock(), []
    async def work(n):
        async with lock:
            await asyncio.sleep(1)
            log.append((n, passed()))
    waiting = [asyncio.create_task(work(n)) for n in range(3)]
    await asyncio.sleep(0.5)
    waiting[1].cancel()
    await asyncio.wait(waiting)
    try: lock.release()
    except RuntimeError as error: return log, lock.locked(), str(error)""",
        ([(0, 1.0), (2, 2.0)], False, "Lock is not acquired."),
        2,
    ),
    "Event": coroutine(
        """
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(1, event.set)
    waiters = await asyncio.gather(*(event.wait() for _ in range(3)))
    event.clear()
    return waiters, passed(), await told(asyncio.wait_for(event.wait(), 1)), event.is_set()""",
        ([True] * 3, 1.0, "TimeoutError", False),
        2,
    ),
    "Condition": coroutine(
        """
    condition, items, log = asyncio.Condition(), [], []
    async def take(n):
        async with condition:
            await condition.wait_for(lambda: items)
            log.append((n, items.pop(), passed()))
    takers = [asyncio.create_task(take(n)) for n in range(2)]
    for item in "ab":
        await asyncio.sleep(1)
        async with condition:
            items.append(item)
            condition.notify()
    await asyncio.gather(*takers)
    return log""",
        [(0, "a", 1.0), (1, "b", 2.0)],
        2,
    ),
    "Semaphore and BoundedSemaphore": coroutine(
        """
    semaphore, busy, most = asyncio.Semaphore(2), 0, 0
    async def work():
        nonlocal busy, most
        async with semaphore:
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(1)
            busy -= 1
    await asyncio.gather(*(work() for _ in range(5)))
    bounded = asyncio.BoundedSemaphore(1)
    try: bounded.release()
    except ValueError as error: return most, passed(), semaphore.locked(), str(error)""",
        (2, 3.0, False, "BoundedSemaphore released too many times"),
        3,
    ),
    "Barrier": coroutine(
        """
    barrier, log = asyncio.Barrier(2), []
    async def arrive(n):
        await asyncio.sleep(n)
        async with barrier as place: log.append((place, passed()))
    await asyncio.gather(arrive(1), arrive(2))
    alone = asyncio.create_task(told(barrier.wait()))
    await asyncio.sleep(1)
    await barrier.abort()
    return sorted(log), (await alone).partition(":")[0], barrier.broken""",
        ([(0, 2.0), (1, 2.0)], "BrokenBarrierError", True),
        3,
    ),
    "queues": coroutine(
        """
    jobs, done = asyncio.Queue(2), []
    async def work():
        while True:
            job = await jobs.get()
            await asyncio.sleep(job)
            done.append((job, passed()))
            jobs.task_done()
    workers = [asyncio.create_task(work()) for _ in range(2)]
    for job in (2, 1, 1, 1): await jobs.put(job)
    await jobs.join()
    for worker in workers: worker.cancel()
    found = [name_of(error) for error in await asyncio.gather(*workers, return_exceptions=True)]
    orders = []
    for make in (asyncio.LifoQueue, asyncio.PriorityQueue):
        queue = make()
        for n in (2, 3, 1): queue.put_nowait(n)
        orders.append([queue.get_nowait() for _ in range(3)])
    try: queue.get_nowait()
    except asyncio.QueueEmpty: return sorted(done), found, orders, passed()""",
        ([(1, 1.0), (1, 2.0), (1, 3.0), (2, 2.0)], ["CancelledError"] * 2, [[1, 3, 2], [1, 2, 3]], 3.0),
        3,
    ),
    "call_later, call_at, cancel, time": coroutine(
        """
    loop, log = asyncio.get_running_loop(), []
    loop.call_soon(log.append, "soon")
    loop.call_at(loop.time() + 2, lambda: log.append(("at", passed())))
    never = loop.call_later(1, log.append, "never")
    handle = loop.call_later(1.5, lambda: log.append(("later", passed())))
    never.cancel()
    await asyncio.sleep(3)
    return log, never.cancelled(), handle.cancelled(), round(loop.time() - begin, 6)""",
        (["soon", ("later", 1.5), ("at", 2.0)], True, False, 3.0),
        3,
    ),
    "futures": coroutine(
        """
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_later(1, future.set_result, "result")
    found = [await future, passed(), future.done()]
    other = loop.create_future()
    loop.call_later(1, other.set_exception, OSError("broken"))
    return found, await told(other), passed()""",
        (["result", 1.0, True], "OSError: broken", 2.0),
        2,
    ),
    "threads beside the loop, on one clock": coroutine(
        """
    log = []
    thread = threading.Thread(target=lambda: time.sleep(1) or log.append(passed()))
    thread.start()
    await asyncio.sleep(1)
    await asyncio.to_thread(thread.join)
    return log, passed()""",
        ([1.0], 1.0),
        1,
    ),
    "to_thread and run_in_executor": coroutine(
        """
    import concurrent.futures
    loop = asyncio.get_running_loop()
    first = await asyncio.gather(asyncio.to_thread(time.sleep, 2), asyncio.sleep(2), asyncio.to_thread(time.sleep, 1))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        jobs = [loop.run_in_executor(pool, time.sleep, 1) for _ in range(2)]
        await asyncio.gather(*jobs)
        bad = await told(loop.run_in_executor(pool, int, "x"))
    return first, passed(), bad.partition(":")[0], await loop.run_in_executor(None, pow, 2, 3)""",
        ([None] * 3, 4.0, "ValueError", 8),
        4,
    ),
    "from another thread": coroutine(
        """
    loop, found = asyncio.get_running_loop(), []
    def other():
        job = asyncio.run_coroutine_threadsafe(sleep(2), loop)
        try: job.result(timeout=0.5)
        except TimeoutError: found.append(passed())
        found.append((job.result(), passed()))
        late = asyncio.run_coroutine_threadsafe(sleep(9), loop)
        time.sleep(0.5)
        found.append(late.cancel())
        loop.call_soon_threadsafe(over.set)
    over = asyncio.Event()
    thread = threading.Thread(target=other)
    thread.start()
    await over.wait()
    return found, passed()""",
        ([0.5, (2, 2.0), True], 2.5),
        2.5,
    ),
    "two loops in two threads": Case(
        """
    found = []
    def own(n): found.append((asyncio.run(sleep(n)), passed()))
    threads = [threading.Thread(target=own, args=(n,)) for n in (2, 1)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return sorted(found)""",
        [(1, 1.0), (2, 2.0)],
        2,
    ),
    "a loop in a daemon thread": Case(
        """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    result = asyncio.run_coroutine_threadsafe(sleep(1), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    return result, loop.is_closed(), passed()""",
        (1, True, 1.0),
        1,
    ),
    "Runner": Case(
        """
    import contextvars
    variable = contextvars.ContextVar("v", default=0)
    async def count():
        variable.set(variable.get() + 1)
        await asyncio.sleep(1)
        return variable.get()
    with asyncio.Runner(debug=False) as runner:
        found = [runner.run(count()), runner.run(count()), runner.get_loop().is_running()]
    late = sleep(1)
    try: runner.run(late)
    except RuntimeError as error: return found, str(error), passed()
    finally: late.close()""",
        ([1, 2, False], "Runner is closed", 2.0),
        2,
    ),
    "run waits for what it cancels": Case(
        """
    log = []
    async def forgotten():
        try: await asyncio.sleep(9)
        finally:
            await asyncio.sleep(1)
            log.append(passed())
    async def go():
        global kept
        kept = asyncio.create_task(forgotten())
        await asyncio.sleep(1)
    asyncio.run(go())
    return log, passed()""",
        ([2.0], 2.0),
        2,
    ),
    "async generators are closed with the loop": Case(
        """
    log = []
    async def numbers():
        try:
            for n in range(9):
                await asyncio.sleep(1)
                yield n
        finally:
            await asyncio.sleep(0.5)
            log.append(passed())
    async def go():
        global kept
        kept = numbers()
        async for n in kept:
            if n == 1: return n
    return asyncio.run(go()), log""",
        (1, [2.5]),
        2.5,
    ),
    "asynchronous context managers and comprehensions": coroutine(
        """
    from contextlib import AsyncExitStack, asynccontextmanager
    log = []
    @asynccontextmanager
    async def open_slowly(n):
        await asyncio.sleep(n)
        try: yield n
        finally: log.append(n)
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(open_slowly(n)) for n in (1, 2)]
    async def count():
        for n in range(3):
            await asyncio.sleep(1)
            yield n
    return opened, log, [n async for n in count()], [await sleep(n) for n in (1, 2)]""",
        ([1, 2], [2, 1], [0, 1, 2], [1, 2]),
        9,
    ),
    "a handler of a program's own": coroutine(
        """
    seen, loop = [], asyncio.get_running_loop()
    def handle(loop, context): seen.append((context["message"].split()[0], name_of(context["exception"])))
    loop.set_exception_handler(handle)
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(1)
    return seen, loop.get_exception_handler() is not None""",
        ([("Exception", "ZeroDivisionError")], True),
        1,
    ),
    "debug mode": Case(
        """
    async def go():
        await asyncio.sleep(1)
        return asyncio.get_running_loop().get_debug()
    return asyncio.run(go(), debug=True)""",
        True,
        1,
    ),
    "what only works in a loop": Case(
        """
    async def go(): asyncio.run(sleep(1))
    def told_at_once(function):
        try: return function()
        except RuntimeError as error: return str(error)
    coroutine = sleep(1)
    found = [told_at_once(asyncio.get_running_loop), told_at_once(lambda: asyncio.create_task(coroutine))]
    coroutine.close()
    return found, passed()""",
        (["no running event loop", "no running event loop"], 0.0),
    ),
    "eager is not by default": coroutine(
        """
    log = []
    async def work(): log.append("task")
    task = asyncio.create_task(work())
    log.append("creator")
    await task
    return log""",
        ["creator", "task"],
    ),
}
if sys.version_info >= (3, 12):
    CASES["eager tasks"] = coroutine(
        """
    log = []
    async def work():
        log.append("task")
        await asyncio.sleep(1)
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    task = asyncio.create_task(work())
    log.append("creator")
    await task
    return log""",
        ["task", "creator"],
        1,
    )
if sys.version_info >= (3, 13):
    CASES["a queue that is shut down"] = coroutine(
        """
    jobs = asyncio.Queue()
    waiting = asyncio.create_task(told(jobs.get()))
    await asyncio.sleep(1)
    jobs.shutdown()
    return await waiting, await told(jobs.put(1))""",
        ("QueueShutDown", "QueueShutDown"),
        1,
    )
    CASES["as_completed gives back the tasks"] = coroutine(
        """
    tasks = [asyncio.create_task(sleep(n)) for n in (2, 1)]
    return [tasks.index(task) async for task in asyncio.as_completed(tasks)]""",
        [1, 0],
        2,
    )
if sys.version_info >= (3, 14):
    CASES["a task that starts at once"] = coroutine(
        """
    log = []
    async def work():
        log.append("task")
        await asyncio.sleep(1)
        log.append("end")
    tasks = [asyncio.create_task(work(), eager_start=eager) for eager in (False, True)]
    log.append("creator")
    async with asyncio.TaskGroup() as group: group.create_task(work(), eager_start=True, name="third")
    return log, [task.done() for task in tasks]""",
        (["task", "creator", "task", "task", "end", "end", "end"], [True, True]),
        1,
    )
    CASES["who waits for whom"] = coroutine(
        """
    async def inner(): return asyncio.format_call_graph()
    async def outer(): return await asyncio.create_task(inner(), name="inner")
    graph = await asyncio.create_task(outer(), name="outer")
    return ["name='inner'" in graph, "name='outer'" in graph, ".outer()" in graph], graph.count("Awaited by")""",
        ([True, True, True], 2),
    )
    CASES["no loop, no policy"] = Case(
        """
    async def nothing(): return sorted({name for name in dir(asyncio) if "Policy" in name or "Watcher" in name})
    try: asyncio.get_event_loop()
    except RuntimeError as error: told = str(error)
    return told, asyncio.run(nothing(), loop_factory=asyncio.EventLoop)""",
        ("There is no current event loop in thread 'MainThread'.", []),
    )
if sys.version_info >= (3, 15):
    CASES["a group that is cancelled"] = coroutine(
        """
    log = []
    async def work(n):
        try: await asyncio.sleep(n)
        except asyncio.CancelledError: log.append((n, passed()))
    async with asyncio.TaskGroup() as group:
        for n in (1, 3, 4): group.create_task(work(n))
        asyncio.get_running_loop().call_later(2, group.cancel)
        await asyncio.sleep(9)
        log.append("never")
    unused = asyncio.TaskGroup()
    unused.cancel()
    async with unused: await asyncio.sleep(9)
    return log, passed(), asyncio.current_task().cancelling()""",
        ([(3, 2.0), (4, 2.0)], 2.0, 0),
        2,
    )


@pytest.mark.parametrize("name", CASES)
def test_asyncio_is_as_ever_in_virtual_time(nursery: Nursery, name: str) -> None:
    """The answers and the messages of the real library; the lengths to the nanosecond, under every schedule."""
    assert_exact(nursery, HEADER, CASES[name])


@pytest.mark.parametrize("wait", ["asyncio.Event().wait()", "asyncio.Queue().get()", "asyncio.Barrier(2).wait()"])
def test_waiting_for_nobody_is_a_deadlock(nursery: Nursery, wait: str) -> None:
    """Found at once, in no time."""
    source = f"import asyncio\nasync def go():\n    await {wait}\ndef main():\n    asyncio.run(go())\n"
    run = nursery.run(source)
    assert (run["outcome"], run["duration"]) == ("deadlock", 0)
