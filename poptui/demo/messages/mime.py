"""Write messages byte by byte, so that a draft can choose every charset, fold and defect."""

from __future__ import annotations

import base64
import quopri
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from poptui.demo.stored_mailbox import StoredMessage

ME = "Robin Vale <demo@example.org>"
HeaderField = tuple[str, str | bytes]
"""A field's name and its value; text is encoded as UTF-8, bytes are used as they are."""


@dataclass(frozen=True)
class DraftPart:
    """A MIME entity: its own header fields, and its body already encoded for transfer."""

    headers: tuple[HeaderField, ...]
    body: bytes


@dataclass(frozen=True)
class MessageDraft:
    """A message without its dates, which depend on when the demo is run."""

    age: timedelta
    """The time since its arrival."""
    sender: str | bytes | None
    subject: str | bytes | None
    part: DraftPart
    to: str | bytes | None = ME
    extra: tuple[HeaderField, ...] = ()
    """Additional fields, written before the usual ones."""
    dated: str | None = ""
    """The Date field: "" for the time of arrival, None to omit it, else its value."""
    traced: bool = True
    """Whether to add Return-Path, Received and Message-ID, as a mail server does."""
    forged: bool = False
    """Whether it came from a host that does not belong to the sender's domain."""


def stored_message(draft: MessageDraft, now: datetime) -> StoredMessage:
    """Return the message; its UID is the same whenever the demo is run."""
    identity = zlib.crc32(repr((draft.sender, draft.subject, draft.age)).encode())
    arrived = format_datetime(now - draft.age)
    fields = [*_trace(draft, identity, arrived), *draft.extra, *_envelope(draft, arrived)]
    whole = DraftPart((*fields, *_version(draft.part), *draft.part.headers), draft.part.body)
    return StoredMessage(f"{identity:08x}.demo", _entity(whole))


def _trace(draft: MessageDraft, identity: int, arrived: str) -> list[HeaderField]:
    if not draft.traced:
        return []
    domain = "" if draft.forged else _domain(draft.sender)
    host = f"mail.{domain}" if domain else f"mx{identity % 4 + 1}.example.net"
    address = f"[192.0.2.{identity % 250 + 1}]"
    return [
        ("Return-Path", f"<bounces+{identity:08x}@{domain or host}>"),
        (
            "Received",
            f"from {host} ({f'{host} {address}' if domain else address})\r\n"
            f"\tby mail.example.org with ESMTPS id {identity:08X}; {arrived}",
        ),
        ("Message-ID", f"<{identity:08x}@{domain or host}>"),
    ]


def _domain(sender: str | bytes | None) -> str:
    """Return the domain of the address in a From value; ``""`` if there is none."""
    found = re.search(rb"@([a-z0-9.-]+)>?$", b"" if sender is None else _bytes(sender))
    return found[1].decode() if found else ""


def _envelope(draft: MessageDraft, arrived: str) -> list[HeaderField]:
    date = draft.dated if draft.dated != "" else arrived
    fields = (("From", draft.sender), ("To", draft.to), ("Subject", draft.subject), ("Date", date))
    return [(name, value) for name, value in fields if value is not None]


def _version(part: DraftPart) -> list[HeaderField]:
    names = {name for name, _ in part.headers}
    return [("MIME-Version", "1.0")] if names and "MIME-Version" not in names else []


def _entity(part: DraftPart) -> bytes:
    lines = [name.encode() + b": " + _bytes(value) + b"\r\n" for name, value in part.headers]
    return b"".join(lines) + b"\r\n" + part.body


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _crlf(text: str) -> str:
    return text.strip("\n").replace("\n", "\r\n") + "\r\n"


def encoded_word(text: str, charset: str = "utf-8", encoding: str = "B") -> str:
    """Return ``text`` as encoded words (RFC 2047), one per line."""
    pieces = [text[at : at + 12] for at in range(0, len(text), 12)]
    return "\r\n ".join(_one_word(piece, charset, encoding) for piece in pieces)


def _one_word(text: str, charset: str, encoding: str) -> str:
    octets = text.encode(charset)
    if encoding == "B":
        return f"=?{charset}?B?{base64.b64encode(octets).decode()}?="
    quoted = "".join(
        chr(octet) if chr(octet).isalnum() and octet < 128 else f"={octet:02X}" for octet in octets
    )
    return f"=?{charset}?Q?{quoted}?="


def encoded_address(name: str, address: str, charset: str = "utf-8") -> str:
    """Return a From or To value whose name is an encoded word."""
    return f"{encoded_word(name, charset)} <{address}>"


def text_part(body: str, charset: str = "utf-8", *, subtype: str = "plain") -> DraftPart:
    """Return a text part without transfer encoding (7bit or 8bit)."""
    octets = _crlf(body).encode(charset)
    transfer = "7bit" if octets.isascii() else "8bit"
    kind = f"text/{subtype}; charset={charset}"
    return DraftPart((("Content-Type", kind), ("Content-Transfer-Encoding", transfer)), octets)


def quoted_printable_part(
    body: str, charset: str = "utf-8", *, subtype: str = "plain"
) -> DraftPart:
    """Return a text part in quoted-printable."""
    octets = quopri.encodestring(_crlf(body).encode(charset).replace(b"\r\n", b"\n"))
    kind = f"text/{subtype}; charset={charset}"
    fields = (("Content-Type", kind), ("Content-Transfer-Encoding", "quoted-printable"))
    return DraftPart(fields, octets.replace(b"\n", b"\r\n"))


def base64_part(body: str, charset: str = "utf-8", *, subtype: str = "plain") -> DraftPart:
    """Return a text part in base64."""
    return _base64(f"text/{subtype}; charset={charset}", _crlf(body).encode(charset))


def attachment_part(name: str, kind: str, data: bytes) -> DraftPart:
    """Return an attached file with that name and Content-Type."""
    part = _base64(kind, data)
    disposition = ("Content-Disposition", f'attachment; filename="{name}"')
    return DraftPart((*part.headers, disposition), part.body)


def message_part(draft: MessageDraft, now: datetime) -> DraftPart:
    """Return a complete message as a part of another."""
    return DraftPart((("Content-Type", "message/rfc822"),), stored_message(draft, now).data)


def _base64(kind: str, data: bytes) -> DraftPart:
    body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return DraftPart((("Content-Type", kind), ("Content-Transfer-Encoding", "base64")), body)


def multipart(subtype: str, parts: Sequence[DraftPart], *, closed: bool = True) -> DraftPart:
    """Return a multipart entity; without the final boundary unless ``closed``."""
    boundary = f"=_{zlib.crc32(b''.join(part.body for part in parts)):08x}_poptui"
    opening = b"--" + boundary.encode() + b"\r\n"
    body = b"".join(opening + _entity(part) + b"\r\n" for part in parts)
    closing = b"--" + boundary.encode() + b"--\r\n" if closed else b""
    kind = f'multipart/{subtype};\r\n\tboundary="{boundary}"'
    return DraftPart((("Content-Type", kind),), body + closing)


def alternative_part(plain: str, markup: str) -> DraftPart:
    """Return the same content as text and as HTML."""
    return multipart(
        "alternative", [quoted_printable_part(plain), quoted_printable_part(markup, subtype="html")]
    )
