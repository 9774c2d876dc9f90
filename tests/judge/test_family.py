"""Families: what all the processes of a case take together, over what they share with the starter."""

from typing import Any

import pytest

from course.judge import family
from course.judge.family import MOST_SHARED, OTHER_PROGRAMS, Family
from course.judge.processes import Stat

STARTER, WORKER = 10, 11
MEBIBYTE = 1 << 20


def process(parent: int = STARTER, *, image: str = "a", mebibytes: int = 40, **fields: Any) -> Stat:
    """A process that shares 40 MiB with its starter."""
    usual = {"state": "S", "parent": parent, "threads": 1, "resident": mebibytes * MEBIBYTE, "cpu": 0.0, "image": image}
    return Stat(**{**usual, **fields})


class Machine:
    """A machine on which only these processes are."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.starter: Stat | None = process(1, cpu=5.0)
        self.others = {WORKER: process()}
        monkeypatch.setattr(family.processes, "stat", self.stat)
        monkeypatch.setattr(family.processes, "descendants", self.descendants)

    def stat(self, number: int) -> Stat | None:
        """What is known of a process."""
        return self.starter if number == STARTER else self.others.get(number)

    def descendants(self, root: int, *, ended: bool = False) -> dict[int, Stat]:
        """All others are the starter's."""
        return {
            number: found for number, found in self.others.items() if root == STARTER and (ended or found.state != "Z")
        }


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def looked(machine: Machine, *others: Stat) -> Family:
    """A family that has these members, after a look."""
    family = Family(WORKER)
    machine.others = {WORKER: machine.others[WORKER], **dict(enumerate(others, 100))}
    family.look()
    return family


def test_what_is_shared_with_the_starter_costs_nothing(machine: Machine) -> None:
    """However many are forked; what each has on top is added up."""
    assert looked(machine, *[process()] * 50).memory == 0
    assert looked(machine, process(mebibytes=70), process(mebibytes=45), process(mebibytes=20)).memory == 35 * MEBIBYTE


def test_other_programs_share_nothing_with_it(machine: Machine) -> None:
    """A few are let off, as the workers of a small pool that was spawned; a crowd pays for all of its memory."""
    few = [process(image=f"{number}") for number in range(OTHER_PROGRAMS)]
    assert looked(machine, *few).memory == 0
    assert looked(machine, *few, *few).memory == OTHER_PROGRAMS * 40 * MEBIBYTE


def test_programs_that_cannot_be_told_apart_are_taken_for_forks(machine: Machine) -> None:
    """As another user's, where the kernel does not say."""
    machine.others = {WORKER: process(image="")}
    assert looked(machine, *[process(image="")] * 50).memory == 0


def test_tasks_and_processor_time_are_those_of_all(machine: Machine) -> None:
    """With the time of those that have ended: nobody has waited for them yet, or the starter has inherited it."""
    family = looked(machine, process(threads=20, cpu=1.0), process(threads=3, cpu=0.5), process(state="Z", cpu=0.25))
    assert family.tasks == 24
    assert family.processes == 3
    assert family.cpu_seconds == 1.75
    machine.starter = process(1, cpu=8.0)
    family.look()
    assert family.cpu_seconds == 4.75


def test_processor_time_that_was_taken_stays_taken(machine: Machine) -> None:
    """On its way from one who has ended to whoever waits for it, it is nowhere to be seen."""
    family = looked(machine, process(cpu=3.0))
    machine.others.popitem()
    family.look()
    assert family.cpu_seconds == 3.0


def test_where_the_starter_hides_the_worker_stands_for_it(machine: Machine) -> None:
    """A /proc that is mounted with hidepid=2 does not show it; a fresh worker has what it shares."""
    machine.starter = None
    assert looked(machine, process(), process(mebibytes=50)).memory == 10 * MEBIBYTE
    assert looked(machine).cpu_seconds == 0.0


def test_a_worker_that_is_hidden_at_first_is_found_later(machine: Machine) -> None:
    """Its memory is nobody's to look into until it is confined; and it may not excuse as shared what it took since."""
    worker = machine.others.pop(WORKER)
    family = Family(WORKER)
    family.look()
    assert not family.is_seen
    assert (family.tasks, family.memory) == (0, 0)
    machine.starter = None
    machine.others[WORKER] = worker._replace(resident=500 * MEBIBYTE)
    family.look()
    assert family.is_seen
    assert (family.tasks, family.memory) == (1, 500 * MEBIBYTE - MOST_SHARED)


def test_all_members_are_watched(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that works keeps all of them from being silent."""
    watched: list[set[int]] = []
    monkeypatch.setattr(family.Watch, "look", lambda _, members: watched.append(set(members())))
    looked(machine, process(), process())
    assert watched == [{WORKER, 100, 101}]
