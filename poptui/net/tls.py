"""TLS contexts, pinned certificates, and the errors for certificates that are not trusted."""

from __future__ import annotations

import hashlib
import ssl

from poptui.errors import ConnectError, UsageError, quoted
from poptui.net.server import Server
from poptui.printable import printable_line

_EXPIRED, _NOT_YET, _HOST, _ADDRESS = 10, 9, 62, 64
"""OpenSSL's X509_V_ERR numbers that have a sentence of their own."""


_SAN = b"\x06\x03\x55\x1d\x11"
"""The object identifier of subjectAltName (2.5.29.17) in DER."""


def tls_context(server: Server) -> ssl.SSLContext:
    """Return a context that verifies certificate and host name; any certificate with a pin.

    ``check_pin`` then compares the certificate. Raises UsageError for an unreadable CA file.
    """
    if server.pin is not None:
        return unverified_context()
    try:
        context = ssl.create_default_context(cafile=server.ca_file)
        context.hostname_checks_common_name = False  # RFC 9525 section 2: only subjectAltName
        return context
    except (OSError, ssl.SSLError) as error:
        file = printable_line(server.ca_file or "")
        raise UsageError(
            f"The CA file {file} cannot be read ({_reason(error)}): it must be a PEM file of"
            " certificates."
        ) from None


def unverified_context() -> ssl.SSLContext:
    """Return a context that accepts any certificate, to compare or show its fingerprint."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of a DER certificate in hexadecimal, the form of a pin."""
    return hashlib.sha256(certificate).hexdigest()


def check_pin(server: Server, certificate: bytes | None) -> None:
    """Raises ConnectError if the server is pinned to another certificate."""
    if server.pin is None or certificate is None:
        return
    found = fingerprint(certificate)
    if found != server.pin:
        raise ConnectError(
            f"The certificate of {server.address} is not the pinned one (it is {found}), so the"
            " password was not sent. If the server was given a new certificate, pin that one."
        )


def certificate_error(
    server: Server, error: ssl.SSLCertVerificationError, certificate: bytes | None
) -> Exception:
    """Return the error for a certificate that failed verification, with its fingerprint."""
    pin = (
        f" If you know it to be right, use --pin {fingerprint(certificate)}" if certificate else ""
    )
    complaint = _complaint(server, error, certificate)
    return ConnectError(f"{complaint}, so the password was not sent.{pin and pin + '.'}")


def _complaint(
    server: Server, error: ssl.SSLCertVerificationError, certificate: bytes | None
) -> str:
    of = f"The certificate of {server.address}"
    if error.verify_code == _EXPIRED:
        return f"{of} has expired"
    if error.verify_code == _NOT_YET:
        return f"{of} is not valid yet (is this machine's clock right?)"
    if error.verify_code in (_HOST, _ADDRESS) and certificate and _SAN not in certificate:
        return (
            f"{of} names its host only as Common Name (CN), which is no longer accepted: it needs"
            " a subjectAltName"
        )
    if error.verify_code in (_HOST, _ADDRESS):
        return f"{of} is for another host"
    return f"{of} is from an issuer that is not trusted here ({_reason(error)}; see --ca-file)"


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return printable_line(error.verify_message)
    if isinstance(error, ssl.SSLError):
        return "no certificate in it"
    return printable_line(getattr(error, "strerror", None) or str(error))


def handshake_error(server: Server, error: Exception) -> ConnectError:
    """Return the error for a handshake that failed for another reason than the certificate."""
    reason = getattr(error, "reason", None) or str(error) or type(error).__name__
    said = quoted(str(reason).replace("_", " ").lower())
    if isinstance(error, ConnectionResetError):
        said = "it hung up"
    return ConnectError(
        f"No TLS with {server.address}: {said}. Check the port: 995 speaks TLS from the start"
        " (pops://), 110 starts in clear (pop://)."
    )
