"""Keys that come in one packet, as over a slow connection, act as if typed one by one."""

from __future__ import annotations

import asyncio

import pytest
from textual.events import Key

from poptui.mailbox.commit.outcome import Outcome
from poptui.tui import serial_input
from poptui.tui.apps.mailbox_app import PoptuiApp
from poptui.tui.input.parser import KeyParser
from poptui.tui.screens.attachments import AttachmentsScreen
from poptui.tui.screens.mail.screen import MailScreen
from poptui.tui.serial_input import PACKET_GAP_S
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import AppPilot, app_of, running, shows, text, until
from tests.tui.test_handing_over import PLAIN, opened


@pytest.fixture(autouse=True)
def _real_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_input, "PACKET_GAP_S", PACKET_GAP_S)


def send(pilot: AppPilot, packet: str) -> None:
    """Simulate a read from the terminal."""
    for event in KeyParser().feed(packet):
        pilot.app.post_message(event)


def filter_of(pilot: AppPilot) -> str:
    """Return the text in the filter field."""
    return app_of(pilot).mail.panes.prompt.field.value


@pytest.mark.parametrize(
    ("packet", "filter_"),
    [
        ("/dd", "dd"),
        ("/d\x1b[200~dd\x1b[201~x", "dddx"),
        ("/ab\x7fc", "ac"),
        ("/abc\x15de", "de"),
        ("/ab\x1b[Dx", "axb"),
    ],
)
async def test_a_filter_and_its_key(packet: str, filter_: str) -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        send(pilot, packet)
        await until(pilot, lambda: filter_of(pilot) == filter_)
        assert mailbox.marked() == []


@pytest.mark.parametrize(
    ("packet", "asked"),
    [(":dd", "│ dd "), ("?dd", "│ dd "), ("Sdd", "Save to folder: dd"), ("~:dd", "C: dd")],
)
async def test_keys_after_a_question_answer_it(packet: str, asked: str) -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        send(pilot, packet)
        await shows(pilot, asked)
        assert mailbox.marked() == []


@pytest.mark.parametrize("is_open", [False, True])
async def test_keys_after_the_key_for_attachments_mark_nothing(is_open: bool) -> None:
    mailbox = FakeMailbox(body=PLAIN % b"dat")
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        if is_open:
            await opened(pilot)
        send(pilot, "add" if is_open else "addt")
        await until(pilot, lambda: isinstance(pilot.app.screen, AttachmentsScreen))
        if is_open:
            await shows(pilot, "'d' does nothing here")
        await pilot.press("escape")
        await until(pilot, lambda: not app_of(pilot).has_dialog)
        assert mailbox.marked() == []


async def test_a_search_in_a_message_and_its_key() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "Hello from the body.")
        send(pilot, "/dd")
        await shows(pilot, "Search: dd")
        assert mailbox.marked() == []
        assert "Esc back" in text(pilot)


async def test_keys_after_enter_are_for_the_list() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        send(pilot, "/subject\rd")
        await until(pilot, lambda: len(mailbox.marked()) == 1)
        assert filter_of(pilot) == "subject"


async def test_a_message_is_opened_from_a_list_that_a_small_terminal_did_not_show() -> None:
    async with running(FakeMailbox(), size=(40, 12)) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter")
        await shows(pilot, "Hello from the body.")
        send(pilot, "\tj\rG")
        panes = app_of(pilot).mail.panes
        await until(pilot, lambda: panes.reading and "message 4" in text(pilot))


async def test_marks_their_dialog_and_its_answer() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        first, second = sorted(mailbox.content, key=lambda e: -e.number)[:2]
        mailbox.outcome = Outcome(deleted=(first, second))
        send(pilot, "ddqc")
        await until(pilot, lambda: app_of(pilot).return_value is not None)
        assert len(mailbox.content) == 3


