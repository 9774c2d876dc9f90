"""Meetings: several processes are let go when they are there at once, and one alone when no more can come."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from course.judge import processes, quiescence, workers
from course.judge.drivers import Drivers
from course.judge.meeting import MOST_CALLS, Meeting, Phase
from course.lab.meeting import ADDRESS
from course.lessons import ROOT

Until = Callable[[Callable[[], object]], None]
Arrive = Callable[[], "subprocess.Popen[str]"]
ARRIVE = "from course.lab.meeting import arrive; print(arrive())"
MET, ALONE = "True\n", "False\n"


@pytest.fixture
def open_meeting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Meeting]]:
    """Open a meeting at an address that is short enough for a socket."""
    monkeypatch.chdir(tmp_path)
    meetings = []

    def begin(needed: int) -> Meeting:
        meetings.append(Meeting("meeting", needed))
        return meetings[-1]

    yield begin
    for meeting in meetings:
        if meeting._thread.is_alive():
            meeting.close()


@pytest.fixture
def arrive(tmp_path: Path) -> Iterator[Arrive]:
    """Start a process that goes to the meeting and prints what it was told."""
    started = []

    def begin() -> "subprocess.Popen[str]":
        environment = {"PYTHONPATH": str(ROOT), ADDRESS: "meeting"}
        process = subprocess.Popen(
            [sys.executable, "-c", ARRIVE], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate(timeout=10)


def heard(process: "subprocess.Popen[str]") -> str:
    """What a process was told."""
    return process.communicate(timeout=20)[0]


def visit(tag: str = "") -> socket.socket:
    """A connection of this process to the meeting, with a limit on every answer."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(20)
    connection.connect("meeting")
    connection.sendall(f"{tag}\n".encode())
    return connection


def test_two_processes_meet(open_meeting: Callable[[int], Meeting], arrive: Arrive) -> None:
    meeting = open_meeting(2)
    processes = [arrive(), arrive()]
    assert [heard(process) for process in processes] == [MET, MET]
    assert meeting.together == 2
    assert meeting.processes == {process.pid for process in processes}


def test_one_alone_waits_until_it_is_given_up(
    open_meeting: Callable[[int], Meeting], arrive: Arrive, until: Until
) -> None:
    """And whoever comes later does not have to wait for that again."""
    meeting = open_meeting(2)
    first = arrive()
    until(meeting.give_up)
    assert heard(first) == ALONE
    assert heard(arrive()) == ALONE
    assert meeting.together == 1
    assert len(meeting.processes) == 2


def test_nobody_there_is_nobody_to_give_up(open_meeting: Callable[[int], Meeting]) -> None:
    """Then silence means that the student's code hangs elsewhere."""
    assert not open_meeting(2).give_up()


