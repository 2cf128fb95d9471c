"""TLS over real sockets: trusted and refused certificates; a refusal never reveals the password."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from poptui.errors import UsageError
from poptui.net.login import log_in
from poptui.net.server import Security, Server
from poptui.net.tls import tls_context
from tests.kit.certificates import Certificate, Certificates
from tests.kit.scripted import OddServer, ScriptedServer, hold, steps
from tests.kit.tls_server import TlsServer
from tests.net.tls_servers import CREDENTIALS, refused, server_at, serving

DH_OF_1024_BITS = """\
-----BEGIN X9.42 DH PARAMETERS-----
MIIBJgKBgQCFvfk8zPsvmEdCaI37c8CA3HowCpfqyuWZGIJCggDTblf70kk6Mt8+
3j6qP5JgTMdT6UFWO3PtD484k7AscEzas0nhsdfb11VoQa2T4fyFRdHtVfL520IT
XW2yzNFRThDy2ZYxQ6jplXzuvDg5hwLk4++GY3S1DbdLBnEue9aZcQKBgC16aiuS
2brqkf0RzV5uWA3Rzisp5O83qrmZvzsOZg6XclqTEJD6WP8wzHYP+FzOQ7+145G0
BqbSyj4WGyZ03zB7q+UC5GPuXWpnPa8QShUNi5prW/fsBXTU/9NHZqdeC6Q+hYor
y+eUSKolRW/aXQ/fFx3eh/X03xNMVa06tH0GAh0Anyi+yWRGks0bwaLbPi8WNskS
KAvBrZZMAuzC6Q==
-----END X9.42 DH PARAMETERS-----
"""
WAYS = pytest.mark.parametrize("security", [Security.TLS, Security.STLS, Security.STLS_IF_OFFERED])


@pytest.fixture(autouse=True)
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't wait long for a server that sends nothing by itself."""
    monkeypatch.setattr("poptui.net.port_probe.BANNER_WAIT_S", 0.05)


@WAYS
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_good_certificate(
    certificates: Certificates, security: Security, host: str
) -> None:
    async with serving(certificates.good, security) as peer:
        session = await log_in(
            server_at(peer, security, ca_file=certificates.ca_file, host=host), CREDENTIALS
        )
        assert session.encrypted
        reply = await session.client.quit()
        assert reply.ok
    if security is not Security.TLS:
        assert peer.keywords[:3] == [b"CAPA", b"STLS", b"CAPA"]
    assert peer.quit_arrived


@WAYS
@pytest.mark.parametrize(
    ("which", "problem"),
    [
        ("expired", "expired on "),
        ("not_yet_valid", "is not valid before "),
        ("wrong_host", "is for another host (mail.example.org), so"),
        ("stranger", "is from an issuer that is not trusted here, “trustme"),
        ("self_signed", "is self-signed: no authority vouches for it, so"),
        ("short_key", "has a key or signature too weak"),
    ],
)
async def test_bad_certificates(
    certificates: Certificates, security: Security, which: str, problem: str
) -> None:
    certificate: Certificate = getattr(certificates, which)
    async with serving(certificate, security) as peer:
        sentence = await refused(peer, server_at(peer, security, ca_file=certificates.ca_file))
    assert f"The certificate of 127.0.0.1:{peer.port}" in sentence
    assert problem in sentence
    assert "so the password was not sent" in sentence
    assert f"use --pin {certificate.fingerprint}." in sentence


@WAYS
async def test_a_common_name_alone_is_refused(
    certificates: Certificates, security: Security
) -> None:
    certificate = certificates.no_alternative_name
    async with serving(certificate, security) as peer:
        server = server_at(peer, security, ca_file=certificates.ca_file, host="localhost")
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
            server_at(peer, security, ca_file=ca_file, host="mail.example.org"), CREDENTIALS
        )
        assert session.encrypted
        session.client.close()


@WAYS
async def test_the_test_authority_is_not_trusted_by_default(
    certificates: Certificates, security: Security
) -> None:
    async with serving(certificates.good, security) as peer:
        sentence = await refused(peer, server_at(peer, security))
    assert "not trusted here" in sentence
    assert "--ca-file" in sentence


@WAYS
@pytest.mark.parametrize("which", ["good", "expired", "wrong_host", "stranger"])
async def test_a_pin_is_enough(certificates: Certificates, security: Security, which: str) -> None:
    certificate: Certificate = getattr(certificates, which)
    async with serving(certificate, security) as peer:
        session = await log_in(server_at(peer, security, pin=certificate.fingerprint), CREDENTIALS)
        assert session.encrypted
        session.client.close()


