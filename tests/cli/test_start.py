"""What the start screen asks of the servers, and what it remembers between two visits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from poptui.cli import session
from poptui.cli.start import Refusals, choose_account
from poptui.errors import LoginError, PoptuiError
from poptui.mailbox.overview import MailboxOverview
from poptui.net.credentials import Credentials
from poptui.secret import Secret
from poptui.storage.config import load_config
from poptui.storage.secrets import PasswordNeededError
from poptui.tui.results import Account, StartAction, StartChoice
from tests.kit.odd import OddServer
from tests.mailbox.drops import make_messages


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> list[Account]:
    """The accounts of the last visit to the start screen, which is not drawn."""
    shown: list[Account] = []

    async def run_start(accounts: Sequence[Account], **_: object) -> StartChoice:
        shown[:] = accounts
        return StartChoice(StartAction.QUIT)

    monkeypatch.setattr("poptui.tui.run.run_start", run_start)
    return shown


async def look(visited: list[Account], refusals: Refusals, times: int = 1) -> list[object]:
    """Visit the start screen, and ask for the first account so often."""
    await choose_account("", "", refusals)
    found: list[object] = []
    for _ in range(times):
        try:
            found.append(await visited[0].look_into())
        except PoptuiError as error:
            found.append(error)
    return found


async def test_a_refused_password_is_not_sent_again_at_each_visit(
    visited: list[Account], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with OddServer(make_messages(1)) as server:
        (tmp_path / "config.toml").write_text(
            f'cache = false\n[accounts.work]\nurl = "pop://user@127.0.0.1:{server.port}"\n'
            'password_command = "echo wrong"\n'
        )
        monkeypatch.setenv("POPTUI_CONFIG", str(tmp_path / "config.toml"))
        refusals: Refusals = {}
        (first,) = await look(visited, refusals)
        assert isinstance(first, LoginError)
        assert "The password came from the password_command." in str(first)
        sent = len(server.keywords)
        assert await look(visited, refusals) == [first]
        assert len(server.keywords) == sent
        # “Check again” asks the server.
        known, asked = await look(visited, refusals, times=2)
        assert known is first
        assert isinstance(asked, LoginError)
        assert len(server.keywords) > sent


async def test_a_password_that_was_typed_and_accepted_is_not_asked_for_again(
    visited: list[Account], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with OddServer(make_messages(3)) as server:
        (tmp_path / "config.toml").write_text(
            f'cache = false\n[accounts.work]\nurl = "pop://user@127.0.0.1:{server.port}"\n'
        )
        monkeypatch.setenv("POPTUI_CONFIG", str(tmp_path / "config.toml"))
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        (before,) = await look(visited, {})
        assert isinstance(before, PasswordNeededError)
        settings = load_config().for_target("work")
        box = session.mailbox_at(settings, Credentials(Secret("secret")), background=False)
        await box.session.connect()
        await box.session.discard()
        await box.close()
        (after,) = await look(visited, {})
        assert isinstance(after, MailboxOverview)
        server.change_password("other")
        refusals: Refusals = {}
        (refused,) = await look(visited, refusals)
        assert isinstance(refused, LoginError)
        refusals.clear()
        (again,) = await look(visited, refusals)
        assert isinstance(again, PasswordNeededError)
