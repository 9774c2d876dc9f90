"""The lessons as their authors leave them: nothing missing, nothing stray, every sentence a sentence."""

import ast
import re
from pathlib import Path

import pytest

from course.judge.kill_matrix import read_mistake
from course.lessons import GROUPS, ROOT, CatalogueError, Lesson, _read, all_lessons, lessons_named

EACH = pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
IGNORED = {"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"}
ABSOLUTE = re.compile(r"(?<![\w./])/(?:tmp|root|home|work|usr|Users)/|[A-Z]:\\\\")
POINTS = 10


def files_in(folder: Path) -> set[str]:
    """The names of the files in a folder, with their way from it."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not IGNORED & set(path.parts))
    return {str(path.relative_to(folder)) for path in paths}


def functions(path: Path) -> list[str]:
    """The names of the functions at the top of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_the_three_trees_hold_the_same_lessons() -> None:
    """A lesson is one name in each of them, and nothing else lies beside them."""
    names = {lesson.name for lesson in all_lessons()}
    for tree, more in (
        ("exercises", {"pytest.ini"}),
        ("solutions", set()),
        ("graders", {"pytest.ini", "settings.toml"}),
    ):
        assert {path.name for path in (ROOT / tree).iterdir()} - IGNORED <= names | more, tree
        assert names <= {path.name for path in (ROOT / tree).iterdir()}, tree


def test_numbers_and_names_are_each_lessons_own() -> None:
    """`course check t01` and `course check quotes` mean one lesson."""
    lessons = all_lessons()
    assert len({lesson.order for lesson in lessons}) == len(lessons)
    names = [key for lesson in lessons for key in lesson.name.split("_", 1)]
    assert len(set(names)) == len(names)
    assert len({lesson.title.en for lesson in lessons}) == len(lessons)


@EACH
def test_a_name_is_a_number_and_a_module(lesson: Lesson) -> None:
    assert re.fullmatch(r"[tpa]\d\d_[a-z]+", lesson.name)
    assert int(lesson.name[1:3]) == lesson.order


@EACH
def test_every_file_of_a_lesson_is_there_and_no_other(lesson: Lesson) -> None:
    exercise = files_in(lesson.exercise.parent)
    chinese = {"README.zh-CN.md", "code.zh-CN.toml"}
    assert exercise - chinese == {"README.md", lesson.filename, f"test_{lesson.filename}"}
    assert files_in(lesson.solution.parent) == {lesson.filename}
    pieces = re.compile(
        rf"(lesson|sentences)\.toml|scenarios\.py|taught\.txt|test_{lesson.filename}|(mistakes|alternatives)/[a-z_0-9]+\.py"
    )
    grader = files_in(lesson.grader)
    assert {"lesson.toml", "scenarios.py", f"test_{lesson.filename}"} <= grader
    assert [name for name in sorted(grader) if not pieces.fullmatch(name)] == []


@EACH
def test_the_checks_are_those_of_lesson_toml_in_their_order(lesson: Lesson) -> None:
    checks = [name for name in functions(lesson.grader / f"test_{lesson.filename}") if name.startswith("test_")]
    assert checks == [f"test_{check.id}" for check in lesson.checks]


@EACH
def test_the_points_add_up_to_ten(lesson: Lesson) -> None:
    """No check is for nothing, and every kind of promise counts."""
    assert lesson.max_points == POINTS
    assert all(check.points > 0 for check in lesson.checks)
    assert {check.group for check in lesson.checks} == set(GROUPS)


@EACH
def test_there_are_enough_wrong_and_right_submissions(lesson: Lesson) -> None:
    assert len(lesson.variants("mistakes")) >= 8
    assert len(lesson.variants("alternatives")) >= 3
    sources = [
        path.read_text(encoding="utf-8")
        for kind in ("mistakes", "alternatives")
        for path in lesson.variants(kind).values()
    ]
    assert len(set(sources)) == len(sources)


@EACH
def test_every_mistake_is_killed_by_a_check_of_its_lesson(lesson: Lesson) -> None:
    """And says in its first line what is wrong with it."""
    for path in lesson.variants("mistakes").values():
        assert read_mistake(path).killed_by in {check.id for check in lesson.checks}, path
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring is not None, path
        assert docstring.partition("\n\n")[0].endswith("."), path


