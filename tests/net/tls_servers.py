"""Servers with a certificate, and connections that must fail before the password is sent."""

from __future__ import annotations

import pytest

from poptui.errors import ExitCode, PoptuiError
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, Security, Server
from poptui.secret import Secret
from tests.kit.certificates import Certificate
from tests.kit.listener import Listener
from tests.kit.scripted import OddServer
from tests.kit.tls_server import TlsServer

CREDENTIALS = Credentials(Secret("secret"))


def serving(certificate: Certificate, security: Security, *oddities: str) -> OddServer:
    """Provide a server with this certificate, with TLS from the start or after STLS."""
    context = certificate.context()
    if security is Security.TLS:
        return OddServer([], oddities, tls=context)
    return OddServer([], oddities, stls=context)


def server_at(
    peer: Listener | TlsServer,
    security: Security,
    *,
    ca_file: str | None = None,
    pin: str | None = None,
    host: str = "127.0.0.1",
) -> Server:
    """Return ``peer`` as a Server."""
    return Server(host, peer.port, "user", security, ca_file=ca_file, pin=pin)


async def refused(peer: Listener | TlsServer, server: Server, timeout_s: float = 5.0) -> str:
    """Return the message of a failed connection, after checking that no password was sent."""
    with pytest.raises(PoptuiError) as caught:
        await log_in(server, CREDENTIALS, options=ConnectionOptions(timeout_s))
    assert caught.value.exit_code is ExitCode.CONNECT, caught.value
    sentence = str(caught.value)
    assert server.address in sentence
    assert sentence.isprintable()
    assert not set(peer.keywords) & {b"USER", b"PASS", b"AUTH", b"APOP"}
    return sentence
