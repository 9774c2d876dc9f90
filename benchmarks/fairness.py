"""Grade right submissions many times while busy loops take the processors away, and count the failures.

    python benchmarks/fairness.py --loops 8 --solutions 200 --alternatives 50

Every check of every lesson runs each time. A single failure is a bug of the grader.
"""

import argparse
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from course.judge.bench import Bench
from course.judge.grading import LessonGrading
from course.judge.kill_matrix import load_checks
from course.lessons import Lesson, lessons_named


def grade_repeatedly(lesson: Lesson, name: str, source: str, times: int, bench: Bench) -> Counter[str]:
    """Grade `source` so many times; what failed, and how often."""
    checks = load_checks(lesson)
    failures: Counter[str] = Counter()
    for _ in range(times):
        with ThreadPoolExecutor(bench.width) as pool:
            grading = LessonGrading(lesson, source, checks, bench=bench, pool=pool, every_check=True)
            grading.start()
            result = grading.result()
        for check in result.checks:
            if check.status != "passed":
                why = check.failure.got if check.failure else check.reason
                failures[f"{lesson.name} {name} {check.id}: {why}"] += 1
    return failures


def main() -> int:
    """Print one line per lesson, then every failure; exit 1 when there was one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("lessons", nargs="*")
    parser.add_argument("--loops", type=int, default=8, help="busy loops to run beside the grader")
    parser.add_argument("--solutions", type=int, default=200, help="gradings of each solution")
    parser.add_argument("--alternatives", type=int, default=50, help="gradings of each right alternative")
    options = parser.parse_args()
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(options.loops)]
    bench = Bench()
    failures: Counter[str] = Counter()
    try:
        for lesson in lessons_named(options.lessons)[0]:
            began = time.monotonic()
            failures += grade_repeatedly(
                lesson, "solution", lesson.solution.read_text(encoding="utf-8"), options.solutions, bench
            )
            alternatives = lesson.variants("alternatives") if options.alternatives else {}
            for name, path in alternatives.items():
                source = path.read_text(encoding="utf-8")
                failures += grade_repeatedly(lesson, name, source, options.alternatives, bench)
            print(
                f"{lesson.name}: {options.solutions} gradings of the solution, "
                f"{options.alternatives} of each of {len(alternatives)} alternatives, "
                f"{time.monotonic() - began:.0f} s, failures so far: {failures.total()}",
                flush=True,
            )
    finally:
        bench.close()
        for loop in loops:
            loop.kill()
    for failure, times in failures.most_common():
        print(f"{times:4} x {failure}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
