"""The processes of one case, all together: are they quiet, and how much do they take?"""

from course.judge import processes
from course.judge.quiescence import Watch


class Family:
    """All descendants of the process that has started the worker; `look` at them, then ask."""

    def __init__(self, worker: int) -> None:
        found = processes.stat(worker)
        # The starter, or the warden between it and the worker. It adopts whoever loses its parent.
        self._root = found.parent if found is not None else worker
        root = processes.stat(self._root)
        self._shared = root.resident if root is not None else 0
        self._watch = Watch()
        self.memory = 0  # bytes, over what each process shares with the starter
        self.tasks = 0
        self.is_quiet = False

    def look(self) -> None:
        """Sample them all."""
        members = processes.descendants(self._root)
        self.memory = sum(max(0, member.resident - self._shared) for member in members.values())
        self.tasks = sum(member.threads for member in members.values())
        self.is_quiet = self._watch.is_quiet(members)
