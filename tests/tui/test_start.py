"""The start screen: the accounts, their contents, and what can be done without any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from poptui.accounts.setup import AccountSetup
from poptui.accounts.setup_dialog import SetupResult
from poptui.errors import ConnectError, MailboxInUseError
from poptui.mailbox.access.overview import MailboxOverview, NotAskedError
from poptui.net.credentials import Credentials
from poptui.secret import Secret
from poptui.storage.secrets import PasswordNeededError
from poptui.tui.apps.start_app import StartApp
from poptui.tui.results import Account, StartAction, StartChoice
from poptui.tui.screens.dialog import PAUSE_S
from poptui.tui.widgets.pick_list import PickList
from tests.tui.kit import PATIENCE_S

StartPilot = Pilot[StartChoice]


def screen(pilot: StartPilot) -> str:
    pilot.app.screen._compositor_refresh()
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


async def shows(pilot: StartPilot, wanted: str) -> str:
    async with asyncio.timeout(PATIENCE_S):
        while wanted not in screen(pilot):
            await pilot.pause(0.01)
    return screen(pilot)


async def test_the_welcome_has_help_and_names_keys_that_do_nothing() -> None:
    async with started(size=(40, 10)) as pilot:
        await shows(pilot, "?  Help")
        await pilot.press("z")
        await shows(pilot, "'z' does nothing here.")
        await pilot.press("down", "down", "enter")
        await shows(pilot, "Type to search the help")
        await pilot.press("escape")
        await shows(pilot, "q  Quit")


@asynccontextmanager
async def started(
    *accounts: Account,
    size: tuple[int, int] = (80, 24),
    last: str = "",
    notice: str = "",
    asks: PasswordNeededError | None = None,
) -> AsyncIterator[StartPilot]:
    app = StartApp(accounts, theme="poptui-dark", last=last, notice=notice, asks=asks)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot


def account(name: str, found: MailboxOverview | Exception) -> Account:
    async def read_overview(is_wanted: bool) -> MailboxOverview:
        if isinstance(found, Exception):
            raise found
        return found

    return Account(name, f"{name}@mail.example.com", read_overview)


ACCOUNTS = [
    account("home", MailboxOverview(1234, 5_600_000, 7)),
    account("work", MailboxOverview(3, 900, None)),
    account("broken", ConnectError("Nothing listens at mail.example.com:995.")),
    account("secret", PasswordNeededError()),
    account("busy", MailboxInUseError("The mailbox is locked.", 5.0, "")),
]


async def chosen(pilot: StartPilot, *keys: str) -> StartChoice | None:
    await pilot.press(*keys)
    await pilot.pause()
    return pilot.app.return_value


async def test_each_account_shows_what_is_in_it_or_what_failed() -> None:
    async with started(*ACCOUNTS) as pilot:
        await shows(pilot, "locked")
        rows = [line for line in screen(pilot).splitlines() if "@mail" in line]
        cells = [row.strip("│ >").split() for row in rows]
        assert cells == [
            ["home", "1,234", "5.6", "MB", "7", "home@mail.example.com"],
            ["work", "3", "900", "B", "work@mail.example.com"],
            ["broken", "problem", "broken@mail.example.com"],
            ["secret", "password", "secret@mail.example.com"],
            ["busy", "locked", "busy@mail.example.com"],
        ]
        await pilot.press("down", "down")
        await shows(pilot, "Nothing listens at mail.example.com:995.")
        await pilot.press("j")
        await shows(pilot, "poptui asks for the password when you open it.")


@pytest.mark.parametrize("was_chosen", [False, True])
async def test_an_account_without_a_password_asks_in_a_dialog(was_chosen: bool) -> None:
    """Also if it was chosen before its server answered."""
    asks = PasswordNeededError("The keyring is locked.") if was_chosen else None
    async with started(*ACCOUNTS, last="secret", size=(50, 10), asks=asks) as pilot:
        if not was_chosen:
            await shows(pilot, "poptui asks for the password")
            await pilot.press("enter")
        shown = await shows(pilot, "Password for secret@mail.example.com")
        assert ("The keyring is locked." in shown) is was_chosen
        await pilot.press(*"hidden", "escape")
        await shows(pilot, "Account")
        await pilot.press("enter")
        await shows(pilot, "Password for secret@mail.example.com")
        await pilot.press(*"hidden")
        assert "hidden" not in screen(pilot)
        await pilot.pause(PAUSE_S)
        expected = StartChoice(StartAction.OPEN, "secret", Credentials(Secret("hidden")))
        assert await chosen(pilot, "enter") == expected


async def test_one_slow_account_holds_up_no_other() -> None:
    async def never(is_wanted: bool) -> MailboxOverview:
        await asyncio.Event().wait()
        raise AssertionError

    slow = Account("slow", "slow@mail.example.com", never)
    async with started(slow, ACCOUNTS[0]) as pilot:
        await shows(pilot, "1,234")
        assert await chosen(pilot, "down", "enter") == StartChoice(StartAction.OPEN, "home")


async def test_remembered_figures_show_their_age_until_the_user_wants_others() -> None:
    remark = "mail.example.com:995 wants 15 minutes between two logins."

    def remembered(name: str, age_s: float, remark: str = "") -> Account:
        async def read_overview(is_wanted: bool) -> MailboxOverview:
            if is_wanted and not remark:
                return MailboxOverview(9, 900, 1)
            return MailboxOverview(8, 800, 0, age_s, remark)

        return Account(name, f"{name}@mail.example.com", read_overview)

    accounts = [
        remembered("home", 130.0),
        remembered("work", 7300.0, remark),
        account("web", NotAskedError(remark)),
    ]
    async with started(*accounts) as pilot:
        await shows(pilot, "not asked")
        assert "800 B       0  2 min  home@mail.example.com" in screen(pilot)
        assert "800 B       0    2 h  work@mail.example.com" in screen(pilot)
        await shows(pilot, "Seen 2 min ago. r asks the server again.")
        await pilot.press("down")
        await shows(pilot, remark)
        await pilot.press("r")
        await shows(pilot, "900 B       1         home@mail.example.com")
        assert "800 B       0    2 h  work@mail.example.com" in screen(pilot)


async def test_it_begins_at_the_last_account_and_tells_how_it_ended() -> None:
    async with started(
        *ACCOUNTS, last="work", notice="Nothing was deleted; 2 marks are kept."
    ) as pilot:
        await shows(pilot, "Nothing was deleted; 2 marks are kept.")
        await shows(pilot, "locked")
        assert "2 marks are kept" in screen(pilot)
        await pilot.press("down")
        await shows(pilot, "Nothing listens")
        assert await chosen(pilot, "up", "enter") == StartChoice(StartAction.OPEN, "work")


@pytest.mark.parametrize(
    ("keys", "action"),
    [
        (["d"], StartAction.DEMO),
        (["q"], StartAction.QUIT),
        (["escape"], StartAction.QUIT),
        (["ctrl+c"], StartAction.QUIT),
        (["end", "enter"], StartAction.QUIT),
        (["down", "enter"], StartAction.DEMO),
    ],
)
async def test_without_accounts_it_welcomes_and_offers_the_demo(
    keys: Sequence[str], action: StartAction
) -> None:
    async with started() as pilot:
        text = await shows(pilot, "Welcome to poptui")
        assert "deletes nothing until you confirm" in " ".join(text.replace("│", "").split())
        assert await chosen(pilot, *keys) == StartChoice(action)


async def test_behind_a_dialog_the_cursor_of_the_choices_is_not_as_bright() -> None:
    async with started() as pilot:
        await shows(pilot, "Welcome to poptui")
        choices = pilot.app.screen.query_one(PickList)
        bright = choices.render_line(0)._segments[0].style
        await pilot.press("a")
        dialog = (await shows(pilot, "Your mail address")).splitlines()
        assert choices.render_line(0)._segments[0].style != bright
        title = next(line for line, text in enumerate(dialog) if "Add an account" in text)
        question = next(line for line, text in enumerate(dialog) if "Your mail address" in text)
        assert question - title <= 2
        await pilot.press("escape")
        await shows(pilot, "Try the demo")
        async with asyncio.timeout(PATIENCE_S):
            while choices.render_line(0)._segments[0].style != bright:
                await pilot.pause(0.01)


@pytest.mark.parametrize("key", ["a", "enter"])
async def test_an_account_can_be_added(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps are tested with their screen; here one setup succeeds, and one is stopped."""
    credentials = Credentials(Secret("secret"))

    async def run(setup: AccountSetup) -> SetupResult:
        return SetupResult("new", credentials, needs_authorization=False)

    async with started() as pilot:
        await shows(pilot, "Welcome to poptui")
        await pilot.press(key)
        await shows(pilot, "Your mail address")
        await pilot.press("ctrl+c")
        await shows(pilot, "Welcome to poptui")
        monkeypatch.setattr(AccountSetup, "run", run)
        assert await chosen(pilot, key) == StartChoice(StartAction.OPEN, "new", credentials)


