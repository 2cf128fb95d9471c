"""The requests of the start screen to the servers, and what it remembers between two visits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from poptui.cli import interactive, session
from poptui.cli.start import Refusals, choose_account, remember_mailbox
from poptui.environment import cache_path
from poptui.errors import LoginError, PoptuiError
from poptui.mailbox.access.overview import MailboxOverview, NotAskedError
from poptui.net.credentials import Credentials
from poptui.secret import Secret
from poptui.storage.config import load_config
from poptui.storage.secrets import PasswordNeededError
from poptui.tui.results import Account, StartAction, StartChoice
from tests.kit.odd import OddServer
from tests.mailbox.watched import make_messages


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> list[Account]:
    """The accounts of the last visit to the start screen, which is not drawn."""
    shown: list[Account] = []

    async def run_start(accounts: Sequence[Account], **_: object) -> StartChoice:
        shown[:] = accounts
        return StartChoice(StartAction.QUIT)

    monkeypatch.setattr("poptui.tui.apps.run.run_start", run_start)
    return shown


async def look(visited: list[Account], refusals: Refusals, times: int = 1) -> list[object]:
    """Visit the start screen, then check the first account ``times`` times, after the first time by
    ``r``."""
    await choose_account("", "", refusals)
    found: list[object] = []
    for number in range(times):
        try:
            found.append(await visited[0].read_overview(number > 0))
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
        _, refused = await look(visited, refusals, times=2)
        assert isinstance(refused, LoginError)
        refusals.clear()
        _, again = await look(visited, refusals, times=2)
        assert isinstance(again, PasswordNeededError)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.setenv("POPTUI_CONFIG", str(tmp_path / "config.toml"))
    return tmp_path


def configure(home: Path, server: OddServer) -> None:
    (home / "config.toml").write_text(
        f'[accounts.work]\nurl = "pop://user@127.0.0.1:{server.port}"\n'
        'password_command = "echo secret"\n'
    )


async def open_and_leave(*, delete: bool = False) -> None:
    """Open the account as the interface does, and leave it."""
    settings = load_config().for_target("work")
    credentials = Credentials(Secret("secret"))
    box = session.mailbox_at(settings, credentials, background=True, stored=True)
    await box.session.connect()
    if delete:
        box.marks.mark([box.listing.entries[0]])
        await box.commit.run(stay=False)
    await box.session.discard()
    await box.close()
    remember_mailbox(box, settings)


def logins(server: OddServer) -> int:
    return server.keywords.count(b"PASS") + server.keywords.count(b"APOP")


async def test_an_account_that_was_seen_lately_is_not_asked_again(
    visited: list[Account], home: Path
) -> None:
    async with OddServer(make_messages(3)) as server:
        configure(home, server)
        (first,) = await look(visited, {})
        again, wanted = await look(visited, {}, times=2)
        assert logins(server) == 2
        await open_and_leave(delete=True)
        before = logins(server)
        (after,) = await look(visited, {})
        assert logins(server) == before
    assert isinstance(first, MailboxOverview)
    assert isinstance(again, MailboxOverview)
    assert isinstance(after, MailboxOverview)
    assert again.age_s is not None
    assert (again._replace(age_s=None), wanted) == (first, first)
    assert (after.message_count, after.new_count) == (2, 0)
    assert after.age_s is not None


async def test_a_server_that_limits_logins_is_asked_when_the_user_wants_it(
    visited: list[Account], home: Path
) -> None:
    """A login for the list would keep the user from opening the mailbox next."""
    async with OddServer(make_messages(3), ["login-delay"]) as server:
        configure(home, server)
        found = [*await look(visited, {}), *await look(visited, {})]
        assert [type(account) for account in found] == [NotAskedError, NotAskedError]
        assert "wants 5 minutes between two logins" in str(found[0])
        assert logins(server) == 0
        assert server.connections == 1  # the second time it is known
        _, wanted, too_early = await look(visited, {}, times=3)
        assert logins(server) == 1
        (remembered,) = await look(visited, {})
        assert logins(server) == 1
    assert wanted == MailboxOverview(3, wanted.size_bytes, None)  # type: ignore[attr-defined]
    for account in (too_early, remembered):
        assert isinstance(account, MailboxOverview)
        assert (account.message_count, account.age_s is None) == (3, False)


async def test_figures_from_the_future_or_damaged_are_not_used(
    visited: list[Account], home: Path
) -> None:
    async with OddServer(make_messages(3)) as server:
        configure(home, server)
        await look(visited, {})
        file = cache_path().with_name("overviews.json")
        kept = file.read_text()
        for damage in (
            *("[", '{"figures": []}', kept.replace(".", "99.")),
            kept.replace("[3", f"[{10**400}"),
            kept.replace("[3", "[-3"),
        ):
            file.write_text(damage)
            (found,) = await look(visited, {})
            assert isinstance(found, MailboxOverview)
            assert found.age_s is None
    assert logins(server) == 6


async def test_a_new_account_that_must_be_authorized_is_shown_with_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[tuple[str, str]] = []
    choices = [StartChoice(StartAction.ACCOUNTS, "new"), StartChoice(StartAction.QUIT)]

    async def choose(last: str, notice: str, refusals: Refusals, **_: object) -> StartChoice:
        shown.append((last, notice))
        return choices.pop(0)

    monkeypatch.setattr("poptui.cli.start.choose_account", choose)
    assert await interactive._from_start(interactive.COMMAND.parse([])) == 0
    saved = "Saved “new”. When you open it, poptui asks you to sign in."
    assert shown == [("", ""), ("new", saved)]
