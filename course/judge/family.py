"""The processes of one case, all together: do they sleep (`watch`), and how much do they take?"""

from course.judge import processes
from course.judge.processes import Stat
from course.judge.quiescence import Watch

# A forked process is not charged with what it shares with the starter. So many others are not either: libraries are
# shared by all. A thousand of them would have a lot.
OTHER_PROGRAMS = 8
# Bytes that are taken for shared at most where it is not seen how much the starter has. It has about half of them.
MOST_SHARED = 48 << 20


class Family:
    """All descendants of the process that has started the worker; `look` at them, then ask."""

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._root = 0
        self._shared = 0
        self._cpu_before = 0.0
        self._image = ""
        self.watch = Watch()
        self.memory = 0  # bytes, over what they share with the starter
        self.processes = 0
        self.tasks = 0  # threads of all of them
        self.cpu_seconds = 0.0  # of processor time, of all of them, those that have ended too
        self._find_root()

    @property
    def is_seen(self) -> bool:
        """False where the worker has been hidden so far, as other users' processes are by a /proc with hidepid."""
        return self._root != 0

    def _find_root(self) -> None:
        """Find the starter, or the warden between it and the worker. It adopts whoever loses its parent."""
        worker = processes.stat(self._worker)
        if worker is None:
            return
        self._root = worker.parent
        root = processes.stat(self._root)
        if root is not None:
            self._shared, self._cpu_before = root.resident, root.cpu
        else:  # it hides; the worker was its image a moment ago
            self._shared = min(worker.resident, MOST_SHARED)

    def look(self) -> None:
        """Sample them all."""
        if not self._root:
            self._find_root()
        everybody = processes.descendants(self._root, ended=True) if self._root else {}
        members = {process: found for process, found in everybody.items() if found.state != "Z"}
        root = processes.stat(self._root)
        if self._worker in members:
            self._image = members[self._worker].image
        self.memory = self._memory_of(list(members.values()))
        self.processes = len(members)
        self.tasks = sum(member.threads for member in members.values())
        adopted = root.cpu - self._cpu_before if root is not None else 0.0
        taken = sum(found.cpu for found in everybody.values()) + adopted
        self.cpu_seconds = max(self.cpu_seconds, taken)  # on its way from a process to its parent, it is not seen
        self.watch.look(lambda: processes.descendants(self._root) if self._root else {})

    def _memory_of(self, members: list[Stat]) -> int:
        others = sorted((each.resident for each in members if each.image not in ("", self._image)), reverse=True)
        sharing = [each.resident for each in members if each.image in ("", self._image)] + others[:OTHER_PROGRAMS]
        return sum(max(0, resident - self._shared) for resident in sharing) + sum(others[OTHER_PROGRAMS:])
