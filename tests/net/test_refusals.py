"""Refused logins: error class, exit code and message."""

from __future__ import annotations

import pytest

from poptui.errors import ExitCode
from tests.kit.scripted import Step
from tests.net.logins import offering, refused

REFUSALS = [
    ("Go away!", ExitCode.LOGIN, ["“Go away!”", "Check user and password"]),
    ("", ExitCode.LOGIN, ["the server gave no reason", "Check user and password"]),
    ("[AUTH] wrong", ExitCode.LOGIN, ["“wrong”", "Check user and password"]),
    ("[AUTH/X] wrong", ExitCode.LOGIN, ["“wrong”"]),
    (
        "[IN-USE] Another session",
        ExitCode.LOCKED,
        ["locked", "“Another session”", "Close the other"],
    ),
    ("[LOGIN-DELAY] too soon", ExitCode.LOCKED, ["limits how often", "“too soon”", "in a minute"]),
    (
        "[SYS/TEMP] try later",
        ExitCode.LOCKED,
        ["temporary problem", "“try later”", "Try again later"],
    ),
    ("[SYS/PERM] disk gone", ExitCode.SERVER, ["operator must fix", "“disk gone”"]),
    ("could not get the lock", ExitCode.LOCKED, ["“could not get the lock”", "try again"]),
    ("please wait", ExitCode.LOCKED, ["“please wait”"]),
    ("Account locked", ExitCode.LOGIN, ["doesn't let me@127.0.0.1 in", "“Account locked”"]),
    ("too many logins, wait 10 min", ExitCode.LOCKED, ["limits how often", "in 10 minutes"]),
    ("wrong password, wait 10 min", ExitCode.LOGIN, ["Wait 10 minutes before the next try"]),
    ("bad password, POP is off or it is busy", ExitCode.LOGIN, ["Check the password", "too often"]),
    (
        "[AUTH] Plaintext authentication disallowed on non-secure connections.",
        ExitCode.LOGIN,
        ["takes no unencrypted password", "--starttls"],
    ),
    ("\x1b]0;x\x07 no \u202e", ExitCode.LOGIN, ["“\ufffd]0;x\ufffd no \ufffd”"]),
]


@pytest.mark.parametrize(("reply", "code", "parts"), REFUSALS)
@pytest.mark.parametrize("hang_up", [False, True])
@pytest.mark.parametrize("at", ["USER", "PASS"])
async def test_errors_for_refused_logins(
    reply: str, code: ExitCode, parts: list[str], hang_up: bool, at: str
) -> None:
    answer = f"-ERR {reply}\r\n".encode()
    user: Step = ("USER me", answer if at == "USER" else b"+OK\r\n")
    exchange = (*offering("USER"), user, *([("PASS .*", answer)] if at == "PASS" else []))
    fault = await refused(*exchange, hang_up=hang_up)
    assert fault.exit_code is code
    assert all(part in str(fault) for part in parts), str(fault)


@pytest.mark.parametrize("exchange", [("USER", b""), ("PASS", b"")])
async def test_a_hang_up_instead_of_a_login_reply(exchange: Step) -> None:
    before: tuple[Step, ...] = (("USER me", b"+OK\r\n"),) if exchange[0] == "PASS" else ()
    fault = await refused(*offering("USER"), *before, (f"{exchange[0]} .*", b""), hang_up=True)
    assert fault.exit_code is ExitCode.LOGIN
    assert "got no answer" in str(fault)
    assert "when the password is wrong" in str(fault)


async def test_an_unanswered_login() -> None:
    fault = await refused(*offering("USER"), ("USER me", b""), timeout_s=0.5)
    assert fault.exit_code is ExitCode.SERVER
    assert "did not answer within 0.5 seconds" in str(fault)


@pytest.mark.parametrize(
    ("reply", "code", "part"),
    [
        ("[IN-USE] busy", ExitCode.LOCKED, "“[IN-USE] busy”. Try again later"),
        ("too many connections, wait", ExitCode.LOCKED, "Try again later"),
        ("[SYS/TEMP] starting", ExitCode.LOCKED, "Try again later"),
        ("no service", ExitCode.CONNECT, "refused the connection: “no service”"),
    ],
)
async def test_errors_for_refusing_greetings(reply: str, code: ExitCode, part: str) -> None:
    fault = await refused((None, f"-ERR {reply}\r\n".encode()), hang_up=True)
    assert fault.exit_code is code
    assert part in str(fault)


async def test_a_refused_password_at_a_server_that_takes_tokens() -> None:
    error = await refused(
        *offering("SASL PLAIN XOAUTH2"),
        ("AUTH PLAIN .*", b"-ERR [AUTH] Application-specific password required\r\n"),
    )
    assert "takes access tokens (XOAUTH2)" in str(error)
    assert "poptui help oauth" in str(error)
