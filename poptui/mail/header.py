"""What the list shows of a message: the value that a block of header lines becomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
    """Aware, with the zone that the sender wrote; None where no date can be read."""
    list_id: str = ""
    message_id: str = ""
    attachments: bool = False
    """A hint from Content-Type (multipart/mixed and the like): there may be attachments."""
