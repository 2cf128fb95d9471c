"""Generate files to attach: a PDF page, a picture, a calendar entry."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta


def pdf(lines: Sequence[str]) -> bytes:
    """Return a PDF with one A4 page that shows ``lines`` (ASCII) in a monospace font."""
    shown = "".join(f"({_pdf_text(line)}) Tj T*\n" for line in lines)
    content = f"BT /F1 11 Tf 14 TL 60 780 Td\n{shown}ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    return _pdf_file(objects)


def _pdf_text(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(
        out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, start)
    )


def sunset(width: int, height: int) -> bytes:
    """Return an uncompressed PNG of a sunset over water."""
    rows = b"".join(b"\0" + _colour(row / height) * width for row in range(height))
    frame = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", frame), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(name, data) for name, data in chunks)


def _colour(depth: float) -> bytes:
    if depth < 0.6:
        return bytes((int(40 + 340 * depth), int(40 + 150 * depth), int(110 - 60 * depth)))
    return bytes((int(90 - 60 * depth), int(70 - 20 * depth), int(120 - 40 * depth)))


def _png_chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def meeting(summary: str, place: str, starts: datetime, lasts: timedelta) -> str:
    """Return an invitation as an iCalendar object (RFC 5545)."""
    return f"""
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Tidewater Ferries//Rota//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:{starts:%Y%m%d}-rota@tidewater.example
DTSTAMP:{starts:%Y%m%dT%H%M%S}
DTSTART:{starts:%Y%m%dT%H%M%S}
DTEND:{starts + lasts:%Y%m%dT%H%M%S}
SUMMARY:{summary}
LOCATION:{place}
ORGANIZER;CN=Priya Hartwell:mailto:priya@tidewater.example
ATTENDEE;CN=Robin Vale;RSVP=TRUE:mailto:demo@example.org
END:VEVENT
END:VCALENDAR
"""
