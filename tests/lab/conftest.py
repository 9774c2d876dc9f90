"""One nursery per test session (and per xdist worker): see nursery.py."""

import os
from collections.abc import Iterator

import pytest

from tests.lab.nursery import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where worlds are opened: in children of another process, never in pytest."""
    nursery = Nursery(core=int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]))
    yield nursery
    nursery.close()