async def test_a_dialog_is_left_by_a_key_and_the_next_goes_to_the_list() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        send(pilot, "?")
        await until(pilot, lambda: not isinstance(pilot.app.screen, MailScreen))
        send(pilot, "?jd")
        await until(pilot, lambda: len(mailbox.marked()) == 1)
        assert mailbox.marked()[0].number == 4
        assert isinstance(pilot.app.screen, MailScreen)


async def test_a_key_whose_handling_is_never_reported_delays_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serial_input, "KEY_TIMEOUT_S", 0.01)
    monkeypatch.setattr(serial_input.SerialInputApp, "_on_answered", lambda self, event: None)
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        send(pilot, "dd")
        await until(pilot, lambda: len(mailbox.marked()) == 2)


async def test_a_key_that_is_reported_twice_drops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that is overdue is still answered in the end, while the next waits for a repaint."""
    monkeypatch.setattr(serial_input, "KEY_TIMEOUT_S", 0.01)
    monkeypatch.setattr(serial_input, "REPAINT_INTERVAL_S", 0.0)
    answer = serial_input.SerialInputApp.answer

    async def slowly(app: PoptuiApp, key: serial_input.InputEvent) -> None:
        await asyncio.sleep(0.03)
        await answer(app, key)

    monkeypatch.setattr(serial_input.SerialInputApp, "answer", slowly)
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        send(pilot, "dddd")
        await until(pilot, lambda: len(mailbox.marked()) == 4)


async def test_a_key_that_is_on_its_way_while_the_program_ends_is_dropped() -> None:
    """One that waits, one that comes from the terminal, one from a screen."""
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        app = app_of(pilot)
    assert app.screen_stack == []
    key, passed_on = Key("d", "d"), Key("d", "d")
    passed_on._set_forwarded()
    await app.answer(key)
    await app.on_event(key)
    await app.on_event(passed_on)
    assert mailbox.marked() == []


async def test_many_keys_in_a_row() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        for _ in range(200):
            pilot.app.post_message(Key("j", "j"))
            pilot.app.post_message(Key("k", "k"))
        pilot.app.post_message(Key("d", "d"))
        await until(pilot, lambda: len(mailbox.marked()) == 1)
        await asyncio.sleep(0)
        assert "Subject 5" in text(pilot)


@pytest.mark.parametrize(
    "pasted", ["do quit, come back", "$command | less", "qc: quick check of the list"]
)
async def test_pasted_text_answers_no_question(pasted: str) -> None:
    """A terminal without bracketed paste sends it like keys."""
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        send(pilot, "d")
        await until(pilot, lambda: len(mailbox.marked()) == 1)
        send(pilot, pasted)
        await until(pilot, lambda: len(app_of(pilot).screen_stack) > 1)
        await pilot.pause(0.3)
        assert not any(call[0] == "commit" for call in mailbox.calls if isinstance(call, tuple))
        assert app_of(pilot).is_running


@pytest.mark.parametrize("gap_s", [0.0, 0.02])
@pytest.mark.parametrize(
    "pasted",
    ["jkjkjkjkqc", "qc: quick check of the list", "q, c and the rest of a line", "$c | less x"],
)
async def test_pasted_text_that_a_busy_machine_reads_in_parts_answers_no_question(
    pasted: str, gap_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its keys come as if other programs used the processor in between."""
    # Other tests running at the same time must not make a short pause longer.
    monkeypatch.setattr(serial_input, "PACKET_GAP_S", 2.0)
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.mark(mailbox.listing.entries[:1])
        for character in pasted:
            send(pilot, character)
            await asyncio.sleep(gap_s)
        await shows(pilot, "Pasted text is no answer")
        assert not any(call[0] == "commit" for call in mailbox.calls if isinstance(call, tuple))
        assert app_of(pilot).is_running


async def test_a_few_keys_typed_ahead_are_an_answer() -> None:
    """Over a slow connection they arrive together; the answer waits until it can't be a paste."""
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        send(pilot, "ddqc")
        await until(pilot, lambda: pilot.app.return_value is not None)
        assert ("commit", False, 5, 4) in mailbox.calls
