"""Scenarios: how the checks drive a student's gate. This file travels to the workers."""

from typing import Any


def waiter(lab: Any, gate: Any, *, timeout: float | None = None, error: Exception | None = None) -> Any:
    """A thread that waits at the gate; `error` is what `fail()` is, or will be, called with."""

    def wait() -> dict[str, Any]:
        raised: list[Exception] = []
        began = lab.now()

        def look() -> None:
            try:
                gate.wait() if timeout is None else gate.wait(timeout)
            except Exception as exception:
                raised.append(exception)
                raise

        kind, what = lab.attempt(look)
        return {
            "kind": kind,
            "what": what,
            "after": lab.now() - began,
            "is_timeout": bool(raised) and issubclass(type(raised[0]), TimeoutError),  # `__class__` may lie
            "is_error": bool(raised) and raised[0] is error,
        }

    return lab.start(wait)


def told(waiters: list[Any]) -> list[dict[str, Any] | None]:
    """How each waiter came back; None for one that still waits."""
    return [waiter.result()[1] if waiter.done else None for waiter in waiters]


def hold(student: Any, lab: Any, waiters: int, seconds: float) -> dict[str, Any]:
    """Threads wait at a shut gate for so long; then it opens."""
    gate = student.ReadinessGate()
    threads = [waiter(lab, gate) for _ in range(waiters)]
    lab.sleep(seconds)
    before = told(threads)
    gate.open()
    lab.sleep(1.0)
    return {"before": before, "after": told(threads)}


def come_late(student: Any, lab: Any) -> dict[str, Any]:
    """One thread waits when the gate opens; three come later, at the same time."""
    gate = student.ReadinessGate()
    early = waiter(lab, gate)
    lab.sleep(1.0)
    gate.open()
    lab.sleep(1.0)
    late = [waiter(lab, gate), waiter(lab, gate, timeout=5.0), waiter(lab, gate, timeout=0)]
    lab.sleep(10.0)
    return {"early": told([early])[0], "late": told(late)}


def wait_in_vain(student: Any, lab: Any, timeout: float) -> dict[str, Any] | None:
    """Wait with a limit at a gate that stays shut; None for a wait that does not come back."""
    patient = waiter(lab, student.ReadinessGate(), timeout=timeout)
    lab.sleep(timeout)
    lab.sleep(10.0)
    return told([patient])[0]


def fail(student: Any, lab: Any, message: str) -> dict[str, Any]:
    """One thread waits already, one comes at about the time of `fail()`, two come later."""
    error = OSError(message)
    gate = student.ReadinessGate()
    early = [waiter(lab, gate, error=error)]
    lab.sleep(1.0)
    early.append(waiter(lab, gate, error=error))
    gate.fail(error)
    lab.sleep(1.0)
    late = [waiter(lab, gate, error=error), waiter(lab, gate, timeout=5.0, error=error)]
    lab.sleep(10.0)
    return {"early": told(early), "late": told(late)}


def serve(
    student: Any, lab: Any, *, config: dict[str, Any], loading: float, handling: list[float], failure: str
) -> dict[str, Any]:
    """Serve behind a gate: `load` takes `loading` seconds and raises if there is a `failure`."""
    error = OSError(failure)
    raised: list[Exception] = []
    threads_at_load: list[int] = []

    def load() -> dict[str, Any]:
        with lab.call("load"):
            threads_at_load.append(len(lab.threads_left()))
            if loading:
                lab.sleep(loading)
            if failure:
                raise error
            return dict(config)

    def handler(number: int, seconds: float) -> Any:
        def handle(got: Any) -> list[Any]:
            with lab.call("handler", number):
                lab.sleep(seconds)
                return [number, got]

        return handle

    def call() -> Any:
        try:
            return student.serve_when_ready(load, [handler(*pair) for pair in enumerate(handling, start=1)])
        except Exception as exception:
            raised.append(exception)
            raise

    kind, value = lab.attempt(call)
    return {
        "kind": kind,
        "value": value,
        "is_error": bool(raised) and raised[0] is error,
        "threads_at_load": threads_at_load,
        "threads_left": lab.threads_left(),
    }


# --- real threads, whose collaborator is the judge -------------------------------------------------------------------


def come(lab: Any, gate: Any, tag: str, *limit: float) -> Any:
    """A real thread that waits at the gate; its `outcome` is what the judge tells it when it comes through."""
    import threading

    from course.lab.meeting import ask

    def wait() -> None:
        kind, what = lab.attempt(gate.wait, *limit)
        thread.outcome = [kind, ask(tag) if kind == "value" else what]  # type: ignore[attr-defined]

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def ended(threads: list[Any]) -> list[Any]:
    """What has become of these threads; waits for their ends."""
    for thread in threads:
        thread.join()
    return [thread.outcome for thread in threads]


def come_and_go(student: Any, lab: Any, early: list[str], late: dict[str, list[float]]) -> Any:
    """Threads come to a shut gate, which opens when the judge says so; others come later, with these limits."""
    from course.lab.meeting import ask

    gate = student.ReadinessGate()
    waiting = [come(lab, gate, tag) for tag in early]
    ask("open")
    gate.open()
    came = ended(waiting)
    return came + ended([come(lab, gate, tag, *limit) for tag, limit in late.items()])


def wait_with_limits(student: Any, lab: Any, over: list[float], long: float) -> Any:
    """Limits that are over before the gate opens, and one that is not."""
    from course.lab.meeting import ask

    gate = student.ReadinessGate()
    patient = come(lab, gate, "patient", long)
    timed_out = []
    for limit in over:
        try:
            gate.wait(limit)
        except TimeoutError:
            timed_out.append(limit)
    ask("open")
    gate.open()
    return timed_out + ended([patient])


def fail_with_the_judge(student: Any, lab: Any, early: int, late: list[list[float]]) -> Any:
    """Threads come before and after `fail()`; what it is called with, only the judge knows before."""
    import threading

    from course.lab.meeting import ask

    gate = student.ReadinessGate()
    raised: list[Exception] = []

    def wait(*limit: float) -> None:
        try:
            gate.wait(*limit)
        except Exception as exception:
            raised.append(exception)

    def start(*limit: float) -> Any:
        thread = threading.Thread(target=wait, args=limit, daemon=True)
        thread.start()
        return thread

    threads = [start() for _ in range(early)]
    error = OSError(ask("fail"))
    gate.fail(error)
    for thread in [*threads, *(start(*limit) for limit in late)]:
        thread.join()
    return [str(each) if each is error else "" for each in raised]


def serve_with_the_judge(student: Any, lab: Any, names: list[str], loads: bool) -> Any:
    """Serve with real threads; what a handler says, the judge has told it, and with `loads` the configuration too.

    That is the name of the shop; or that there is none: then `load` raises.
    """
    from course.lab.meeting import ask

    def load() -> dict[str, str]:
        name = ask("load") if loads else "shop"
        if name.startswith("no shop"):
            raise OSError(name)
        return {"name": name}

    def handler(name: str) -> Any:
        return lambda config: [ask(name), config.get("name")]

    told = lab.attempt(student.serve_when_ready, load, [handler(name) for name in names])
    ask("over")
    return told
