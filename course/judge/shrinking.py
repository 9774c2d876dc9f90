"""Shrinking: of a schedule that breaks a promise, keep the choices without which it would not.

Delta debugging (Zeller, Hildebrandt: "Simplifying and isolating failure-inducing input", IEEE TSE 2002) on the list
of choices: leave out ever smaller parts as long as the check still fails. All candidates of a round run in one worker.
"""

from collections.abc import Callable, Sequence

Choice = tuple[int, int, int]
Choices = tuple[Choice, ...]

MOST_ROUNDS = 16

# Runs the candidates and answers, for each, the choices that were made, or None if the promise was kept.
Try = Callable[[Sequence[Choices]], Sequence[Choices | None]]


def shrink(choices: Choices, attempt: Try, *, width: int = 24) -> Choices:
    """A short part of `choices` that still breaks the promise; `choices` itself when nothing can be left out.

    A round tries at most `width` candidates. Unless the rounds run out, no single choice of the result can be left out.
    """
    parts, tried = 2, 0
    for _ in range(MOST_ROUNDS):
        if not choices:
            break
        candidates = _without_one_part(choices, min(parts, len(choices)))
        now = candidates[tried : tried + width]
        broken = [made for made in attempt(now) if made is not None and len(made) < len(choices)]
        tried += len(now)
        if broken:
            choices = min(broken, key=len)
            parts, tried = max(parts - 1, 2), 0
        elif tried == len(candidates):
            if parts >= len(choices):
                break
            parts, tried = parts * 2, 0
    return choices


def _without_one_part(choices: Choices, parts: int) -> list[Choices]:
    size = -(-len(choices) // parts)
    return [choices[:begin] + choices[begin + size :] for begin in range(0, len(choices), size)]
