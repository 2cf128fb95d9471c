"""Parts of a multipart that its own header does not help to find."""

from __future__ import annotations

import re

from poptui.mail.mime.structure import Node, Octets, Scan
from poptui.mail.mime.text_part import MAX_TEXT_OCTETS
from poptui.mail.mime.transfer_decoding import decoder_for

NO_START = "The message announces parts that never begin; what is there is shown as text."
_OTHER = "The parts are told apart by another boundary than the one announced."
_UNANNOUNCED = "The header of the message does not say that it has parts; they were found."
_ENCODED = "The parts are encoded as a whole, which no standard allows."

_LOOKED_AT = 1 << 20
_PREAMBLE = 500
"""Octets before the first part of a message whose header has lost its content type."""
_DELIMITER = re.compile(
    rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n(?:Content-|MIME-)[\w-]+[ \t]*:", re.IGNORECASE
)


def recovered(octets: Octets, node: Node, *, complete: bool) -> tuple[Octets, list[str]]:
    """Fill ``node``, a multipart that came out without parts; the octets that they lie in.

    The sentences say what was wrong. Where nothing can be found ``node`` stays without parts.
    """
    octets, remarks = _decoded(octets, node)
    if node.children:
        return octets, remarks
    boundary = _boundary(octets[node.start : min(node.end, node.start + _LOOKED_AT)])
    if boundary:
        remarks += _fill(octets, node, boundary, complete)
        remarks.append(_OTHER)
    elif complete:
        remarks.append(NO_START)
    return octets, remarks


def unannounced(octets: Octets, root: Node, *, complete: bool) -> list[str]:
    """Fill ``root``, a message without content type, if parts begin right at its start."""
    start = octets[root.start : min(root.end, root.start + _PREAMBLE)]
    if root.head.typed or not (boundary := _boundary(start)):
        return []
    return [_UNANNOUNCED, *_fill(octets, root, boundary, complete)]


def _boundary(octets: bytes) -> str:
    found = _DELIMITER.search(octets)
    return found[1].decode("utf-8", "replace") if found else ""


def _fill(octets: Octets, node: Node, boundary: str, complete: bool) -> list[str]:
    scan = Scan(octets, complete)
    scan.fill(node, boundary)
    return scan.remarks


def _decoded(octets: Octets, node: Node) -> tuple[Octets, list[str]]:
    """A multipart under a transfer encoding, decoded, with its parts if its boundary comes now."""
    encoding = node.head.encoding
    if encoding not in ("base64", "quoted-printable"):
        return octets, []
    decoder = decoder_for(encoding)
    inner = decoder.feed(octets[node.start : min(node.end, node.start + MAX_TEXT_OCTETS)])
    inner = b"\n" + inner + decoder.finish(cut=True)
    node.start, node.end = 1, len(inner)
    return inner, [_ENCODED, *_fill(inner, node, node.head.boundary, complete=False)]
