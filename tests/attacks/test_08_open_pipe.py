"""Attack 8: a leaked child keeps stdout and the pipe for results open. The judge never waits for the end of a file."""

from tests.attacks.conftest import Attack
from tests.attacks.honest import at_import

# Fails unless the child really has the pipe.
LEAK = """
import os, time

def pipes(process):
    found = set()
    for name in os.listdir(f"/proc/{process}/fd"):
        try:
            found.add(os.readlink(f"/proc/{process}/fd/{name}"))
        except OSError:
            pass
    return {name for name in found if name.startswith("pipe:")}

child = os.fork()
if child == 0:
    os.setsid()
    time.sleep(10**6)
"""
HELD_BY_A_CHILD = LEAK + "assert pipes(child) == pipes('self') != set(), 'the child does not hold it'\n"


def test_results_count_while_a_child_holds_the_pipe(attack: Attack) -> None:
    attacked = attack("p13", at_import("p13", HELD_BY_A_CHILD))
    assert attacked.points == attacked.lesson.max_points


def test_the_end_of_the_worker_is_seen_while_a_child_holds_the_pipe(attack: Attack) -> None:
    attacked = attack("p13", at_import("p13", HELD_BY_A_CHILD + "os._exit(0)\n"))
    assert attacked.points == 0
    assert "your code ended the process (exit status 0) before it gave its result" in attacked.said
