"""Collect the header fields that judging needs, in one pass."""

from __future__ import annotations

from poptui.mail.headers.decode import SplitHeader
from poptui.triage.spam.filter_headers import VERDICT_FIELDS

MAX_VALUE_BYTES = 4096
"""Longer values of a field are cut."""

MAX_REPEATED = 64
"""Maximum number of hops, results and filter verdicts that are read."""

_SINGLE = frozenset(
    b"auto-submitted cc content-type date feedback-id from importance in-reply-to list-id "
    b"list-post list-unsubscribe mailing-list message-id precedence received-spf references "
    b"reply-to resent-from return-path sender subject to user-agent x-beenthere x-campaign "
    b"x-campaignid x-csa-complaints x-forwarded-to x-loop x-mailer x-mailgun-sid x-mailing-list "
    b"x-mc-user x-php-originating-script x-php-script x-priority x-report-abuse x-sg-eid".split()
)
_REPEATED = VERDICT_FIELDS | {
    b"received",
    b"authentication-results",
    b"arc-authentication-results",
}


class Fields:
    """The header fields that judging needs."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        """By lower-case name; of repeated fields the topmost, which was added last."""
        self.depth: dict[bytes, int] = {}
        """The number of hops above Received-SPF."""
        self.hops: list[bytes] = []
        """The Received fields, latest first."""
        self.results: list[tuple[int, bytes]] = []
        """Authentication-Results, each with the number of hops above it."""
        self.arc: list[tuple[int, bytes]] = []
        """ARC-Authentication-Results (RFC 8617), each with the number of hops above it."""
        self.verdicts: list[tuple[int, bytes, bytes]] = []
        """Fields of spam and virus filters: number of hops above, name, value."""


def gather(split: SplitHeader) -> Fields:
    """Collect the fields that judging needs."""
    found = Fields()
    values = found.values
    for name, value in split:
        if name in _SINGLE:
            if name not in values:
                values[name] = value[:MAX_VALUE_BYTES].translate(None, b"\r\n").strip()
                if name == b"received-spf":
                    found.depth[name] = len(found.hops)
        elif name in _REPEATED:
            _add_repeated(found, name, value)
    return found


def _add_repeated(found: Fields, name: bytes, value: bytes) -> None:
    """Store a repeated field, up to ``MAX_REPEATED``."""
    above = len(found.hops)
    if name == b"received":
        if above < MAX_REPEATED:
            found.hops.append(_unfolded(value))
    elif name == b"authentication-results" or name == b"arc-authentication-results":
        kept = found.arc if name[:3] == b"arc" else found.results
        if len(kept) < MAX_REPEATED:
            kept.append((above, _unfolded(value)))
    elif len(found.verdicts) < MAX_REPEATED:
        found.verdicts.append((above, name, _unfolded(value)))


def _unfolded(value: bytes) -> bytes:
    return value[:MAX_VALUE_BYTES].translate(None, b"\r\n").strip()


def single_spaced(value: bytes) -> str:
    """Return ``value`` as lower-case text, with each run of white space as one space."""
    text = value.decode("latin-1").lower()
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(text.split())
