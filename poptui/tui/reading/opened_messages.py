"""Keeps opened messages, so that each is downloaded once; the oldest go if they are too large."""

from __future__ import annotations

from collections import OrderedDict
from enum import Enum
from typing import TYPE_CHECKING

from poptui.threads import run_detached
from poptui.tui.reading.document import RawLines
from poptui.tui.reading.pages import EMPTY, Page

if TYPE_CHECKING:
    from poptui.mail.parsed_message import Body, ParsedMessage
    from poptui.mailbox.entry import MessageEntry
    from poptui.mailbox.messages.spool import SpooledMessage

MAX_MESSAGES = 50
MAX_BYTES = 200_000_000
"""Maximum size of all kept messages together; large ones are on disk."""


class HeaderView(Enum):
    """The part of the header that is shown."""

    SHORT = "short"
    ALL = "all"
    RAW = "raw"

    @property
    def next(self) -> HeaderView:
        """The view that the next key press shows."""
        views = list(HeaderView)
        return views[(views.index(self) + 1) % len(views)]


class OpenedMessage:
    """The downloaded part of a message, its parsed text, and which view of it is shown."""

    def __init__(
        self,
        entry: MessageEntry,
        message: SpooledMessage,
        parsed: ParsedMessage,
        lines: int | None = None,
        *,
        enclosed: bool = False,
    ) -> None:
        """``lines``: how many lines of the body were downloaded; None if the message is complete.

        ``enclosed``: it came as a part of another message.
        """
        self.entry, self.message, self.parsed = entry, message, parsed
        self.lines, self.enclosed = lines, enclosed
        self.form = 0
        """The index of the body that is shown."""
        self.headers = HeaderView.SHORT
        self._raw: Page | None = None

    @property
    def whole(self) -> bool:
        """Whether all of it was downloaded."""
        return self.lines is None

    @property
    def is_complete(self) -> bool:
        """Whether everything that was asked for is there, if only the beginning."""
        return self.whole or (bool(self.lines) and self.message.octets >= self.entry.size)

    @property
    def raw(self) -> Page:
        """The raw message; empty before ``load_raw``."""
        return self._raw or EMPTY

    async def load_raw(self) -> None:
        """Find the lines of the raw message."""
        if self._raw is None:
            file = self.message.reader()
            self._raw = Page(await run_detached(lambda: RawLines(file)))

    @property
    def body(self) -> Body:
        """The body that is shown."""
        return self.parsed.bodies[self.form]

    @property
    def other_form(self) -> Body | None:
        """The form that is not shown."""
        bodies = self.parsed.bodies
        return bodies[1 - self.form] if len(bodies) > 1 else None

    def show_other_form(self) -> None:
        """Show the other form."""
        self.form = (self.form + 1) % len(self.parsed.bodies)


class OpenedMessages:
    """Keeps opened messages; the least recently used go first."""

    def __init__(self, messages: int = MAX_MESSAGES, octets: int = MAX_BYTES) -> None:
        self._most, self._room = messages, octets
        self._kept: OrderedDict[MessageEntry, OpenedMessage] = OrderedDict()

    def get(self, entry: MessageEntry) -> OpenedMessage | None:
        """Return the downloaded part of a message, or None."""
        if entry in self._kept:
            self._kept.move_to_end(entry)
        return self._kept.get(entry)

    def keep(self, opened: OpenedMessage) -> None:
        """Keep a message instead of its earlier part, and drop others beyond the limit."""
        if (before := self._kept.pop(opened.entry, None)) is not None:
            before.message.close()
        self._kept[opened.entry] = opened
        while len(self._kept) > 1 and self._too_many():
            self._kept.popitem(last=False)[1].message.close()

    def _too_many(self) -> bool:
        octets = sum(opened.message.octets for opened in self._kept.values())
        return len(self._kept) > self._most or octets > self._room

    def close(self) -> None:
        """Drop all messages."""
        for opened in self._kept.values():
            opened.message.close()
        self._kept.clear()
