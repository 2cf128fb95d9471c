"""The login by an access token at scripted servers, honest and hostile."""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest

from poptui.errors import (
    TokenRefusedError,
    UntrustedServerError,
)
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions
from poptui.secret import Secret
from tests.kit.scripted import ScriptedServer, hold, steps
from tests.net.logins import local, logged_in, offering, refused

OPTIONS = ConnectionOptions(timeout_s=5.0)
TOKEN, FRESH = "ya29.stale-token-sentinel", "ya29.fresh-token-sentinel"
REFUSED_401 = b"+ " + b64encode(b'{"status":"401","scope":"https://mail.google.com/"}') + b"\r\n"


class Tokens:
    """Returns one token after another, then the last one repeatedly."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = [Secret(token) for token in tokens]
        self.refused: list[str | None] = []

    async def token(self, refused: Secret | None = None) -> Secret:
        self.refused.append(refused.reveal() if refused else None)
        return self._tokens.pop(0) if len(self._tokens) > 1 else self._tokens[0]


def with_tokens(*tokens: str) -> Credentials:
    return Credentials(tokens=Tokens(*tokens))


def xoauth2_line(token: str, user: str = "me") -> str:
    message = f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
    return "AUTH XOAUTH2 " + re.escape(b64encode(message).decode())


async def test_xoauth2() -> None:
    lines = await logged_in(
        *offering("SASL PLAIN XOAUTH2"),
        (xoauth2_line(TOKEN), b"+OK\r\n"),
        credentials=with_tokens(TOKEN),
    )
    assert len(lines) == 2


async def test_oauthbearer_names_the_server() -> None:
    lines = await logged_in(
        *offering("SASL XOAUTH2 OAUTHBEARER"),
        ("AUTH OAUTHBEARER .*", b"+OK\r\n"),
        credentials=with_tokens(TOKEN),
    )
    message = b64decode(lines[1].split()[-1])
    assert message.startswith(b"n,a=me,\x01host=127.0.0.1\x01port=")


@pytest.mark.parametrize("hang_up", [False, True])
async def test_a_refused_token_is_replaced_once(hang_up: bool) -> None:
    tokens = Tokens(TOKEN, FRESH)
    first = (
        *offering("SASL XOAUTH2"),
        (xoauth2_line(TOKEN), REFUSED_401),
        ("", b"-ERR [AUTH] Invalid credentials\r\n"),
    )
    second = (xoauth2_line(FRESH), b"+OK\r\n")
    scripts: list[Any] = [steps(*first, second, then=hold)]
    if hang_up:
        scripts = [first, steps(*offering("SASL XOAUTH2"), second, then=hold)]
    async with ScriptedServer(*scripts) as peer:
        credentials = Credentials(tokens=tokens)
        session = await log_in(local(peer.port), credentials, options=OPTIONS)
        session.client.close()
    assert tokens.refused == [None, TOKEN]


async def test_a_token_that_is_refused_again(debug_log: Path) -> None:
    refusal = (REFUSED_401, b"-ERR [AUTH] Invalid credentials " + TOKEN.encode() + b"\r\n")
    error = await refused(
        *offering("SASL XOAUTH2 PLAIN USER"),
        (xoauth2_line(TOKEN), refusal[0]),
        ("", refusal[1]),
        (xoauth2_line(FRESH), refusal[0]),
        ("", refusal[1]),
        credentials=with_tokens(TOKEN, FRESH),
    )
    assert isinstance(error, TokenRefusedError)
    assert not error.asks_password
    for words in ("invalid or has expired, status 401", "https://mail.google.com/", "authorize"):
        assert words in str(error)
    logged = await asyncio.to_thread(debug_log.read_text)
    for sentinel in (TOKEN, FRESH, b64encode(TOKEN.encode()).decode()[:16]):
        assert sentinel not in str(error)
        assert sentinel not in logged


async def test_the_same_token_is_not_sent_twice() -> None:
    error = await refused(
        *offering("SASL XOAUTH2"),
        (xoauth2_line(TOKEN), b"-ERR [AUTH] no\r\n"),
        credentials=with_tokens(TOKEN),
    )
    assert isinstance(error, TokenRefusedError)


async def test_a_token_is_not_renewed_if_the_mailbox_is_locked() -> None:
    tokens = Tokens(TOKEN, FRESH)
    await refused(
        *offering("SASL XOAUTH2"),
        (xoauth2_line(TOKEN), b"-ERR [IN-USE] busy\r\n"),
        credentials=Credentials(tokens=tokens),
    )
    assert tokens.refused == [None]


async def test_a_long_token_is_sent_on_request() -> None:
    """Exchange hangs up on a line of AUTH with more than 255 bytes."""
    token = "x" * 3000
    lines = await logged_in(
        *offering("SASL XOAUTH2"),
        ("AUTH XOAUTH2", b"+ \r\n"),
        ("[A-Za-z0-9+/=]{4000,}", b"+OK\r\n"),
        credentials=with_tokens(token),
    )
    assert token.encode() in b64decode(lines[2])


async def test_a_server_that_lets_us_in_after_refusing_the_token() -> None:
    error = await refused(
        *offering("SASL XOAUTH2"),
        (xoauth2_line(TOKEN), REFUSED_401),
        ("", b"+OK\r\n"),
        credentials=with_tokens(TOKEN),
    )
    assert isinstance(error, UntrustedServerError)


async def test_tokens_at_a_server_that_takes_none() -> None:
    error = await refused(*offering("SASL PLAIN NTLM"), credentials=with_tokens(TOKEN))
    assert "needs a password" in str(error)
