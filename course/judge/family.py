"""The processes of one case, all together: are they quiet, and how much do they take?"""

from course.judge import processes
from course.judge.processes import Stat
from course.judge.quiescence import Watch

# A forked process is not charged with what it shares with the starter. So many others are not either: libraries are
# shared by all. A thousand of them would have a lot.
OTHER_PROGRAMS = 8


class Family:
    """All descendants of the process that has started the worker; `look` at them, then ask."""

    def __init__(self, worker: int) -> None:
        found = processes.stat(worker)
        # The starter, or the warden between it and the worker. It adopts whoever loses its parent.
        self._worker = worker
        self._root = found.parent if found is not None else worker
        root = processes.stat(self._root)
        nearest = root or found  # a starter hides where /proc is mounted with hidepid: the worker is its image
        self._shared = nearest.resident if nearest is not None else 0
        self._cpu_before = root.cpu if root is not None else 0.0
        self._image = ""
        self._watch = Watch()
        self.memory = 0  # bytes, over what they share with the starter
        self.tasks = 0
        self.cpu_seconds = 0.0  # of processor time, of all of them
        self.is_quiet = False

    def look(self) -> None:
        """Sample them all."""
        members = processes.descendants(self._root)
        root = processes.stat(self._root)
        if self._worker in members:
            self._image = members[self._worker].image
        self.memory = self._memory_of(list(members.values()))
        self.tasks = sum(member.threads for member in members.values())
        adopted = root.cpu - self._cpu_before if root is not None else 0.0
        self.cpu_seconds = sum(member.cpu for member in members.values()) + adopted
        self.is_quiet = self._watch.is_quiet(members)

    def _memory_of(self, members: list[Stat]) -> int:
        others = sorted((each.resident for each in members if each.image not in ("", self._image)), reverse=True)
        sharing = [each.resident for each in members if each.image in ("", self._image)] + others[:OTHER_PROGRAMS]
        return sum(max(0, resident - self._shared) for resident in sharing) + sum(others[OTHER_PROGRAMS:])
