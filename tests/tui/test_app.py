"""The app around the screen: start, palette, themes, failures, unexpected ends."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from poptui.errors import ConnectError, LoginError
from poptui.mailbox.commit.safety_copies import CommitCallbacks
from poptui.mailbox.entry import MessageEntry
from poptui.storage.settings import Settings
from poptui.tui.apps import run
from poptui.tui.apps.mailbox_app import CRASH_CODE, PoptuiApp
from poptui.tui.results import ExitResult
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import app_of, running, shows, until


async def refused() -> None:
    raise LoginError("mail.example.com refused the login.")


async def test_a_first_connection_that_fails_ends_with_its_code_and_sentence() -> None:
    mailbox = FakeMailbox(fault=ConnectError("Nobody listens at mail.example.com:110."))
    async with running(mailbox) as pilot:
        await until(pilot, lambda: pilot.app.return_value is not None)
    end = ExitResult(3, "Nobody listens at mail.example.com:110.", was_opened=False)
    assert app_of(pilot).exit_result() == end


async def test_a_connection_that_has_failed_already_opens_no_screen() -> None:
    connecting = asyncio.ensure_future(refused())
    await asyncio.wait([connecting])
    result = await run.run_app(FakeMailbox(), connecting=connecting)
    assert result == ExitResult(4, "mail.example.com refused the login.", was_opened=False)


async def test_a_connection_made_before_the_screen_is_shown() -> None:
    mailbox = FakeMailbox()
    connecting = asyncio.ensure_future(mailbox.connect())
    await connecting
    app = PoptuiApp(mailbox, connecting=connecting)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Subject 5")
    assert mailbox.calls == ["connect"]


async def test_notices_and_an_unknown_theme_are_reported_in_one() -> None:
    app = PoptuiApp(
        FakeMailbox(),
        settings=Settings(theme="no-such", keymap="emacs"),
        notices=["The configuration is odd."],
    )
    async with app.run_test(size=(120, 24)) as pilot:
        await shows(pilot, "The configuration is odd. There is no theme 'no-such'; alt+x lists")
        assert app.theme == "poptui-dark"


@pytest.mark.parametrize("theme", ["poptui-dark", "poptui-light"])
async def test_our_themes_are_taken(theme: str) -> None:
    app = PoptuiApp(FakeMailbox(), settings=Settings(theme=theme))
    async with app.run_test(size=(80, 24)):
        assert app.theme == theme


async def test_no_color_takes_the_terminals_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = PoptuiApp(FakeMailbox(), settings=Settings(theme="poptui-light"))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(pilot, "Subject 5")
        assert app.theme == "poptui-mono"
        assert app.native_ansi_color


async def test_a_failure_of_ours_in_the_background_is_reported_and_not_fatal() -> None:
    class Broken(FakeMailbox):
        async def refresh(self) -> None:
            raise ZeroDivisionError("secret")

    async with running(Broken()) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d", "r")
        shown = await shows(pilot, "ZeroDivisionError")
        assert "secret" not in shown
        assert "Traceback" not in shown
        await pilot.press("j")
        await shows(pilot, "q quit")


async def test_a_commit_that_fails_inside_gives_the_screen_back() -> None:
    class Broken(FakeMailbox):
        async def _copy(self, callbacks: CommitCallbacks) -> list[MessageEntry]:
            raise ZeroDivisionError

    async with running(Broken()) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d", "q")
        await shows(pilot, "and quit")
        await pilot.press("c")
        await shows(pilot, "ZeroDivisionError")
        await pilot.press("q")
        await shows(pilot, "and quit")


async def test_a_crash_prints_no_traceback_and_no_locals(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Broken(FakeMailbox):
        def mark(self, wanted: object) -> str:
            password = "hunter2"
            raise ZeroDivisionError(password[:0])

    app = PoptuiApp(Broken())

    async def mark_one() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await shows(pilot, "Subject 5")
            await pilot.press("d")

    with pytest.raises(ZeroDivisionError):
        await mark_one()
    farewell = app.exit_result()
    assert farewell.code == CRASH_CODE
    assert "ZeroDivisionError" in farewell.sentence
    assert "nothing was deleted" in farewell.sentence
    printed = "".join(capsys.readouterr())
    assert "hunter2" not in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("during_commit", [False, True])
async def test_a_stop_from_outside_drops_the_line_and_tells_the_truth(during_commit: bool) -> None:
    mailbox = FakeMailbox()
    async with running(mailbox) as pilot:
        await shows(pilot, "Subject 5")
        await pilot.press("d", "q")
        await shows(pilot, "and quit")
        if during_commit:
            mailbox.gate.clear()
            await pilot.press("c")
            await shows(pilot, "Deleting 1 message")
        app_of(pilot).stop(143)
        await until(pilot, lambda: pilot.app.return_value is not None)
    farewell = app_of(pilot).exit_result()
    assert farewell.code == 143
    assert ("it is unknown" in farewell.sentence) == during_commit
    assert "abandon" in mailbox.calls


async def test_work_that_is_cancelled_before_it_begins_leaves_no_warning() -> None:
    async def work() -> None:
        raise AssertionError("it was cancelled")

    async with running(FakeMailbox()) as pilot:
        app, coroutine = app_of(pilot), work()
        app.background(coroutine, group="cancelled")
        app.cancel("cancelled")
        await until(pilot, lambda: inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED)
