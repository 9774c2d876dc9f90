"""Attack 1: `os._exit(0)` at import or in a call. An exit status is no verdict: the end of the results is missing."""

import pytest

from tests.attacks.conftest import Attack

AT_IMPORT = "import os\nos._exit(0)\n"
IN_A_CALL = "import os\ndef fetch_quotes(symbols, fetch):\n    os._exit(0)\n"


@pytest.mark.parametrize("source", [AT_IMPORT, IN_A_CALL])
def test_a_process_that_ends_early_has_no_result(attack: Attack, source: str) -> None:
    attacked = attack("t01", source)
    assert attacked.points == 0
    assert "your code ended the process (exit status 0) before it gave its result" in attacked.said
