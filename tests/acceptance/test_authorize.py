"""``poptui account authorize`` and ``password`` as a user runs them, with a real keyring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.program import RunBatch, serving, write_config
from tests.kit.authorization_server import AuthorizationServer, fetch, sent_to
from tests.kit.odd import OddServer
from tests.kit.secret_service import secret_service
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import make_messages

NO_PASSWORD = {"POPTUI_PASSWORD": ""}


@pytest.fixture(scope="module")
def keyring() -> Iterator[dict[str, str]]:
    with secret_service() as environment:
        yield environment | NO_PASSWORD


@pytest.fixture
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as running:
        yield running


def configured(home: Path, server: AuthorizationServer, *, user: str) -> dict[str, str]:
    """Write an account with OAuth; each test has its own user, as the keyring is shared."""
    return write_config(
        home, f'[accounts.work]\nurl = "pops://{user}@mail.example.com"\n{server.settings()}'
    )


def test_by_a_code_typed_on_another_device(
    terminal: StartTerminal,
    tmp_path: Path,
    keyring: dict[str, str],
    server: AuthorizationServer,
) -> None:
    env = keyring | configured(tmp_path, server, user="device")
    screen = terminal("account", "authorize", "work", env=env)
    shown = "\n".join(screen.wait_for("Ctrl-C stops"))
    assert f"{server.url}/activate" in shown
    assert re.search(r"^  [0-9A-F]{4}-[0-9A-F]{4} *$", shown, re.MULTILINE)
    server.answer_codes("authorized")
    screen.wait_for("poptui is authorized for device@mail.example.com; the keyring has the token.")
    assert screen.exit_code() == 0


def test_in_a_browser_on_another_machine(
    terminal: StartTerminal, tmp_path: Path, keyring: dict[str, str], server: AuthorizationServer
) -> None:
    env = keyring | configured(tmp_path, server, user="pasted")
    screen = terminal("account", "authorize", "work", "--browser", columns=100, env=env)
    screen.wait_for("paste it here:")
    page = re.search(rb"http\S+/authorize\?\S+", screen.raw)
    assert page is not None
    screen.write("http://127.0.0.1/?code=1&state=2\n")
    screen.wait_for("That is not the address of this attempt.")
    screen.write(sent_to(page[0].decode()) + "\n")
    screen.wait_for("poptui is authorized for pasted@mail.example.com")
    assert screen.exit_code() == 0


def test_in_a_browser_on_this_machine_and_ctrl_c_stops(
    terminal: StartTerminal, tmp_path: Path, keyring: dict[str, str], server: AuthorizationServer
) -> None:
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho \"$1\" >'{opened}'\n")
    browser.chmod(0o700)
    env = keyring | configured(tmp_path, server, user="local")
    config = Path(env["POPTUI_CONFIG"])
    config.write_text(f'open_link = "{browser}"\n{config.read_text()}')
    screen = terminal("account", "authorize", "work", "--browser", columns=100, env=env)
    screen.wait_for("A browser should open now.")
    screen.wait_until(lambda _: opened.exists() and opened.read_text().endswith("\n"))
    screen.press("ctrl+c")
    screen.wait_for("poptui: Interrupted.")
    assert screen.exit_code() == 130
    assert screen.attributes() == screen.attributes_before
    opened.unlink()
    screen = terminal("account", "authorize", "work", "--browser", columns=100, env=env)
    screen.wait_until(lambda _: opened.exists() and opened.read_text().endswith("\n"))
    assert fetch(sent_to(opened.read_text().strip()))[0] == 200
    screen.wait_for("poptui is authorized for local@mail.example.com")
    assert screen.exit_code() == 0


def test_the_interface_replaces_a_stored_password(
    terminal: StartTerminal, batch: RunBatch, tmp_path: Path, keyring: dict[str, str]
) -> None:
    with serving(OddServer(make_messages(3))) as server:
        url = f"pop://user@127.0.0.1:{server.port}"
        env = keyring | write_config(tmp_path, f'[accounts.work]\nurl = "{url}"\n')
        line = b"wrong-sentinel\n"
        batch("account", "password", "work", "--password-stdin", env=env, stdin=line)
        screen = terminal("work", env=env)
        shown = "\n".join(screen.wait_for("[x] Keep it in the keyring"))
        assert "The password came from the keyring." in shown
        screen.wait_quiet(0.5)
        screen.press("tab")
        screen.wait_for("[ ] Keep it in the keyring")
        screen.press("tab", *"secret", "enter")
        screen.wait_for("The password is in the keyring now.")
        screen.wait_for("letter 3")
        screen.press("q")
        assert screen.exit_code() == 0
        assert b"secret" not in screen.raw
        assert len(batch("list", "work", "--jsonl", env=env).rows) == 3


def test_a_password_is_asked_for_twice_and_not_shown(
    terminal: StartTerminal, tmp_path: Path, keyring: dict[str, str]
) -> None:
    url = "pops://typed@mail.example.com"
    screen = terminal("account", "password", url, env=keyring)
    for prompt in ("Password for typed@mail.example.com: ", "The same again: "):
        screen.wait_for(prompt)
        screen.press(*"wrong-sentinel", "enter")
    screen.wait_for("The keyring has the password for typed@mail.example.com now.")
    assert screen.exit_code() == 0
    assert b"wrong-sentinel" not in screen.raw
