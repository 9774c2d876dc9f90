"""The processes of a case: how much they take together, whatever they have become."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from course.judge import family as families
from course.judge.drivers import Drivers
from course.judge.family import Family
from course.judge.processes import Stat
from course.judge.run import CheckFailed

pytestmark = pytest.mark.skipif(
    not os.path.isdir("/proc/self/task"), reason="the processes of others are seen in /proc"
)

MB = 1 << 20
Start = Callable[..., "subprocess.Popen[str]"]
# Children that burn a third of a second each, one after another: only their parent can say so afterwards.
BURN = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        while time.process_time() < 0.3:
            pass
        os._exit(0)
    os.wait()
"""
BURNING_FOR_EVER = """
import os
def work():
    for _ in range(3):
        if os.fork() == 0:
            while True:
                pass
    os.wait()
"""


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program that waits at its end; it has come there when this returns."""
    started = []

    def begin(source: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", f"{source}\nprint('ready', flush=True)\ninput()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate(timeout=10)


def members(*images: str) -> dict[int, Stat]:
    """Processes of 30 MB each; number 2 is the worker."""
    return {number: Stat("S", 1, 1, 30 * MB, 0.0, image) for number, image in enumerate(images, 2)}


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """What a family of processes of these images has, when its starter has 40 MB: in MB."""

    def of(*images: str) -> int:
        found = members(*images)
        root = Stat("S", 0, 1, 40 * MB, 0.0, "starter")
        monkeypatch.setattr(families.processes, "stat", lambda number: found.get(number, root))
        monkeypatch.setattr(families.processes, "descendants", lambda _: found)
        family = Family(2)
        family.look()
        return family.memory // MB

    return of


def test_forked_processes_share_with_their_starter_however_many_they_are(memory: Callable[..., int]) -> None:
    assert memory(*["worker"] * 50) == 0


def test_only_a_few_other_programs_are_taken_to_share(memory: Callable[..., int]) -> None:
    others = [f"other {number}" for number in range(20)]
    assert memory("worker", *others) == (20 - families.OTHER_PROGRAMS) * 30


def test_where_programs_cannot_be_told_apart_all_are_taken_to_share(memory: Callable[..., int]) -> None:
    assert memory(*[""] * 50) == 0


def test_processes_that_were_forked_have_one_image_and_programs_another(start: Start) -> None:
    process = start("import os\nif os.fork() == 0:\n    import time\n    time.sleep(600)")
    other = start("")
    try:
        (child,) = families.processes.descendants(process.pid).values()
        mine, another = (families.processes.stat(each.pid) for each in (process, other))
        assert mine is not None
        assert another is not None
        assert "" != mine.image == child.image != another.image
    finally:
        os.kill(next(iter(families.processes.descendants(process.pid))), 9)


def test_the_processor_time_of_children_that_have_ended_counts(start: Start) -> None:
    process = start(BURN)
    found = families.processes.stat(process.pid)
    assert found is not None
    assert found.cpu >= 0.8  # in ticks of the kernel, each of the three loses less than one or two


def test_processes_that_burn_together_end_together(
    make_drivers: Callable[..., Drivers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course.judge.workers.MOST_CPU_SECONDS", 0.5)
    run = make_drivers(BURNING_FOR_EVER, mode="real").real("drive")
    with pytest.raises(CheckFailed) as caught:
        _ = run.value
    assert caught.value.got == "your code has used up its processor time: a loop in it does not end"
