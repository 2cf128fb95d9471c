"""Actions that show the message under the cursor, as far as one wants to pay for it."""

from __future__ import annotations

from poptui.mailbox.entry import MessageEntry
from poptui.tui.reading.opened_messages import HeaderView, OpenedMessage
from poptui.tui.reading.search import Search
from poptui.tui.reading.titles import next_peek, rest_of
from poptui.tui.screens.mail.panes import MailPanes

NOTHING_OPEN = "Nothing of this message is here yet; Space peeks, Enter opens it."


class Reader(MailPanes):
    """Keys that open what the cursor is on, and look through it."""

    def open_message(self) -> None:
        """Fetch the message under the cursor, unless it is here, and go to it."""
        entry = self.messages.entry
        if entry is None:
            return
        self.focus_pane(self.viewer)
        if not self._opening.known(entry):
            self._bring(entry, None)

    def action_peek(self) -> None:
        """Fetch a little of the message, then more of it; where that is here, a page of it."""
        entry, opened = self.messages.entry, self._opening.opened
        if entry is None:
            return
        reads_on = self.reading and opened is not None and not self.viewer.at_end
        self._have_viewer()
        lines = next_peek(opened)
        if self._opening.coming(entry) or reads_on:
            self.viewer.page(1)
        elif lines is not None:
            self._bring(entry, lines)
        elif not self.viewer.at_end:
            self.viewer.page(1)
        elif opened is not None and not opened.all_came:
            self.say(f"Enter brings the rest, {rest_of(opened)}.")

    def _have_viewer(self) -> None:
        """On a small terminal list and viewer take turns."""
        if not self.query_one("#frame").display:
            self.focus_pane(self.viewer)

    def _bring(self, entry: MessageEntry, lines: int | None) -> None:
        self.poptui.background(self._brought(entry, lines), group="open")

    async def _brought(self, entry: MessageEntry, lines: int | None) -> None:
        """Fetch it; more of what is being read is shown by going on a page."""
        reads_on = self.reading and self._opening.opened is not None and lines is not None
        await self._opening.bring(entry, lines)
        if entry is self.messages.entry and self._opening.opened and self._opening.fault:
            self.say(self._opening.fault, fault=True)
        elif reads_on and entry is self.messages.entry:
            self.viewer.page(1)

    async def whole(self, entry: MessageEntry) -> OpenedMessage | None:
        """All of a message, downloaded if necessary; None if it does not come.

        The cursor may be elsewhere by then. Of the message under it, what the viewer shows: that
        may be a message within it.
        """
        here = self._opening.here
        opened = self._opening.opened if entry is self.messages.entry else here(entry)
        if opened is None or not opened.whole:
            await self._opening.bring(entry, None)
            opened = here(entry)
        return opened if opened is not None and opened.whole else None

    # Other views of it

    def action_alternative(self) -> None:
        """The other form of the text."""
        opened = self._opening.opened
        if opened is None:
            self.say(NOTHING_OPEN)
        elif not self._opening.turn():
            self.say(f"It has no other form than {'HTML' if opened.body.html else 'plain text'}.")

    def action_headers(self) -> None:
        """More of the header, or less."""
        if (entry := self.messages.entry) is not None and not self._opening.coming(entry):
            self._have_viewer()
            self.poptui.background(self._show_headers(entry), group="open")

    async def _show_headers(self, entry: MessageEntry) -> None:
        if self._opening.opened is None:
            await self._opening.bring(entry, 0)
        opened = self._opening.opened
        if opened is not None and opened.entry is self.messages.entry:
            await self._opening.look(HeaderView(opened.headers).next)

    # What is searched for in it

    async def search(self) -> None:
        """Ask for a text and go to its first place from here on."""
        before = self.viewer.search
        text = await self.question.ask("Search:", before.text if before else "")
        if text:
            self._look_for(text)

    def _look_for(self, text: str) -> None:
        search = self.viewer.search = Search(text)
        work = self._found(search)
        self.run_worker(work, group="search", exclusive=True, exit_on_error=False)

    async def _found(self, search: Search) -> None:
        """Go to the first place as soon as it is known, and tell how many there are at the end."""
        place, document = self.viewer.place, self.viewer.page_shown.document
        await search.run(document)
        if search is self.viewer.search:
            if match := search.step(1, *place):
                self.viewer.reveal(match)
            self.viewer.redraw()

    def action_next_match(self) -> None:
        """The next place."""
        self._step_match(1)

    def action_previous_match(self) -> None:
        """The place before."""
        self._step_match(-1)

    def _step_match(self, direction: int) -> None:
        search = self.viewer.search
        if search is None:
            self.say("Nothing was searched for; / in the viewer does.")
        elif match := search.step(direction, *self.viewer.place):
            self.viewer.reveal(match)
        else:
            self.say("It is not in this message.")
