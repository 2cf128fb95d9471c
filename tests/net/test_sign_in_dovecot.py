"""Every login method of Dovecot: unencrypted, with STLS and with TLS, and refusals of each."""

from __future__ import annotations

import logging

import pytest

from poptui.errors import AccountRefusedError, LoginError, NoLoginMethodError
from poptui.net.connecting import connect
from poptui.net.credentials import Credentials
from poptui.net.login import LoggedInClient, log_in
from poptui.net.login_methods import login_methods
from poptui.net.server import ConnectionOptions, Security, Server
from poptui.net.server_profile import ServerProfile
from poptui.secret import Secret
from tests.kit.dovecot import PASSWORD, Dovecot, DovecotServer

OPTIONS = ConnectionOptions(timeout_s=15.0)
CREDENTIALS = Credentials(Secret(PASSWORD))
WRONG = Credentials(Secret("not-the-password"))
METHODS = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "APOP", "PLAIN", "LOGIN", "USER")


def server_of(dovecot: Dovecot, security: Security, method: str | None = None) -> Server:
    port = dovecot.tls_port if security is Security.TLS else dovecot.port
    server = Server("127.0.0.1", port, dovecot.user, security, method)
    return server if security is Security.PLAIN else server._replace(ca_file=dovecot.ca_file)


async def logged_in(server: Server, credentials: Credentials = CREDENTIALS) -> LoggedInClient:
    session = await log_in(server, credentials, ServerProfile(), OPTIONS)
    assert (await session.client.quit()).ok
    return session


@pytest.mark.parametrize("security", [Security.PLAIN, Security.STLS, Security.TLS])
async def test_each_method(dovecot: Dovecot, security: Security) -> None:
    for method in METHODS:
        session = await logged_in(server_of(dovecot, security, method))
        assert session.encrypted is (security is not Security.PLAIN), method


@pytest.mark.parametrize("security", [Security.STLS, Security.TLS])
async def test_a_client_certificate(
    dovecot: Dovecot, security: Security, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    certificate = dovecot.client_certificate()
    server = server_of(dovecot, security)._replace(client_cert=certificate)
    await logged_in(server, Credentials())
    assert "the login by EXTERNAL was accepted" in caplog.text
    await logged_in(server._replace(mechanism="PLAIN"))


async def test_a_client_certificate_of_someone_else(dovecot_server: DovecotServer) -> None:
    """It must not open their mailbox under our name."""
    ours, theirs = dovecot_server.new_user(), dovecot_server.new_user()
    server = server_of(ours, Security.TLS)
    server = server._replace(client_cert=theirs.client_certificate())
    with pytest.raises(AccountRefusedError, match="refused the client certificate"):
        await logged_in(server, Credentials())


async def test_external_without_a_certificate(dovecot: Dovecot) -> None:
    with pytest.raises(NoLoginMethodError, match="set client_cert"):
        await logged_in(server_of(dovecot, Security.TLS, "EXTERNAL"), Credentials())


async def test_the_strongest_method_is_used(
    dovecot: Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server = server_of(dovecot, Security.TLS)
    connection = await connect(server, OPTIONS)
    offered = login_methods(connection, None, CREDENTIALS, certificate=False)
    connection.client.close()
    assert offered == ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "USER", "APOP"]
    await logged_in(server)
    assert "the login by SCRAM-SHA-256 was accepted" in caplog.text


@pytest.mark.parametrize("method", ["SCRAM-SHA-256", "USER"])
async def test_a_wrong_password_is_refused(dovecot: Dovecot, method: str) -> None:
    with pytest.raises(LoginError, match="refused the login") as caught:
        await logged_in(server_of(dovecot, Security.TLS, method), WRONG)
    assert caught.value.asks_password
    assert "not-the-password" not in str(caught.value)


@pytest.mark.parametrize("security", [Security.PLAIN, Security.TLS])
async def test_a_wrong_password_costs_two_refusals_at_first(
    dovecot: Dovecot, security: Security, caplog: pytest.LogCaptureFixture
) -> None:
    """Dovecot offers seven methods; a password that worked before costs one refusal."""
    caplog.set_level(logging.INFO)
    server, profile = server_of(dovecot, security), ServerProfile()
    with pytest.raises(LoginError, match="refused the login"):
        await log_in(server, WRONG, profile, OPTIONS)
    assert caplog.text.count("was refused") == 2
    (await log_in(server, CREDENTIALS, profile, OPTIONS)).client.close()
    caplog.clear()
    with pytest.raises(LoginError, match="refused the login"):
        await log_in(server, WRONG, profile, OPTIONS)
    assert caplog.text.count("was refused") == 1
