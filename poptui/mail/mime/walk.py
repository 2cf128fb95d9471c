"""Decide which parts of a message are its text, in which forms, and which are attachments."""

from __future__ import annotations

from functools import partial

from poptui.mail.body_text import decode_body, html_charset
from poptui.mail.calendar import calendar_card
from poptui.mail.delivery import delivery_card, notification_card
from poptui.mail.html.to_text import html_body
from poptui.mail.lines import Line, note
from poptui.mail.mime.alternatives import BodyMaker, Segment, is_empty_beside, joined
from poptui.mail.mime.attachments import CALENDARS, attachment_of, without_files
from poptui.mail.mime.part_header import PartHead
from poptui.mail.mime.signed_data import CmsType, read_cms
from poptui.mail.mime.structure import (
    MAX_DELIMITER_BYTES,
    MAX_PARTS,
    Node,
    Octets,
    parse,
    recovered,
)
from poptui.mail.mime.text_part import RETURNED_HEADERS, decoded_text
from poptui.mail.parsed_message import Body, Part, Remark, Severity, first_lines
from poptui.mail.plain import fixed_lines, plain_body

_PROGRAM_SUBTYPES = frozenset({"csv", "vcard", "x-vcard", "directory", "rtf", "x-amp-html", "xml"})
"""Subtypes of ``text/`` that are meant for programs."""
_MESSAGES = ("message/rfc822", "message/global", "message/partial", "message/external-body")
_REPORTS = {
    "message/delivery-status": delivery_card,
    "message/global-delivery-status": delivery_card,
    "message/disposition-notification": notification_card,
    "message/global-disposition-notification": notification_card,
}


_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_MAX_WRAPPED = 3
"""Maximum nesting of signed messages; RFC 8551 describes two. Each is a copy of its content."""
_CMS_REMARKS = {
    CmsType.ENCRYPTED: "The message is encrypted with S/MIME; it cannot be read here.",
    CmsType.COMPRESSED: "The message is compressed with S/MIME, which is not opened here;"
    " it is among the attachments.",
    CmsType.OTHER: "An S/MIME part could not be read; it is among the attachments.",
}
_CMS_TYPES = {
    "signed-data": CmsType.SIGNED,
    "enveloped-data": CmsType.ENCRYPTED,
    "authenveloped-data": CmsType.ENCRYPTED,
    "compressed-data": CmsType.COMPRESSED,
}
"""By the smime-type parameter (RFC 8551 section 3.2.2), for content that can't be read."""
_WRAPPED = "The message is wrapped in an S/MIME signature, which is not verified."
_NO_CONTENT = (
    "The message is wrapped in an S/MIME signature, and no text was found in it;"
    " it is among the attachments."
)
_AMP = "text/x-amp-html"
"""A third form of the text that only a few web mail clients use."""
_TNEF = "application/ms-tnef"
_OUTLOOK = (
    "An attachment (winmail.dat) is in Outlook's own format, TNEF, which is not opened here;"
    " files may be inside. Ask the sender for plain text or HTML."
)


