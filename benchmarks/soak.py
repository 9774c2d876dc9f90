"""500 cases in a row, each with a random attack; then an honest submission. Is the machine as it was before?

    python benchmarks/soak.py --cases 500 --seed 1

One judge, on one bench. Each case draws an attack of tests/attacks, one of its modules, and a check of its lesson,
which runs against that module. Nothing looks at the module beforehand: so that also runs what the judge would refuse.

Before and after, an honest submission of all lessons must get full marks. Then is counted: processes (orphans come to
this one), threads, open files, memory, and files wherever cases could leave any. What other programs write into /tmp
meanwhile is not told apart: run it alone, or with a /tmp of its own.
"""

import argparse
import ctypes
import gc
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.attack_sources import HostileModule, hostile_modules
from course.judge.bench import Bench
from course.judge.budget import Budget
from course.judge.grading import LessonGrading
from course.judge.kill_matrix import load_checks
from course.judge.processes import descendants
from course.judge.workers import Case
from course.lessons import ROOT, lessons_named

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
# A killed process may take a moment to go.
PATIENCE = 20.0
# What the judge, and one starter, may have grown by: allocators keep some of what was freed. The judge keeps 18 MiB
# after 500 cases and 20 MiB after 1,500; what leaked with each case would be three times as much.
MORE_MEMORY_KIB = 24 << 10
PLACES = ("/dev/shm", "/dev/mqueue", "/run", "/tmp", "/var/tmp", str(Path.home()), str(ROOT))  # noqa: S108  # looked at
KERNEL_OBJECTS = ("shm", "sem", "msg")  # of System V, in /proc/sysvipc


class CountingBench(Bench):
    """A bench that counts the cases that have run on it."""

    def __init__(self) -> None:
        super().__init__()
        self.cases = 0
        self._count = threading.Lock()

    @contextmanager
    def case(self, request: dict[str, Any], budget: Budget | None = None) -> Iterator[Case]:
        """A case as on any bench."""
        with self._count:
            self.cases += 1
        with super().case(request, budget) as case:
            yield case


class Figures(NamedTuple):
    """What is there at one moment; memory in KiB."""

    processes: int
    threads: int
    memory: int
    starters_memory: int
    open_files: tuple[str, ...]
    files: tuple[str, ...]


def figures() -> Figures:
    """What is there now, after a collection of garbage."""
    gc.collect()
    living = descendants(os.getpid())
    with open("/proc/self/status", encoding="utf-8") as file:
        status = dict(line.split(":", 1) for line in file)
    return Figures(
        processes=len(living),
        threads=int(status["Threads"]),
        memory=int(status["VmRSS"].split()[0]),
        starters_memory=sum(process.resident for process in living.values()) >> 10,
        open_files=tuple(_open_files()),
        files=tuple(sorted(_files())),
    )


def settled(before: Figures) -> Figures:
    """What is there when no more processes than before are left, or after some patience."""
    deadline = time.monotonic() + PATIENCE
    while len(descendants(os.getpid())) > before.processes and time.monotonic() < deadline:
        time.sleep(0.05)
    return figures()


def _open_files() -> Iterator[str]:
    for name in os.listdir("/proc/self/fd"):
        try:
            yield os.readlink(f"/proc/self/fd/{name}").partition(":[")[0]
        except FileNotFoundError:  # the folder itself, while it was read
            continue


def _files() -> Iterator[str]:
    """Names in the places that all share; all that is in the judge's own temporary folder; kernel objects."""
    for place in PLACES:
        if os.path.isdir(place):
            yield from (os.path.join(place, name) for name in os.listdir(place))
    yield from map(str, Path(tempfile.gettempdir()).rglob("*"))
    for kind in KERNEL_OBJECTS:
        table = Path("/proc/sysvipc", kind)
        if table.exists():
            yield from (f"{table} {line.split()[1]}" for line in table.read_text(encoding="ascii").splitlines()[1:])


def differences(before: Figures, after: Figures) -> list[str]:
    """What was left behind, one line each."""
    left = []
    for name in ("processes", "threads"):
        more = getattr(after, name) - getattr(before, name)
        if more > 0:
            left.append(f"{more} {name}")
    for name, times in (("memory", 1), ("starters_memory", os.cpu_count() or 1)):
        more = getattr(after, name) - getattr(before, name)
        if more > times * MORE_MEMORY_KIB:
            left.append(f"{name}: {more} KiB")
    opened = Counter(after.open_files) - Counter(before.open_files)
    left += [f"open file: {times} x {name}" for name, times in opened.items()]
    left += [f"file: {name}" for name in sorted(set(after.files) - set(before.files))]
    return left


def honest_points(bench: Bench) -> tuple[int, int]:
    """Points, and most points, of the solutions of all lessons, graded as any submission."""
    with ThreadPoolExecutor(bench.width) as pool:
        gradings = [
            LessonGrading(
                lesson, lesson.solution.read_text(encoding="utf-8"), load_checks(lesson), bench=bench, pool=pool
            )
            for lesson in lessons_named([])[0]
        ]
        for grading in gradings:
            grading.start()
        results = [grading.result() for grading in gradings]
    return sum(result.points for result in results), sum(result.max_points for result in results)


