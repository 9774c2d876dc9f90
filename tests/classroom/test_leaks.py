"""What is hidden is found in what students get, however it is dressed; what they may see is not taken for it."""

import re
from pathlib import Path

import pytest

from course.classroom.editions import ReleaseError, classroom_edition, self_study_edition
from course.classroom.leaks import LINE, SOLUTION, bare, leaks
from course.lessons import Lesson, all_lessons

SCENARIO = "def ask_all(student, lab, prices, seconds, failing):\n    return lab.attempt(student.fetch_quotes)\n"
CHECK = 'PRICES = {\n    "ACME": 12.5,\n    "BOLT": 99.0,\n    "CLAY": 0.25\n}\nSIZES = (3, 1, 4)\n'
SOLVED = (
    "threads = [Thread(target=fetch_one, args=(symbol,)) for symbol in symbols]\n"
    "for thread in threads:\n    thread.start()\nfor thread in threads:\n    thread.join()\n"
    "return {symbol: prices[symbol]}  # in the order of the symbols that were given\n"
)
HINT = """
says.en = "no symbols give an empty dictionary, and nothing is fetched"
hint.en = "Start every thread before you wait for the first one."
"""
HIDDEN = {
    "graders/t01/scenarios.py": SCENARIO.encode(),
    "graders/t01/test_quotes.py": CHECK.encode(),
    "graders/t01/lesson.toml": HINT.encode(),
    "solutions/t01/quotes.py": SOLVED.encode(),
    "graders/t01/reply.bin": bytes(range(128, 200)),
}


def found(text: str, *public: str) -> list[str]:
    return leaks({"README.md": text.encode()}, HIDDEN, public)


@pytest.mark.parametrize(
    "text",
    [
        "threads = [Thread(target=fetch_one, args=(symbol,)) for symbol in symbols]",
        "> `threads=[Thread( target=fetch_one, args=(symbol, ) )\n> for symbol\n> in symbols]`",
        "Do it in the order of the symbols that were given.",
        SOLVED.partition("\n")[2].rpartition("  # ")[0].replace("start()", "start()  # all of them"),
        "def ask_all( student, lab,\n    prices, seconds, failing ):",
        "prices = {'ACME': 12.5,\n 'BOLT': 99.0,\n 'CLAY': 0.25,\n}",
        "A tip: start every thread before\nyou wait for the first one!",
        "STARTEVERYTHREADBEFOREYOUWAITFORTHEFIRSTONE.",
        SCENARIO,
    ],
    ids=["line", "quoted", "comment", "run", "scenario", "values", "hint", "case", "file"],
)
def test_a_piece_of_what_is_hidden_is_found(text: str) -> None:
    (sentence,) = found(f"# Lesson\n\nSome text.\n\n{text}\n")
    assert re.match(r"README\.md holds (a piece|the whole) of (graders|solutions)/t01/", sentence)


@pytest.mark.parametrize(
    "text",
    [
        "for thread in threads:\n    thread.start()\nfor thread in threads:\n    thread.join()\n",
        "No symbols give an empty dictionary, and nothing is fetched.",
        "SIZES = (3, 1, 4)",
        "prices = {'ACME': 12.5}",
    ],
    ids=["vocabulary", "promise", "small values", "one value"],
)
def test_what_a_lesson_teaches_is_no_leak(text: str) -> None:
    assert found(text) == []


def test_what_is_public_may_be_repeated() -> None:
    line = SOLVED.splitlines()[0]
    assert found(line)
    assert found(line, f"    {line}") == []


def test_a_file_that_is_no_text_is_refused_and_a_hidden_one_named() -> None:
    assert leaks({"picture.png": b"\xff\xfe"}, HIDDEN, []) == [
        "picture.png is not a text, so nobody can tell what it holds."
    ]
    assert leaks({"data": b"x" + HIDDEN["graders/t01/reply.bin"] + b"y"}, HIDDEN, []) == [
        "data holds the whole of graders/t01/reply.bin."
    ]


