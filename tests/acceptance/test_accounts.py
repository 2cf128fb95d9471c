"""Several accounts, on a real Dovecot: the start screen, switching, and marks that wait."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.acceptance.screen import READ, exit_message
from tests.kit.dovecot import Dovecot, DovecotServer
from tests.kit.terminal import LIMIT, StartTerminal, Terminal
from tests.mailbox.watched import make_messages

ALTERNATE_SCREEN = b"\x1b[?1049h"


@pytest.fixture
def second(dovecot_server: DovecotServer) -> Dovecot:
    return dovecot_server.new_user()


@pytest.fixture
def screen(dovecot: Dovecot, second: Dovecot, terminal: StartTerminal, tmp_path: Path) -> Terminal:
    config = tmp_path / "config.toml"
    config.write_text(
        "".join(
            f'[accounts.{name}]\nurl = "{box.url}"\npassword_command = "echo {box.password}"\n'
            for name, box in (("home", dovecot), ("work", second))
        )
    )
    dovecot.deliver(make_messages(5))
    second.deliver(make_messages(3))
    return terminal("--config", str(config))


def test_marks_wait_while_another_account_is_open(
    dovecot: Dovecot, second: Dovecot, screen: Terminal
) -> None:
    names, others = dovecot.files(), second.files()
    screen.wait_for(re.compile("home +5 "))
    screen.wait_for(re.compile("work +3 "))
    screen.press("enter")
    screen.wait_for("letter 5")
    screen.press("d", "d")
    screen.wait_for(re.compile(r"^.D .*letter 4 ", re.MULTILINE))
    screen.press("A")
    screen.wait_for("2 marks are kept for next time")
    # The same session as before, without another login.
    screen.wait_for(re.compile(r"home +5 +\d+ k?B +0 +now "))
    screen.press("down", "enter")
    screen.wait_for("letter 3")
    screen.press("d")
    screen.wait_for(re.compile(r"^.D .*letter 3 ", re.MULTILINE))
    screen.press("A")
    screen.wait_for("1 mark is kept for next time")
    screen.press("up", "enter")
    screen.wait_for("2 messages marked by an earlier run")
    screen.wait_quiet(READ)
    screen.press("k")
    screen.wait_for("2 marked")
    screen.press("q")
    screen.wait_for("Delete 2 messages")
    screen.press("c")
    assert screen.exit_code() == 0
    assert "2 messages deleted" in exit_message(screen)
    assert len(dovecot.files()) == 3
    assert dovecot.files() < names
    assert second.files() == others


def test_an_account_that_cannot_be_opened_leads_back_to_the_others(
    terminal: StartTerminal, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        "".join(
            f'[accounts.{name}]\nurl = "pops://me@127.0.0.1:1"\npassword_command = "echo x"\n'
            for name in ("home", "work")
        )
    )
    screen = terminal("--config", str(config))
    screen.wait_for(re.compile("home +problem"))
    opened = screen.raw.count(ALTERNATE_SCREEN)
    screen.press("enter")
    screen.wait_until(
        lambda _: screen.raw.count(ALTERNATE_SCREEN) > opened, LIMIT, "the accounts again"
    )
    screen.wait_for("Nothing listens at 127.0.0.1:1")
    screen.wait_quiet()
    screen.press("q")
    assert screen.exit_code() == 0


def test_without_accounts_the_demo_is_a_key_away(terminal: StartTerminal) -> None:
    screen = terminal()
    screen.wait_for("Welcome to poptui")
    screen.press("d")
    screen.wait_for("69 messages")
    screen.press("A")
    screen.wait_for("Welcome to poptui")
    screen.press("d")
    screen.wait_for("69 messages")
    screen.press("q")  # as it was when the demo began
    screen.wait_for("Welcome to poptui")
    screen.press("q")
    assert screen.exit_code() == 0


def test_an_account_without_a_password_asks_on_the_screen(
    dovecot: Dovecot, second: Dovecot, terminal: StartTerminal, tmp_path: Path
) -> None:
    dovecot.deliver(make_messages(300))
    config = tmp_path / "config.toml"
    config.write_text(
        f'[accounts.home]\nurl = "{dovecot.url}"\n[accounts.work]\nurl = "{second.url}"\n'
    )
    screen = terminal("--config", str(config))
    screen.wait_for(re.compile("home +password"))
    screen.press("enter")
    screen.wait_for(f"Password for {dovecot.user}@")
    screen.press("esc")
    screen.wait_until(lambda shown: "Password for" not in "".join(shown), LIMIT, "the accounts")
    screen.press("enter")
    screen.wait_for(f"Password for {dovecot.user}@")
    screen.write("wrong\r")
    screen.wait_for("refused the login")
    screen.wait_for(f"Password for {dovecot.user}@")
    screen.write(f"{dovecot.password}\r")
    screen.wait_for("letter 300")
    screen.press("q")
    assert screen.exit_code() == 0
