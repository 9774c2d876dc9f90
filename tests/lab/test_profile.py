"""A profile knows which names the threads of one run have in common, and never proves anything."""

from course.lab.instrument import instrument
from course.lab.profile import Profile
from tests.lab.models import Thread, profile_of


def profile_of_source(source: str, threads: dict[int, list[str]]) -> tuple[Profile, dict[str, int]]:
    """The profile of threads that come to the sites with these names, and the sites by `kind name`."""
    sites = instrument(source, "program.py").sites
    numbers = {f"{site.kind} {site.name}": number for number, site in enumerate(sites)}
    profile = Profile(sites)
    for thread, names in threads.items():
        for name in names:
            profile.saw_event(thread, numbers[name])
    profile.saw_end([Thread(thread) for thread in threads])
    return profile, numbers


def test_it_is_full_when_it_has_seen_a_run_to_its_end() -> None:
    """Only then may strategies choose by it."""
    profile = Profile()
    assert not profile.is_full
    profile.saw_event(0, 0)
    assert not profile.is_full
    profile.saw_end([Thread(0, moments=3)])
    assert profile.is_full
    assert profile.steps(0) == 3


def test_steps_are_counted_by_thread_and_by_name() -> None:
    """All moments of decision, or the points at which a name is touched."""
    profile = profile_of([["x", "y", "x"], ["y"]])
    assert (profile.steps(0), profile.steps(0, "x"), profile.steps(0, "y")) == (4, 2, 1)
    assert (profile.steps(1, "x"), profile.steps(1, "y"), profile.steps(7), profile.steps(7, "x")) == (0, 1, 0, 0)


def test_what_it_expects_of_each_thread_is_known_when_it_is_full() -> None:
    """Steps and children in one place, for who asks at each decision."""
    profile = Profile()
    profile.saw_event(0, 0)
    assert profile.expected("") == {}
    profile.saw_end([Thread(0, moments=3), Thread(1, moments=2)])
    assert profile.expected("") == {0: (3, [1]), 1: (2, ())}


def test_a_name_is_contended_when_two_threads_touch_it_and_one_writes() -> None:
    """Most touched first; what only one touches, or all only read, is nobody's quarrel."""
    assert profile_of([["x", "own", "y"], ["y", "x", "y", "other"]]).contended() == ["y", "x"]
    assert profile_of([["x"], ["x"]], kind="read").contended() == []
    profile, _ = profile_of_source("a.x = a.x", {0: ["read a.x"], 1: ["read a.x"]})
    assert not profile.is_contended("x")


def test_a_read_and_a_write_conflict_and_two_reads_do_not() -> None:
    """Told by the bare name, as the source has it: two owners count as the same."""
    source = "def f(self, other, stock):\n    self.n = other.n\n    stock.n += other.k\n    self.use(stock['lamp'])\n"
    profile, sites = profile_of_source(source, {})
    assert profile.conflict(sites["write self.n"], sites["read other.n"])
    assert profile.conflict(sites["write self.n"], sites["update stock.n"])
    assert not profile.conflict(sites["read other.n"], sites["read other.n"])
    assert not profile.conflict(sites["write self.n"], sites["read other.k"])
    assert not profile.conflict(0, 0)


def test_a_call_of_a_method_may_write_its_owner() -> None:
    """`jobs.put` touches `jobs`, in whichever way; a plain function touches nothing that has a name."""
    source = "def f(self, jobs):\n    jobs.put(1)\n    self.jobs.get()\n    print(1)\n    self.work()\n"
    profile, sites = profile_of_source(source, {0: ["call jobs.put"], 1: ["call self.jobs.get"]})
    assert profile.conflict(sites["call jobs.put"], sites["call self.jobs.get"])
    assert profile.contended() == ["jobs"]
    assert profile.name_of(sites["call print"]) == profile.name_of(sites["call self.work"]) == ""


def test_what_imports_bind_is_no_shared_thing() -> None:
    """Every thread uses `time` and `threading`; no thread changes them."""
    source = """
import time, concurrent.futures as cf, os.path
from queue import Queue as Q
def f(time_, self):
    time.sleep(1)
    cf.wait([])
    os.path.join("a", "b")
    Q.get(1)
    cf.x = 1
    self.time.sleep(1)
"""
    profile, sites = profile_of_source(source, {})
    names = {site: profile.name_of(number) for site, number in sites.items() if site.strip()}
    assert names == {
        "call time.sleep": "",
        "call cf.wait": "",
        "call os.path.join": "",
        "call Q.get": "",
        "write cf.x": "",
        "call self.time.sleep": "time",
    }


def test_the_place_between_read_and_write_of_an_update_is_known() -> None:
    """The best place of all to preempt a thread."""
    profile, sites = profile_of_source("def f(a):\n    a.n += 1\n    a.n = 2\n", {})
    assert profile.is_between(sites["update a.n"])
    assert not profile.is_between(sites["write a.n"])


def test_whoever_is_not_known_may_touch_everything() -> None:
    """A thread that the plain run has not had is not left out."""
    profile = profile_of([["x"], ["y"], [""]])
    assert profile.touches(0, "x")
    assert not profile.touches(0, "y")
    assert not profile.touches(2, "x")
    assert profile.touches(9, "y")


def test_it_knows_who_has_started_whom() -> None:
    """The main thread has no creator."""
    threads = [Thread(number, moments=1) for number in range(4)]
    threads[3].creator = 1
    profile = Profile()
    profile.saw_end(threads)
    assert [list(profile.children(number)) for number in range(4)] == [[1, 2], [3], [], []]
