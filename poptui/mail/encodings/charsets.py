"""Decode bytes, whether the declared charset is right, wrong, unknown or missing.

Charset names come from senders, so they never reach Python's codec search: it would import modules
by those names, and it knows codecs that aren't charsets (``punycode`` takes quadratic time).
Instead, names are looked up in a table made from Python's aliases. As in browsers, a few names
select the larger charset that senders mean by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from encodings.aliases import aliases
from functools import lru_cache

from poptui.patterns import lazy_pattern

ISO_2022_JP = "iso2022_jp"
"""The prefix of the names of its codecs."""

_ESCAPE = lazy_pattern(rb"\x1b(\$@|\$B|\$\(B|\$\(D|\$A|\$\(C|\([BJIH])")
_PAIRS = lazy_pattern(rb"([\x21-\x7e]{2})+|[^\x21-\x7e]+|[\x21-\x7e]")


def decode_japanese(octets: bytes, *, strict: bool = False) -> str | None:
    """Decode ISO-2022-JP. Bad octets become U+FFFD or, if ``strict``, the result is None."""
    if not octets.isascii() and b"\x1b" not in octets:
        text = _raw(octets)
    else:
        first, *pieces = _ESCAPE.split(octets)
        text = _raw(first)
        for escape, piece in zip(pieces[::2], pieces[1::2], strict=True):
            text += _SETS.get(escape, _raw)(piece)
    return None if strict and "\ufffd" in text else text


def _raw(octets: bytes) -> str:
    """Decode octets outside escape sequences: ASCII, UTF-8, EUC-JP or Shift_JIS."""
    for codec in ("utf_8", "euc_jp", "cp932"):
        try:
            return octets.decode(codec)
        except UnicodeDecodeError:
            continue
    return octets.decode("cp932", "replace")


def _kana(octets: bytes) -> str:
    """Decode seven-bit half-width katakana (JIS X 0201)."""
    return "".join(
        chr(0xFF61 + octet - 0x21) if 0x21 <= octet <= 0x5F else chr(octet) for octet in octets
    )


def _in_pairs(read: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """Make a decoder of two-octet characters that keeps line ends and blanks between them."""

    def text(octets: bytes) -> str:
        return "".join(
            read(match[0]) if match[1] else match[0].decode("ascii", "replace").replace("\x1b", "")
            for match in _PAIRS.finditer(octets)
        )

    return text


def _windows(pairs: bytes) -> str:
    """Decode JIS X 0208 with the NEC and IBM extensions, by converting it to Shift_JIS."""
    shifted = bytearray()
    for row, cell in zip(pairs[::2], pairs[1::2], strict=True):
        first = (row - 0x21 >> 1) + 0x81
        second = cell + (0x1F + (cell >= 0x60) if row & 1 else 0x7E)
        shifted += bytes((first + 0x40 if first > 0x9F else first, second))
    return shifted.decode("cp932", "replace")


def _high(codec: str, before: bytes = b"") -> Callable[[bytes], str]:
    """Make a decoder that sets the highest bit of each octet and then uses ``codec``."""

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


_NO_CHARSETS = frozenset({"rot_13", "mbcs", "tactis"})
_EBCDIC = frozenset({"cp037", "cp1026", "cp1140", "cp273", "cp424", "cp500"})
_UNALIASED = ("koi8_u", "koi8_t", "cp720", "cp737", "cp874", "cp1006", "utf_8_sig")
_MEANT = {
    "iso8859_1": "cp1252",
    "latin_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
_OTHER_NAMES = {"ksc56011987": "cp949", "unicode11utf7": "utf_7", "utf8mb4": "utf_8"}
SINGLE_OCTETS = ("cp12", "iso8859", "koi8", "cp874", "mac_")
"""Prefixes of the codecs in which each octet is one character."""
_ESCAPED = lazy_pattern(rb"\x1b[$(]|~\{|\+[A-Za-z0-9/+]")
_SEVEN_BIT = frozenset({"utf_7", "hz"})
_SURROGATE = lazy_pattern("[\ud800-\udfff]")
_CYRILLIC = ("cp1251", "koi8_r")
_COMMON_LETTERS = frozenset("оеаинтсрвл")
_RARE_LETTERS = frozenset("ъэщфцю")


def _squeezed(name: str) -> str:
    """Reduce ``name`` to lower-case letters and digits, so that ``ISO_8859-1`` is ``iso88591``."""
    return re.sub("[^a-z0-9]", "", name.lower())


def _table() -> dict[str, str]:
    """Map each charset name that mail may use to the codec that decodes it."""
    codecs = {
        codec
        for codec in (*aliases.values(), *_UNALIASED)
        if codec not in _NO_CHARSETS | _EBCDIC and not codec.endswith("_codec")
    }
    known = {_squeezed(alias): codec for alias, codec in aliases.items() if codec in codecs}
    known |= {_squeezed(codec): codec for codec in codecs}
    known |= {f"win{codec[2:]}": codec for codec in codecs if codec.startswith("cp125")}
    known |= _OTHER_NAMES
    return {name: _MEANT.get(codec, codec) for name, codec in known.items()}


_CODECS = _table()
_WIDE = frozenset(codec for codec in _CODECS.values() if codec.startswith(("utf_16", "utf_32")))


@lru_cache(maxsize=256)
def codec_named(charset: str) -> str:
    """Return Python's codec for a charset name from a message, or ``""`` if it is unknown."""
    name = _squeezed(charset[:60])
    return _CODECS.get(name) or _CODECS.get(name.removeprefix("x"), "")