def test_a_meeting_whose_held_call_is_due_is_not_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    """Its caller sleeps because the judge has not looked yet, however long that takes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Meeting, "_look_around", lambda self: None)
    meeting = Meeting("meeting", held=["one"])
    with visit("one"):
        until(lambda: meeting._waiting)
        assert [meeting.is_idle() for _ in range(3)] == [False] * 3
        meeting.close()


def test_one_process_that_comes_twice_is_one(open_meeting: Callable[[int], Meeting], until: Until) -> None:
    """Two threads of one process are no two processes: the kernel tells who comes."""
    meeting = open_meeting(2)
    with visit() as first, visit() as second:
        until(lambda: len(meeting._waiting) == 2)
        assert meeting.give_up()
        assert (first.recv(1), second.recv(1)) == (b"-", b"-")
    assert meeting.together == 1
    assert meeting.processes == {os.getpid()}


def test_a_meeting_of_one_is_always_open(open_meeting: Callable[[int], Meeting]) -> None:
    """It only notes who came."""
    meeting = open_meeting(1)
    with visit() as connection:
        assert connection.recv(1) == b"+"
    assert meeting.processes == {os.getpid()}


def test_whoever_comes_after_the_meeting_is_let_go(open_meeting: Callable[[int], Meeting], arrive: Arrive) -> None:
    """Once proved, it is proved."""
    meeting = open_meeting(2)
    processes = [arrive(), arrive()]
    assert [heard(process) for process in processes] == [MET, MET]
    with visit() as connection:
        assert connection.recv(1) == b"+"
    assert meeting.together == 2


def test_one_that_has_gone_again_is_no_longer_there(open_meeting: Callable[[int], Meeting], until: Until) -> None:
    """Two that come one after another do not meet."""
    meeting = open_meeting(2)
    visit("gone").close()
    until(lambda: meeting.left)
    with visit() as connection:
        until(meeting.give_up)
        assert connection.recv(1) == b"-"
    assert (meeting.left, meeting.together) == (["gone"], 1)


def test_a_closed_meeting_keeps_nobody_waiting_and_leaves_no_file(
    open_meeting: Callable[[int], Meeting], until: Until
) -> None:
    meeting = open_meeting(2)
    with visit() as connection:
        until(lambda: meeting._waiting)
        meeting.close()
        assert connection.recv(1) == b"-"
    assert not os.path.exists("meeting")
    assert not meeting._thread.is_alive()


POOL = """
import multiprocessing
from course.lab.meeting import arrive
def work(count):
    with multiprocessing.get_context("fork").Pool(count) as pool:
        return pool.map(lambda_free, range(2), chunksize=1)
def lambda_free(_):
    return arrive()
"""


@pytest.mark.parametrize(("count", "met"), [(2, True), (1, False)])
def test_a_real_case_tells_whether_its_processes_met(
    make_drivers: Callable[..., Drivers], count: int, met: bool
) -> None:
    """A pool of one is let go because nothing in the session can go on, not because a time is over."""
    run = make_drivers(POOL).real("drive", meet=2, count=count)
    assert run.value == [met, met]
    assert run.meeting is not None
    assert run.meeting.together == count
    assert len(run.meeting.processes) == count
    assert run.meeting.worker not in run.meeting.processes


TELLS = """
import multiprocessing
from course.lab.meeting import ask
def drive(student, lab, tags):
    with multiprocessing.get_context("fork").Pool(len(tags)) as pool:
        return pool.map(ask, tags, chunksize=1)
"""


def test_processes_are_told_replies_and_the_judge_knows_which_of_them_asked(
    make_drivers: Callable[..., Drivers],
) -> None:
    """A call that is held is answered when all the others have been, also over several processes."""
    replies = {"tea": "green", "coffee": "black"}
    run = make_drivers("", scenarios=TELLS).real("drive", meet=2, replies=replies, held=["tea"], tags=list(replies))
    assert run.value == ["green", "black"]
    assert run.meeting is not None
    assert sorted(run.meeting.came) == ["coffee", "tea"]
    callers = dict(zip(run.meeting.came, run.meeting.callers, strict=True))
    assert set(callers.values()) == run.meeting.processes
    assert callers["tea"] != callers["coffee"]
    assert [moment.waiting for moment in run.meeting.moments] == [("tea",)]


ASKS_FROM_CHILDREN = """
import os
from course.lab.meeting import ask
def drive(student, lab, tags, by_hand):
    told = []
    for tag in tags:
        if by_hand:
            told.append(ask(tag))
            continue
        child = os.fork()
        if child == 0:
            os._exit(len(ask(tag)))
        told.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    return told
