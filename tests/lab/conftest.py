"""One nursery per test session (and per xdist worker): see nursery.py."""

from collections.abc import Iterator

import pytest

from tests.lab.nursery import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where worlds are opened: in children of another process, never in pytest."""
    nursery = Nursery()
    yield nursery
    nursery.close()
