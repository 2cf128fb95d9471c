"""Header values: folded lines, raw 8-bit octets and the encoded words of RFC 2047, to text."""

from __future__ import annotations

import binascii
import re
from contextlib import suppress

from poptui.mail.charsets import decode_octets, is_single_octet

MAX_VALUE = 8192
"""Octets of one header value; nobody reads more, and some readers of longer ones are quadratic."""

_WORD = re.compile(
    rb"=\?([\w!#$%&'+^`{}~.:-]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=",
)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}\"?([^\s\";]{1,60})", re.IGNORECASE)


def unfolded(lines: list[bytes]) -> bytes:
    """The value whose lines these are, each fold as one space, cut to ``MAX_VALUE`` octets."""
    if len(lines) == 1:
        return lines[0].strip()[:MAX_VALUE]
    return b" ".join([line.strip() for line in lines]).strip()[:MAX_VALUE]


def decode_text(value: bytes, charset: str = "") -> str:
    """The text of an unfolded header value.

    Adjacent encoded words are one text, and one of their characters may be split between them.
    Raw 8-bit octets are read by the charset of the words beside them, else by ``charset``.
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
    """Raw octets, which no rule explains: UTF-8 if they are that, whatever is declared beside."""
    if not octets.isascii() and is_single_octet(charset):
        with suppress(UnicodeDecodeError):
            return octets.decode("utf-8")
    return decode_octets(octets, charset)


def charset_of(content_type: bytes) -> str:
    """The charset parameter of a Content-Type value, ``""`` where it has none."""
    match = _CHARSET.search(content_type)
    return match[1].decode("ascii", "replace").strip("'") if match else ""


def base64_octets(encoded: bytes) -> bytes:
    """What base64 says as far as it goes: foreign characters skipped, padding mended."""
    try:
        return binascii.a2b_base64(encoded)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", encoded)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _runs(value: bytes) -> list[tuple[str, bytes]]:
    """``value`` as (charset, octets) in order; plain text between words has no charset."""
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
