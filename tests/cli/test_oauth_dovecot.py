"""Sign in to a real Dovecot with tokens of a local authorization server; nothing leaks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from poptui.accounts.oauth import stored_tokens
from poptui.accounts.oauth.client import OAuthClient
from poptui.secret import Secret
from tests.acceptance.program import RunBatch, poptui, write_config
from tests.kit.authorization_server import CLIENT_SECRET, AuthorizationServer
from tests.kit.certificates import Certificates
from tests.kit.dovecot import PROGRAM, Dovecot, DovecotServer
from tests.kit.secret_service import secret_service
from tests.kit.terminal import StartTerminal
from tests.mailbox.watched import make_messages

pytestmark = [
    pytest.mark.usefixtures("fresh_keyring"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
REFRESH = "refresh-sentinel-77aa55"


@pytest.fixture(scope="module")
def server() -> Iterator[AuthorizationServer]:
    with AuthorizationServer(secret=CLIENT_SECRET) as running:
        yield running


@pytest.fixture(scope="module")
def keyring() -> Iterator[dict[str, str]]:
    with secret_service() as environment:
        yield environment | {"POPTUI_PASSWORD": ""}


@pytest.fixture(scope="module")
def dovecot_with_tokens(
    server: AuthorizationServer, certificates: Certificates
) -> Iterator[DovecotServer]:
    if PROGRAM is None:
        pytest.skip("Dovecot is not installed here (Debian: dovecot-pop3d).")
    url = f"{server.url}/introspect"
    with DovecotServer(certificates.good, certificates.ca_file, introspection_url=url) as running:
        yield running


@pytest.fixture
def mailbox(dovecot_with_tokens: DovecotServer, server: AuthorizationServer) -> Iterator[Dovecot]:
    user = dovecot_with_tokens.new_user()
    user.deliver(make_messages(3))
    server.user = user.user
    yield user
    shutil.rmtree(user.maildir, ignore_errors=True)


def configured(
    home: Path, server: AuthorizationServer, mailbox: Dovecot, auth: str = "auto"
) -> dict[str, str]:
    lines = [
        "[accounts.work]",
        f'url = "{mailbox.tls_url}"',
        f'ca_file = "{mailbox.ca_file}"',
        f'auth = "{auth}"',
        server.settings(secret=True),
    ]
    return write_config(home, "\n".join(lines))


def authorize(
    terminal: StartTerminal, server: AuthorizationServer, env: dict[str, str], *options: str
) -> bytes:
    screen = terminal("account", "authorize", "work", *options, env=env)
    screen.wait_for("Ctrl-C stops")
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        assert CLIENT_SECRET.encode() not in process.read_bytes()
    server.answer_codes("authorized")
    screen.wait_for("poptui is authorized for")
    assert screen.exit_code() == 0
    return screen.raw


def test_tokens_open_the_mailbox_until_they_are_revoked(
    terminal: StartTerminal,
    batch: RunBatch,
    tmp_path: Path,
    keyring: dict[str, str],
    server: AuthorizationServer,
    mailbox: Dovecot,
) -> None:
    env = keyring | configured(tmp_path, server, mailbox)
    debug = tmp_path / "debug.log"
    before = batch("list", "work", env=env)
    assert (before.code, before.sentence.endswith("Run: poptui account authorize work.")) == (
        4,
        True,
    )

    written = authorize(terminal, server, env, "--debug", str(debug))
    for auth in ("XOAUTH2", "OAUTHBEARER", "auto"):
        env |= configured(tmp_path, server, mailbox, auth)
        listed = poptui("list", "work", "--jsonl", "--debug", str(debug), home=tmp_path, env=env)
        assert (listed.code, listed.err, len(listed.rows)) == (0, "", 3)
        written += listed.out
    assert "logging in by XOAUTH2" in debug.read_text()
    assert "logging in by OAUTHBEARER" in debug.read_text()
    written += batch("account", "test", "work", env=env).out

    secrets = [
        *server.validator.access,
        *server.validator.refresh,
        *server.validator.devices,
        CLIENT_SECRET,
    ]
    assert len(secrets) > 6
    server.revoke()
    revoked = batch("list", "work", "--debug", str(debug), env=env)
    assert revoked.code == 4
    assert "no longer accepts poptui's authorization" in revoked.sentence
    assert revoked.sentence.endswith("Run: poptui account authorize work.")
    written += revoked.err.encode()

    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "poptui.toml"]
    assert debug in files
    for text in (written, *(path.read_bytes() for path in files)):
        assert not [secret for secret in secrets if secret.encode() in text]


def test_the_interface_offers_to_authorize_at_the_start_and_later(
    terminal: StartTerminal,
    tmp_path: Path,
    keyring: dict[str, str],
    server: AuthorizationServer,
    mailbox: Dovecot,
) -> None:
    screen = terminal("work", columns=100, env=keyring | configured(tmp_path, server, mailbox))
    screen.wait_for("Authorization needed")
    screen.wait_for("is not authorized for")
    screen.press("a")
    screen.wait_for("There, type this code:")
    server.answer_codes("authorized")
    screen.wait_for("letter 3")

    server.revoke()
    server.expire()
    screen.press("r")
    screen.wait_for("no longer accepts poptui's authorization")
    screen.wait_for("Authorization needed")
    screen.press("a")
    screen.wait_for("There, type this code:")
    screen.press("esc")
    screen.wait_for("poptui stays offline. r tries again.")
    screen.press("r")
    screen.wait_for("Authorization needed")
    screen.press("a")
    screen.wait_for("There, type this code:")
    server.answer_codes("authorized")
    screen.wait_gone("There, type this code:")
    screen.wait_for("letter 3")
    screen.press("q")
    assert screen.exit_code() == 0


def test_a_crash_shows_no_token(
    batch: RunBatch,
    tmp_path: Path,
    keyring: dict[str, str],
    server: AuthorizationServer,
    mailbox: Dovecot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def stored(source: stored_tokens.StoredTokens) -> Secret:
        return Secret(REFRESH)

    async def crash(client: OAuthClient, refresh: Secret) -> None:
        raise RuntimeError(f"{refresh.reveal()} of {client} with {client.client_secret}")

    monkeypatch.setattr(stored_tokens.StoredTokens, "_stored", stored)
    monkeypatch.setattr(stored_tokens, "refresh_tokens", crash)
    env = keyring | configured(tmp_path, server, mailbox)
    debug = tmp_path / "debug.log"
    result = batch("list", "work", "--debug", str(debug), env=env)
    assert "Internal error (RuntimeError)" in result.err
    log = debug.read_text()
    assert "Traceback" in log
    for text in (result.err, log):
        assert REFRESH not in text
        assert CLIENT_SECRET not in text
