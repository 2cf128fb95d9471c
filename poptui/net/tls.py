"""Make TLS contexts: verification, accepted versions, and the client's certificate."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path

from poptui.errors import ConnectError, UsageError
from poptui.net.certificate import fingerprint
from poptui.net.server import DEFAULT_TLS_MIN, Server
from poptui.printable import printable_line

TLS_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
"""The values of the setting ``tls_min``."""

OLD_CIPHERS = "DEFAULT:@SECLEVEL=0"
"""OpenSSL allows TLS 1.0 and 1.1, short keys and SHA-1 only at its security level 0."""

_LEGACY_SERVER_CONNECT = 0x4
"""SSL_OP_LEGACY_SERVER_CONNECT, which the ssl module names only since Python 3.12."""

_CRL_MARK = b"-----BEGIN X509 CRL-----"


def tls_context(server: Server) -> ssl.SSLContext:
    """Return a context that verifies certificate and host name; any certificate with a pin.

    ``check_pin`` then compares the certificate. Raises UsageError for a file that can't be used.
    """
    if server.pin is not None:
        return unverified_context(server)
    context = _authorities(server.ca_file)
    context.hostname_checks_common_name = False  # RFC 9525 section 2: only subjectAltName
    return _with_settings(context, server)


def unverified_context(server: Server) -> ssl.SSLContext:
    """Return a context that accepts any certificate, to compare or show its fingerprint.

    Raises UsageError for a client certificate that can't be used.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _with_settings(context, server)


def web_context(ca_file: str | None) -> ssl.SSLContext:
    """Return a context for web servers: it trusts ``ca_file`` beside the system's authorities.

    A revocation list in the file is ignored, because it says nothing about other authorities.
    Raises UsageError for a file that can't be used.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise _unreadable(ca_file, error) from None
    return context


def old_context() -> ssl.SSLContext:
    """Return a context that accepts anything that OpenSSL supports, only to find out what works."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _accept_old(context, ssl.TLSVersion.TLSv1)
    return context


def check_pin(server: Server, certificate: bytes | None) -> None:
    """Raises ConnectError if the server is pinned to another certificate."""
    if server.pin is None or certificate is None:
        return
    found = fingerprint(certificate)
    if found != server.pin:
        raise ConnectError(
            f"The certificate of {server.address} has changed, so the password was not sent. Pinned"
            f" is SHA256:{server.pin}, the server now shows SHA256:{found}. Either the provider has"
            " renewed it, or someone is between you and the server. Ask the provider for the new"
            " fingerprint; only if it is the same, put it in place of the old pin."
        )


def _authorities(ca_file: str | None) -> ssl.SSLContext:
    """Return a context that trusts ``ca_file``, or the system's authorities. Raises UsageError."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
        if ca_file and _CRL_MARK in Path(ca_file).read_bytes():
            context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    except (OSError, ssl.SSLError) as error:
        raise _unreadable(ca_file or "", error) from None
    return context


def _unreadable(ca_file: str, error: Exception) -> UsageError:
    return UsageError(
        f"The CA file {printable_line(ca_file)} cannot be read"
        f" ({_reason(error, 'no certificate in it')}): it must be a PEM file of certificates."
    )


def _with_settings(context: ssl.SSLContext, server: Server) -> ssl.SSLContext:
    """Apply ``tls_min`` and the client's certificate. Raises UsageError."""
    version = TLS_VERSIONS[server.tls_min or DEFAULT_TLS_MIN]
    if version < ssl.TLSVersion.TLSv1_2:
        _accept_old(context, version)
    else:
        context.minimum_version = version
    if server.client_cert is not None:
        _load_client_certificate(context, server)
    return context


def _accept_old(context: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    context.set_ciphers(OLD_CIPHERS)
    context.options |= _LEGACY_SERVER_CONNECT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the user set it on purpose
        context.minimum_version = version


class LockedKeyError(UsageError):
    """The passphrase of the client's key is missing or wrong."""


def check_client_key(server: Server) -> None:
    """Load the client's certificate and key, to see whether they can be used.

    Raises UsageError; LockedKeyError if only the passphrase is missing or wrong.
    """
    if server.client_cert is not None:
        _with_settings(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), server)


def _load_client_certificate(context: ssl.SSLContext, server: Server) -> None:
    """Load the certificate and its key. Raises UsageError; never asks on the terminal."""
    certificate, key, secret = server.client_cert, server.client_key, server.key_passphrase
    assert certificate is not None
    is_locked = False

    def passphrase() -> bytes:
        nonlocal is_locked
        is_locked = True
        return secret.reveal().encode() if secret else b""

    files = f"{certificate} with the key {key}" if key else certificate
    try:
        context.load_cert_chain(certificate, key, passphrase)
    except (OSError, ssl.SSLError, ValueError) as error:
        if is_locked and "KEY_VALUES_MISMATCH" not in str(error):
            where = printable_line(key or certificate)
            raise LockedKeyError(
                f"The passphrase for the client key in {where} is wrong."
                if secret
                else f"The client key in {where} needs a passphrase: set client_key_command for the"
                " account, a command that prints it. In a terminal poptui asks for it."
            ) from None
        raise UsageError(
            f"The client certificate {printable_line(files)} cannot be used"
            f" ({_client_reason(error)}): client_cert must name a PEM file of the certificate,"
            " client_key one of its key."
        ) from None


def _client_reason(error: Exception) -> str:
    if "KEY_VALUES_MISMATCH" in str(error):
        return "the key belongs to another certificate"
    if "EE_KEY_TOO_SMALL" in str(error):
        return "its key is too short to be safe"
    return _reason(error, "no certificate, or no key, in it")


def _reason(error: Exception, otherwise: str) -> str:
    if isinstance(error, ssl.SSLError):
        return otherwise
    return printable_line(getattr(error, "strerror", None) or str(error))
