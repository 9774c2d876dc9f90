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


def serve_with_the_judge(student: Any, lab: Any, names: list[str]) -> Any:
    """Serve with real threads; what a handler says, the judge has told it."""
    from course.lab.meeting import ask

    def handler(name: str) -> Any:
        return lambda config: [ask(name), config["name"]]

    return lab.attempt(student.serve_when_ready, lambda: {"name": "shop"}, [handler(name) for name in names])
