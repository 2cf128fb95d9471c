"""The one place that knows mail-parser: every trap of it ends here.

It raises on broken input, answers lists for repeated headers and ``''`` for whatever it does not
know, and logs raw octets to stderr. Here it is imported when first needed (it takes more than
a tenth of a second), silenced, and whatever it raises becomes an empty answer.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from poptui.mail.charsets import whole
from poptui.mail.headers.header import Address, Header


def parse_header(block: bytes) -> Header:
    """From, To, Subject, Date (in UTC) and Message-ID as mail-parser reads them.

    ``block``: header lines with their values unfolded and capped. What it cannot read is empty.
    """
    try:
        return _header(load().parse_from_bytes(block))
    except Exception:
        return Header()


@cache
def load() -> Any:
    """The library, imported and silenced. Call it in a thread to have it at hand early."""
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
    """The first pair with an address, else the first that says anything."""
    said = [Address(_text(name), _text(address)) for name, address in pairs]
    said = [mailbox for mailbox in said if mailbox.shown]
    return next((one for one in said if "@" in one.address), said[0] if said else Address())


def _written(name: str, address: str) -> str:
    return f"{_text(name)} <{_text(address)}>" if name else _text(address)


def _text(value: Any) -> str:
    """One line of whole characters; of a repeated header its first."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return whole(" ".join(str(value).split()))
