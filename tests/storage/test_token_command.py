"""``token_command``: its allowed output, and when it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from poptui.errors import TokenError
from poptui.secret import Secret
from poptui.storage.user_command import CommandTokens


def tokens(command: str) -> CommandTokens:
    return CommandTokens(command, "me@mail.example.com")


def printing(octets: bytes) -> str:
    escapes = "".join(f"\\{byte:03o}" for byte in octets)
    return f"printf '{escapes}'"


@pytest.mark.parametrize(
    "printed",
    [
        b"ya29.a0AfH6SMBx-_~+/==\n",
        b"eyJ0eXAi.eyJhdWQi.c2ln",
        b"EwBwA8l6BAAU+/9g=\r\nexpires in 3600 s\n",
    ],
)
async def test_tokens(printed: bytes) -> None:
    token = await tokens(printing(printed)).token()
    assert token.reveal() == printed.split(b"\n")[0].strip().decode()


@pytest.mark.parametrize(
    "printed",
    [
        b"",
        b"\n",
        b"\ntoken\n",
        b"secret-sentinel\0x",
        b"secret sentinel",
        b'{"access_token":"x"}',
        b"secret-sentinel\xff",
        b"secret-sentinel\x01auth=Bearer y",
        "secret-sentinelé".encode(),
    ],
)
async def test_invalid_tokens(printed: bytes) -> None:
    with pytest.raises(TokenError, match="The token_command for me@") as caught:
        await tokens(printing(printed)).token()
    assert "sentinel" not in str(caught.value)
    assert not caught.value.asks_password


async def test_a_command_that_fails_is_quoted() -> None:
    with pytest.raises(TokenError, match=r"ended with 3.*said “no refresh token”"):
        await tokens("echo no refresh token >&2; exit 3").token()


async def test_it_runs_once_for_each_login_and_after_a_refusal(tmp_path: Path) -> None:
    count = tmp_path / "count"
    source = tokens(f"echo x >> {count}; wc -l < {count} | tr -d ' '")
    await source.prepare()
    first = await source.token()
    second = await source.token(refused=first)
    third = await source.token()
    assert [token.reveal() for token in (first, second, third)] == ["1", "2", "3"]
    assert isinstance(first, Secret)
