"""More keys at once than anybody types are dropped; everything else isn't."""

from __future__ import annotations

from poptui.tui.input.flood import MAX_KEYS, KeyFlood


def admitted(flood: KeyFlood, keys: int) -> bool:
    """Whether a read with so many keys is handled."""
    if flood.drops(keys):
        return False
    flood.count(keys)
    return True


def test_a_key_that_is_held_down_for_minutes_is_taken() -> None:
    flood = KeyFlood()
    assert all(admitted(flood, 1 + number % 30) for number in range(60 * 600))
    assert flood.end() == 0


def test_a_text_that_fits_a_field_is_taken_again_and_again() -> None:
    flood = KeyFlood()
    for _ in range(9):
        assert admitted(flood, MAX_KEYS)
        assert flood.end() == 0


def test_a_megabyte_is_dropped_until_there_is_a_pause() -> None:
    flood = KeyFlood()
    accepted = [admitted(flood, 1000) for _ in range(1000)]
    assert accepted == [True] * 3 + [False] * 997
    assert not admitted(flood, 1)
    assert flood.end() == 997_001
    assert admitted(flood, 1)
    assert flood.end() == 0
