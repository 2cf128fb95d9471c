"""The content of the journal: stored marks, and other running instances of poptui."""

from __future__ import annotations

from typing import NamedTuple


class MarkRecord(NamedTuple):
    """A marked message, with the facts that distinguish it from others."""

    uid: str
    size: int
    """The size according to LIST; 0 if unknown."""
    fingerprint: str
    """The fingerprint of the header that the user saw; empty if it wasn't loaded."""
    sender: str = ""
    subject: str = ""
    """Sender and subject are only for display: printable and shortened."""
    marked: float = 0.0
    """The time it was marked, in seconds since 1970. Only for display: the clock may be wrong."""
    sent: bool = False
    """Its deletion was confirmed and QUIT may have been sent, but the reply is unknown."""
    damaged: bool = False
    """The stored data is damaged, so it may identify another message."""


class OtherInstance(NamedTuple):
    """Another running poptui that has the same mailbox open."""

    process: int
    host: str
    started: float
    """In seconds since 1970."""


class JournalSnapshot(NamedTuple):
    """The journal's marks for a mailbox, except for this run's."""

    earlier: tuple[MarkRecord, ...] = ()
    """Marks of runs that have ended, not yet accepted or rejected by the user."""
    others: tuple[MarkRecord, ...] = ()
    """Marks of other runs that are still alive."""
    holders: tuple[OtherInstance, ...] = ()
