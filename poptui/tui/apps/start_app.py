"""The app before a mailbox is open: choose an account, add one, or try the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from poptui.errors import MailboxInUseError, PoptuiError
from poptui.mailbox.access.overview import MailboxOverview, NotAskedError
from poptui.net.credentials import Credentials
from poptui.printable import printable, printable_line
from poptui.storage.config import load_config
from poptui.storage.secrets import PassphraseNeededError, PasswordNeededError
from poptui.text.format import age, count, fit, size
from poptui.tui import themes
from poptui.tui.actions.keys import shown_key
from poptui.tui.results import Account, StartAction, StartChoice
from poptui.tui.screens.dialog import Dialog, DialogBox, KeyHint
from poptui.tui.screens.password import PasswordAnswer, PasswordScreen
from poptui.tui.serial_input import WORD_MOVES, InputEvent, SerialInputApp, escape_key, split_escape
from poptui.tui.widgets.pick_list import PickList

if TYPE_CHECKING:
    from poptui.accounts.setup_dialog import SetupResult

WELCOME = """\
poptui works on a POP3 mailbox where it is, on the server. It lists your messages from their \
headers, downloads a message only when you open it, and deletes nothing until you confirm."""
INTRODUCED_LINES, NARROW_INTRODUCED_LINES, WIDE_CELLS = 16, 20, 70
"""Number of lines of the screen with the introduction, if wide and if narrow."""
TINY_LINES = 12
"""With fewer lines the list has no heads: the keys take two lines."""
DEMO = "Try the demo: sample mail and a short tour, no account needed"
MAX_CHECKS = 8
"""Maximum number of accounts whose servers are asked at the same time."""
NAME_CELLS, NUMBER_CELLS, SIZE_CELLS, NEW_CELLS, AGE_CELLS = 15, 9, 8, 8, 7


class StartApp(SerialInputApp[StartChoice], inherit_bindings=False):
    """Shows the accounts with their numbers of messages, each as soon as its server answered."""

    TITLE = "poptui"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c,ctrl+q", "leave", priority=True)]
    ALLOW_SELECT = False
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        accounts: Sequence[Account],
        *,
        theme: str,
        last: str = "",
        notice: str = "",
        asks: PasswordNeededError | None = None,
        reserved: frozenset[str] = frozenset(),
    ) -> None:
        """``last``: the account under the cursor. ``notice``: a sentence to show first.

        ``asks``: ask for the password of ``last`` at once. ``reserved``: names that no account may
        have.
        """
        super().__init__()
        self.animation_level = "none"
        self._start = StartScreen(accounts, last=last, notice=notice, asks=asks, reserved=reserved)
        themes.install(cast("SerialInputApp[object]", self))
        self.theme = theme if theme in self.available_themes else themes.DARK

    def get_default_screen(self) -> Screen[None]:
        """There is only one screen."""
        return self._start

    async def answer(self, key: InputEvent) -> None:
        """Treat Escape and a letter that came in one packet as Escape."""
        is_both = isinstance(key, events.Key) and split_escape(key) is not None
        is_move = isinstance(key, events.Key) and key.key in WORD_MOVES
        await super().answer(escape_key() if is_both and not is_move else key)

    def on_key(self, event: events.Key) -> None:
        """Show a notice that a key does nothing, if no widget handles it."""
        if event.key in self.screen.active_bindings:
            return
        character = event.character if event.is_printable else None
        shown = printable_line(character or shown_key(event.key))
        if isinstance(self.screen, (Dialog, StartScreen)):
            self.screen.say_unknown(shown)

    async def action_leave(self) -> None:
        """Close a dialog; otherwise quit."""
        if isinstance(self.screen, Dialog):
            await self.answer(escape_key())
        else:
            self.exit(StartChoice(StartAction.QUIT))


class StartScreen(Screen[None], inherit_bindings=False):
    """The accounts and other choices, as one list."""

    AUTO_FOCUS = "PickList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,escape", "finish('quit')", show=False),
        Binding("a", "add", show=False),
        Binding("d", "finish('demo')", show=False),
        Binding("question_mark,f1", "help", show=False),
        Binding("r,f5", "check", show=False),
    ]
    DEFAULT_CSS = """
    StartScreen { align: center middle; }
    StartScreen #box { padding: 1 2; }
    StartScreen #intro { height: auto; margin-bottom: 1; }
    StartScreen #heads { height: 1; color: $foreground-muted; }
    StartScreen PickList { height: auto; }
    StartScreen #detail { height: auto; min-height: 2; max-height: 4; margin-top: 1; }
    StartScreen.-small #box { padding: 0 1; }
    StartScreen.-small #intro { display: none; }
    StartScreen.-tiny #heads { display: none; }
    StartScreen.-small #detail { min-height: 1; max-height: 2; margin: 0; }
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        *,
        last: str,
        notice: str,
        asks: PasswordNeededError | None,
        reserved: frozenset[str],
    ) -> None:
        super().__init__()
        self._asks, self._reserved = asks, reserved
        self._accounts, self._notice = accounts, notice
        self._found: dict[str, MailboxOverview | PoptuiError] = {}
        self._others = (
            (self.action_add, "Add an account", "a"),
            (partial(self.action_finish, "demo"), DEMO, "d"),
            (self.action_help, "Help: all keys, and how to find messages", "?"),
            (partial(self.action_finish, "quit"), "Quit", "q"),
        )
        names = [account.name for account in accounts]
        self._at = names.index(last) if last in names else 0
        """The row of the cursor after its last move."""

    def compose(self) -> ComposeResult:
        """A title, the list, details of the row under the cursor, the keys."""
        total = len(self._accounts) + len(self._others)
        with DialogBox("Accounts" if self._accounts else "Welcome to poptui"):
            if not self._accounts:
                yield Static(WELCOME, markup=False, id="intro")
            else:
                yield Static("", markup=False, id="heads")
            self._list = PickList(total, self._row)
            self._list.cursor = self._at
            self._list.styles.height = total
            yield self._list
            yield Static("", markup=False, id="detail")
            again = "   r  Check again" if self._accounts else ""
            yield KeyHint(f"Enter  Open{again}   a  Add   d  Demo   ?  Help   q  Quit")

    def on_mount(self) -> None:
        """Ask the servers, and for the password of an account that was chosen before."""
        self._check(is_wanted=False)
        if self._asks is not None and self._at < len(self._accounts):
            self._ask_password(self._accounts[self._at], self._asks)

    def on_screen_suspend(self) -> None:
        """Draw the cursor as covered by a dialog."""
        self._list.refresh()

    def on_screen_resume(self) -> None:
        """Draw the cursor as usual."""
        self._list.refresh()

    def on_resize(self) -> None:
        """Fit the list and the names of its columns to the terminal."""
        width, height = self.size
        needed = INTRODUCED_LINES if width >= WIDE_CELLS else NARROW_INTRODUCED_LINES
        self.set_class(height < needed, "-small")
        self.set_class(height < TINY_LINES, "-tiny")
        total = len(self._accounts) + len(self._others)
        self._list.styles.height = max(4, min(total, self.size.height - 10))
        if self._accounts:
            heads = _columns("Account", "Messages", "Size", "New", "Ago", "Address")
            self.query_one("#heads", Static).update(f"  {heads}")

    def action_check(self) -> None:
        """Ask the servers of all accounts concurrently."""
        self._check(is_wanted=True)

    def _check(self, *, is_wanted: bool) -> None:
        self._found.clear()
        self._list.refresh()
        self.run_worker(self._check_all(is_wanted), exclusive=True, exit_on_error=False)

    async def _check_all(self, is_wanted: bool) -> None:
        slots = asyncio.Semaphore(MAX_CHECKS)

        async def check(account: Account) -> None:
            async with slots:
                try:
                    self._found[account.name] = await account.read_overview(is_wanted)
                except PoptuiError as error:
                    self._found[account.name] = error
            self._list.refresh()
            self._show_detail()

        async with asyncio.TaskGroup() as group:
            for account in self._accounts:
                group.create_task(check(account))

    def _row(self, number: int, cells: int) -> str:
        if number >= len(self._accounts):
            _, label, key = self._others[number - len(self._accounts)]
            return fit(f"{key}  {label}", cells)
        account = self._accounts[number]
        found = self._found.get(account.name)
        if isinstance(found, MailboxOverview):
            new = "" if found.new_count is None else count(found.new_count)
            ago = "" if found.age_s is None else age(found.age_s)
            facts = count(found.message_count), size(found.size_bytes), new, ago
        elif found is not None:
            facts = _state(found), "", "", ""
        else:
            facts = "…", "", "", ""
        return fit(_columns(account.name, *facts, account.address), cells)

    @on(PickList.Moved)
    def _moved(self) -> None:
        if self._list.cursor != self._at:
            self._at, self._notice = self._list.cursor, ""
        self._show_detail()

    def _show_detail(self) -> None:
        """Show the notice until the cursor moves, then the problem of the account under it."""
        number = self._list.cursor
        text = self._notice
        if not text and number < len(self._accounts):
            account = self._accounts[number]
            found = self._found.get(account.name)
            if isinstance(found, PoptuiError):
                text = " ".join(found.sentences)
            elif found is not None and found.age_s is not None:
                text = found.remark or f"{_seen(found.age_s)} r asks the server again."
        self.query_one("#detail", Static).update(printable(text))

    @on(PickList.Chosen)
    def _chosen(self) -> None:
        number = self._list.cursor
        if number < len(self._accounts):
            account = self._accounts[number]
            found = self._found.get(account.name)
            if isinstance(found, PasswordNeededError):
                self._ask_password(account, found)
            else:
                self.app.exit(StartChoice(StartAction.OPEN, account.name))
        else:
            self._others[number - len(self._accounts)][0]()

    def _ask_password(self, account: Account, needed: PasswordNeededError) -> None:
        """Ask for the password, and open the account with it; Esc goes back to the accounts."""

        def open_account(answer: PasswordAnswer | None) -> None:
            if answer is not None:
                credentials = Credentials(answer.password)
                self.app.exit(StartChoice(StartAction.OPEN, account.name, credentials))

        title, problem = printable_line(account.address), printable(needed.problem)
        screen = PasswordScreen(title, problem, otherwise="Back to the accounts")
        self.app.push_screen(screen, open_account)

    def action_add(self) -> None:
        """Set up an account, and open it."""
        # Loaded now: it takes a tenth of a second, and most starts only open an account.
        from poptui.accounts.setup_dialog import SetupOptions
        from poptui.tui.flows.account_setup import AccountScreen

        try:
            config = load_config()
        except PoptuiError as error:
            self._notice = " ".join(error.sentences)
            self._show_detail()
            return
        self.app.push_screen(
            AccountScreen(config, SetupOptions(reserved=self._reserved)), self._added
        )

    def _added(self, saved: SetupResult | None) -> None:
        if saved is not None:
            action = StartAction.ACCOUNTS if saved.needs_authorization else StartAction.OPEN
            self.app.exit(StartChoice(action, saved.name, saved.credentials))

    def action_help(self) -> None:
        """Show all keys, of the user's keymap if its settings are valid."""
        from poptui.tui.actions.keymaps import Keymap, keymap_of
        from poptui.tui.screens.help import HelpScreen

        try:
            keymap = keymap_of(load_config().settings)
        except PoptuiError:
            keymap = Keymap()
        self.app.push_screen(HelpScreen(keymap))

    def say_unknown(self, key: str) -> None:
        """Say that ``key``, which is printable, does nothing here."""
        self._notice = f"{key!r} does nothing here."
        self._show_detail()

    def action_finish(self, action: str) -> None:
        """End with a choice that is not an account."""
        self.app.exit(StartChoice(StartAction(action)))


def _state(error: PoptuiError) -> str:
    """Return in a word why an account shows no messages."""
    if isinstance(error, PasswordNeededError | PassphraseNeededError):
        return "password"
    if isinstance(error, NotAskedError):
        return "not asked"
    return "locked" if isinstance(error, MailboxInUseError) else "problem"


def _seen(age_s: float) -> str:
    ago = age(age_s)
    return "Seen less than a minute ago." if ago == "now" else f"Seen {ago} ago."


def _columns(name: str, messages: str, octets: str, new: str, ago: str, address: str) -> str:
    return (
        f"{fit(printable_line(name), NAME_CELLS)}{messages:>{NUMBER_CELLS}}"
        f"{octets:>{SIZE_CELLS}}{new:>{NEW_CELLS}}{ago:>{AGE_CELLS}}  {printable_line(address)}"
    )
