"""Parses a message while it is being downloaded, so that it can be read early."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poptui.mail.parsed_message import ParsedMessage
    from poptui.mailbox.entry import MessageEntry
    from poptui.mailbox.messages.spool import SpooledMessage

FIRST_PARSE_BYTES = 64 * 1024
"""Enough to hold a screenful of text, most likely."""
QUICK_PARSE_BYTES = 16 * 1024
"""Parsing this much never delays the event loop noticeably."""
NEXT_PARSE_FACTOR = 16
"""Parse again when this many times as much has come: each parsing starts from the beginning."""
MAX_EARLY_PARSES = 2
LATE_PARSE_BYTES = 2000
"""Parse this much if the message is late."""
LATE_AFTER_S = 1.0
"""A download is late after this time."""
BIG_MESSAGE_BYTES = 1_000_000
"""A message of this size is parsed while it arrives, even if it is not late."""


class Arrival:
    """A download in progress; parses its beginning from time to time."""

    def __init__(
        self, entry: MessageEntry, lines: int | None, on_readable: Callable[[], None]
    ) -> None:
        """``lines``: how many lines of the body were asked for, None: all.

        ``on_readable`` is called when more of the text can be read.
        """
        self.entry, self.lines = entry, lines
        self.total = entry.size
        self.over = asyncio.Event()
        self.octets = 0
        self.parsed: ParsedMessage | None = None
        self._on_readable = on_readable
        self._message: SpooledMessage | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._next_parse_at = FIRST_PARSE_BYTES
        self._parses_left = MAX_EARLY_PARSES
        self._is_late = False

    def on_start(self, message: SpooledMessage) -> None:
        """Note that the download begins; it fills ``message``."""
        self._message = message
        self._timer = asyncio.get_running_loop().call_later(LATE_AFTER_S, self._on_late)

    def on_bytes(self, octets: int) -> None:
        """Note the number of bytes that have arrived."""
        self.octets = octets
        if octets >= self._next_parse_at and (self._is_late or self.total >= BIG_MESSAGE_BYTES):
            self._parse_if_due()

    def _on_late(self) -> None:
        self._is_late = True
        if self.parsed is None:
            self._next_parse_at = min(self._next_parse_at, LATE_PARSE_BYTES)
            self.on_bytes(self.octets)

    def _parse_if_due(self) -> None:
        """Parse what has come, unless that is under way or was done often enough."""
        is_parsing = self._task is not None and not self._task.done()
        if self._message is None or not self._parses_left or is_parsing:
            return
        self._parses_left -= 1
        self._next_parse_at = self.octets * NEXT_PARSE_FACTOR
        limit = FIRST_PARSE_BYTES * (NEXT_PARSE_FACTOR if self.parsed else 1)
        self._task = asyncio.ensure_future(self._parse(self._message.start(limit)))

    async def _parse(self, data: bytes) -> None:
        from poptui.mail.reader.reader import parse_message

        self.on_parsed_early(await parse_message(data, complete=False))

    def on_parsed_early(self, parsed: ParsedMessage) -> None:
        """Show the text that can be read so far."""
        self.parsed = parsed
        self._on_readable()

    def show_beginning(self, message: SpooledMessage) -> None:
        """Show the beginning of a complete message while the parser works, if that is quick."""
        from poptui.mail.reader.parse import MAX_SHORT_BYTES, parse_short

        if self.parsed is None and message.octets > MAX_SHORT_BYTES:
            parsed = parse_short(message.start(QUICK_PARSE_BYTES), complete=False)
            if parsed is not None:
                self.on_parsed_early(parsed)

    def stop(self) -> None:
        """Stop parsing: the download has ended."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
        self._parses_left = 0
        self.over.set()
