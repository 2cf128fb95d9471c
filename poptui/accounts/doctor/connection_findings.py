"""Judge the connection to a server: addresses, TLS, certificates. All functions are pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from poptui.accounts.doctor.finding import Finding, Status, milliseconds, rounded_ms
from poptui.net.certificate import Certificate, day
from poptui.net.server import Security, Server, is_loopback
from poptui.net.stream import TlsDetails
from poptui.net.tls_errors import UntrustedCertificateError
from poptui.printable import printable_line
from poptui.text.format import count

WARN_DAYS = 14
"""A certificate that expires sooner is worth a note."""

SLOW_CONNECT_S = 1.0
SLOW_START_S = 3.0

WEAK_SIGNATURES = ("md5", "sha1")
MIN_RSA_BITS = 2048


def address_finding(times_s: Mapping[str, float], failures: Mapping[str, str]) -> Finding:
    """Judge how fast each address of the host takes a connection, and which don't."""
    reached = [
        f"{address} answers in {milliseconds(seconds)}" for address, seconds in times_s.items()
    ]
    failed = [f"{address} fails ({reason})" for address, reason in failures.items()]
    data = {
        "connected_ms": {address: rounded_ms(seconds) for address, seconds in times_s.items()},
        "failed": dict(failures),
    }
    text = ", ".join([*reached, *failed]) + "."
    if not times_s:
        advice = "Check host and port, and that no firewall is between."
        return Finding("address", Status.PROBLEM, text, advice, data)
    if failures:
        advice = "poptui connects to an address that works; the others cost it a moment."
        return Finding("address", Status.NOTE, text, advice, data)
    if min(times_s.values()) > SLOW_CONNECT_S:
        return Finding("address", Status.NOTE, text, "The way to this server is slow.", data)
    return Finding("address", Status.OK, text, "", data)


def slow_start_finding(seconds: float) -> Finding | None:
    """Return a note if the server was slow to become ready for a login."""
    if seconds <= SLOW_START_S:
        return None
    return Finding(
        "connection",
        Status.NOTE,
        f"It took {seconds:.1f} s until the server was ready for a login.",
        "The server is slow, or one of several addresses takes connections but stays silent;"
        " poptui tries IPv4 alone then.",
        {"seconds": round(seconds, 1)},
    )


def tls_finding(server: Server, security: TlsDetails | None) -> Finding:
    """Judge TLS version and cipher, or the lack of both."""
    if security is None:
        if is_loopback(server.host):
            return Finding(
                "tls", Status.OK, "Not encrypted; the connection doesn't leave this machine."
            )
        return Finding(
            "tls",
            Status.PROBLEM,
            "Not encrypted: password and mail can be read on the way.",
            "Ask the provider for TLS (pops://), and leave allow_plaintext out once it is there.",
        )
    version = printable_line(security.version.replace("TLSv", "TLS "))
    start = "from the first byte" if server.security is Security.TLS else "by STLS"
    text = f"{version} {start}, {printable_line(security.cipher)}."
    data = {"version": security.version, "cipher": security.cipher, "stls": "STLS" in start}
    if security.version in ("TLSv1", "TLSv1.1"):
        advice = "This version is unsafe: ask the provider to update the server."
        return Finding("tls", Status.PROBLEM, text, advice, data)
    if server.tls_min in ("1.0", "1.1"):
        advice = f'tls_min = "{server.tls_min}" isn\'t needed here: take it out.'
        return Finding("tls", Status.NOTE, text, advice, data)
    return Finding("tls", Status.OK, text, "", data)


def certificate_finding(server: Server, shown: Certificate) -> Finding:
    """Judge the server's certificate, which has passed verification or is pinned."""
    days = shown.days_left()
    until = f"until {day(shown.not_after)} ({_days(days)})"
    hosts = f", for {shown.shown_hosts}" if shown.hosts else ""
    text = f"{shown.subject}{hosts}; issued by {shown.shown_issuer}; valid {until}."
    data = {
        "sha256": shown.fingerprint,
        "subject": shown.subject,
        "issuer": shown.issuer,
        "hosts": list(shown.hosts),
        "not_before": shown.not_before.isoformat(),
        "not_after": shown.not_after.isoformat(),
        "days_left": days,
        "key": shown.key,
        "signature": shown.signature,
        "pinned": server.pin is not None,
    }
    kind, _, bits = shown.key.partition(", ")
    is_short = kind == "RSA" and int(bits.split()[0]) < MIN_RSA_BITS
    if is_short or shown.signature.startswith(WEAK_SIGNATURES):
        advice = f"Its key or signature is weak ({shown.key}, {shown.signature}): have it renewed."
        return Finding("certificate", Status.PROBLEM, text, advice, data)
    if days < 0:
        advice = "It has expired, and is accepted only because it is pinned: have it renewed."
        return Finding("certificate", Status.PROBLEM, text, advice, data)
    if days < WARN_DAYS:
        advice = "It expires soon: see that it is renewed, or poptui will not connect any more."
        return Finding("certificate", Status.NOTE, text, advice, data)
    if server.pin is not None:
        advice = "It is pinned: no other is accepted, and host name and dates aren't checked."
        return Finding("certificate", Status.NOTE, text, advice, data)
    return Finding("certificate", Status.OK, text, "", data)


def untrusted_finding(error: UntrustedCertificateError) -> Finding:
    """Judge a certificate that failed verification; nothing was sent to this server."""
    shown = error.certificate
    advice = str(error).partition("so the password was not sent. ")[2]
    data = {"sha256": shown.fingerprint, "subject": shown.subject, "issuer": shown.issuer,
            "hosts": list(shown.hosts), "not_after": shown.not_after.isoformat()}  # fmt: skip
    return Finding("certificate", Status.PROBLEM, error.problem, advice, data)


def chain_finding(chain: Sequence[Certificate]) -> Finding:
    """Judge the certificates above the server's own."""
    above = chain[1:]
    data = {
        "certificates": [
            {
                "subject": certificate.subject,
                "issuer": certificate.issuer,
                "not_after": certificate.not_after.isoformat(),
            }
            for certificate in chain
        ]
    }
    if not above:
        text = "The server sends its own certificate alone."
        if chain[0].self_issued:
            return Finding("chain", Status.OK, text, "", data)
        return Finding("chain", Status.OK, f"{text[:-1]}; its issuer is known here.", "", data)
    names = ", then ".join(certificate.subject for certificate in above)
    soonest = min(above, key=lambda certificate: certificate.not_after)
    text = f"Vouched for by {names}."
    if soonest.days_left() < WARN_DAYS:
        advice = (
            f"That of {soonest.subject} is valid until {day(soonest.not_after)}"
            f" ({_days(soonest.days_left())}): the operator should replace it."
        )
        return Finding("chain", Status.NOTE, text, advice, data)
    return Finding("chain", Status.OK, text, "", data)


def _days(days: int) -> str:
    if days < 0:
        return f"{-days} days ago" if days < -1 else "a day ago"
    return "1 day left" if days == 1 else f"{count(days)} days left"
