"""What keys fetch of a message and what they show of it, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from poptui.environment import without_own
from poptui.errors import NotFoundError, ServerError
from poptui.mail.link import Link
from poptui.mail.parsed_message import Body, ParsedMessage
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.messages.spool import SpooledMessage
from poptui.storage.settings import Settings
from poptui.tui.apps.mailbox_app import PoptuiApp
from poptui.tui.flows.clipboard import to_clipboard
from poptui.tui.reading.arrival import BIG_MESSAGE_BYTES, FIRST_PARSE_BYTES, Arrival
from poptui.tui.reading.handing_over import PagerError, _pager_command
from poptui.tui.reading.links import command_for, link_of
from poptui.tui.reading.opened_messages import OpenedMessage, OpenedMessages
from poptui.tui.reading.saving import default_folder
from poptui.tui.screens.attachments import AttachmentsScreen
from tests.tui.fake_mailbox import FakeMailbox, FakeMessage
from tests.tui.kit import AppPilot, app_of, running, shows, text, until
from tests.tui.test_pages import READING

HEAD = b"From: a@b.example\nSubject: Long\n\n"
LONG = HEAD + b"\n".join(b"Row %d" % number for number in range(300))
BOTH = (
    b"From: a@b.example\nSubject: Both\nContent-Type: multipart/alternative; boundary=e\n\n"
    b"--e\nContent-Type: text/plain\n\nThe plain words.\n"
    b"--e\nContent-Type: text/html\n\n<p>The <b>marked</b> words of https://x.example/</p>\n--e--\n"
)


def fetched(mailbox: FakeMailbox) -> list[object]:
    verbs = ("peek", "retrieve")
    return [call for call in mailbox.calls if isinstance(call, tuple) and call[0] in verbs]


async def still(pilot: AppPilot) -> None:
    await until(pilot, lambda: not app_of(pilot).mail.reader.loader.busy)
    await pilot.pause()


async def test_moving_costs_nothing_and_each_space_a_step_until_all_is_here() -> None:
    mailbox = FakeMailbox(body=LONG)
    for entry in mailbox.content:
        entry.size = len(LONG)
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("j", "k", "G", "g")
        assert mailbox.calls == ["connect"]
        await pilot.press("space")
        await shows(pilot, "0.3 of 2 kB")
        await pilot.press("space")
        await shows(pilot, "1.5 of 2 kB")
        await pilot.press("space")
        await pilot.press("j", "k")
        await shows(pilot, "1.5 of 2 kB")
        assert fetched(mailbox) == [("peek", 5, 40), ("peek", 5, 200)]
        await pilot.press("enter")
        await shows(pilot, " 2 kB · plain")
        await pilot.press("enter", "space")
        assert fetched(mailbox)[2:] == [("retrieve", 5)]


async def test_a_server_without_top_says_so_and_offers_enter() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.fault = NotFoundError("This server has no TOP.")
        await pilot.press("space")
        await shows(pilot, "This server has no TOP. Enter downloads all of it, 5 kB.")


async def test_a_preview_stays_if_the_rest_cannot_be_loaded() -> None:
    mailbox = FakeMailbox(body=LONG)
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("space")
        await shows(pilot, "Row 1")
        mailbox.fault = ServerError("The server hung up.")
        await pilot.press("enter")
        await shows(pilot, "The server hung up.")
        assert "Row 1" in text(pilot)


async def test_enter_on_a_peek_that_is_still_coming_is_not_lost() -> None:
    mailbox = FakeMailbox(body=LONG)
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.gate.clear()
        await pilot.press("space", "enter", "enter")
        mailbox.gate.set()
        await still(pilot)
        assert fetched(mailbox) == [("peek", 5, 40), ("retrieve", 5)]


async def test_on_a_small_terminal_space_scrolls_to_the_text_it_fetched() -> None:
    mailbox = FakeMailbox(body=LONG)
    async with running(mailbox, (40, 10)) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("space")
        await shows(pilot, "Row 1")


async def test_v_turns_between_the_forms() -> None:
    async with running(FakeMailbox(body=BOTH)) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("V")
        await shows(pilot, "This message is not open")
        await pilot.press("enter")
        await shows(pilot, "The plain words.")
        await shows(pilot, "plain, V shows HTML")
        await pilot.press("V")
        await shows(pilot, "The marked words")
        await shows(pilot, "HTML, V shows plain")
        await pilot.press("V")
        await shows(pilot, "The plain words.")


async def test_h_shows_all_of_the_header_then_the_octets_and_asks_only_for_the_header() -> None:
    mailbox = FakeMailbox(body=BOTH)
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("h")
        await shows(pilot, "Content-Type: multipart/alternative")
        assert fetched(mailbox) == [("peek", 5, 0)]
        await pilot.press("enter")
        await shows(pilot, "The plain words.")
        await until(pilot, lambda: not app_of(pilot).mail.reader.loader.busy)
        await pilot.press("h", "h")
        await shows(pilot, "raw")
        await pilot.press("G")
        await shows(pilot, "--e--")
        assert fetched(mailbox)[1:] == [("retrieve", 5)]


async def test_a_search_goes_from_place_to_place_and_n_without_one_says_so() -> None:
    async with running(FakeMailbox(body=LONG)) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("enter", "n")
        await shows(pilot, "Nothing was searched for")
        await pilot.press("slash")
        await shows(pilot, "Search:")
        await pilot.press(*"row 29", "enter")
        await shows(pilot, "1 of 11: row 29")
        await shows(pilot, "Row 29")
        await pilot.press("n")
        await shows(pilot, "Row 290")
        await pilot.press("N", "N")
        await shows(pilot, "11 of 11: row 29")
        await shows(pilot, "Row 299")
        await pilot.press("slash", "escape")
        await until(pilot, lambda: not app_of(pilot).mail.panes.question.open)
        assert app_of(pilot).mail.panes.reading


async def test_slash_in_the_list_is_still_the_filter() -> None:
    async with running(FakeMailbox(body=LONG)) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("slash")
        await until(pilot, lambda: app_of(pilot).mail.panes.prompt.open)


async def test_escape_takes_a_question_back_and_stops_nothing_else(tmp_path: Path) -> None:
    mailbox = FakeMailbox(body=LONG)
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("S")
        await shows(pilot, "Save to folder:")
        await pilot.press("escape")
        await shows(pilot, "q quit")
        assert fetched(mailbox) == []
        app_of(pilot).mail.export._folder = tmp_path
        await pilot.press("S", "enter")
        await shows(pilot, "Saved")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [LONG]  # noqa: ASYNC240


async def test_without_attachments_it_says_so() -> None:
    async with running(FakeMailbox(body=LONG)) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("a")
        await shows(pilot, "This message has no attachments.")


async def test_the_dialog_names_types_and_warnings_and_opens_only_messages() -> None:
    saved: list[tuple[int, Path]] = []

    async def save(parts: object, folder: Path) -> str:
        saved.append((len(list(parts)), folder))  # type: ignore[call-overload]
        return "Saved."

    async with running(FakeMailbox()) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.app.push_screen(AttachmentsScreen(READING.attachments, Path("/nowhere"), save))
        await pilot.pause()
        await shows(pilot, "2 attachments (275 kB)")
        await shows(pilot, "application/pdf, is application/x-msdownload")
        await shows(pilot, "! A program.")
        await pilot.press("enter")
        await shows(pilot, "Only messages and texts can be read here")
        await pilot.press("S")
        await shows(pilot, "Save to folder: /nowhere")
        await pilot.press("enter")
        await shows(pilot, "Saved.")
        assert saved == [(2, Path("/nowhere"))]
        await pilot.press("escape")
        await shows(pilot, "q quit")


def opened(number: int, octets: int) -> OpenedMessage:
    entry = MessageEntry(number, octets, str(number), str(number))
    return OpenedMessage(entry, FakeMessage(entry, b"x" * octets), READING)


def test_the_least_recently_used_messages_are_dropped() -> None:
    messages, ones = (
        OpenedMessages(messages=3, octets=100),
        [opened(number, 10) for number in range(5)],
    )
    for one in ones[:3]:
        messages.keep(one)
    assert messages.get(ones[0].entry) is ones[0]
    messages.keep(ones[3])
    assert messages.get(ones[1].entry) is None
    assert [one.message.closed for one in ones] == [False, True, False, False, False]
    large = opened(9, 95)
    messages.keep(large)
    assert messages.get(large.entry) is large
    assert [messages.get(one.entry) for one in ones[:4]] == [None] * 4
    enormous = opened(10, 1000)
    messages.keep(enormous)
    assert messages.get(enormous.entry) is enormous
    messages.close()
    assert enormous.message.closed
    ones[4].message.close()


@pytest.fixture
def message() -> Iterator[SpooledMessage]:
    one = SpooledMessage(MessageEntry(1, 10, "u", "u"))
    yield one
    one.close()


def test_readers_of_a_message_do_not_move_each_other(message: SpooledMessage) -> None:
    message.write(b"0123456789")
    assert message.start(3) == b"012"
    message.write(b"abc")
    first, second = message.reader(), message.reader()
    assert first.read(4) == b"0123"
    assert second.read() == message.open().read() == b"0123456789abc"
    assert first.read(2) == b"45"
    assert first.seek(-3, 2) == 10
    message.close()
    assert first.read() == b"abc"
    first.close()
    second.close()


async def test_a_large_message_is_parsed_a_few_times_while_it_arrives(
    message: SpooledMessage,
) -> None:
    seen: list[ParsedMessage] = []
    nothing = ParsedMessage(None)  # type: ignore[arg-type]
    arrival = Arrival(message.entry, None, lambda: seen.append(arrival.parsed or nothing))
    arrival.total = BIG_MESSAGE_BYTES
    arrival.on_start(message)
    message.write(LONG + b"\n" * (FIRST_PARSE_BYTES - len(LONG) - 1))
    arrival.on_bytes(message.octets)
    assert arrival._task is None
    message.write(b"\n")
    for _ in range(5):
        arrival.on_bytes(message.octets)
    assert arrival._task is not None
    await arrival._task
    (parsed,) = seen
    assert parsed.body.lines[0].text == "Row 0"
    assert not parsed.complete
    task = arrival._task
    arrival.on_bytes(message.octets + FIRST_PARSE_BYTES)
    assert arrival._task is task
    arrival.stop()


async def test_a_slow_message_is_parsed_after_a_moment(
    message: SpooledMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poptui.tui.reading.arrival.LATE_AFTER_S", 0.0)
    arrival = Arrival(message.entry, None, lambda: None)
    arrival.on_start(message)
    await asyncio.sleep(0.01)
    message.write(LONG)
    arrival.on_bytes(message.octets)
    assert arrival._task is not None
    await arrival._task
    assert arrival.parsed
    arrival.stop()


def test_a_link_is_named_by_its_number() -> None:
    body = Body((), links=(Link("", "https://a.example"), Link("", "https://b.example")))
    assert link_of(body, " [2] ").target == "https://b.example"
    for wrong in ("0", "3", "x", "²", "-1", ""):
        with pytest.raises(Exception, match="numbered 1 to 2"):
            link_of(body, wrong)
    with pytest.raises(Exception, match="no links"):
        link_of(Body(), "1")


def test_only_addresses_of_the_web_are_opened_each_as_one_word() -> None:
    assert command_for("firefox --new", "https://a.example/;rm -rf") == [
        "firefox",
        "--new",
        "https://a.example/;rm -rf",
    ]
    assert command_for("x -u %s -b", "http://a") == ["x", "-u", "http://a", "-b"]
    for target in ("javascript:alert(1)", "file:///etc/passwd", "--help", "/local", "data:,x", ""):
        with pytest.raises(Exception, match="not opened"):
            command_for("firefox", target)


def test_the_clipboard_gets_base64_and_not_too_much() -> None:
    sequence = to_clipboard("\x1b]0;x\x07" + "a" * 100_000)
    assert sequence.startswith("\x1b]52;c;")
    assert sequence.endswith("\x07")
    assert not set(sequence[7:-1]) & set("\x1b\x07;")
    # xterm and similar terminals accept 75,000 bytes of base64.
    assert len(sequence) < 75_000


def test_the_pager_is_the_users_and_learns_no_password() -> None:
    assert _pager_command({}) == _pager_command({"PAGER": ""}) == ["less"]
    assert _pager_command({"PAGER": "most -x 'a b'"}) == ["most", "-x", "a b"]
    with pytest.raises(PagerError):
        _pager_command({"PAGER": "less '"})
    assert without_own({"POPTUI_PASSWORD": "x", "LANG": "C"}) == {"LANG": "C"}


def test_files_go_where_the_user_wants_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder("") == tmp_path
    (tmp_path / "Downloads").mkdir()
    assert default_folder("") == tmp_path / "Downloads"
    assert default_folder("~/Mail") == tmp_path / "Mail"
    assert default_folder("~nobody-of-that-name/x").is_absolute()


async def test_links_need_a_command_to_be_opened() -> None:
    mailbox = FakeMailbox(body=HEAD + b"See https://a.example/ now")
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("y")
        await shows(pilot, "This message is not open")
        await pilot.press("enter")
        await shows(pilot, "See https")
        await pilot.press("Y")
        await shows(pilot, "Set open_link in config.toml")
        app = app_of(pilot)
        app.settings = Settings(open_link="/no/such/program")
        await pilot.press("Y", "enter")
        await shows(pilot, "Open this link?")
        await pilot.press("y")
        await shows(pilot, "/no/such/program cannot be started")
        assert isinstance(app, PoptuiApp)


async def test_s_saves_the_message_it_was_pressed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    saved: list[int] = []

    async def save(opened: OpenedMessage, folder: Path) -> str:
        saved.append(opened.entry.number)
        return "Saved."

    monkeypatch.setattr("poptui.tui.screens.mail.export.save_message", save)
    mailbox = FakeMailbox(body=LONG)
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("j", "enter")
        await shows(pilot, "Row 5")
        await still(pilot)
        await pilot.press("escape", "k")
        mailbox.gate.clear()
        await pilot.press("S")
        await shows(pilot, "Save to folder:")
        await pilot.press("enter")
        await until(pilot, lambda: ("retrieve", 5) in mailbox.calls)
        await pilot.press("j")
        mailbox.gate.set()
        await shows(pilot, "Saved.")
        assert saved == [5]