class PartWalk:
    """One walk through a tree of parts, which lie in ``octets``."""

    def __init__(
        self, octets: Octets, *, complete: bool = True, stored: bool = True, wrapped: int = 0
    ) -> None:
        """``stored``: ``octets`` is the message itself, not something decoded from it.

        ``wrapped``: the number of S/MIME signatures around ``octets``.
        """
        self.attachments: list[Part] = []
        self.remarks: dict[Remark, None] = {}
        self._attached_texts: list[Node] = []
        self._cards: set[tuple[Line, ...]] = set()
        self._octets, self._complete, self._stored = octets, complete, stored
        self._wrapped = wrapped

    def segments(self, node: Node) -> list[Segment]:
        """Return the texts of ``node``, and collect attachments and remarks."""
        self.remark(_protection(node.head), Severity.NOTE)
        if node.children:
            return self._inner(node)
        if self._is_empty(node):
            return []
        if node.multipart and (found := self._recovered(node)) is not None:
            return found
        return self._leaf(node)

    def attached_text(self) -> list[Segment]:
        """Return the text of a message whose only text is declared an attachment."""
        if len(self._attached_texts) != 1:
            return []
        return [self._text(self._attached_texts[0], attach=False)]

    def remark(self, sentence: str, severity: Severity = Severity.BROKEN) -> None:
        if sentence:
            self.remarks.setdefault(Remark(sentence, severity))

    def _inner(self, node: Node) -> list[Segment]:
        if node.kind == "multipart/alternative":
            return self._alternative(node)
        if node.kind == "multipart/related":
            return self._related(node)
        return [segment for child in node.children[:MAX_PARTS] for segment in self.segments(child)]

    def _alternative(self, node: Node) -> list[Segment]:
        """Pair the last plain form with the last HTML form; cards go before them."""
        forms = [self.segments(child) for child in node.children[:MAX_PARTS]]
        plain = [form for form in forms if form and not any(segment.html for segment in form)]
        html = [form for form in forms if any(segment.html for segment in form)]
        cards = [form for form in plain if all(segment.card for segment in form)]
        plain = [form for form in plain if form not in cards]
        before = [segment for form in cards for segment in form]
        plain = [form for form in plain if any(segment.usual for segment in form)] or plain
        if not (plain and html):
            return before + (plain or html or [[]])[-1]
        return [*before, *_paired(plain[-1], html[-1])]

    def _related(self, node: Node) -> list[Segment]:
        """Show the root part, the first or the one in ``start``, and attach what it refers to."""
        start = node.head.type.get("start").strip(" <>")
        children = node.children[:MAX_PARTS]
        named = (child for child in children if start and child.head.content_id == start)
        root = next(named, None) or next(filter(self._may_be_text, children), children[0])
        found: list[Segment] = []
        for child in children:
            if child is root:
                found = self.segments(child)
            elif child.children or (not child.head.file_name and child.kind == "text/html"):
                found += self.segments(child)
            else:
                self._attach(child, inline=bool(child.head.content_id or child.head.location))
        return found

    def _may_be_text(self, node: Node) -> bool:
        if node.children:
            return True
        text = _is_text(node.kind) and node.kind != "text/calendar"
        return text and not self._is_empty(node)

    def _is_empty(self, node: Node) -> bool:
        """Whether it is a multipart that has nothing but its closing delimiter."""
        if node.children or not node.multipart or node.end - node.start > MAX_DELIMITER_BYTES:
            return False
        closing = f"--{node.head.boundary}--".encode("utf-8", "replace")
        return self._octets[node.start : node.end].strip() == closing

    def _recovered(self, node: Node) -> list[Segment] | None:
        octets, sentences = recovered(self._octets, node, complete=self._complete)
        for sentence in sentences:
            self.remark(sentence)
        if not node.children:
            return None
        if octets is self._octets:
            return self._inner(node)
        walk = PartWalk(octets, complete=self._complete, stored=False, wrapped=self._wrapped)
        return self._adopt(walk, node)

    def _adopt(self, walk: PartWalk, node: Node) -> list[Segment]:
        """Walk through parts that lie in other octets, and add what is found there."""
        found = walk.segments(node) or walk.attached_text()
        self.attachments += walk.attachments
        self.remarks |= walk.remarks
        return found

    def _unwrapped(self, node: Node) -> list[Segment]:
        """Return the texts of an S/MIME part that is signed but not encrypted."""
        self._attach(node)
        kind, content = read_cms(decoded_text(self._octets, node).octets)
        if kind is CmsType.OTHER:
            kind = _CMS_TYPES.get(node.head.type.get("smime-type").lower(), kind)
        if kind is not CmsType.SIGNED:
            self.remark(_CMS_REMARKS[kind], Severity.NOTE)
            return []
        if not content.strip() or self._wrapped >= _MAX_WRAPPED:
            self.remark(_NO_CONTENT, Severity.NOTE)
            return []
        self.remark(_WRAPPED, Severity.NOTE)
        root, sentences = parse(content, complete=self._complete)
        for sentence in sentences:
            self.remark(sentence)
        walk = PartWalk(content, complete=self._complete, stored=False, wrapped=self._wrapped + 1)
        return self._adopt(walk, root)

    def _leaf(self, node: Node) -> list[Segment]:
        kind = node.kind
        if kind == _AMP and not node.head.file_name:
            return []
        if kind in _SMIME:
            return self._unwrapped(node)
        if _is_calendar(node):
            self._attach(node)
            return self._calendar(node)
        if node.head.disposition.value == "attachment":
            self._attach(node)
            if kind in ("text/plain", "text/html"):
                self._attached_texts.append(node)
            return []
        if kind in _REPORTS:
            return [_card(_REPORTS[kind](decoded_text(self._octets, node).octets))]
        if _is_text(kind):
            return [self._text(node)]
        self._attach(node)
        if kind in _MESSAGES:
            return [_card((note(_enclosed(self.attachments[-1])),))]
        return []

    def _attach(self, node: Node, *, inline: bool = False) -> None:
        part = attachment_of(self._octets, node, inline=inline, stored=self._stored)
        self.attachments.append(part)
        if _TNEF in (part.actual, part.declared):
            self.remark(_OUTLOOK, Severity.NOTE)

    def _calendar(self, node: Node) -> list[Segment]:
        card = calendar_card(self._decoded(node, node.head.charset or "utf-8"))
        if not card or card in self._cards:
            return []
        self._cards.add(card)
        return [_card(card)]

    def _text(self, node: Node, *, attach: bool = True) -> Segment:
        if node.head.file_name and attach:
            self._attach(node, inline=True)
        if node.kind in ("text/html", "application/xhtml+xml"):
            html = self._decoded(node, "", html=True)
            return Segment(html=partial(html_body, html), source=html)
        text = self._decoded(node, node.head.charset)
        if node.kind in RETURNED_HEADERS:
            lines = (
                note("[the header of the message that this is about]"),
                *fixed_lines(first_lines(text)[0]),
            )
            return Segment(plain=partial(_fixed, lines), source=text)
        if not node.head.encoding.startswith(("base", "quoted")):
            text = self._without_files(node, text)
        self._note_pgp(text)
        flowed = node.head.type.get("format").lower() == "flowed"
        delsp = node.head.type.get("delsp").lower() == "yes"
        usual = node.kind == "text/plain"
        body = partial(plain_body, text, flowed=flowed, delsp=delsp)
        return Segment(body, source=text, usual=usual)

    def _decoded(self, node: Node, charset: str, *, html: bool = False) -> str:
        decoded = decoded_text(self._octets, node)
        self.remark(decoded.remark)
        if html:
            charset = html_charset(decoded.octets, node.head.charset)
        text = decode_body(decoded.octets, charset, cut=node.cut)
        self.remark(text.remark)
        return text.text

    def _without_files(self, node: Node, text: str) -> str:
        text, files = without_files(self._octets, node, text)
        self.attachments += files if self._stored else ()
        return text

    def _note_pgp(self, text: str) -> None:
        if "-----BEGIN PGP SIGNED MESSAGE-----" in text:
            self.remark(
                "The text is signed with PGP; the signature is not verified.", Severity.NOTE
            )
        elif "-----BEGIN PGP MESSAGE-----" in text:
            self.remark("The text is encrypted with PGP; it cannot be read here.", Severity.NOTE)


