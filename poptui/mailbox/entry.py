"""One message of the mailbox, as the list knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from poptui.mail.headers.header import Header

if TYPE_CHECKING:
    from poptui.triage.spam.verdict import Verdict


class Mark(Enum):
    """How far a row is on its way to being deleted. The value is the mark column's glyph."""

    NONE = " "
    PENDING = "d"
    """Declared, the server does not know yet."""
    DELETED = "D"
    """Declared and taken by the server: gone at the commit."""
    REFUSED = "!"
    """Declared, but the server refuses; its words are kept with the entry."""
    ELSEWHERE = "o"
    """Declared in another poptui that runs now: that one's to delete, not ours."""


@dataclass(slots=True, eq=False)
class MessageEntry:
    """A message: its place on the server, its identity, and what is known of it.

    ``number`` is the message number of the present session and changes with a reconnect;
    ``key`` is what marks are kept by and stays.
    """

    number: int
    size: int
    """Octets as LIST told them; servers err, so this is for showing only."""
    uid: str | None
    """The unique-id (latin-1 of the bytes), None where the server gave none or a broken one."""
    key: str
    """Identity: the UID where there is exactly one message of it, else number and session."""
    ambiguous: bool = False
    """The UID stands at more than one message, so it cannot name this one."""
    header: Header | None = None
    verdict: Verdict | None = None
    """What speaks for its being spam; set together with ``header``."""
    trouble: str = field(default="")
    """Why there is no header, or why the server refuses the deletion, in the server's words."""
    mark: Mark = Mark.NONE
    opened: bool = False
    """Opened in this session of the program."""
    new: bool = False
    """It came after the last look at this mailbox, of an earlier start or before a refresh."""
    fresh: bool = False
    """Its header came over the wire in this very session, so it is surely this message's."""
    unproven: bool = False
    """Its size changed under its UID since its header came: this may be another message."""
    score: float | None = None
    """How much it looks like spam, 0 to 10, friends, rules and weights counted in."""
    tagged: bool = False
    protected: bool = False
    """Out of the reach of actions on many, by a rule or by the user."""
    duplicate: bool = False
    """Another copy of it is kept, as ``is:dup`` understands it."""
    folded: tuple[Header, str] | None = None
    """Of the filters: the header's text as they compare it."""

    @property
    def newsletter(self) -> bool:
        """Sent to many who may have asked for it."""
        return self.verdict is not None and self.verdict.newsletter

    @property
    def marked(self) -> bool:
        """Declared to be deleted, here and whatever the server says of it."""
        return self.mark not in (Mark.NONE, Mark.ELSEWHERE)
