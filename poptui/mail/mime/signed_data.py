"""Unwrap the content of a CMS message, the format of S/MIME (RFC 5652). Nothing is verified.

Only as much of BER (ITU-T X.690) is read as leads to the signed content: in linear time, without
recursion, and whatever the lengths in the data claim.
"""

from __future__ import annotations

from enum import Enum

_PKCS7 = bytes.fromhex("2a864886f70d0107")
"""The object identifier 1.2.840.113549.1.7, which the types of content begin with."""
_SMIME = bytes.fromhex("2a864886f70d01091001")
"""1.2.840.113549.1.9.16.1, for the types that were added later."""
_OID, _SEQUENCE, _EXPLICIT = 0x06, 0x30, 0xA0
_OCTETS, _OCTETS_IN_PIECES = 0x04, 0x24
_END_OF_CONTENTS = 0x00


class CmsType(Enum):
    """The content type of a CMS message."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    COMPRESSED = "compressed"
    OTHER = "other"


_TYPES = {
    _PKCS7 + b"\x02": CmsType.SIGNED,
    _PKCS7 + b"\x03": CmsType.ENCRYPTED,
    _SMIME + b"\x17": CmsType.ENCRYPTED,
    _SMIME + b"\x09": CmsType.COMPRESSED,
}


class _Reader:
    """A position in BER data; each method raises ValueError if the data isn't as expected."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def enter(self, wanted: int) -> None:
        """Go to the content of the element here."""
        tag, start, _ = self._header()
        if tag != wanted:
            raise ValueError(f"tag {tag:#x} instead of {wanted:#x}")
        self._at = start

    def object_identifier(self) -> bytes:
        tag, start, end = self._header()
        if tag != _OID or end is None:
            raise ValueError("not an object identifier")
        self._at = end
        return self._data[start:end]

    def skip(self) -> None:
        """Go behind the element here."""
        depth = 0
        while True:
            tag, start, end = self._header()
            if end is None:
                depth += 1
                self._at = start
            else:
                depth -= tag == _END_OF_CONTENTS
                self._at = end
            if depth <= 0:
                return

    def octets(self) -> bytes:
        """Return the octet string here, which may come in pieces; cut if the data is."""
        pieces: list[bytes] = []
        ends: list[int | None] = []
        while self._at < len(self._data):
            tag, start, end = self._header()
            if tag == _OCTETS_IN_PIECES:
                ends.append(end)
                self._at = start
            elif tag == _OCTETS and end is not None:
                pieces.append(self._data[start:end])
                self._at = end
            elif tag == _END_OF_CONTENTS and end is not None and ends and ends[-1] is None:
                ends.pop()
                self._at = end
            else:
                raise ValueError(f"tag {tag:#x} in an octet string")
            while ends and (last := ends[-1]) is not None and self._at >= last:
                ends.pop()
            if not ends:
                break
        return b"".join(pieces)

    def _header(self) -> tuple[int, int, int | None]:
        """Return the tag, and where the content begins and ends; None if only a mark ends it."""
        header = self._data[self._at : self._at + 10]
        if len(header) < 2 or header[0] & 0x1F == 0x1F:
            raise ValueError("no element")
        tag, length, start = header[0], header[1], self._at + 2
        if length == 0x80:
            return tag, start, None
        if length > 0x80:
            count = length & 0x7F
            if count > 8:
                raise ValueError("a length of more than 8 bytes")
            length = int.from_bytes(header[2 : 2 + count], "big")
            start += count
        return tag, start, min(start + length, len(self._data))


def read_cms(data: bytes) -> tuple[CmsType, bytes]:
    """Return the type of a CMS message, and its content if it is signed and not detached."""
    reader = _Reader(data)
    try:
        reader.enter(_SEQUENCE)
        kind = _TYPES.get(reader.object_identifier(), CmsType.OTHER)
    except ValueError:
        return CmsType.OTHER, b""
    try:
        return kind, _signed_content(reader) if kind is CmsType.SIGNED else b""
    except ValueError:
        return kind, b""


def _signed_content(reader: _Reader) -> bytes:
    """Read a SignedData (RFC 5652 section 5.1) as far as its content."""
    reader.enter(_EXPLICIT)
    reader.enter(_SEQUENCE)
    reader.skip()  # version
    reader.skip()  # digestAlgorithms
    reader.enter(_SEQUENCE)
    reader.object_identifier()
    reader.enter(_EXPLICIT)
    return reader.octets()
