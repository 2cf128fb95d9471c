"""Every login method that Dovecot has, in clear, by STLS and in TLS, and refusals of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from poptui.errors import LoginError
from poptui.net.connecting import connect
from poptui.net.credentials import Credentials
from poptui.net.login import LoggedIn, log_in
from poptui.net.login_methods import login_methods
from poptui.net.server import ConnectionOptions, Security, Server
from poptui.net.server_profile import ServerProfile
from poptui.secret import Secret
from tests.kit.dovecot import PASSWORD, Dovecot

OPTIONS = ConnectionOptions(timeout_s=15.0)
CREDENTIALS = Credentials(Secret(PASSWORD))
WRONG = Credentials(Secret("not-the-password"))
METHODS = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "APOP", "PLAIN", "LOGIN", "USER")


def server_of(dovecot: Dovecot, security: Security, method: str | None = None) -> Server:
    port = dovecot.tls_port if security is Security.TLS else dovecot.port
    server = Server("127.0.0.1", port, dovecot.user, security, method)
    return server if security is Security.PLAIN else replace(server, ca_file=dovecot.ca_file)


async def logged_in(server: Server, credentials: Credentials = CREDENTIALS) -> LoggedIn:
    session = await log_in(server, credentials, ServerProfile(), OPTIONS)
    assert (await session.client.quit()).ok
    return session


@pytest.mark.parametrize("security", [Security.PLAIN, Security.STLS, Security.TLS])
async def test_each_method(dovecot: Dovecot, security: Security) -> None:
    for method in METHODS:
        session = await logged_in(server_of(dovecot, security, method))
        assert session.encrypted is (security is not Security.PLAIN), method
    log = dovecot.log()
    for method in METHODS:
        sasl = "PLAIN" if method == "USER" else method
        assert f"method={sasl}" in log, method


async def test_the_strongest_method_is_used(dovecot: Dovecot) -> None:
    server = server_of(dovecot, Security.TLS)
    connection = await connect(server, OPTIONS)
    offered = login_methods(connection, None, CREDENTIALS, certificate=False)
    connection.client.close()
    assert offered == ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "USER", "APOP"]
    await logged_in(server)
    assert "method=SCRAM-SHA-256" in dovecot.log()


@pytest.mark.parametrize("method", ["SCRAM-SHA-256", "USER"])
async def test_a_wrong_password_is_refused(dovecot: Dovecot, method: str) -> None:
    with pytest.raises(LoginError, match="refused the login") as caught:
        await logged_in(server_of(dovecot, Security.TLS, method), WRONG)
    assert caught.value.asks_password
    assert "not-the-password" not in str(caught.value)