async def test_a_small_terminal_shows_the_choices_before_the_introduction() -> None:
    async with started(size=(40, 10)) as pilot:
        await shows(pilot, "Add an account")
        assert "Quit" in screen(pilot)
        await pilot.resize_terminal(80, 24)
        await shows(pilot, "deletes nothing until you confirm")
        await shows(pilot, "Add an account")


async def test_an_account_that_is_authorized_later_brings_the_accounts_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run(setup: AccountSetup) -> SetupResult:
        return SetupResult("new", Credentials(), needs_authorization=True)

    monkeypatch.setattr(AccountSetup, "run", run)
    async with started() as pilot:
        await pilot.press("a")
        await shows(pilot, "Sign in with the browser now?")
        choice = await chosen(pilot, "escape")
    assert choice == StartChoice(StartAction.ACCOUNTS, "new", Credentials())


@pytest.mark.parametrize("size", [(40, 10), (1, 1), (200, 50)])
async def test_any_size_will_do(size: tuple[int, int]) -> None:
    many = [account(f"account{n}\x1b[2J", MailboxOverview(n, n, n)) for n in range(40)]
    async with started(*many, size=size) as pilot:
        await pilot.press("end", "home", "r", *["down"] * 3)
        assert "\x1b" not in screen(pilot)
        assert await chosen(pilot, "enter") == StartChoice(StartAction.OPEN, "account3\x1b[2J")
