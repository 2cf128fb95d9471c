"""What the viewer shows: a card from the header, a message on its way, or a message read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from poptui.faults import Fault
from poptui.maildrop.entry import Entry
from poptui.tui.widgets.viewer import Viewer

if TYPE_CHECKING:
    from poptui.mail.reading import Reading
    from poptui.maildrop.maildrop import Maildrop

PROGRESS_INTERVAL = 0.2
"""Seconds between two drawings of the progress: live enough, and little on a slow line."""


class Opening:
    """Keeps the viewer true to the row under the cursor.

    A message comes only by ``fetch``. While it comes, the cursor may go elsewhere and return.
    The last message read is kept, so that going back to it costs nothing.
    """

    def __init__(self, maildrop: Maildrop, viewer: Viewer) -> None:
        self._maildrop, self._viewer = maildrop, viewer
        self._under: Entry | None = None
        self._octets: dict[Entry, int] = {}
        """What is on its way, and how much of it came."""
        self._read: tuple[Entry, Reading] | None = None
        self._fault = ""
        """Why the message under the cursor did not come, until the cursor leaves it."""
        self._drawn = 0.0

    @property
    def fault(self) -> str:
        """Why the message under the cursor did not come, as the viewer shows it."""
        return self._fault

    @property
    def busy(self) -> bool:
        """A message is on its way."""
        return bool(self._octets)

    def known(self, entry: Entry) -> bool:
        """The message is here already, or on its way."""
        return entry in self._octets or self._reading_of(entry) is not None

    def point_at(self, entry: Entry | None) -> None:
        """The cursor is on ``entry``: show what is here of it."""
        if entry is not self._under:
            self._fault = ""
        self._under = entry
        self._draw()

    def _draw(self) -> None:
        entry = self._under
        reading = None if entry is None else self._reading_of(entry)
        if entry is not None and entry in self._octets:
            self._viewer.show_progress(entry, self._octets[entry], entry.size)
        elif entry is not None and reading is not None:
            self._viewer.show_reading(entry, reading)
        elif entry is not None and self._fault:
            self._viewer.show_fault(entry, self._fault)
        else:
            self._viewer.show_card(entry)

    def header_came(self, entry: Entry) -> None:
        """The header of ``entry`` is known now: draw its card anew if that is what is shown."""
        if entry is self._under and not self.known(entry):
            self._draw()

    async def fetch(self, entry: Entry) -> None:
        """Get the whole message and show it, if the cursor is still on it when it is here."""
        self._octets[entry] = 0
        self._fault = ""
        self._draw()
        try:
            self._read = (entry, await self._reading(entry))
        except Fault as fault:
            self._end(entry, str(fault))
        except BaseException:
            self._end(entry, "")
            raise
        else:
            self._end(entry, "")

    async def _reading(self, entry: Entry) -> Reading:
        from poptui.mail.reader import read_letter

        letter = await self._maildrop.retrieve(entry, lambda octets: self._came(entry, octets))
        try:
            self._octets[entry] = letter.octets
            self._draw()
            return await read_letter(letter.read())
        finally:
            letter.close()

    def _came(self, entry: Entry, octets: int) -> None:
        """Note the progress, and draw it now and then; called from any task of the loop."""
        if entry not in self._octets:
            return
        self._octets[entry] = octets
        now = asyncio.get_running_loop().time()
        if entry is self._under and now - self._drawn >= PROGRESS_INTERVAL:
            self._drawn = now
            self._viewer.call_later(self._draw_progress, entry)

    def _draw_progress(self, entry: Entry) -> None:
        if entry is self._under and entry in self._octets:
            self._draw()

    def _end(self, entry: Entry, sentence: str) -> None:
        del self._octets[entry]
        if entry is self._under:
            self._fault = sentence
            self._draw()

    def _reading_of(self, entry: Entry) -> Reading | None:
        return self._read[1] if self._read is not None and self._read[0] is entry else None
