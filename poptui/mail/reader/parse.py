"""Parse a message in this process: quickly if it is simple, in full in the worker.

Whatever cannot be parsed is shown as raw text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from poptui.mail.body_text import decode_body
from poptui.mail.encodings.encoded_words import charset_of, decode_text
from poptui.mail.headers.decode import MAX_BLOCK_BYTES, decode_fields, split_header, values_of
from poptui.mail.headers.header import Header
from poptui.mail.html.to_text import strip_tags
from poptui.mail.mime.alternatives import BodyMaker, Segment, joined, make_bodies
from poptui.mail.mime.part_header import PartHead, read_part_head
from poptui.mail.mime.structure import Node, Octets, fill_unannounced, parse
from poptui.mail.mime.text_part import decoded_text
from poptui.mail.mime.transfer_decoding import known
from poptui.mail.mime.walk import PartWalk
from poptui.mail.parsed_message import MAX_TEXT_CHARACTERS, Body, ParsedMessage, Remark, body_of
from poptui.mail.plain import plain_body

_EXTRA = frozenset({b"cc", b"content-type"})


def as_raw_text(raw: bytes, sentence: str, *, complete: bool = True) -> ParsedMessage:
    """Show ``raw`` undecoded, with its charset guessed and a sentence that says why."""
    header, cc = read_head(raw)
    remarks = [Remark(sentence)]
    if len(raw) > MAX_TEXT_CHARACTERS:
        remarks.append(Remark(f"Only its first {MAX_TEXT_CHARACTERS:,} octets are shown."))
    body = body_of(decode_body(raw[:MAX_TEXT_CHARACTERS], "", cut=True).text)
    return ParsedMessage(header, cc, (body,), remarks=tuple(remarks), complete=complete)


def read_head(raw: bytes) -> tuple[Header, str]:
    """Return the header of a whole message, and its Cc."""
    fields = split_header(raw)
    values = values_of(fields, _EXTRA)
    charset = charset_of(values.get(b"content-type", b""))
    return decode_fields(fields), decode_text(values.get(b"cc", b""), charset)


MAX_SHORT_BYTES = 64 * 1024
"""Larger messages go to the worker."""

_NOT_SIMPLE = ("-----BEGIN PGP ", "\nbegin ", "\n--")
"""Signs that plain text holds PGP blocks, uuencoded files or MIME parts."""


def parse_short(raw: bytes, *, complete: bool) -> ParsedMessage | None:
    """Parse a small message of one plain text; None if it isn't as simple as that."""
    if len(raw) > MAX_SHORT_BYTES:
        return None
    head, start, malformed = read_part_head(raw, 0, len(raw), lambda line: False)
    if malformed or not _plain(head):
        return None
    mended = decoded_text(raw, Node(head, start, len(raw), cut=not complete))
    text = decode_body(mended.octets, head.charset, cut=not complete)
    if mended.remark or any(sign in f"\n{text.text}" for sign in _NOT_SIMPLE):
        return None
    header, cc = read_head(raw)
    flowed = head.type.get("format").lower() == "flowed"
    delsp = head.type.get("delsp").lower() == "yes"
    body = joined([partial(plain_body, text.text, flowed=flowed, delsp=delsp)])
    remarks = (Remark(text.remark),) if text.remark else ()
    parsed = ParsedMessage(header, cc, (body,), remarks=remarks, complete=complete)
    return None if parsed.is_empty else parsed


def _plain(head: PartHead) -> bool:
    return (
        head.kind == "text/plain"
        and not head.file_name
        and not head.disposition.value
        and known(head.encoding)
    )


_NOTHING_FOUND = "The message has neither a header nor a text, so this is all of it."
_NO_LAYOUT = Remark("The HTML takes too long to lay out, so only its words are shown.")


def parse_stages(raw: Octets, *, complete: bool = True) -> Iterator[ParsedMessage]:
    """Parse ``raw`` in stages, each more complete than the one before. Never raises.

    The first stage leaves out the layout of HTML, which can take long.
    """
    try:
        yield from _parse_stages(raw, complete)
    except Exception:
        sentence = "The message could not be parsed, so this is its raw text."
        yield as_raw_text(raw[: MAX_TEXT_CHARACTERS + 1], sentence, complete=complete)


def _parse_stages(raw: Octets, complete: bool) -> Iterator[ParsedMessage]:
    root, sentences = parse(raw, complete=complete)
    sentences += fill_unannounced(raw, root, complete=complete)
    walk = PartWalk(raw, complete=complete)
    segments = walk.segments(root) or walk.attached_text()
    header, cc = read_head(raw[:MAX_BLOCK_BYTES])
    remarks = (*map(Remark, sentences), *walk.remarks)
    parsed = ParsedMessage(header, cc, (Body(),), tuple(walk.attachments), remarks, complete)
    if any(segment.html for segment in segments):
        quick = make_bodies([_quick(segment) for segment in segments])
        yield replace(parsed, bodies=quick, remarks=(*remarks, _NO_LAYOUT))
    yield _or_raw_text(replace(parsed, bodies=make_bodies(segments)), raw)


def _or_raw_text(parsed: ParsedMessage, raw: Octets) -> ParsedMessage:
    """Return ``parsed``, or the raw text if it is empty: this may be no mail at all."""
    if parsed.is_empty and (start := raw[: MAX_TEXT_CHARACTERS + 1]).strip():
        return as_raw_text(start, _NOTHING_FOUND, complete=parsed.complete)
    return parsed


def _quick(segment: Segment) -> Segment:
    """Return ``segment`` without laying out its HTML."""
    if segment.html is None or (segment.plain is not None and not segment.useless):
        return replace(segment, html=None)
    return Segment(plain=_words(segment.source))


def _words(html: str) -> BodyMaker:
    return partial(plain_body, strip_tags(html))
