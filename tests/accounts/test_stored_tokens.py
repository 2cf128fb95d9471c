"""Access tokens from a stored authorization: renewed, rotated, revoked, lost."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from poptui.accounts.oauth import http, stored_tokens
from poptui.accounts.oauth.authorize import keep_authorization, require_keyring
from poptui.accounts.oauth.stored_tokens import StoredTokens
from poptui.accounts.oauth.tokens import Tokens
from poptui.errors import AuthorizationNeededError, ConnectError, ServerError
from poptui.secret import Secret
from poptui.storage import keyring_store
from poptui.storage.keyring_store import KeyringError
from poptui.threads import finish_tasks
from tests.accounts.oauth_kit import REFRESH_KEY, client_of, use_memory_keyring
from tests.kit.authorization_server import FAULTS, AuthorizationServer

Kept = dict[tuple[str, str], str]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    return use_memory_keyring(monkeypatch)


@pytest.fixture
def server(kept: Kept) -> Iterator[AuthorizationServer]:
    """A server that knows the refresh token in the keyring."""
    kept[REFRESH_KEY] = "refresh-first"
    with AuthorizationServer() as running:
        running.validator.refresh.add("refresh-first")
        yield running


def refreshes(server: AuthorizationServer) -> list[str]:
    return [form["refresh_token"] for form in server.asked("refresh_token")]


async def test_a_token_is_kept_until_it_is_refused(
    server: AuthorizationServer, tmp_path: Path
) -> None:
    source = StoredTokens(client_of(server, tmp_path))
    first = await source.token()
    assert await source.token() == first
    assert await source.token(Secret("some-other-token")) == first
    assert len(refreshes(server)) == 1
    second = await source.token(first)
    assert second != first
    assert await source.token(first) == second
    assert len(refreshes(server)) == 2


async def test_a_token_is_renewed_before_it_expires(
    server: AuthorizationServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(stored_tokens, "seconds_now", lambda: now)
    source = StoredTokens(client_of(server, tmp_path))
    first = await source.token()
    now += 3600 - stored_tokens.EXPIRY_MARGIN_S - 1
    assert await source.token() == first
    now += 2
    assert await source.token() != first


@pytest.mark.parametrize("expires", [-5, 0, "0", 10**12])
async def test_a_token_with_an_absurd_lifetime_is_used_until_it_is_refused(
    expires: object, server: AuthorizationServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = {"access_token": "access-1", "token_type": "Bearer", "expires_in": expires}
    fault = (200, {"Content-Type": "application/json"}, json.dumps(log).encode())
    monkeypatch.setitem(FAULTS, "odd time", fault)
    server.fail("/token", "odd time")
    source = StoredTokens(client_of(server, tmp_path))
    assert await source.token() == await source.token()
    assert len(refreshes(server)) == 1


async def test_several_logins_at_once_ask_once(server: AuthorizationServer, tmp_path: Path) -> None:
    source = StoredTokens(client_of(server, tmp_path))
    tokens = await asyncio.gather(*(source.token() for _ in range(5)))
    assert len(set(tokens)) == 1
    assert len(refreshes(server)) == 1


async def test_a_rotated_refresh_token_is_kept_even_if_the_login_is_cancelled(
    server: AuthorizationServer, tmp_path: Path, kept: Kept
) -> None:
    server.validator.rotates = True
    server.may_answer.clear()
    source = StoredTokens(client_of(server, tmp_path))
    asking = asyncio.create_task(source.token())
    await asyncio.to_thread(server.called.wait, 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    server.may_answer.set()
    await finish_tasks(60)  # as the end of the program does
    assert server.validator.refresh == {kept[REFRESH_KEY]}
    access = await source.token()
    assert await source.token(access) != access


async def test_a_token_that_is_refused_while_the_keyring_is_slow_is_replaced(
    server: AuthorizationServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.validator.rotates = True
    writing, may_go_on = asyncio.Event(), asyncio.Event()

    async def write(*_: object) -> None:
        writing.set()
        await may_go_on.wait()

    monkeypatch.setattr(stored_tokens, "write_keyring", write)
    source = StoredTokens(client_of(server, tmp_path))
    first = asyncio.create_task(source.token())
    await writing.wait()
    early = await source.token()
    second = asyncio.create_task(source.token(early))
    await asyncio.sleep(0)
    monkeypatch.setattr(stored_tokens, "read_keyring", lambda _: source_refresh(source))
    may_go_on.set()
    assert await first == early
    assert await second != early


async def source_refresh(source: StoredTokens) -> Secret | None:
    return source._refresh


async def test_two_programs_share_a_rotated_refresh_token(
    server: AuthorizationServer, tmp_path: Path, kept: Kept
) -> None:
    server.validator.rotates = True
    one, other = (StoredTokens(client_of(server, tmp_path)) for _ in range(2))
    first = await one.token()
    await other.token()
    assert await one.token(first) != first
    assert server.validator.refresh == {kept[REFRESH_KEY]}


async def test_two_programs_that_renew_at_once_use_each_refresh_token_once(
    server: AuthorizationServer, tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server takes the second use of a rotated token for a theft; the keyring may be slow."""
    server.validator.rotates = True
    write = keyring_store.write_keyring

    async def write_late(user: str, secret: Secret) -> None:
        await asyncio.sleep(0.1)
        await write(user, secret)

    monkeypatch.setattr(stored_tokens, "write_keyring", write_late)
    sources = [StoredTokens(client_of(server, tmp_path)) for _ in range(3)]
    assert len(set(await asyncio.gather(*(source.token() for source in sources)))) == 3
    used = refreshes(server)
    assert len(used) == len(set(used)) == 3
    assert server.validator.refresh == {kept[REFRESH_KEY]}


