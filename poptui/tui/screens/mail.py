"""The screen of the maildrop: status line, list, viewer, key bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen

from poptui.maildrop.changes import (
    Change,
    Listed,
    Loaded,
    Marked,
    Notice,
    State,
    StateChanged,
)
from poptui.maildrop.entry import Entry, Mark
from poptui.tui.actions import Place, bindings, of_screen
from poptui.tui.coalesce import Coalescer
from poptui.tui.opening import Opening
from poptui.tui.screens.mail_layout import LAYOUT, TALL, WIDE
from poptui.tui.widgets.key_bar import KeyBar
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.status_line import StatusLine
from poptui.tui.widgets.viewer import Viewer

if TYPE_CHECKING:
    from poptui.maildrop.maildrop import Maildrop
    from poptui.tui.app import PoptuiApp


class MailScreen(Screen[None], inherit_bindings=False):
    """Turns keys into calls to the maildrop, and its changes into what is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_screen())]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "MessageList"
    DEFAULT_CSS = LAYOUT

    status = query_one(StatusLine)
    messages = query_one(MessageList)
    viewer = query_one(Viewer)
    key_bar = query_one(KeyBar)

    class Changed(Message):
        """What the maildrop told since the last batch."""

        def __init__(self, changes: list[Change]) -> None:
            self.changes = changes
            super().__init__()

    def __init__(self, maildrop: Maildrop, earlier: Sequence[Change] = ()) -> None:
        """``earlier``: what the maildrop told before there was a screen."""
        super().__init__()
        self._maildrop, self._earlier = maildrop, earlier
        self._changes = Coalescer(lambda changes: self.post_message(self.Changed(changes)))

    @property
    def poptui(self) -> PoptuiApp:
        """The app, as what it is."""
        from poptui.tui.app import PoptuiApp

        assert isinstance(self.app, PoptuiApp)
        return self.app

    def compose(self) -> ComposeResult:
        """Status line, the two panes, key bar."""
        yield StatusLine()
        with Container(id="panes"):
            yield MessageList()
            with Container(id="frame"):
                yield Viewer()
        yield KeyBar()

    def on_mount(self) -> None:
        """Show what is there already, and hear what changes from now on."""
        self._opening = Opening(self._maildrop, self.viewer)
        for change in self._earlier:
            self._changes.add(change)
        self._maildrop.changed = self._changes.add
        self._opening.point_at(None)
        self.status.show(self._maildrop)
        if self._maildrop.listing.entries or self._maildrop.state is State.ONLINE:
            self._show_listing()

    def on_unmount(self) -> None:
        """Hear nothing more."""
        self._changes.stop()
        self._maildrop.changed = lambda change: None

    def say(self, sentence: str, *, fault: bool = False) -> None:
        """Show a clean sentence in the place of the keys; nothing for no sentence."""
        if sentence:
            self.key_bar.say(sentence, fault=fault)

    # What the maildrop tells

    @on(Changed)
    def changes_came(self, event: Changed) -> None:
        """Redraw what changed, and nothing else."""
        touched: dict[Entry, None] = {}
        listed = False
        for change in event.changes:
            match change:
                case Listed():
                    listed = True
                case Loaded(entries) | Marked(entries):
                    touched.update(dict.fromkeys(entries))
                case StateChanged(state, said):
                    self._state_changed(state, said)
                case Notice(text):
                    self.key_bar.add(text)
        if listed:
            self._show_listing()
        elif touched:
            self.messages.update_entries(touched)
        if (entry := self.messages.entry) in touched:
            self._opening.header_came(entry)
        self.status.show(self._maildrop)

    def _show_listing(self) -> None:
        self.messages.show(self._maildrop.listing.entries)

    def _state_changed(self, state: State, said: str) -> None:
        if said and state is State.OFFLINE:
            self.messages.placeholder = f"{said}\n\nr tries again, q quits"
            self.say(f"{said} r tries again.", fault=True)
        elif said:
            self.say(said)

    # What the widgets tell

    @on(MessageList.Moved)
    def cursor_moved(self, event: MessageList.Moved) -> None:
        """Show what is known of the row under the cursor: nothing is fetched."""
        self._opening.point_at(event.entry)

    @on(MessageList.Scrolled)
    def _aim(self) -> None:
        """The headers of the rows on screen come first."""
        self._maildrop.aim(self.messages.on_screen())

    @on(MessageList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    @on(KeyBar.Pressed)
    async def key_clicked(self, event: KeyBar.Pressed) -> None:
        """A click on the key bar does what the key does."""
        await self.run_action(event.action.id)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The pane with the focus gets the room, and its keys into the bar."""
        reading = event.widget is self.viewer
        self.set_class(reading, "-reading")
        self.key_bar.place = Place.VIEWER if reading else Place.LIST

    def hush(self) -> None:
        """A key was pressed: what was said has been seen."""
        self.key_bar.hush()

    # Actions: moving, in the pane with the focus

    @property
    def _reading(self) -> bool:
        return self.focused is self.viewer

    @property
    def _pane(self) -> MessageList | Viewer:
        return self.viewer if self._reading else self.messages

    def action_down(self) -> None:
        """One line or message down."""
        self._step(1)

    def action_up(self) -> None:
        """One line or message up."""
        self._step(-1)

    def _step(self, rows: int) -> None:
        if self._reading:
            self.viewer.line(rows)
        else:
            self.messages.move(rows)

    def action_page_down(self) -> None:
        """A page down."""
        self._pane.page(1)

    def action_page_up(self) -> None:
        """A page up."""
        self._pane.page(-1)

    def action_top(self) -> None:
        """To the first line or message."""
        self._pane.top()

    def action_bottom(self) -> None:
        """To the last line or message."""
        self._pane.bottom()

    def action_switch(self) -> None:
        """From the list to the viewer, and back."""
        self._focus(self.messages if self._reading else self.viewer)

    def _focus(self, pane: MessageList | Viewer) -> None:
        self.set_class(pane is self.viewer, "-reading")
        self.set_focus(pane)

    # Actions: reading

    def action_open(self) -> None:
        """Fetch the message under the cursor, unless it is here, and go to it."""
        entry = self.messages.entry
        if entry is None:
            return
        self._focus(self.viewer)
        if not self._opening.known(entry):
            self.poptui.background(self._opening.fetch(entry), group="open")

    def action_back(self) -> None:
        """Stop what is arriving; else back to the list."""
        if self._opening.busy:
            self.app.workers.cancel_group(self.app, "open")
        else:
            self._focus(self.messages)

    # Actions: marks, which never wait for the network

    def action_mark(self) -> None:
        """Mark the message under the cursor and go on to the next."""
        entry = self.messages.entry
        if entry is None:
            return
        self.say(self._maildrop.mark([entry]))
        self._changes.flush()
        if entry.mark is not Mark.NONE:
            self._focus(self.messages)
            self.messages.move(1)

    def action_unmark(self) -> None:
        """Take the mark off the message under the cursor."""
        if (entry := self.messages.entry) is not None:
            self.say(self._maildrop.unmark([entry]))
            self._changes.flush()

    def action_undo(self) -> None:
        """Take back the last marking or unmarking."""
        self.say(self._maildrop.undo())
        self._changes.flush()

    # Actions: the session

    def action_refresh(self) -> None:
        """Connect anew; marks and cursor stay."""
        self.poptui.refresh_maildrop()

    def action_unmark_all(self) -> None:
        """Take all marks off, after a question."""
        self.poptui.alone(self.poptui.ways_out.unmark_all)

    def action_commit(self) -> None:
        """Delete what is marked and stay, after a question."""
        self.poptui.alone(self.poptui.ways_out.commit_and_stay)

    def action_discard(self) -> None:
        """Leave and delete nothing."""
        self.poptui.alone(self.poptui.ways_out.discard)

    async def action_quit(self) -> None:
        """Out, by the dialog where anything is marked."""
        await self.app.action_quit()

    def action_help(self) -> None:
        """The keys, and what they do."""
        from poptui.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen())
