"""Attack 98: rewrite no log, and tell of everything. The judge is `read` and `write` himself, and has to be asked.

Who could tell every simulation as he likes would get what he does with real threads: nothing for nothing, and for a
plain loop what a plain loop earns honestly, all but the workers.

Open: real threads that count without a lock hardly ever lose a count. That the totals are right under every schedule
rests on the simulation alone.
"""

import pytest

from course.judge.bench import Bench
from course.lessons import lessons_named
from tests.attacks.altered import solution
from tests.attacks.conftest import Attack
from tests.attacks.forging import INSIDE
from tests.attacks.perfect import passed_by_a_perfect_forger

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
NOTHING = """
def rewrite_logs(paths, *_, **__):
    return Report(len(paths), len(paths), {})
"""
PLAIN_LOOP = LOOP + "\nrewrite_logs = loop\n"
# He draws which files fail, and with which message: whoever guesses knows no number of it.
GUESSED = PLAIN_LOOP.replace("str(error)", "'no such log, invalid start byte, no space left'")
LEFT = PLAIN_LOOP.replace(
    "    report = Report", "    threading.Thread(target=threading.Event().wait).start()\n    report = Report"
)
CHECKS = frozenset(check.id for check in lessons_named(["t09"])[0][0].checks)


def test_what_the_collaborators_enclose_cannot_be_had(attack: Attack) -> None:
    attacked = attack("t09", solution("t09") + ENCLOSED)
    assert attacked.points == 0
    assert "AttributeError: __closure__ can reach into the grader" in attacked.said


@pytest.mark.parametrize(
    ("source", "passed"),
    [
        (NOTHING, set()),
        (PLAIN_LOOP, CHECKS - {"workers_in_flight"}),
        (GUESSED, CHECKS - {"workers_in_flight", "bad_file_does_not_stop_others", "more_bad_files_than_workers"}),
        (LEFT, CHECKS - {"workers_in_flight", "no_thread_left"}),
    ],
    ids=["nothing", "a plain loop", "guessed errors", "a thread is left"],
)
def test_who_tells_every_simulation_gets_what_he_does_with_threads(bench: Bench, source: str, passed: set[str]) -> None:
    assert passed_by_a_perfect_forger(bench, "t09", solution("t09") + source) == passed


def test_a_plain_loop_earns_as_much_without_forging(attack: Attack) -> None:
    attacked = attack("t09", solution("t09") + PLAIN_LOOP)
    assert [check.id for check in attacked.lesson.checks if check.status == "failed"] == ["workers_in_flight"]
