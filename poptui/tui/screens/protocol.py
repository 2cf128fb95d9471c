"""The protocol pane: the transcript of the session, and a field to type commands by hand.

Commands go to ``Console.enter``; this screen asks the questions that they lead to.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from poptui.errors import PoptuiError, UsageError
from poptui.mailbox.access.console import DialogNeeded
from poptui.net.transcript import Transcript, saved_lines
from poptui.pop3.typed import MAX_TYPED_CHARACTERS, USAGE, completions, holds_secret
from poptui.printable import printable_line
from poptui.storage.saving import folder
from poptui.text.format import count, size
from poptui.threads import run_detached
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.screens.deletion import YES, unmark_screen
from poptui.tui.screens.dialog import DialogBox, KeyHint, PaneScreen
from poptui.tui.widgets.transcript_view import TranscriptView

LOG_HINT = (
    ":  Type a command   Enter  Unfold   /  Search   f  Commands only   p  Pause   S  Save"
    "   Esc  Close"
)
TYPING_HINT = "Enter  Send   Tab  Complete   ↑ ↓  History   PgUp  Scroll   Esc  Back"
INVITATION = "Press : and type a command"
"""The text of the field without the focus; letters are keys of the transcript then."""
SEARCH_HINT = "Enter  Find   n N  Next, previous   Esc  Back"
FILE_NAME = "poptui-session-{:%Y%m%d-%H%M%S}.log"
MAX_HISTORY = 200


class CommandHistory:
    """The lines that were typed while poptui runs."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._index = 0
        self._draft = ""

    def add(self, line: str) -> None:
        """Remember a line that was sent."""
        self._lines = [*(old for old in self._lines if old != line), line][-MAX_HISTORY:]
        self._index = len(self._lines)

    def step(self, direction: int, text: str) -> str:
        """Return the line before (-1) or after the present one; ``text`` is the unfinished line."""
        if self._index == len(self._lines) and direction < 0:
            self._draft = text
        self._index = max(0, min(len(self._lines), self._index + direction))
        return [*self._lines, self._draft][self._index]


