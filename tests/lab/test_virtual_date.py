"""`datetime` on the world's clock: student code, unmodified, sees one and the same time everywhere."""

import datetime as dt
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.lab.exact import said
from tests.lab.nursery import PLAIN, Nursery

SECOND = 1_000_000_000
HEADER = "import time\nfrom datetime import UTC, date, datetime, timedelta, timezone\n"

# body of main(), value
DATES: dict[str, tuple[str, Any]] = {
    "now moves with sleep": (
        """
    first = datetime.now()
    time.sleep(90.25)
    return str(datetime.now() - first), (datetime.now() - first) == timedelta(seconds=90.25)""",
        ["tuple", ["0:01:30.250000", True]],
    ),
    "all clocks show the same instant": (
        """
    time.sleep(86_400 * 3 + 0.000_001)
    instant = time.time()
    return [
        datetime.now().timestamp() == instant,
        datetime.today().timestamp() == instant,
        datetime.now(UTC).timestamp() == instant,
        datetime.utcnow().replace(tzinfo=UTC).timestamp() == instant,
        datetime.now().astimezone().timestamp() == instant,
        datetime.fromtimestamp(instant) == datetime.now(),
        datetime(*time.localtime()[:6]) == datetime.now().replace(microsecond=0),
        datetime(*time.gmtime()[:6]) == datetime.utcnow().replace(microsecond=0),
        date.today() == datetime.now().date() == date.fromtimestamp(instant),
        date.today().isoformat() == time.strftime("%Y-%m-%d"),
    ]""",
        ["list", [True] * 10],
    ),
    "a run begins on New Year's Day of 2026, UTC": (
        """
    return datetime.now(UTC).isoformat(), str(datetime.utcnow()), repr(datetime.now(timezone.utc))""",
        [
            "tuple",
            [
                "2026-01-01T00:00:00+00:00",
                "2026-01-01 00:00:00",
                "datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)",
            ],
        ],
    ),
    "microseconds are cut, not rounded": (
        """
    time.sleep(0.000_001_9)
    return datetime.now(UTC).microsecond, time.time_ns() % 1_000_000""",
        ["tuple", [1, 1900]],
    ),
    "time zones": (
        """
    from zoneinfo import ZoneInfo
    shanghai, berlin = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
    time.sleep(3600 * 20)
    summer = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    return [
        str(datetime.now(shanghai)),
        str(datetime.now(UTC).astimezone(shanghai)),
        datetime.now(tz=berlin).tzname(),
        str(summer.replace(fold=1).astimezone(UTC) - summer.astimezone(UTC)),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC).astimezone(berlin).fold,
    ]""",
        ["list", ["2026-01-02 04:00:00+08:00", "2026-01-02 04:00:00+08:00", "CET", "1:00:00", 1]],
    ),
    "text and back": (
        """
    import json
    time.sleep(12.5)
    now = datetime.now(UTC)
    return [
        datetime.fromisoformat(now.isoformat()) == now,
        datetime.strptime("2026-03-04 05:06", "%Y-%m-%d %H:%M") == datetime(2026, 3, 4, 5, 6),
        now.strftime("%H:%M:%S.%f"), f"{now:%d.%m.%Y}", json.dumps({"at": now}, default=str), now.ctime(),
        repr(now.date()), str(datetime.combine(date(2026, 1, 2), now.time())), date.fromisoformat("2026-02-28").year,
    ]""",
        [
            "list",
            [
                True,
                True,
                "00:00:12.500000",
                "01.01.2026",
                '{"at": "2026-01-01 00:00:12.500000+00:00"}',
                "Thu Jan  1 00:00:12 2026",
                "datetime.date(2026, 1, 1)",
                "2026-01-02 00:00:12.500000",
                2026,
            ],
        ],
    ),
    "arithmetic keeps the types": (
        """
    now, today = datetime.now(), date.today()
    found = [now + timedelta(1), timedelta(1) + now, now - timedelta(1), now.replace(year=2000), datetime.min,
             datetime.max, datetime.fromtimestamp(0), now.astimezone(), datetime.strptime("9", "%H"), datetime.utcnow()]
    days = [now.date(), today + timedelta(1), today - timedelta(1), date.min, date.max, date.fromordinal(9)]
    return [
        {type(one) is datetime for one in found}, {type(one) is date for one in days}, type(now - now) is timedelta,
        today - (today - timedelta(1)) == timedelta(1), now < now + timedelta.resolution,
        sorted([now, now]) == [now, now], hash(datetime(2026, 1, 1)) == hash(datetime(2026, 1, 1)), {now: 1}[now],
    ]""",
        ["list", [["set", [True]], ["set", [True]], True, True, True, True, True, 1]],
    ),
    "real dates are instances": (
        """
    import _datetime
    from functools import singledispatch
    real, real_day = _datetime.datetime(2026, 1, 1), _datetime.date(2026, 1, 1)
    @singledispatch
    def kind(value): return "other"
    kind.register(date)(lambda value: "date")
    kind.register(datetime)(lambda value: "datetime")
    match real:
        case datetime(year=year): pass
    return [
        isinstance(real, datetime), isinstance(real, date), isinstance(real_day, date), isinstance(real_day, datetime),
        isinstance(date.today(), datetime), isinstance(datetime.now(), date), issubclass(datetime, date),
        issubclass(date, datetime), real == datetime(2026, 1, 1), str(datetime(2026, 1, 2) - real), year,
        kind(real), kind(datetime.now()), kind(date.today()), kind(1),
    ]""",
        [
            "list",
            [
                True,
                True,
                True,
                False,
                False,
                True,
                True,
                False,
                True,
                "1 day, 0:00:00",
                2026,
                "datetime",
                "datetime",
                "date",
                "other",
            ],
        ],
    ),
    "subclasses of a student's": (
        """
    class Stamp(datetime):
        def hours(self): return self.hour
    class Day(date): pass
    class Named(datetime):
        def __new__(cls, *args, name="", **kwargs):
            self = super().__new__(cls, *args, **kwargs)
            self.name = name
            return self
    time.sleep(7200)
    made = [Stamp.now(UTC), Stamp.utcnow(), Stamp.now(), Stamp.today(), Stamp.fromtimestamp(0), Stamp(2026, 1, 1),
            Stamp.now() + timedelta(1), Stamp.fromisoformat("2026-01-01"), Stamp.now(UTC).astimezone(UTC)]
    return [
        {type(one) is Stamp for one in made}, made[0].hours(), type(Day.today()) is Day,
        Named(2026, 1, 1, name="x").name, isinstance(datetime.now(), Stamp),
        isinstance(made[0], datetime), isinstance(made[0], Day), issubclass(Stamp, datetime),
        issubclass(datetime, Stamp), repr(Day(2026, 1, 1)), Stamp.__name__,
    ]""",
        ["list", [["set", [True]], 2, True, "x", False, True, False, True, False, "Day(2026, 1, 1)", "Stamp"]],
    ),
    "copies, pickles and dataclasses": (
        """
    import copy, pickle
    from dataclasses import asdict, dataclass, field
    @dataclass(frozen=True, order=True)
    class Entry:
        at: datetime = field(default_factory=datetime.now)
        day: date = field(default_factory=date.today)
    first = Entry()
    time.sleep(1)
    second = Entry()
    now = [datetime.now(UTC), date.today(), datetime.now(timezone(timedelta(hours=8), "here"))]
    again = pickle.loads(pickle.dumps(now))
    return [
        first < second, (second.at - first.at).total_seconds(), asdict(first)["day"] == first.day,
        again == now, [type(one) for one in again] == [datetime, date, datetime], copy.deepcopy(now) == now,
        all(pickle.loads(pickle.dumps(now, protocol)) == now for protocol in range(pickle.HIGHEST_PROTOCOL + 1)),
    ]""",
        ["list", [True, 1.0, True, True, True, True, True]],
    ),
    "the errors are the real ones": (
        """
    def told(function):
        try: function()
        except Exception as error: return f"{type(error).__name__}: {error}"
    return [
        told(lambda: datetime.now() - datetime.now(UTC)), told(lambda: datetime(2026, 2, 30)),
        told(lambda: datetime.now("UTC")), told(lambda: datetime.fromisoformat("soon")),
    ]""",
        [
            "list",
            [
                "TypeError: can't subtract offset-naive and offset-aware datetimes",
                said(dt.datetime, 2026, 2, 30),
                "TypeError: tzinfo argument must be None or of a tzinfo subclass, not type 'str'",
                "ValueError: Invalid isoformat string: 'soon'",
            ],
        ],
    ),
    "the module by its name": (
        """
    import datetime as module
    from datetime import datetime as name, time as clock, tzinfo, MINYEAR
    module.datetime.now().astimezone(module.timezone.utc)
    same = module.datetime is name
    return same, name.__module__, clock(1, 2).isoformat(), MINYEAR, str(name)""",
        ["tuple", [True, "datetime", "01:02:00", 1, "<class 'datetime.datetime'>"]],
    ),
    "what is built on it": (
        """
    import calendar, sqlite3
    days = [day for day in calendar.Calendar().itermonthdates(2026, 1) if day == date.today()]
    base = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
    base.execute("create table t (day date)")
    base.execute("insert into t values (?)", (date.today(),))
    return type(days[0]) is date, base.execute("select day from t").fetchone()[0] == date.today()""",
        ["tuple", [True, True]],
    ),
}


