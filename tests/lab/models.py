"""Models of programs for strategies to schedule: straight threads without code, each a list of the names it touches."""

from collections.abc import Sequence

from course.lab.instrument import Site
from course.lab.profile import Profile
from course.lab.strategies import Strategy

# The steps of one thread: the name that each touches ("" for none), or just how many there are.
Steps = Sequence[str] | int


class Thread:
    """All that a strategy may know of a thread."""

    def __init__(self, number: int, site: int = 0, moments: int = 0) -> None:
        self.number = number
        self.site = site
        self.moments = moments
        self.creator = 0
        self.alive = True


def names_of(steps: Sequence[Steps]) -> list[list[str]]:
    """The names that the steps of each thread touch."""
    return [[""] * own if isinstance(own, int) else list(own) for own in steps]


def sites_of(steps: Sequence[Steps], kind: str = "write") -> list[Site]:
    """A site of its own for each step, in the order of threads; site 0 is no place."""
    names = [name for own in names_of(steps) for name in own]
    return [Site(0, "", "", "")] + [Site(line, kind, name, name) for line, name in enumerate(names, 1)]


def first_sites_of(steps: Sequence[Steps]) -> list[int]:
    """The site of each thread's first step."""
    lengths = [len(own) for own in names_of(steps)]
    return [1 + sum(lengths[:number]) for number in range(len(lengths))]


def profile_of(steps: Sequence[Steps], kind: str = "write", *, sites: Sequence[Site] = ()) -> Profile:
    """The profile of a plain run of the model."""
    profile = Profile(sites or sites_of(steps, kind))
    for number, (first, own) in enumerate(zip(first_sites_of(steps), names_of(steps), strict=True)):
        for step in range(len(own)):
            profile.saw_event(number, first + step)
    profile.saw_end([Thread(number, moments=len(own) + 1) for number, own in enumerate(names_of(steps))])
    return profile


def run_model(strategy: Strategy, steps: Sequence[Steps]) -> tuple[int, ...]:
    """Run threads with these steps, all started, each about to make its first; the order of the threads' steps.

    Before each step stands a point, as in the scheduler: it counts as a moment, and so does a thread's end.
    """
    threads = [Thread(number, site, 1) for number, site in enumerate(first_sites_of(steps))]
    left = [len(own) for own in names_of(steps)]
    strategy.attend(threads)
    current, ready = threads[0], threads[1:]
    order: list[int] = []
    while True:
        options = [current, *ready] if left[current.number] else list(ready)
        pick = 0
        if len(options) > 1:
            pick = strategy.pick(current, options, can_go_on=bool(left[current.number]))
        if left[current.number] and pick:
            ready.append(current)
        if options[pick] is not current:
            current = options[pick]
            ready.remove(current)
        order.append(current.number)
        left[current.number] -= 1
        current.moments += 1
        current.site = current.site + 1 if left[current.number] else 0
        current.alive = bool(left[current.number])
        if not left[current.number] and not ready:
            return tuple(order)
