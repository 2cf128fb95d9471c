"""A client key with a passphrase: from a command, or asked for on the terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from poptui.errors import LoginError
from poptui.net.tls import check_client_key
from poptui.storage import client_key
from poptui.storage.client_key import with_key_unlocked
from poptui.storage.secrets import PassphraseNeededError
from poptui.storage.settings import Settings
from tests.acceptance.program import RunBatch
from tests.kit.certificates import Certificates
from tests.kit.terminal import StartTerminal
from tests.kit.tls_server import TlsServer

SENTINEL = "sentinel-passphrase-ä"


@pytest.fixture
def locked(certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of an account whose client key has a passphrase."""
    monkeypatch.setattr(client_key, "_accepted", {})
    key = serialization.load_pem_private_key(certificates.client.file.read_bytes(), None)
    file = tmp_path / "key.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(SENTINEL.encode()),
        )
    )
    return Settings(
        url="pops://user@127.0.0.1:1",
        client_cert=str(certificates.client.file),
        client_key=str(file),
    )


async def unlock(settings: Settings) -> Settings:
    return await with_key_unlocked(settings, say=lambda text: None, may_ask=False)


async def test_a_command_prints_the_passphrase(locked: Settings) -> None:
    opened = await unlock(locked.replaced(client_key_command=f"echo {SENTINEL}"))
    check_client_key(opened.server)
    assert SENTINEL not in repr(opened) + repr(opened.server)
    # It is known from now on, whoever asks.
    check_client_key((await unlock(locked)).server)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("echo wrong", "is wrong. It came from the client_key_command."),
        ("exit 3", "The client_key_command for user@127.0.0.1 ended with 3"),
        (r"printf '\377\n'", "not UTF-8"),
        ("printf %02000d 1", "is wrong"),
    ],
)
async def test_a_command_that_does_not_help_is_named(
    locked: Settings, command: str, message: str
) -> None:
    with pytest.raises(LoginError) as caught:
        await unlock(locked.replaced(client_key_command=command))
    assert message in str(caught.value)
    assert not caught.value.asks_password


async def test_a_key_without_a_passphrase_needs_none(
    locked: Settings, certificates: Certificates
) -> None:
    plain = locked.replaced(client_key=str(certificates.client.file), client_key_command="exit 3")
    assert await unlock(plain) is plain
    with pytest.raises(PassphraseNeededError):
        await unlock(locked)


def test_the_terminal_asks_for_it_and_a_batch_command_says_what_to_set(
    locked: Settings,
    certificates: Certificates,
    batch: RunBatch,
    terminal: StartTerminal,
    tmp_path: Path,
) -> None:
    context = certificates.good.context(clients=certificates.ca_file)
    with TlsServer(context) as server:
        file = tmp_path / "config.toml"
        file.write_text(
            f'[accounts.work]\nurl = "pops://user@127.0.0.1:{server.port}"\n'
            f'ca_file = "{certificates.ca_file}"\npassword_command = "echo secret"\n'
            f'client_cert = "{locked.client_cert}"\nclient_key = "key.pem"\n'
        )
        env = {"POPTUI_CONFIG": str(file)}
        refused = batch("account", "test", "work", env=env)
        assert refused.code == 4
        assert "needs a passphrase: set client_key_command" in refused.sentence
        screen = terminal("account", "test", "work", env=env)
        screen.wait_for("Passphrase for")
        screen.write("wrong\r")
        # The path is wrapped anywhere.
        screen.wait_for(re.compile(r"is wrong.*Passphrase for.*: *$", re.DOTALL | re.MULTILINE))
        screen.write(f"{SENTINEL}\r")
        screen.exit_code()
        assert b"PASS" in server.keywords or b"AUTH" in server.keywords
        assert SENTINEL.encode() not in screen.raw
