"""The text of a body: by the charset it declares, or by what its octets look like."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from poptui.mail.charsets import (
    ISO_2022_JP,
    SINGLE_OCTETS,
    codec_named,
    decode_japanese,
    decode_octets,
    whole,
)
from poptui.mail.headers.encoded_words import charset_of

_SAMPLE = 8192
"""Octets that are looked at to tell the charset."""
_ENOUGH = 600
"""A shorter sample is repeated until it is as long: detection is made for longer ones."""
_META = re.compile(rb"<meta[^>]{0,200}>", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF8, "utf_8_sig"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)
_SHIFTING = ("utf_7", "hz", "utf_16", "utf_32", "iso2022")
_ESCAPING = ("iso2022_jp", "iso2022_kr", "iso2022_jp_ext")
_CENTRAL = (frozenset(b"\xb3"), frozenset(b"\xb9"), frozenset(b"\xbe"), frozenset(b"\xec\xf8"))
"""Letters of Polish, Slovak or Czech in windows-1250 that Western text hardly has."""
_LATIN = re.compile(
    r"ascii|utf|latin|cp125[247]|iso8859_(?:[1349]|1[0-6])$|mac|cp(?:437|7|8)|hp|kz"
)
"""What detection mistakes for each other: there the charset of Western Europe is the better one."""


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """The text of a body, its lines ended by LF, and a sentence where its charset was wrong."""

    text: str
    remark: str = ""


def decode_body(octets: bytes, charset: str, *, cut: bool = False) -> DecodedBody:
    """The text of ``octets``; never raises. ``cut``: half a character may stand at their end."""
    text, remark = _decoded(octets, charset, cut)
    return DecodedBody(whole(text).replace("\r\n", "\n").replace("\r", "\n"), remark)


def html_charset(octets: bytes, charset: str) -> str:
    """The charset of an HTML body; where the header names none, its own meta element does."""
    if codec_named(charset):
        return charset
    found = (charset_of(meta[0]) for meta in _META.finditer(octets[:4096]))
    return next((name for name in found if not _wide(codec_named(name))), charset)


def _wide(codec: str) -> bool:
    """A meta element that could be read is not written in it."""
    return codec.startswith(("utf_16", "utf_32"))


def _decoded(octets: bytes, charset: str, cut: bool) -> tuple[str, str]:
    codec = codec_named(charset)
    shifts = codec.startswith(_SHIFTING) or b"\x1b$" in octets or b"\x1b(" in octets
    if octets.isascii() and not shifts and b"\0" not in octets:
        return octets.decode("ascii"), _unknown(charset, codec, "")
    told = _by_mark(octets) or _by_zeros(octets, codec)
    if told:
        return octets.decode(told, "replace"), ""
    if codec.startswith(SINGLE_OCTETS) and _is_utf8(octets, cut):
        return octets.decode("utf_8", "ignore" if cut else "replace"), _wrong(charset, "utf-8")
    if codec not in ("", "ascii") and (text := _strictly(octets, codec, cut)) is not None:
        return text, ""
    return _guessed(octets, charset, codec, cut)


def _guessed(octets: bytes, charset: str, codec: str, cut: bool) -> tuple[str, str]:
    for shifting in _ESCAPING if b"\x1b$" in octets else ():
        if (text := _strictly(octets, shifting, cut)) is not None:
            return text, _wrong(charset, shifting.replace("iso2022", "iso_2022"))
    if (text := _strictly(octets, "utf_8", cut)) is not None:
        return text, _unknown(charset, codec, "utf-8")
    if codec.startswith(ISO_2022_JP):
        return decode_japanese(octets) or "", _wrong(charset, "")
    if codec not in ("", "ascii"):
        if (text := _strictly(octets, codec, True)) and not text.isascii():
            return f"{text}\ufffd", "The text ends within a character."
        text = octets.decode(codec, "replace")
        if text.count("\ufffd") * 10 <= len(octets) - len(octets.translate(None, _HIGH)):
            return text, f"Some text is damaged where it does not fit its charset, {charset}."
    if found := _detected(octets):
        return octets.decode(found, "replace"), _wrong(charset, found)
    return decode_octets(octets, charset), _wrong(charset, "")


_HIGH = bytes(range(0x80, 0x100))


def _strictly(octets: bytes, codec: str, cut: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)().decode(octets, not cut)
    except (UnicodeError, LookupError):
        return decode_japanese(octets, strict=True) if codec.startswith(ISO_2022_JP) else None


def _by_mark(octets: bytes) -> str:
    return next((codec for mark, codec in _MARKS if octets.startswith(mark)), "")


def _by_zeros(octets: bytes, codec: str) -> str:
    """UTF-16 without a mark, by the zeros of its Latin letters, or declared but for its order.

    Of the two octets of a character the high one takes fewer values: letters of one script
    share it.
    """
    sample = octets[:_SAMPLE]
    if codec == "utf_16":
        little = len(set(sample[1::2])) < len(set(sample[0::2]))
        return "utf_16_le" if little else "utf_16_be"
    if codec.startswith(("utf_16", "utf_32")) or sample.count(0) * 3 < len(sample):
        return ""
    return "utf_16_le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf_16_be"


def _is_utf8(octets: bytes, cut: bool) -> bool:
    """What happens to be valid UTF-8 in several places is UTF-8, whatever it says."""
    text = _strictly(octets[: 16 * _SAMPLE], "utf_8", cut or len(octets) > 16 * _SAMPLE)
    return text is not None and len(text) - len(text.encode("ascii", "ignore")) >= 2


def _detected(octets: bytes) -> str:
    """Python's codec for what ``octets`` look like, ``""`` for a charset of Western Europe."""
    from charset_normalizer import from_bytes

    foreign = octets[_first_high(octets) :][:_SAMPLE]
    match = from_bytes(foreign * (1 + _ENOUGH // len(foreign))).best()
    codec = codec_named(match.encoding) if match is not None else ""
    if codec in ("cp1250", "iso8859_2"):
        return codec if any(letters <= set(foreign) for letters in _CENTRAL) else ""
    return "" if _LATIN.match(codec) else codec


def _first_high(octets: bytes) -> int:
    """Where a line begins that holds the first octet beyond ASCII."""
    place = len(octets[: 64 * _SAMPLE].decode("ascii", "ignore"))
    high = next((at for at, octet in enumerate(octets[: 64 * _SAMPLE]) if octet > 0x7F), place)
    return octets.rfind(b"\n", 0, high) + 1


def _unknown(charset: str, codec: str, read_as: str) -> str:
    if codec or not charset:
        return ""
    taken = f"; it is read as {read_as}" if read_as else ""
    return f"The charset {charset[:40]} is unknown{taken}."


def _wrong(charset: str, read_as: str) -> str:
    """Text that declares no charset breaks no promise."""
    if not charset:
        return ""
    if not codec_named(charset):
        return _unknown(charset, "", read_as or "what it looks like")
    taken = read_as.replace("_", "-") or "what it looks like"
    return f"The text does not fit its charset, {charset[:40]}; it is read as {taken}."
