"""Certificates for test servers: a good one, and one for each way a certificate can be wrong."""

from __future__ import annotations

import hashlib
import ssl
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

LOOPBACK = ("127.0.0.1", "::1", "localhost")
NAMED = ("example.test", "*.example.test")
"""Host names that only ``tests.kit.hosts`` resolves."""


@dataclass(frozen=True)
class Certificate:
    """A server's key and certificate chain in one PEM file."""

    file: Path
    fingerprint: str
    """The SHA-256 of the DER certificate in hex, as used for a pin."""
    ciphers: str = ""
    """The OpenSSL cipher settings that are needed to use it."""

    @property
    def der(self) -> bytes:
        """The certificate without its chain."""
        pem = self.file.read_text("ascii")
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        return ssl.PEM_cert_to_DER_cert(begin + pem.partition(begin)[2].partition(end)[0] + end)

    def context(
        self,
        *,
        newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        ciphers: str = "",
        clients: str = "",
    ) -> ssl.SSLContext:
        """Return a server's TLS context with this certificate.

        ``newest`` before TLS 1.2 makes an old server. ``clients`` names the file of the authorities
        that clients must have their certificates from.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if newest < ssl.TLSVersion.TLSv1_2:
            ciphers = "ALL:@SECLEVEL=0"
        if ciphers or self.ciphers:
            context.set_ciphers(ciphers or self.ciphers)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            if newest < ssl.TLSVersion.TLSv1_2:
                context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = newest
        context.load_cert_chain(self.file)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        return context


@dataclass(frozen=True)
class Certificates:
    """Unless its name says otherwise, each is for loopback and issued by ``ca_file``."""

    ca_file: str
    good: Certificate
    expired: Certificate
    wrong_host: Certificate
    """For ``mail.example.org``."""
    no_alternative_name: Certificate
    """For loopback, but only by its Common Name."""
    stranger: Certificate
    """Issued by an authority that is not in ``ca_file``."""
    not_yet_valid: Certificate
    self_signed: Certificate
    rsa: Certificate
    """Like ``good``, with an RSA key."""
    short_key: Certificate
    """With an RSA key of 1024 bits."""
    revocation_file: str
    """``ca_file`` with a list that revokes ``good``."""
    client: Certificate
    """For a client, issued by ``ca_file``."""


def make_certificates(folder: Path) -> Certificates:
    """Create authorities and certificates as PEM files in ``folder``."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    expired = authority.issue_cert(
        *LOOPBACK, not_before=yesterday - timedelta(days=30), not_after=yesterday
    )
    good = authority.issue_cert(*LOOPBACK, *NAMED)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    not_yet = authority.issue_cert(
        *LOOPBACK, not_before=tomorrow, not_after=tomorrow + timedelta(days=30)
    )
    issuer = _Issuer(
        x509.load_pem_x509_certificate(authority.cert_pem.bytes()),
        serialization.load_pem_private_key(authority.private_key_pem.bytes(), None),
    )
    revocation_file = folder / "revoked.pem"
    revocation_file.write_bytes(
        authority.cert_pem.bytes() + _revocation_list(issuer, good.cert_chain_pems[0].bytes())
    )
    return Certificates(
        ca_file=str(ca_file),
        not_yet_valid=_written(not_yet, folder / "not-yet.pem"),
        self_signed=_made(
            None,
            folder / "self-signed.pem",
            ec.generate_private_key(ec.SECP256R1()),
            alternative_names=LOOPBACK,
        ),
        rsa=_written(
            authority.issue_cert(*LOOPBACK, key_type=trustme.KeyType.RSA), folder / "rsa.pem"
        ),
        short_key=_made(
            issuer,
            folder / "short-key.pem",
            rsa.generate_private_key(65537, 1024),
            alternative_names=LOOPBACK,
        ),
        revocation_file=str(revocation_file),
        client=_written(authority.issue_cert("client@example.com"), folder / "client.pem"),
        good=_written(good, folder / "good.pem"),
        expired=_written(expired, folder / "expired.pem"),
        wrong_host=_written(authority.issue_cert("mail.example.org"), folder / "wrong-host.pem"),
        no_alternative_name=_made(
            issuer, folder / "common-name.pem", ec.generate_private_key(ec.SECP256R1())
        ),
        stranger=_written(trustme.CA().issue_cert(*LOOPBACK), folder / "stranger.pem"),
    )


class _Issuer(NamedTuple):
    certificate: x509.Certificate
    key: Any


def _made(
    issuer: _Issuer | None,
    file: Path,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    *,
    alternative_names: Sequence[str] = (),
) -> Certificate:
    """Return a certificate for localhost that trustme can't create, self-signed without ``issuer``.

    Without ``alternative_names`` it is like certificates from before subjectAltName.
    """
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    if alternative_names:
        names = [
            x509.IPAddress(ip_address(name)) if name[-1].isdigit() else x509.DNSName(name)
            for name in alternative_names
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, plain, serialization.NoEncryption())
    file.write_bytes(secret + certificate.public_bytes(pem))
    der = certificate.public_bytes(serialization.Encoding.DER)
    ciphers = "DEFAULT:@SECLEVEL=0" if key.key_size == 1024 else ""
    return Certificate(file, hashlib.sha256(der).hexdigest(), ciphers)


def _revocation_list(issuer: _Issuer, revoked_pem: bytes) -> bytes:
    now = datetime.now(UTC)
    revoked = (
        x509.RevokedCertificateBuilder()
        .serial_number(x509.load_pem_x509_certificate(revoked_pem).serial_number)
        .revocation_date(now - timedelta(hours=1))
        .build()
    )
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now - timedelta(hours=1))
        .next_update(now + timedelta(days=1))
        .add_revoked_certificate(revoked)
        .sign(issuer.key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _written(leaf: trustme.LeafCert, file: Path) -> Certificate:
    leaf.private_key_and_cert_chain_pem.write_to_path(file)
    certificate = ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode("ascii"))
    return Certificate(file, hashlib.sha256(certificate).hexdigest())


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return the certificates of this test session."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))