@pytest.mark.parametrize("path", ["graders/t01/scenarios.py", "exercises/t01/mistakes/easy.py", "a/.git/config"])
def test_a_hidden_place_is_found_whatever_lies_there(path: str) -> None:
    assert leaks({path: b"harmless"}, HIDDEN, []) == [f"{path} is a hidden file."]


HIDDEN_LINES = {  # what is planted: the file it comes from, and a line of it
    "solution": ("solutions/t01_quotes/quotes.py", "threads = ["),
    "scenario": ("graders/t01_quotes/scenarios.py", "kind, value = lab.attempt(student.fetch_quotes, list"),
    "expected value": ("graders/t01_quotes/test_quotes.py", "PRICES = {"),
    "expected sentence": ("graders/t01_quotes/test_quotes.py", '"the exception of the first symbol'),
    "hint": ("graders/t01_quotes/lesson.toml", "hint.en"),
    "mistake": ("graders/t01_quotes/mistakes/sleep_instead_of_join.py", "because the calls are always"),
    "alternative": ("graders/t01_quotes/alternatives/pool.py", "ThreadPoolExecutor(max"),
}


@pytest.mark.parametrize("planted", HIDDEN_LINES)
def test_a_hidden_line_in_a_lesson_stops_the_release(planted: str, repository: Path, lessons: list[Lesson]) -> None:
    source, start = HIDDEN_LINES[planted]
    line = next(each for each in (repository / source).read_text("utf-8").splitlines() if start in each)
    places = [f"exercises/t01_quotes/{name}" for name in ("README.md", "README.zh-CN.md", "test_quotes.py")]
    for place in places:
        with (repository / place).open("a", encoding="utf-8") as file:
            file.write(f"\n# {line.strip()}\n")
    with pytest.raises(ReleaseError, match="students would see what is hidden") as refused:
        classroom_edition(repository, lessons, None)
    told = str(refused.value).splitlines()[1:]
    assert sorted(sentence.split(" holds a piece of ")[0] for sentence in told) == places


@pytest.mark.parametrize("source", ["graders/t01_quotes/scenarios.py", "solutions/t01_quotes/quotes.py"])
def test_a_hidden_file_under_another_name_stops_the_release(
    source: str, repository: Path, lessons: list[Lesson]
) -> None:
    (repository / "exercises/t01_quotes/README.zh-CN.md").write_bytes((repository / source).read_bytes())
    with pytest.raises(ReleaseError, match=rf"README\.zh-CN\.md holds the whole of {source}"):
        classroom_edition(repository, lessons, None)


def test_a_solution_in_the_grader_stops_the_edition_for_self_study(repository: Path, lessons: list[Lesson]) -> None:
    line = next(each for each in lessons[0].reference.splitlines() if "threads = [" in each)
    (repository / "graders/t01_quotes/notes.txt").write_text(line, "utf-8")
    with pytest.raises(ReleaseError, match=r"notes\.txt holds a piece of (solutions|graders)/t01_quotes"):
        self_study_edition(repository, lessons)


def test_a_lesson_may_teach_a_line_that_it_lists(repository: Path, lessons: list[Lesson]) -> None:
    line = next(each.strip() for each in lessons[0].reference.splitlines() if "threads = [" in each)
    text = repository / "exercises/t01_quotes/README.md"
    text.write_text(f"{text.read_text('utf-8')}\n    {line}\n", "utf-8")
    (repository / "graders/t01_quotes/taught.txt").write_text(f"{line}\n", "utf-8")
    assert line in classroom_edition(repository, lessons, None).files["exercises/t01_quotes/README.md"].decode()


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.name)
def test_each_part_of_a_solution_is_found_on_its_own(lesson: Lesson) -> None:
    """But for the shortest, which are no answer yet: `self._settled.set()`."""
    hidden = {"solutions/solution.py": lesson.reference.encode()}
    parts = [part["lines"] for part in SOLUTION.finditer(lesson.reference)]
    assert parts
    stub = SOLUTION.sub("", lesson.reference)
    unnoticed = [part for part in parts if not leaks({"README.md": part.encode()}, hidden, [stub])]
    assert all(len(bare(part)) < LINE for part in unnoticed)
