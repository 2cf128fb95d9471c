"""Makes the pages of the viewer: the card of a message or a group, a message, its header."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from poptui.mail.headers.header import Address, Header
from poptui.mail.lines import Line, LineKind, Span, SpanRole, card_row, line_text, note
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import amount
from poptui.printable import printable_line, printable_target
from poptui.text.cells import with_stable_width
from poptui.text.format import cut, long_date, short_date, size
from poptui.triage.grouping import Group, GroupKey
from poptui.triage.spam.score import Reason
from poptui.tui.reading.document import Document, Lines
from poptui.tui.reading.links import numbered

if TYPE_CHECKING:
    from poptui.mail.headers.view import Field, Hop
    from poptui.mail.parsed_message import Body, ParsedMessage, Part, Remark

_LABEL_CELLS = 9
_VALUE_CELLS = 400
"""A longer list of recipients is cut."""
LONG_TARGET_CHARACTERS = 200
"""The warning is placed before a link longer than this, where it can't be overlooked."""
MIN_SHOWN_SCORE = 1.0
"""Lower scores are not shown."""
MAX_CARD_REASONS = 6
"""Maximum number of reasons for a score on the card of a message."""
MAX_SHORT_CARD_REASONS = 2
"""The same on a short card."""
_DOUBTFUL_ADDRESS = frozenset(
    {
        "brand-elsewhere",
        "brand-lookalike",
        "brand-in-domain",
        "name-is-address",
        "name-is-yours",
        "name-lookalike",
        "office-at-free-mail",
        "impossible-domain",
        "foreign-letters-domain",
    }
)
"""Signals that say that the address does not fit the name before it."""
_RULE = Line("", LineKind.RULE)
_BLANK = Line("")


class PaneTitle(NamedTuple):
    """The line above a pane: its name at the left, facts and keys at the right."""

    name: str
    facts: str = ""


class Page(NamedTuple):
    """A document, and the line where its text begins."""

    document: Document
    body: int = 0


EMPTY = Page(Lines(()))


class TextsInRow(NamedTuple):
    """The texts of a message that its row in the list shows in full."""

    sender: bool = False
    subject: bool = False


def card_page(
    entry: MessageEntry,
    notes: Iterable[Line],
    now: datetime,
    sentence: str = "",
    beside: TextsInRow | None = None,
    *,
    remedy: str = "",
) -> Page:
    """Return the card of a message that is not open; ``sentence`` says why its download failed.

    ``beside``: the texts that the row beside the card shows, and a short card leaves out;
    ``remedy``: the key to press if not even the header could be loaded.
    """
    lines = [*_warning("", printable_line(sentence)), _RULE] if sentence else []
    if entry.header is None and entry.problem:
        lines += [note(f"Message {entry.number}: its header can't be loaded.")]
        lines += [*_warning("", printable_line(entry.problem)), note(remedy)]
    elif entry.header is None or beside is None:
        lines += [*_card(entry, entry.header, "", now, zone=False), *notes]
    else:
        lines += [*_short_card(entry, entry.header, now, beside), *notes]
    return Page(Lines(lines), len(lines))


def group_page(group: Group[MessageEntry], by: GroupKey, now: datetime) -> Page:
    """Return the card of a group: how many messages, how large, how old, and the worst score."""
    return Page(Lines(list(_group_rows(group, by, now))))


def _group_rows(group: Group[MessageEntry], by: GroupKey, now: datetime) -> Iterator[Line]:
    yield row(by.value.capitalize(), printable_line(group.title))
    yield row("In it", amount(group.rows))
    if marked := [entry for entry in group.rows if entry.marked]:
        yield row("Marked", amount(marked))
    dates = [entry.header.date for entry in group.rows if entry.header and entry.header.date]
    if dates:
        yield row("Newest", long_date(max(dates), now, zone=False))
        yield row("Oldest", long_date(min(dates), now, zone=False))
    if group.worst is not None:
        yield row("Spam", f"at most {group.worst:.1f}/10")


def score_summary(entry: MessageEntry, threshold: float) -> Line:
    """Return a verdict such as ``SPAM     7.1 of 10 · threshold 5``."""
    if entry.score is None:
        return card_row("Score", "none yet: the header is not loaded")
    facts = f"{entry.score:.1f} of 10", f"threshold {threshold:g}"
    if entry.score >= threshold:
        return row("SPAM", " · ".join(facts), label_role=SpanRole.BADGE)
    kind = "newsletter" if entry.newsletter else "not spam"
    return row("Score", f"{facts[0]} · {kind} · {facts[1]}")


def reason_row(reason: Reason) -> Line:
    """``+3.0  sentence``, continued under the sentence."""
    points = f"{reason.weight:+.1f}".rjust(_LABEL_CELLS - 2)
    line = row(points, reason.sentence, label_role=SpanRole.POINTS)
    return line._replace(next=" " * _LABEL_CELLS)


