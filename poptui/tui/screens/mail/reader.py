"""Opens and previews the message under the cursor, switches its views, searches its text."""

from __future__ import annotations

from poptui.mailbox.entry import MessageEntry
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.reading.opened_messages import HeaderView, OpenedMessage
from poptui.tui.reading.search import Search
from poptui.tui.reading.titles import next_peek, rest_of
from poptui.tui.screens.mail.message_loader import MessageLoader
from poptui.tui.screens.mail.panes import Handlers, Panes

NOT_OPEN = "This message is not open. {peek} previews it, {open} opens it."
STILL_LOADING = "This message is still being downloaded. Try again when all of it is here."
DOWNLOADS = "open"
"""The group of background work that Esc cancels."""


class ReaderController:
    """Decides what the viewer shows; downloads only if the user asks for it."""

    def __init__(self, mailbox: MailboxProtocol, panes: Panes, host: Host) -> None:
        self._panes, self._host = panes, host
        self.loader = MessageLoader(mailbox, panes.viewer, host.keymap, panes.beside_card)

    @property
    def handlers(self) -> Handlers:
        """The actions that are answered here."""
        return {
            "peek": self.peek,
            "alternative": self.show_alternative,
            "headers": self.show_headers,
            "next_match": lambda: self._step_match(1),
            "previous_match": lambda: self._step_match(-1),
        }

    def open_message(self) -> None:
        """Download the message under the cursor if necessary, and go to the viewer."""
        entry = self._panes.messages.entry
        if entry is None:
            return
        self._panes.focus_viewer()
        if not self.loader.is_fetched(entry):
            self._fetch(entry, None)

    def peek(self) -> None:
        """Download the first lines of the message, then more; if they are there, scroll by a
        page."""
        entry, opened, viewer = self._panes.messages.entry, self.loader.opened, self._panes.viewer
        if entry is None:
            return
        reads_on = self._panes.reading and opened is not None and not viewer.at_end
        self._panes.show_viewer()
        lines = next_peek(opened)
        if self.loader.is_downloading(entry) or reads_on:
            viewer.page(1)
        elif lines is not None:
            self._fetch(entry, lines)
        elif not viewer.at_end:
            viewer.page(1)
        elif opened is not None and not opened.is_complete:
            key = self._host.keymap.hint("open")
            self._host.say(f"{key} downloads the rest, {rest_of(opened)}.")

    def _fetch(self, entry: MessageEntry, lines: int | None) -> None:
        self._host.background(self._fetch_and_show(entry, lines), group=DOWNLOADS)

    async def _fetch_and_show(self, entry: MessageEntry, lines: int | None) -> None:
        """Download it; if the user is reading it, scroll to the new lines."""
        reads_on = self._panes.reading and self.loader.opened is not None and lines is not None
        await self.loader.fetch(entry, lines)
        if entry is not self._panes.messages.entry:
            return
        if self.loader.opened and self.loader.error:
            self._host.say(self.loader.error, is_error=True)
        elif reads_on:
            self._panes.viewer.page(1)

    async def whole(self, entry: MessageEntry) -> OpenedMessage | None:
        """Return a whole message, downloaded if necessary; None if that fails.

        If the cursor is on it, return the message in the viewer, which may be enclosed in it.
        """
        if (here := self.whole_if_downloaded(entry)) is not None:
            return here
        await self.loader.fetch(entry, None)
        opened = self.loader.downloaded(entry)
        return opened if opened is not None and opened.whole else None

    def whole_if_downloaded(self, entry: MessageEntry) -> OpenedMessage | None:
        """Like ``whole``, but None if the message would have to be downloaded."""
        is_current = entry is self._panes.messages.entry
        opened = self.loader.opened if is_current else self.loader.downloaded(entry)
        return opened if opened is not None and opened.whole else None

    def ready(self) -> OpenedMessage | None:
        """Return the message in the viewer; if it is not here yet, say why."""
        entry = self._panes.messages.entry
        if entry is not None and self.loader.is_downloading(entry):
            self._host.say(STILL_LOADING)
            return None
        if self.loader.opened is None:
            self._host.say(self._host.keymap.filled(NOT_OPEN))
        return self.loader.opened

    # The steps of Esc; ``MailScreen.back`` tries them in this order

    def cancel_download(self) -> bool:
        """Cancel a download; return whether there was one."""
        if self.loader.busy:
            self._host.cancel(DOWNLOADS)
            return True
        return False

    def leave_enclosed(self) -> bool:
        """Go back from an enclosed message to the outer one; return whether there was one."""
        return self._panes.reading and self.loader.close_enclosed()

    def leave_viewer(self) -> bool:
        """Go back to the list; return whether the viewer had the focus."""
        reading = self._panes.reading
        if reading:
            self._panes.focus_list()
        return reading

    # Other views

    def show_alternative(self) -> None:
        """Show the other form of the text, plain or HTML."""
        opened = self.ready()
        if opened is not None and not self.loader.show_other_form():
            form = "HTML" if opened.body.html else "plain text"
            self._host.say(f"This message has only {form}.")

    def show_headers(self) -> None:
        """Show more of the header, or less."""
        entry = self._panes.messages.entry
        if entry is None:
            return
        if self.loader.is_downloading(entry):
            self._host.say(STILL_LOADING)
            return
        self._panes.show_viewer()
        self._host.background(self._show_headers(entry), group=DOWNLOADS)

    async def _show_headers(self, entry: MessageEntry) -> None:
        if self.loader.opened is None:
            await self.loader.fetch(entry, 0)
        opened = self.loader.opened
        if opened is not None and opened.entry is self._panes.messages.entry:
            await self.loader.show_headers(HeaderView(opened.headers).next)

    # Search in the text

    async def search(self) -> None:
        """Ask for a text and go to the next match."""
        before = self._panes.viewer.search
        text = await self._panes.ask("Search:", before.text if before else "")
        if text:
            search = self._panes.viewer.search = Search(text)
            self._host.background(self._find(search), group="search", exclusive=True)

    async def _find(self, search: Search) -> None:
        """Find all matches, then go to the next one from the place where the search began."""
        viewer = self._panes.viewer
        place, document = viewer.place, viewer.page_shown.document
        await search.run(document)
        if search is viewer.search:
            if match := search.step(1, *place):
                viewer.reveal(match)
            viewer.redraw()

    def _step_match(self, direction: int) -> None:
        viewer = self._panes.viewer
        if viewer.search is None:
            self._host.say(
                self._host.keymap.filled(
                    "Nothing was searched for yet; press {filter} in the viewer."
                )
            )
        elif match := viewer.search.step(direction, *viewer.place):
            viewer.reveal(match)
        else:
            self._host.say("The text is not in this message.")