async def test_a_revoked_authorization_says_what_to_run(
    server: AuthorizationServer, tmp_path: Path, kept: Kept
) -> None:
    source = StoredTokens(client_of(server, tmp_path))
    first = await source.token()
    server.revoke()
    with pytest.raises(AuthorizationNeededError) as caught:
        await source.token(first)
    assert str(caught.value) == (
        f"{server.url[7:]} no longer accepts poptui's authorization for me@mail.example.com"
        " (“invalid_grant”). Run: poptui account authorize work."
    )
    # Authorized again by another poptui: this one goes on.
    kept[REFRESH_KEY] = "refresh-new"
    server.validator.refresh.add("refresh-new")
    assert await source.token(first) != first


async def test_an_account_that_is_not_authorized_says_what_to_run(
    server: AuthorizationServer, tmp_path: Path, kept: Kept
) -> None:
    kept.clear()
    with pytest.raises(AuthorizationNeededError, match=r"not authorized for .* yet\. Run: poptui"):
        await StoredTokens(client_of(server, tmp_path)).token()
    assert server.requests == []


async def test_a_network_failure_is_temporary(
    server: AuthorizationServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, usual_s = StoredTokens(client_of(server, tmp_path)), http.TIMEOUT_S
    for fault, kind in (("html", ServerError), ("busy", ServerError), ("hang", ConnectError)):
        monkeypatch.setattr(http, "TIMEOUT_S", 0.1 if fault == "hang" else usual_s)
        server.fail("/token", fault)
        with pytest.raises(kind) as caught:
            await source.token()
        assert caught.value.is_temporary
    monkeypatch.setattr(http, "TIMEOUT_S", usual_s)
    server.fail("/token", "")
    assert await source.token()


def lock(monkeypatch: pytest.MonkeyPatch) -> None:
    class KeyringLocked(Exception):
        pass

    def fail(*_: str) -> None:
        raise KeyringLocked

    for name in ("get_password", "set_password"):
        monkeypatch.setattr(sys.modules["keyring"], name, fail)


async def test_a_locked_keyring_is_named_and_what_to_do(
    server: AuthorizationServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(server, tmp_path)
    source = StoredTokens(client)
    first = await source.token()
    lock(monkeypatch)
    with pytest.raises(KeyringError, match=r"^The keyring is locked .* unlock it and try again"):
        await StoredTokens(client).token()
    with pytest.raises(KeyringError, match="Unlock or install one"):
        await require_keyring()
    # Locked while the program runs: what it knows is enough.
    assert await source.token(first) != first


async def test_an_authorization_without_a_refresh_token_is_refused(
    server: AuthorizationServer, tmp_path: Path, kept: Kept
) -> None:
    client = client_of(server, tmp_path)
    with pytest.raises(ServerError, match="but no refresh token"):
        await keep_authorization(client, Tokens(Secret("access-token"), None, None))
    await keep_authorization(client, Tokens(Secret("access-token"), Secret("refresh-it"), None))
    assert kept[REFRESH_KEY] == "refresh-it"
