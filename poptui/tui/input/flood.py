"""Recognizes more input than anybody types, such as a file pasted without bracketed paste."""

from __future__ import annotations

from textual.message import Message

MAX_KEYS = 2000
"""Maximum number of keys without a pause; the longest text for a field is shorter."""
BULK_KEYS = 64
"""A read with fewer keys is not counted: a key that is held down sends less, without a pause."""


class KeysDropped(Message):
    """Keys were dropped because too many came at once."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class KeyFlood:
    """Counts keys; after too many, all input is dropped until the terminal pauses.

    Each key takes milliseconds, so a megabyte of them would hold up the program for hours.
    """

    def __init__(self) -> None:
        self._count = 0
        """Keys since the last pause."""
        self._dropped = 0

    def count(self, keys: int) -> None:
        """Count the keys of one read."""
        if keys >= BULK_KEYS:
            self._count += keys

    def drops(self, characters: int) -> bool:
        """Whether to drop what was read, even before it is parsed, which takes too long."""
        is_flood = self._count > MAX_KEYS
        self._dropped += characters * is_flood
        return is_flood

    def end(self) -> int:
        """Note a pause; return how many characters were dropped before it."""
        dropped = self._dropped
        self._count = self._dropped = 0
        return dropped