class CommandField(Input):
    """The field for a command; keys that it doesn't use go to the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "screen.history(-1)", show=False),
        Binding("down", "screen.history(1)", show=False),
        Binding("pageup", "screen.scroll(-1)", show=False),
        Binding("pagedown", "screen.scroll(1)", show=False),
    ]

    class TooLong(Message):
        """More was pasted than a command can hold; nothing was taken."""

    def on_paste(self, event: events.Paste) -> None:
        """Refuse a text that is too long for a command: half of one could do anything."""
        first_line = event.text[: 2 * MAX_TYPED_CHARACTERS].strip().partition("\n")[0]
        if len(first_line) + len(self.value) > MAX_TYPED_CHARACTERS:
            event.prevent_default().stop()
            self.post_message(self.TooLong())


class ProtocolScreen(PaneScreen[None]):
    """Shows the conversation with the server, and a line to type a command."""

    AUTO_FOCUS = "TranscriptView"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("q,tilde", "close", show=False),
        Binding("colon,i", "type", show=False),
        Binding("tab", "complete", show=False),
        Binding("slash", "search", show=False),
        Binding("n", "find(1)", show=False),
        Binding("N", "find(-1)", show=False),
        Binding("f", "filter", show=False),
        Binding("A", "fold_all", show=False),
        Binding("p", "pause", show=False),
        Binding("S", "save", show=False),
    ]
    DEFAULT_CSS = """
    ProtocolScreen #line { height: 1; background: $panel; padding: 0 1; }
    ProtocolScreen #line Static { width: auto; background: $panel; color: $foreground-muted; }
    ProtocolScreen #sign { color: $accent; text-style: bold; }
    ProtocolScreen Input, ProtocolScreen Input:focus {
        width: 1fr; background: $panel; color: $foreground; background-tint: $background 0%;
    }
    ProtocolScreen Input > .input--placeholder { color: $foreground-muted; }
    """

    def __init__(
        self,
        mailbox: MailboxProtocol,
        host: Host,
        history: CommandHistory,
        *,
        number: int | None,
        save_in: Path,
        quit: Callable[[], Awaitable[None]],
    ) -> None:
        """``number`` is the message that Tab fills in; ``quit`` quits, after the necessary
        questions."""
        super().__init__()
        self._mailbox, self._host, self._history = mailbox, host, history
        self._number, self._save_in, self._quit = number, save_in, quit
        self._session: object = None
        """The session in which the command in the field was begun."""
        self._offered: list[str] = []
        """The completions that Tab offers next for the text in the field."""
        self._searched = ""
        self._searching = False
        self._view = TranscriptView(self._transcript)
        self._field = CommandField(
            compact=True, max_length=MAX_TYPED_CHARACTERS, placeholder=INVITATION
        )
        self._field.cursor_blink = False

    @property
    def _transcript(self) -> Transcript:
        return self._mailbox.console.transcript

    def compose(self) -> ComposeResult:
        """The transcript, the line for commands, the keys."""
        with DialogBox("Protocol"):
            yield self._view
            with Horizontal(id="line"):
                yield Static("C: ", markup=False, id="sign")
                yield self._field
                yield Static("", markup=False, id="usage")
            yield KeyHint(LOG_HINT)

    def on_mount(self) -> None:
        """Show the title."""
        self._show_title()

    # The transcript

    @on(TranscriptView.Changed)
    def _show_title(self) -> None:
        transcript, view = self._transcript, self._view
        dropped = f"{count(transcript.dropped)} older records dropped"
        self.show_title(
            "Protocol",
            self._mailbox.title,
            f"{dropped} ({size(transcript.dropped_bytes)})" if transcript.dropped else "",
            "commands only" if view.rows.commands_only else "",
            f"paused, {count(view.rows.waiting)} new" if view.rows.is_paused else "",
            "" if view.follows or view.rows.is_paused else "G follows the end",
        )

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the focus."""
        is_typing = self.focused is self._field
        hint = SEARCH_HINT if self._searching else TYPING_HINT if is_typing else LOG_HINT
        self.offer(hint)
        self._field.placeholder = "" if is_typing else INVITATION
        self._view.refresh()

    # Moving, folding, filtering

    def action_scroll(self, direction: int) -> None:
        """Scroll by a page while a command is typed."""
        self._view.action_page(direction)

    def action_filter(self) -> None:
        """Show commands only, or everything."""
        self._view.toggle_filter()

    def action_fold_all(self) -> None:
        """Unfold or fold all replies."""
        self._view.fold_all()

    def action_pause(self) -> None:
        """Pause the transcript, or go on."""
        self._view.toggle_pause()

    def action_back(self) -> None:
        """Leave the field; in the transcript, close the pane."""
        if self.focused is self._field:
            self._leave_field()
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Close the pane."""
        self.dismiss(None)

    # Searching

    def action_search(self) -> None:
        """Ask for a text to search for."""
        self._searching = True
        self._open_field("/ ", "")

    async def action_find(self, direction: int) -> None:
        """Go to the next or previous match."""
        if not self._searched:
            self.action_search()
        elif not await self._view.search(self._searched, direction):
            self.say(f"Not found: {printable_line(self._searched)}")

    # Typing

    def action_type(self) -> None:
        """Type a command."""
        self._searching = False
        self._open_field("C: ", "")

    def _open_field(self, sign: str, text: str) -> None:
        self.query_one("#sign", Static).update(sign)
        self._set_text(text)
        self._field.focus()
        self.on_descendant_focus()

    def _leave_field(self) -> None:
        self._searching = False
        self._field.value = ""
        self.query_one("#sign", Static).update("C: ")
        self._view.focus()

    def action_history(self, direction: int) -> None:
        """Show an earlier or a later line in the field."""
        if not self._searching:
            self._set_text(self._history.step(direction, self._field.value))

    def action_complete(self) -> None:
        """Complete the verb or its argument; again: the next possibility."""
        if self._searching:
            return
        if self.focused is not self._field:
            self.action_type()
            return
        text, offered = self._field.value, self._offered
        if text in offered and len(offered) > 1:
            self._set_text(offered[(offered.index(text) + 1) % len(offered)])
        elif offered := completions(text, self._number):
            self._offered = offered
            self._set_text(offered[0])

    def _set_text(self, text: str) -> None:
        """Put a line into the field, for the present session."""
        self._session = self._mailbox.console.session
        self._field.value = text
        self._field.cursor_position = len(text)

    @on(CommandField.TooLong)
    def _paste_refused(self) -> None:
        self.say(f"A command has at most {MAX_TYPED_CHARACTERS} characters: nothing was pasted.")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        """Show how the verb is used; note in which session the command was begun."""
        event.stop()
        if len(event.value) <= 1:
            self._session = self._mailbox.console.session
        words = event.value.split()
        usage = USAGE.get(words[0].upper()) if words and not self._searching else None
        shown = f"  {usage.form}: {usage.help}" if usage else ""
        room = self.size.width // 2
        self.query_one("#usage", Static).update(shown if len(shown) <= room else "")

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._searching:
            self._searched = event.value or self._searched
            self._leave_field()
            if self._searched:
                await self.action_find(1)
        elif event.value.strip():
            session = self._session
            self._set_text("")
            self._view.action_bottom()
            self._host.background(self._enter(event.value, session), group="console")

    async def _enter(self, line: str, session: object) -> None:
        """Carry out a line; if it wasn't sent, it returns to the field, unless it holds a
        password."""
        try:
            answer = await self._mailbox.console.enter(line, session)
        except PoptuiError as error:
            self.say(printable_line(str(error)))
            if isinstance(error, UsageError) and not (holds_secret(line) or self._field.value):
                self._set_text(line)
            return
        self._history.add(line)
        if answer is DialogNeeded.QUIT:
            await self._quit()
        elif answer is DialogNeeded.UNMARK_ALL:
            self._host.dialogs.run_exclusive(self._unmark_all)
        else:
            self.say(printable_line(answer))

    async def _unmark_all(self) -> None:
        marked = self._mailbox.marks.marked()
        if marked and await self._host.dialog(unmark_screen(marked)) != YES:
            self.say("Nothing was sent; all marks stay.")
            return
        self._mailbox.marks.unmark_all()
        self._mailbox.console.reset()

    # Saving

    def action_save(self) -> None:
        """Write the transcript to a new file, without secrets."""
        self._host.background(self._save(), group="console")

    async def _save(self) -> None:
        name = FILE_NAME.format(datetime.now())
        records = list(self._transcript.records)

        def write() -> str:
            with folder(self._save_in) as target:
                lines = ((line + "\n").encode() for line in saved_lines(records))
                return target.save(name, lines)

        try:
            name = await run_detached(write)
        except PoptuiError as error:
            self.say(printable_line(str(error)))
        else:
            self.say(f"Saved as {printable_line(str(self._save_in / name))}")