def score_lines(
    entry: MessageEntry, reasons: Sequence[Reason], threshold: float, key: str, *, brief: bool
) -> Iterator[Line]:
    """Yield the score of a message for its card; nothing if no signal was found.

    ``key`` shows all reasons. ``brief``: the text follows and matters more, unless this is spam.
    """
    if entry.score is None or not (reasons or entry.newsletter):
        return
    summary = score_summary(entry, threshold)
    if brief and entry.score < threshold:
        yield summary._replace(text=f"{summary.text} · {key} shows why")
        return
    yield summary
    yield from map(reason_row, reasons[:MAX_CARD_REASONS])
    if len(reasons) > MAX_CARD_REASONS:
        more = len(reasons) - MAX_CARD_REASONS
        yield Line(f"{' ' * _LABEL_CELLS}{more} more · {key} shows all", LineKind.NOTE)


def short_score_lines(
    entry: MessageEntry, reasons: Sequence[Reason], threshold: float, key: str
) -> Iterator[Line]:
    """Yield the main reasons for a score that the list shows, and the score if there are more.

    ``key`` shows all reasons.
    """
    if entry.score is None or entry.score < MIN_SHOWN_SCORE:
        return
    is_spam = entry.score >= threshold
    if entry.newsletter and not is_spam:
        return
    more = len(reasons) - MAX_SHORT_CARD_REASONS
    if is_spam or more > 0:
        label, role = ("SPAM", SpanRole.BADGE) if is_spam else ("Score", SpanRole.LABEL)
        facts = f"{entry.score:.1f} of 10", *([f"{more} more: {key}"] if more > 0 else [])
        yield row(label, " · ".join(facts), label_role=role)
    yield from map(reason_row, reasons[:MAX_SHORT_CARD_REASONS])


def reading_page(
    entry: MessageEntry, parsed: ParsedMessage, body: Body, notes: Iterable[Line], now: datetime
) -> Page:
    """Return the page of a message: its card, remarks, the text, links, attachments."""
    return _page([*_card(entry, parsed.header, parsed.cc, now), *notes], parsed, body)


def header_page(
    fields: Iterable[Field], hops: Sequence[Hop], parsed: ParsedMessage | None, body: Body | None
) -> Page:
    """Return the page of a message with its whole header and its route."""
    head = [row(f"{name}:", value) for name, value in fields]
    if hops:
        head += [_BLANK, Line("Route, the first server first", LineKind.HEADING)]
        head += [line for number, hop in enumerate(hops, 1) for line in _hop(number, hop)]
    return _page(head, parsed, body)


def _page(head: list[Line], parsed: ParsedMessage | None, body: Body | None) -> Page:
    if parsed is None or body is None:
        return Page(Lines(head), len(head))
    head += [line for remark in (*parsed.remarks, *body.remarks) for line in _remark(remark)]
    head.append(_RULE)
    return Page(Lines([*head, *_text(body), *_below_text(parsed, body)]), len(head))


def _text(body: Body) -> Sequence[Line]:
    if not any(line.text.strip() for line in body.lines):
        return (note("(no text)"),)
    return body.lines if body.html else [numbered(line, body.links) for line in body.lines]


def _below_text(parsed: ParsedMessage, body: Body) -> Iterator[Line]:
    """Yield the lines below the text."""
    yield from _links(body)
    yield from _attachments(parsed.attachments)


def row(label: str, value: str, *spans: Span, label_role: SpanRole = SpanRole.LABEL) -> Line:
    """Return a line ``label value``, continued under the value. ``spans`` count from the value."""
    name = printable_line(label)
    head = f"{name:{_LABEL_CELLS - 1}} "
    margin = " " * min(len(head), _LABEL_CELLS)
    moved = (
        span._replace(start=len(head) + span.start, end=len(head) + span.end) for span in spans
    )
    all_spans = (Span(0, len(name), label_role), *moved)
    return Line(head + line_text(value), LineKind.CARD, 0, margin, all_spans)


def _card(
    entry: MessageEntry, header: Header | None, cc: str, now: datetime, *, zone: bool = True
) -> Iterator[Line]:
    """``zone``: add the sender's local time, if it differs."""
    if header is None:
        yield note(f"Message {entry.number}: its header is not loaded yet.")
        return
    subject = _value(header.subject)
    yield row("Subject", subject, Span(0, len(line_text(subject)), SpanRole.STRONG))
    yield _from(entry, header.from_)
    yield row("To", _value(header.to))
    if cc:
        yield row("Cc", _value(cc))
    words = _date(header, long_date(header.date, now, zone=zone)) or "none"
    yield row("Date", f"{words} · message {entry.number}")
    if entry.problem:
        yield from _warning("", printable_line(entry.problem))


