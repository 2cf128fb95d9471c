"""Header blocks to score: an ordinary one, and the changes that a test makes to it."""

from __future__ import annotations

from poptui.mail.headers.decode import decode_fields, split_header
from poptui.triage.spam.judge import judge
from poptui.triage.spam.verdict import Context, Signal, Verdict

NOBODY = Context()
PAT = Context(frozenset({"pat@mailhost.example"}), frozenset({"mailhost.example"}))

RESULTS = "mx.mailhost.example; spf=pass smtp.mailfrom=roe.example; dkim=pass header.d=roe.example"
ORDINARY = {
    "Return-Path": "<ann@roe.example>",
    "Received": "from mail.roe.example (mail.roe.example [198.51.100.7])\r\n"
    "\tby mx.mailhost.example (Postfix) with ESMTPS id 1A2B;\r\n"
    "\tTue, 24 Mar 2026 10:12:31 +0100",
    "Received ": "from notebook (unknown [10.1.2.3]) by mail.roe.example; "
    "Tue, 24 Mar 2026 10:12:29 +0100",
    "Date": "Tue, 24 Mar 2026 10:12:28 +0100",
    "From": "Ann Roe <ann@roe.example>",
    "To": "Pat Doe <pat@mailhost.example>",
    "Subject": "Lunch on Friday?",
    "Message-ID": "<5f1d@roe.example>",
    "Content-Type": "text/plain; charset=utf-8",
}
"""A harmless message from a friend. Its second hop is under ``Received ``."""
_ON_TOP = ("Authentication-Results", "Received-SPF")


def block(changes: dict[str, str | None] | None = None, above: str = "") -> bytes:
    """Return the ordinary block with ``changes``; None removes a field; ``above`` is put on top."""
    fields = {name: (changes or {}).get(name) for name in _ON_TOP} | ORDINARY | (changes or {})
    lines = [f"{name.strip()}: {value}" for name, value in fields.items() if value is not None]
    text = "\r\n".join([*([above] if above else []), *lines, "", ""])
    return text.encode("utf-8", "surrogateescape")


def judged(octets: bytes, context: Context = NOBODY) -> Verdict:
    """Return the verdict on a block."""
    fields = split_header(octets)
    return judge(fields, decode_fields(fields), context)


def names(octets: bytes, context: Context = NOBODY) -> set[str]:
    """Return the names of its signals."""
    return {signal.name for signal in judged(octets, context).signals}


def signal(name: str, octets: bytes, context: Context = NOBODY) -> Signal:
    """Return the signal ``name``, which must be there exactly once."""
    (found,) = [found for found in judged(octets, context).signals if found.name == name]
    return found
