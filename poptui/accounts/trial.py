"""Try a server: ``probe`` connects without a login, ``try_login`` logs in once.

Nothing is downloaded or deleted.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NamedTuple

from poptui.errors import PoptuiError, ServerError, quoted
from poptui.net.connecting import connect
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.login_methods import LoginMethod, offered_methods
from poptui.net.server import ConnectionOptions, Server
from poptui.net.server_profile import ServerProfile
from poptui.net.tls_errors import UntrustedCertificateError
from poptui.pop3.commands import Stat
from poptui.pop3.listing import parse_stat
from poptui.text.format import count, size

PROBE_TIMEOUT_S = 8.0
"""Timeout for connecting, TLS, greeting and CAPA together."""
QUIT_TIMEOUT_S = 1.0


class ProbeResult(NamedTuple):
    """The offers of a server that answered."""

    methods: tuple[LoginMethod, ...] = ()
    """The login methods that it offers and poptui knows, the strongest first."""
    encrypted: bool = True
    untrusted: UntrustedCertificateError | None = None
    """The error if its certificate is not trusted; the methods are unknown then."""


async def probe(server: Server) -> ProbeResult:
    """Connect up to the point where a login is possible. Raises PoptuiError."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            connection = await connect(server, ConnectionOptions(timeout_s=PROBE_TIMEOUT_S - 1))
    except TimeoutError:
        raise ServerError(
            f"{server.address} did not answer within {PROBE_TIMEOUT_S:g} seconds."
        ) from None
    except UntrustedCertificateError as error:
        return ProbeResult(untrusted=error)
    methods = tuple(offered_methods(connection))
    with suppress(PoptuiError, TimeoutError):
        async with asyncio.timeout(QUIT_TIMEOUT_S):
            await connection.client.quit()
    connection.client.close()
    return ProbeResult(methods, connection.encrypted)


class TrialResult(NamedTuple):
    """The server's answers after the login."""

    messages: int
    octets: int
    encrypted: bool

    @property
    def description(self) -> str:
        """``312 messages, 48.2 MB``, and a warning if the connection wasn't encrypted."""
        what = f"{count(self.messages)} message{'' if self.messages == 1 else 's'}"
        clear = "" if self.encrypted else " (not encrypted)"
        return f"{what}, {size(self.octets)}{clear}"


async def try_login(
    server: Server,
    credentials: Credentials,
    options: ConnectionOptions,
    profile: ServerProfile | None = None,
) -> TrialResult:
    """Connect, log in, ask for the number of messages, and leave. Raises PoptuiError."""
    session = await log_in(server, credentials, profile, options)
    client = session.client
    try:
        reply = await client.execute(Stat())
        counted = parse_stat(reply.text) if reply.ok else None
        if counted is None:
            raise ServerError(
                f"{server.address} accepted the login as {server.title}, but refused STAT:"
                f" {quoted(reply.text)}."
            )
        with suppress(PoptuiError):  # the result is known, and this QUIT changes nothing
            await client.quit()
    finally:
        client.close()
    return TrialResult(*counted, session.encrypted)
