"""Build the samples of the corpus: the exact bytes, and the texts each must show."""

from __future__ import annotations

import base64
import quopri
from dataclasses import dataclass

HEAD = b"From: Ann <ann@example.org>\r\nTo: me@example.com\r\nDate: Thu, 17 Dec 2009 18:18:12 +0300\r\n"


@dataclass(frozen=True)
class Sample:
    """A message, and the texts that are on the screen once it is opened."""

    name: str
    octets: bytes
    shows: tuple[str, ...]
    hides: tuple[str, ...] = ()


"""Texts that must not be on the screen."""


def sample(
    name: str, fields: str | bytes, body: str | bytes, *shows: str, hides: tuple[str, ...] = ()
) -> Sample:
    """Return a message with the usual header, ``fields`` (LF lines) and ``body``, unchanged."""
    subject = b"" if b"subject:" in octets(fields).lower() else f"Subject: {name}\n".encode()
    head = HEAD + wire(subject + octets(fields).strip(b"\n"))
    return Sample(name, head + b"\r\n\r\n" + ended(octets(body)), shows, hides)


def bare(name: str, message: str | bytes, *shows: str) -> Sample:
    """Return a message without the usual header."""
    return Sample(name, ended(octets(message)), shows)


def octets(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def wire(data: bytes) -> bytes:
    """Replace LF by CRLF."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def ended(data: bytes) -> bytes:
    """Return the data as a mailbox stores it: each line ends in CRLF, the last one too."""
    data = wire(data)
    return data if data.endswith(b"\r\n") else data + b"\r\n"


def plain(charset: str, more: str = "") -> str:
    """Return the header fields of a text part."""
    return f"MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}{more}"


HTML = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8"


def coded(fields: str, encoding: str) -> str:
    return f"{fields}\nContent-Transfer-Encoding: {encoding}"


def b64(data: bytes) -> bytes:
    return base64.encodebytes(data)


def qp(data: bytes) -> bytes:
    return quopri.encodestring(data)


def part(fields: str, body: str | bytes) -> bytes:
    """Return a MIME entity with LF lines."""
    return fields.encode() + b"\n\n" + octets(body)


def parts(
    subtype: str, *entities: bytes, boundary: str = "cut", parameters: str = "", closed: bool = True
) -> tuple[str, bytes]:
    """Return the header fields and the body of a multipart."""
    line = b"--" + boundary.encode()
    body = b"".join(line + b"\n" + entity + b"\n" for entity in entities)
    fields = f'MIME-Version: 1.0\nContent-Type: multipart/{subtype}; boundary="{boundary}"'
    return fields + parameters, body + (line + b"--\n" if closed else b"")


TEXT = part("Content-Type: text/plain; charset=utf-8", "the plain text")
PAGE = part("Content-Type: text/html; charset=utf-8", "<p>the <b>page</b></p>")


def file(name: str, kind: str = "application/octet-stream", data: bytes = b"data") -> bytes:
    """Return an attachment; ``name`` is the raw value of the parameter."""
    fields = (
        f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment"
    )
    return part(f"{fields}; filename={name}", b64(data))
