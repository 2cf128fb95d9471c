"""One message of the mailbox, and the state of its mark."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from poptui.mail.headers.header import Header

if TYPE_CHECKING:
    from poptui.triage.spam.verdict import Verdict


class Mark(Enum):
    """The state of a message's mark. The value is shown in the mark column."""

    NONE = " "
    PENDING = "d"
    """Marked, but DELE has not been answered yet."""
    DELETED = "D"
    """Marked, and the server accepted DELE: a commit deletes it."""
    REFUSED = "!"
    """Marked, but the server refused DELE; ``problem`` has its reason."""
    ELSEWHERE = "o"
    """Marked in another running poptui; only that one may delete it."""
    GONE = "x"
    """Deleted by a commit; its row stays until there is a new listing."""


@dataclass(slots=True, eq=False)
class MessageEntry:
    """A message: its number on the server, its identity, its header, and its state.

    ``number`` is the message number of the present session and changes with a reconnect;
    ``key`` identifies the message over all sessions; marks are kept by it.
    """

    number: int
    size: int
    """Octets according to LIST; servers may be wrong, so this is for display only."""
    uid: str | None
    """The unique-id (latin-1), None if the server gave none or a broken one."""
    key: str
    """The UID if exactly one message has it, otherwise number and session."""
    ambiguous: bool = False
    """Several messages have this UID, so it doesn't identify this one."""
    header: Header | None = None
    verdict: Verdict | None = None
    """Its spam verdict; set together with ``header``."""
    problem: str = field(default="")
    """The server's reason for refusing the header or the deletion."""
    mark: Mark = Mark.NONE
    opened: bool = False
    """Opened in this run."""
    new: bool = False
    """It arrived since the last run or the last refresh."""
    fresh: bool = False
    """Its header was loaded in this session, so it is certainly this message's."""
    unproven: bool = False
    """Its size has changed since its header was loaded, so it may be another message."""
    score: float | None = None
    """The spam score, 0 to 10, including friends, rules and weights."""
    tagged: bool = False
    protected: bool = False
    """Bulk actions skip it, because of a rule or the user."""
    duplicate: bool = False
    """Another copy of it is kept, in the sense of ``is:dup``."""
    folded: tuple[Header, str] | None = None
    """The header's text as filters compare it, cached."""

    @property
    def newsletter(self) -> bool:
        """Whether it is a newsletter."""
        return self.verdict is not None and self.verdict.newsletter

    @property
    def marked(self) -> bool:
        """Whether it is marked here, whatever the server says about it."""
        return self.mark in (Mark.PENDING, Mark.DELETED, Mark.REFUSED)
