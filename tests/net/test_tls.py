"""TLS over real sockets: trusted and refused certificates; a refusal never costs the password."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from poptui.errors import ConnectError, ExitCode, PoptuiError, ServerError, UsageError
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, Security, Server
from poptui.secret import Secret
from tests.kit.certificates import Certificate, Certificates
from tests.kit.listener import Listener
from tests.kit.scripted import OddServer, ScriptedServer, hold, steps

CREDENTIALS = Credentials(Secret("secret"))
WAYS = pytest.mark.parametrize("security", [Security.TLS, Security.STLS, Security.STLS_IF_OFFERED])


def serving(certificate: Certificate, security: Security, *oddities: str) -> OddServer:
    """Provide a server with this certificate, with TLS from the start or after STLS."""
    context = certificate.context()
    if security is Security.TLS:
        return OddServer([], oddities, tls=context)
    return OddServer([], oddities, stls=context)


def at(
    peer: Listener,
    security: Security,
    *,
    ca_file: str | None = None,
    pin: str | None = None,
    host: str = "127.0.0.1",
) -> Server:
    """Return ``peer`` as a Server."""
    return Server(host, peer.port, "user", security, ca_file=ca_file, pin=pin)


async def refused(peer: Listener, server: Server, timeout_s: float = 5.0) -> str:
    """Return the message of a failed connection, after checking that no password was sent."""
    with pytest.raises(PoptuiError) as caught:
        await log_in(server, CREDENTIALS, options=ConnectionOptions(timeout_s))
    assert caught.value.exit_code is ExitCode.CONNECT, caught.value
    sentence = str(caught.value)
    assert server.address in sentence
    assert sentence.isprintable()
    assert not set(peer.keywords) & {b"USER", b"PASS", b"AUTH", b"APOP"}
    return sentence


@WAYS
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_good_certificate(
    certificates: Certificates, security: Security, host: str
) -> None:
    async with serving(certificates.good, security) as peer:
        session = await log_in(
            at(peer, security, ca_file=certificates.ca_file, host=host), CREDENTIALS
        )
        assert session.encrypted
        reply = await session.client.quit()
        assert reply.ok
    if security is not Security.TLS:
        assert peer.keywords[:3] == [b"CAPA", b"STLS", b"CAPA"]
    assert peer.quit_arrived


@WAYS
@pytest.mark.parametrize(
    ("which", "complaint"),
    [
        ("expired", "has expired"),
        ("wrong_host", "is for another host"),
        ("stranger", "is from an issuer that is not trusted here ("),
    ],
)
async def test_bad_certificates(
    certificates: Certificates, security: Security, which: str, complaint: str
) -> None:
    certificate: Certificate = getattr(certificates, which)
    async with serving(certificate, security) as peer:
        sentence = await refused(peer, at(peer, security, ca_file=certificates.ca_file))
    assert f"The certificate of 127.0.0.1:{peer.port} {complaint}" in sentence
    assert "so the password was not sent" in sentence
    assert f"use --pin {certificate.fingerprint}." in sentence


@WAYS
async def test_a_common_name_alone_is_refused(
    certificates: Certificates, security: Security
) -> None:
    certificate = certificates.no_alternative_name
    async with serving(certificate, security) as peer:
        server = at(peer, security, ca_file=certificates.ca_file, host="localhost")
        sentence = await refused(peer, server)
    assert "names its host only as Common Name (CN), which is no longer accepted" in sentence
    assert f"use --pin {certificate.fingerprint}." in sentence


@WAYS
async def test_the_requested_host_name_is_verified(
    certificates: Certificates, security: Security, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        assert host == "mail.example.org"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async with serving(certificates.wrong_host, security) as peer:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        ca_file = certificates.ca_file
        session = await log_in(
            at(peer, security, ca_file=ca_file, host="mail.example.org"), CREDENTIALS
        )
        assert session.encrypted
        session.client.close()


@WAYS
async def test_the_test_authority_is_not_trusted_by_default(
    certificates: Certificates, security: Security
) -> None:
    async with serving(certificates.good, security) as peer:
        sentence = await refused(peer, at(peer, security))
    assert "not trusted here" in sentence
    assert "--ca-file" in sentence


@WAYS
@pytest.mark.parametrize("which", ["good", "expired", "wrong_host", "stranger"])
async def test_a_pin_is_enough(certificates: Certificates, security: Security, which: str) -> None:
    certificate: Certificate = getattr(certificates, which)
    async with serving(certificate, security) as peer:
        session = await log_in(at(peer, security, pin=certificate.fingerprint), CREDENTIALS)
        assert session.encrypted
        session.client.close()


@WAYS
async def test_a_pin_of_another_certificate(certificates: Certificates, security: Security) -> None:
    async with serving(certificates.good, security) as peer:
        pin, ca_file = certificates.stranger.fingerprint, certificates.ca_file
        sentence = await refused(peer, at(peer, security, pin=pin, ca_file=ca_file))
    assert "is not the pinned one" in sentence
    assert certificates.good.fingerprint in sentence


@pytest.mark.parametrize("content", [None, b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nx\n"])
async def test_invalid_ca_files(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca\x1b.pem"
    if content is not None:
        file.write_bytes(content)
    server = Server("127.0.0.1", 1, "user", Security.TLS, ca_file=str(file))
    with pytest.raises(UsageError) as caught:
        await log_in(server, CREDENTIALS)
    assert "cannot be read" in str(caught.value)
    assert str(caught.value).isprintable()
    if content is None:
        assert "No such file" in str(caught.value)


async def test_a_plaintext_server_on_a_tls_port() -> None:
    async with OddServer([]) as peer:
        sentence = await refused(peer, at(peer, Security.TLS))
    assert sentence.startswith(f"No TLS with 127.0.0.1:{peer.port}: ")
    assert "995 speaks TLS from the start" in sentence


async def test_a_tls_server_on_a_plaintext_port(certificates: Certificates) -> None:
    async with serving(certificates.good, Security.TLS) as peer:
        sentence = await refused(peer, at(peer, Security.STLS), timeout_s=0.2)
    assert "did not answer within 0.2 seconds" in sentence
    assert "right port" in sentence


async def test_a_handshake_that_hangs() -> None:
    async with ScriptedServer(hold) as peer:
        sentence = await refused(peer, at(peer, Security.TLS), timeout_s=0.2)
    assert "did not answer within 0.2 seconds" in sentence


async def test_a_hang_up_in_the_handshake() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with ScriptedServer(leave) as peer:
        sentence = await refused(peer, at(peer, Security.TLS))
    assert sentence.startswith(f"No TLS with 127.0.0.1:{peer.port}: it hung up. Check the port")


async def test_an_old_protocol_is_refused(certificates: Certificates) -> None:
    context = certificates.good.context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA")
    async with OddServer([], tls=context) as peer:
        sentence = await refused(peer, at(peer, Security.TLS, ca_file=certificates.ca_file))
    assert sentence.startswith("No TLS with")


async def test_stls_refused() -> None:
    async with OddServer([], {"stls-refused"}) as peer:
        sentence = await refused(peer, at(peer, Security.STLS))
    assert "offers no TLS" in sentence
    assert "the password was not sent" in sentence
    assert "--allow-plaintext" in sentence


async def test_stls_is_required_even_if_not_offered(certificates: Certificates) -> None:
    """An attacker can remove STLS from the capabilities, so they don't count."""
    async with serving(certificates.good, Security.STLS, "no-capa") as peer:
        session = await log_in(at(peer, Security.STLS, ca_file=certificates.ca_file), CREDENTIALS)
        assert session.encrypted
        session.client.close()


