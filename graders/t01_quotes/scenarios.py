"""Scenarios: how the checks drive a student's `fetch_quotes`. This file travels to the workers."""

from typing import Any


def ask_all(
    student: Any, lab: Any, prices: dict[str, float], seconds: dict[str, float], failing: list[str]
) -> dict[str, Any]:
    """Ask for all prices at once; each `fetch` takes its seconds, the failing ones then raise."""

    def fetch(symbol: str) -> float:
        with lab.call("fetch", symbol):
            lab.sleep(seconds[symbol])
            if symbol in failing:
                raise LookupError(symbol)
            return prices[symbol]

    kind, value = lab.attempt(student.fetch_quotes, list(prices), fetch)
    return {
        "kind": kind,
        "value": list(value.items()) if type(value) is dict else value,
        "returned_at": lab.now(),
        "threads_left": lab.threads_left(),
    }


def ask_the_judge(student: Any, lab: Any, symbols: list[str]) -> Any:
    """Ask for all prices at once, with real threads; the judge answers with a price, or with what is wrong."""
    from course.lab.meeting import ask

    def fetch(symbol: str) -> float:
        answer = ask(symbol)
        if answer.startswith("no price"):
            raise LookupError(answer)
        return float(answer)

    kind, value = lab.attempt(student.fetch_quotes, symbols, fetch)
    ask("over")
    return {"kind": kind, "value": list(value.items()) if type(value) is dict else value}
