"""From a server's address to a session that may log in: TCP, greeting, CAPA, TLS.

There is no way from a failed TLS to clear text (RFC 8314 section 5).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
import socket
import ssl
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

from poptui.errors import ConnectError, MailboxLockedError, PoptuiError, ServerError, quoted
from poptui.net import tls
from poptui.net.client import Client
from poptui.net.server import DEFAULT_OPTIONS, ConnectionOptions, Security, Server
from poptui.net.stream import SocketStream, open_stream
from poptui.pop3.capabilities import Capabilities, parse_capabilities
from poptui.pop3.commands import Capa, Stls
from poptui.pop3.events import Greeting
from poptui.pop3.refusals import RefusalKind, classify_refusal

logger = logging.getLogger(__name__)

_ERRNO = re.compile(r"\[Errno (\d+)\]")
"""asyncio joins the failures at several addresses to one text, without their classes."""

GREETING_WAIT = 10.0
"""Seconds that a server which takes no session now is left alone at least."""

_NOT_NOW = (RefusalKind.MAILBOX_IN_USE, RefusalKind.THROTTLED, RefusalKind.TEMPORARY)
"""Why a server may refuse a session now and take one later."""

CAPA_PATIENCE = 10.0
"""Seconds after which a server is taken not to know CAPA: some hang on it."""


class Contact(NamedTuple):
    """A server that has greeted, and what it says it can do before the login."""

    client: Client
    greeting: str
    capabilities: Capabilities
    encrypted: bool


async def make_contact(server: Server, options: ConnectionOptions = DEFAULT_OPTIONS) -> Contact:
    """Connect, and turn to TLS as the server's security asks. Raises PoptuiError.

    A server that hangs or hangs up on CAPA is met again and not asked.
    """
    trust = cache(partial(tls.tls_context, server))
    logger.info("connecting to %s as %s: %s", server.address, server.user, server.security.value)
    try:
        try:
            return await _meet(server, options, trust, ask=True)
        except _NoCapa:
            logger.info("the connection ended over CAPA: connecting again without it")
            return await _meet(server, options, trust, ask=False)
    except ssl.SSLCertVerificationError as error:
        raise tls.distrusted(server, error, await _untrusted(server, options)) from None


class _NoCapa(Exception):
    """The connection ended over CAPA."""


async def _meet(
    server: Server, options: ConnectionOptions, trust: Callable[[], ssl.SSLContext], *, ask: bool
) -> Contact:
    """``trust`` makes the TLS context where one is needed: loading its authorities takes time."""
    implicit = server.security is Security.TLS
    stream = await _connect(server, options.timeout_s, trust() if implicit else None)
    client = Client(stream, server, options)
    try:
        greeting = _welcome(server, await _first_line(client))
        capabilities = await _capabilities(client) if ask else Capabilities()
        encrypted = implicit
        if _wants_stls(server, capabilities):
            await _secure(client, server, trust())
            encrypted = True
            capabilities = await _capabilities(client) if ask else Capabilities()
        if certificate := client.certificate():
            logger.info("the certificate's SHA-256 is %s", tls.fingerprint(certificate))
        tls.check_pin(server, client.certificate())
    except BaseException:
        client.close()
        raise
    logger.info("CAPA before the login: %s", _listed(capabilities))
    return Contact(client, greeting.text, capabilities, encrypted)


def _listed(capabilities: Capabilities) -> str:
    lines = (" ".join([name, *given]) for name, given in capabilities.lines.items())
    return ", ".join(lines) if capabilities.known else "the server does not know it"


async def _connect(
    server: Server, timeout_s: float, context: ssl.SSLContext | None
) -> SocketStream:
    where = server.address
    try:
        return await open_stream(server.host, server.port, context, timeout_s)
    except ssl.SSLCertVerificationError:
        raise
    except ssl.SSLError as error:
        raise tls.no_tls(server, error) from None
    except socket.gaierror:
        raise ConnectError(
            f"There is no host named {server.host}: check the name, and that you are online."
        ) from None
    except TimeoutError:
        raise ConnectError(
            f"{where} did not answer within {timeout_s:g} seconds: check host, port and"
            " network, then try again."
        ) from None
    except ConnectionResetError as error:
        raise (tls.no_tls(server, error) if context else _unreached(where, error)) from None
    except OSError as error:
        raise _unreached(where, error) from None


def _unreached(where: str, error: OSError) -> ConnectError:
    """The sentence for a connection that failed, at one address or at each of several."""
    numbers = [error.errno] if error.errno else [int(text) for text in _ERRNO.findall(str(error))]
    if errno.ECONNREFUSED in numbers:
        return ConnectError(
            f"Nothing listens at {where}: check the port (995 for pops://, 110 for pop://)."
        )
    reasons = ", ".join(dict.fromkeys(map(os.strerror, numbers)))
    return ConnectError(f"No connection to {where}: {quoted(reasons or type(error).__name__)}.")


async def _first_line(client: Client) -> Greeting:
    try:
        return await client.greeting()
    except ServerError as fault:
        hint = "Is it a POP3 server, and the right port?"
        raise ConnectError(f"No greeting: {_lowered(fault)} {hint}") from None


def _lowered(fault: PoptuiError) -> str:
    text = str(fault)
    return text[:1].lower() + text[1:] if text.startswith("The ") else text


def _welcome(server: Server, greeting: Greeting) -> Greeting:
    if greeting.ok:
        return greeting
    refusal = classify_refusal(greeting.code, greeting.text)
    if refusal.kind in _NOT_NOW:
        raise MailboxLockedError(
            f"{server.address} accepts no session now: {quoted(greeting.text)}. Try again later.",
            max(GREETING_WAIT, refusal.wait_s),
        )
    raise ConnectError(f"{server.address} turned us away: {quoted(greeting.text)}.")


async def _capabilities(client: Client) -> Capabilities:
    try:
        async with asyncio.timeout(min(CAPA_PATIENCE, client.options.timeout_s)):
            reply = await client.execute(Capa())
    except (ServerError, TimeoutError):
        raise _NoCapa from None
    return parse_capabilities(reply.body) if reply.ok else Capabilities()


def _wants_stls(server: Server, capabilities: Capabilities) -> bool:
    if server.security is Security.STLS_IF_OFFERED:
        return "STLS" in capabilities
    return server.security is Security.STLS


async def _secure(client: Client, server: Server, context: ssl.SSLContext) -> None:
    reply = await client.execute(Stls())
    if not reply.ok:
        raise ConnectError(
            f"{server.address} offers no TLS (STLS: {quoted(reply.text)}), so the password was not"
            " sent. Try pops://; --allow-plaintext goes on without TLS, readable on the way."
        )
    try:
        await client.start_tls(context, server.host)
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise tls.no_tls(server, error) from None


async def _untrusted(server: Server, options: ConnectionOptions) -> bytes | None:
    """A certificate that does not hold, seen without trusting it."""
    ask = server.security is Security.STLS_IF_OFFERED
    try:
        contact = await _meet(server, options, tls.unverified_context, ask=ask)
    except (PoptuiError, _NoCapa):
        return None
    certificate = contact.client.certificate()
    contact.client.close()
    return certificate
