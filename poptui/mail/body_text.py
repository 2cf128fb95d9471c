"""Decode the text of a body by its declared charset, or by one guessed from its bytes."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from poptui.mail.encodings.charsets import (
    ISO_2022_JP,
    SINGLE_OCTETS,
    codec_named,
    decode_japanese,
    decode_octets,
    without_surrogates,
)
from poptui.mail.encodings.encoded_words import charset_of
from poptui.patterns import lazy_pattern

_SAMPLE_BYTES = 8192
"""Maximum number of bytes examined to detect the charset."""
_MIN_SAMPLE_BYTES = 600
"""A shorter sample is repeated up to this length, as detection needs longer ones."""
_META = lazy_pattern(rb"<meta[^>]{0,200}>", re.IGNORECASE)
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
"""Polish, Slovak and Czech letters in windows-1250 that are rare in Western text."""
_LATIN = lazy_pattern(
    r"ascii|utf|latin|cp125[247]|iso8859_(?:[1349]|1[0-6])$|mac|cp(?:437|7|8)|hp|kz"
)
"""Charsets that detection confuses: windows-1252 is the better guess for all of them."""


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """The text of a body with LF line ends, and a sentence if its charset was wrong."""

    text: str
    remark: str = ""


def decode_body(octets: bytes, charset: str, *, cut: bool = False) -> DecodedBody:
    """Decode ``octets``; never raises. ``cut``: the last character may be incomplete."""
    text, remark = _decoded(octets, charset, cut)
    return DecodedBody(without_surrogates(text).replace("\r\n", "\n").replace("\r", "\n"), remark)


def html_charset(octets: bytes, charset: str) -> str:
    """Return the charset of an HTML body: of the MIME header, or else of its meta element."""
    if codec_named(charset):
        return charset
    found = (charset_of(meta[0]) for meta in _META.finditer(octets[:4096]))
    return next((name for name in found if not _wide(codec_named(name))), charset)


def _wide(codec: str) -> bool:
    """Whether a readable meta element cannot be written in this codec."""
    return codec.startswith(("utf_16", "utf_32"))


def _decoded(octets: bytes, charset: str, cut: bool) -> tuple[str, str]:
    codec = codec_named(charset)
    shifts = codec.startswith(_SHIFTING) or b"\x1b$" in octets or b"\x1b(" in octets
    if octets.isascii() and not shifts and b"\0" not in octets:
        return octets.decode("ascii"), _unknown_charset(charset, codec, "")
    detected_codec = _codec_by_bom(octets) or _utf16_without_bom(octets, codec)
    if detected_codec:
        return octets.decode(detected_codec, "replace"), ""
    if codec.startswith(SINGLE_OCTETS) and _is_utf8(octets, cut):
        return octets.decode("utf_8", "ignore" if cut else "replace"), _wrong_charset(
            charset, "utf-8"
        )
    if codec not in ("", "ascii") and (text := _strictly(octets, codec, cut)) is not None:
        return text, ""
    return _guessed(octets, charset, codec, cut)


def _guessed(octets: bytes, charset: str, codec: str, cut: bool) -> tuple[str, str]:
    for shifting in _ESCAPING if b"\x1b$" in octets else ():
        if (text := _strictly(octets, shifting, cut)) is not None:
            return text, _wrong_charset(charset, shifting.replace("iso2022", "iso_2022"))
    if (text := _strictly(octets, "utf_8", cut)) is not None:
        return text, _unknown_charset(charset, codec, "utf-8")
    if codec.startswith(ISO_2022_JP):
        return decode_japanese(octets) or "", _wrong_charset(charset, "")
    if codec not in ("", "ascii"):
        if (text := _strictly(octets, codec, True)) and not text.isascii():
            return f"{text}\ufffd", "The text ends within a character."
        text = octets.decode(codec, "replace")
        if text.count("\ufffd") * 10 <= len(octets) - len(octets.translate(None, _HIGH)):
            return text, f"Some text is damaged where it does not fit its charset, {charset}."
    if found := _detected(octets):
        return octets.decode(found, "replace"), _wrong_charset(charset, found)
    return decode_octets(octets, charset), _wrong_charset(charset, "")


_HIGH = bytes(range(0x80, 0x100))


def _strictly(octets: bytes, codec: str, cut: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)().decode(octets, not cut)
    except (UnicodeError, LookupError):
        return decode_japanese(octets, strict=True) if codec.startswith(ISO_2022_JP) else None


def _codec_by_bom(octets: bytes) -> str:
    return next((codec for mark, codec in _MARKS if octets.startswith(mark)), "")


def _utf16_without_bom(octets: bytes, codec: str) -> str:
    """Detect UTF-16 without a byte order mark by the zeros of its Latin letters, or its order.

    The high byte of each character takes fewer values, as the letters of a script share it.
    """
    sample = octets[:_SAMPLE_BYTES]
    if codec == "utf_16":
        little = len(set(sample[1::2])) < len(set(sample[0::2]))
        return "utf_16_le" if little else "utf_16_be"
    if codec.startswith(("utf_16", "utf_32")) or sample.count(0) * 3 < len(sample):
        return ""
    return "utf_16_le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf_16_be"


def _is_utf8(octets: bytes, cut: bool) -> bool:
    """Whether several characters are valid UTF-8: that is no coincidence, whatever is declared."""
    text = _strictly(octets[: 16 * _SAMPLE_BYTES], "utf_8", cut or len(octets) > 16 * _SAMPLE_BYTES)
    return text is not None and len(text) - len(text.encode("ascii", "ignore")) >= 2


def _detected(octets: bytes) -> str:
    """Detect the codec of ``octets``; ``""`` for a Western European charset."""
    from charset_normalizer import from_bytes

    foreign = octets[_first_high(octets) :][:_SAMPLE_BYTES]
    match = from_bytes(foreign * (1 + _MIN_SAMPLE_BYTES // len(foreign))).best()
    codec = codec_named(match.encoding) if match is not None else ""
    if codec in ("cp1250", "iso8859_2"):
        return codec if any(letters <= set(foreign) for letters in _CENTRAL) else ""
    return "" if _LATIN.match(codec) else codec


def _first_high(octets: bytes) -> int:
    """Return the start of the line with the first byte beyond ASCII."""
    position = len(octets[: 64 * _SAMPLE_BYTES].decode("ascii", "ignore"))
    high = next(
        (at for at, octet in enumerate(octets[: 64 * _SAMPLE_BYTES]) if octet > 0x7F), position
    )
    return octets.rfind(b"\n", 0, high) + 1


def _unknown_charset(charset: str, codec: str, read_as: str) -> str:
    if codec or not charset:
        return ""
    taken = f"; it is read as {read_as}" if read_as else ""
    return f"The charset {charset[:40]} is unknown{taken}."


def _wrong_charset(charset: str, read_as: str) -> str:
    """Return a sentence on a wrong charset; none if no charset was declared."""
    if not charset:
        return ""
    if not codec_named(charset):
        return _unknown_charset(charset, "", read_as or "what it looks like")
    taken = read_as.replace("_", "-") or "what it looks like"
    return f"The text does not fit its charset, {charset[:40]}; it is read as {taken}."
