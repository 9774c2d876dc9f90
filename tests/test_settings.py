"""The settings of a course."""

from pathlib import Path

import pytest

from course.lessons import CatalogueError
from course.settings import FILE, Settings, settings


def test_a_new_course_shows_students_the_promises_and_speaks_as_the_environment_says() -> None:
    assert settings(FILE) == Settings(lang="", visibility="promise", reaching="note")
    assert settings(FILE).language({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert settings(FILE).language({}) == "en"


def test_a_language_that_is_chosen_is_spoken_whatever_the_environment_says(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('lang = "zh"\n', encoding="utf-8")
    assert settings(file) == Settings(lang="zh", visibility="promise")
    assert settings(file).language({"LANG": "en_GB.UTF-8"}) == "zh"


def test_without_a_file_all_is_as_in_a_new_course(tmp_path: Path) -> None:
    assert settings(tmp_path / "settings.toml") == Settings()


@pytest.mark.parametrize(
    "text", ['lang = "de"', 'visibility = "none"', "points = 3", 'reaching = "half"', "lang = ", b"\xff"]
)
def test_what_is_no_setting_is_told_with_the_file(tmp_path: Path, text: str | bytes) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CatalogueError, match=r"settings\.toml: "):
        settings(file)
