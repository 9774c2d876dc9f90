"""Attack 6: a non-daemon thread that never ends. The result is kept, the process killed; a finding names the thread."""

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import, with_first

FOR_EVER = "threading.Thread(target=threading.Event().wait, name='never ends').start()"
SLEEPS = "import threading, time\nthreading.Thread(target=time.sleep, args=(10**6,)).start()"


def test_the_check_on_threads_is_lost_and_no_other(attack: Attack) -> None:
    attacked = attack("t01", with_first("t01", "prices: dict", FOR_EVER))
    assert [check.id for check in attacked.lesson.checks if check.status != "passed"] == ["no_threads_left"]
    assert "1 still running: never ends" in attacked.said
    assert attacked.points == attacked.lesson.max_points - attacked.check("no_threads_left").max_points


def test_nobody_waits_for_it_in_real_mode(attack: Attack) -> None:
    """A real thread, which would keep a Python process from ending for eleven days."""
    attacked = attack("p13", at_import("p13", SLEEPS))
    assert attacked.points == attacked.lesson.max_points