@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_dates_show_virtual_time(nursery: Nursery, name: str, zone: str) -> None:
    """Also where the local zone is another one: in New York the first run of the year begins in the old one."""
    body, value = DATES[name]
    set_zone = f"import os, time\nos.environ['TZ'] = {zone!r}\ntime.tzset()\n"
    run = nursery.run(f"{set_zone}{HEADER}def main():{body}\n")
    assert (run["outcome"], run["error"]) == ("finished", None)
    assert run["value"] == value


def test_threads_and_tasks_see_one_date(nursery: Nursery) -> None:
    """Two threads and a loop that sleep beside each other read the same instant when they wake."""
    source = """
import asyncio, threading, time
from datetime import datetime
seen = []
def work():
    time.sleep(5)
    seen.append(datetime.now())
async def go():
    await asyncio.gather(asyncio.to_thread(work), asyncio.to_thread(work), asyncio.sleep(5))
    seen.append(datetime.now())
def main():
    asyncio.run(go())
    return len(set(seen)), str(seen[0].astimezone().timestamp() - 1767225600)
"""
    run = nursery.run(source)
    assert run["value"] == ["tuple", [1, "5.0"]]
    assert run["duration"] == 5 * SECOND


@pytest.mark.parametrize(
    "wait",
    ["while datetime.now() < until: pass", "while date.today() == today: pass", "while datetime.utcnow() < utc: pass"],
)
def test_waiting_for_a_date_by_reading_it_ends(nursery: Nursery, wait: str) -> None:
    """Time creeps for it, as it does for a loop that reads `time.time()`."""
    source = f"""
from datetime import date, datetime, timedelta
def main():
    today, until, utc = date.today(), datetime.now() + timedelta(hours=1), datetime.utcnow() + timedelta(seconds=1)
    {wait}
    return True
"""
    run = nursery.run(source)
    assert (run["outcome"], run["value"]) == ("finished", True)


