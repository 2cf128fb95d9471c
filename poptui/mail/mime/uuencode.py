"""Files that stand uuencoded within plain text, as mail carried them before MIME."""

from __future__ import annotations

import re

from poptui.mail.mime import magic
from poptui.mail.mime.attachment_warnings import warnings
from poptui.mail.mime.structure import Node, Octets
from poptui.mail.mime.text_part import MAX_TEXT_OCTETS
from poptui.mail.mime.transfer_decoding import decoder_for
from poptui.mail.reading import Part, PartLocation

_FILE = re.compile(
    rb"^begin [0-7]{3,4} (\S[^\r\n]{0,250})\r?\n"
    rb"(?:[ -`][^\r\n]{0,90}\r?\n)+?[ `]?\r?\n?end[ \t]*(?:\r?\n|\Z)",
    re.MULTILINE,
)
_TEXT = re.compile(
    r"^begin [0-7]{3,4} \S[^\n]{0,250}\n(?:[ -`][^\n]{0,90}\n)+?[ `]?\n?end[ \t]*(?:\n|\Z)",
    re.MULTILINE,
)


def without_files(octets: Octets, node: Node, text: str) -> tuple[str, list[Part]]:
    """``text``, that of ``node``, without the files in it; the files as attachments."""
    if "begin " not in text:
        return text, []
    encoded = octets[node.start : min(node.end, node.start + MAX_TEXT_OCTETS)]
    files = [_listed(node.start, match) for match in _FILE.finditer(encoded)]
    return (_TEXT.sub("", text) if files else text), files


def _listed(offset: int, match: re.Match[bytes]) -> Part:
    decoder = decoder_for("x-uuencode")
    contents = decoder.feed(match[0]) + decoder.finish()
    name = match[1].decode("utf-8", "replace")
    kind = magic.type_of(contents[: magic.HEAD])
    place = PartLocation(offset + match.start(), offset + match.end(), "x-uuencode")
    return Part(name, "", len(contents), kind, warnings(name, "", kind), place=place)
