"""Which kind of race does a traced run show?"""

from course.judge.records import RunRecord


def kind_of_race(record: RunRecord) -> str:
    """The id of the diagnosis that says most about the race in this run; "race" when nothing more can be said."""
    if any(race.wrong_locks for race in record.races):
        return "wrong_lock"
    if _loses_an_update(record):
        return "lost_update"
    if _lets_go_between_check_and_act(record):
        return "check_then_act"
    return "race"


def _loses_an_update(record: RunRecord) -> bool:
    """A thread reads a name, another one writes it, and then the first writes what it made of the old value."""
    racing = {race.name for race in record.races}
    read_at: dict[tuple[int, str], int] = {}
    written: dict[str, tuple[int, int]] = {}  # by name: when, and by whom it was written last
    for when, (_, thread, kind, site, _) in enumerate(record.trace):
        if kind not in ("read", "write") or not 0 < site < len(record.sites):
            continue
        name = record.sites[site][2]
        if kind == "read":
            read_at[thread, name] = when
        elif name in racing:
            last, by = written.get(name, (-1, thread))
            if by != thread and last > read_at.get((thread, name), when):
                return True
            written[name] = (when, thread)
    return False


def _lets_go_between_check_and_act(record: RunRecord) -> bool:
    """A thread lets a lock go and takes it again, and in between another one has had it; no access is unguarded."""
    if record.races:
        return False
    left: dict[str, set[int]] = {}  # by lock: who has let it go, and nobody else has had it since
    overtaken: set[tuple[int, str]] = set()
    for _, thread, kind, site, _ in record.trace:
        if kind not in ("acquire", "release") or not 0 < site < len(record.sites):
            continue
        lock = record.sites[site][2].removesuffix(".acquire")
        if kind == "release":
            left.setdefault(lock, set()).add(thread)
        elif (thread, lock) in overtaken:
            return True
        else:
            overtaken.update((other, lock) for other in left.get(lock, set()) if other != thread)
    return False


def acts_on_an_old_answer(record: RunRecord) -> bool:
    """A thread is stuck in a queue's get(): it had asked whether there is anything, and another one took it first."""
    stuck = {stack.number for stack in record.stuck if stack.blocked}
    asked: dict[int, tuple[str, bool]] = {}  # by thread: the queue it asked last, and whether another one took since
    for _, thread, kind, site, _ in record.trace:
        if kind != "result" or not 0 < site < len(record.sites):
            continue
        queue, _, call = record.sites[site][2].rpartition(".")
        asked.pop(thread, None)
        if call in ("empty", "qsize"):
            asked[thread] = (queue, False)
        elif call in ("get", "get_nowait"):
            asked |= {other: (queue, True) for other, (name, _) in asked.items() if name == queue}
    return any(taken for thread, (_, taken) in asked.items() if thread in stuck)
