"""Detect the type of a file by its first bytes."""

from __future__ import annotations

from functools import partial

HEAD_BYTES = 4096
"""The number of bytes that are examined."""

PROGRAM = "application/x-msdownload"
ELF = "application/x-executable"
MACH = "application/x-mach-binary"
SCRIPT = "text/x-shellscript"
SHORTCUT = "application/x-ms-shortcut"
CLASS = "application/java-vm"
OLE = "application/x-ole-storage"
ZIP = "application/zip"
HTML = "text/html"

_AT_START: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\x7fELF", ELF),
    (b"\xcf\xfa\xed\xfe", MACH),
    (b"\xce\xfa\xed\xfe", MACH),
    (b"#!", SCRIPT),
    (b"\x4c\0\0\0\x01\x14\x02\0", SHORTCUT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"Rar!\x1a\x07", "application/x-rar-compressed"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"{\\rtf", "application/rtf"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"%!PS", "application/postscript"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"\0\0\x01\0", "image/x-icon"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"-----BEGIN PGP", "application/pgp-encrypted"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"BEGIN:VCARD", "text/vcard"),
    (b"ITSF", "application/vnd.ms-htmlhelp"),
)
_BOXES = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"avif": "image/avif",
}
_IN_ZIP: tuple[tuple[bytes, str], ...] = (
    (b"vbaProject.bin", "application/vnd.ms-office.macro"),
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"mimetypeapplication/vnd.oasis.opendocument", "application/vnd.oasis.opendocument"),
    (b"mimetypeapplication/epub+zip", "application/epub+zip"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
    (b"AndroidManifest.xml", "application/vnd.android.package-archive"),
)


def type_of(head: bytes) -> str:
    """Return the type of a file that begins with ``head``, ``""`` if unknown."""
    for mark, kind in _AT_START:
        if head.startswith(mark):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in _IN_ZIP if mark in head), ZIP)
    if head.startswith(b"MZ") and len(head) > 0x40:
        return PROGRAM
    if head.startswith(b"\xca\xfe\xba\xbe"):
        return CLASS if head[6:8] > b"\0\x1e" else MACH
    return _riff(head) or _markup(head)


def _riff(head: bytes) -> str:
    """Detect containers whose type follows their first bytes."""
    if head.startswith(b"RIFF"):
        kinds = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
        return kinds.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _BOXES.get(head[8:12], "video/mp4")
    if head[257:262] == b"ustar":
        return "application/x-tar"
    if head[0x8001:0x8006] == b"CD001":
        return "application/x-iso9660-image"
    return "image/bmp" if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" else ""


def _markup(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:512].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return HTML
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start):
        return "image/svg+xml"
    if start.startswith(b"<hta:application"):
        return "application/hta"
    return "text/xml" if start.startswith(b"<?xml") else ""


def pixels(head: bytes) -> str:
    """Return the size of a picture that begins with ``head``, such as ``640×480``; else ``""``."""
    size = _pixels(head)
    return f"{size[0]}×{size[1]}" if size and all(size) else ""


def _pixels(head: bytes) -> tuple[int, int] | None:
    little, big = (
        partial(int.from_bytes, byteorder="little"),
        partial(int.from_bytes, byteorder="big"),
    )
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR" and len(head) >= 24:
        return big(head[16:20]), big(head[20:24])
    if head.startswith((b"GIF87a", b"GIF89a")) and len(head) >= 10:
        return little(head[6:8]), little(head[8:10])
    if head.startswith(b"\xff\xd8"):
        return _jpeg_pixels(head)
    if head.startswith(b"BM") and len(head) > 26:
        return little(head[18:22]), abs(int.from_bytes(head[22:26], "little", signed=True))
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP" and len(head) > 30:
        match head[12:16]:
            case b"VP8 ":
                return little(head[26:28]) & 0x3FFF, little(head[28:30]) & 0x3FFF
            case b"VP8L":
                bits = little(head[21:25])
                return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
            case b"VP8X":
                return little(head[24:27]) + 1, little(head[27:30]) + 1
    return None


def _jpeg_pixels(head: bytes) -> tuple[int, int] | None:
    """Read the first frame header, skipping the segments before it (ITU T.81 B.2.2)."""
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = head[at + 5 : at + 7], head[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        at += 1 if marker == 0xFF else 2 + max(2, length)
    return None
