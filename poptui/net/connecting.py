"""Open a connection up to the point where a login is possible: TCP, TLS, greeting, CAPA.

A failed TLS handshake never falls back to clear text (RFC 8314 section 5).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import ssl
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

from poptui.errors import (
    BrokenReplyError,
    ConnectError,
    MailboxLockedError,
    NothingListensError,
    PoptuiError,
    ReplyTimeoutError,
    ServerError,
    quoted,
)
from poptui.net import tls
from poptui.net.certificate import Certificate, fingerprint, read_certificate
from poptui.net.client import Client
from poptui.net.port_probe import TLS, identify, service_of, tls_version
from poptui.net.server import DEFAULT_OPTIONS, ConnectionOptions, Security, Server
from poptui.net.stream import SocketStream, open_stream
from poptui.net.tls_errors import certificate_error, handshake_error, wrong_service
from poptui.patterns import lazy_pattern
from poptui.pop3.auth import UTF_8
from poptui.pop3.capabilities import Capabilities, parse_capabilities
from poptui.pop3.commands import Capa, Stls, Utf8
from poptui.pop3.events import Greeting
from poptui.pop3.refusals import RefusalKind, classify_refusal

logger = logging.getLogger(__name__)

_ERRNO = lazy_pattern(r"\[Errno (\d+)\]")
"""asyncio joins the errors of several addresses into one text, without their classes."""

BUSY_SERVER_WAIT_S = 10.0
"""The shortest wait before reconnecting to a server whose greeting is a temporary refusal."""

_TEMPORARY_KINDS = (RefusalKind.MAILBOX_IN_USE, RefusalKind.THROTTLED, RefusalKind.TEMPORARY)
"""Refusals after which the server may accept a session later."""

MUTE_IPV6_S = 4.0
"""Time to wait for a greeting over IPv6 before trying IPv4: some networks accept IPv6
connections and lose what follows."""

TLS_PORT = 995
SILENT_TLS_S = 3.0
"""Time to wait for a plaintext greeting before trying TLS, to find out what the port speaks."""

CAPA_TIMEOUT_S = 10.0
"""A server that takes longer is assumed not to know CAPA: some hang on it."""


class OpenConnection(NamedTuple):
    """A connection after the greeting, and what the server announces before the login."""

    client: Client
    greeting: str
    capabilities: Capabilities
    encrypted: bool


async def connect(server: Server, options: ConnectionOptions = DEFAULT_OPTIONS) -> OpenConnection:
    """Connect, and start TLS as the server's settings demand. Raises PoptuiError.

    If the server hangs or hangs up on CAPA, connect again without asking for it.
    """
    tls_context = cache(partial(tls.tls_context, server))
    logger.info("connecting to %s as %s: %s", server.address, server.user, server.security.value)
    try:
        try:
            return await _open(server, options, tls_context, ask_capa=True)
        except _CapaError:
            logger.info("CAPA ended the connection: connecting again without it")
            return await _open(server, options, tls_context, ask_capa=False)
        except _Utf8Error:
            logger.info("UTF8 ended the connection: connecting again without it")
            return await _open(server, options, tls_context, ask_capa=True, send_utf8=False)
    except ssl.SSLCertVerificationError as error:
        raise certificate_error(server, error, await _fetch_certificate(server, options)) from None


class _CapaError(Exception):
    """CAPA ended the connection."""


class _Utf8Error(Exception):
    """UTF8 ended the connection, although the server offers it."""


async def _open(
    server: Server,
    options: ConnectionOptions,
    tls_context: Callable[[], ssl.SSLContext],
    *,
    ask_capa: bool,
    send_utf8: bool = True,
) -> OpenConnection:
    """Connect, start TLS if needed, and read the greeting and CAPA.

    ``tls_context`` is called only for TLS, because loading the certificate authorities takes time.
    """
    implicit = server.security is Security.TLS
    client, first_line = await _open_greeted(server, options, tls_context() if implicit else None)
    try:
        tls.check_pin(server, client.stream.certificate())
        greeting = _check_greeting(server, first_line)
        capabilities = await _capabilities(client) if ask_capa else Capabilities()
        encrypted = implicit
        if _wants_stls(server, capabilities):
            await _start_tls(client, server, tls_context())
            tls.check_pin(server, client.stream.certificate())
            encrypted = True
            capabilities = await _capabilities(client) if ask_capa else Capabilities()
        if certificate := client.stream.certificate():
            logger.info("the certificate's SHA-256 is %s", fingerprint(certificate))
        if send_utf8 and _wants_utf8(server, capabilities):
            await _send_utf8(client)
    except BaseException:
        client.close()
        raise
    logger.info("CAPA before the login: %s", _listing(capabilities))
    return OpenConnection(client, greeting.text, capabilities, encrypted)


def _listing(capabilities: Capabilities) -> str:
    lines = (" ".join([name, *given]) for name, given in capabilities.lines.items())
    return ", ".join(lines) if capabilities.known else "the server does not know it"


async def _open_greeted(
    server: Server, options: ConnectionOptions, context: ssl.SSLContext | None
) -> tuple[Client, Greeting]:
    """Connect and read the greeting; over IPv4 if it doesn't come over IPv6."""
    stream = await _open_stream(server, options.timeout_s, context)
    client = Client(stream, server, options)
    try:
        if stream.is_ipv6 and ":" not in server.host and server.proxy is None:
            try:
                async with asyncio.timeout(min(MUTE_IPV6_S, options.timeout_s / 2)):
                    return client, await _read_greeting(client)
            except TimeoutError:
                if by_ipv4 := await _open_by_ipv4(server, options, context):
                    client.close()
                    return by_ipv4
        return client, await _read_greeting(client)
    except BaseException:
        client.close()
        raise


