"""Read a server's certificate: subject, host names, issuer, dates, key and fingerprint.

Anyone can make a certificate that is not trusted, so it is parsed only to be shown, and its texts
are made printable and cut.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, NamedTuple

from poptui.printable import printable_line

logger = logging.getLogger(__name__)

MAX_NAMES = 5
"""Maximum number of host names that a sentence lists."""
MAX_NAME_CHARACTERS = 100


class Certificate(NamedTuple):
    """The facts of a certificate that are shown to the user; the texts are printable."""

    fingerprint: str
    """The SHA-256 of its DER form as 64 hex digits: the form of a pin."""
    subject: str
    issuer: str
    hosts: tuple[str, ...]
    """The names and addresses of its subjectAltName, in its order."""
    not_before: datetime
    not_after: datetime
    key: str
    """Such as ``RSA, 2048 bits``."""
    signature: str
    """Such as ``sha256_rsa``."""
    self_issued: bool
    """Whether subject and issuer are the same."""

    @property
    def shown_hosts(self) -> str:
        """The host names for a sentence; ``""`` if there are none."""
        more = len(self.hosts) - MAX_NAMES
        shown = ", ".join(self.hosts[:MAX_NAMES])
        return f"{shown} and {more} more" if more > 0 else shown

    @property
    def shown_issuer(self) -> str:
        """The issuer for a sentence."""
        return "itself (self-signed)" if self.self_issued else self.issuer

    def days_left(self, now: datetime | None = None) -> int:
        """Return for how many whole days it is still valid; negative if it has expired."""
        return (self.not_after - (now or datetime.now(UTC))).days


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of a DER certificate in hexadecimal, the form of a pin."""
    return hashlib.sha256(certificate).hexdigest()


def grouped(fingerprint: str) -> str:
    """Return a fingerprint in capitals with colons, as other programs show it."""
    pairs = (fingerprint[at : at + 2] for at in range(0, len(fingerprint), 2))
    return ":".join(pairs).upper()


def fingerprint_halves(fingerprint: str) -> tuple[str, str]:
    """Return a fingerprint as ``grouped`` does in two lines: it is longer than many terminals."""
    half = len(fingerprint) // 2
    return f"{grouped(fingerprint[:half])}:", grouped(fingerprint[half:])


def day(moment: datetime) -> str:
    """Return a date such as ``3 Nov 2026``; it is the same in every locale."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{moment.day} {months[moment.month - 1]} {moment.year}"


def read_certificate(der: bytes) -> Certificate | None:
    """Parse a certificate in DER; None if it cannot be understood."""
    from asn1crypto import x509

    try:
        return _read(x509.Certificate.load(der, strict=True), der)
    except Exception as error:  # anyone can make a certificate, and asn1crypto raises anything
        logger.info("the certificate cannot be read: %s", type(error).__name__)
        return None


def _read(parsed: Any, der: bytes) -> Certificate:
    names = parsed.subject_alt_name_value
    return Certificate(
        fingerprint=fingerprint(der),
        subject=_name(parsed.subject),
        issuer=_name(parsed.issuer),
        hosts=tuple(_clean(host) for host in _hosts(names or ())),
        not_before=parsed.not_valid_before,
        not_after=parsed.not_valid_after,
        key=_key(parsed.public_key),
        signature=_clean(str(parsed["signature_algorithm"]["algorithm"].native)),
        self_issued=parsed.subject == parsed.issuer,
    )


def _hosts(names: Iterable[Any]) -> Iterable[str]:
    for name in names:
        if name.name == "dns_name":
            yield str(name.native)
        elif name.name == "ip_address":
            yield str(ip_address(name.native)) if "/" not in name.native else str(name.native)


def _name(name: Any) -> str:
    """Return the common name with the organization, or whatever there is."""
    fields = {key: value if isinstance(value, str) else " ".join(map(str, value))
              for key, value in name.native.items()}  # fmt: skip
    parts = [fields[key] for key in ("common_name", "organization_name") if fields.get(key)]
    shown = ", ".join(dict.fromkeys(parts)) or ", ".join(fields.values())
    return _clean(shown) or "(no name)"


def _key(key: Any) -> str:
    kind = str(key.algorithm)
    bits = f", {key.bit_size} bits" if kind in ("rsa", "dsa", "ec") else ""
    return _clean({"ec": "EC"}.get(kind, kind.upper()) + bits)


def _clean(text: str) -> str:
    shown = printable_line(text).strip()
    return shown if len(shown) <= MAX_NAME_CHARACTERS else shown[: MAX_NAME_CHARACTERS - 1] + "…"