@pytest.mark.parametrize("oddity", ["stls-hangs", "stls-hangs-up"])
@pytest.mark.parametrize("security", [Security.STLS])
async def test_stls_without_an_answer(security: Security, oddity: str) -> None:
    async with OddServer([], {oddity}) as peer:
        with pytest.raises(ServerError):
            await log_in(at(peer, security), CREDENTIALS, options=ConnectionOptions(0.5))
    assert not set(peer.keywords) & {b"USER", b"PASS", b"AUTH", b"APOP"}


@pytest.mark.parametrize("injected", [b"+OK injected\r\n", b"+", b"\r\n", b"\x16\x03\x01"])
@pytest.mark.parametrize("apart", [False, True])
async def test_an_injection_after_stls(
    certificates: Certificates, injected: bytes, apart: bool
) -> None:
    """Bytes in clear after STLS's +OK must not be read as the first reply inside TLS."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+OK ready\r\n")
        await reader.readline()
        writer.write(b"+OK\r\nSTLS\r\n.\r\n")
        await reader.readline()
        writer.write(b"+OK begin\r\n" if apart else b"+OK begin\r\n" + injected)
        if apart:
            await writer.drain()
            writer.write(injected)
        await writer.start_tls(certificates.good.context())
        await hold(reader, writer)

    async with ScriptedServer(converse) as peer:
        with pytest.raises((ServerError, ConnectError)) as caught:
            await log_in(at(peer, Security.STLS, ca_file=certificates.ca_file), CREDENTIALS)
        if not apart:
            assert "unencrypted bytes after the reply to STLS" in str(caught.value)
    assert not set(peer.keywords) & {b"USER", b"PASS", b"AUTH", b"APOP"}


async def test_capabilities_before_tls_are_forgotten(certificates: Certificates) -> None:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        exchange = steps(
            (None, b"+OK ready\r\n"),
            ("CAPA", b"+OK\r\nSTLS\r\nSASL LOGIN\r\nPIPELINING\r\n.\r\n"),
            ("STLS", b"+OK\r\n"),
        )
        await exchange(reader, writer)
        await writer.start_tls(certificates.good.context())
        inner = steps(
            ("CAPA", b"+OK\r\nSASL PLAIN\r\n.\r\n"), ("AUTH PLAIN .*", b"+OK\r\n"), then=hold
        )
        await inner(reader, writer)

    async with ScriptedServer(converse) as peer:
        session = await log_in(at(peer, Security.STLS, ca_file=certificates.ca_file), CREDENTIALS)
        assert session.client.window == 1
        assert "STLS" not in session.capabilities
        session.client.close()


async def test_a_handshake_after_stls_that_fails() -> None:
    async with ScriptedServer(
        [(None, b"+OK\r\n"), ("CAPA", b"-ERR\r\n"), ("STLS", b"+OK begin\r\n")]
    ) as peer:
        sentence = await refused(peer, at(peer, Security.STLS))
    assert sentence.startswith("No TLS with")
