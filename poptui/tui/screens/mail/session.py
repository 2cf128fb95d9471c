"""Refreshes, commits and quits; reports problems of the session; asks for passwords."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from poptui.errors import AuthorizationNeededError, LoginError, PoptuiError
from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import amount
from poptui.secret import Secret
from poptui.tui.flows.leaving import ExitFlows
from poptui.tui.host import BackgroundTask, Host
from poptui.tui.mailbox_protocol import MailboxProtocol
from poptui.tui.screens.mail.panes import Handlers, Panes
from poptui.tui.widgets.status_line import StateSentence

CHECKING = "Checking for new mail …"
STAY_OFFLINE, QUIT = "Stay offline", "Quit"
"""The label of Esc in a question about the login: to quit if the mailbox was never open."""

RECONNECTING = StateSentence("Reconnecting … Marks and list stay.", "Reconnecting …")
WAITING = StateSentence(
    "Offline: next try {time}, {refresh} tries now. Marks stay; {notices} shows what happened.",
    "Offline: next try {time}, {refresh} now.",
)
OFFLINE = StateSentence(
    "Offline: {refresh} tries to connect. Marks and list stay; {notices} shows what happened.",
    "Offline: {refresh} tries to connect.",
)
RELEASED = StateSentence(
    "Idle: disconnected so that others can log in; marks stay. Any key reconnects.",
    "Idle: any key reconnects.",
)
READ_ONLY_STATE = StateSentence(
    "Read-only: nothing can be marked or deleted. {open} opens, {save} saves a message.",
    "Read-only: {open} opens, {save} saves.",
)
PAUSED = StateSentence(
    "Paused: only headers of rows on the screen are loaded. {pause} loads the others.",
    "Headers paused: {pause} resumes.",
)
_REMEDIES = {
    ConnectionState.WAITING: "poptui reconnects by itself; {refresh} tries now.",
    ConnectionState.OFFLINE: "{refresh} tries again.",
}
"""Sentences on what poptui does next without a connection, and what the user can do."""
_EMPTY_HINTS = {
    ConnectionState.WAITING: "poptui reconnects by itself.   {refresh}  Try now   {quit}  Quit",
    ConnectionState.OFFLINE: "{refresh}  Try again   {quit}  Quit",
}
"""The same for an empty list."""


class SessionController:
    """Reports changes of the session, and asks the questions that they lead to."""

    def __init__(
        self, mailbox: MailboxProtocol, panes: Panes, host: Host, exits: ExitFlows
    ) -> None:
        self._mailbox, self._panes, self._host, self._exits = mailbox, panes, host, exits
        self._refreshing: BackgroundTask | None = None
        self._problem = ""
        """The last sentence about a lost connection."""
        self._vanished: list[MessageEntry] = []

    @property
    def handlers(self) -> Handlers:
        """The actions that are answered here."""
        return {
            "refresh": self.refresh,
            "commit": lambda: self._host.dialogs.run_dialog(self._exits.commit_and_stay),
            "discard": lambda: self._host.dialogs.run_exclusive(self._exits.discard),
            "accounts": lambda: self._host.dialogs.run_dialog(self._exits.to_accounts),
            "quit": self.quit,
        }

    async def quit(self) -> None:
        """Quit; if messages are marked, ask what to do with them."""
        await self._host.dialogs.run_dialog(self._exits.quit)

    # The connection

    def refresh(self) -> None:
        """Reconnect and check for new mail, unless that is under way; marks stay."""
        if self._refreshing is None or not self._refreshing.is_running:
            self._refreshing = self._host.background(self._refresh(), group="refresh")

    async def _refresh(self) -> None:
        self._host.say(CHECKING)
        try:
            await self._mailbox.session.refresh()
        except PoptuiError as error:
            self._host.say(f"{error} {self._remedy()}", is_error=True)
        else:
            self._host.clear_notice(CHECKING)

    def _remedy(self, state: ConnectionState = ConnectionState.OFFLINE) -> str:
        return self._host.keymap.filled(_REMEDIES.get(state, ""))

    def state_changed(self, state: ConnectionState, reason: str, *, is_known: bool) -> None:
        """Show the error, until the connection is back or a key is pressed.

        ``is_known``: the viewer shows it already.
        """
        if reason:
            stays = "Marks and list stay; " if self._mailbox.listing.entries else ""
            self._problem = f"{reason} {stays}{self._remedy(state)}".rstrip()
            hint = _EMPTY_HINTS.get(state, _EMPTY_HINTS[ConnectionState.OFFLINE])
            self._panes.messages.placeholder = f"{reason}\n{self._host.keymap.filled(hint)}"
            if not is_known:
                self._host.say(self._problem, is_error=True)
        elif state is ConnectionState.ONLINE and self._problem:
            self._host.clear_notice(self._problem)
            self._problem = ""

    def show_state(self) -> None:
        """Show the state of the session on a separate line, unless it is online.

        An empty list needs no such line: its placeholder says it.
        """
        sentence = self._state() if self._mailbox.listing.entries else None
        if sentence is not None:
            at = self._mailbox.session.next_try
            time = f"{at:%H:%M:%S}" if at else ""
            filled = (self._host.keymap.filled(text.replace("{time}", time)) for text in sentence)
            sentence = StateSentence(*filled)
        self._panes.state.show(sentence)

    def _state(self) -> StateSentence | None:
        """Return a sentence on the state; none for a short break, such as a refresh."""
        match self._mailbox.session.state:
            case ConnectionState.RELEASED:
                return RELEASED
            case ConnectionState.WAITING:
                return WAITING if self._mailbox.session.next_try else OFFLINE
            case ConnectionState.OFFLINE if self._problem:
                return OFFLINE
            case ConnectionState.CONNECTING if self._problem:
                return RECONNECTING
        if self._mailbox.marks.readonly:
            return READ_ONLY_STATE
        is_paused = self._mailbox.headers.paused and self._mailbox.headers.missing
        return PAUSED if is_paused else None

    # Questions because of the server or an earlier run

    def ask_password(self, refusal: str) -> None:
        """Ask for another password after the server refused the last one."""
        self._host.dialogs.enqueue("password", partial(self._log_in_again, refusal))

    async def _log_in_again(
        self, refusal: str, *, keep: bool = False, otherwise: str = STAY_OFFLINE
    ) -> bool:
        """Ask until a password is accepted, and return whether the login succeeded.

        Other errors are reported as changes of the session. ``keep``: keep it in the keyring,
        unless the user says otherwise. ``otherwise`` is the label of Esc.
        """
        from poptui.tui.screens.password import PasswordScreen

        mailbox, settings = self._mailbox, self._host.settings
        can_keep = bool(settings.url) and not settings.password_command
        while mailbox.session.takes_password:
            screen = PasswordScreen(
                mailbox.title, refusal, keep=keep if can_keep else None, otherwise=otherwise
            )
            answer = await self._host.dialog(screen)
            if answer is None:
                return False
            keep = answer.keep
            try:
                await mailbox.session.give_password(answer.password)
            except LoginError as error:
                refusal = str(error)
            except PoptuiError:
                return False
            else:
                if keep:
                    self._host.background(self._keep_password(answer.password), group="keyring")
                return True
        return False

    async def _keep_password(self, password: Secret) -> None:
        from poptui.storage.keyring_store import KeyringError, write_keyring

        try:
            await write_keyring(self._host.settings.server.account, password)
        except KeyringError as error:
            self._host.say(f"The password could not be saved. {error}", is_error=True)
        else:
            self._host.say("The password is in the keyring now.")

    def ask_authorization(self, reason: str) -> None:
        """Offer to authorize poptui, because there is no OAuth token."""
        self._host.dialogs.enqueue("authorization", partial(self._authorize_again, reason))

    async def _authorize_again(self, reason: str, otherwise: str = STAY_OFFLINE) -> bool:
        """Authorize and connect; return whether that succeeded. ``otherwise``: the label of Esc."""
        from poptui.tui.flows.authorizing import authorize

        while await authorize(self._host, reason, otherwise):
            try:
                await self._mailbox.session.connect()
            except AuthorizationNeededError as error:
                reason = str(error)
            except PoptuiError:
                return False
            else:
                return True
        self._host.say(self._host.keymap.filled("poptui stays offline. {refresh} tries again."))
        return False

    async def retry_first_login(self, error: LoginError) -> bool:
        """Ask for a password or a sign-in after the first login failed; return whether it succeeded
        then."""
        if isinstance(error, AuthorizationNeededError):
            return await self._authorize_again(str(error), QUIT)
        return await self._log_in_again(str(error), keep=True, otherwise=QUIT)

    def tell_vanished(self, entries: Sequence[MessageEntry]) -> None:
        """Name messages that others deleted, once no other dialog is open."""
        self._vanished += entries
        self._host.dialogs.enqueue("vanished", self._show_vanished)

    async def _show_vanished(self) -> None:
        from poptui.tui.screens.result import vanished_screen

        vanished, self._vanished = self._vanished, []
        await self._host.dialog(vanished_screen(vanished))

    def offer_previous_marks(self) -> None:
        """Ask about marks of an earlier run, if there are any."""
        if self._mailbox.marks.recovered.offer is not None:
            self._host.dialogs.enqueue("marks", self._ask_about_previous_marks)

    async def _ask_about_previous_marks(self) -> None:
        previous = self._mailbox.marks.recovered
        if previous.offer is None:
            return
        from poptui.tui.screens.previous_marks import (
            FORGET,
            MARK_AGAIN,
            gone_screen,
            previous_marks_screen,
        )

        if (gone := gone_screen(previous.offer)) is not None:
            await self._host.dialog(gone)
        if not previous.offer.open:
            previous.forget()
            return
        choice = await self._host.dialog(previous_marks_screen(previous.offer))
        if choice == MARK_AGAIN:
            previous.keep()
            marked = self._mailbox.marks.marked()
            self._host.say(f"Marked again: {amount(marked)}." if marked else "Nothing is marked.")
        elif choice == FORGET:
            previous.forget()
            self._host.say("The marks of the earlier run are forgotten.")
        else:
            previous.later()