@EACH
def test_every_alternative_says_how_it_differs(lesson: Lesson) -> None:
    for path in lesson.variants("alternatives").values():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring is not None, path
        assert docstring.endswith("."), path


@EACH
def test_the_demonstration_shows_a_mistake_of_the_lesson(lesson: Lesson) -> None:
    assert lesson.demo in lesson.variants("mistakes")


@EACH
def test_sentences_are_written_as_they_are_shown(lesson: Lesson) -> None:
    """A promise stands in a list and has no full stop; reasons and hints are sentences. Titles are titles."""
    assert re.fullmatch(r"\S.*[\w!?)]", lesson.title.en)
    assert lesson.title.zh
    assert 5 <= lesson.minutes <= 120
    for check in lesson.checks:
        assert re.fullmatch(r"[a-z`0-9].*[^.!?\s]", check.says.en), check.id
        for text in (check.why, check.hint):
            assert re.fullmatch(r"\S.*[.?!]", text.en), check.id
        for text in (check.says, check.why, check.hint):
            assert "  " not in text.en, check.id
            assert "\n" not in text.en, check.id


@EACH
def test_no_file_names_a_path_of_one_machine(lesson: Lesson) -> None:
    for folder in (lesson.exercise.parent, lesson.solution.parent, lesson.grader):
        for name in files_in(folder):
            found = ABSOLUTE.search((folder / name).read_text(encoding="utf-8"))
            assert found is None, f"{folder / name}: {found}"


@EACH
def test_every_text_ends_with_one_line_break_and_has_no_blanks_at_its_ends(lesson: Lesson) -> None:
    for folder in (lesson.exercise.parent, lesson.solution.parent, lesson.grader):
        for name in files_in(folder):
            text = (folder / name).read_text(encoding="utf-8")
            assert text.endswith("\n"), name
            assert not text.endswith("\n\n"), name
            assert not re.search(r"[ \t]+$", text, re.MULTILINE), name


@EACH
def test_no_check_waits_or_reads_a_clock(lesson: Lesson) -> None:
    """Verdicts must not rest on how fast a machine is; simulated scenarios only know virtual time."""
    files = [lesson.grader / f"test_{lesson.filename}"]
    if lesson.mode == "simulated":
        files.append(lesson.grader / "scenarios.py")
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not {"time", "timeit", "datetime"} & {name.partition(".")[0] for name in imported}, path


@EACH
def test_every_open_check_is_documented(lesson: Lesson) -> None:
    """Students read them: they show what the hidden ones look at."""
    path = lesson.exercise.with_name(f"test_{lesson.filename}")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checks = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert len(checks) >= 3
    assert [check.name for check in checks if not ast.get_docstring(check)] == []


@EACH
def test_the_readme_says_how_to_check_ones_work(lesson: Lesson) -> None:
    text = (lesson.exercise.parent / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {lesson.title.en}\n")
    assert f"pytest exercises/{lesson.name}" in text
    assert f"course check {lesson.name}" in text


@pytest.mark.parametrize("name", ["t01_quotes", "t01", "quotes"])
def test_a_lesson_answers_to_three_names(name: str) -> None:
    found, unknown = lessons_named([name])
    assert [lesson.name for lesson in found] == ["t01_quotes"]
    assert unknown == []


def test_lessons_come_in_the_order_of_the_course_and_once() -> None:
    found, unknown = lessons_named(["a17", "health", "nowhere", "t01"])
    assert [lesson.name for lesson in found] == ["t01_quotes", "a17_health"]
    assert unknown == ["nowhere"]
    assert lessons_named([]) == (list(all_lessons()), [])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("order = 1", "order = "), "lesson.toml: Invalid value"),
        (("order = 1", "order = 'one'"), "lesson.toml: Expected `int`, got `str`"),
        (("minutes = 20", ""), "missing required field `minutes`"),
        (("minutes = 20", "minutes = 20\nhours = 1"), "unknown field `hours`"),
        (('group = "correctness"', 'group = "style"'), "Invalid enum value 'style'"),
        (('group = "correctness"', 'group = "robustness"'), "must stand in the order correctness, concurrency"),
    ],
)
def test_a_lesson_toml_that_is_wrong_is_named_with_what_is_wrong(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    text = (ROOT / "graders" / "t01_quotes" / "lesson.toml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "lesson.toml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=re.escape(says)) as caught:
        _read(tmp_path / "lesson.toml")
    assert str(tmp_path) in str(caught.value)
