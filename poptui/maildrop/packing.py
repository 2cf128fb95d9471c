"""A header and its verdict as octets for the cache: one JSON array a message.

Signals are packed, scores are not: weights are the user's to change.
"""

from __future__ import annotations

import json
from datetime import datetime

from poptui.mail.header import NOTHING, Address, Header
from poptui.triage.verdict import Signal, Verdict

PACKING = 2
"""The version of the packed form, and of what judging finds; another one begins the cache anew."""


def pack(header: Header, verdict: Verdict) -> bytes:
    """A header and its verdict as octets."""
    return json.dumps(
        [
            header.from_.name,
            header.from_.address,
            header.to,
            header.subject,
            header.date.isoformat() if header.date else "",
            header.list_id,
            header.message_id,
            header.attachments,
            dict(header.extra),
            verdict.newsletter,
            [[signal.name, signal.detail, signal.strength] for signal in verdict.signals],
        ],
        separators=(",", ":"),
    ).encode()


def unpack(packed: bytes) -> tuple[Header, Verdict] | None:
    """What was packed; None for octets that hold nothing of the kind."""
    try:
        fields = json.loads(packed)
        name, address, to, subject, date, list_id, message_id, attachments, extra, *rest = fields
        when = datetime.fromisoformat(date) if date else None
        newsletter, signals = rest
        found = tuple([Signal(*signal) for signal in signals])
        known = dict(extra) or NOTHING
    except (ValueError, TypeError):
        return None
    sender = Address(name, address)
    header = Header(sender, to, subject, when, list_id, message_id, attachments, known)
    return header, Verdict(found, newsletter)
