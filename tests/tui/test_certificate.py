"""The question about a certificate that could not be verified, before the first session."""

from __future__ import annotations

from pathlib import Path

import pytest

from poptui.errors import ExitCode
from poptui.storage.config import load_config
from poptui.tui.screens.certificate import CertificateScreen
from poptui.tui.screens.dialog import PAUSE_S
from tests.acceptance.program import PASSWORD, serving, write_config
from tests.kit.certificates import Certificates
from tests.kit.odd import OddServer
from tests.kit.terminal import StartTerminal
from tests.tui.certificates import PIN, UNTRUSTED
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import AppPilot, app_of, running, shows, until

MESSAGES = [b"From: a@b.example\r\nSubject: hello there\r\nTo: me\r\n\r\nText.\r\n"] * 3


def untrusted() -> FakeMailbox:
    return FakeMailbox(fault=UNTRUSTED)


async def wait_for_question(pilot: AppPilot) -> str:
    """Wait for the question, and until it accepts keys."""
    await until(pilot, lambda: isinstance(pilot.app.screen, CertificateScreen))
    await pilot.pause(PAUSE_S + 0.05)
    return await shows(pilot, "SHA-256:")


async def test_the_certificate_is_shown_and_trusted_until_the_end() -> None:
    mailbox = untrusted()
    async with running(mailbox, (80, 24)) as pilot:
        shown = await wait_for_question(pilot)
        for part in (
            "Trust this certificate?",
            "is for another host.",
            "Subject: mail.example.com, Example Ltd",
            "Issuer:  Example Root",
            "Valid:   2 Jan 2026 to 2 Jan 2027",
            "01:23:45:67:89:AB:CD:EF",
            "The password was not sent.",
            "Don't connect",
        ):
            assert part in shown
        assert "│ the one that whoever runs" in shown, "prose is not indented"
        assert "from now on" not in shown
        await pilot.press("s")  # there is no account to save a pin for
        assert isinstance(pilot.app.screen, CertificateScreen)
        await pilot.press("o")
        await shows(pilot, "Subject 5")
    assert ("trust", PIN) in mailbox.calls


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_no_is_the_default_and_ends_the_program(key: str) -> None:
    mailbox = untrusted()
    async with running(mailbox) as pilot:
        await wait_for_question(pilot)
        await pilot.press(key)
        app = app_of(pilot)
        await until(pilot, lambda: app.is_exiting)
        result = app.exit_result()
    assert result.code == ExitCode.CONNECT
    assert "is for another host" in result.sentence
    assert ("trust", PIN) not in mailbox.calls


async def test_the_question_can_be_answered_in_a_small_terminal() -> None:
    async with running(untrusted(), (40, 10)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, CertificateScreen))
        shown = await shows(pilot, "Don't connect")
        assert "Trust this certificate?" in shown
        await pilot.pause(PAUSE_S + 0.05)
        await pilot.press("end")
        await shows(pilot, "The password was not sent. Trust")


def test_a_pin_is_saved_for_an_account_and_a_changed_one_is_refused(
    terminal: StartTerminal, tmp_path: Path, certificates: Certificates
) -> None:
    """The whole program with a real server; it doesn't ask about a certificate that changed."""
    context = certificates.stranger.context()
    with serving(OddServer(MESSAGES, tls=context)) as server:
        text = f'# mine\n[accounts.work]\nurl = "pops://user@127.0.0.1:{server.port}"\n'
        env = PASSWORD | write_config(tmp_path, text)
        screen = terminal("work", env=env)
        screen.wait_for("Trust this certificate?")
        screen.wait_quiet(PAUSE_S + 0.1)
        screen.write("escape")  # the s among these letters is not an answer
        screen.wait_for("Pasted text is no answer")
        assert "pin" not in Path(env["POPTUI_CONFIG"]).read_text()
        screen.press("s")
        screen.wait_for("hello there")
        screen.press("q")
        assert screen.exit_code() == 0
        file = Path(env["POPTUI_CONFIG"])
        assert file.read_text().startswith("# mine\n")
        pin = load_config(file).for_target("work").pin
        assert pin == certificates.stranger.fingerprint
        other = certificates.good.fingerprint
        file.write_text(file.read_text().replace(pin, other))
        changed = terminal("work", env=env)
        assert changed.exit_code() == ExitCode.CONNECT
        shown = " ".join(changed.screen())
        assert "has changed" in shown
        assert "Trust this certificate?" not in changed.raw.decode()
    assert server.conversations[-1] == []
