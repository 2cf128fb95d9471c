"""The decoded header of a message, as the message list needs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import NamedTuple, TypeVar

NO_EXTRA: Mapping[str, str] = MappingProxyType({})
"""No extra headers."""

T = TypeVar("T")


@lru_cache(maxsize=4096, typed=True)  # NamedTuples of two kinds may be equal
def _cached(value: object) -> object:
    return value


def shared(value: T) -> T:
    """Return an equal value that was seen recently, or ``value`` itself.

    Fifty thousand headers share few senders and lists, so this saves memory.
    """
    return _cached(value)  # type: ignore[return-value]


class Address(NamedTuple):
    """One mailbox of an address header, decoded but not yet safe to print."""

    name: str = ""
    address: str = ""

    @property
    def shown(self) -> str:
        """The name, or the address if there is no name."""
        return self.name or self.address


class Header(NamedTuple):
    """The decoded header of one message, from ``TOP n 0`` or from the whole message.

    Its text is decoded and unfolded, but not safe to print: pass it through ``printable`` first.
    """

    from_: Address = Address()
    to: str = ""
    subject: str = ""
    date: datetime | None = None
    """The sender's Date, or that of the newest Received if ``dated_by_server``.

    It is aware and keeps the time zone it was written in. None if neither can be read.
    """
    list_id: str = ""
    message_id: str = ""
    attachments: bool = False
    """Whether Content-Type (multipart/mixed and similar) suggests attachments."""
    extra: Mapping[str, str] = NO_EXTRA
    """Other requested fields: lower-case name to value, ``""`` if the message has no such field.

    A name that is missing here was not requested.
    """

    dated_by_server: bool = False
    """Whether the sender's date is missing, unreadable or impossible."""
    claimed_date: datetime | None = None
    """The sender's date, if it is impossible."""

    def __hash__(self) -> int:
        # ``extra`` can't be hashed.
        return hash((self.message_id, self.date, self.subject))

    @property
    def sent(self) -> datetime | None:
        """The date that the sender wrote, even if it is impossible."""
        return self.claimed_date if self.dated_by_server else self.date

    def fingerprint(self) -> str:
        """Return 16 hex digits that identify the message without its number or UID."""
        date = self.sent.isoformat() if self.sent else ""
        parts = (self.message_id, date, self.from_.name, self.from_.address, self.subject)
        content = "\0".join(parts).encode("utf-8", "surrogatepass")
        return blake2b(content, digest_size=8).hexdigest()
