"""STLS at scripted servers: refused, not offered, with an injection, with a failing handshake."""

from __future__ import annotations

import asyncio

import pytest

from poptui.errors import ConnectError, ServerError
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, Security
from tests.kit.certificates import Certificates
from tests.kit.scripted import OddServer, ScriptedServer, hold, steps
from tests.net.tls_servers import CREDENTIALS, refused, server_at, serving


async def test_stls_refused() -> None:
    async with OddServer([], {"stls-refused"}) as peer:
        sentence = await refused(peer, server_at(peer, Security.STLS))
    assert "offers no TLS" in sentence
    assert "the password was not sent" in sentence
    assert "--allow-plaintext" in sentence


async def test_stls_is_required_even_if_not_offered(certificates: Certificates) -> None:
    """An attacker can remove STLS from the capabilities, so they don't count."""
    async with serving(certificates.good, Security.STLS, "no-capa") as peer:
        session = await log_in(
            server_at(peer, Security.STLS, ca_file=certificates.ca_file), CREDENTIALS
        )
        assert session.encrypted
        session.client.close()


@pytest.mark.parametrize("oddity", ["stls-hangs", "stls-hangs-up"])
@pytest.mark.parametrize("security", [Security.STLS])
async def test_stls_without_an_answer(security: Security, oddity: str) -> None:
    async with OddServer([], {oddity}) as peer:
        with pytest.raises(ServerError):
            await log_in(server_at(peer, security), CREDENTIALS, options=ConnectionOptions(0.5))
    assert not set(peer.keywords) & {b"USER", b"PASS", b"AUTH", b"APOP"}


@pytest.mark.parametrize("injected", [b"+OK injected\r\n", b"+", b"\r\n", b"\x16\x03\x01"])
@pytest.mark.parametrize("apart", [False, True])
async def test_an_injection_after_stls(
    certificates: Certificates, injected: bytes, apart: bool
) -> None:
    """Unencrypted bytes after STLS's +OK must not be read as the first reply inside TLS."""

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
            await log_in(server_at(peer, Security.STLS, ca_file=certificates.ca_file), CREDENTIALS)
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
        session = await log_in(
            server_at(peer, Security.STLS, ca_file=certificates.ca_file), CREDENTIALS
        )
        assert session.client.window.limit == 1
        assert "STLS" not in session.capabilities
        session.client.close()


async def test_a_handshake_after_stls_that_fails() -> None:
    async with ScriptedServer(
        [(None, b"+OK\r\n"), ("CAPA", b"-ERR\r\n"), ("STLS", b"+OK begin\r\n")]
    ) as peer:
        sentence = await refused(peer, server_at(peer, Security.STLS))
    assert sentence.startswith("No TLS with")
