"""A profile: what one plain run of a program has shown, for strategies that choose by it.

What two steps touch is told by name, as the source has it: `self.total`, `other.total` and the global `total` count as
the same. So a profile can err in both directions; it guides the search and proves nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from course.lab.instrument import Site

WRITES = ("write", "update", "delete", "call", "enter")


class Lived(Protocol):
    """A thread of a run that is over."""

    number: int
    moments: int
    creator: int


class Profile:
    """The names that each thread of a plain run has touched, how often, and who started whom."""

    def __init__(self, sites: Sequence[Site] = ()) -> None:
        self.names: Sequence[str] = [site.touches for site in sites] or [""]
        self._writes = [site.kind in WRITES for site in sites] or [False]
        self._between = [site.kind == "update" for site in sites] or [False]
        self._contended: list[str] = []
        self._touched: dict[int, Counter[str]] = defaultdict(Counter)
        self._written: dict[int, set[str]] = defaultdict(set)
        self._moments: dict[int, int] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        self._expected: dict[str, dict[int, tuple[int, Sequence[int]]]] = {}

    @property
    def is_full(self) -> bool:
        """True when it has seen a run."""
        return bool(self._moments)

    @property
    def threads(self) -> int:
        """How many threads the run had."""
        return len(self._moments)

    def saw_event(self, thread: int, site: int) -> None:
        """`thread` has come to the point at `site`."""
        if name := self.names[site]:
            self._touched[thread][name] += 1
            if self._writes[site]:
                self._written[thread].add(name)

    def saw_end(self, threads: Iterable[Lived]) -> None:
        """The plain run is over."""
        for thread in threads:
            self._moments[thread.number] = thread.moments
            if thread.number:
                self._children[thread.creator].append(thread.number)
        self._contended = self._find_contended()

    def steps(self, thread: int, name: str = "") -> int:
        """How many steps `thread` has made; with `name`, how many that touch it."""
        return self._touched[thread][name] if name else self._moments.get(thread, 0)

    def expected(self, name: str) -> dict[int, tuple[int, Sequence[int]]]:
        """By thread that the plain run has had: its `steps` and its `children`; {} before that run is over."""
        if not self.is_full:
            return {}
        if name not in self._expected:
            known = {thread: (self.steps(thread, name), self.children(thread)) for thread in self._moments}
            self._expected[name] = known
        return self._expected[name]

    def children(self, thread: int) -> Sequence[int]:
        """The threads that `thread` has started."""
        return self._children.get(thread, ())

    def name_of(self, site: int) -> str:
        """The name that the step at `site` touches, or ""."""
        return self.names[site]

    def conflict(self, site: int, other: int) -> bool:
        """True when the steps at both places touch the same name and one of them writes it."""
        name = self.names[site]
        return bool(name) and name == self.names[other] and (self._writes[site] or self._writes[other])

    def touches(self, thread: int, name: str) -> bool:
        """True when `thread` has touched `name`, or when the plain run has not had that thread."""
        return thread not in self._moments or self._touched[thread][name] > 0

    def is_between(self, site: int) -> bool:
        """True when `site` stands between the read and the write of an update."""
        return self._between[site]

    def is_contended(self, name: str) -> bool:
        """True when two or more threads have touched `name`, and at least one of them has written it."""
        return name in self._contended

    def contended(self) -> list[str]:
        """The names for which `is_contended` holds, most touched first."""
        return self._contended

    def _find_contended(self) -> list[str]:
        touched = Counter(name for names in self._touched.values() for name in names)
        written = {name for names in self._written.values() for name in names}
        often = sum(self._touched.values(), Counter[str]())
        return sorted((name for name in written if touched[name] > 1), key=lambda name: (-often[name], name))
