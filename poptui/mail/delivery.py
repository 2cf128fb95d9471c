"""Show delivery reports and read receipts (RFC 3464, RFC 8098) as a short card."""

from __future__ import annotations

from collections.abc import Iterator

from poptui.mail.encodings.encoded_words import decode_text
from poptui.mail.lines import Line, LineKind, card_row
from poptui.patterns import lazy_pattern

_MAX_REPORT_BYTES = 100_000
_MAX_RECIPIENTS = 50
_GROUP = lazy_pattern(rb"(?:\r?\n[ \t]*){2,}")
_FOLD = lazy_pattern(rb"\r?\n[ \t]+")
_TYPED = lazy_pattern(r"\s*[\w-]{1,40}\s*;\s*")
_ACTIONS = {
    "failed": "not delivered",
    "delayed": "delayed, the server keeps trying",
    "delivered": "delivered",
    "relayed": "passed on to a server that sends no reports",
    "expanded": "delivered to a list",
}
_STATUS = {"2": "success", "4": "temporary failure", "5": "permanent failure"}


def delivery_card(octets: bytes) -> tuple[Line, ...]:
    """Make a card of a ``message/delivery-status``: what happened to each recipient, and why."""
    message, *recipients = _groups(octets)
    lines = [Line("Delivery report", LineKind.HEADING)]
    lines += _rows(
        ("By", _plain(message, "reporting-mta")), ("Arrived", message.get("arrival-date", ""))
    )
    for recipient in recipients[:_MAX_RECIPIENTS]:
        lines += [Line(""), *_recipient(recipient)]
    if len(recipients) > _MAX_RECIPIENTS:
        lines.append(card_row("", f"and {len(recipients) - _MAX_RECIPIENTS} more recipients"))
    return tuple(lines)


def notification_card(octets: bytes) -> tuple[Line, ...]:
    """Make a card of a ``message/disposition-notification``, a read receipt."""
    fields = _groups(octets)[0]
    recipient = _plain(fields, "final-recipient") or _plain(fields, "original-recipient")
    lines = [Line("Receipt", LineKind.HEADING)]
    lines += _rows(
        ("By", recipient),
        ("Result", _plain(fields, "disposition").rpartition(";")[2].strip()),
        ("Message", fields.get("original-message-id", "")),
    )
    return tuple(lines)


def _recipient(fields: dict[str, str]) -> Iterator[Line]:
    action = fields.get("action", "").strip().lower()
    status = fields.get("status", "").strip()
    meaning = _STATUS.get(status[:1], "")
    yield from _rows(
        ("To", _plain(fields, "final-recipient") or _plain(fields, "original-recipient")),
        ("Result", _ACTIONS.get(action, action)),
        ("Status", f"{status} ({meaning})" if meaning else status),
        ("Reason", _plain(fields, "diagnostic-code")),
        ("Server", _plain(fields, "remote-mta")),
        ("Until", fields.get("will-retry-until", "")),
    )


def _rows(*rows: tuple[str, str]) -> Iterator[Line]:
    return (card_row(label, value[:1000]) for label, value in rows if value)


def _plain(fields: dict[str, str], name: str) -> str:
    """Return a value without its type prefix, as in ``rfc822; ann@example.org``."""
    return _TYPED.sub("", fields.get(name, ""), count=1).strip()


def _groups(octets: bytes) -> list[dict[str, str]]:
    """Split the fields into groups at empty lines. Returns at least one group."""
    return [_fields(group) for group in _GROUP.split(octets[:_MAX_REPORT_BYTES].strip())]


def _fields(group: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in _FOLD.sub(b" ", group).split(b"\n"):
        name, colon, value = line.partition(b":")
        if colon:
            fields.setdefault(name.strip().lower().decode("latin-1"), decode_text(value.strip()))
    return fields
