"""The decoded octets of a text part, mended where its transfer encoding is not the declared one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from poptui.mail.mime.structure import Node, Octets
from poptui.mail.mime.transfer_decoding import UNENCODED, decoder_for, known

MAX_TEXT_OCTETS = 8 * 1024 * 1024
"""Encoded octets of one text part that are decoded."""

_LINES_OF_BASE64 = re.compile(rb"\s*(?:[A-Za-z0-9+/]{60,76}\r?\n){2,}[A-Za-z0-9+/]{0,76}={0,2}\s*")
_ESCAPES = re.compile(rb"=(?:3D|20|09|[C-F][0-9A-F]=[89AB][0-9A-F])")
_SOFT_ENDS = re.compile(rb"=\r?\n")
_WORDS = re.compile(rb"[a-z]{2,} [a-z]{2,} [a-z]{2,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mended:
    """Decoded octets, and a sentence where something was wrong with their encoding."""

    octets: bytes
    remark: str = ""


def decoded_text(octets: Octets, node: Node) -> Mended:
    """The octets of the text ``node``, as far as they are ever shown."""
    end = min(node.end, node.start + MAX_TEXT_OCTETS)
    encoded = octets[node.start : end]
    cut = node.cut or end < node.end
    encoding = node.head.encoding
    if encoding == "base64" and _WORDS.search(encoded[:4000]) and b" " in encoded.strip():
        return Mended(encoded, "A part is said to be base64, but it is plain text.")
    if encoding in UNENCODED and (truly := _unsaid(encoded)):
        said = f"A part is encoded in {truly} without saying so; it was decoded."
        return Mended(_decode(encoded, truly, cut).octets, said)
    if not known(encoding):
        said = f"The encoding {encoding[:40]} is unknown; its part is shown as it came."
        return Mended(encoded, said)
    return _decode(encoded, encoding, cut)


def _unsaid(encoded: bytes) -> str:
    """The encoding that a part without one shows by itself."""
    if _LINES_OF_BASE64.fullmatch(encoded[:4000]) or _LINES_OF_BASE64.fullmatch(encoded):
        return "base64"
    sample = encoded[:20_000]
    soft = len(_SOFT_ENDS.findall(sample))
    return "quoted-printable" if soft > 1 and len(_ESCAPES.findall(sample)) > 2 else ""


def _decode(encoded: bytes, encoding: str, cut: bool) -> Mended:
    decoder = decoder_for(encoding)
    decoded = decoder.feed(encoded) + decoder.finish(cut=cut)
    if not decoder.damaged:
        return Mended(decoded)
    return Mended(decoded, f"Some {encoding} is damaged; it was decoded as far as it goes.")
