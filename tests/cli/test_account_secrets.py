"""``poptui account password`` and ``authorize``: what is kept in a real keyring, and when not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.program import RunBatch, serving, write_config
from tests.kit.authorization_server import AuthorizationServer
from tests.kit.odd import OddServer
from tests.kit.secret_service import secret_service
from tests.mailbox.watched import make_messages

pytestmark = [
    pytest.mark.usefixtures("fresh_keyring"),
    # After an error keyring leaves its connection to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
NO_PASSWORD = {"POPTUI_PASSWORD": ""}


def test_a_stored_password_is_used_found_wrong_and_replaced(
    batch: RunBatch, tmp_path: Path
) -> None:
    with serving(OddServer(make_messages(3))) as server, secret_service() as keyring:
        url = f"pop://user@127.0.0.1:{server.port}"
        env = keyring | NO_PASSWORD
        env |= write_config(tmp_path, f'[accounts.work]\nurl = "{url}"\n')

        def keep(password: bytes) -> int:
            line = password + b"\n"
            return batch(
                "account", "password", "work", "--password-stdin", env=env, stdin=line
            ).code

        assert keep(b"wrong-sentinel") == 0
        refused = batch("list", "work", env=env)
        assert refused.code == 4
        assert refused.sentence.endswith(
            "The password came from the keyring. Replace it with: poptui account password work."
        )
        by_url = batch("list", url, env=env)
        assert by_url.sentence.endswith(f"Replace it with: poptui account password {url}.")
        assert keep(b"secret") == 0
        assert len(batch("list", "work", "--jsonl", env=env).rows) == 3

        assert batch("account", "password", "work", "--remove", env=env).code == 0
        assert batch("account", "password", "work", "--remove", env=env).code == 1

        assert keep(b"secret") == 0
        same = f'[accounts.same]\nurl = "{url}"\n[accounts.work]\nurl = "{url}"\n'
        write_config(tmp_path, same)
        shared = batch("account", "remove", "same", "--yes", env=env)
        assert (shared.code, "keyring" in shared.err) == (0, False)
        removed = batch("account", "remove", "work", "--yes", env=env)
        assert "Removed what the keyring had for user@127.0.0.1." in removed.err
        assert batch("account", "password", url, "--remove", env=env).code == 1


def test_a_locked_keyring_is_one_sentence(
    batch: RunBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_open = os.open

    def without_terminal(path: str, flags: int, *more: Any, **options: Any) -> int:
        if path == "/dev/tty":
            raise OSError(6, "No such device or address")
        return real_open(path, flags, *more, **options)

    monkeypatch.setattr("os.open", without_terminal)
    with AuthorizationServer() as server, secret_service(locked=True) as locked:
        url = "pops://early@mail.example.com"
        env = locked | NO_PASSWORD
        env |= write_config(tmp_path, f'[accounts.work]\nurl = "{url}"\n{server.settings()}')
        kept = batch("account", "password", url, "--password-stdin", env=env, stdin=b"secret\n")
        assert kept.sentence == (
            "poptui: The keyring is locked and was not unlocked. Set a password_command for this"
            " account instead, or give the password with --password-stdin or at the prompt."
        )
        listed = batch("list", url, env=env)
        assert "The keyring is locked and was not unlocked, and there is no" in listed.sentence
        result = batch("account", "authorize", "work", env=env)
        assert result.sentence == (
            "poptui: The keyring is locked and was not unlocked. poptui stores an authorization"
            " only in a keyring. Unlock or install one (on Linux a Secret Service such as"
            " gnome-keyring), or set a token_command."
        )
        assert (kept.code, listed.code, result.code) == (4, 4, 4)
        assert server.requests == []


def test_missing_settings_for_oauth_are_named(batch: RunBatch, tmp_path: Path) -> None:
    table = '[accounts.work]\nurl = "pops://me@mail.example.com"\n'
    for settings, expected in (
        ("", "set oauth_client_id in [accounts.work] of config.toml"),
        ('oauth_client_id = "id"\n', "set oauth_token_url and oauth_device_url or"),
    ):
        result = batch("account", "authorize", "work", env=write_config(tmp_path, table + settings))
        assert (result.code, expected in result.sentence) == (2, True)


def test_without_a_keyring_the_browser_is_not_opened(batch: RunBatch, tmp_path: Path) -> None:
    with AuthorizationServer() as server:
        table = f'[accounts.work]\nurl = "pops://me@mail.example.com"\n{server.settings()}'
        result = batch("account", "authorize", "work", env=write_config(tmp_path, table))
        assert result.code == 4
        assert result.sentence.startswith(
            "poptui: This machine has no keyring that stores anything"
        )
        assert "set a token_command" in result.sentence
        assert server.requests == []


@pytest.mark.parametrize("option", ["oauth_token_url", "oauth_device_url"])
@pytest.mark.parametrize(
    "value",
    ["http://example.com/", "example.com", "https://", "https://u:p@example.com/", "https://a b"],
)
def test_an_address_that_secrets_must_not_go_to_is_refused(
    batch: RunBatch, tmp_path: Path, option: str, value: str
) -> None:
    table = f'[accounts.work]\nurl = "pops://me@mail.example.com"\n{option} = "{value}"\n'
    result = batch("account", "authorize", "work", env=write_config(tmp_path, table))
    assert result.code == 2
    assert f"accounts.work.{option} must be an address that begins with https://" in result.sentence
