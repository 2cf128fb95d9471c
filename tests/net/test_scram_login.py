"""The login by SCRAM at scripted servers, honest and hostile."""

from __future__ import annotations

import logging
import re
from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest

from poptui.errors import (
    LoginError,
    ServerError,
    UntrustedServerError,
)
from poptui.net.login import log_in
from poptui.net.scram import channel_binding
from poptui.net.server import ConnectionOptions, Security
from tests.kit.certificates import Certificates
from tests.kit.scripted import ScriptedServer, steps
from tests.net.logins import CREDENTIALS, PLAIN_LINE, local, logged_in, offering, refused
from tests.net.scram_server import scram_server

OPTIONS = ConnectionOptions(timeout_s=5.0)


@pytest.mark.parametrize("name", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
async def test_scram(name: str) -> None:
    async with ScriptedServer(scram_server(name)) as peer:
        session = await log_in(local(peer.port), CREDENTIALS, options=OPTIONS)
        session.client.close()
    assert peer.commands[-1] == b""
    assert b"n,,n=me,r=" in b64decode(peer.commands[1].split()[-1])


@pytest.mark.parametrize("name", ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"])
@pytest.mark.parametrize("is_same", [True, False])
async def test_scram_plus(name: str, is_same: bool, certificates: Certificates) -> None:
    """If somebody is in the middle, the certificates differ, and the server refuses."""
    shown = certificates.good if is_same else certificates.stranger
    data = channel_binding(shown.der)
    assert data
    bound = scram_server(name, binding=("tls-server-end-point", data))
    async with ScriptedServer(bound, tls=certificates.good.context()) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        if is_same:
            session = await log_in(server, CREDENTIALS, options=OPTIONS)
            session.client.close()
        else:
            with pytest.raises(LoginError):
                await log_in(server, CREDENTIALS, options=OPTIONS)
    assert b64decode(peer.commands[1].split()[-1]).startswith(b"p=tls-server-end-point,,n=me")


async def test_a_server_without_plus_learns_that_we_could(certificates: Certificates) -> None:
    async with ScriptedServer(scram_server(), tls=certificates.good.context()) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        session = await log_in(server, CREDENTIALS, options=OPTIONS)
        session.client.close()
    assert b64decode(peer.commands[1].split()[-1]).startswith(b"y,,")


async def test_the_server_notices_that_plus_was_removed_on_the_way(
    certificates: Certificates,
) -> None:
    """The server sees that the client supports binding, but didn't get its offer."""
    data = channel_binding(certificates.good.der)
    assert data
    script = scram_server(binding=("tls-server-end-point", data))
    async with ScriptedServer(script, tls=certificates.good.context()) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        with pytest.raises(LoginError):
            await log_in(server, CREDENTIALS, options=OPTIONS)


@pytest.mark.parametrize("then", ["accepted", "in the middle", "unknown", "wrong password"])
async def test_a_server_that_misses_its_plus_gets_it_once(
    then: str, certificates: Certificates
) -> None:
    """The form with binding shows whether the offer was removed (RFC 5802 section 6)."""
    shown = certificates.stranger if then == "in the middle" else certificates.good
    data = channel_binding(shown.der)
    assert data
    lost = b64encode(b"e=server-does-support-channel-binding")
    refusal = steps(
        *offering("SASL SCRAM-SHA-256 PLAIN"),
        ("AUTH SCRAM-SHA-256 .*", b"+ " + lost + b"\r\n"),
        (r"\*", b"-ERR [AUTH] no\r\n"),
    )
    plus = "SCRAM-SHA-256-PLUS"
    retry = scram_server(
        plus,
        offer="SCRAM-SHA-256 PLAIN",
        binding=("tls-server-end-point", data),
        password="other" if then == "wrong password" else "hunter2",
        refusal=b"e=invalid-proof" if then == "wrong password" else b"",
    )
    if then == "unknown":
        retry = steps(
            *offering("SASL SCRAM-SHA-256 PLAIN"),
            (f"AUTH {plus} .*", b"-ERR unknown mechanism\r\n"),
        )
    after = steps(
        *offering("SASL SCRAM-SHA-256 PLAIN"), (PLAIN_LINE.decode(), b"-ERR [AUTH] no\r\n")
    )
    scripts = (refusal, retry, *[after] * (then == "wrong password"))
    async with ScriptedServer(*scripts, tls=certificates.good.context()) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        logging_in = log_in(server, CREDENTIALS, options=OPTIONS)
        if then == "accepted":
            (await logging_in).client.close()
        else:
            with pytest.raises(LoginError) as caught:
                await logging_in
            is_trusted = not isinstance(caught.value, UntrustedServerError)
            assert is_trusted == (then == "wrong password")
    sent = [line.split()[1:] for line in peer.commands if line.startswith(b"AUTH")]
    names = [b"SCRAM-SHA-256", plus.encode(), *[b"PLAIN"] * (then == "wrong password")]
    assert [name for name, _ in sent] == names
    assert b64decode(sent[0][1]).startswith(b"y,,")
    assert b64decode(sent[1][1]).startswith(b"p=tls-server-end-point,,")


@pytest.mark.parametrize(
    "change", [lambda last: None, lambda last: "v=" + "A" * 43 + "=", lambda last: "x"]
)
async def test_a_server_that_proves_nothing_gets_no_session(
    change: Callable[[str], str | None], caplog: pytest.LogCaptureFixture
) -> None:
    """It doesn't get the password by a weaker method either."""
    caplog.set_level(logging.DEBUG)
    script = scram_server(offer="SCRAM-SHA-256 PLAIN", change_last=change)
    async with ScriptedServer(script) as peer:
        with pytest.raises(UntrustedServerError, match="may not be the server it claims") as caught:
            await log_in(local(peer.port), CREDENTIALS, options=OPTIONS)
    assert not caught.value.asks_password
    assert peer.connections == 1
    assert not any(line.startswith((b"AUTH PLAIN", b"STAT", b"QUIT")) for line in peer.commands)
    assert "hunter2" not in caplog.text


async def test_scram_that_cannot_be_answered_is_followed_by_another_method() -> None:
    lines = await logged_in(
        *offering("SASL SCRAM-SHA-256 PLAIN"),
        ("AUTH SCRAM-SHA-256 .*", b"+ !!!\r\n"),
        (r"\*", b"-ERR cancelled\r\n"),
        (PLAIN_LINE.decode(), b"+OK\r\n"),
    )
    assert len(lines) == 4


async def test_a_scram_failure_is_named() -> None:
    error = await refused(
        *offering("SASL SCRAM-SHA-256"),
        ("AUTH SCRAM-SHA-256 .*", b"+ cj0x\r\n"),
        (r"\*", b"-ERR cancelled\r\n"),
    )
    assert "did not follow the protocol" in str(error)


async def test_a_refused_binding_is_tried_once(certificates: Certificates) -> None:
    """Cyrus knows only tls-unique. It must not be told then that it has no -PLUS."""
    offer = "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256"
    refusal = steps(
        *offering(f"SASL {offer}"),
        ("AUTH SCRAM-SHA-256-PLUS .*", b"+ !\r\n"),
        (r"\*", b"-ERR [AUTH] bad protocol / cancel\r\n"),
    )
    accepted = scram_server(offer=offer)
    async with ScriptedServer(refusal, accepted, tls=certificates.good.context()) as peer:
        server = local(peer.port, security=Security.TLS, ca_file=certificates.ca_file)
        session = await log_in(server, CREDENTIALS, options=OPTIONS)
        session.client.close()
    sent = [line for line in peer.commands if line.startswith(b"AUTH")]
    assert [line.split()[1] for line in sent] == [b"SCRAM-SHA-256-PLUS", b"SCRAM-SHA-256"]
    assert b64decode(sent[1].split()[2]).startswith(b"n,,")


@pytest.mark.parametrize("challenges", [2, 50])
async def test_a_flood_of_challenges_ends_the_session(challenges: int) -> None:
    error = await refused(
        *offering("SASL SCRAM-SHA-256"),
        ("AUTH SCRAM-SHA-256 .*", b"+ \r\n" * challenges),
        hang_up=True,
    )
    assert isinstance(error, ServerError)
    assert "a challenge" in str(error)


async def test_a_server_that_lets_us_in_while_scram_is_under_way() -> None:
    error = await refused(
        *offering("SASL SCRAM-SHA-256"),
        ("AUTH SCRAM-SHA-256 .*", b"+ \r\n+OK come in\r\n"),
        hang_up=True,
    )
    assert isinstance(error, UntrustedServerError)


async def test_no_log_has_data_to_test_password_guesses_with(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The server's last message is made from the password, and its salt is in the first."""
    caplog.set_level(logging.DEBUG)
    async with ScriptedServer(scram_server()) as peer:
        session = await log_in(local(peer.port), CREDENTIALS, options=OPTIONS)
        session.client.close()
    assert "S: + ***" in caplog.text
    assert "C: AUTH SCRAM-SHA-256 ***" in caplog.text
    assert not re.search(r"[CS]: \+ (?!\*)\S", caplog.text)
