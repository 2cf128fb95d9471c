"""A message on its way: how much of it came, and what can be read of it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poptui.mail.parsed_message import ParsedMessage
    from poptui.mailbox.entry import MessageEntry
    from poptui.mailbox.messages.spool import SpooledMessage

FIRST = 64 * 1024
"""Octets of which a screenful of text can be hoped for."""
GLIMPSE = 16 * 1024
"""Octets that are read here and now, whatever stands in them, without being felt."""
MORE = 16
"""How many times as much there has to be for another look."""
LOOKS = 2
LEAST = 2000
"""Octets that are looked at when ``PATIENCE`` is over."""
PATIENCE = 1.0
"""Seconds after which one wants to see something, on however slow a line."""
BIG = 1_000_000
"""Octets of a message that takes long enough to arrive to be looked at before."""


class Arrival:
    """What is known of a message that is being fetched."""

    def __init__(self, entry: MessageEntry, lines: int | None, changed: Callable[[], None]) -> None:
        """``lines`` of it are to come, or all; ``changed``: there is something to read."""
        self.entry, self.lines = entry, lines
        self.total = entry.size
        self.over = asyncio.Event()
        self.octets = 0
        self.parsed: ParsedMessage | None = None
        self._changed = changed
        self._letter: SpooledMessage | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._next = FIRST
        self._looks = LOOKS
        self._late = False

    def begun(self, letter: SpooledMessage) -> None:
        """The octets will be in ``letter``."""
        self._letter = letter
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._waited)

    def came(self, octets: int) -> None:
        """So many octets are here."""
        self.octets = octets
        if octets >= self._next and (self._late or self.total >= BIG):
            self._look()

    def _waited(self) -> None:
        self._late = True
        if self.parsed is None:
            self._next = min(self._next, LEAST)
            self.came(self.octets)

    def _look(self) -> None:
        """Read what is here, unless that is being done or was done often enough."""
        if self._letter is None or not self._looks or (self._task and not self._task.done()):
            return
        self._looks -= 1
        self._next = self.octets * MORE
        octets = self._letter.start(FIRST * MORE if self.parsed else FIRST)
        self._task = asyncio.ensure_future(self._read(octets))

    async def _read(self, octets: bytes) -> None:
        from poptui.mail.reader.reader import parse_message

        self.early(await parse_message(octets, complete=False))

    def early(self, parsed: ParsedMessage) -> None:
        """What can be read of it by now."""
        self.parsed = parsed
        self._changed()

    def glimpse(self, letter: SpooledMessage) -> None:
        """All of it is here, and parsing takes a moment: show how it begins, if that is plain."""
        from poptui.mail.reader.parse import MAX_SHORT_BYTES, parse_short

        if self.parsed is None and letter.octets > MAX_SHORT_BYTES:
            parsed = parse_short(letter.start(GLIMPSE), complete=False)
            if parsed is not None:
                self.early(parsed)

    def stop(self) -> None:
        """It is here, or will not come: no more looks."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
        self._looks = 0
        self.over.set()
