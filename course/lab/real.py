"""Real mode."""

from typing import Any

from course.lab.record import Channel


def run(request: dict[str, Any], channel: Channel) -> None:
    raise NotImplementedError
