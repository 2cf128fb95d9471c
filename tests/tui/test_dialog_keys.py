"""Each key has one meaning in each dialog, and moving keys close none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.commit.safety_copies import IncompleteCopies
from poptui.mailbox.marks.recovered_marks import RecoveryOffer
from poptui.mailbox.scoring.from_config import saved_filters
from poptui.mailbox.wording import SHOWN
from poptui.net.tls_errors import UntrustedCertificateError
from poptui.storage.config import Config
from poptui.storage.mark_record import MarkRecord
from poptui.storage.settings import Settings
from poptui.triage.bulk_preview import BulkPreview, Outlier
from poptui.triage.spam.score import Reason
from poptui.tui.actions.action import Scope
from poptui.tui.actions.keymaps import Keymap
from poptui.tui.actions.registry import ACTIONS
from poptui.tui.flows.account_setup import AccountScreen
from poptui.tui.flows.commit_progress import WorkingScreen
from poptui.tui.palette import PaletteEntry
from poptui.tui.screens.attachments import HINT, AttachmentsScreen
from poptui.tui.screens.authorize import AuthorizeScreen
from poptui.tui.screens.certificate import CertificateScreen
from poptui.tui.screens.choice import CANCEL, Choice, ChoiceScreen
from poptui.tui.screens.deletion import (
    commit_screen,
    incomplete_copies_screen,
    quit_screen,
    unmark_screen,
)
from poptui.tui.screens.dialog import GAP, Dialog
from poptui.tui.screens.help import HelpScreen
from poptui.tui.screens.palette import PaletteScreen
from poptui.tui.screens.password import PasswordScreen
from poptui.tui.screens.preview import PreviewScreen
from poptui.tui.screens.previous_marks import previous_marks_screen
from poptui.tui.screens.protocol import CommandHistory, ProtocolScreen
from poptui.tui.screens.result import NoticesScreen, result_screen
from poptui.tui.screens.saved import SavedFiltersScreen
from poptui.tui.screens.statistics import StatisticsScreen
from poptui.tui.screens.why import WhyScreen
from tests.tui.certificates import SHOWN as CERTIFICATE
from tests.tui.fake_host import FakeHost
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import AppPilot, app_of, lines, running, shows, text, until
from tests.tui.test_pages import READING

MESSAGES = entries(300)
REASONS = [Reason("name", 1.0, f"It is so, {number}.") for number in range(99)]
MOVING = (
    "j", "k", "down", "up", "left", "right", "pagedown", "pageup", "home", "end", "g", "G",
    "space", "tab", "shift+tab",
)  # fmt: skip
TAKEN = {"k": ("quit", "earlier marks")}
"""Letters that move the cursor elsewhere, but are answers in these dialogs."""


def quit_dialog() -> ChoiceScreen:
    return quit_screen(MESSAGES, keeps=True, copies=False)


def preview() -> PreviewScreen:
    odd = (Outlier(MESSAGES[0], ("it is large",)),)
    return PreviewScreen(BulkPreview(to_mark=tuple(MESSAGES), outliers=odd), SHOWN)


def earlier_marks() -> ChoiceScreen:
    marks = [(entry, MarkRecord(str(entry.uid), 1, "", "", "", 1e9)) for entry in MESSAGES]
    return previous_marks_screen(RecoveryOffer(tuple(marks), ()))


def shortfall() -> ChoiceScreen:
    return incomplete_copies_screen(
        IncompleteCopies((MESSAGES[0],), dict.fromkeys(MESSAGES[1:], "full")), "quit"
    )


def saved_menu() -> SavedFiltersScreen:
    saved = saved_filters(Settings())
    return SavedFiltersScreen(saved, lambda: [0] * len(saved))


def protocol_pane() -> ProtocolScreen:
    async def leave() -> None:
        raise AssertionError

    mailbox, host = FakeMailbox(), FakeHost()
    where = Path("/nowhere")
    return ProtocolScreen(mailbox, host, CommandHistory(), number=1, save_in=where, quit=leave)


async def not_saved(parts: object, folder: Path) -> str:
    raise AssertionError


TYPED = ("account", "help", "palette", "password", "password to keep", "authorize", "working")
"""Dialogs in which letters are typed, and one that takes no key but Esc."""
DIALOGS: dict[str, Callable[[], Dialog[Any]]] = {
    "quit": quit_dialog,
    "commit": lambda: commit_screen(MESSAGES, copies=False),
    "unmark all": lambda: unmark_screen(MESSAGES),
    "open link": lambda: ChoiceScreen("https://x.example", (), (Choice("y", "y", "Open"), CANCEL)),
    "preview": preview,
    "earlier marks": earlier_marks,
    "no copies": shortfall,
    "result": lambda: result_screen(Outcome(remaining=tuple(MESSAGES))),
    "help": lambda: HelpScreen(Keymap()),
    "palette": lambda: PaletteScreen([PaletteEntry("Undo", "", list)]),
    "why": lambda: WhyScreen(MESSAGES[0], REASONS, 5.0),
    "saved filters": saved_menu,
    "attachments": lambda: AttachmentsScreen(READING.attachments, Path("/nowhere"), not_saved),
    "password": lambda: PasswordScreen("user@example.com", "Wrong.", otherwise="Quit"),
    "protocol": protocol_pane,
    "notices": lambda: NoticesScreen([f"12:00:00  Sentence {number}" for number in range(99)]),
    "statistics": lambda: StatisticsScreen(FakeMailbox(), FakeHost(), MESSAGES),
    "certificate": lambda: CertificateScreen(
        UntrustedCertificateError("No. Ask.", "No.", CERTIFICATE)
    ),
    "password to keep": lambda: PasswordScreen(
        "user@example.com", "Wrong.", keep=False, otherwise="Quit"
    ),
    "authorize": lambda: AuthorizeScreen(
        "user@example.com",
        "https://login.example.com/?" + "x" * 300,
        copy=lambda screen: None,
        open_page=lambda screen: None,
        paste=lambda text: "Not that one.",
    ),
    "account": lambda: AccountScreen(Config()),
    "working": lambda: WorkingScreen("Deleting …"),
}
"""Every dialog that poptui shows."""
SHARES = 3
"""An app shows a third of the dialogs, one after the other: starting it takes the longest."""


def test_no_dialog_is_missing_here() -> None:
    abstract = {"Dialog", "ScrollDialog", "PaneScreen"}

    def kinds(base: type[Any]) -> Iterator[type[Any]]:
        for kind in base.__subclasses__():
            yield kind
            yield from kinds(kind)

    shown = {type(make()) for make in DIALOGS.values()}
    ours = (kind for kind in kinds(ModalScreen) if kind.__module__.startswith("poptui."))
    wanted = {kind for kind in ours if kind.__name__ not in abstract}
    assert wanted == shown


async def opened(pilot: AppPilot, name: str) -> Dialog[Any]:
    await shows(pilot, "Subject 5")
    dialog = DIALOGS[name]()
    pilot.app.push_screen(dialog)
    await until(pilot, lambda: pilot.app.screen is dialog and dialog.is_mounted)
    await pilot.pause()
    return dialog


async def test_at_40_by_10_the_last_address_is_asked_for_below_a_long_page() -> None:
    async with running(FakeMailbox(), (40, 10)) as pilot:
        await opened(pilot, "authorize")
        shown = text(pilot)
        assert "Open this page" in shown
        assert "Address of the last page:" in shown
        assert "PgDn  More" in shown
        await pilot.press(*["pagedown"] * 6)
        shown = await shows(pilot, "it below.")
        assert "Address of the last page:" in shown


@pytest.mark.parametrize("copies", [False, True])
async def test_the_quit_dialog_shows_messages_at_40_by_10(copies: bool) -> None:
    async with running(FakeMailbox(), (40, 10)) as pilot:
        await shows(pilot, "Subject 5")
        screen = quit_screen(MESSAGES, keeps=True, copies=copies)
        await app_of(pilot).push_screen(screen)
        await shows(pilot, "Delete 300 messages and quit")
        shown = await shows(pilot, "Cancel")
        assert shown.count("Sender ") == (3 if copies else 4)
        for label in ("Quit without deleting", "Keep marks for next time", "Cancel"):
            assert label in shown
        assert ("Copies are kept on this machine." in shown) is copies


async def test_a_key_and_its_label_stay_on_one_line() -> None:
    async with running(FakeMailbox(), (40, 10)) as pilot:
        await opened(pilot, "attachments")
        lines = text(pilot).splitlines()
        for key in HINT.split(GAP):
            assert any(key in line for line in lines), key


async def test_a_key_has_one_meaning() -> None:
    always = {key for action in ACTIONS if action.scope is Scope.ALWAYS for key in action.keys}
    async with running(FakeMailbox()) as pilot:
        for name in DIALOGS:
            dialog = await opened(pilot, name)
            for start in dialog.focus_chain or [dialog]:
                meanings: dict[str, list[str]] = {}
                for node in start.ancestors_with_self[:-1]:
                    for key, bound in node._bindings.key_to_bindings.items():
                        meanings.setdefault(key, []).extend(binding.action for binding in bound)
                assert isinstance(start, Input) or not always & meanings.keys(), name
                assert not {key: found for key, found in meanings.items() if len(found) > 1}, name
            await pilot.app.pop_screen()


@pytest.mark.parametrize("share", range(SHARES))
async def test_a_key_that_moves_ends_no_dialog(share: int) -> None:
    async with running(FakeMailbox()) as pilot:
        for name in [*DIALOGS][share::SHARES]:
            dialog = await opened(pilot, name)
            used = {key for key, names in TAKEN.items() if name in names}
            await pilot.press(*(key for key in MOVING if key not in used))
            await pilot.pause()
            assert pilot.app.screen is dialog, name
            assert dialog.is_attached, name
            await pilot.app.pop_screen()


async def test_letters_move_in_no_question() -> None:
    questions = [name for name, make in DIALOGS.items() if isinstance(make(), ChoiceScreen)]
    assert len(questions) > 5
    async with running(FakeMailbox()) as pilot:
        for name in questions:
            dialog = await opened(pilot, name)
            harmless = pilot.app.focused
            assert isinstance(harmless, Button)
            letters = {key for key in dialog._bindings.key_to_bindings if len(key) == 1}
            await pilot.press(*(key for key in "jhglG" if key not in letters))
            assert pilot.app.focused is harmless, name
            await pilot.press("up")
            assert pilot.app.focused is not harmless, name
            await pilot.press("down")
            assert pilot.app.focused is harmless, name
            await pilot.app.pop_screen()


async def test_k_in_the_quit_dialog_keeps_the_marks_and_nothing_else() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d", "q")
        await shows(pilot, "Keep marks for next time")
        await pilot.press("k")
        await until(pilot, lambda: pilot.app.return_value is not None)
        assert pilot.app.return_value is not None
        assert "1 mark is kept for next time" in pilot.app.return_value.sentence


@pytest.mark.parametrize("name", ["quit", "preview", "no copies"])
async def test_paging_shows_all_that_a_question_is_about(name: str) -> None:
    async with running(FakeMailbox()) as pilot:
        await opened(pilot, name)
        assert "  1 kB" not in text(pilot)
        await pilot.press("end")
        await shows(pilot, "  1 kB")
        await pilot.press("home")
        await shows(pilot, "299 kB")
        await pilot.press("pagedown")
        await until(pilot, lambda: "299 kB" not in text(pilot))


@pytest.mark.parametrize("name", ["why", "result"])
async def test_every_moving_key_scrolls_a_text(name: str) -> None:
    async with running(FakeMailbox()) as pilot:
        await opened(pilot, name)
        top = lines(pilot)
        for there, back in (
            ("j", "k"), ("down", "up"), ("pagedown", "pageup"), ("space", "pageup"),
            ("G", "g"), ("end", "home"),
        ):  # fmt: skip
            await pilot.press(there)
            await until(pilot, lambda: lines(pilot) != top)
            await pilot.press(back)
            await until(pilot, lambda: lines(pilot) == top)


async def test_a_key_without_a_meaning_says_so() -> None:
    async with running(FakeMailbox()) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("Z")
        await shows(pilot, "'Z' does nothing here. Press ? for help.")
        await pilot.press("j")
        await until(pilot, lambda: "does nothing" not in text(pilot))
        await pilot.press("f7")
        await shows(pilot, "'F7' does nothing here. Press ? for help.")
        await pilot.press("tab", "Q")
        await shows(pilot, "'Q' does nothing here. Press ? for help.")
        await pilot.press("slash", "f7")
        await until(pilot, lambda: lines(pilot)[-1].strip() == "'F7' does nothing here.")
        await pilot.press("escape", "escape", "slash", "f7")
        await shows(pilot, "'F7' does nothing here. Press F1 for help.")
        await pilot.press("escape", "right")
        await shows(pilot, "not on a group")


@pytest.mark.parametrize("share", range(SHARES))
async def test_a_key_without_a_meaning_says_so_in_a_dialog(share: int) -> None:
    names = [name for name in DIALOGS if name not in TYPED]
    async with running(FakeMailbox()) as pilot:
        for name in names[share::SHARES]:
            dialog = await opened(pilot, name)
            await pilot.press("Z")
            await shows(pilot, "'Z' does nothing here")
            assert app_of(pilot).screen is dialog, name
            await pilot.press("left_square_bracket")
            await shows(pilot, "'[' does nothing here")
            await pilot.press("pagedown")
            await until(pilot, lambda: "does nothing" not in text(pilot))
            await pilot.app.pop_screen()
