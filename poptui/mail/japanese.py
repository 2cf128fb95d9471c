"""Japanese text in ISO-2022-JP as mail really has it (RFC 1468, RFC 2237, CP50220).

Python's codecs stop at what Windows adds to JIS X 0208, such as circled digits and the sign for
"stock company", and at raw Shift_JIS or EUC-JP under this name.
"""

from __future__ import annotations

import re
from collections.abc import Callable

ISO_2022_JP = "iso2022_jp"
"""How the names of its codecs begin."""

_ESCAPE = re.compile(rb"\x1b(\$@|\$B|\$\(B|\$\(D|\$A|\$\(C|\([BJIH])")
_PAIRS = re.compile(rb"([\x21-\x7e]{2})+|[^\x21-\x7e]+|[\x21-\x7e]")


def decode_japanese(octets: bytes, *, strict: bool = False) -> str | None:
    """The text of ``octets``; what cannot be read is U+FFFD, or makes it None if ``strict``."""
    if not octets.isascii() and b"\x1b" not in octets:
        text = _raw(octets)
    else:
        first, *pieces = _ESCAPE.split(octets)
        text = _raw(first)
        for escape, piece in zip(pieces[::2], pieces[1::2], strict=True):
            text += _SETS.get(escape, _raw)(piece)
    return None if strict and "\ufffd" in text else text


def _raw(octets: bytes) -> str:
    """ASCII, or raw octets of one of the other charsets of Japan."""
    for codec in ("utf_8", "euc_jp", "cp932"):
        try:
            return octets.decode(codec)
        except UnicodeDecodeError:
            continue
    return octets.decode("cp932", "replace")


def _kana(octets: bytes) -> str:
    """Half-width katakana in seven bits (JIS X 0201)."""
    return "".join(chr(0xFF61 + one - 0x21) if 0x21 <= one <= 0x5F else chr(one) for one in octets)


def _in_pairs(read: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """Characters of two octets each; line ends and blanks between them stand for themselves."""

    def text(octets: bytes) -> str:
        return "".join(
            read(match[0]) if match[1] else match[0].decode("ascii", "replace").replace("\x1b", "")
            for match in _PAIRS.finditer(octets)
        )

    return text


def _windows(pairs: bytes) -> str:
    """JIS X 0208 with the rows that NEC and IBM added, by way of Shift_JIS."""
    shifted = bytearray()
    for row, cell in zip(pairs[::2], pairs[1::2], strict=True):
        first = (row - 0x21 >> 1) + 0x81
        second = cell + (0x1F + (cell >= 0x60) if row & 1 else 0x7E)
        shifted += bytes((first + 0x40 if first > 0x9F else first, second))
    return shifted.decode("cp932", "replace")


def _high(codec: str, before: bytes = b"") -> Callable[[bytes], str]:
    """A set of which ``codec`` has each octet with its highest bit set."""

    def text(pairs: bytes) -> str:
        raised = bytes(octet | 0x80 for octet in pairs)
        couples = [before + raised[at : at + 2] for at in range(0, len(raised), 2)]
        return b"".join(couples).decode(codec, "replace")

    return text


_SETS = {
    b"(I": _kana,
    b"$@": _in_pairs(_windows),
    b"$B": _in_pairs(_windows),
    b"$(B": _in_pairs(_windows),
    b"$(D": _in_pairs(_high("euc_jp", b"\x8f")),
    b"$A": _in_pairs(_high("gb2312")),
    b"$(C": _in_pairs(_high("euc_kr")),
}
