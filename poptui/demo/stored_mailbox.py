"""The letters a demo server holds, and one session's view of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message: its unique-id and its octets, whose lines come to end in CRLF."""

    uid: str
    data: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", _with_crlf(self.data))


@dataclass(slots=True)
class DemoSessionView:
    """What one session sees from login to its end, numbered from 1, and what it wants deleted."""

    letters: tuple[StoredMessage, ...]
    deleted: set[int] = field(default_factory=set)
    last_seen: int = 0
    """Highest number retrieved, for LAST (RFC 1460)."""

    def find(self, number: int) -> StoredMessage | None:
        """The message of that number, None where there is none or it is marked as deleted."""
        if not 1 <= number <= len(self.letters) or number in self.deleted:
            return None
        return self.letters[number - 1]

    def remaining(self) -> list[tuple[int, StoredMessage]]:
        """What is not marked as deleted, as (number, letter)."""
        numbered = enumerate(self.letters, 1)
        return [(number, letter) for number, letter in numbered if number not in self.deleted]

    def octets(self) -> int:
        """Size of what is not marked as deleted."""
        return sum(len(letter.data) for _, letter in self.remaining())

    def reset(self) -> None:
        """Take back every mark (RFC 1939 section 5, RSET)."""
        self.deleted.clear()
        self.last_seen = 0


class StoredMailbox:
    """The letters, and the lock that lets one session at a time at them (RFC 1939 section 4)."""

    def __init__(self, letters: Iterable[StoredMessage]) -> None:
        self.letters = list(letters)
        self._visit: DemoSessionView | None = None

    def enter(self) -> DemoSessionView | None:
        """Lock the maildrop for a session; None while another one has it."""
        if self._visit is not None:
            return None
        self._visit = DemoSessionView(tuple(self.letters))
        return self._visit

    def leave(self, visit: DemoSessionView, *, update: bool) -> None:
        """Free the lock; with ``update`` what the session marked is removed for good."""
        if visit is not self._visit:
            return
        self._visit = None
        if update:
            gone = {id(visit.letters[number - 1]) for number in visit.deleted}
            self.letters[:] = [letter for letter in self.letters if id(letter) not in gone]


def _with_crlf(data: bytes) -> bytes:
    if data.count(b"\n") != data.count(b"\r\n"):
        data = re.sub(rb"\r?\n", b"\r\n", data)
    return data if data.endswith(b"\r\n") else data + b"\r\n"
