"""Decode header values: folded lines, raw 8-bit octets and encoded words (RFC 2047)."""

from __future__ import annotations

import binascii
import re

from poptui.mail.encodings.charsets import damaged_utf8, decode_octets, is_single_octet
from poptui.patterns import lazy_pattern

MAX_VALUE_BYTES = 8192
"""Maximum size of a header value. Some parsers take quadratic time on longer ones."""

_WORD = lazy_pattern(
    rb"=\?([\w!#$%&'+^`{}~.:-]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=",
)
_NOT_BASE64 = lazy_pattern(rb"[^A-Za-z0-9+/]")
_CHARSET = lazy_pattern(rb"charset\s{0,9}=\s{0,9}\"?([^\s\";]{1,60})", re.IGNORECASE)


def unfolded(lines: list[bytes]) -> bytes:
    """Join the lines of a value, each fold as one space, and cut it to ``MAX_VALUE_BYTES``."""
    if len(lines) == 1:
        return lines[0].strip()[:MAX_VALUE_BYTES]
    return b" ".join([line.strip() for line in lines]).strip()[:MAX_VALUE_BYTES]


def decode_text(value: bytes, charset: str = "") -> str:
    """Decode an unfolded header value.

    Adjacent encoded words are joined first, because a character may be split between them. Raw
    8-bit octets are decoded with the charset of a neighbouring word, or else with ``charset``.
    """
    if value.find(b"=?") < 0:
        return decode_raw(value, charset) if value else ""
    runs = _runs(value)
    beside = next((name for name, _ in runs if name), charset)
    return "".join(
        [
            decode_octets(octets, name) if name else decode_raw(octets, beside)
            for name, octets in runs
        ]
    )


def decode_raw(octets: bytes, charset: str) -> str:
    """Decode raw octets. UTF-8 wins over an unknown or single-octet ``charset``, even if it is cut
    within a character."""
    if not octets.isascii() and is_single_octet(charset) and (text := damaged_utf8(octets)):
        return text
    return decode_octets(octets, charset)


def charset_of(content_type: bytes) -> str:
    """Return the charset parameter of a Content-Type value, or ``""``."""
    match = _CHARSET.search(content_type)
    return match[1].decode("ascii", "replace").strip("'") if match else ""


def base64_octets(encoded: bytes) -> bytes:
    """Decode as much base64 as possible: skip other characters and repair the padding."""
    try:
        return binascii.a2b_base64(encoded)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", encoded)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _runs(value: bytes) -> list[tuple[str, bytes]]:
    """Split ``value`` into (charset, octets). Plain text between words has the charset ``""``."""
    runs: list[tuple[str, bytes]] = []
    end = 0
    for word in _WORD.finditer(value):
        if (gap := value[end : word.start()]).strip():
            runs.append(("", gap))
        charset = word[1].decode("ascii", "replace").lower()
        octets = _word_octets(word[2], word[3])
        if runs and runs[-1][0] == charset:
            octets = runs.pop()[1] + octets
        runs.append((charset, octets))
        end = word.end()
    if rest := value[end:]:
        runs.append(("", rest))
    return runs


def _word_octets(encoding: bytes, encoded: bytes) -> bytes:
    if encoding in b"bB":
        return base64_octets(encoded)
    return binascii.a2b_qp(encoded, header=True)
