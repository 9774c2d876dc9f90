"""The table that SECURITY.md shows is of all attacks, and says of which something is open."""

from tests.attacks.__main__ import ANSWERED, IN_PART, NOT_HERE, known, rows


def test_every_attack_is_in_the_table_and_answered() -> None:
    """`python -m tests.attacks` writes it, as root and as a plain user."""
    table = known()
    assert list(table) == [row.file for row in rows()]
    for row in rows():
        expected = IN_PART if row.rest else ANSWERED
        for outcome in table[row.file]:
            assert outcome.startswith((expected, NOT_HERE)), f"{row.file}: {outcome or 'never run'}"


def test_the_catalogue_is_complete() -> None:
    """Its 78 attacks, and ours."""
    numbers = [row.number for row in rows()]
    assert set(range(1, 79)) <= set(numbers)
    assert len([number for number in numbers if number > 78]) >= 10
