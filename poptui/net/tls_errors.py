"""The errors for TLS that fails, each named for its cause, with what to do next."""

from __future__ import annotations

import ssl
from contextlib import suppress
from ipaddress import ip_address

from poptui.errors import ConnectError, quoted
from poptui.net.certificate import Certificate, day
from poptui.net.port_probe import POP3, TLS, PortService, identify, tls_version
from poptui.net.server import DEFAULT_PORTS, DEFAULT_TLS_MIN, Security, Server
from poptui.printable import printable_line

_NOT_YET_VALID, _EXPIRED, _REVOKED, _PURPOSE = 9, 10, 23, 26
_NO_CRL, _CRL_EXPIRED = 3, 12
_SELF_SIGNED, _SELF_SIGNED_ROOT = 18, 19
_HOST, _ADDRESS = 62, 64
_WEAK = (66, 67, 68)
"""OpenSSL's X509_V_ERR numbers that have a special sentence."""

_NOT_TLS = ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE",
            "UNEXPECTED_MESSAGE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL")  # fmt: skip
_NO_AGREEMENT = ("HANDSHAKE_FAILURE", "INSUFFICIENT_SECURITY", "NO_SHARED_CIPHER")
_OLD = ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "WRONG_SSL_VERSION", "NO_PROTOCOLS_AVAILABLE",
        "UNSAFE_LEGACY_RENEGOTIATION_DISABLED")  # fmt: skip
_SHORT_KEY = ("DH_KEY_TOO_SMALL", "BAD_DH_VALUE", "KEY_SIZE_TOO_SMALL", "EE_KEY_TOO_SMALL")
_REFUSED_US = {
    "UNKNOWN_CA": "it doesn't know the issuer",
    "CERTIFICATE_EXPIRED": "it has expired",
    "CERTIFICATE_REVOKED": "it was revoked",
    "BAD_CERTIFICATE": "it is damaged, or none was sent",
    "CERTIFICATE_UNKNOWN": "the server doesn't say why",
    "UNSUPPORTED_CERTIFICATE": "it is not of a kind that the server takes",
    "ACCESS_DENIED": "the server doesn't let it in",
    "DECRYPT_ERROR": "the proof with its key failed",
}
"""The alerts by which a server refuses the client's certificate (RFC 8446 section 6.2)."""

ACCEPT_OLD = (
    'If you must use it as it is, set tls_min = "1.0" for this account (or --tls-min 1.0): old TLS'
    " versions, ciphers and short keys are accepted then, and others may read along."
)


class UntrustedCertificateError(ConnectError):
    """The server's certificate failed verification; the user may pin it."""

    def __init__(self, sentence: str, problem: str, certificate: Certificate) -> None:
        """``problem`` is the first part of ``sentence``, without what to do next."""
        super().__init__(sentence)
        self.problem, self.certificate = problem, certificate


def certificate_error(
    server: Server, error: ssl.SSLCertVerificationError, certificate: Certificate | None
) -> ConnectError:
    """Return the error for a certificate that failed verification."""
    problem, advice = _problem_of(server, error, certificate)
    sentence = f"{problem}, so the password was not sent. {advice}"
    if certificate is None:
        return ConnectError(sentence)
    pin = f" If you know the certificate to be right, use --pin {certificate.fingerprint}."
    return UntrustedCertificateError(sentence + pin, f"{problem}.", certificate)


def _problem_of(
    server: Server, error: ssl.SSLCertVerificationError, shown: Certificate | None
) -> tuple[str, str]:
    """Return what is wrong with the certificate, without a full stop, and what to do next."""
    of, code = f"The certificate of {server.address}", error.verify_code
    if code == _EXPIRED:
        if shown and shown.days_left() >= 0:
            above = f"A certificate above that of {server.address} has expired"
            return above, "Only the server's operator can mend that."
        when = f" on {day(shown.not_after)}" if shown else ""
        return f"{of} expired{when}", "Ask the provider to renew it."
    if code == _NOT_YET_VALID:
        since = f" before {day(shown.not_before)}" if shown else ""
        return f"{of} is not valid{since or ' yet'}", "Is this machine's clock right?"
    if code in (_HOST, _ADDRESS):
        return _wrong_host(server, shown)
    if code == _REVOKED:
        return f"{of} was revoked by its issuer", "Don't use it; ask the provider."
    if code in (_NO_CRL, _CRL_EXPIRED):
        missing = "no revocation list for" if code == _NO_CRL else "an expired revocation list for"
        return f"The CA file has {missing} the issuer of {server.address}", "Update the CA file."
    if code in _WEAK:
        key = f" ({shown.key}, {shown.signature})" if shown else ""
        weak = f"{of}, or one above it, has a key or signature too weak to be safe{key}"
        return weak, f"Ask the provider for a better one. {ACCEPT_OLD}"
    if code == _PURPOSE:
        return f"{of} is not meant for servers", "Ask the provider for a right one."
    if code == _SELF_SIGNED:
        return (
            f"{of} is self-signed: no authority vouches for it",
            "A server of your own, a virus scanner or a company's proxy does that, and so does an"
            " eavesdropper. --ca-file FILE trusts the authorities in a file.",
        )
    by = f", {quoted(shown.issuer)}" if shown else ""
    return (
        f"{of} is from an issuer that is not trusted here{by}"
        f" ({printable_line(error.verify_message)})",
        "Trust a company's or provider's own authority with --ca-file FILE.",
    )


