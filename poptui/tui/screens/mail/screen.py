"""The screen of the mailbox: owns the controllers, and connects keys, widgets and mailbox to them.

Start here: ``handlers`` maps actions to controllers, ``back`` decides what Esc does, and
``changes_arrived`` what is redrawn after a change in the mailbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from inspect import isawaitable

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen

from poptui.mailbox.changes import (
    AuthorizationNeeded,
    Change,
    ConnectionState,
    Listed,
    Loaded,
    Marked,
    NewMail,
    Notice,
    PasswordNeeded,
    Scored,
    StateChanged,
    Vanished,
)
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import messages
from poptui.storage.tour_record import TourRecord
from poptui.tui.actions.action import KeyContext
from poptui.tui.actions.bindings import bindings
from poptui.tui.actions.registry import BY_ID, of_screen
from poptui.tui.flows.leaving import ExitFlows
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.pacing import Coalescer
from poptui.tui.screens.mail.cursor import Availability, CursorController
from poptui.tui.screens.mail.export import ExportController
from poptui.tui.screens.mail.inspection import InspectionController
from poptui.tui.screens.mail.list_controller import ListController
from poptui.tui.screens.mail.message_loader import NOTHING
from poptui.tui.screens.mail.new_mail import NewMailController
from poptui.tui.screens.mail.panes import LAYOUT, TALL_LINES, WIDE_COLUMNS, Divider, Handlers, Panes
from poptui.tui.screens.mail.reader import ReaderController
from poptui.tui.screens.mail.session import SessionController
from poptui.tui.screens.mail.tour import TourController
from poptui.tui.screens.mail.triage import TriageController
from poptui.tui.widgets.key_bar import KeyBar
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.prompt import Prompt
from poptui.tui.widgets.tour_strip import TourStrip
from poptui.tui.widgets.viewer import Viewer

WHILE_TYPING = ("down", "up", "page_down", "page_up", "half_page_down", "half_page_up", "top",
    "bottom", "back", "help")  # fmt: skip
"""Actions whose keys also work while the user types a filter or an answer."""


class MailScreen(Screen[None], inherit_bindings=False):
    """Status line, list, viewer and key bar on a mailbox."""

    AUTO_FOCUS = "MessageList"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE_COLUMNS, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL_LINES, "-tall")]  # noqa: RUF012
    DEFAULT_CSS = LAYOUT

    class Changed(Message):
        """The mailbox has changed; has all changes since the last batch."""

        def __init__(self, changes: list[Change]) -> None:
            self.changes = changes
            super().__init__()

    def __init__(
        self,
        mailbox: MailboxProtocol,
        host: Host,
        exits: ExitFlows,
        earlier: Sequence[Change] = (),
        tour: TourRecord | None = None,
    ) -> None:
        """``earlier``: changes of the mailbox before there was a screen.

        ``tour``: in the demo, whether the tour was shown before.
        """
        super().__init__()
        self._mailbox, self._host, self._earlier = mailbox, host, earlier
        self._changes = Coalescer(lambda changes: self.post_message(self.Changed(changes)))
        self._bindings = bindings(of_screen(), host.keymap)
        panes = self.panes = Panes(host.keymap)
        self.divider = Divider(panes)
        self.list = ListController(mailbox, panes, host)
        self.cursor = CursorController(mailbox, panes, host, self.list)
        self.reader = ReaderController(mailbox, panes, host)
        self.export = ExportController(panes, host, self.reader)
        self.triage = TriageController(mailbox, panes, host, self.list, self._changes)
        self.session = SessionController(mailbox, panes, host, exits)
        self.new_mail = NewMailController(mailbox, host, self.reader)
        self.inspection = InspectionController(mailbox, panes, host, self.list, self.session)
        self.tour = TourController(mailbox, panes, host, self.list, self.reader, tour)
        self.availability = Availability(mailbox, panes, host, self.cursor, self.reader, self.tour)
        self.handlers = self._handlers()
        self._has_marks = False
        self._was_shown = False

    def _handlers(self) -> Handlers:
        """Return the method that carries out each action of the registry."""
        own: Handlers = {
            "back": self.back,
            "open": self.open,
            "filter": self.filter_or_search,
            "help": self.show_help,
        }
        controllers = (
            self.list, self.cursor, self.reader, self.export, self.triage, self.session,
            self.inspection, self.tour,
        )  # fmt: skip
        mappings = [own, *(controller.handlers for controller in controllers)]
        doubled = [
            id
            for id, times in Counter(id for mapping in mappings for id in mapping).items()
            if times > 1
        ]
        assert not doubled, f"answered twice: {doubled}"
        return {id: handler for mapping in mappings for id, handler in mapping.items()}

    def compose(self) -> ComposeResult:
        """Status line, the two panes, the lines below them; ``Panes`` mounts the prompts later."""
        panes = self.panes
        yield panes.status
        yield Container(panes.messages, panes.frame, id="panes")
        yield panes.state
        if not self.tour.why_not:
            yield panes.tour
        yield panes.key_bar

    def on_mount(self) -> None:
        """Show the present state, and listen to changes."""
        for change in self._earlier:
            self._changes.add(change)
        self._mailbox.listen(self._on_change)
        self.reader.loader.point_at(None)
        self.panes.messages.set_score_style(threshold=self._mailbox.scoring.scorer.threshold)
        self.panes.messages.show_numbers(self._host.settings.number_column)
        self.list.show_status()
        self.session.show_state()
        if self._mailbox.listing.entries or self._mailbox.session.state is ConnectionState.ONLINE:
            self.list.show_listing()
        self.new_mail.start()
        self.tour.begin_first_time()

    def on_unmount(self) -> None:
        """Drop the messages, and stop listening."""
        self.reader.loader.close()
        self.export.opened_files.remove()
        self._changes.stop()
        self._mailbox.listen(lambda change: None)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Block actions on messages while text is typed."""
        is_typing = self.panes.prompt.open or self.panes.question.open
        return not is_typing or action != "act" or parameters[0] in WHILE_TYPING

    async def action_act(self, id: str) -> None:
        """Do the action of the registry with this id, if the user sees what it would act on."""
        if await self.cursor.may_act(BY_ID[id]):
            result = self.handlers[id]()
            if isawaitable(result):
                await result
            if id == "quit" and not self.is_active:
                self.tour.asked_to_quit()
            self.update_key_bar()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Update the tour when a dialog was closed."""
        if not self._was_shown:
            # The first time, all styles are new: to look them up again would delay the picture.
            event.refresh_styles = False
            self._was_shown = True
        self.panes.messages.set_covered(False)
        self.tour.update()

    def on_screen_suspend(self) -> None:
        """Show that a dialog has the keys now: not all terminals can darken what is behind it."""
        self.panes.messages.set_covered(True)

    def back(self) -> None:
        """Esc: do the first of these steps that applies. Nothing else decides what Esc does."""
        if self.panes.prompt.open:
            self.list.cancel_filter()
        elif self.panes.question.open:
            self.panes.question.cancel()
        elif (
            self.reader.cancel_download()
            or self.reader.leave_enclosed()
            or self.reader.leave_viewer()
        ):
            return
        elif self.list.spec.filter is not None:
            self.list.narrow(None)
        elif self.triage.untag_all():
            self._host.say("No message is tagged now.")
        else:
            self.tour.end()

    def open(self) -> None:
        """Open the message or the group under the cursor."""
        if not self.list.groups.toggle():
            self.reader.open_message()

    async def filter_or_search(self) -> None:
        """Filter the list, or search the text if the viewer has the focus."""
        if self.panes.reading:
            await self.export.run_flow(self.reader.search)
        else:
            await self.list.ask_filter()

    async def show_help(self) -> None:
        """Show the keys; while a filter is typed, the filter language."""
        from poptui.tui.screens.help import HelpScreen

        await self._host.push(HelpScreen(self._host.keymap, filters=self.panes.prompt.open))

    def keymap_changed(self) -> None:
        """Use another keymap, and show its keys."""
        self._bindings = bindings(of_screen(), self._host.keymap)
        self.reader.loader.redraw()
        self.list.show_status()
        self.panes.key_bar.keymap_changed()
        self.update_key_bar()

    @property
    def takes_sequences(self) -> bool:
        """Whether keys go to the list or the viewer, so that they may begin a sequence."""
        return self.focused in (self.panes.messages, self.panes.viewer)

    def say_unknown(self, key: str) -> None:
        """Say that ``key``, which is printable, does nothing, and where to find the keys."""
        advice = (
            f"Press {'F1' if self.panes.prompt.open else self._host.keymap.hint('help')} for help."
        )
        self._host.say(
            f"{key!r} does nothing here." + ("" if self.panes.question.open else f" {advice}")
        )

    # Changes of the mailbox

    def _on_change(self, change: Change) -> None:
        """Notify of new mail at once, while it is known whether a key asked for it; others wait."""
        if isinstance(change, NewMail):
            self.new_mail.new_mail_arrived(change.entries)
        else:
            self._changes.add(change)

    @on(Changed)
    def changes_arrived(self, event: Changed) -> None:
        """Redraw only what the changes affect."""
        touched: dict[MessageEntry, None] = {}
        listed = loaded = False
        for change in event.changes:
            match change:
                case Listed():
                    listed = True
                case Loaded(entries) | Marked(entries) | Scored(entries):
                    touched.update(dict.fromkeys(entries))
                    loaded = loaded or isinstance(change, Loaded)
                case StateChanged(state, reason):
                    is_known = reason == self.reader.loader.error
                    self.session.state_changed(state, reason, is_known=is_known)
                case PasswordNeeded(refusal):
                    self.session.ask_password(refusal)
                case AuthorizationNeeded(reason):
                    self.session.ask_authorization(reason)
                case Vanished(entries):
                    self.session.tell_vanished(entries)
                case Notice(text):
                    self._host.add_notice(text)
        if listed:
            self.list.show_listing()
            self._host.show_title(messages(len(self._mailbox.listing.entries)))
            self.session.offer_previous_marks()
        elif touched:
            self.list.entries_changed(touched)
        if (entry := self.panes.messages.entry) in touched:
            self.reader.loader.header_loaded(entry)
        if loaded and touched and self._mailbox.headers.missing == 0:
            self._host.background(self.list.counts.flag_duplicates(), group="duplicates")
        self.list.show_status()
        self._has_marks = bool(self._mailbox.marks.marked())
        self.update_key_bar()

    # Messages from widgets

    @on(Viewer.Shown)
    def page_shown(self) -> None:
        """Update the keys for this page."""
        self.update_key_bar()

    @on(MessageList.Moved)
    def cursor_moved(self, event: MessageList.Moved) -> None:
        """Show the card of the row under the cursor, without downloading anything."""
        self.reader.loader.point_at(event.entry, self.list.groups.card() or NOTHING)
        self.update_key_bar()

    @on(MessageList.Scrolled)
    def list_scrolled(self) -> None:
        """Load the headers of the rows on screen first."""
        self._mailbox.headers.prioritize(self.panes.messages.on_screen())

    @on(MessageList.Chosen)
    def row_chosen(self) -> None:
        """A double click on a row opens it."""
        self.open()

    @on(MessageList.ColumnClicked)
    def column_clicked(self, event: MessageList.ColumnClicked) -> None:
        """A click on the name of a column sorts by it."""
        self.list.sort_by(event.key)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag the line between the panes."""
        if self.divider.is_at(event):
            self.divider.is_dragged = True
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the line between the panes."""
        if self.divider.is_dragged:
            self.divider.drag_to(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Leave the line between the panes where it is."""
        if self.divider.is_dragged:
            self.divider.is_dragged = False
            self.release_mouse()

    def on_resize(self) -> None:
        """Fit panes, tour and card to the new size."""
        self.panes.tour.fit()
        self.call_after_refresh(self.reader.loader.redraw_card)
        if self.divider.was_dragged:
            self.call_after_refresh(self.divider.apply)

    @on(Prompt.Typed)
    def filter_typed(self, event: Prompt.Typed) -> None:
        """Filter by the text at the prompt."""
        self.list.filter_typed(event.text)
        self.update_key_bar()

    @on(Prompt.Kept)
    def filter_kept(self, event: Prompt.Kept) -> None:
        """Keep the filter: the prompt was left with Enter or Tab."""
        self.list.filter_kept(event.text)
        self.update_key_bar()

    @on(TourStrip.EndClicked)
    def tour_end_clicked(self) -> None:
        """A click on the end of the tour."""
        self.tour.end()

    @on(KeyBar.Pressed)
    async def key_clicked(self, event: KeyBar.Pressed) -> None:
        """A click on the key bar does what the key does."""
        await self.action_act(event.action.id)

    def update_key_bar(self) -> None:
        """Show the state and the keys that can be used now, and update the tour."""
        self.session.show_state()
        if self.is_active:
            self.tour.update()
        if not self.panes.question.has_keys:
            self.panes.key_bar.show_contexts(frozenset(self._contexts()))

    def _contexts(self) -> Iterator[KeyContext]:
        if self.panes.reading:
            yield KeyContext.VIEWER
            opened = self.reader.loader.opened
            if opened is None:
                yield KeyContext.CARD
            else:
                yield KeyContext.OPENED if opened.whole else KeyContext.PREVIEW
                if opened.parsed.attachments:
                    yield KeyContext.ATTACHED
                if opened.other_form is not None:
                    yield KeyContext.TWO_FORMS
        elif not self._mailbox.listing.entries and not self._is_connecting:
            yield KeyContext.NO_MESSAGES
        else:
            yield KeyContext.LIST
        if self.panes.messages.heading is not None:
            yield KeyContext.GROUP
        elif self.panes.messages.row is None and not self._is_connecting:
            yield KeyContext.EMPTY
        if self._mailbox.marks.readonly:
            yield KeyContext.READ_ONLY
        if self._has_marks:
            yield KeyContext.MARKED
        if self.list.spec.filter is not None:
            yield KeyContext.FILTERED
        if self.list.counts.spam_and_tagged[1]:
            yield KeyContext.TAGGED

    @property
    def _is_connecting(self) -> bool:
        return self._mailbox.session.state is ConnectionState.CONNECTING

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Give the pane with the focus more room, and show its keys."""
        if event.widget not in (self.panes.viewer, self.panes.messages):
            return
        # The event may be late: the focus may be elsewhere already.
        self.set_class(self.panes.reading, "-reading")
        self.reader.loader.redraw_card()
        self.update_key_bar()
