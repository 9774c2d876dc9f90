"""Seeds: everybody draws the same schedules, unless an instructor has a key."""

from collections.abc import Callable
from pathlib import Path

import pytest

from course.judge.drivers import Drivers
from course.judge.seeds import SHORTEST_KEY, KeyProblem, read_key, seed_of
from course.lessons import Lesson

KEY, OTHER = b"0123456789abcdef", b"0123456789abcdeF"
SOURCE = "def work():\n    return 1\n"


def test_without_a_key_there_is_no_secret() -> None:
    """Learners and graders then draw the same schedules for every module."""
    assert seed_of(b"", SOURCE) == ""
    assert seed_of(b"", "pass") == ""


def test_a_key_and_a_module_always_give_the_same_seed() -> None:
    """Another key or another module gives another one; the key is not in it."""
    seeds = {seed_of(key, source) for key in (KEY, OTHER) for source in (SOURCE, f"{SOURCE} ", "")}
    assert len(seeds) == 6
    assert seed_of(KEY, SOURCE) in seeds
    assert all(len(seed) == 64 and KEY.hex() not in seed for seed in seeds)


def test_a_seed_is_the_hmac_that_everybody_can_check() -> None:
    """RFC 4231, test case 2: whoever has the key can draw the schedules again with any tool."""
    known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert seed_of(b"Jefe", "what do ya want for nothing?") == known


def test_a_text_that_is_no_text_has_a_seed_too() -> None:
    """A lone surrogate in a module is no reason to break."""
    assert seed_of(KEY, "'\ud800'") != seed_of(KEY, "'?'")


def test_cases_are_drawn_with_the_seed(make_lesson: Callable[..., Lesson], bench: object) -> None:
    """Each scenario with another one; what is not random stays the same."""
    lesson = make_lesson()

    def request(seed: str, scenario: str = "drive") -> dict[str, object]:
        return Drivers(bench, lesson, SOURCE, seed=seed).request(scenario, {}, budget=9)  # type: ignore[arg-type]

    drawn = [request(seed, scenario)["seed"] for seed in ("", "a", "b") for scenario in ("drive", "other")]
    assert len(set(drawn)) == 6
    assert request("a") == request("a")
    assert {**request("a"), "seed": 0} == {**request("b"), "seed": 0}


def test_a_key_is_read_from_a_file_without_the_last_line_break(tmp_path: Path) -> None:
    """Editors add one; the key is the same."""
    file = tmp_path / "key"
    for ending in (b"", b"\n", b"\r\n"):
        file.write_bytes(KEY + ending)
        assert read_key(file) == KEY


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "The key {file} cannot be read: No such file or directory."),
        (b"", f"The key in {{file}} has 0 bytes; make one of at least {SHORTEST_KEY}."),
        (b"short\n", f"The key in {{file}} has 5 bytes; make one of at least {SHORTEST_KEY}."),
        (b" " * 40, f"The key in {{file}} has 0 bytes; make one of at least {SHORTEST_KEY}."),
    ],
)
def test_a_key_that_cannot_be_used_is_a_problem(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    """Nobody is graded with a key that could be guessed."""
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(KeyProblem) as caught:
        read_key(file)
    assert str(caught.value) == sentence.format(file=file)
