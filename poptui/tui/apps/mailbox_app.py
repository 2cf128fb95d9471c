"""The Textual app: implements ``Host`` for the mailbox screen, and ends the program."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, TypeVar

from rich.console import RenderableType
from textual import events
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from poptui.errors import ExitCode, internal_error
from poptui.mailbox.changes import Change, ConnectionState
from poptui.printable import printable_line
from poptui.storage.settings import Settings
from poptui.storage.tour_record import TourRecord
from poptui.text.format import count
from poptui.tui.actions.action import Action, Scope
from poptui.tui.actions.bindings import bindings
from poptui.tui.actions.keymaps import keymap_of
from poptui.tui.actions.registry import of_app
from poptui.tui.apps.key_router import KeyRouter
from poptui.tui.dialog_queue import DialogQueue
from poptui.tui.flows.first_connection import FirstConnection
from poptui.tui.flows.leaving import ExitFlows
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.notices import NoticeLog, WindowTitle
from poptui.tui.painting.app import FIELD_CSS
from poptui.tui.painting.capabilities import shows_colours
from poptui.tui.palette import (
    Source,
    account_entries,
    action_entries,
    filter_entries,
    keymap_entries,
    theme_entries,
)
from poptui.tui.preferences import Preferences, ThemeChooser
from poptui.tui.results import ExitResult
from poptui.tui.screens.mail.screen import MailScreen
from poptui.tui.serial_input import (
    InputEvent,
    SerialInputApp,
    escape_key,
)
from poptui.tui.suspending import Suspender
from poptui.tui.themes import ThemeCatalogue, user_folder

logger = logging.getLogger(__name__)

R = TypeVar("R")

WARM_UP_DELAY_S = 0.5
"""Delay after the first screen before modules are loaded that are not needed at once."""

RECONNECT_DELAY_S = 0.2
"""After an idle release the first key reconnects only after this delay, in case it quits."""

MOUSE_ON = "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h"
MOUSE_OFF = "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
"""The sequences that Textual's driver sends to end mouse reports."""

USER_EVENTS = (events.MouseDown, events.MouseScrollDown)
"""Events that, like keys, show that the user is active."""

CRASH_CODE = ExitCode.SERVER
"""The exit code for internal errors."""