def _enclosed(part: Part) -> str:
    """Return a line about a message, or what stands for one, that is among the attachments."""
    if part.declared == "message/partial":
        return "[a piece of a message that was sent in several; among the attachments]"
    if part.declared == "message/external-body":
        return f"[a reference to a file elsewhere: {part.name or 'no name'}; among the attachments]"
    return f"[enclosed message: {part.name or 'no subject'}; among the attachments, to be opened]"


def _is_calendar(node: Node) -> bool:
    """Whether it is an invitation, even if it is attached or its declared type is generic."""
    if node.kind in CALENDARS:
        return True
    vague = node.kind in ("application/octet-stream", "text/plain")
    return vague and node.head.file_name.lower().endswith(".ics")


def _is_text(kind: str) -> bool:
    """Whether it is shown as text. A multipart whose boundary is missing is one piece of text."""
    main, _, sub = kind.partition("/")
    if kind in RETURNED_HEADERS or kind == "application/xhtml+xml":
        return True
    return main == "multipart" or (main == "text" and sub not in _PROGRAM_SUBTYPES)


def _card(lines: tuple[Line, ...]) -> Segment:
    return Segment(plain=partial(_fixed, lines), card=True)


def _fixed(lines: tuple[Line, ...], first: int) -> Body:
    return Body(lines)


def _paired(plain: list[Segment], html: list[Segment]) -> list[Segment]:
    """Combine the plain and the HTML form of the same text."""
    plain_text, html_text = (
        "".join(segment.source for segment in plain),
        "".join(segment.source for segment in html),
    )
    if not plain_text.strip():
        return html
    useless = is_empty_beside(plain_text, html_text)
    return [
        Segment(_together(plain), _together(html), useless, html_text if useless else plain_text)
    ]


def _together(segments: list[Segment]) -> BodyMaker:
    return lambda first: joined((segment.plain or segment.html for segment in segments), first)


def _protection(head: PartHead) -> str:
    """Return a sentence if a multipart is signed or encrypted. Nothing is verified here."""
    if head.kind == "multipart/signed":
        way = "S/MIME" if "pkcs7" in head.type.get("protocol").lower() else "PGP"
        return f"The message is signed with {way}; the signature is not verified."
    if head.kind == "multipart/encrypted":
        return "The message is encrypted with PGP; it cannot be read here."
    return ""
