"""The settings of a course, in `graders/settings.toml`: the language of reports, who sees what, what costs a lesson."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from course.language import Language, language_of
from course.lessons import ROOT, CatalogueError

Visibility = Literal["promise", "all"]
Reaching = Literal["note", "zero"]

FILE = ROOT / "graders" / "settings.toml"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an instructor has chosen; `lang` is empty where the environment decides."""

    lang: Literal["", "en", "zh"] = ""
    visibility: Visibility = "promise"
    reaching: Reaching = "note"

    def language(self, environment: Mapping[str, str]) -> Language:
        """The language of reports for a process with this environment."""
        return self.lang or language_of(environment)


def settings(file: Path = FILE) -> Settings:
    """What stands in the file; what does not stand there is as in a new course.

    Raises:
        CatalogueError: the file says something that is no setting.
    """
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Settings)
    except FileNotFoundError:
        return Settings()
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise CatalogueError(f"{file}: {error}") from error