"""


def test_a_child_that_makes_a_killed_call_is_killed(make_drivers: Callable[..., Drivers]) -> None:
    """From outside: it is told nothing, so that nobody can play dead in its place."""
    replies = {"tea": "green", "milk": "white"}
    drivers = make_drivers("", scenarios=ASKS_FROM_CHILDREN)
    run = drivers.real("drive", replies=replies, killed=["milk"], tags=["tea", "milk"], by_hand=False)
    assert run.value == [len("green"), -signal.SIGKILL]
    assert run.meeting is not None
    assert run.meeting.left == ["milk"]


def test_the_calling_process_itself_is_never_killed(make_drivers: Callable[..., Drivers]) -> None:
    drivers = make_drivers("", scenarios=ASKS_FROM_CHILDREN)
    run = drivers.real("drive", replies={"milk": "white"}, killed=["milk"], tags=["milk"], by_hand=True)
    assert run.value == ["white"]


def test_where_the_judge_may_not_kill_a_killed_call_is_told_its_reply(
    make_drivers: Callable[..., Drivers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "kill", lambda *_, **__: False)
    drivers = make_drivers("", scenarios=ASKS_FROM_CHILDREN)
    run = drivers.real("drive", replies={"milk": "white"}, killed=["milk"], tags=["milk"], by_hand=False)
    assert run.value == [len("white")]


def test_a_meeting_whose_socket_was_removed_is_still_closed(open_meeting: Callable[[int], Meeting]) -> None:
    """Where nothing shuts workers in, a student's code may remove it."""
    meeting = open_meeting(2)
    os.unlink("meeting")
    meeting.close()
    assert not meeting._thread.is_alive()


@pytest.fixture
def open_rendezvous(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Meeting]]:
    """Open a meeting that counts calls, with its replies by tag."""
    monkeypatch.chdir(tmp_path)
    meetings = []

    def begin(needed: int, **replies: str) -> Meeting:
        meetings.append(Meeting("meeting", needed, counts="calls", replies=replies))
        return meetings[-1]

    yield begin
    for meeting in meetings:
        meeting.close()


def answer(connection: socket.socket) -> bytes:
    """All that a call is told."""
    with connection:
        return b"".join(iter(lambda: connection.recv(100), b""))


def test_calls_of_one_process_meet_and_are_told_their_replies(
    open_rendezvous: Callable[..., Meeting],
) -> None:
    """Threads and tasks are counted by their calls; what they are told, nobody knew before."""
    meeting = open_rendezvous(2, tea="green", coffee="black")
    first, second = visit("tea"), visit("coffee")
    assert (answer(first), answer(second)) == (b"+green", b"+black")
    assert meeting.together == 2
    assert meeting.threads == descendants_and_self_threads()
    assert answer(visit("unknown")) == b"+"


def descendants_and_self_threads() -> int:
    """The threads of this process: it is the only caller."""
    return len(os.listdir("/proc/self/task"))


def test_a_meeting_is_idle_when_nothing_has_happened_since_it_was_asked(
    open_rendezvous: Callable[..., Meeting],
) -> None:
    """A call that has just come, gone or been answered is why a worker sleeps, or has slept until now."""
    meeting = open_rendezvous(2)
    assert meeting.is_idle()
    first = visit()
    assert not meeting.is_idle()
    assert meeting.is_idle()
    assert (answer(visit()), answer(first)) == (b"+", b"+")
    assert not meeting.is_idle()
    assert meeting.is_idle()


def test_a_call_that_is_alone_is_told_its_reply_when_it_is_given_up(
    open_rendezvous: Callable[..., Meeting], until: Until
) -> None:
    """Wrong code comes to its end as well, and fails for what it does."""
    meeting = open_rendezvous(2, tea="green")
    connection = visit("tea")
    until(meeting.give_up)
    assert answer(connection) == b"-green"
    assert meeting.together == 1


@pytest.mark.parametrize("said", [b"", b"half a tag", b"x" * 100_000])
def test_who_does_not_say_a_tag_is_not_there(open_rendezvous: Callable[..., Meeting], said: bytes) -> None:
    """Neither silence nor a flood counts, and neither stops the meeting."""
    meeting = open_rendezvous(2, tea="green")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect("meeting")
        with contextlib.suppress(OSError):
            connection.sendall(said)
        assert not meeting.give_up()
        first, second = visit("tea"), visit("tea")
        assert answer(first) == answer(second) == b"+green"
    assert meeting.together == 2