@WAYS
async def test_a_pin_of_another_certificate(certificates: Certificates, security: Security) -> None:
    async with serving(certificates.good, security) as peer:
        pin, ca_file = certificates.stranger.fingerprint, certificates.ca_file
        sentence = await refused(peer, server_at(peer, security, pin=pin, ca_file=ca_file))
    assert sentence.startswith(f"The certificate of 127.0.0.1:{peer.port} has changed, so the")
    assert f"Pinned is SHA256:{pin}," in sentence
    assert f"now shows SHA256:{certificates.good.fingerprint}." in sentence
    assert "--pin" not in sentence


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
        sentence = await refused(peer, server_at(peer, Security.TLS))
    assert sentence.startswith(f"127.0.0.1:{peer.port} speaks POP3 without TLS: use pop://")


async def test_a_tls_server_on_a_plaintext_port(certificates: Certificates) -> None:
    async with serving(certificates.good, Security.TLS) as peer:
        sentence = await refused(peer, server_at(peer, Security.STLS), timeout_s=1.0)
    assert f"127.0.0.1:{peer.port} speaks TLS from the first byte" in sentence
    assert "use pops:// instead of pop://" in sentence


async def test_a_tls_server_on_the_port_for_tls_is_found_out_early(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(certificates.good, Security.TLS) as peer:
        monkeypatch.setattr("poptui.net.connecting.TLS_PORT", peer.port)
        monkeypatch.setattr("poptui.net.connecting.SILENT_TLS_S", 0.05)
        sentence = await refused(peer, server_at(peer, Security.STLS), timeout_s=600)
    assert "speaks TLS from the first byte" in sentence


async def test_a_handshake_that_hangs() -> None:
    async with ScriptedServer(hold) as peer:
        sentence = await refused(peer, server_at(peer, Security.TLS), timeout_s=0.2)
    assert "did not answer within 0.2 seconds" in sentence


async def test_a_hang_up_in_the_handshake() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with ScriptedServer(leave) as peer:
        sentence = await refused(peer, server_at(peer, Security.TLS))
    assert sentence.startswith(f"No TLS with 127.0.0.1:{peer.port}: it hung up. Check the port")


@pytest.mark.parametrize(
    ("newest", "tls_min", "message"),
    [
        (ssl.TLSVersion.TLSv1_1, None, "only takes TLS 1.1, and poptui wants TLS 1.2 or newer"),
        (ssl.TLSVersion.TLSv1, "1.1", "only takes TLS 1.0, and poptui wants TLS 1.1 or newer"),
        (ssl.TLSVersion.TLSv1_2, "1.3", "only takes TLS 1.2, and tls_min demands TLS 1.3: lower"),
    ],
)
async def test_an_old_protocol_is_refused(
    certificates: Certificates, newest: ssl.TLSVersion, tls_min: str | None, message: str
) -> None:
    with TlsServer(certificates.good.context(newest=newest)) as peer:
        server = server_at(peer, Security.TLS, ca_file=certificates.ca_file)
        sentence = await refused(peer, server._replace(tls_min=tls_min))
    assert message in sentence


@pytest.mark.parametrize("pin", [None, "0" * 64])
def test_old_protocols_are_refused_whatever_openssl_is_configured_to_take(
    monkeypatch: pytest.MonkeyPatch, pin: str | None
) -> None:
    def as_in_debian(**given: str | None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        return context

    monkeypatch.setattr(ssl, "create_default_context", as_in_debian)
    context = tls_context(Server("127.0.0.1", 995, "user", Security.TLS, pin=pin))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("newest", "tls_min"),
    [
        (ssl.TLSVersion.TLSv1_1, "1.0"),
        (ssl.TLSVersion.TLSv1, "1.0"),
        (ssl.TLSVersion.TLSv1_1, "1.1"),
        (ssl.TLSVersion.TLSv1_3, "1.3"),
    ],
)
async def test_the_oldest_protocol_to_accept(
    certificates: Certificates, newest: ssl.TLSVersion, tls_min: str
) -> None:
    async with OddServer([], tls=certificates.good.context(newest=newest)) as peer:
        server = server_at(peer, Security.TLS, ca_file=certificates.ca_file)
        session = await log_in(server._replace(tls_min=tls_min), CREDENTIALS)
        assert session.client.stream.security()
        session.client.close()


async def test_ciphers_that_are_no_longer_safe(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = ssl.create_default_context

    def with_safe_ciphers(*, cafile: str | None = None) -> ssl.SSLContext:
        context = usual(cafile=cafile)
        context.set_ciphers("ECDHE+AESGCM")  # which Debian's Python leaves to OpenSSL
        return context

    monkeypatch.setattr(ssl, "create_default_context", with_safe_ciphers)
    context = certificates.rsa.context(
        newest=ssl.TLSVersion.TLSv1_2, ciphers="AES128-SHA:@SECLEVEL=0"
    )
    with TlsServer(context) as peer:
        sentence = await refused(peer, server_at(peer, Security.TLS, ca_file=certificates.ca_file))
    assert "takes only ciphers that are no longer safe" in sentence


async def test_a_short_key_for_the_exchange(certificates: Certificates, tmp_path: Path) -> None:
    parameters = tmp_path / "dh.pem"
    parameters.write_text(DH_OF_1024_BITS)
    context = certificates.rsa.context(
        newest=ssl.TLSVersion.TLSv1_2, ciphers="DHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0"
    )
    context.load_dh_params(str(parameters))
    async with OddServer([], tls=context) as peer:
        server = server_at(peer, Security.TLS, ca_file=certificates.ca_file)
        sentence = await refused(peer, server)
        assert "uses a key that is too short to be safe (“dh key too small”)" in sentence
        assert 'tls_min = "1.0"' in sentence
        session = await log_in(server._replace(tls_min="1.0"), CREDENTIALS)
        session.client.close()


async def test_a_short_key_is_accepted_if_the_user_says_so(certificates: Certificates) -> None:
    async with serving(certificates.short_key, Security.TLS) as peer:
        server = server_at(peer, Security.TLS, ca_file=certificates.ca_file)
        session = await log_in(server._replace(tls_min="1.0"), CREDENTIALS)
        session.client.close()


async def test_a_revocation_list_in_the_ca_file_counts(certificates: Certificates) -> None:
    async with serving(certificates.good, Security.TLS) as peer:
        server = server_at(peer, Security.TLS, ca_file=certificates.revocation_file)
        assert "was revoked by its issuer" in await refused(peer, server)


@pytest.mark.parametrize("security", [Security.TLS, Security.STLS])
@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_client_certificates(
    certificates: Certificates, security: Security, newest: ssl.TLSVersion
) -> None:
    """The server asks for one: without it, with a wrong one, with the right one."""
    context = certificates.good.context(newest=newest, clients=certificates.ca_file)
    with TlsServer(context, stls=security is Security.STLS) as peer:
        server = server_at(peer, security, ca_file=certificates.ca_file)
        sentence = await refused(peer, server)
        assert "clients with a certificate: set client_cert" in sentence
        other = server._replace(client_cert=str(certificates.stranger.file))
        assert "refuses the client certificate" in await refused(peer, other)
        right = server._replace(client_cert=str(certificates.client.file))
        session = await log_in(right, CREDENTIALS)
        session.client.close()


@pytest.mark.parametrize(
    ("certificate", "key", "message"),
    [
        ("missing.pem", None, "No such file"),
        ("empty.pem", None, "no certificate, or no key, in it"),
        ("client.pem", "other.pem", "the key belongs to another certificate"),
        ("client.pem", "locked.pem", "needs a passphrase: set client_key_command"),
    ],
)
async def test_client_certificates_that_cannot_be_used(
    certificates: Certificates, tmp_path: Path, certificate: str, key: str | None, message: str
) -> None:
    text = certificates.client.file.read_bytes()
    (tmp_path / "client.pem").write_bytes(text)
    (tmp_path / "other.pem").write_bytes(certificates.good.file.read_bytes())
    (tmp_path / "empty.pem").write_bytes(b"")
    loaded = serialization.load_pem_private_key(text, None)
    locked = loaded.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    server = Server(
        *("127.0.0.1", 1, "user", Security.TLS),
        client_cert=str(tmp_path / certificate),
        client_key=str(tmp_path / key) if key else None,
    )
    with pytest.raises(UsageError, match=message):
        await log_in(server, CREDENTIALS)


@pytest.mark.parametrize(
    ("banner", "service"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "an SSH server"),
        (b"* OK IMAP4rev1 ready\r\n", "an IMAP server"),
        (b"220 mail ESMTP\r\n", "an SMTP server"),
    ],
)
async def test_tls_to_servers_of_other_protocols(banner: bytes, service: str) -> None:
    async with ScriptedServer(steps((None, banner), then=hold)) as peer:
        sentence = await refused(peer, server_at(peer, Security.TLS))
    assert f"127.0.0.1:{peer.port} is {service}, not a POP3 server: check host" in sentence


async def test_a_web_server_that_answers_what_it_does_not_understand() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with ScriptedServer(answer) as peer:
        assert "is a web server, not" in await refused(peer, server_at(peer, Security.TLS))
        sentence = await refused(peer, server_at(peer, Security.STLS), timeout_s=1.0)
        assert "is a web server, not" in sentence
