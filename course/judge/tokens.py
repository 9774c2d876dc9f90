"""Tokens: a failing schedule in one word, to be run again with `course replay`.

`t09.counts_not_lost.3f2a.1-1c-2_2-9-1` names the lesson, the check, the scenario (by a hash of its name and its
arguments) and the choices: thread, its moment, thread that is picked; numbers to the base of 36.
"""

import json
import string
from hashlib import blake2b
from typing import Any, NamedTuple

from course.judge.records import NUMBERS_END
from course.judge.shrinking import Choices
from course.language import Sentence, say

DIGITS = string.digits + string.ascii_lowercase
PLAIN = "0"  # no choices: the schedule without any preemption
LONGEST = 2_000
MOST_QUOTED = 60  # characters of what is no token


class TokenError(Exception):
    """There is no such token; `told` says why."""

    def __init__(self, told: Sentence) -> None:
        super().__init__(told)
        self.told = told


class Token(NamedTuple):
    """What a token says."""

    lesson: str
    check: str
    scenario: str
    choices: Choices

    @property
    def is_short(self) -> bool:
        """True when it can be written into a report, and read again."""
        return len(str(self)) <= LONGEST

    def __str__(self) -> str:
        choices = "_".join("-".join(map(_digits_of, choice)) for choice in self.choices)
        return ".".join((self.lesson, self.check, self.scenario, choices or PLAIN))


def token_of(text: str) -> Token:
    """The token that `text` is.

    Raises:
        TokenError: it is none.
    """
    text = text.strip()
    parts = text.split(".")
    if len(parts) != 4 or not all(parts) or len(text) > LONGEST:
        raise TokenError(
            say(
                "{text} is no token: a token looks like t09.counts_not_lost.3f2a.1-1c-2 and stands in a report.",
                text=_begin_of(text),
            )
        )
    lesson, check, scenario, choices = parts
    try:
        return Token(lesson, check, scenario, tuple(map(_choice_of, choices.split("_"))) if choices != PLAIN else ())
    except ValueError as error:
        damaged = say("The token {text} is damaged after its third dot; copy it once more.", text=_begin_of(text))
        raise TokenError(damaged) from error


def _begin_of(text: str) -> str:
    return ascii(text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]}...")


def _choice_of(text: str) -> tuple[int, int, int]:
    thread, moment, other = map(_number_of, text.split("-"))
    return (thread, moment, other)


def _number_of(digits: str) -> int:
    """The number; `int` alone would take signs, blanks and the digits of other scripts as well."""
    if not digits or set(digits) - set(DIGITS):
        raise ValueError(digits)
    number = int(digits, 36)
    if number >= NUMBERS_END:
        raise ValueError(digits)
    return number


def _digits_of(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits


def scenario_hash(case: dict[str, Any]) -> str:
    """Four hexadecimal digits that tell the scenarios of one check apart."""
    name = json.dumps([case["scenario"], case["arguments"], case["any_order"]], sort_keys=True)
    return blake2b(name.encode(), digest_size=2).hexdigest()