class Soak:
    """So many cases, drawn one after another, on all starters of a bench."""

    def __init__(self, bench: Bench, modules: Iterable[HostileModule], *, cases: int, seed: int, until: float) -> None:
        self._bench = bench
        self._cases = cases
        self._until = until
        self._by_attack: dict[str, list[HostileModule]] = defaultdict(list)
        for module in modules:
            self._by_attack[module.test].append(module)
        self._lessons = {lesson.key: lesson for lesson in lessons_named([])[0]}
        self._checks = {key: load_checks(lesson) for key, lesson in self._lessons.items()}
        self._random = random.Random(seed)
        self.drawn: Counter[str] = Counter()
        self.seconds: dict[str, float] = {}
        self.verdicts: Counter[str] = Counter()
        self.broken: list[str] = []
        self._lock = threading.Lock()

    def run(self) -> None:
        """All cases, on every starter at once; none is begun after the time is over."""
        with ThreadPoolExecutor(self._bench.width) as pool:
            list(pool.map(lambda _: self._one_after_another(pool), range(self._bench.width)))

    def _one_after_another(self, pool: ThreadPoolExecutor) -> None:
        while (drawn := self._draw()) is not None:
            module, check = drawn
            began = time.monotonic()
            lesson = self._lessons[module.key]
            grading = LessonGrading(lesson, module.source, self._checks[module.key], bench=self._bench, pool=pool)
            verdict = grading.verdict(check)
            with self._lock:
                name = f"{module.test} {check}"
                self.seconds[name] = max(self.seconds.get(name, 0.0), time.monotonic() - began)
                self.verdicts[verdict.status] += 1
                if verdict.status == "broken":
                    self.broken.append(f"{name}: {verdict.reason}")

    def _draw(self) -> tuple[HostileModule, str] | None:
        with self._lock:
            if self.drawn.total() >= self._cases or time.monotonic() > self._until:
                return None
            attack = self._random.choice(sorted(self._by_attack))
            self.drawn[attack] += 1
            module = self._random.choice(self._by_attack[attack])
            return module, self._random.choice(sorted(self._checks[module.key]))


def print_figures(before: Figures, after: Figures) -> None:
    """A table of what is counted."""
    print(f"{'':28}{'before':>10}{'after':>10}")
    for title, name in (("processes (starters)", "processes"), ("threads of the judge", "threads")):
        print(f"{title:28}{getattr(before, name):>10,}{getattr(after, name):>10,}")
    for title, name in (("memory of the judge, KiB", "memory"), ("memory of starters, KiB", "starters_memory")):
        print(f"{title:28}{getattr(before, name):>10,}{getattr(after, name):>10,}")
    for title, name in (("open files of the judge", "open_files"), ("files where any can be left", "files")):
        print(f"{title:28}{len(getattr(before, name)):>10,}{len(getattr(after, name)):>10,}")


def main() -> int:
    """Print the figures before and after; 1 when anything is left, points are lost, or time was over too soon."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=8.0, help="after these no case is begun")
    options = parser.parse_args()
    modules = hostile_modules()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        tempfile.tempdir = folder
        bench = CountingBench()
        try:
            return soak(bench, modules, options)
        finally:
            bench.close()


def soak(bench: CountingBench, modules: list[HostileModule], options: argparse.Namespace) -> int:
    """The attacks, between two honest submissions."""
    print(f"isolated: {', '.join(bench.isolation.layers)}; holes: {', '.join(bench.isolation.holes) or 'none'}")
    first = honest_points(bench)
    before, began = figures(), time.monotonic()
    attacks = Soak(bench, modules, cases=options.cases, seed=options.seed, until=began + 60 * options.minutes)
    cases = bench.cases
    attacks.run()
    took, cases = time.monotonic() - began, bench.cases - cases
    last = honest_points(bench)
    after = settled(before)
    print(
        f"{attacks.drawn.total()} cases (with their replays {cases} processes) of {len(attacks.drawn)} attacks, "
        f"{len(modules)} modules, in {took:.0f} s; verdicts: {dict(attacks.verdicts)}"
    )
    slowest = sorted(attacks.seconds.items(), key=lambda item: -item[1])[:3]
    print("slowest:", "; ".join(f"{name} {seconds:.1f} s" for name, seconds in slowest))
    print_figures(before, after)
    print(f"the honest submission: {first[0]} of {first[1]} points before, {last[0]} of {last[1]} after")
    wrong = differences(before, after) + [f"broken: {name}" for name in attacks.broken]
    if first[0] < first[1] or last[0] < last[1]:
        wrong.append("the honest submission lost points")
    if attacks.drawn.total() < options.cases:
        wrong.append("the time was over")
    print("\n".join(wrong) if wrong else "nothing is left")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
