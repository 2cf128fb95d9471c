"""A mark as it is kept on the disk, and who is at work on a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class MarkRecord:
    """A message that the user wants deleted, by what tells it from others."""

    uid: str
    size: int
    """Octets as LIST told them, 0 where it did not."""
    fingerprint: str
    """Of its header as the user saw it; empty where none had come."""
    sender: str = ""
    subject: str = ""
    """These two for showing, cleaned and cut."""
    marked: float = 0.0
    """When, in seconds since the epoch, by a clock that may have been wrong: for showing alone."""
    sent: bool = False
    """Its deletion was confirmed, QUIT went out or was about to, and the answer is not known."""
    damaged: bool = False
    """The disk didn't give back what was written: it may name another message."""


class OtherInstance(NamedTuple):
    """Another poptui that is at work on the same mailbox now."""

    process: int
    host: str
    started: float
    """In seconds since the epoch."""


class JournalSnapshot(NamedTuple):
    """What the journal holds of a mailbox beside one's own marks."""

    earlier: tuple[MarkRecord, ...] = ()
    """Left by runs that are over, and not decided on."""
    others: tuple[MarkRecord, ...] = ()
    """Marked in other runs that are alive."""
    holders: tuple[OtherInstance, ...] = ()
