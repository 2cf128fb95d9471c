"""Decode the transfer encoding of a text part, even if the declared one is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from poptui.mail.mime.structure import Node, Octets
from poptui.mail.mime.transfer_decoding import (
    MAX_TEXT_BYTES,
    UNENCODED,
    decoder_for,
    end_of_base64,
    known,
)
from poptui.patterns import lazy_pattern

_LINES_OF_BASE64 = lazy_pattern(
    rb"\s*(?:[A-Za-z0-9+/]{60,76}\r?\n){2,}[A-Za-z0-9+/]{0,76}={0,2}\s*"
)
_ESCAPES = lazy_pattern(rb"=(?:[0-9A-F]{2}|\r?\n)")
_SOFT_ENDS = lazy_pattern(rb"^[^\r\n]{55,75}=\r?$", re.MULTILINE)
_MAX_QUOTED_LINE_BYTES = 77
"""The longest line that quoted-printable allows, in bytes with the CR."""
_BASE64_LINE = lazy_pattern(
    rb"(?:[A-Za-z0-9+/]{4}){2,250}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
)
RETURNED_HEADERS = ("text/rfc822-headers", "message/global-headers")
"""Types of the header of a message that came back, which is never encoded."""
_WORDS = lazy_pattern(rb"[a-z]{2,} [a-z]{2,} [a-z]{2,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextBytes:
    """Decoded bytes, and a sentence if their encoding was wrong."""

    octets: bytes
    remark: str = ""


def decoded_text(octets: Octets, node: Node) -> TextBytes:
    """Decode the text of ``node``, as much of it as is ever shown."""
    end = min(node.end, node.start + MAX_TEXT_BYTES)
    encoded = octets[node.start : end]
    cut = node.cut or end < node.end
    encoding = node.head.encoding
    if encoding == "base64" and _WORDS.search(encoded[:4000]) and b" " in encoded.strip():
        return _base64_or_plain(encoded)
    if encoding in UNENCODED and node.kind not in RETURNED_HEADERS and (truly := _unsaid(encoded)):
        sentence = f"A part is encoded in {truly} without saying so; it was decoded."
        return TextBytes(_decode(encoded, truly, cut).octets, sentence)
    if not known(encoding):
        sentence = f"The encoding {encoding[:40]} is unknown; its part is shown as it came."
        return TextBytes(encoded, sentence)
    return _decode(encoded, encoding, cut)


def _unsaid(encoded: bytes) -> str:
    """Detect the encoding of a part that declares none."""
    if _LINES_OF_BASE64.fullmatch(encoded[:4000]) or _LINES_OF_BASE64.fullmatch(encoded):
        return "base64"
    return "quoted-printable" if _is_quoted(encoded[:20_000]) else ""


def _is_quoted(sample: bytes) -> bool:
    """Whether lines end as quoted-printable ends them, and every ``=`` is an escape."""
    if len(_SOFT_ENDS.findall(sample)) < 2:
        return False
    *lines, _ = sample.split(b"\n")
    escapes = _ESCAPES.findall(sample)
    return (
        all(len(line) <= _MAX_QUOTED_LINE_BYTES for line in lines)
        and sample[:-2].count(b"=") <= len(escapes)
        and sum(len(escape) == 3 and escape[1:2] not in b"\r" for escape in escapes) > 1
    )


def _base64_or_plain(encoded: bytes) -> TextBytes:
    """Decode base64 above a mailing list's footer; return text that isn't base64 unchanged."""
    end = end_of_base64(encoded)
    start = encoded[:end].split()
    if end is None or not start or not _BASE64_LINE.fullmatch(start[0]):
        return TextBytes(encoded, "A part is said to be base64, but it is plain text.")
    decoded = _decode(encoded[:end], "base64", cut=False)
    return TextBytes(decoded.octets.rstrip() + b"\n\n" + encoded[end:].strip(), decoded.remark)


def _decode(encoded: bytes, encoding: str, cut: bool) -> TextBytes:
    decoder = decoder_for(encoding)
    decoded = decoder.feed(encoded) + decoder.finish(cut=cut)
    if not decoder.damaged:
        return TextBytes(decoded)
    return TextBytes(decoded, f"Some {encoding} is damaged; it was decoded as far as it goes.")