def _wrong_host(server: Server, shown: Certificate | None) -> tuple[str, str]:
    of = f"The certificate of {server.address}"
    if shown and not shown.hosts:
        return (
            f"{of} names its host only as Common Name (CN), which is no longer accepted: it needs a"
            " subjectAltName",
            f"It is made out to {quoted(shown.subject)}.",
        )
    hosts = f" ({shown.shown_hosts})" if shown else ""
    advice = "Check the host name"
    if shown and (right := next((h for h in shown.hosts if _is_plain_name(h)), "")):
        scheme = "pops" if server.security is Security.TLS else "pop"
        port = "" if server.port == DEFAULT_PORTS[scheme] else f":{server.port}"
        advice += f" (did you mean {scheme}://…@{right}{port}?)"
    return f"{of} is for another host{hosts}", f"{advice}."


def _is_plain_name(host: str) -> bool:
    with suppress(ValueError):
        ip_address(host)
        return False
    return "*" not in host


async def handshake_error(
    server: Server, error: Exception, *, after_stls: bool = False
) -> ConnectError:
    """Return the error for a handshake that failed for another reason than the certificate.

    It may connect again, for a few seconds, to find the reason.
    """
    reason = str(getattr(error, "reason", None) or "")
    if client := client_certificate_error(server, error):
        return client
    if any(text in reason for text in _SHORT_KEY):
        return ConnectError(
            f"{server.address} uses a key that is too short to be safe"
            f" ({_shown(reason)}). Ask the provider to renew it. {ACCEPT_OLD}"
        )
    if "UNRECOGNIZED_NAME" in reason:
        return ConnectError(
            f"{server.address} has no certificate for the name {server.both_forms}: check the host"
            " name."
        )
    hung_up = isinstance(error, ConnectionResetError) or "UNEXPECTED_EOF" in reason
    disagree = any(text in reason for text in (*_OLD, *_NO_AGREEMENT))
    if after_stls and disagree:
        found = PortService(TLS, await tls_version(server, stls=True))
    elif not after_stls and (hung_up or disagree or any(text in reason for text in _NOT_TLS)):
        found = await identify(server)
    else:
        found = PortService()
    if not after_stls and (other := wrong_service(server, found.service)):
        return other
    if found.tls_version:
        return _old_server(server, found.tls_version)
    if any(text in reason for text in _NO_AGREEMENT):
        return _no_agreement(server)
    return _no_tls(server, "it hung up" if hung_up else _shown(reason or str(error)))


def _no_tls(server: Server, reply: str) -> ConnectError:
    return ConnectError(
        f"No TLS with {server.address}: {reply}. Check the port: 995 speaks TLS from the start"
        " (pops://), 110 starts without TLS (pop://)."
    )


def wrong_service(server: Server, service: str) -> ConnectError | None:
    """Return the error for a port where something else listens than was expected, if it is known.

    ``service`` is what ``identify`` has found.
    """
    address, implicit = server.address, server.security is Security.TLS
    if service == TLS and not implicit:
        return ConnectError(
            f"{address} speaks TLS from the first byte, so it doesn't answer otherwise:"
            f" use pops:// instead of pop://."
        )
    if service == POP3 and implicit:
        return ConnectError(
            f"{address} speaks POP3 without TLS: use pop:// instead of pops://. The"
            " connection is then encrypted by STLS, or the password isn't sent."
        )
    if service in ("", TLS, POP3):
        return None
    return ConnectError(
        f"{address} is {service}, not a POP3 server: check host and port (995 for pops://, 110 for"
        " pop://)."
    )


def client_certificate_error(server: Server, error: Exception) -> ConnectError | None:
    """Return the error if a server asks for a client certificate, or refuses ours, else None.

    With TLS 1.3 a server reports this only after the handshake, in place of its greeting.
    """
    reason = str(getattr(error, "reason", None) or "") if isinstance(error, ssl.SSLError) else ""
    if "ALERT" not in reason:
        return None
    refusal = next((why for alert, why in _REFUSED_US.items() if reason.endswith(alert)), None)
    if server.client_cert is not None and refusal is not None:
        file = printable_line(server.client_cert)
        return ConnectError(
            f"{server.address} refuses the client certificate {file}: {refusal}. Ask the provider"
            " which certificate it wants; client_cert and client_key name it."
        )
    if reason.endswith("CERTIFICATE_REQUIRED") or refusal is not None:
        return ConnectError(_wants_certificate(server))
    return None


def _wants_certificate(server: Server) -> str:
    return (
        f"{server.address} lets in only clients with a certificate: set client_cert (and"
        " client_key) for this account, or give --client-cert FILE. The provider or your company"
        " issues it."
    )


def _old_server(server: Server, version: str) -> ConnectError:
    """Return the error for a server that takes TLS ``version`` if we accept anything."""
    wanted = server.tls_min or DEFAULT_TLS_MIN
    if version >= wanted:
        return ConnectError(
            f"{server.address} takes only ciphers that are no longer safe. Ask the provider to"
            f" update the server. {ACCEPT_OLD}"
        )
    if version == "1.2":
        return ConnectError(
            f"{server.address} only takes TLS 1.2, and tls_min demands TLS {wanted}: lower it to"
            " 1.2, which is safe too."
        )
    return ConnectError(
        f"{server.address} only takes TLS {version}, and poptui wants TLS {wanted} or newer: what"
        f" is older is unsafe. Ask the provider to update the server. {ACCEPT_OLD}"
    )


def _no_agreement(server: Server) -> ConnectError:
    """Return the error for a server that ends the handshake, whatever TLS versions we offer."""
    if server.client_cert is not None:
        return _no_tls(server, "it broke off the handshake without a reason")
    return ConnectError(
        f"{server.address} broke off the TLS handshake without a reason. Most servers that do so"
        " let in only clients with a certificate: set client_cert (and client_key) for this"
        " account, or give --client-cert FILE."
    )


def _shown(reason: str) -> str:
    return quoted(reason.replace("_", " ").lower()) if reason else "“(no reason)”"
