"""``poptui doctor`` at odd servers and Dovecot: each quirk is named, and nothing is touched."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from poptui.accounts.doctor.connection_findings import certificate_finding, chain_finding
from poptui.accounts.doctor.examination import examine
from poptui.accounts.doctor.finding import Finding, Status
from poptui.demo.messages import sample_messages
from poptui.demo.server import DemoServer
from poptui.errors import LoginError, PoptuiError
from poptui.net.certificate import read_certificate
from poptui.net.credentials import Credentials
from poptui.net.proxy import Proxy
from poptui.net.server import ConnectionOptions, Security, Server, parse_target
from poptui.net.server_profile import ServerProfile
from poptui.secret import Secret
from tests.kit.certificates import Certificates
from tests.kit.dovecot import Dovecot
from tests.kit.proxies import ProxyServer
from tests.kit.scripted import OddServer

MESSAGES = [
    b"From: ann@example.com\r\nTo: me@example.com\r\nSubject: letter %d\r\n\r\n" % number
    + b"A line of text that is not a header.\r\n" * 20
    for number in range(1, 9)
]
OK, NOTE, PROBLEM = Status.OK, Status.NOTE, Status.PROBLEM


async def examined(
    server: Server, password: str | PoptuiError = "secret", timeout_s: float = 5.0
) -> dict[str, Finding]:
    """Return the findings by their check; each check is there once."""
    known = Credentials(Secret(password)) if isinstance(password, str) else password
    findings = [
        finding
        async for finding in examine(server, known, ConnectionOptions(timeout_s), ServerProfile())
    ]
    by_check = {finding.check: finding for finding in findings}
    assert len(by_check) == len(findings)
    assert all(finding.text.isprintable() for finding in findings)
    return by_check


async def examined_odd(*oddities: str, timeout_s: float = 5.0) -> dict[str, Finding]:
    """Examine an odd server, and check that nothing was fetched, deleted or confirmed by QUIT."""
    async with OddServer(MESSAGES, oddities) as peer:
        server = Server("127.0.0.1", peer.port, "user", Security.PLAIN)
        findings = await examined(server, timeout_s=timeout_s)
        assert len(peer.messages) == len(MESSAGES)
    assert not set(peer.keywords) & {b"RETR", b"DELE"}
    for conversation in peer.conversations:
        keywords = [line.partition(b" ")[0].upper() for line in conversation]
        assert not {b"TOP", b"QUIT"} <= set(keywords), "TOP may count as a download"
    return findings


async def test_a_server_without_quirks() -> None:
    findings = await examined_odd()
    assert {finding.status for finding in findings.values()} == {OK}
    assert findings["listing"].text.startswith("8 messages, 7 kB; ")
    assert findings["pipelining"].data["works"] is True
    assert list(findings) == [
        *("address", "tls", "capa-before", "sign-in", "login", "capa-after", "response-codes"),
        *("utf8", "expire", "login-delay", "listing", "uids", "uids-stable", "top", "pipelining"),
    ]


@pytest.mark.parametrize(
    ("oddities", "check", "status", "words"),
    [
        ("no-capa", "capa-before", NOTE, "doesn't know CAPA"),
        ("expire-0", "expire", NOTE, "deletes what is downloaded"),
        ("expire-0-before-login", "expire", NOTE, "deletes what is downloaded"),
        ("expire-untold downloads-go top-counts", "expire", OK, "Not announced"),
        ("login-delay", "login-delay", NOTE, "At least 300 seconds"),
        ("login-delay", "uids-stable", NOTE, "Not compared"),
        ("login-limit:1", "second-login", NOTE, "limits how often you can log in"),
        ("list-sizes-wrong", "listing", NOTE, "STAT says 7 kB"),
        ("list-refused", "listing", NOTE, "refuses LIST"),
        ("stat-refused", "listing", NOTE, "refuses STAT"),
        ("list-stale", "listing", PROBLEM, "STAT counts 8 messages, LIST names 4"),
        ("numbers-with-gaps", "listing", NOTE, "have gaps"),
        ("no-uidl", "uids", PROBLEM, "refuses UIDL"),
        ("duplicate-uids", "uids", PROBLEM, "1 UID stands for several"),
        ("uid-blank", "uids", PROBLEM, "1 has none"),
        ("uid-long", "uids", NOTE, "1 is longer than 70 characters"),
        ("uid-not-ascii", "uids", NOTE, "1 has characters that aren't allowed"),
        ("uids-are-numbers", "uids", NOTE, "are the message numbers"),
        ("uids-change", "uids-stable", PROBLEM, "All UIDs are others"),
        ("sizes-change", "uids-stable", NOTE, "8 sizes have changed"),
        ("top-whole-message", "top", NOTE, "sends the whole message"),
        ("top-ten-lines", "top", NOTE, "sends more than the header"),
        ("top-refused", "top", PROBLEM, "refuses TOP: “not this one”"),
        ("top-refused:8", "top", NOTE, "refuses TOP for 1 of 2 messages"),
        ("burst-second-dropped", "pipelining", PROBLEM, "Announced, and commands sent together"),
        ("burst-reversed", "pipelining", PROBLEM, "Announced, and commands sent together"),
        ("burst-hangs-up pipelining-unadvertised", "pipelining", NOTE, "Not announced, and com"),
        ("pipelining-unadvertised", "pipelining", OK, "Not announced, but it works"),
        ("bare-ok", "pipelining", OK, "Announced, and it works"),
        ("numbers-with-gaps", "pipelining", OK, "Announced, and it works"),
        ("in-use", "login", PROBLEM, "is locked"),
        ("uidl-cut", "session", PROBLEM, "was closed by the server"),
        ("top-cut", "session", PROBLEM, "was closed by the server"),
    ],
)
async def test_each_quirk_is_named(
    oddities: str, check: str, status: Status, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "dropped" in oddities:  # nothing more will come, so there is no need to wait for it
        monkeypatch.setattr("poptui.accounts.doctor.probes.BATCH_TIMEOUT_S", 0.3)
    findings = await examined_odd(*oddities.split())
    assert findings[check].status is status
    assert words in findings[check].text


async def test_a_slow_start_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.accounts.doctor.connection_findings.SLOW_START_S", 0.0)
    findings = await examined_odd()
    assert findings["connection"].status is NOTE
    assert "until the server was ready for a login" in findings["connection"].text
    assert findings["login"].status is OK


async def test_a_server_that_stops_answering() -> None:
    findings = await examined_odd("list-hangs", timeout_s=1.0)
    assert "did not answer within 1 seconds" in findings["session"].text
    assert findings["login"].status is OK


async def test_a_wrong_password_leaves_the_rest_of_the_report() -> None:
    async with OddServer(MESSAGES) as peer:
        server = Server("127.0.0.1", peer.port, "user", Security.PLAIN)
        findings = await examined(server, "wrong")
        without = await examined(server, LoginError("There is no password."))
    assert findings["login"].status is PROBLEM
    assert "Check user and password" in findings["login"].text
    assert without["login"].text == "There is no password."
    assert without["sign-in"].text == "Offered and known to poptui: APOP, PLAIN, LOGIN, USER."
    assert findings.keys() == without.keys()
    assert list(findings)[:3] == ["address", "tls", "capa-before"]


async def test_a_closed_port() -> None:
    async with OddServer([]) as peer:
        server = Server("127.0.0.1", peer.port, "user", Security.PLAIN)
    findings = await examined(server)
    assert list(findings) == ["address"]
    assert findings["address"].text == "127.0.0.1 fails (Connection refused)."


async def test_a_certificate_that_is_not_trusted(certificates: Certificates) -> None:
    async with OddServer([], tls=certificates.stranger.context()) as peer:
        findings = await examined(Server("127.0.0.1", peer.port, "user", Security.TLS))
    assert findings["certificate"].status is PROBLEM
    assert findings["certificate"].data["sha256"] == certificates.stranger.fingerprint
    assert f"--pin {certificates.stranger.fingerprint}" in findings["certificate"].advice
    assert "login" not in findings
    assert not peer.commands


async def test_through_a_proxy() -> None:
    async with OddServer(MESSAGES) as peer, ProxyServer(peer.port) as relay:
        server = parse_target(f"pop://user@localhost:{peer.port}")
        proxied = server._replace(proxy=Proxy("http", "127.0.0.1", relay.port))
        findings = await examined(proxied)
    assert f"go through http://127.0.0.1:{relay.port}" in findings["proxy"].text
    assert findings["pipelining"].status is OK


@pytest.mark.parametrize("way", ["plain", "stls", "tls"])
async def test_dovecot(dovecot: Dovecot, way: str) -> None:
    names = dovecot.deliver(MESSAGES)
    url = dovecot.tls_url if way == "tls" else dovecot.url
    server = parse_target(url, starttls=way == "stls", ca_file=dovecot.ca_file)
    findings = await examined(server, dovecot.password)
    assert {finding.check for finding in findings.values() if finding.status is not OK} == set()
    assert "SCRAM-SHA-256" in findings["login"].text
    assert ("certificate" in findings) is (way != "plain")
    assert dovecot.files() == set(names)
    dovecot.wait_for_log("retr=0/0, del=0/8")


async def test_the_demo_has_no_problems() -> None:
    async with DemoServer(sample_messages(), password="demo-secret") as demo:
        server = parse_target(f"pop://demo@127.0.0.1:{demo.port}")
        findings = await examined(server, "demo-secret")
    assert {finding.status for finding in findings.values()} == {OK}


def test_certificates_that_expire(certificates: Certificates) -> None:
    server = Server("localhost", 995, "user", Security.TLS)
    good = read_certificate(certificates.good.der)
    assert good is not None
    now = datetime.now(UTC)
    for days, pin, status, words in (
        (400, None, OK, ""),
        (13, None, NOTE, "expires soon"),
        (13, "ab" * 32, NOTE, "expires soon"),
        (-3, "ab" * 32, PROBLEM, "has expired"),
        (400, "ab" * 32, NOTE, "pinned"),
    ):
        shown = good._replace(not_after=now + timedelta(days=days, hours=1))
        finding = certificate_finding(server._replace(pin=pin), shown)
        assert (finding.status, words in finding.advice) == (status, True)
        assert finding.data["days_left"] == days
    weak = certificate_finding(server, good._replace(key="RSA, 1024 bits"))
    assert (weak.status, "is weak" in weak.advice) == (PROBLEM, True)
    old = good._replace(subject="Root X", not_after=now + timedelta(days=2, hours=1))
    assert "Root X is valid until" in chain_finding([good, old]).advice


async def test_cancelled_after_top() -> None:
    """Ctrl-C returns to the prompt at once, and no QUIT is sent."""
    async with OddServer(MESSAGES, ["top-hangs"]) as peer:
        server = Server("127.0.0.1", peer.port, "user", Security.PLAIN)

        async def run() -> None:
            known = Credentials(Secret("secret"))
            findings = examine(server, known, ConnectionOptions(600), ServerProfile())
            async with aclosing(findings) as found:
                async for _ in found:
                    pass

        task = asyncio.create_task(run())
        while b"TOP" not in peer.keywords:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        task.cancel()
        async with asyncio.timeout(3):
            with pytest.raises(asyncio.CancelledError):
                await task
    assert b"QUIT" not in [line.upper() for line in peer.conversations[-1]]
