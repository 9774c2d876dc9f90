"""The kill matrix for authors of lessons, on the terminal."""

from rich.console import Console
from rich.table import Table

from course.judge.kill_matrix import Matrix


def print_matrix(matrix: Matrix, console: Console) -> None:
    """One row per submission, one column per check: x where the check fails it; then the problems, if any."""
    console.print(f"\n[bold]{matrix.lesson.name}[/bold]  x: the check fails this submission")
    table = Table(box=None, pad_edge=False)
    table.add_column("submission", no_wrap=True)
    for number, _ in enumerate(matrix.lesson.checks, 1):
        table.add_column(str(number), justify="center")
    table.add_column("diagnosis")
    for name, killers in matrix.killers.items():
        marks = ("x" if check.id in killers else "·" for check in matrix.lesson.checks)
        table.add_row(name, *marks, _diagnoses(matrix, name))
    console.print(table)
    for number, check in enumerate(matrix.lesson.checks, 1):
        console.print(f"  {number} {check.id}", highlight=False)
    for problem in matrix.problems:
        console.print(f"  problem: {problem}", style="red", markup=False)
    if not matrix.problems:
        console.print(
            "  every mistake is killed by its check; every check is needed; the right ones pass", style="green"
        )


def _diagnoses(matrix: Matrix, name: str) -> str:
    failures = (check.failure for check in matrix.results[name].checks if check.failure is not None)
    names = [failure.diagnosis.id for failure in failures if failure.diagnosis is not None]
    return ", ".join(dict.fromkeys(names))