def test_more_calls_than_any_lesson_makes_are_turned_away(open_rendezvous: Callable[..., Meeting]) -> None:
    """The judge keeps its descriptors."""
    meeting = open_rendezvous(MOST_CALLS + 10)
    connections = [visit() for _ in range(MOST_CALLS)]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as late, contextlib.suppress(OSError):
        late.connect("meeting")
        late.sendall(b"\n")
        assert late.recv(1) == b""
    assert meeting.give_up()
    assert meeting.together == MOST_CALLS
    for connection in connections:
        connection.close()


@pytest.fixture
def open_phases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Meeting]]:
    """Open a meeting of calls in several phases."""
    monkeypatch.chdir(tmp_path)
    meetings = []

    def begin(*phases: Phase) -> Meeting:
        meetings.append(Meeting("meeting", counts="calls", phases=phases))
        return meetings[-1]

    yield begin
    for meeting in meetings:
        meeting.close()


def test_a_phase_keeps_those_waiting_whom_it_has_no_reply_for(open_phases: Callable[..., Meeting]) -> None:
    """They are there in the next phase, and the last one is open for whoever comes."""
    meeting = open_phases(Phase(2, {"first": "one"}), Phase(2, {"second": "two"}, others="three"))
    first, second = visit("first"), visit("second")
    assert answer(first) == b"+one"
    third = visit("third")
    assert (answer(second), answer(third), answer(visit("fourth"))) == (b"+two", b"+three", b"+three")
    assert meeting.opened == 2
    assert meeting.came[2:] == ["third", "fourth"]


def test_who_is_never_answered_is_seen_to_leave(open_phases: Callable[..., Meeting], until: Until) -> None:
    """That is how the judge sees a cancellation."""
    meeting = open_phases(Phase(2, {"caller": "cancel"}))
    job, caller = visit("job"), visit("caller")
    assert answer(caller) == b"+cancel"
    assert not meeting.left
    job.close()
    until(lambda: meeting.left == ["job"])
    assert not meeting.give_up()


def test_a_phase_that_is_not_reached_is_given_up(open_phases: Callable[..., Meeting], until: Until) -> None:
    """Everybody is let go, and the phases to come are not known by that."""
    meeting = open_phases(Phase(2, {"first": "one"}), Phase(1, {"second": "two"}))
    connection = visit("second")
    until(meeting.give_up)
    assert answer(connection) == b"-"
    assert meeting.opened == 0


def test_who_says_more_than_a_tag_is_not_there_any_more(open_phases: Callable[..., Meeting], until: Until) -> None:
    meeting = open_phases(Phase(2, {}))
    with visit("talker") as connection:
        until(lambda: meeting._waiting)
        connection.sendall(b"and more")
        until(lambda: meeting.left == ["talker"])


def test_a_cancelled_call_leaves(make_drivers: Callable[..., Drivers]) -> None:
    """Of a real task, whose connection is closed when it is cancelled."""
    cancels = """
import asyncio
from course.lab.meeting import ask_async
def work():
    async def main():
        task = asyncio.create_task(ask_async("job"))
        await ask_async("caller")
        task.cancel()
        await asyncio.wait([task])
        return [task.cancelled(), await ask_async("after")]
    return asyncio.run(main())
"""
    run = make_drivers(cancels).rendezvous("drive", phases=[Phase(2, {"caller": ""}), Phase(1, {"after": "told"})])
    assert run.value == [True, "told"]
    assert run.meeting is not None
    assert run.meeting.left == ["job"]
    assert sorted(run.meeting.came[:2]) == ["caller", "job"]


ASKS = """
import threading
from course.lab.meeting import ask
def drive(student, lab, tags, then):
    told = {}
    threads = [threading.Thread(target=lambda tag=tag: told.update({tag: ask(tag)})) for tag in tags]
    for thread in threads:
        thread.start()
    exec(then)
    for thread in threads:
        thread.join()
    return told
"""
NOTHING = "pass"


