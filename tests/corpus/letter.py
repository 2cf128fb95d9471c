"""How the letters of the corpus are written: octet by octet, and what must be seen of each."""

from __future__ import annotations

import base64
import quopri
from dataclasses import dataclass

HEAD = b"From: Ann <ann@example.org>\r\nTo: me@example.com\r\nDate: Thu, 17 Dec 2009 18:18:12 +0300\r\n"


@dataclass(frozen=True)
class Letter:
    """One message, and texts that stand on the screen once it is opened."""

    name: str
    octets: bytes
    shows: tuple[str, ...]
    hides: tuple[str, ...] = ()
    """Texts that do not."""


def letter(
    name: str, fields: str | bytes, body: str | bytes, *shows: str, hides: tuple[str, ...] = ()
) -> Letter:
    """A message with the usual header, ``fields`` (LF lines) and ``body``, as they are."""
    subject = b"" if b"subject:" in octets(fields).lower() else f"Subject: {name}\n".encode()
    head = HEAD + wire(subject + octets(fields).strip(b"\n"))
    return Letter(name, head + b"\r\n\r\n" + ended(octets(body)), shows, hides)


def bare(name: str, message: str | bytes, *shows: str) -> Letter:
    """A message without any usual header."""
    return Letter(name, ended(octets(message)), shows)


def octets(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def wire(data: bytes) -> bytes:
    """LF as CRLF."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def ended(data: bytes) -> bytes:
    """As a mailbox holds it: lines of CRLF, the last one too."""
    data = wire(data)
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def plain(charset: str, more: str = "") -> str:
    """The fields of a text part."""
    return f"MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}{more}"


HTML = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8"


def coded(fields: str, encoding: str) -> str:
    return f"{fields}\nContent-Transfer-Encoding: {encoding}"


def b64(data: bytes) -> bytes:
    return base64.encodebytes(data)


def qp(data: bytes) -> bytes:
    return quopri.encodestring(data)


def part(fields: str, body: str | bytes) -> bytes:
    """An entity, LF lines."""
    return fields.encode() + b"\n\n" + octets(body)


def parts(
    subtype: str, *entities: bytes, boundary: str = "cut", parameters: str = "", closed: bool = True
) -> tuple[str, bytes]:
    """The fields and the body of a multipart."""
    line = b"--" + boundary.encode()
    body = b"".join(line + b"\n" + entity + b"\n" for entity in entities)
    fields = f'MIME-Version: 1.0\nContent-Type: multipart/{subtype}; boundary="{boundary}"'
    return fields + parameters, body + (line + b"--\n" if closed else b"")


TEXT = part("Content-Type: text/plain; charset=utf-8", "the plain text")
PAGE = part("Content-Type: text/html; charset=utf-8", "<p>the <b>page</b></p>")


def file(name: str, kind: str = "application/octet-stream", data: bytes = b"data") -> bytes:
    """An attachment; ``name`` as it stands in the parameter."""
    fields = (
        f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment"
    )
    return part(f"{fields}; filename={name}", b64(data))
