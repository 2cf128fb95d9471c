"""The choice of login methods, and the message if none fits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from poptui.errors import LoginError, NoLoginMethodError, UsageError
from poptui.net.connecting import OpenConnection
from poptui.net.credentials import Credentials
from poptui.net.login_methods import left_after_refusal, login_methods
from poptui.pop3.capabilities import Capabilities, parse_capabilities
from poptui.pop3.commands import Noop
from poptui.pop3.events import Code, Reply
from poptui.secret import Secret
from tests.net.logins import CREDENTIALS, STAMP


class Tokens:
    """A source of tokens that is never used."""

    async def token(self, refused: Secret | None = None) -> Secret:
        raise AssertionError


WITH_TOKENS = Credentials(tokens=Tokens())
EVERYTHING = (
    "USER\nSASL LOGIN PLAIN CRAM-MD5 XOAUTH2 OAUTHBEARER EXTERNAL SCRAM-SHA-1 SCRAM-SHA-256"
    " SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS NTLM GSSAPI"
)


def connection(listing: str | None, *, stamp: str = "", encrypted: bool = True) -> OpenConnection:
    client: Any = SimpleNamespace(server=SimpleNamespace(address="pop.example:995"))
    capabilities = Capabilities() if listing is None else parse_capabilities(listing.encode())
    return OpenConnection(client, f"ready {stamp}", capabilities, encrypted)


def methods(
    at: OpenConnection,
    requested: str | None = None,
    credentials: Credentials = CREDENTIALS,
    *,
    certificate: bool = False,
) -> list[str]:
    return login_methods(at, requested, credentials, certificate=certificate)


@pytest.mark.parametrize(
    ("listing", "stamp", "encrypted", "expected"),
    [
        (None, "", False, "USER"),
        (None, STAMP, False, "APOP USER"),
        (None, STAMP, True, "USER APOP"),
        (None, "<not a stamp>", False, "USER"),
        ("", "", False, "USER"),
        ("USER", STAMP, False, "APOP USER"),
        ("SASL PLAIN", "", True, "PLAIN"),
        ("USER\nSASL PLAIN LOGIN", STAMP, True, "PLAIN LOGIN USER APOP"),
        ("USER\nSASL PLAIN LOGIN", STAMP, False, "APOP PLAIN LOGIN USER"),
        ("SASL login", "", True, "LOGIN"),
        ("SASL CRAM-MD5", "", True, "CRAM-MD5"),
        ("SASL NTLM\nUSER", "", True, "USER"),
        ("SASL APOP USER PLAIN", "", True, "PLAIN"),
        (
            EVERYTHING,
            STAMP,
            True,
            "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN"
            " USER APOP",
        ),
        (
            EVERYTHING,
            STAMP,
            False,
            "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 APOP PLAIN LOGIN USER",
        ),
    ],
)
def test_order_with_a_password(
    listing: str | None, stamp: str, encrypted: bool, expected: str
) -> None:
    assert methods(connection(listing, stamp=stamp, encrypted=encrypted)) == expected.split()


def test_order_with_other_proofs() -> None:
    at = connection(EVERYTHING)
    assert methods(at, credentials=WITH_TOKENS) == ["OAUTHBEARER", "XOAUTH2"]
    assert methods(at, credentials=Credentials(), certificate=True) == ["EXTERNAL"]
    both = methods(at, certificate=True)
    assert both[0] == "EXTERNAL"
    assert both[-1] == "USER"
    in_clear = connection(EVERYTHING, encrypted=False)
    assert methods(in_clear, certificate=True)[0] == "SCRAM-SHA-256"


PASSWORD_METHODS = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN USER APOP"


@pytest.mark.parametrize(
    ("refused", "code", "text", "is_private", "expected"),
    [
        # If others can read it, the password goes out only in the last attempt.
        ("SCRAM-SHA-256", "AUTH", "no", False, "SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN USER APOP"),
        ("SCRAM-SHA-256 SCRAM-SHA-1", "AUTH", "no", False, "PLAIN LOGIN USER"),
        ("SCRAM-SHA-256 SCRAM-SHA-1 PLAIN", "", "no", False, ""),
        # The binding may be the cause, so the form without it is tried.
        ("SCRAM-SHA-256-PLUS", "AUTH", "no", True, PASSWORD_METHODS.partition(" ")[2]),
        ("SCRAM-SHA-256-PLUS SCRAM-SHA-256", "AUTH", "no", True, "PLAIN LOGIN USER"),
        ("SCRAM-SHA-256", "AUTH", "no", True, "PLAIN LOGIN USER"),
        ("PLAIN", "AUTH", "no", True, ""),
        ("PLAIN", "", "no", True, "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 USER APOP"),
        # qpopper refuses the password of users that have a separate one for APOP.
        ("USER", "AUTH", "You must use APOP", True, "APOP"),
        ("OAUTHBEARER", "AUTH", "no", True, f"XOAUTH2 {PASSWORD_METHODS}"),
        ("OAUTHBEARER XOAUTH2 CRAM-MD5", "AUTH", "no", True, "PLAIN LOGIN USER"),
    ],
)
def test_the_methods_tried_after_refusals(
    refused: str, code: str, text: str, is_private: bool, expected: str
) -> None:
    tried = refused.split()
    tokens = ["XOAUTH2"] if tried[0] == "OAUTHBEARER" else []
    plus = 0 if "-PLUS" in refused or tokens else 1
    left = [name for name in tokens + PASSWORD_METHODS.split()[plus:] if name not in tried]
    reply = Reply(Noop(), False, text, Code(code))
    assert left_after_refusal(left, tried, reply, is_private=is_private) == expected.split()


@pytest.mark.parametrize("wanted", ["APOP", "USER", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1"])
def test_a_requested_method_is_the_only_one(wanted: str) -> None:
    assert methods(connection(None, stamp=STAMP), wanted) == [wanted]
    assert methods(connection(EVERYTHING, stamp=STAMP), wanted) == [wanted]


@pytest.mark.parametrize(
    ("listing", "requested", "credentials", "words"),
    [
        ("USER", "APOP", CREDENTIALS, ["no valid APOP timestamp"]),
        ("SASL XOAUTH2", "PLAIN", CREDENTIALS, ["does not offer PLAIN", "it offers XOAUTH2"]),
        ("SASL PLAIN XOAUTH2", "XOAUTH2", CREDENTIALS, ["authorize NAME", "token_command"]),
        ("SASL EXTERNAL", "EXTERNAL", CREDENTIALS, ["client_cert"]),
        ("SASL XOAUTH2", None, CREDENTIALS, ["only XOAUTH2", "authorize NAME", "token_command"]),
        ("SASL EXTERNAL", None, CREDENTIALS, ["only EXTERNAL", "set client_cert"]),
        ("SASL NTLM GSSAPI", None, CREDENTIALS, ["only NTLM, GSSAPI", "knows none"]),
        ("SASL \x1b[2J", None, CREDENTIALS, ["only \ufffd[2J"]),
        ("SASL " + "X " * 300, None, CREDENTIALS, ["only X,"]),
        (
            "SASL " + " ".join(f"X-{number}" for number in range(300)),
            None,
            CREDENTIALS,
            ["X-7 and 292 more"],
        ),
    ],
)
def test_nothing_fits(
    listing: str, requested: str | None, credentials: Credentials, words: list[str]
) -> None:
    with pytest.raises(NoLoginMethodError) as caught:
        methods(connection(listing), requested, credentials)
    for word in ("pop.example:995", *words):
        assert word in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("listing", ["SASL EXTERNAL", "SASL SCRAM-SHA-256-PLUS"])
def test_the_methods_that_need_tls(listing: str) -> None:
    with pytest.raises(NoLoginMethodError, match="needs TLS"):
        methods(connection(listing, encrypted=False))


def test_a_server_that_wants_a_password_and_gets_a_token() -> None:
    with pytest.raises(LoginError, match="only PLAIN and needs a password") as caught:
        methods(connection("SASL PLAIN"), credentials=WITH_TOKENS)
    assert caught.value.asks_password


def test_unknown_methods() -> None:
    with pytest.raises(UsageError, match=r"cannot log in by “KERBEROS”: it knows EXTERNAL, SCRAM"):
        methods(connection("USER"), "KERBEROS")
