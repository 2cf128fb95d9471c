"""Decode transfer encodings piece by piece (RFC 2045 section 6).

Damaged data doesn't raise: what can be decoded is decoded, and the decoder notes the damage.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol

from poptui.mail.parsed_message import Part, PartLocation
from poptui.patterns import lazy_pattern

CHUNK_BYTES = 1 << 20
"""Size of the chunks in which data is decoded."""

MAX_TEXT_BYTES = 8 * 1024 * 1024
"""Maximum size of an encoded text part that is decoded."""

UNENCODED = frozenset({"", "7bit", "8bit", "binary"})
_UUENCODE = frozenset({"x-uuencode", "x-uue", "uuencode", "uue"})
_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)
_FOREIGN = lazy_pattern(rb"[^A-Za-z0-9+/=\s]")
_PADDING = lazy_pattern(rb"=[=\s]*")
_NOT_QUOTED = lazy_pattern(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t\r]*\Z)")
_HALF_QUOTED = lazy_pattern(rb"=[0-9A-Fa-f]?\Z")
_UU_BEGIN = lazy_pattern(rb"begin [0-7]{3,4} ")


class Decoder(Protocol):
    """Decodes data that is fed in pieces of any size."""

    damaged: bool
    """Whether the data violated the encoding."""

    def feed(self, octets: bytes) -> bytes:
        """Take more data, and return what can be decoded by now."""

    def finish(self, *, cut: bool = False) -> bytes:
        """Return the rest; ``cut`` if the data was cut off on purpose, which is no damage."""


def contents(message: BinaryIO, part: Part) -> Iterator[bytes]:
    """Yield the decoded content of ``part`` from the file ``message``."""
    return decoded(pieces(message, part.location), part.location.encoding)


def pieces(message: BinaryIO, location: PartLocation) -> Iterator[bytes]:
    """Yield the encoded bytes at a position; others may seek in the file meanwhile."""
    position = location.start
    while position < location.end:
        message.seek(position)
        octets = message.read(min(CHUNK_BYTES, location.end - position))
        if not octets:
            return
        position += len(octets)
        yield octets


def decoded(encoded: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Decode ``encoded``; data in an unknown encoding is passed on unchanged."""
    decoder = decoder_for(encoding)
    for octets in encoded:
        if piece := decoder.feed(octets):
            yield piece
    if piece := decoder.finish():
        yield piece


def known(encoding: str) -> bool:
    """Whether this Content-Transfer-Encoding, in lower case, can be decoded."""
    return encoding in UNENCODED | _UUENCODE or encoding in ("base64", "quoted-printable")


def decoder_for(encoding: str) -> Decoder:
    """Make a decoder for a Content-Transfer-Encoding in lower case."""
    if encoding == "base64":
        return _Base64()
    if encoding == "quoted-printable":
        return _QuotedPrintable()
    return _Uuencode() if encoding in _UUENCODE else _Unencoded()


class _Unencoded:
    damaged = False

    def feed(self, octets: bytes) -> bytes:
        return octets

    def finish(self, *, cut: bool = False) -> bytes:
        return b""


def end_of_base64(octets: bytes) -> int | None:
    """Find where base64 ends and the footer of a mailing list begins.

    The footer follows the padding or an empty line. Returns None if there is no footer, or if
    foreign characters are inside the base64.
    """
    foreign = _FOREIGN.search(octets)
    if foreign is None:
        return None
    if (padding := _PADDING.search(octets, 0, foreign.start())) is not None:
        return padding.end()
    gap = max(
        octets.rfind(b"\n\n", 0, foreign.start()), octets.rfind(b"\n\r\n", 0, foreign.start())
    )
    data = octets[: max(gap, 0)].translate(None, _NOT_BASE64)
    return gap + 1 if data and not len(data) % 4 else None


class _Base64:
    """Skips foreign characters. Data after the padding counts only if it is base64 as well,
    since mailing lists write their footers there."""

    def __init__(self) -> None:
        self.damaged = False
        self._kept = b""
        self._ended = False

    def feed(self, octets: bytes) -> bytes:
        if self._ended:
            return b""
        if _FOREIGN.search(octets):
            octets = self._without_footer(octets)
        letters = self._kept + octets.translate(None, _NOT_BASE64)
        first, *others = letters.split(b"=")
        if others:
            whole = b"".join(_padded(run) for run in (first, *others[:-1]))
            letters = others[-1]
        else:
            whole = b""
        ready = len(letters) - len(letters) % 4
        self._kept = letters[ready:]
        return whole + binascii.a2b_base64(letters[:ready])

    def _without_footer(self, octets: bytes) -> bytes:
        end = end_of_base64(octets)
        self.damaged = end is None
        self._ended = end is not None
        return octets[:end]

    def finish(self, *, cut: bool = False) -> bytes:
        rest, self._kept = self._kept, b""
        if rest and not cut:
            self.damaged = True
        return _padded(rest)


def _padded(letters: bytes) -> bytes:
    """Decode one run of base64 characters; a single character at the end holds no byte."""
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


class _QuotedPrintable:
    """Decodes line by line, as an escape never crosses a line break."""

    def __init__(self) -> None:
        self.damaged = False
        self._kept = b""

    def feed(self, octets: bytes) -> bytes:
        octets = self._kept + octets
        end = octets.rfind(b"\n") + 1
        if not end and len(octets) > CHUNK_BYTES:
            end = octets.rfind(b"=", len(octets) - 3)
            end = len(octets) if end < 0 else end
        self._kept = octets[end:]
        return self._decode(octets[:end])

    def finish(self, *, cut: bool = False) -> bytes:
        rest, self._kept = self._kept, b""
        return self._decode(_HALF_QUOTED.sub(b"", rest) if cut else rest)

    def _decode(self, octets: bytes) -> bytes:
        if not self.damaged and _NOT_QUOTED.search(octets):
            self.damaged = True
        return binascii.a2b_qp(octets)


class _Uuencode:
    """Decodes the lines between ``begin`` and ``end``."""

    def __init__(self) -> None:
        self.damaged = False
        self._kept = b""
        self._inside = self._ended = False

    def feed(self, octets: bytes) -> bytes:
        *lines, self._kept = (self._kept + octets[: 4 * CHUNK_BYTES]).split(b"\n")
        self._kept = self._kept[:200]
        return b"".join([self._line(line.rstrip(b"\r")) for line in lines])

    def finish(self, *, cut: bool = False) -> bytes:
        rest, self._kept = self._kept, b""
        return b"" if cut else self._line(rest)

    def _line(self, line: bytes) -> bytes:
        if self._ended or not self._inside:
            self._inside |= _UU_BEGIN.match(line) is not None
            return b""
        if line in (b"end", b"`", b" ", b""):
            self._ended = line == b"end"
            return b""
        return self._octets(line)

    def _octets(self, line: bytes) -> bytes:
        """Decode one line, as Python's ``email`` does.

        Blanks that were stripped from its end count as data. Some encoders write characters after
        the announced end of the line: those are ignored.
        """
        for end in (None, ((line[0] - 32 & 63) * 4 + 5) // 3):
            try:
                return binascii.a2b_uu(line[:end])
            except binascii.Error:
                continue
        self.damaged = True
        return b""
