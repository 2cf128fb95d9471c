"""A message while it is downloaded: how much of it is here, and what can be read of it already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poptui.mail.parsed_message import ParsedMessage
    from poptui.mailbox.entry import MessageEntry
    from poptui.mailbox.messages.spool import SpooledMessage

FIRST_LOOK_BYTES = 64 * 1024
"""A screenful of text can be hoped for in so much."""
GLIMPSE_BYTES = 16 * 1024
"""So much is parsed in the event loop without being felt, whatever it contains."""
NEXT_LOOK_FACTOR = 16
"""Parse again when so many times as much is here: parsing each time from the start costs time."""
MAX_LOOKS = 2
LATE_LOOK_BYTES = 2000
"""If the message is late, so much is enough for a first look."""
LATE_AFTER_S = 1.0
"""On a slow line the user wants to see something after so long."""
BIG_MESSAGE_BYTES = 1_000_000
"""A message of this size is looked at while it arrives, even if it is not late."""


class Arrival:
    """A download that is under way; parses its beginning now and then."""

    def __init__(
        self, entry: MessageEntry, lines: int | None, on_readable: Callable[[], None]
    ) -> None:
        """``lines`` of the body are to come, None: all; ``on_readable``: ``reading`` is new."""
        self.entry, self.lines = entry, lines
        self.total = entry.size
        self.over = asyncio.Event()
        self.octets = 0
        self.parsed: ParsedMessage | None = None
        self._on_readable = on_readable
        self._message: SpooledMessage | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._next_look = FIRST_LOOK_BYTES
        self._looks_left = MAX_LOOKS
        self._is_late = False

    def begun(self, message: SpooledMessage) -> None:
        """The download begins; ``message`` is filled with it."""
        self._message = message
        self._timer = asyncio.get_running_loop().call_later(LATE_AFTER_S, self._late)

    def came(self, octets: int) -> None:
        """So many bytes are here."""
        self.octets = octets
        if octets >= self._next_look and (self._is_late or self.total >= BIG_MESSAGE_BYTES):
            self._look()

    def _late(self) -> None:
        self._is_late = True
        if self.parsed is None:
            self._next_look = min(self._next_look, LATE_LOOK_BYTES)
            self.came(self.octets)

    def _look(self) -> None:
        """Parse what is here, unless that is under way or was done often enough."""
        is_parsing = self._task is not None and not self._task.done()
        if self._message is None or not self._looks_left or is_parsing:
            return
        self._looks_left -= 1
        self._next_look = self.octets * NEXT_LOOK_FACTOR
        limit = FIRST_LOOK_BYTES * (NEXT_LOOK_FACTOR if self.parsed else 1)
        self._task = asyncio.ensure_future(self._parse(self._message.start(limit)))

    async def _parse(self, data: bytes) -> None:
        from poptui.mail.reader.reader import parse_message

        self.early(await parse_message(data, complete=False))

    def early(self, parsed: ParsedMessage) -> None:
        """Show what can be read by now."""
        self.parsed = parsed
        self._on_readable()

    def glimpse(self, message: SpooledMessage) -> None:
        """All of it is here, but parsing takes a moment: show how it begins, if that is easy."""
        from poptui.mail.reader.parse import MAX_SHORT_BYTES, parse_short

        if self.parsed is None and message.octets > MAX_SHORT_BYTES:
            parsed = parse_short(message.start(GLIMPSE_BYTES), complete=False)
            if parsed is not None:
                self.early(parsed)

    def stop(self) -> None:
        """The download has ended: parse no more beginnings."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
        self._looks_left = 0
        self.over.set()
