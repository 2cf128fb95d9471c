"""The Textual app: the screen of the mailbox, the ways out, and what a crash comes to."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.console import RenderableType
from textual import events
from textual.actions import ActionParseResult
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from poptui.errors import ExitCode, PoptuiError
from poptui.mailbox.changes import Change, ConnectionState
from poptui.mailbox.entry import MessageEntry
from poptui.printable import printable_line
from poptui.storage.settings import Settings
from poptui.tui import themes
from poptui.tui.actions.action import Action, ActionGroup, Scope, shown_key
from poptui.tui.actions.registry import ACTIONS, BY_ID, bindings, of_app
from poptui.tui.flows.dialog_queue import DialogQueue
from poptui.tui.flows.leaving import ExitFlows, ExitResult
from poptui.tui.flows.password import log_in_again
from poptui.tui.keyboard import behind_escape, escape
from poptui.tui.painting.terminal import shows_colours
from poptui.tui.palette import open_palette
from poptui.tui.screens.dialog import Dialog
from poptui.tui.screens.mail.screen import MailScreen
from poptui.tui.screens.result import vanished_screen
from poptui.tui.screens.type_ahead import is_meant
from poptui.tui.serial_input import Struck
from poptui.tui.suspending import Suspending

if TYPE_CHECKING:
    from poptui.mailbox.mailbox import Mailbox

logger = logging.getLogger(__name__)

NOT_IN_PALETTE = ("quit", "command_palette")
"""The palette itself, and the quit that depends on the pane: ``leave`` stands there for it."""

WARM_UP = 0.5
"""Seconds after the first picture until what is not needed at once is loaded."""

CLICKED = (events.MouseDown, events.MouseScrollDown)
"""What shows that somebody is there, beside what is typed."""

LOOKING = "Looking for new mail …"

CRASH_CODE = ExitCode.SERVER
"""For a failure of poptui itself, which has no code of its own."""


class PoptuiApp(DialogQueue, inherit_bindings=False):
    """poptui on a terminal. ``connecting`` is the first connection, already on its way."""

    TITLE = "poptui"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(of_app())]
    ALLOW_SELECT = False
    CSS = """
    ModalScreen { background: $background 60%; }
    ModalScreen:ansi { background: transparent; }
    """

    def __init__(
        self,
        mailbox: Mailbox,
        *,
        connecting: Awaitable[None] | None = None,
        notices: Sequence[str] = (),
        earlier: Sequence[Change] = (),
        settings: Settings | None = None,
    ) -> None:
        colourless = bool(os.environ.get("NO_COLOR")) or not shows_colours()
        _tell_textual(colourless)
        super().__init__(ansi_color=True if colourless else None)
        self.animation_level = "none"
        self.mailbox = mailbox
        self.settings = settings or Settings()
        self.mail = MailScreen(mailbox, earlier)
        self.ways_out = ExitFlows(self)
        self.crash: BaseException | None = None
        self._connecting = connecting
        self._notices = [*notices, *self._choose_theme(self.settings.theme, colourless)]
        self._kept_out: ExitResult | None = None
        """What is to be said if the server never lets us in."""
        self._vanished: list[MessageEntry] = []
        self.suspending = Suspending(self, self._continued)

    def _choose_theme(self, wanted: str, colourless: bool) -> Iterable[str]:
        """Install our themes and take ``wanted``; sentences on what is wrong with them."""
        self._our_themes, notice = themes.install(cast("App[object]", self))
        default = themes.WITHOUT_COLOUR if colourless else themes.DARK
        for name in (default if colourless else wanted, default):
            if name in self.available_themes:
                self.theme = name
                break
        unknown = wanted not in self.available_themes
        ours = " and ".join(self._our_themes)
        return filter(
            None, [notice, f"There is no theme {wanted!r}; there are {ours}." if unknown else ""]
        )

    def get_default_screen(self) -> Screen[None]:
        """The mailbox's screen is the bottom of the stack."""
        return self.mail

    def on_ready(self) -> None:
        """Wait for the first connection, and tell what the start brought up.

        After the first picture: a bar that grows before it stays one line high.
        """
        self.suspending.install()
        self.background(self._first_connection())
        self.background(self._warm_up())
        if self._notices:
            self.mail.call_after_refresh(self.mail.key_bar.add, " ".join(self._notices))

    async def _warm_up(self) -> None:
        """Load what malformed headers need before one comes, so that it holds up no key."""
        from poptui.mail.headers.mailparse import load

        await asyncio.sleep(WARM_UP)
        await asyncio.to_thread(load)

    async def _first_connection(self) -> None:
        try:
            await (self._connecting or self.mailbox.connect())
        except PoptuiError as fault:
            if self.mailbox.state is not ConnectionState.WAITING:
                self.exit(ExitResult(fault.exit_code, str(fault)))
            self._kept_out = ExitResult(fault.exit_code, str(fault))

    def say(self, sentence: str, *, fault: bool = False) -> None:
        """One clean sentence on the bottom line."""
        self.mail.say(sentence, fault=fault)

    def say_result(self, sentence: str) -> None:
        """What a commit did: it stays until a key is pressed, and nothing is asked before that."""
        self.mail.hold(sentence)

    @property
    def must_wait(self) -> bool:
        """Whether a question that nobody called for would hide a result."""
        return self.mail.is_mounted and self.mail.key_bar.holds

    async def on_event(self, event: events.Event) -> None:
        """A click is answered, like a key, where the user can have read what is there."""
        if not isinstance(event, CLICKED) or event.is_forwarded or self._heeds(event):
            await super().on_event(event)

    async def answer(self, key: Struck) -> None:
        """Any key takes the last notice away, then does what it does."""
        if not self._heeds(key):
            return
        if isinstance(key, events.Key) and (letter := behind_escape(key)):
            await self._escape_then(letter)
            return
        held = self.mail.is_mounted and self.mail.key_bar.holds
        if self.mail.is_mounted:
            self.mail.key_bar.release()
        await super().answer(key)
        if held:
            self.next_in_turn()

    def _heeds(self, event: events.Event) -> bool:
        """Somebody is there; whether what he did may be for what is on the screen."""
        self.mailbox.touch()
        return not self.screen_stack or is_meant(event, self.screen)

    async def _escape_then(self, letter: events.Key) -> None:
        """Escape, then ``letter``; in a dialog Escape alone, for the letter is not meant for it."""
        if self.screen is self.mail:
            self.mail.action_back()
            await self.answer(letter)
        else:
            await self.answer(escape())

    def send(self, sequence: str) -> None:
        """Write a control sequence of ours to the terminal, beside what is painted."""
        if self._driver is not None:
            self._driver.write(sequence)
            self._driver.flush()

    # Work that must not hold up the interface

    def background(self, work: Coroutine[Any, Any, None], *, group: str = "default") -> None:
        """Run ``work``; a failure of ours in it is told, not fatal: the marks stay."""
        self.run_worker(work, group=group, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell that something in the background failed, and keep the details for the log."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            logger.error("background work failed", exc_info=error)
            self.say(
                f"poptui failed at this ({type(error).__name__}); --debug FILE keeps the details.",
                fault=True,
            )

    def ask_password(self, said: str) -> None:
        """The server refused the password, as ``said``: ask for another."""
        self.in_turn("password", partial(log_in_again, self, said))

    def tell_vanished(self, entries: Sequence[MessageEntry]) -> None:
        """Messages went that nobody confirmed: name them as soon as nothing else is asked."""
        self._vanished += entries
        self.in_turn("vanished", self._show_vanished)

    async def _show_vanished(self) -> None:
        vanished, self._vanished = self._vanished, []
        await self.push_screen_wait(vanished_screen(vanished))

    def refresh_mailbox(self) -> None:
        """Connect anew, once at a time."""
        if not any(worker.group == "refresh" and worker.is_running for worker in self.workers):
            self.background(self._refresh_mailbox(), group="refresh")

    async def _refresh_mailbox(self) -> None:
        self.say(LOOKING)
        try:
            await self.mailbox.refresh()
        except PoptuiError as fault:
            self.say(f"{fault} r tries again.", fault=True)
        else:
            if self.mail.key_bar.notice == LOOKING:
                self.mail.hush()

    # Keys and actions

    def on_key(self, event: events.Key) -> None:
        """Say that a key does nothing, if nobody answers it."""
        if event.key in self.screen.active_bindings:
            return
        character = event.character if event.is_printable else None
        shown = printable_line(character or shown_key(event.key))
        if isinstance(self.screen, Dialog):
            self.screen.say_unknown(shown)
        elif self.screen is self.mail:
            self.say(f"{shown!r} does nothing here. {self.mail.where_help_is}".rstrip())

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action, unless it is on a message that the user cannot see."""
        ours = BY_ID.get(action) if isinstance(action, str) else None
        if (
            ours is not None
            and default_namespace is self.mail
            and not await self.mail.may_act(ours)
        ):
            return True
        return await super().run_action(action, default_namespace, namespaces)

    async def action_quit(self) -> None:
        """Every way out by key or palette goes through the same question."""
        await self.ask(self.ways_out.quit)

    async def action_leave(self) -> None:
        """Out of a dialog or a prompt; where there is none, out of the program."""
        if self.screen is not self.mail or self.mail.prompt.open or self.mail.question.open:
            await self.answer(escape())
        else:
            await self.action_quit()

    def action_command_palette(self) -> None:
        """The palette."""
        open_palette(self)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette's entries: our actions, then the themes."""
        for action in ACTIONS:
            if action.group is not ActionGroup.MOVING and action.id not in NOT_IN_PALETTE:
                title = action.label.capitalize()
                yield SystemCommand(title, action.help, partial(self._act, action))
        for name in self._our_themes:
            yield SystemCommand(f"Theme {name}", "Change the colours", partial(self._paint, name))

    async def _act(self, action: Action) -> None:
        await self.run_action(action.id, self.mail if action.scope is Scope.SCREEN else self)

    def _paint(self, theme: str) -> None:
        self.theme = theme

    def action_suspend(self) -> None:
        """Stop, and leave the terminal to the shell until it says ``fg``."""
        self.suspending.suspend()

    def _continued(self) -> None:
        self.action_redraw()
        self.call_later(lambda: self.background(self.mailbox.check_line()))

    # Ends that nobody asked for

    def stop(self, code: int) -> None:
        """End at once without QUIT: a signal, or no terminal any more."""
        self.mailbox.abandon()
        self.exit(ExitResult(code, f"Interrupted; {self.ways_out.so_far}."))

    def panic(self, *renderables: RenderableType) -> None:
        """Textual prints tracebacks here; we end without, and the log has the story."""
        self._fatal_error()

    def _fatal_error(self) -> None:
        """Textual prints local variables here, letters and passwords among them; we do not."""
        self.crash = self._exception or RuntimeError("the terminal's input failed")
        logger.critical("poptui failed", exc_info=self.crash)
        self._close_messages_no_wait()

    def farewell(self) -> ExitResult:
        """How the run ended, asked after it."""
        if self.crash is None and self._kept_out is not None and not self.mailbox.reached:
            return self._kept_out
        if self.crash is None:
            return self.return_value or ExitResult()
        return ExitResult(
            CRASH_CODE,
            f"Failed inside ({type(self.crash).__name__}) and stopped; "
            f"{self.ways_out.so_far}. "
            "Run it with --debug FILE to keep the details.",
        )


def _tell_textual(colourless: bool) -> None:
    """Set NO_COLOR as Textual reads it, which takes an empty one for set."""
    if colourless:
        os.environ["NO_COLOR"] = "1"
    else:
        os.environ.pop("NO_COLOR", None)
