"""Try whether a POP3 server is at a place, and what it offers. No login is sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NamedTuple

from poptui.errors import PoptuiError, ServerError
from poptui.net.connecting import connect
from poptui.net.login_methods import LoginMethod, offered_methods
from poptui.net.server import ConnectionOptions, Server
from poptui.net.tls_errors import UntrustedCertificateError

TIMEOUT_S = 8.0
"""For connecting, TLS, greeting and CAPA together."""
QUIT_TIMEOUT_S = 1.0


class Probed(NamedTuple):
    """What a server that answered offers."""

    methods: tuple[LoginMethod, ...] = ()
    """The login methods that it offers and poptui knows, the strongest first."""
    encrypted: bool = True
    untrusted: UntrustedCertificateError | None = None
    """Why its certificate is not trusted; the methods are unknown then."""


async def probe(server: Server) -> Probed:
    """Connect up to the point where a login is possible. Raises PoptuiError."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            connection = await connect(server, ConnectionOptions(timeout_s=TIMEOUT_S - 1))
    except TimeoutError:
        raise ServerError(
            f"{server.address} did not answer within {TIMEOUT_S:g} seconds."
        ) from None
    except UntrustedCertificateError as error:
        return Probed(untrusted=error)
    methods = tuple(offered_methods(connection))
    with suppress(PoptuiError, TimeoutError):
        async with asyncio.timeout(QUIT_TIMEOUT_S):
            await connection.client.quit()
    connection.client.close()
    return Probed(methods, connection.encrypted)