def test_every_run_begins_on_the_same_day(nursery: Nursery) -> None:
    """Nothing of a run's dates, and nothing that a program does to the module, reaches the next run."""
    source = f"""{HEADER}
import datetime as module
def main():
    found = [str(datetime.now(UTC)), hasattr(datetime, "mark"), module.datetime is datetime]
    time.sleep(1000)
    datetime.mark = True
    module.datetime = None
    return found
"""
    runs = nursery.runs(source, schedules=[PLAIN] * 3)
    assert [run["value"] for run in runs] == [["list", ["2026-01-01 00:00:00+00:00", False, True]]] * 3


def freezegun_after_runs() -> dict[str, Any]:
    """What freezegun believes after a program has used dates."""
    import freezegun.api  # noqa: PLC0415  # in the child only

    from course.lab.program import Program  # noqa: PLC0415
    from course.lab.simulation import simulate  # noqa: PLC0415

    program = Program(
        "program", f"{HEADER}def main(): return str(datetime.now())", "def scenario(s, lab): return s.main()"
    )
    simulate(program, "scenario", {}, PLAIN)
    return {
        "factories": len(freezegun.api.freeze_factories),
        "zones": len(freezegun.api.tz_offsets),
        "real": dt.datetime is freezegun.api.real_datetime,
        "now": dt.datetime.now(dt.UTC).year > 1,
    }


def test_freezegun_is_never_switched_on(nursery: Nursery) -> None:
    """Only its classes are used."""
    assert nursery.call(freezegun_after_runs) == {"factories": 0, "zones": 0, "real": True, "now": True}


def test_loading_the_engine_leaves_real_dates_alone() -> None:
    """The process that imports the engine, and never opens a world, keeps its clock."""
    code = "import course.lab.world, datetime, time; print(abs(datetime.datetime.now().timestamp() - time.time()) < 5)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, env=dict(os.environ)
    )
    assert done.stdout == "True\n"
