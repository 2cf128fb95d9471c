"""Downloads messages on request, and shows the one under the cursor in the viewer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from poptui.errors import NotFoundError, PoptuiError
from poptui.mail.headers.decode import MAX_BLOCK_BYTES
from poptui.mail.lines import Line
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.messages.spool import SpooledMessage
from poptui.text.format import size
from poptui.threads import run_detached
from poptui.tui.actions.keymaps import Keymap
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.reading.arrival import Arrival
from poptui.tui.reading.opened_messages import HeaderView, OpenedMessage, OpenedMessages
from poptui.tui.reading.pages import (
    EMPTY,
    Page,
    PaneTitle,
    TextsInRow,
    card_page,
    header_page,
    reading_page,
    score_lines,
    short_score_lines,
)
from poptui.tui.reading.titles import card_title, opened_title, progress_title
from poptui.tui.widgets.viewer import Viewer

if TYPE_CHECKING:
    from poptui.mail.parsed_message import ParsedMessage, Part

NOTHING = (EMPTY, PaneTitle("Headers"))
NO_HEADER = "{open} downloads the message; {refresh} asks for the header again."
PROGRESS_INTERVAL_S = 0.2
"""Interval of progress updates: often enough to look live, few bytes on a slow connection."""


class MessageLoader:
    """Shows the card of a message, its downloaded text, or a message enclosed in it.

    Only ``fetch`` downloads; meanwhile the cursor may move elsewhere and return.
    """

    def __init__(
        self,
        mailbox: MailboxProtocol,
        viewer: Viewer,
        keymap: Keymap,
        beside_card: Callable[[MessageEntry], TextsInRow | None],
    ) -> None:
        """``keymap``: the keys that titles name.

        ``beside_card`` returns the texts that a card need not repeat, as ``card_page`` takes them.
        """
        self._beside_card = beside_card
        self._mailbox, self._viewer, self._keymap = mailbox, viewer, keymap
        self._current: MessageEntry | None = None
        self._placeholder: tuple[Page, PaneTitle] = NOTHING
        """The page and its title while there is no message under the cursor."""
        self._arrivals: dict[MessageEntry, Arrival] = {}
        self._opened = OpenedMessages()
        self._enclosed: list[OpenedMessage] = []
        """Messages enclosed in the one under the cursor, each inside the one before."""
        self._error = ""
        """The error of downloading the message under the cursor, until the cursor leaves it."""
        self._drawn_at = 0.0

    @property
    def error(self) -> str:
        """The error of downloading the message under the cursor, as the viewer shows it."""
        return self._error

    @property
    def busy(self) -> bool:
        """Whether a message is being downloaded."""
        return bool(self._arrivals)

    @property
    def opened(self) -> OpenedMessage | None:
        """The downloaded part of the message that is shown; None if only its card is shown."""
        if self._enclosed:
            return self._enclosed[-1]
        return None if self._current is None else self._opened.get(self._current)

    def downloaded(self, entry: MessageEntry) -> OpenedMessage | None:
        """Return the downloaded part of ``entry``, even if the cursor is elsewhere."""
        return self._opened.get(entry)

    def is_downloading(self, entry: MessageEntry) -> bool:
        """Whether it is being downloaded."""
        return entry in self._arrivals

    def is_fetched(self, entry: MessageEntry) -> bool:
        """Whether all of the message was downloaded, or is being downloaded."""
        opened, arrival = self._opened.get(entry), self._arrivals.get(entry)
        coming = arrival is not None and arrival.lines is None
        return coming or (opened is not None and opened.whole and not opened.message.incomplete)

    async def wait_for(self, entry: MessageEntry) -> None:
        """Wait for the download of a message, if there is one."""
        while (arrival := self._arrivals.get(entry)) is not None:
            await arrival.over.wait()

    # The view

    def point_at(
        self, entry: MessageEntry | None, placeholder: tuple[Page, PaneTitle] = NOTHING
    ) -> None:
        """Show the downloaded part of ``entry``, which is under the cursor, or a placeholder."""
        if entry is not self._current:
            self._error = ""
            self._close_all_enclosed()
        self._current, self._placeholder = entry, placeholder
        self.redraw()

    def header_loaded(self, entry: MessageEntry) -> None:
        """Note that the header of ``entry`` was loaded; redraw its card if that is shown."""
        if entry is self._current:
            self.redraw_card()

    def redraw_card(self) -> None:
        """Draw the card again, if one is shown, because the room for it may have changed."""
        if self._current is not None and self.opened is None:
            self.redraw()

    def redraw(self, *, stay: bool = True) -> None:
        """Show the present state; with ``stay`` the text stays scrolled to the same place."""
        if self._current is None:
            self._viewer.show(None, *self._placeholder)
        else:
            self._viewer.show(
                self._current, self._page(self._current), self._title(self._current), stay=stay
            )

    def _title(self, entry: MessageEntry) -> PaneTitle:
        if (arrival := self._arrivals.get(entry)) is not None:
            return progress_title(arrival.octets, arrival.total)
        opened = self.opened
        if opened and not _has_header_only(opened):
            title = opened_title(opened)
        else:
            title = card_title(entry, sized=self._viewer.frame.is_framed)
        return title._replace(facts=self._keymap.filled(title.facts))

    def _page(self, entry: MessageEntry) -> Page:
        arrival, opened = self._arrivals.get(entry), self.opened
        if arrival is not None and arrival.parsed is not None:
            parsed = arrival.parsed
            return reading_page(entry, parsed, parsed.body, self._score(entry, brief=True), _now())
        if opened is None or _has_header_only(opened):
            return self._card(entry)
        if opened.headers is HeaderView.SHORT:
            notes = () if opened.enclosed else self._score(entry, brief=True)
            return reading_page(entry, opened.parsed, opened.body, notes, _now())
        return _all_headers(opened) if opened.headers is HeaderView.ALL else opened.raw

    def _card(self, entry: MessageEntry) -> Page:
        scorer, beside = self._mailbox.scoring.scorer, self._beside_card(entry)
        if beside is None:
            notes = self._score(entry, brief=False)
        else:
            reasons, key = scorer.reasons(entry), self._keymap.hint("why")
            notes = [*short_score_lines(entry, reasons, scorer.threshold, key)]
        remedy = self._keymap.filled(NO_HEADER)
        return card_page(entry, notes, _now(), self._error, beside, remedy=remedy)

    def _score(self, entry: MessageEntry, *, brief: bool) -> Sequence[Line]:
        scorer = self._mailbox.scoring.scorer
        reasons, key = scorer.reasons(entry), self._keymap.hint("why")
        return tuple(score_lines(entry, reasons, scorer.threshold, key, brief=brief))

    # Downloads

    async def fetch(self, entry: MessageEntry, lines: int | None) -> None:
        """Download the message, or ``lines`` lines of its body; show it if the cursor is there."""
        await self.wait_for(entry)
        if self.is_fetched(entry):
            return
        arrival = Arrival(entry, lines, lambda: self._arrival_changed(entry))
        self._arrivals[entry] = arrival
        self._error = ""
        self._show_title(entry)
        try:
            opened = await self._fetched(arrival, lines)
        except PoptuiError as error:
            self._end(arrival, _sentence(error, entry, lines, self._keymap.hint("open")))
        except BaseException:
            self._end(arrival, "")
            raise
        else:
            self._opened.keep(opened)
            self._end(arrival, "")

    async def _fetched(self, arrival: Arrival, lines: int | None) -> OpenedMessage:
        entry = arrival.entry

        def on_bytes(octets: int) -> None:
            arrival.on_bytes(octets)
            self._on_progress(entry)

        if lines is None:
            message = await self._mailbox.messages.retrieve(
                entry, on_bytes, on_start=arrival.on_start
            )
        else:
            message = await self._mailbox.messages.peek(entry, lines, on_bytes)
        try:
            arrival.octets = message.octets
            self._show_title(entry)
            arrival.show_beginning(message)
            whole = lines is None and not message.incomplete
            complete = whole or message.octets >= entry.size
            parsed = await _read(message, complete, lines, arrival)
            if message.incomplete:
                parsed = _with_warning(parsed, message.incomplete, self._keymap.hint("open"))
        except BaseException:
            message.close()
            raise
        return OpenedMessage(entry, message, parsed, lines)

    def _on_progress(self, entry: MessageEntry) -> None:
        """Show the progress from time to time; any task of the event loop may call this."""
        now = asyncio.get_running_loop().time()
        if entry is self._current and now - self._drawn_at >= PROGRESS_INTERVAL_S:
            self._drawn_at = now
            self._viewer.call_later(self._show_title, entry)

    def _show_title(self, entry: MessageEntry) -> None:
        if entry is self._current and entry in self._arrivals:
            self._viewer.set_title(self._title(entry))

    def _arrival_changed(self, entry: MessageEntry) -> None:
        if entry is self._current:
            self._viewer.call_later(self.redraw)

    def _end(self, arrival: Arrival, sentence: str) -> None:
        arrival.stop()
        del self._arrivals[arrival.entry]
        if arrival.entry is self._current:
            self._error = sentence
            self.redraw()

    # Views

    async def show_headers(self, view: HeaderView) -> None:
        """Show more or less of the header of the opened message."""
        opened = self.opened
        if opened is None:
            return
        if view is HeaderView.RAW:
            await opened.load_raw()
        opened.headers = view
        self.redraw(stay=False)

    def show_other_form(self) -> bool:
        """Show the other form of the text; return whether there is one."""
        opened = self.opened
        if opened is None or opened.other_form is None:
            return False
        opened.show_other_form()
        self.redraw(stay=False)
        return True

    # Enclosed messages

    async def open_enclosed(self, part: Part) -> None:
        """Open a message or text attached to the shown message. Raises PoptuiError."""
        outer = self.opened
        if outer is None:
            return
        message = await run_detached(lambda: _enclosed_message(outer, part))
        try:
            parsed = await _read(message, outer.whole, None, None)
        except BaseException:
            message.close()
            raise
        if outer is self.opened:
            self._enclosed.append(OpenedMessage(outer.entry, message, parsed, enclosed=True))
            self.redraw(stay=False)

    def close_enclosed(self) -> bool:
        """Return from an enclosed message to the outer one; return whether there was one."""
        if not self._enclosed:
            return False
        self._enclosed.pop().message.close()
        self.redraw(stay=False)
        return True

    def _close_all_enclosed(self) -> None:
        while self._enclosed:
            self._enclosed.pop().message.close()

    def close(self) -> None:
        """Drop all messages."""
        self._close_all_enclosed()
        self._opened.close()


def _has_header_only(opened: OpenedMessage) -> bool:
    """Whether only the header was downloaded, and the card shows enough of it."""
    return opened.lines == 0 and opened.headers is HeaderView.SHORT


def _all_headers(opened: OpenedMessage) -> Page:
    from poptui.mail.headers.view import all_fields, received_chain

    block = opened.message.reader().read(MAX_BLOCK_BYTES)
    text = (None, None) if opened.lines == 0 else (opened.parsed, opened.body)
    return header_page(all_fields(block), received_chain(block), *text)


async def _read(
    message: SpooledMessage, complete: bool, lines: int | None, arrival: Arrival | None
) -> ParsedMessage:
    from poptui.mail.parsed_message import ParsedMessage
    from poptui.mail.reader.parse import read_head
    from poptui.mail.reader.reader import parse_message

    if lines == 0:
        return ParsedMessage(*read_head(message.reader().read(MAX_BLOCK_BYTES)), complete=False)
    early = arrival.on_parsed_early if arrival else None
    return await parse_message(message.open(), complete=complete, early=early)


def _with_warning(parsed: ParsedMessage, incomplete: str, key: str) -> ParsedMessage:
    """Return ``parsed`` with a warning that it is not the whole message."""
    from poptui.mail.parsed_message import Remark

    sentence = f"This message is incomplete: {incomplete}. {key} downloads it again."
    return replace(parsed, remarks=(Remark(sentence), *parsed.remarks))


def _enclosed_message(outer: OpenedMessage, part: Part) -> SpooledMessage:
    """Return a part as a separate message; a text gets a header."""
    from poptui.mail.mime.attachments import header_of_text
    from poptui.mail.mime.transfer_decoding import contents

    message = SpooledMessage(outer.entry)
    if not part.is_message:
        message.write(header_of_text(part))
    for piece in contents(outer.message.reader(), part):
        message.write(piece)
    return message


def _sentence(error: PoptuiError, entry: MessageEntry, lines: int | None, key: str) -> str:
    """Return a sentence on a failed download, with the ``key`` for the whole message."""
    if not isinstance(error, NotFoundError):
        return str(error)
    return f"{error} {key} " + (
        "asks for it again." if lines is None else f"downloads all of it, {size(entry.size)}."
    )


def _now() -> datetime:
    return datetime.now().astimezone()
