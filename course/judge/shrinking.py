"""Shrinking: of a schedule that breaks a promise, keep the choices without which it would not.

Delta debugging (Zeller, Hildebrandt: "Simplifying and isolating failure-inducing input", IEEE TSE 2002) on the list
of choices: leave out ever smaller parts as long as the check still fails. All candidates of a round run in one worker.
"""

import itertools
from collections.abc import Callable, Sequence

Choice = tuple[int, int, int]
Choices = tuple[Choice, ...]

MOST_ROUNDS = 16
# So many choices have 66 pairs: three rounds more, at most.
MOST_PAIRED = 12

# Runs the candidates and answers, for each, the choices that were made, or None if the promise was kept.
Try = Callable[[Sequence[Choices]], Sequence[Choices | None]]


def shrink(choices: Choices, attempt: Try, *, width: int = 24) -> Choices:
    """A short part of `choices` that still breaks the promise; `choices` itself when nothing can be left out.

    A round tries at most `width` candidates. Unless the rounds run out, no single choice of the result can be left out,
    and of a short one no two: a switch there and one back go together.
    """
    parts, tried, pairs = 2, 0, False
    for _ in range(MOST_ROUNDS):
        if not choices:
            break
        candidates = _without_two(choices) if pairs else _without_one_part(choices, min(parts, len(choices)))
        now = candidates[tried : tried + width]
        broken = [made for made in attempt(now) if made is not None and len(made) < len(choices)]
        tried += len(now)
        if broken:
            choices = min(broken, key=len)
            parts, tried, pairs = max(parts - 1, 2), 0, False
        elif tried == len(candidates):
            tried = 0
            if parts < len(choices):
                parts *= 2
            elif pairs or not 2 < len(choices) <= MOST_PAIRED:
                break
            else:
                pairs = True
    return choices


def _without_two(choices: Choices) -> list[Choices]:
    return [
        (*choices[:first], *choices[first + 1 : second], *choices[second + 1 :])
        for first, second in itertools.combinations(range(len(choices)), 2)
    ]


def _without_one_part(choices: Choices, parts: int) -> list[Choices]:
    size = -(-len(choices) // parts)
    return [choices[:begin] + choices[begin + size :] for begin in range(0, len(choices), size)]
