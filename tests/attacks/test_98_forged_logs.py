"""Attack 98: rewrite no log, and tell of everything. The judge is `read` and `write` himself, and has to be asked.

The record of a simulation cannot be had for forging (attack 96). Who had one all the same is played here by a module
that is right in virtual time only. What it then gets is what it does with real threads: nothing for nothing, and for a
plain loop what a plain loop earns honestly, all but the workers.

Open: real threads that count without a lock hardly ever lose a count. That `counts_not_lost` holds under every schedule
rests on the simulation alone.
"""

from tests.attacks.altered import solution
from tests.attacks.conftest import Attack
from tests.attacks.forging import INSIDE

LOOP = """
def loop(paths, pattern, replacement, workers=4, *, read, write):
    report = Report(0, 0, {})
    for path in paths:
        try:
            old = read(path)
            new, count = re.subn(pattern, replacement, old)
            if new != old:
                write(path, new)
                report.changed += 1
                report.replacements += count
        except Exception as error:
            report.errors[path] = str(error)
    return report
"""
# All logs stand in what `read` encloses, and the files in what `write` encloses: nobody needs to call them.
ENCLOSED = f"""
{INSIDE}
def enclosed(function):
    names = inside(inside(function, "__co", "de__"), "co_", "freevars")
    return dict(zip(names, [inside(cell, "cell_", "contents") for cell in inside(function, "__clo", "sure__")]))

def rewrite_logs(paths, pattern, replacement, workers=4, *, read, write):
    texts, files = enclosed(read)["texts"], enclosed(write)["files"]
    new = {{name: re.subn(pattern, replacement, text) for name, text in texts.items()}}
    files.update({{name: text for name, (text, _) in new.items()}})
    counts = [count for name, (text, count) in new.items() if text != texts[name]]
    return Report(len(counts), sum(counts), {{}})
"""
IN_VIRTUAL_TIME_ONLY = """
import os
_right = rewrite_logs
def rewrite_logs(*arguments, **named):
    return ((OTHERWISE) if "COURSE_MEETING" in os.environ else _right)(*arguments, **named)
"""
NOTHING = "lambda paths, *_, **__: Report(len(paths), len(paths), {})"
ALL_BUT_THE_WORKERS = 8


def test_what_the_collaborators_enclose_cannot_be_had(attack: Attack) -> None:
    attacked = attack("t09", solution("t09") + ENCLOSED)
    assert attacked.points == 0
    assert "AttributeError: __closure__ can reach into the grader" in attacked.said


def test_who_is_right_in_virtual_time_only_gets_nothing(attack: Attack) -> None:
    """Each of the checks has a leg in which the logs are the judge's."""
    attacked = attack("t09", solution("t09") + IN_VIRTUAL_TIME_ONLY.replace("OTHERWISE", NOTHING))
    assert attacked.points == 0
    assert "these calls of write, outside of the simulation too" in attacked.said


def test_a_plain_loop_in_place_of_real_threads_gets_what_it_gets_anyway(attack: Attack) -> None:
    honest = attack("t09", solution("t09") + LOOP + "\nrewrite_logs = loop\n")
    attacked = attack("t09", solution("t09") + LOOP + IN_VIRTUAL_TIME_ONLY.replace("OTHERWISE", "loop"))
    assert attacked.points == honest.points == ALL_BUT_THE_WORKERS
    assert [check.id for check in attacked.lesson.checks if check.status == "failed"] == ["workers_in_flight"]
    assert "at most 1 at the same time, outside of the simulation" in attacked.said


def test_threads_that_stay_are_seen_also_where_the_lab_is_not_asked(attack: Attack) -> None:
    staying = LOOP.replace(
        "    return report",
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n    return report",
    )
    attacked = attack("t09", solution("t09") + staying + IN_VIRTUAL_TIME_ONLY.replace("OTHERWISE", "loop"))
    failed = {check.id for check in attacked.lesson.checks if check.status == "failed"}
    assert failed == {"workers_in_flight", "no_thread_left"}
    assert "1 threads were still there" in attacked.said


def test_errors_that_are_made_up_are_not_those_of_the_judge(attack: Attack) -> None:
    """He draws which files fail, and what the message is: who guesses names no number of it."""
    guessing = LOOP.replace("str(error)", "'no such log, invalid start byte, no space left'")
    attacked = attack("t09", solution("t09") + guessing + IN_VIRTUAL_TIME_ONLY.replace("OTHERWISE", "loop"))
    failed = {check.id for check in attacked.lesson.checks if check.status == "failed"}
    assert failed == {"workers_in_flight", "bad_file_does_not_stop_others", "more_bad_files_than_workers"}