async def _open_by_ipv4(
    server: Server, options: ConnectionOptions, context: ssl.SSLContext | None
) -> tuple[Client, Greeting] | None:
    """Try the server's IPv4 address; None if it has none, or it doesn't greet either."""
    logger.info("no greeting over IPv6: trying IPv4")
    try:
        stream = await open_stream(
            server.host, server.port, context, options.timeout_s, ipv4_only=True
        )
    except OSError:
        return None
    client = Client(stream, server, options)
    try:
        return client, await client.greeting()
    except PoptuiError:
        client.close()
        return None
    except BaseException:
        client.close()
        raise


async def _open_stream(
    server: Server, timeout_s: float, context: ssl.SSLContext | None
) -> SocketStream:
    address = server.address
    try:
        return await open_stream(server.host, server.port, context, timeout_s, proxy=server.proxy)
    except ssl.SSLCertVerificationError:
        raise
    except ssl.SSLError as error:
        raise await handshake_error(server, error) from None
    except socket.gaierror:
        raise _unknown_host(server) from None
    except TimeoutError:
        raise ConnectError(
            f"{address} did not answer within {timeout_s:g} seconds: check host, port and"
            " network. If it is only slow, raise timeout in config.toml."
        ) from None
    except ConnectionResetError as error:
        raise (
            await handshake_error(server, error) if context else _connect_error(address, error)
        ) from None
    except OSError as error:
        raise _connect_error(address, error) from None


def _unknown_host(server: Server) -> ConnectError:
    address, _, zone = server.host.partition("%")
    if zone:
        return ConnectError(
            f"The address {address} can't be reached through the network interface {quoted(zone)}:"
            f" check its name. Only addresses that begin with fe80 need one."
        )
    advice = "check the name, and that you are online"
    if server.host.endswith(".onion"):
        advice = 'such hosts are found by Tor, so set proxy = "socks5h://127.0.0.1:9050"'
    return ConnectError(f"There is no host named {server.both_forms}: {advice}.")


def _connect_error(address: str, error: OSError) -> ConnectError:
    """Return the error for a connection that failed, at one address or several."""
    numbers = [error.errno] if error.errno else [int(text) for text in _ERRNO.findall(str(error))]
    if errno.ECONNREFUSED in numbers:
        return NothingListensError(
            f"Nothing listens at {address}: check the port (995 for pops://, 110 for pop://).",
            f"{address} takes no connections at the moment, though it did before: it may be"
            " restarting.",
        )
    reasons = ", ".join(dict.fromkeys(map(os.strerror, numbers)))
    return ConnectError(f"No connection to {address}: {quoted(reasons or type(error).__name__)}.")


