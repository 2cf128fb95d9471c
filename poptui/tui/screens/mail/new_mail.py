"""Checks for new mail periodically, and notifies the user."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from poptui.errors import PoptuiError
from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import messages
from poptui.printable import printable_line
from poptui.tui.host import Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.notices import notice_sequence
from poptui.tui.programs import run_program, with_argument
from poptui.tui.screens.mail.reader import ReaderController

SECONDS_PER_MINUTE = 60.0


class NewMailController:
    """Refreshes the listing every ``check_every`` minutes, unless the user is busy.

    The server may ask for more time between logins (LOGIN-DELAY); the session waits that long.
    """

    def __init__(self, mailbox: MailboxProtocol, host: Host, reader: ReaderController) -> None:
        self._mailbox, self._host, self._reader = mailbox, host, reader
        self._is_checking = False

    def start(self) -> None:
        """Start checking, if it is turned on in the settings."""
        if minutes := self._host.settings.check_every:
            self._host.background(self._check_forever(minutes), group="new mail")

    async def _check_forever(self, minutes: float) -> None:
        while True:
            await asyncio.sleep(minutes * SECONDS_PER_MINUTE)
            if self._may_check():
                await self.check()

    def _may_check(self) -> bool:
        """Whether a new session would interrupt nothing."""
        state = self._mailbox.session.state
        is_idle = state in (ConnectionState.ONLINE, ConnectionState.RELEASED)
        return is_idle and self._host.dialogs.is_idle and not self._reader.loader.busy

    async def check(self) -> None:
        """Check once. Errors are reported as changes of the connection."""
        was_released = self._mailbox.session.state is ConnectionState.RELEASED
        self._is_checking = True
        try:
            await self._mailbox.session.refresh()
            if was_released:
                await self._mailbox.session.release()
        except PoptuiError:
            return
        finally:
            self._is_checking = False

    def new_mail_arrived(self, entries: Sequence[MessageEntry]) -> None:
        """Notify the user if new mail was found without a key press; the list shows it already."""
        if not self._is_checking:
            return
        settings = self._host.settings
        sentence = f"{messages(len(entries)).replace(' ', ' new ', 1)} in {self._mailbox.title}"
        if sequence := notice_sequence(settings.notify, "poptui", sentence):
            self._host.write_control(sequence)
        if settings.notify_command:
            words = with_argument(settings.notify_command, printable_line(sentence))
            self._host.background(self._run(words), group="notify")

    async def _run(self, words: list[str]) -> None:
        try:
            await run_program(words)
        except PoptuiError as error:
            self._host.say(f"{error} Check notify_command in config.toml.", is_error=True)
