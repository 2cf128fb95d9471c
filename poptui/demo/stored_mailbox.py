"""The messages of a demo server, and one session's view of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message: its UID and its content, with line ends converted to CRLF."""

    uid: str
    data: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", _with_crlf(self.data))


@dataclass(slots=True)
class DemoSessionView:
    """The numbered messages that one session sees from its login on, and its deletions."""

    messages: tuple[StoredMessage, ...]
    deleted: set[int] = field(default_factory=set)
    last_seen: int = 0
    """The highest number that was retrieved, for LAST (RFC 1460)."""

    def find(self, number: int) -> StoredMessage | None:
        """Return the message with that number; None if it doesn't exist or is marked as deleted."""
        if not 1 <= number <= len(self.messages) or number in self.deleted:
            return None
        return self.messages[number - 1]

    def remaining(self) -> list[tuple[int, StoredMessage]]:
        """Return (number, message) for each message that is not marked as deleted."""
        numbered = enumerate(self.messages, 1)
        return [(number, message) for number, message in numbered if number not in self.deleted]

    def octets(self) -> int:
        """Return the total size of the messages that are not marked as deleted."""
        return sum(len(message.data) for _, message in self.remaining())

    def reset(self) -> None:
        """Undo every deletion (RSET, RFC 1939 section 5)."""
        self.deleted.clear()
        self.last_seen = 0


class StoredMailbox:
    """The messages, and the lock that admits one session at a time (RFC 1939 section 4)."""

    def __init__(self, messages: Iterable[StoredMessage]) -> None:
        self.messages = list(messages)
        self._view: DemoSessionView | None = None

    def lock(self) -> DemoSessionView | None:
        """Lock the mailbox and return a session's view; None while another session has it."""
        if self._view is not None:
            return None
        self._view = DemoSessionView(tuple(self.messages))
        return self._view

    def unlock(self, view: DemoSessionView, *, update: bool) -> None:
        """Release the lock; with ``update``, remove the messages that the session has deleted."""
        if view is not self._view:
            return
        self._view = None
        if update:
            gone = {id(view.messages[number - 1]) for number in view.deleted}
            self.messages[:] = [message for message in self.messages if id(message) not in gone]


def _with_crlf(data: bytes) -> bytes:
    if data.count(b"\n") != data.count(b"\r\n"):
        data = re.sub(rb"\r?\n", b"\r\n", data)
    return data if data.endswith(b"\r\n") else data + b"\r\n"
