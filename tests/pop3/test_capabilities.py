"""CAPA listings and response codes."""

from __future__ import annotations

import pytest

from poptui.pop3.capabilities import AfterDownload, Capabilities, after_download, parse_capabilities
from poptui.pop3.events import Code, split_code

DOVECOT = b"""CAPA\r
TOP\r
UIDL\r
RESP-CODES\r
PIPELINING\r
AUTH-RESP-CODE\r
STLS\r
USER\r
SASL PLAIN LOGIN CRAM-MD5 scram-sha-256\r
"""


def test_a_real_listing() -> None:
    line = parse_capabilities(DOVECOT)
    assert line.known
    assert all(name in line for name in ("TOP", "UIDL", "PIPELINING", "STLS", "RESP-CODES"))
    assert "EXPIRE" not in line
    assert line.mechanisms == ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256")
    assert line.lines["TOP"] == ()


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b"", {}),
        (b"\r\n \r\n", {}),
        (b"resp_codes\r\n", {"RESP-CODES": ()}),
        (b"AUTH_RESP_CODE\n", {"AUTH-RESP-CODE": ()}),
        (b"  login-delay   300  \r\n", {"LOGIN-DELAY": ("300",)}),
        (b"EXPIRE 30 USER\r\nEXPIRE 5", {"EXPIRE": ("30", "USER", "5")}),
        (b"SASL plain\r\nSASL LOGIN\r\n", {"SASL": ("plain", "LOGIN")}),
        (b"IMPLEMENTATION \xc3\x85\x85\x0b STLS\r\n", {"IMPLEMENTATION": None}),
        (b"\xff\xfe\r\nTOP\r\n", {"\xff\xfe".upper(): (), "TOP": ()}),
    ],
)
def test_malformed_listings(body: bytes, lines: dict[str, tuple[str, ...] | None]) -> None:
    found = parse_capabilities(body).lines
    assert found.keys() == lines.keys()
    assert all(found[name] == value for name, value in lines.items() if value is not None)


def test_a_server_without_capa() -> None:
    assert not Capabilities().known
    assert Capabilities().mechanisms == ()


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("[IN-USE] Do you have another session?", Code.IN_USE, "Do you have another session?"),
        ("[in-use]", Code.IN_USE, ""),
        ("  [AUTH]  wrong", Code.AUTH, "wrong"),
        ("[AUTH/EXPIRED] old", Code.AUTH, "old"),
        ("[SYS/TEMP] busy", Code.SYS_TEMP, "busy"),
        ("[SYS/PERM/DISK/FULL] full", Code.SYS_PERM, "full"),
        ("[SYS] what", Code.NONE, "[SYS] what"),
        ("[SYS/OTHER] what", Code.NONE, "[SYS/OTHER] what"),
        ("[LOGIN-DELAY] slow", Code.LOGIN_DELAY, "slow"),
        ("[UTF8] needed", Code.NONE, "[UTF8] needed"),
        ("[X-UNKNOWN/Y.z_1] what", Code.NONE, "[X-UNKNOWN/Y.z_1] what"),
        ("Go away!", Code.NONE, "Go away!"),
        ("not first [AUTH]", Code.NONE, "not first [AUTH]"),
        ("[] x", Code.NONE, "[] x"),
        ("[AUTH x", Code.NONE, "[AUTH x"),
        ("[/AUTH] x", Code.NONE, "[/AUTH] x"),
        ("[AUTH/] x", Code.NONE, "[AUTH/] x"),
        ("[\x1b[31m] x", Code.NONE, "[\x1b[31m] x"),
        ("", Code.NONE, ""),
    ],
)
def test_response_codes(text: str, code: Code, rest: str) -> None:
    assert split_code(text) == (code, rest)


@pytest.mark.parametrize(
    ("lines", "policy"),
    [
        (b"EXPIRE 0", AfterDownload.REMOVED),
        (b"expire 00 USER", AfterDownload.REMOVED),
        (b"EXPIRE0", AfterDownload.REMOVED),
        (b"EXPIRE 30\r\nEXPIRE 0", AfterDownload.REMOVED),
        (b"EXPIRE NEVER", AfterDownload.KEPT),
        (b"EXPIRENEVER", AfterDownload.KEPT),
        (b"EXPIRE 30 USER", AfterDownload.KEPT),
        (b"EXPIRE", AfterDownload.UNKNOWN),
        (b"EXPIRE soon", AfterDownload.UNKNOWN),
        (b"EXPIRES 0", AfterDownload.UNKNOWN),
        (b"", AfterDownload.UNKNOWN),
    ],
)
def test_expire_tells_what_quit_does_with_downloads(lines: bytes, policy: AfterDownload) -> None:
    assert parse_capabilities(lines + b"\r\nTOP\r\n").after_download is policy


@pytest.mark.parametrize(
    ("before", "after", "policy"),
    [
        (b"EXPIRE 0", b"EXPIRE NEVER", AfterDownload.REMOVED),
        (b"EXPIRE 0 USER", b"EXPIRE NEVER", AfterDownload.KEPT),
        (b"EXPIRE 0 USER", b"", AfterDownload.REMOVED),
        (b"EXPIRE NEVER", b"EXPIRE 0", AfterDownload.REMOVED),
        (b"EXPIRE NEVER", b"", AfterDownload.KEPT),
        (b"", b"EXPIRE 0", AfterDownload.REMOVED),
        (b"", b"", AfterDownload.UNKNOWN),
    ],
)
def test_expire_before_and_after_the_login(
    before: bytes, after: bytes, policy: AfterDownload
) -> None:
    assert after_download(parse_capabilities(before), parse_capabilities(after)) is policy
