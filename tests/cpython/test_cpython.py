"""CPython's own tests of its concurrency modules pass inside a world, unmodified; the exceptions are listed."""

from collections.abc import Iterator

import pytest

from tests.cpython.runner import run_module
from tests.cpython.verdicts import missing, modules, never_run, tally
from tests.lab.nursery import Nursery

# Of one module: three fewer of a small one's tests are more than 5 %. All modules together: see __main__.py.
LEAST_SHARE = 0.9


@pytest.fixture(scope="module")
def own_nursery() -> Iterator[Nursery]:
    """A nursery of this package's: one per xdist worker."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.mark.parametrize("module", modules())
def test_cpythons_own_tests_pass_in_a_world(own_nursery: Nursery, module: str) -> None:
    """Exactly the tests listed in not_passing.toml do not pass: neither more, nor fewer."""
    if missing(module):
        pytest.skip(f"this interpreter was installed without {module}")
    found = tally(module, own_nursery.call(run_module, module=module, never=never_run(module)))
    assert found.surprises == [], "\n".join(found.surprises)
    assert found.all > 0
    assert found.share >= LEAST_SHARE
