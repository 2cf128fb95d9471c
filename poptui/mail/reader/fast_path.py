"""The short way: a small message of a single plain text, read at once in this process."""

from __future__ import annotations

from functools import partial

from poptui.mail.bodies import decode_body
from poptui.mail.mime.alternatives import joined
from poptui.mail.mime.part_header import PartHead, read_part_head
from poptui.mail.mime.structure import Node
from poptui.mail.mime.text_part import decoded_text
from poptui.mail.mime.transfer_decoding import known
from poptui.mail.plain import plain_body
from poptui.mail.reader.raw_fallback import read_head
from poptui.mail.reading import ParsedMessage, Remark

SHORT = 64 * 1024
"""Octets of the largest message that is read so."""

_OTHER_WAYS = ("-----BEGIN PGP ", "\nbegin ", "\n--")
"""Signs of text that is more than plain text."""


def short_reading(raw: bytes, *, complete: bool) -> ParsedMessage | None:
    """The reading of ``raw``; None for any message that is not as simple as that."""
    if len(raw) > SHORT:
        return None
    head, start, malformed = read_part_head(raw, 0, len(raw), lambda line: False)
    if malformed or not _plain(head):
        return None
    mended = decoded_text(raw, Node(head, start, len(raw), cut=not complete))
    text = decode_body(mended.octets, head.charset, cut=not complete)
    if mended.remark or any(sign in f"\n{text.text}" for sign in _OTHER_WAYS):
        return None
    header, cc = read_head(raw)
    flowed = head.type.get("format").lower() == "flowed"
    delsp = head.type.get("delsp").lower() == "yes"
    body = joined([partial(plain_body, text.text, flowed=flowed, delsp=delsp)])
    remarks = (Remark(text.remark),) if text.remark else ()
    reading = ParsedMessage(header, cc, (body,), remarks=remarks, complete=complete)
    return None if reading.says_nothing else reading


def _plain(head: PartHead) -> bool:
    return (
        head.kind == "text/plain"
        and not head.file_name
        and not head.disposition.value
        and known(head.encoding)
    )
