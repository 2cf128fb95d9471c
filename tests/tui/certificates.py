"""A certificate that could not be verified, for the question about it."""

from __future__ import annotations

from datetime import UTC, datetime

from poptui.net.certificate import Certificate
from poptui.net.tls_errors import UntrustedCertificateError

PIN = "0123456789abcdef" * 4
SHOWN = Certificate(
    *(PIN, "mail.example.com, Example Ltd", "Example Root", ("mail.example.com",)),
    datetime(2026, 1, 2, tzinfo=UTC),
    datetime(2027, 1, 2, tzinfo=UTC),
    *("EC, 256 bits", "sha256_ecdsa", False),
)

PROBLEM = "The certificate of mail.example.com:995 is for another host."
UNTRUSTED = UntrustedCertificateError(f"{PROBLEM} Ask.", PROBLEM, SHOWN)
