"""What triage wants to know of a message; an entry of the mailbox has all of it."""

from __future__ import annotations

from typing import Protocol

from poptui.mail.headers.header import Header
from poptui.triage.spam.verdict import Verdict


class MessageRow(Protocol):
    """One message of the list. Nothing here is fetched: what has not come is None."""

    folded: tuple[Header, str] | None
    """Kept for the filters: the text of the header as they compare it. None at first."""

    @property
    def key(self) -> str:
        """What it is known by from one session to the next."""

    @property
    def number(self) -> int:
        """The message number of the present session."""

    @property
    def size(self) -> int:
        """Octets."""

    @property
    def uid(self) -> str | None:
        """The unique-id, None where there is none."""

    @property
    def header(self) -> Header | None:
        """What is known of the message."""

    @property
    def score(self) -> float | None:
        """How much it looks like spam, 0 to 10; None where it has not been judged."""

    @property
    def verdict(self) -> Verdict | None:
        """What its header gives away; None where it has not been judged."""

    @property
    def marked(self) -> bool:
        """Declared to be deleted."""

    @property
    def new(self) -> bool:
        """Not there when the mailbox was last seen."""

    @property
    def opened(self) -> bool:
        """Opened in this session of the program."""

    @property
    def tagged(self) -> bool:
        """Tagged by the user."""

    @property
    def protected(self) -> bool:
        """Out of the reach of actions on many."""

    @property
    def duplicate(self) -> bool:
        """Another copy of it is kept."""
