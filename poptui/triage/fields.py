"""The header lines a verdict is made of, gathered in one pass over a block."""

from __future__ import annotations

from dataclasses import dataclass, field

from poptui.triage.servers import VERDICT_FIELDS

MAX_BLOCK = 256 * 1024
"""Octets of a header block that are read; the longest of real spam is 210 kB."""

MAX_VALUE = 4096
"""Octets of one value that are read."""

MAX_REPEATED = 64
"""How many fields of one kind are read: hops, results, verdicts."""

_SINGLE = frozenset(
    b"auto-submitted bcc cc content-type date errors-to feedback-id from importance in-reply-to "
    b"list-id list-post list-unsubscribe mailing-list message-id organization precedence "
    b"received-spf references reply-to return-path sender subject to user-agent x-beenthere "
    b"x-campaign x-campaignid x-csa-complaints x-mailer x-mailing-list x-msmail-priority "
    b"x-originating-ip x-php-originating-script x-php-script x-priority x-loop "
    b"x-mailgun-sid x-sg-eid x-ses-outgoing x-mc-user x-report-abuse".split()
)
_HOP = b"received"
_RESULTS = b"authentication-results"
_ARC = b"arc-authentication-results"
_WANTED = _SINGLE | VERDICT_FIELDS | {_HOP, _RESULTS, _ARC}


@dataclass(slots=True)
class Fields:
    """The values of the fields that matter, unfolded, in the order of the block."""

    values: dict[bytes, bytes] = field(default_factory=dict)
    """By name in lower case; of repeated ones the first, which was added last."""
    hops: list[bytes] = field(default_factory=list)
    """Received, the latest first."""
    results: list[tuple[int, bytes]] = field(default_factory=list)
    """Authentication-Results, each with the number of hops above it."""
    arc: list[tuple[int, bytes]] = field(default_factory=list)
    """ARC-Authentication-Results (RFC 8617), likewise."""
    verdicts: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    """What spam and virus filters wrote: hops above, name, value."""
    depth: dict[bytes, int] = field(default_factory=dict)
    """How many hops stand above a field of ``values``."""


def read_fields(block: bytes) -> Fields:
    """The fields of ``block`` up to its first empty line."""
    found = Fields()
    values, hops = found.values, found.hops
    for line in _lines(block):
        name, _, value = line.partition(b":")
        name = name.strip().lower()
        if name not in _WANTED:
            continue
        value = b" ".join(value[:MAX_VALUE].split())
        if name in _SINGLE:
            if name not in values:
                values[name] = value
                found.depth[name] = len(hops)
        elif name is _HOP or name == _HOP:
            if len(hops) < MAX_REPEATED:
                hops.append(value.lower())
        else:
            _repeated(found, name, value)
    return found


def _repeated(found: Fields, name: bytes, value: bytes) -> None:
    above = len(found.hops)
    if name == _RESULTS:
        kept: list[tuple[int, bytes]] | None = found.results
    else:
        kept = found.arc if name == _ARC else None
    if kept is None:
        if len(found.verdicts) < MAX_REPEATED:
            found.verdicts.append((above, name, value))
    elif len(kept) < MAX_REPEATED:
        kept.append((above, value.lower()))


def _lines(block: bytes) -> list[bytes]:
    """The fields of the header, each on one line."""
    block = block[:MAX_BLOCK].replace(b"\r\n", b"\n")
    if block.startswith(b"\n"):
        return []
    header = block.partition(b"\n\n")[0]
    return header.replace(b"\n ", b" ").replace(b"\n\t", b" ").split(b"\n")
