"""The octets of one body to text: transfer encoding, charset, line ends; damage is survived."""

from __future__ import annotations

import binascii
import re

from poptui.mail.charsets import codec_named, decode_octets
from poptui.mail.encoded_words import base64_octets, charset_of

_META = re.compile(rb"<meta[^>]{0,200}>", re.IGNORECASE)
_UNENCODED = frozenset({"", "7bit", "8bit", "binary"})
_KNOWN = _UNENCODED | {"base64", "quoted-printable"}


def known_encoding(encoding: str) -> bool:
    """Whether ``transfer_decoded`` can undo this Content-Transfer-Encoding (in lower case)."""
    return encoding in _KNOWN


def transfer_decoded(octets: bytes, encoding: str) -> bytes:
    """``octets`` without their transfer encoding (RFC 2045 section 6), as far as it goes."""
    if encoding == "base64":
        return base64_octets(octets)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(octets)
    return octets


def body_text(octets: bytes, charset: str) -> str:
    """The text of a decoded body, its lines ended by LF."""
    return decode_octets(octets, charset).replace("\r\n", "\n").replace("\r", "\n")


def html_source(octets: bytes, charset: str) -> str:
    """An HTML body's source; where the header names no charset, its own meta element does."""
    if not codec_named(charset):
        found = (charset_of(meta[0]) for meta in _META.finditer(octets[:4096]))
        charset = next(filter(None, found), charset)
    return decode_octets(octets, charset)
