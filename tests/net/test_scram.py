"""SCRAM: the examples of its RFCs, channel binding, and servers that cheat."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest

from poptui.net.scram import Scram, channel_binding
from poptui.pop3.errors import LocalError
from poptui.secret import Secret
from tests.kit.certificates import Certificates

NONCE = "rOprNGfwEbeRWgbNEkqO"
FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
LAST = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def scram(binding: bytes | None = None, name: str = "SCRAM-SHA-256") -> Scram:
    return Scram(name, "user", Secret("pencil"), binding, NONCE)


def test_example_of_rfc_7677() -> None:
    exchange = scram()
    assert exchange.initial() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert exchange.answer(FIRST) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert not exchange.is_complete
    assert exchange.answer(LAST) == b""
    assert exchange.is_complete
    assert exchange.answer(LAST) is None


def test_example_of_rfc_5802() -> None:
    exchange = Scram("SCRAM-SHA-1", "user", Secret("pencil"), None, "fyko+d2lbbFgONRv9qkxdawL")
    assert exchange.answer(b"") == b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL"
    first = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
    assert exchange.answer(first) == (
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    )
    assert exchange.answer(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=") == b""
    assert exchange.is_complete


def test_saslprep() -> None:
    """RFC 4013 section 3: a soft hyphen is left out, compatibility characters are mapped."""
    with_hyphen = Scram("SCRAM-SHA-256", "us\u00ader", Secret("pen\u00adcil"), None, NONCE)
    assert with_hyphen.initial() == scram().initial()
    assert with_hyphen.answer(FIRST) == scram().answer(FIRST)
    assert b"n=IX=2C=3D," in Scram("SCRAM-SHA-1", "\u2168,=", Secret("x")).initial()


@pytest.mark.parametrize("password", ["hunter2\x07", "hunter2\udcff"])
def test_passwords_that_saslprep_forbids(password: str) -> None:
    with pytest.raises(LocalError, match="SASLprep") as caught:
        Scram("SCRAM-SHA-256", "user", Secret(password))
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("name", "binding", "header"),
    [
        ("SCRAM-SHA-256", None, b"n,,"),
        ("SCRAM-SHA-256", b"data", b"y,,"),
        ("SCRAM-SHA-256-PLUS", b"data", b"p=tls-server-end-point,,"),
    ],
)
def test_what_the_server_learns_about_channel_binding(
    name: str, binding: bytes | None, header: bytes
) -> None:
    """RFC 5802 section 6; the proof repeats it, so that it can't be changed on the way."""
    exchange = scram(binding, name)
    assert exchange.initial() == header + b"n=user,r=" + NONCE.encode()
    bound = header + (b"data" if header.startswith(b"p=") else b"")
    answer = exchange.answer(FIRST)
    assert answer is not None
    assert answer.startswith(b"c=" + b64encode(bound) + b",r=")


def test_the_binding_is_a_hash_of_the_certificate(certificates: Certificates) -> None:
    der = certificates.good.der
    assert channel_binding(der) == sha256(der).digest()
    assert channel_binding(None) is None
    assert channel_binding(b"garbage") is None


@pytest.mark.parametrize(
    "first",
    [
        FIRST.replace(b"rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", NONCE.encode()),
        FIRST.replace(b"rOprNGfw", b"another"),
    ],
)
def test_a_nonce_that_does_not_continue_ours(first: bytes) -> None:
    exchange = scram()
    assert exchange.answer(first) is None
    assert "another session" in exchange.distrust


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        (FIRST.replace(b"4096", b"2147483648"), "2,147,483,648 times"),
        (FIRST.replace(b"4096", b"9" * 19), "9,999,999,999,999,999,999 times"),
        (FIRST.replace(b"4096", b"9" * 5000), "did not follow"),
        (FIRST.replace(b"4096", b"1"), "4096"),
        (FIRST.replace(b"4096", b"0"), "zero"),
        (FIRST.replace(b"4096", b"-1"), "did not follow"),
        (FIRST.replace(b"W22Z", b"!!!!"), "base 64"),
        (FIRST.replace(b"s=W22ZaJ0SNY7soEsUEjb6gQ==", b"s="), ""),
        (b"\xff\xfe\x00", "did not follow"),
        (b"m=ext," + FIRST, "did not follow"),
        (b"garbage", "did not follow"),
    ],
)
def test_garbage_cancels_the_exchange(first: bytes, problem: str) -> None:
    exchange = scram()
    assert exchange.answer(first) is None
    assert problem in exchange.problem
    assert exchange.problem
    assert not exchange.distrust
    assert not exchange.is_complete


@pytest.mark.parametrize(
    "last", [LAST.replace(b"6rri", b"AAAA"), b"v=", b"v=!", b"", b"\xff", FIRST]
)
def test_a_server_that_does_not_know_the_password(last: bytes) -> None:
    exchange = scram()
    exchange.answer(FIRST)
    assert exchange.answer(last) is None
    assert "did not prove that it knows the password" in exchange.distrust
    assert not exchange.is_complete


def test_a_refusal_in_words() -> None:
    exchange = scram()
    exchange.answer(FIRST)
    assert exchange.answer(b"e=invalid-proof") == b""
    assert exchange.problem == "invalid proof"
    assert not exchange.distrust
    assert not exchange.is_complete


@pytest.mark.parametrize(
    "reason", ["channel-bindings-dont-match", "server-does-support-channel-binding"]
)
def test_a_refusal_that_means_an_attack(reason: str) -> None:
    exchange = scram(b"data")
    exchange.answer(FIRST)
    assert exchange.answer(f"e={reason}".encode()) == b""
    assert "someone may be" in exchange.distrust


def test_the_password_is_not_in_repr() -> None:
    assert "pencil" not in repr(vars(scram()))