def is_single_octet(charset: str) -> bool:
    """Whether each octet is one character in ``charset``, or the charset is unknown."""
    codec = codec_named(charset) if charset else ""
    return codec.startswith(SINGLE_OCTETS) or codec in ("", "ascii")


def decode_octets(octets: bytes, charset: str = "") -> str:
    """Decode ``octets`` with the declared ``charset`` if that works, or else with a guessed one.

    Never raises. The text has U+FFFD for bad octets, and no lone surrogates.
    """
    codec = codec_named(charset) if charset else ""
    if octets.isascii() and not _redefines_ascii(octets, codec):
        return octets.decode("ascii")
    text = _strictly(octets, codec) if codec not in ("", "ascii") else None
    return without_surrogates(_guessed(octets, codec) if text is None else text)


def without_surrogates(text: str) -> str:
    """Replace lone surrogates in ``text``, so that it can be encoded."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _redefines_ascii(octets: bytes, codec: str) -> bool:
    """Whether ASCII octets encode other characters: UTF-16, UTF-32, UTF-7, HZ or ISO-2022."""
    if codec in _WIDE:
        return b"\0" in octets
    if codec in _SEVEN_BIT:
        return _ESCAPED.search(octets) is not None
    return octets.find(b"\x1b") >= 0 and (b"\x1b$" in octets or b"\x1b(" in octets)


def _strictly(octets: bytes, codec: str) -> str | None:
    try:
        return octets.decode(codec)
    except UnicodeError:
        return decode_japanese(octets, strict=True) if codec.startswith(ISO_2022_JP) else None


def _guessed(octets: bytes, codec: str) -> str:
    """Decode with the likeliest charset if the declared one fails or is missing."""
    if codec.startswith(ISO_2022_JP):
        return decode_japanese(octets) or ""
    if b"\x1b$" in octets and (text := _strictly(octets, "iso2022_jp_ext")) is not None:
        return text
    if (text := _strictly(octets, "utf_8")) is not None:
        return text
    if codec and codec not in ("ascii", "utf_8"):
        return octets.decode(codec, "replace")
    return damaged_utf8(octets) or _single_byte(octets)


def damaged_utf8(octets: bytes) -> str:
    """Decode UTF-8 in which a little is wrong, or that ends within a character; ``""`` if it is
    another charset."""
    text = octets.decode("utf_8", "replace")
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return text if text.count("\ufffd") * 4 <= foreign else ""


def _single_byte(octets: bytes) -> str:
    """Decode as Cyrillic if most letters are 8-bit, or else as Western European."""
    sample = octets[:4096]
    high = sum(octet >= 0xC0 for octet in sample)
    letters = sum(bytes((octet,)).isalpha() for octet in sample)
    codec = (
        max(_CYRILLIC, key=lambda name: _russian_score(sample, name))
        if high > letters
        else "cp1252"
    )
    return octets.decode(codec, "replace")


def _russian_score(octets: bytes, codec: str) -> int:
    """Score how Russian ``octets`` look in ``codec``: common letters minus rare ones."""
    text = octets.decode(codec, "replace").lower()
    rare = sum(char in _RARE_LETTERS or char > "ё" for char in text)
    return sum(char in _COMMON_LETTERS for char in text) - rare
