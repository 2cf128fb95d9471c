"""The interface that triage needs of a message. ``MessageEntry`` implements it."""

from __future__ import annotations

from typing import Protocol

from poptui.mail.headers.header import Header
from poptui.triage.spam.verdict import Verdict


class MessageRow(Protocol):
    """A message in the list. Reading an attribute fetches nothing: missing data is None."""

    folded: tuple[Header, str] | None
    """A cache for the filters: the header and its folded text. None at first."""

    @property
    def key(self) -> str:
        """Identifies the message: across sessions if its UID is unique, otherwise in this one."""

    @property
    def number(self) -> int:
        """The message number in this session."""

    @property
    def size(self) -> int:
        """The size in octets."""

    @property
    def uid(self) -> str | None:
        """The unique-id (UIDL), or None if there is none."""

    @property
    def header(self) -> Header | None:
        """The decoded header, or None if it isn't loaded."""

    @property
    def score(self) -> float | None:
        """The spam score, 0 to 10, or None if there is none yet."""

    @property
    def verdict(self) -> Verdict | None:
        """The spam verdict on the header, or None if there is none yet."""

    @property
    def marked(self) -> bool:
        """Whether it is marked for deletion."""

    @property
    def new(self) -> bool:
        """Whether it arrived since the last run or the last refresh."""

    @property
    def opened(self) -> bool:
        """Whether it was opened since the program started."""

    @property
    def tagged(self) -> bool:
        """Whether the user tagged it."""

    @property
    def protected(self) -> bool:
        """Whether it is protected from bulk actions."""

    @property
    def duplicate(self) -> bool:
        """Whether another copy of it is kept."""
