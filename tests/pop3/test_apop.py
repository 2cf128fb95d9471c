"""APOP: the digest, and timestamps that must be refused (CVE-2007-1558)."""

from __future__ import annotations

import pytest

from poptui.pop3.auth import apop_digest, apop_timestamp
from poptui.pop3.errors import LocalError
from poptui.secret import Secret

STAMP = "<31226791.1261208975@fcgp01.nicmail.ru>"


def test_digest_of_a_real_session() -> None:
    assert apop_digest(STAMP, Secret("qwerty")) == "d0a42277e0dc30b9cbc8295653928dca"


def test_digest_of_rfc_1939() -> None:
    stamp = "<1896.697170952@dbc.mtview.ca.us>"
    assert apop_digest(stamp, Secret("tanstaaf")) == "c4c9334bac560ecc979e58001b3e22fb"


def test_the_password_is_digested_as_utf8() -> None:
    assert apop_digest("<a@b>", Secret("пароль")) == "615487fa13d0150bff2c2ca8d1234fd9"


def test_a_password_that_utf8_cannot_encode() -> None:
    with pytest.raises(LocalError) as caught:
        apop_digest(STAMP, Secret("hunter\udce9"))
    assert caught.value.__suppress_context__
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    ("greeting", "stamp"),
    [
        (f"POP3 Server ready {STAMP}", STAMP),
        ("<1896.697170952@dbc.mtview.ca.us> ready", "<1896.697170952@dbc.mtview.ca.us>"),
        ("x <a.b!#$%&'*+/=?^_`{|}~-@c.d>", "<a.b!#$%&'*+/=?^_`{|}~-@c.d>"),
        ("x <1.2@[127.0.0.1]>", "<1.2@[127.0.0.1]>"),
        ("x <1.2@h>.", "<1.2@h>"),
    ],
)
def test_valid_timestamps(greeting: str, stamp: str) -> None:
    assert apop_timestamp(greeting) == stamp


@pytest.mark.parametrize(
    "greeting",
    [
        "POP3 Server ready",
        "ready <>",
        "ready <@>",
        "ready <a>",
        "ready <a@>",
        "ready <@b>",
        "ready <a@b",
        "ready a@b>",
        ">a@b<",
        "ready <a@b@c>",
        "ready <a b@c>",
        "ready <a@b c>",
        "ready <.a@b>",
        "ready <a.@b>",
        "ready <a..b@c>",
        "ready <a@b.>",
        "ready <a@[b]c]>",
        "ready <a@[b\\]>",
        "ready <a@b\x01>",
        "ready <a\x80\xff@b>",
        "ready <ü@b>",
        "ready <a@b>\n<c@d>",
        "ready <a@b> <c@d>",
        "ready <<a@b>>",
    ],
)
def test_invalid_timestamps(greeting: str) -> None:
    assert apop_timestamp(greeting) is None
