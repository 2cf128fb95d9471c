"""The parsing of one whole message, as it happens in the worker process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from poptui.mail.headers.split import MAX_BLOCK
from poptui.mail.html.strip_tags import crude_text
from poptui.mail.mime.alternatives import Form, Segment, bodies
from poptui.mail.mime.recovery import unannounced
from poptui.mail.mime.structure import Octets, parse
from poptui.mail.mime.walk import PartWalk
from poptui.mail.plain import plain_body
from poptui.mail.reader.raw_fallback import raw_reading, read_head
from poptui.mail.reading import MAX_TEXT, Body, ParsedMessage, Remark

_NOTHING_FOUND = "There is no text, nor a header to show, so here is all of it."
_NO_LAYOUT = Remark("The HTML takes too long to lay out, so only its words are shown.")


def read_message(raw: Octets, *, complete: bool = True) -> ParsedMessage:
    """The reading of ``raw``, parsed here and now however long it takes; never raises."""
    *_, last = readings(raw, complete=complete)
    return last


def readings(raw: Octets, *, complete: bool = True) -> Iterator[ParsedMessage]:
    """Readings of ``raw``, each better than the one before; the last is the whole one.

    What takes time by its nature, the layout of HTML, is left out of the first. Never raises.
    """
    try:
        yield from _readings(raw, complete)
    except Exception:
        said = "The message could not be parsed, so this is its raw text."
        yield raw_reading(raw[: MAX_TEXT + 1], said, complete=complete)


def _readings(raw: Octets, complete: bool) -> Iterator[ParsedMessage]:
    root, sentences = parse(raw, complete=complete)
    sentences += unannounced(raw, root, complete=complete)
    walk = PartWalk(raw, complete=complete)
    segments = walk.segments(root) or walk.attached_text()
    header, cc = read_head(raw[:MAX_BLOCK])
    remarks = (*map(Remark, sentences), *walk.remarks)
    reading = ParsedMessage(header, cc, (Body(),), tuple(walk.attachments), remarks, complete)
    if any(one.html for one in segments):
        quick = bodies([_quick(one) for one in segments])
        yield replace(reading, bodies=quick, remarks=(*remarks, _NO_LAYOUT))
    yield _or_all_of_it(replace(reading, bodies=bodies(segments)), raw)


def _or_all_of_it(reading: ParsedMessage, raw: Octets) -> ParsedMessage:
    """``reading``, or ``raw`` where neither a header nor a text was found: it may be no mail."""
    if reading.says_nothing and (start := raw[: MAX_TEXT + 1]).strip():
        return raw_reading(start, _NOTHING_FOUND, complete=reading.complete)
    return reading


def _quick(segment: Segment) -> Segment:
    """``segment`` without the parsing of HTML."""
    if segment.html is None or (segment.plain is not None and not segment.useless):
        return replace(segment, html=None)
    return Segment(plain=_words(segment.source))


def _words(html: str) -> Form:
    return partial(plain_body, crude_text(html))