def test_held_calls_are_answered_one_by_one_in_the_judges_order(make_drivers: Callable[..., Drivers]) -> None:
    """Each at a moment at which all others that can come have come."""
    replies = {"tea": "green", "coffee": "black", "milk": "white"}
    order = ["milk", "tea", "coffee"]
    run = make_drivers("", scenarios=ASKS).rendezvous(
        "drive", replies=replies, held=order, tags=list(replies), then=NOTHING
    )
    assert run.value == replies
    assert run.meeting is not None
    assert [moment.tag for moment in run.meeting.moments] == order
    assert [set(moment.waiting) for moment in run.meeting.moments] == [{*order}, {*order[1:]}, {*order[2:]}]
    assert all(moment.is_still for moment in run.meeting.moments)


def test_the_judge_sees_which_threads_wait_for_him(make_drivers: Callable[..., Drivers]) -> None:
    run = make_drivers("", scenarios=ASKS).rendezvous(
        "drive", held=["tea", "milk", "me"], tags=["tea", "milk"], then="ask('me')"
    )
    assert run.meeting is not None
    first, second, third = run.meeting.moments
    assert first.hearing is not None
    assert second.hearing is not None
    assert [len(first.hearing), len(second.hearing)] == [3, 2]
    assert third.hearing is not None
    assert [thread.is_first for thread in third.hearing] == [True]


def test_a_held_call_waits_until_all_that_are_needed_are_there(make_drivers: Callable[..., Drivers]) -> None:
    """Somebody who sleeps between two calls has not come late: a meeting decides who is there, no standstill."""
    run = make_drivers("", scenarios=ASKS).rendezvous(
        "drive", calls=2, held=["tea", "me"], tags=["tea"], then="import time; time.sleep(0.03); ask('me')"
    )
    assert run.meeting is not None
    assert run.meeting.together == 2
    assert len(run.meeting.moments[0].waiting) == 2


def test_calls_that_are_not_held_are_answered_at_once(make_drivers: Callable[..., Drivers]) -> None:
    run = make_drivers("", scenarios=ASKS).rendezvous("drive", held=["tea"], tags=["tea"], then="ask('free')")
    assert run.meeting is not None
    assert [moment.waiting for moment in run.meeting.moments] == [("tea",)]
    assert sorted(run.meeting.came) == ["free", "tea"]


def test_whoever_computes_on_and_on_does_not_keep_a_call_for_ever(make_drivers: Callable[..., Drivers]) -> None:
    spins = "while threads[0].is_alive(): pass"
    run = make_drivers("", scenarios=ASKS).rendezvous("drive", held=["tea"], tags=["tea"], then=spins)
    assert run.value == {"tea": ""}
    assert run.meeting is not None
    assert [moment.is_still for moment in run.meeting.moments] == [False]
    assert [thread.is_first for thread in run.meeting.moments[0].hearing or ()] == [False]


def test_where_threads_cannot_be_seen_nobody_is_held_back(
    make_drivers: Callable[..., Drivers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course.judge.standstill.threads", lambda _: iter(()))
    run = make_drivers("", scenarios=ASKS).rendezvous(
        "drive", calls=2, replies={"tea": "green"}, held=["tea", "milk"], tags=["tea", "milk"], then=NOTHING
    )
    assert run.value == {"tea": "green", "milk": ""}
    assert run.meeting is not None
    assert run.meeting.moments == []
    assert run.meeting.together == 2


def test_a_judge_who_is_late_himself_calls_nothing_hung(
    make_drivers: Callable[..., Drivers], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine his meeting may answer just when he has seen that the worker slept for long enough."""
    monkeypatch.setattr(quiescence, "QUIET_SECONDS", 0.001)
    monkeypatch.setattr(workers, "LOOK_SECONDS", 0.0001)
    asks = "def drive(student, lab, tags):\n    from course.lab.meeting import ask\n    return list(map(ask, tags))"
    drivers = make_drivers("", scenarios=asks)
    for number in range(10):
        tags = [f"{number}.{each}" for each in range(50)]
        assert drivers.rendezvous("drive", held=tags, tags=tags).value == [""] * 50
