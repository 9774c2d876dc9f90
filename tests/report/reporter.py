"""`autograding-grading-reporter` as its source says it works (v1): what it prints, and whether the run is red.

Written from its facts: JavaScript's numbers are Python's floats here, and what it does not check is not checked.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Reported(NamedTuple):
    """The log without colours, the totals of the table and of the notice, and the exit code."""

    log: str
    table: tuple[float, float]
    notice: tuple[float, float]
    code: int


def reported(runners: str, environment: Mapping[str, str]) -> Reported:
    """What the reporter makes of `runners: t01,t03` and `T01_RESULTS=...`; raises where it would crash."""
    ids = runners.split(",")
    results = [json.loads(base64.b64decode(environment[f"{each.strip().upper()}_RESULTS"])) for each in ids]
    log = [line for key, result in zip(ids, results, strict=True) for line in _printed(key, result)]
    table = sum(_table_score(result) for result in results), sum(result["max_score"] or 0 for result in results)
    counted = [result for result in results if result["max_score"]]
    notice = (
        sum(test["score"] for result in counted for test in result["tests"]),
        sum(result["max_score"] for result in counted),
    )
    totals = json.dumps({"totalPoints": notice[0], "maxPoints": notice[1]})
    log.append(f"::notice title=Autograding complete::Points {notice[0]}/{notice[1]}")
    log.append(f"::notice title=Autograding report::{totals}")
    red = any(result["status"] in ("fail", "error") for result in results)
    return Reported("\n".join(log), table, notice, int(red))


def _printed(key: str, result: dict[str, Any]) -> list[str]:
    lines = [f"🔄 Processing: {key}"]
    for test in result["tests"]:
        line = f" - line {test['line_no']}" if test["line_no"] != 0 else ""
        if test["status"] == "error":
            lines.append(f"Error: {test['message'] or test['name']}\n")
        else:
            lines.append(f"{'✅' if test['status'] == 'pass' else '❌'} {test['name']}{line}")
        if test["test_code"]:
            lines.append(f"Test code:\n{test['test_code']}\n")
    lines.append(f"Total points for {key}: {_table_score(result):.2f}/{result['max_score']}\n")
    return lines


def _table_score(result: dict[str, Any]) -> float:
    passed = sum(test["status"] == "pass" for test in result["tests"])
    score: float = passed / len(result["tests"]) * (result["max_score"] or 0)
    return score