class PoptuiApp(SerialInputApp[ExitResult], inherit_bindings=False):
    """The app of an open mailbox. Textual offers its hooks only to subclasses of App."""

    TITLE = "poptui"
    ALLOW_SELECT = False
    CSS = f"""
    {FIELD_CSS}
    ModalScreen {{ background: $background 60%; }}
    ModalScreen:ansi {{ background: transparent; }}
    """

    def __init__(
        self,
        mailbox: MailboxProtocol,
        *,
        connecting: Awaitable[None] | None = None,
        notices: Sequence[str] = (),
        earlier: Sequence[Change] = (),
        settings: Settings | None = None,
        tour: TourRecord | None = None,
    ) -> None:
        """``connecting`` is the first connection, already on its way.

        ``tour``: in the demo, whether the tour was shown before.
        """
        colourless = bool(os.environ.get("NO_COLOR")) or not shows_colours()
        _set_no_color(colourless)
        super().__init__(ansi_color=True if colourless else None)
        self.animation_level = "none"
        self._mailbox = mailbox
        self.settings = settings or Settings()
        self.keymap = keymap_of(self.settings)
        self._bindings = bindings(of_app(), self.keymap)
        self.dialogs = DialogQueue(self)
        self.exits = ExitFlows(self, mailbox)
        self.mail = MailScreen(mailbox, self, self.exits, earlier, tour)
        self.keys = KeyRouter(
            self,
            self,
            self.mail,
            touch=self._touch,
            act=self._act,
            pass_on=super().answer,
        )
        self.first_connection = FirstConnection(
            self, mailbox, connecting, lambda error: self.mail.session.retry_first_login(error)
        )
        self.suspender = Suspender(self, self._resumed)
        self.crash: BaseException | None = None
        self.uses_mouse = self.settings.mouse
        self._notice_log = NoticeLog()
        self._title = WindowTitle(wanted=self.settings.title)
        self.preferences = Preferences(self)
        self.themes = ThemeChooser(
            self,
            ThemeCatalogue(user_folder(self.settings.path)),
            self.preferences,
            colourless=colourless,
        )
        about_themes = map(self.keymap.filled, self.themes.start(self.settings.theme))
        self._notices = [*notices, *about_themes]

    def _choose_keymap(self, name: str) -> None:
        """Switch to another keymap, and keep it for the next start."""
        self.keymap.switch_to(name)
        self._bindings = bindings(of_app(), self.keymap)
        self.mail.keymap_changed()
        self.say(f"Keymap {name} is on; {self.keymap.hint('help')} shows its keys.")
        self.preferences.keep("keymap", name)

    def get_default_screen(self) -> Screen[None]:
        """The mailbox screen is the bottom of the stack."""
        return self.mail

    def on_ready(self) -> None:
        """Connect, and show the notices of the start.

        Only after the first screen: a key bar that grows before it would stay one line high.
        """
        self.suspender.install()
        self.background(self.first_connection.run())
        self.background(self._warm_up())
        if self._notices:
            self.mail.call_after_refresh(self.add_notice, " ".join(self._notices))

    async def _warm_up(self) -> None:
        """Load the parser for malformed headers ahead of time, so that no key waits for it."""
        from poptui.mail.headers.mailparse import load

        await asyncio.sleep(WARM_UP_DELAY_S)
        await asyncio.to_thread(load)

    # Host: the bottom line

    def say(self, sentence: str, *, is_error: bool = False) -> None:
        """Show a printable sentence on the bottom line; "" changes nothing."""
        if sentence:
            self._notice_log.add(sentence)
            self.mail.panes.key_bar.say(sentence, is_error=is_error)
            self._say_in_pane(sentence)

    def say_result(self, sentence: str) -> None:
        """Show the result of a commit until a key is pressed."""
        self._notice_log.add(sentence)
        self.mail.panes.key_bar.hold(sentence)

    def add_notice(self, sentence: str) -> None:
        """Show a sentence behind the one that is shown now."""
        self._notice_log.add(sentence)
        self.mail.panes.key_bar.add(sentence)
        self._say_in_pane(sentence)

    def _say_in_pane(self, sentence: str) -> None:
        """Show a sentence on a screen that covers the bottom line."""
        if (dialog := self.keys.dialog) is not None:
            dialog.notice_arrived(printable_line(sentence))

    def clear_notice(self, sentence: str) -> None:
        """Show the keys again if ``sentence`` is what the bottom line shows now."""
        if self.mail.panes.key_bar.notice == sentence:
            self.mail.panes.key_bar.clear()

    def action_notices(self) -> None:
        """Show the earlier notices of the bottom line, with their times."""
        from poptui.tui.screens.result import NoticesScreen

        self.push_screen(NoticesScreen(self._notice_log.lines()))

    def show_title(self, state: str) -> None:
        """Show the account and ``state`` in the title of the terminal's window."""
        self.write_control(self._title.set(f"{self._mailbox.title}: {state} - poptui"))

    # Host: dialogs

    async def dialog(self, screen: Screen[R]) -> R | None:
        """Show a dialog and return its result."""
        return await self.push_screen_wait(screen)

    async def push(self, screen: Screen[Any]) -> None:
        """Show a screen without waiting for its result."""
        await self.push_screen(screen)

    @property
    def holds_result(self) -> bool:
        """Whether a result is shown that no dialog may cover yet."""
        return self.mail.is_mounted and self.mail.panes.key_bar.holds

    @property
    def is_exiting(self) -> bool:
        """Whether the program is about to end."""
        return self._exit

    @property
    def has_question(self) -> bool:
        """Whether the user is being asked something, in a dialog or on the bottom line."""
        return self.screen is not self.mail or self.mail.panes.question.open

    @property
    def has_dialog(self) -> bool:
        """Whether a dialog or the question on the bottom line gets the keys already."""
        if self.screen is self.mail:
            return self.mail.panes.question.has_keys
        return self.screen.is_mounted

    # Host: background work

    def background(
        self, work: Coroutine[Any, Any, None], *, group: str = "default", exclusive: bool = False
    ) -> Worker[None]:
        """Run ``work``; if it fails, show a notice and go on."""
        worker = self.run_worker(work, group=group, exclusive=exclusive, exit_on_error=False)
        assert worker._task is not None
        # Python complains of work that was cancelled before it began.
        worker._task.add_done_callback(lambda _: work.close())
        return worker

    def cancel(self, group: str) -> None:
        """Cancel the background work of a group."""
        self.workers.cancel_group(self, group)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show that background work failed, and log the error."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            logger.error("background work failed", exc_info=error)
            self.say(internal_error(error, "marks are safe"), is_error=True)

    # Host: the terminal

    def lend_terminal(self) -> AbstractContextManager[None]:
        """Give the terminal to another program, and paint nothing meanwhile."""
        return self.suspender.lend()

    def action_mouse(self) -> None:
        """Let the terminal handle the mouse, or handle it again."""
        self.uses_mouse = not self.uses_mouse
        if self._driver is not None:
            self._driver._mouse = self.uses_mouse  # kept after a suspension
            self.write_control(MOUSE_ON if self.uses_mouse else MOUSE_OFF)
        key = self.keymap.hint("mouse")
        self.say(
            "poptui uses the mouse again."
            if self.uses_mouse
            else f"The mouse selects text in the terminal now; {key} gives it back to poptui."
        )

    def action_suspend(self) -> None:
        """Stop, and leave the terminal to the shell until ``fg``."""
        self.suspender.suspend()

    def _resumed(self) -> None:
        self.action_redraw()
        self.call_later(lambda: self.background(self._mailbox.session.check(anyway=True)))

    # Keys and actions

    async def on_event(self, event: events.Event) -> None:
        """Ignore clicks on a dialog that the user can't have read yet.

        A click ends a sequence of keys.
        """
        if isinstance(event, events.MouseDown):
            self.keys.end_sequence()
        if not isinstance(event, USER_EVENTS) or event.is_forwarded or self.keys.accepts(event):
            await super().on_event(event)

    async def answer(self, key: InputEvent) -> None:
        """Pass the key to the router."""
        await self.keys.answer(key)

    def _touch(self) -> None:
        """Note that the user is active: keep the session, or reconnect after an idle release."""
        self._mailbox.session.touch()
        if self._mailbox.session.state is ConnectionState.RELEASED:
            self.set_timer(RECONNECT_DELAY_S, self._reconnect)

    def _reconnect(self) -> None:
        """Reconnect after an idle release, unless the key was to quit."""
        if not self.is_exiting:
            self._mailbox.session.connect_if_released()

    @property
    def needs_whole_packet(self) -> bool:
        """Whether the next key must wait until all keys that came with it are counted."""
        return self.keys.needs_whole_packet

    def say_dropped(self, number: int) -> None:
        """Show a notice that this many keys were ignored."""
        sentence = f"Too much was typed at once: {count(number)} characters were ignored."
        (self.keys.dialog or self).say(sentence)

    def on_key(self, event: events.Key) -> None:
        """Show a notice that a key does nothing, if no widget handles it."""
        self.keys.say_unanswered(event)

    async def action_quit(self) -> None:
        """Quit; all keys that quit lead to the same question."""
        await self.mail.action_act("quit")

    async def action_leave(self) -> None:
        """Close a dialog or a prompt; if there is none, quit."""
        if self.has_question or self.mail.panes.prompt.open:
            await self.answer(escape_key())
        else:
            await self.action_quit()

    async def action_command_palette(self) -> None:  # type: ignore[override]  # it is awaited
        """Show the palette; return once it gets the keys."""
        await self.dialogs.run_dialog(self._run_from_palette)

    async def _run_from_palette(self) -> None:
        from poptui.tui.screens.palette import PaletteScreen

        entries = [entry for source in self.palette_sources for entry in source()]
        screen = PaletteScreen(entries, restore=self.themes.restore)
        if (entry := await self.dialog(screen)) is not None:
            self.call_later(entry.run)

    async def _switch_account(self, name: str) -> None:
        await self.dialogs.run_dialog(partial(self.exits.to_accounts, name))

    async def _add_account(self) -> None:
        # Imported here because few sessions need it.
        from poptui.tui.flows.account_setup import add_account

        await self.dialogs.run_dialog(partial(add_account, self))

    @property
    def palette_sources(self) -> Sequence[Source]:
        """The functions whose entries the palette shows, in this order."""
        triage = self.mail.list
        return (
            lambda: action_entries(self.keymap, self._act, self.mail.availability.why_not),
            lambda: filter_entries(self.keymap, triage.saved, triage.apply_saved),
            lambda: theme_entries(self.themes),
            lambda: keymap_entries(self.keymap, self._choose_keymap),
            lambda: account_entries(self.settings, self._switch_account, self._add_account),
        )

    async def _act(self, action: Action) -> None:
        if action.scope is Scope.SCREEN:
            await self.mail.action_act(action.id)
        else:
            await self.run_action(action.id, self)

    # Unexpected ends

    def stop(self, code: int) -> None:
        """End at once without QUIT, because of a signal or because the terminal is gone."""
        self._mailbox.session.abandon()
        self.exit(ExitResult(code, f"Interrupted; {self.exits.deletion_state}."))

    def panic(self, *renderables: RenderableType) -> None:
        """End without printing the traceback, as Textual would; the log has it."""
        self._fatal_error()

    def _fatal_error(self) -> None:
        """End without printing local variables, as Textual would: mail and passwords are among
        them."""
        self.crash = self._exception or RuntimeError("the terminal's input failed")
        logger.critical("poptui failed", exc_info=self.crash)
        self._close_messages_no_wait()

    def on_unmount(self) -> None:
        """Restore the title of the window."""
        self.write_control(self._title.restore())

    def exit_result(self) -> ExitResult:
        """Return how the run ended; to be called after it."""
        if self.crash is None:
            failure = None if self._mailbox.session.reached else self.first_connection.failure
            if failure is None:
                return self.return_value or ExitResult()
            # A user who quits during a retry doesn't want to choose another account.
            return failure._replace(was_opened=self.return_value is not failure)
        return ExitResult(CRASH_CODE, internal_error(self.crash, self.exits.deletion_state))


def _set_no_color(colourless: bool) -> None:
    """Set or remove NO_COLOR; Textual would treat an empty one as set."""
    if colourless:
        os.environ["NO_COLOR"] = "1"
    else:
        os.environ.pop("NO_COLOR", None)