def _short_card(
    entry: MessageEntry, header: Header, now: datetime, beside: TextsInRow
) -> Iterator[Line]:
    """Lines that may be missing come last, so that the others keep their places."""
    yield _from(entry, header.from_, named=not beside.sender)
    yield row("To", _value(header.to))
    yield row("Date", _date(header, short_date(header.date, now)) or "none")
    if not beside.subject:
        yield row("Subject", _value(header.subject))
    if entry.problem:
        yield from _warning("", printable_line(entry.problem))


def _date(header: Header, words: str) -> str:
    """Return the date in words, ``words``, with a note if it isn't the sender's own."""
    if not header.dated_by_server:
        return words
    if header.claimed_date is None:
        return f"{words} (when a server received it; the sender gave no readable date)"
    return f"{words} (when a server received it; the sender claims {header.claimed_date:%Y-%m-%d})"


def _value(text: str) -> str:
    return cut(printable_line(text), _VALUE_CELLS)


def _from(entry: MessageEntry, sender: Address, *, named: bool = True) -> Line:
    """The sender, ``named`` or the address alone; one that doesn't fit the name is highlighted."""
    name, address = _value(sender.name), _value(sender.address)
    if not (name and address):
        return row("From", _value(sender.shown))
    text = line_text(f"{name} <{address}>") if named else line_text(address)
    signals = entry.verdict.signals if entry.verdict else ()
    doubtful = any(signal.name in _DOUBTFUL_ADDRESS for signal in signals)
    start = len(text) - len(line_text(address)) - 2 * named
    spans = (Span(start, len(text), SpanRole.CAUTION),) if doubtful else ()
    return row("From", text, *spans)


def _remark(remark: Remark) -> Iterator[Line]:
    sentence = printable_line(remark.sentence)
    if remark.severity == "warning":
        yield from _warning("! ", sentence)
    else:
        yield Line(f"- {sentence}", LineKind.NOTE, 0, "  ")


def _warning(sign: str, sentence: str) -> Iterator[Line]:
    text = sign + line_text(sentence)
    following = " " * len(sign)
    yield Line(text, LineKind.TEXT, 0, following, (Span(0, len(text), SpanRole.WARNING),))


def _hop(number: int, hop: Hop) -> Iterator[Line]:
    words = [f"{name} {value}" for name, value in (("from", hop.from_), ("by", hop.by)) if value]
    took = "" if hop.delay is None else f"{hop.delay.total_seconds():+,.0f} s"
    when = "" if hop.when is None else f"{hop.when:%Y-%m-%d %H:%M:%S %z}"
    facts = filter(None, (" ".join(words), hop.protocol, when, took))
    yield Line(line_text(f"{number:>3}  " + "  ".join(facts)), LineKind.CARD, 0, " " * 5)


def _links(body: Body) -> Iterator[Line]:
    """Yield the links below the text; for plain text, which has them all, only those with a
    warning."""
    listed = [
        (number, link)
        for number, link in enumerate(body.links, start=1)
        if body.html or link.warning
    ]
    if listed:
        yield from (_BLANK, Line("Links", LineKind.HEADING))
    for number, link in listed:
        mark = f"[{number}]".rjust(5) + " "
        span = Span(len(mark.rstrip()) - len(f"[{number}]"), len(mark) - 1, SpanRole.LINK, number)
        warning = [*_warning(" " * 6 + "! ", printable_line(link.warning))] if link.warning else []
        target = Line(
            mark + printable_target(link.target), LineKind.CARD, 0, " " * len(mark), (span,)
        )
        long = len(link.target) > LONG_TARGET_CHARACTERS
        yield from (*warning, target) if long else (target, *warning)


def _attachments(parts: Iterable[Part]) -> Iterator[Line]:
    for number, part in enumerate(parts, start=1):
        if number == 1:
            yield from (_BLANK, Line("Attachments", LineKind.HEADING))
        facts = "  ".join(filter(None, part_facts(part)))
        yield Line(f"{number:>4}  {facts}", LineKind.CARD, 0, " " * 6)
        for warning in part.warnings:
            yield from _warning(" " * 6 + "! ", printable_line(warning))


def part_facts(part: Part) -> tuple[str, str, str]:
    """Return name, type and size of a part, printable; both types if the declared one is wrong."""
    from poptui.mail.mime.attachment_warnings import differs

    declared = printable_line(part.declared)
    actual = printable_line(part.actual)
    kind = f"{declared}, is {actual}" if differs(part.declared, part.actual) else declared
    name = with_stable_width(printable_line(part.name)) or "(no name)"
    kind = " ".join(filter(None, (kind or actual or "unknown type", printable_line(part.pixels))))
    return name, kind, size(part.octets)
