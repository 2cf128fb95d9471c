"""A password that a server repeats is hidden, in any form in which the server writes it."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poptui import secret
from poptui.secret import HIDDEN, Secret, hide_secret_bytes

PASSWORD = "Tr0€b4dör&3 über"


def echoes(password: str) -> dict[str, bytes]:
    """Return the forms in which servers repeat a password, or might."""
    octets = password.encode()
    plain = base64.b64encode(b"\0user\0" + octets)
    return {
        "as it is": octets,
        "in capitals": password.upper().encode(),
        "base64": base64.b64encode(octets),
        "base64 of user and password": plain,
        "base64 at another place": base64.b64encode(b"\0users\0" + octets),
        "base64 at a third place": base64.b64encode(b"\0userss\0" + octets),
        "base64 of the line": base64.b64encode(b"PASS " + octets),
        "base64 for URLs": base64.urlsafe_b64encode(b"\0user\0" + octets),
        "base64 in two lines": plain[:20] + b"\r\n " + plain[20:],
        "quoted for a URL": quote(password, safe="").encode(),
        "split": octets[:4] + b" " + octets[4:9] + b"\t" + octets[9:],
        "cut": octets[:9],
        "its end": octets[-9:],
        "in quotes": b'"' + octets + b'"',
        "as words": b" ".join(b"<" + word + b">" for word in octets.split()),
        "in hexadecimal": octets.hex().encode(),
        "in JSON": json.dumps(password).encode(),
        "in HTML": html.escape(password).encode("ascii", "xmlcharrefreplace"),
    }


def decoded(piece: bytes) -> Iterator[bytes]:
    """Decode ``piece`` as base64, at each of the four possible offsets."""
    letters = b"".join(piece.split()).translate(bytes.maketrans(b"-_", b"+/"))
    for start in range(4):
        group = letters[start:].rstrip(b"=")
        with suppress(ValueError):
            yield base64.b64decode(group[: len(group) // 4 * 4])


def sixes(password: str) -> list[bytes]:
    """Return all runs of six bytes: even one of them would reveal too much."""
    octets = password.encode()
    return [octets[at : at + 6] for at in range(len(octets) - 5)]


@pytest.mark.parametrize("form", echoes(PASSWORD))
def test_a_repeated_password_is_hidden(form: str) -> None:
    secret = Secret(PASSWORD)
    echo = echoes(PASSWORD)[form]
    text = hide_secret_bytes(b"Unknown command: PASS " + echo + b" (try HELP)")
    assert text.startswith(b"Unknown command: PASS ")
    assert text.endswith(b" (try HELP)")
    middle = text.removeprefix(b"Unknown command: PASS ").removesuffix(b" (try HELP)")
    assert b"***" in middle
    for piece in middle.split(HIDDEN):
        for shown in (piece, piece.lower(), *decoded(piece)):
            assert not any(six in shown for six in sixes(PASSWORD)), shown
    assert secret


letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])


@given(
    password=st.text(letters, min_size=4, max_size=40).filter(lambda text: len(text.strip()) > 3),
    user=st.text("abc", max_size=5),
)
def test_no_encoded_form_of_a_password_remains(password: str, user: str) -> None:
    secret = Secret(password)
    for echo in (
        password.encode(),
        quote(password, safe="").encode(),
        base64.b64encode(f"\0{user}\0{password}".encode()),
    ):
        text = hide_secret_bytes(b"no: " + echo)
        assert echo not in text or not echo.strip()
        assert password not in text.decode("utf-8", "replace")
        decoded = base64.b64decode(text[4:] + b"==") if b"*" not in text else b""
        assert password.encode() not in decoded
    assert secret


@pytest.mark.parametrize("text", [b"+OK 1234 octets follow", b"Logged in.", b"", b"\xff\x00"])
def test_other_text_is_unchanged(text: bytes) -> None:
    secret = Secret(PASSWORD)
    assert hide_secret_bytes(text) == text
    assert secret


def test_a_short_password_is_hidden_only_as_a_whole_word() -> None:
    secret = Secret("ok")
    assert hide_secret_bytes(b"looking for OK or 'ok'") == b"looking for *** or '***'"
    assert secret


def test_messages_of_logins_are_forgotten_after_many_others() -> None:
    """Otherwise a session of days, with a login every few minutes, would fill memory."""
    lasting = Secret("the password itself")
    first = Secret("message 1 of a login", once=True)
    for number in range(2, 1000):
        last = Secret(f"message {number} of a login", once=True)
    assert hide_secret_bytes(last.reveal().encode()) == HIDDEN
    assert hide_secret_bytes(lasting.reveal().encode()) == HIDDEN
    assert first
    (kept, once) = secret._KNOWN.all
    assert len(once.forms) < 2000
    assert len(kept.forms) < 50


def test_long_secrets_take_little_memory() -> None:
    token = "".join(f"{number:x}-" for number in range(1200))
    assert len(token) > 4000
    Secret(token)
    pieces = secret._KNOWN.all[0].pieces
    assert sum(map(len, pieces.values())) < 10 * len(token)
    for text in (token.encode(), base64.b64encode(b"xy" + token.encode())[100:200]):
        assert text[20:40].lower() not in hide_secret_bytes(b"-ERR " + text).lower()


def test_a_password_in_latin1_is_hidden_too() -> None:
    Secret("grün-weiß")
    sent = base64.b64encode("\0jürgen\0grün-weiß".encode("latin-1"))
    assert b"***" in hide_secret_bytes(b"unknown: " + sent)
