"""The screen of the mailbox: what the mailbox and the widgets tell, and who answers the keys."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType

from poptui.mailbox.changes import (
    Change,
    ConnectionState,
    Listed,
    Loaded,
    Marked,
    Notice,
    PasswordWanted,
    Scored,
    StateChanged,
    Vanished,
)
from poptui.mailbox.entry import MessageEntry
from poptui.tui.actions.action import KeyContext
from poptui.tui.actions.registry import bindings, of_screen
from poptui.tui.flows.previous_marks import ask_about_earlier_marks
from poptui.tui.reading.message_loader import NOTHING
from poptui.tui.screens.mail.layout import LAYOUT, TALL, WIDE
from poptui.tui.screens.mail.links import Links
from poptui.tui.screens.mail.marking import Marking
from poptui.tui.screens.mail.panes import MailPanes
from poptui.tui.screens.mail.saved_filters import SavedFilters
from poptui.tui.screens.mail.senders import SenderActions
from poptui.tui.screens.mail.session import Session
from poptui.tui.widgets.key_bar import KeyBar
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.prompt import Prompt

_REMEDIES = {
    ConnectionState.WAITING: "poptui connects again by itself, r tries now.",
    ConnectionState.OFFLINE: "r tries again.",
}
"""What becomes of it, and what the user can do."""


class MailScreen(SavedFilters, Marking, SenderActions, Links, Session, inherit_bindings=False):
    """Turns keys into calls to the mailbox, and its changes into what is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_screen())]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL, "-tall")]  # noqa: RUF012
    DEFAULT_CSS = LAYOUT

    _wrong = ""
    """What was said last of a connection that is not there."""

    def on_mount(self) -> None:
        """Show what is there already, and hear what changes from now on."""
        for change in self._earlier:
            self._changes.add(change)
        self._mailbox.changed = self._changes.add
        self._opening.notes = self.notes
        self._opening.point_at(None)
        self.messages.look(threshold=self._mailbox.appraisal.threshold)
        self.show_status()
        if self._mailbox.listing.entries or self._mailbox.state is ConnectionState.ONLINE:
            self._show_listing()

    def on_unmount(self) -> None:
        """Hear nothing more."""
        self._opening.close()
        self._changes.stop()
        self._mailbox.changed = lambda change: None

    def action_filter(self) -> None:
        """Narrow the list, or search the text: whichever has the focus."""
        if self.reading:
            self.in_flow(self.search)
        else:
            self.ask_filter()

    def action_open(self) -> None:
        """Open what is under the cursor, a message or a group."""
        if not self.turn_group():
            self.open_message()

    # What the mailbox tells

    @on(MailPanes.Changed)
    def changes_came(self, event: MailPanes.Changed) -> None:
        """Redraw what changed, and nothing else."""
        touched: dict[MessageEntry, None] = {}
        listed = False
        for change in event.changes:
            match change:
                case Listed():
                    listed = True
                case Loaded(entries) | Marked(entries) | Scored(entries):
                    touched.update(dict.fromkeys(entries))
                case StateChanged(state, said):
                    self._state_changed(state, said)
                case PasswordWanted(said):
                    self.poptui.ask_password(said)
                case Vanished(entries):
                    self.poptui.tell_vanished(entries)
                case Notice(text):
                    self.key_bar.add(text)
        if listed:
            self._show_listing()
            if self._mailbox.earlier.offer is not None:
                self.poptui.in_turn("marks", partial(ask_about_earlier_marks, self.poptui))
        elif touched:
            self.rows_changed(touched)
        if (entry := self.messages.entry) in touched:
            self._opening.header_came(entry)
        if touched and self._mailbox.missing == 0:
            self._all_came(event.changes)
        self.show_status()

    def _all_came(self, changes: Iterable[Change]) -> None:
        """No more headers are to come: copies of messages can be told."""
        if any(isinstance(change, Loaded) for change in changes):
            self.poptui.background(self.flag_duplicates(), group="duplicates")

    def _show_listing(self) -> None:
        self.rearrange(self._wish, asked=False)
        self.count_anew()

    def _state_changed(self, state: ConnectionState, said: str) -> None:
        """Tell what went wrong until it is right again, or a key was pressed."""
        if said:
            stays = "Marks and list stay; " if self._mailbox.listing.entries else ""
            self._wrong = f"{said} {stays}{_REMEDIES.get(state, '')}".rstrip()
            self.messages.placeholder = self._wrong
            if said != self._opening.fault:
                self.say(self._wrong, fault=True)
        elif state is ConnectionState.ONLINE and self._wrong and self.key_bar.notice == self._wrong:
            self.hush()

    # What the widgets tell

    @on(MessageList.Moved)
    def cursor_moved(self, event: MessageList.Moved) -> None:
        """Show what is known of the row under the cursor: nothing is fetched."""
        self._opening.point_at(event.entry, self.card_of_group() or NOTHING)

    @on(MessageList.Scrolled)
    def _aim(self) -> None:
        """The headers of the rows on screen come first."""
        self._mailbox.aim(self.messages.on_screen())

    @on(MessageList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    @on(Prompt.Typed)
    def _filter_typed(self, event: Prompt.Typed) -> None:
        self.filter_typed(event.text)

    @on(Prompt.Kept)
    def _filter_kept(self, event: Prompt.Kept) -> None:
        self.filter_kept(event.text)

    @on(Prompt.Cancelled)
    def _filter_cancelled(self) -> None:
        self.filter_cancelled()

    @on(KeyBar.Pressed)
    async def key_clicked(self, event: KeyBar.Pressed) -> None:
        """A click on the key bar does what the key does."""
        await self.run_action(event.action.id)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The pane with the focus gets the room, and its keys into the bar."""
        if event.widget not in (self.viewer, self.messages):
            return
        reading = event.widget is self.viewer
        self.set_class(reading, "-reading")
        self.key_bar.place = KeyContext.VIEWER if reading else KeyContext.LIST