async def _read_greeting(client: Client) -> Greeting:
    """Read the greeting; if it doesn't come, or isn't one, find out what listens there."""
    try:
        if client.server.security is not Security.TLS and client.server.port == TLS_PORT:
            await _check_for_tls(client)
        return await client.greeting()
    except ServerError as error:
        server = client.server
        if isinstance(error, BrokenReplyError) and (
            other := wrong_service(server, service_of(error.line.encode()))
        ):
            raise ConnectError(f"{_without_stop(other)} (it says {quoted(error.line)}).") from None
        if isinstance(error, ReplyTimeoutError) and (
            other := wrong_service(server, await _what_listens(client))
        ):
            raise other from None
        hint = "Is it a POP3 server, and the right port?"
        if server.security is Security.TLS and server.client_cert is None:
            hint += " Servers that let in only clients with a certificate (client_cert) do so too."
        raise ConnectError(f"No greeting: {_lower_first(error)} {hint}") from None


async def _check_for_tls(client: Client) -> None:
    """Raises ConnectError if no greeting comes at the port for TLS because it speaks TLS."""
    try:
        async with asyncio.timeout(min(SILENT_TLS_S, client.options.timeout_s / 2)):
            await client.greeting()
    except TimeoutError:
        if await tls_version(client.server) and (other := wrong_service(client.server, TLS)):
            raise other from None


async def _what_listens(client: Client) -> str:
    return (await identify(client.server, client.options.timeout_s)).service


def _without_stop(error: PoptuiError) -> str:
    return str(error).removesuffix(".")


def _lower_first(error: PoptuiError) -> str:
    text = str(error)
    return text[:1].lower() + text[1:] if text.startswith("The ") else text


def _check_greeting(server: Server, greeting: Greeting) -> Greeting:
    if greeting.ok:
        return greeting
    refusal = classify_refusal(greeting.code, greeting.text)
    if refusal.kind in _TEMPORARY_KINDS:
        raise MailboxLockedError(
            f"{server.address} accepts no session now: {quoted(greeting.text)}. Try again later.",
            max(BUSY_SERVER_WAIT_S, refusal.wait_s),
        )
    raise ConnectError(f"{server.address} refused the connection: {quoted(greeting.text)}.")


async def _capabilities(client: Client) -> Capabilities:
    try:
        async with asyncio.timeout(min(CAPA_TIMEOUT_S, client.options.timeout_s)):
            reply = await client.execute(Capa())
    except (ServerError, TimeoutError):
        raise _CapaError from None
    return parse_capabilities(reply.body) if reply.ok else Capabilities()


def _wants_utf8(server: Server, capabilities: Capabilities) -> bool:
    """Whether to send UTF8 (RFC 6856): without it Courier sends a notice instead of some messages.

    If the server applies it to user and password too, it must not be sent with Latin-1 ones.
    """
    takes_users = "USER" in map(str.upper, capabilities.lines.get("UTF8", ()))
    return "UTF8" in capabilities and (server.login_charset == UTF_8 or not takes_users)


async def _send_utf8(client: Client) -> None:
    """Send UTF8; a refusal changes nothing. Raises _Utf8Error if the server hangs or hangs up."""
    try:
        async with asyncio.timeout(min(CAPA_TIMEOUT_S, client.options.timeout_s)):
            await client.execute(Utf8())
    except (ServerError, TimeoutError):
        raise _Utf8Error from None


def _wants_stls(server: Server, capabilities: Capabilities) -> bool:
    if server.security is Security.STLS_IF_OFFERED:
        return "STLS" in capabilities
    return server.security is Security.STLS


async def _start_tls(client: Client, server: Server, context: ssl.SSLContext) -> None:
    reply = await client.execute(Stls())
    if not reply.ok:
        raise ConnectError(
            f"{server.address} offers no TLS (STLS: {quoted(reply.text)}), so the password was not"
            " sent. Try pops://; --allow-plaintext goes on without TLS, readable on the way."
        )
    try:
        await client.start_tls(context, server.tls_name)
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise await handshake_error(server, error, after_stls=True) from None


async def _fetch_certificate(server: Server, options: ConnectionOptions) -> Certificate | None:
    """Fetch a certificate that failed verification, to show its fingerprint."""
    ask_capa = server.security is Security.STLS_IF_OFFERED
    try:
        context = partial(tls.unverified_context, server)
        connection = await _open(server, options, context, ask_capa=ask_capa, send_utf8=False)
    except (PoptuiError, _CapaError):
        return None
    certificate = connection.client.stream.certificate()
    connection.client.close()
    return read_certificate(certificate) if certificate else None
