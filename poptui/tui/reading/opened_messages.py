"""The messages that are here: fetched once in a run of the program, kept in bounds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from poptui.threads import run_detached
from poptui.tui.reading.pages import EMPTY, Page
from poptui.tui.reading.raw import RawLines

if TYPE_CHECKING:
    from poptui.mail.parsed_message import Body, ParsedMessage
    from poptui.mailbox.entry import MessageEntry
    from poptui.mailbox.messages.spool import SpooledMessage

MAX_LETTERS = 50
MAX_OCTETS = 200_000_000
"""Of all messages that are kept, on disk as far as they are large."""


class HeaderView(Enum):
    """How much of the header is shown."""

    SHORT = "short"
    ALL = "all"
    RAW = "raw"

    @property
    def next(self) -> HeaderView:
        """What ``h`` goes to."""
        views = list(HeaderView)
        return views[(views.index(self) + 1) % len(views)]


@dataclass(eq=False)
class OpenedMessage:
    """What is here of a message, how it reads, and how it is looked at."""

    entry: MessageEntry
    letter: SpooledMessage
    parsed: ParsedMessage
    lines: int | None = None
    """How many lines of the body were asked for; None where all of it is here."""
    form: int = 0
    """Which of its bodies is shown."""
    headers: HeaderView = HeaderView.SHORT
    enclosed: bool = False
    """It came as a part of another message."""
    _raw: Page | None = None

    @property
    def whole(self) -> bool:
        """All of it is here."""
        return self.lines is None

    @property
    def all_came(self) -> bool:
        """Nothing is missing, even where only a part was asked for."""
        return self.whole or (bool(self.lines) and self.letter.octets >= self.entry.size)

    @property
    def raw(self) -> Page:
        """Its octets as text, once they were loaded."""
        return self._raw or EMPTY

    async def load_raw(self) -> None:
        """Find the lines of its octets."""
        if self._raw is None:
            file = self.letter.reader()
            self._raw = Page(await run_detached(lambda: RawLines(file)))

    @property
    def body(self) -> Body:
        """The body that is shown."""
        return self.parsed.bodies[self.form]

    @property
    def other(self) -> Body | None:
        """The form that ``V`` goes to."""
        bodies = self.parsed.bodies
        return bodies[1 - self.form] if len(bodies) > 1 else None

    def turn(self) -> None:
        """Show the other form."""
        self.form = (self.form + 1) % len(self.parsed.bodies)


class OpenedMessages:
    """Opened messages, those used last staying longest."""

    def __init__(self, letters: int = MAX_LETTERS, octets: int = MAX_OCTETS) -> None:
        self._most, self._room = letters, octets
        self._kept: OrderedDict[MessageEntry, OpenedMessage] = OrderedDict()

    def get(self, entry: MessageEntry) -> OpenedMessage | None:
        """What is here of ``entry``."""
        if entry in self._kept:
            self._kept.move_to_end(entry)
        return self._kept.get(entry)

    def keep(self, opened: OpenedMessage) -> None:
        """Keep it instead of what was here of it before, and let go what no longer fits."""
        if (before := self._kept.pop(opened.entry, None)) is not None:
            before.letter.close()
        self._kept[opened.entry] = opened
        while len(self._kept) > 1 and self._too_many():
            self._kept.popitem(last=False)[1].letter.close()

    def _too_many(self) -> bool:
        octets = sum(opened.letter.octets for opened in self._kept.values())
        return len(self._kept) > self._most or octets > self._room

    def close(self) -> None:
        """Let go of everything."""
        for opened in self._kept.values():
            opened.letter.close()
        self._kept.clear()
