"""Checks for new mail, the history of notices, and the terminal's title."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from poptui.mailbox.changes import ConnectionState, NewMail
from poptui.storage.settings import Settings
from poptui.tui.apps.mailbox_app import PoptuiApp
from poptui.tui.notices import BELL, NoticeLog, WindowTitle, notice_sequence, title_sequence
from poptui.tui.screens.mail import new_mail
from poptui.tui.screens.mail.new_mail import NewMailController
from poptui.tui.screens.mail.reader import ReaderController
from poptui.tui.screens.mail.screen import MailScreen
from tests.acceptance.hostile import PAYLOADS
from tests.tui.fake_host import FakeHost, FakePanes
from tests.tui.fake_mailbox import FakeMailbox, entries
from tests.tui.kit import running, shows, until


class Checked:
    """A controller that checks every minute, in minutes that take no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **settings: object) -> None:
        monkeypatch.setattr(new_mail, "SECONDS_PER_MINUTE", 0.0)
        self.mailbox, self.host = FakeMailbox(), FakeHost(Settings(check_every=1.0, **settings))  # type: ignore[arg-type]
        reader = ReaderController(self.mailbox, FakePanes(), self.host.as_host)
        self.controller = NewMailController(self.mailbox, self.host.as_host, reader)

    async def look(self) -> None:
        refresh = self.mailbox.refresh

        async def refreshed() -> None:
            await refresh()
            self.controller.new_mail_arrived(entries(2))

        self.mailbox.refresh = refreshed  # type: ignore[method-assign]
        await self.mailbox.connect()
        await self.controller.check()
        await self.host.settle()


async def test_new_mail_rings_the_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = Checked(monkeypatch)
    await checked.look()
    assert checked.mailbox.calls[-1] == "refresh"
    assert checked.host.controls == ["\a"]


async def test_new_mail_that_the_user_asked_for_rings_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked = Checked(monkeypatch)
    checked.controller.new_mail_arrived(entries(2))
    assert checked.host.controls == []


async def test_a_command_is_run_for_new_mail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "told"
    script = f"import sys, pathlib; pathlib.Path({str(file)!r}).write_text(sys.argv[1])"
    program = tmp_path / "program.py"
    program.write_text(script)
    checked = Checked(monkeypatch, notify="off", notify_command=f"{sys.executable} {program} %s")
    await checked.look()
    await next(iter(checked.host._tasks["notify"])).wait()
    assert checked.host.controls == []
    assert file.read_text() == f"2 new messages in {checked.mailbox.title}"


async def test_a_command_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = Checked(monkeypatch, notify_command="/no/such/program")
    await checked.look()
    await next(iter(checked.host._tasks["notify"])).wait()
    assert "notify_command" in checked.host.notices[-1]


async def test_a_released_mailbox_is_released_again(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = Checked(monkeypatch)
    await checked.mailbox.connect()
    checked.mailbox.state = ConnectionState.RELEASED
    await checked.controller.check()
    assert checked.mailbox.calls[-2:] == ["refresh", "release"]


@pytest.mark.parametrize("state", [ConnectionState.OFFLINE, ConnectionState.WAITING])
async def test_without_a_connection_nothing_is_looked_for(
    state: ConnectionState, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = Checked(monkeypatch)
    checked.mailbox.state = state
    checked.controller.start()
    await checked.host.settle()
    assert "refresh" not in checked.mailbox.calls
    checked.host.cancel("new mail")


async def test_nothing_is_looked_for_while_a_question_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked = Checked(monkeypatch)
    await checked.mailbox.connect()
    checked.host.has_question = True
    checked.controller.start()
    await checked.host.settle()
    assert "refresh" not in checked.mailbox.calls
    checked.host.has_question = False
    await checked.host.settle()
    assert "refresh" in checked.mailbox.calls
    checked.host.cancel("new mail")


async def test_the_list_shows_new_mail_without_a_bell_by_default() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        mailbox.changed(NewMail(tuple(entries(1))))
        await shows(pilot, "Subject 5")
        assert "refresh" not in mailbox.calls


async def test_a_check_by_itself_rings_in_the_whole_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[str] = []
    monkeypatch.setattr(PoptuiApp, "write_control", lambda _, control: written.append(control))
    mailbox = FakeMailbox()
    refresh = mailbox.refresh

    async def refreshed() -> None:
        await refresh()
        mailbox.changed(NewMail(tuple(entries(1))))

    monkeypatch.setattr(mailbox, "refresh", refreshed)
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        screen = pilot.app.screen
        assert isinstance(screen, MailScreen)
        await pilot.press("r")
        await until(pilot, lambda: "refresh" in mailbox.calls)
        await pilot.pause()
        assert BELL not in written
        await screen.new_mail.check()
        await pilot.pause()
        assert BELL in written


async def test_notices_can_be_read_again() -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        app = pilot.app
        assert isinstance(app, PoptuiApp)
        app.say("The first sentence.")
        app.say("The second sentence.")
        await pilot.press("j")
        await pilot.press("M")
        text = await shows(pilot, "The first sentence.")
        assert text.index("The second sentence.") < text.index("The first sentence.")
        await pilot.press("escape")


def test_a_repeated_sentence_is_kept_once() -> None:
    log = NoticeLog()
    for sentence in ("a", "a", "", "b", "a"):
        log.add(sentence)
    assert [line.split("  ")[1] for line in log.lines()] == ["a", "b", "a"]


def test_the_title_is_written_once_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    title = WindowTitle(wanted=True)
    assert title.restore() == ""
    assert title.set("5 messages") == "\x1b[22;0t\x1b]2;5 messages\x07"
    assert title.set("5 messages") == ""
    assert title.set("6 messages") == "\x1b]2;6 messages\x07"
    assert title.restore() == "\x1b[23;0t"
    monkeypatch.setenv("TERM", "linux")
    assert WindowTitle(wanted=True).set("x") == ""
    monkeypatch.setenv("TERM", "xterm")
    assert WindowTitle(wanted=False).set("x") == ""


@pytest.mark.parametrize("payload", [*PAYLOADS.values(), "a\x07b\x1b\\c;d"])
def test_no_text_ends_a_sequence_early(payload: str) -> None:
    for kind in ("osc9", "osc777"):
        sequence = notice_sequence(kind, payload, payload)
        assert sequence.count("\x1b") == 1
        assert sequence.count("\x07") == 1
        assert sequence.endswith("\x07")
    assert notice_sequence("osc777", payload, payload).count(";") == 3
    assert title_sequence(payload).count("\x1b") == 1
