"""What the list shows of a message: the value that a block of header lines becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import TypeVar

NOTHING: Mapping[str, str] = MappingProxyType({})
"""No extra headers."""

T = TypeVar("T")


@lru_cache(maxsize=4096)
def _one(value: object) -> object:
    return value


def shared(value: T) -> T:
    """``value``, or one that is equal and was seen lately: fifty thousand headers have few lists
    and senders, and memory should hold each of these once."""
    return _one(value)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address header, decoded (not yet cleaned for a terminal)."""

    name: str = ""
    address: str = ""

    @property
    def shown(self) -> str:
        """What a narrow column shows: the name, or the address where there is none."""
        return self.name or self.address


@dataclass(frozen=True, slots=True)
class Header:
    """The decoded header of one message, from ``TOP n 0`` or from the whole message.

    Text is decoded, unfolded, and foreign: it goes through ``printable`` before it is shown.
    """

    from_: Address = Address()
    to: str = ""
    subject: str = ""
    date: datetime | None = None
    """Aware, with the zone it was written in: the sender's Date or, where ``dated_by_server``,
    that of the newest Received. None if neither can be read."""
    list_id: str = ""
    message_id: str = ""
    attachments: bool = False
    """A hint from Content-Type (multipart/mixed and the like): there may be attachments."""
    extra: Mapping[str, str] = field(default_factory=lambda: NOTHING, hash=False)
    """What was asked for beside these: a lower-case name to its value, ``""`` for one that the
    message lacks. A name that is not in it was not looked for."""

    dated_by_server: bool = False
    """The sender's date is missing, cannot be read, or cannot be true."""
    claimed_date: datetime | None = None
    """The sender's date that cannot be true."""

    @property
    def sent(self) -> datetime | None:
        """The date that the sender wrote, however absurd."""
        return self.claimed_date if self.dated_by_server else self.date

    def fingerprint(self) -> str:
        """Sixteen hex digits that tell this message from others, whatever its number or UID."""
        date = self.sent.isoformat() if self.sent else ""
        parts = (self.message_id, date, self.from_.name, self.from_.address, self.subject)
        said = "\0".join(parts).encode("utf-8", "surrogatepass")
        return blake2b(said, digest_size=8).hexdigest()
