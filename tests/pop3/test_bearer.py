"""XOAUTH2 and OAUTHBEARER: the messages in their specifications, and reasons for refusals."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from poptui.pop3.auth import BearerMechanism, OAuthBearer, XOAuth2
from poptui.pop3.errors import LocalError
from poptui.secret import Secret

TOKEN = Secret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==")


def test_example_of_google() -> None:
    """https://developers.google.com/workspace/gmail/imap/xoauth2-protocol"""
    xoauth2 = XOAuth2(
        "someuser@example.com", Secret("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")
    )
    assert b64encode(xoauth2.initial()) == (
        b"dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhk"
        b"SFJoZG1semRHRXVZMjl0Q2cBAQ=="
    )


def test_example_of_rfc_7628() -> None:
    """Section 4.1; its second line break belongs to the RFC's layout."""
    bearer = OAuthBearer("user@example.com", TOKEN, "server.example.com", 143)
    assert b64encode(bearer.initial()) == (
        b"bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVy"
        b"IHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
    )


def test_refusal_of_rfc_7628() -> None:
    """Section 4.3: the server explains, the client answers with %x01, the server refuses."""
    bearer = OAuthBearer("user@example.com", TOKEN)
    refusal = (
        b"eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwib3BlbmlkLWNvbmZpZ3Vy"
        b"YXRpb24iOiJodHRwczovL2V4YW1wbGUuY29tLy53ZWxsLWtub3duL29wZW5pZC1jb25maWd1cmF0aW9uIn0="
    )
    assert bearer.is_complete
    assert bearer.answer(b64decode(refusal)) == b"\x01"
    assert not bearer.is_complete
    assert bearer.problem == (
        "it is invalid or has expired, status invalid_token; it must be for example_scope"
    )
    assert bearer.answer(b"{}") is None


def test_commas_and_equal_signs_in_users() -> None:
    assert OAuthBearer("a=b,c", TOKEN).initial().startswith(b"n,a=a=3Db=2Cc,\x01auth=Bearer ")


@pytest.mark.parametrize("kind", [XOAuth2, OAuthBearer])
def test_the_message_is_sent_once_if_the_server_asks_for_it(kind: type[BearerMechanism]) -> None:
    bearer = kind("me", TOKEN)
    assert bearer.answer(b"") == bearer.initial()
    assert bearer.answer(b"") == bearer.answer_to_refusal
    assert bearer.answer(b"") is None


@pytest.mark.parametrize(
    ("challenge", "words"),
    [
        (b'{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}', "https://mail"),
        (b'{"status":400}', "status 400"),
        (b'{"status":"made_up"}', "status made_up"),
        (b'{"scope":["a"]}', "status none"),
        (b"{}", "status none"),
        (b"[1]", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"not json", "cannot be read"),
        (b"[" * 4000, "cannot be read"),
        (b'{"status":"' + b"x" * 5000 + b'"}', "cannot be read"),
    ],
)
def test_reasons(challenge: bytes, words: str) -> None:
    xoauth2 = XOAuth2("me", TOKEN)
    assert xoauth2.answer(challenge) == b""
    assert words in xoauth2.problem


@pytest.mark.parametrize("token", ["", "a\x01auth=Bearer b", "a\0b", "tökén"])
def test_tokens_that_cannot_be_sent(token: str) -> None:
    with pytest.raises(LocalError, match="the access token"):
        XOAuth2("me", Secret(token))


def test_the_token_is_not_in_repr() -> None:
    assert TOKEN.reveal() not in repr(XOAuth2("me", TOKEN))
