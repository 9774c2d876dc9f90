"""Attack 91: priority, processors, the killer of processes, limits, huge stacks. Others are not slower, limits stay."""

from tests.attacks.altered import solution
from tests.attacks.conftest import Attack
from tests.attacks.forging import TRIED

RAISED = """
import resource, threading
def attempts():
    limits = (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_AS)
    raised = [tried(resource.setrlimit, limit, (resource.RLIM_INFINITY,) * 2) for limit in limits]
    return raised + [
        tried(os.setpriority, os.PRIO_PROCESS, 0, -20),
        tried(os.setpriority, os.PRIO_PROCESS, 1, 19),
        tried(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(99)),
        tried(open, "/proc/self/oom_score_adj", "w"),
        tried(os.sched_setaffinity, 1, {0}),
    ]
"""
LOWERED = """
import os, resource, threading
os.nice(19)
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 20))
threading.stack_size(256 << 20)
"""


def test_nothing_is_raised(attack: Attack) -> None:
    attacked = attack("p13", TRIED + RAISED)
    assert attacked.points == 0
    assert "TOLD ['ValueError'" in attacked.said
    assert "DONE" not in attacked.said


def test_what_is_lowered_is_ones_own_loss(attack: Attack) -> None:
    """No verdict rests on how fast a process is."""
    assert attack("t01", solution("t01") + LOWERED).points == 10
