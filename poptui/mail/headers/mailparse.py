"""A wrapper for mail-parser; no other module imports that.

mail-parser raises on broken input, returns lists for repeated headers and ``''`` for unknown ones,
and logs raw octets to stderr. This module imports it on first use, which takes more than 0.1 s,
silences its log, and returns an empty header if it raises.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from poptui.mail.encodings.charsets import without_surrogates
from poptui.mail.headers.header import Address, Header


def parse_header(block: bytes) -> Header:
    """Read From, To, Subject, Date (in UTC) and Message-ID with mail-parser.

    ``block``: header lines, their values unfolded and capped. Unreadable fields are empty.
    """
    try:
        return _header(load().parse_from_bytes(block))
    except Exception:
        return Header()


@cache
def load() -> Any:
    """Import mail-parser and silence its log. Call this in a thread to import it early."""
    log = logging.getLogger("mailparser")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    import mailparser

    return mailparser


def _header(mail: Any) -> Header:
    return Header(
        from_=_first_mailbox(mail.from_),
        to=", ".join(_written(*pair) for pair in mail.to if any(pair)),
        subject=_text(mail.subject),
        date=mail.date,
        message_id=_text(mail.message_id),
    )


def _first_mailbox(pairs: Any) -> Address:
    """Return the first pair with an address, or else the first that is not empty."""
    mailboxes = [Address(_text(name), _text(address)) for name, address in pairs]
    mailboxes = [mailbox for mailbox in mailboxes if mailbox.shown]
    return next(
        (mailbox for mailbox in mailboxes if "@" in mailbox.address),
        mailboxes[0] if mailboxes else Address(),
    )


def _written(name: str, address: str) -> str:
    return f"{_text(name)} <{_text(address)}>" if name else _text(address)


def _text(value: Any) -> str:
    """Return ``value`` on one line, without lone surrogates. Take the first of a list."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return without_surrogates(" ".join(str(value).split()))
