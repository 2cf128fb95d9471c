"""Certificates for test servers: a good one, and one for each way a certificate can be wrong."""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Certificate:
    """A server's key and certificate chain in one PEM file."""

    file: Path
    fingerprint: str
    """The SHA-256 of the DER certificate in hex, the form of a pin."""

    @property
    def der(self) -> bytes:
        """The certificate without its chain."""
        pem = self.file.read_text("ascii")
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        return ssl.PEM_cert_to_DER_cert(begin + pem.partition(begin)[2].partition(end)[0] + end)

    def context(self) -> ssl.SSLContext:
        """Return a server's TLS context with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
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
    """For loopback, by its Common Name alone."""
    stranger: Certificate
    """Issued by an authority that is not in ``ca_file``."""


def make_certificates(folder: Path) -> Certificates:
    """Create authorities and certificates as PEM files in ``folder``."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    expired = authority.issue_cert(
        *LOOPBACK, not_before=yesterday - timedelta(days=30), not_after=yesterday
    )
    return Certificates(
        ca_file=str(ca_file),
        good=_written(authority.issue_cert(*LOOPBACK), folder / "good.pem"),
        expired=_written(expired, folder / "expired.pem"),
        wrong_host=_written(authority.issue_cert("mail.example.org"), folder / "wrong-host.pem"),
        no_alternative_name=_with_common_name_alone(authority, folder / "common-name.pem"),
        stranger=_written(trustme.CA().issue_cert(*LOOPBACK), folder / "stranger.pem"),
    )


def _with_common_name_alone(authority: trustme.CA, file: Path) -> Certificate:
    """As certificates were before subjectAltName."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    issuer_key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(issuer_key, hashes.SHA256())  # type: ignore[arg-type]
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, plain, serialization.NoEncryption())
    file.write_bytes(secret + certificate.public_bytes(pem))
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Certificate(file, hashlib.sha256(der).hexdigest())


def _written(leaf: trustme.LeafCert, file: Path) -> Certificate:
    leaf.private_key_and_cert_chain_pem.write_to_path(file)
    certificate = ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode("ascii"))
    return Certificate(file, hashlib.sha256(certificate).hexdigest())


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return the certificates of this test session."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))
