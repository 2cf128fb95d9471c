"""Convert an HTML body to lines of text, with numbered links that show their real targets.

An HTML5 parser reads the body, and the tree is walked without recursion. Scripts, styles, form
controls, hidden text and tracking pixels are left out and counted. Images are shown by their alt
text. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import TYPE_CHECKING

from poptui.mail.html.blocked_content import BlockedContent
from poptui.mail.html.css import Attributes, Declarations, StyleSheet, pictures_of
from poptui.mail.html.line_writer import QUOTE, TextWriter, collapsed
from poptui.mail.html.tables import aligned, holds_data
from poptui.mail.html.visibility import TextVisibility, is_hidden, is_pixel, shallow_part, tags
from poptui.mail.lines import Line, LineKind, SpanRole
from poptui.mail.link import MAX_LABEL_CHARACTERS, MAX_LINKS, Link, link, resolved
from poptui.mail.parsed_message import MAX_TEXT_CHARACTERS, Body
from poptui.patterns import lazy_pattern

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_HTML_CHARACTERS = 2_000_000
"""Maximum number of characters of HTML to parse."""
MAX_NODES = 250_000
"""Maximum number of nodes to visit, which takes a few seconds. A newsletter has about 5,000."""

_DROPPED = tags(
    "script style head title template noframes iframe frame object embed applet audio video canvas "
    "svg math input select textarea datalist progress meter link meta noembed"
)
_PARAGRAPHS = tags("p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote table hr figure")
_BLOCKS = tags(
    "div section article header footer main nav aside address center form fieldset legend tr "
    "caption dt dd li figcaption details summary body tbody thead tfoot"
)
_STRUCK = tags("s strike del")
_NUMERIC_SUPERSCRIPT = lazy_pattern(r"[\d.,+-]+")
"""A superscript that would merge with the number before it: 10^6 must not become 106."""
_BUTTONS = tags("submit button reset image")
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_LONG = "The HTML is very long; only its beginning is shown."
_DEEP = "The HTML is nested too deeply; from there on only its words are shown."

_IN_A_LINE = tags(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark nobr q s samp small "
    "span strike strong sub sup tt u var wbr"
)

Steps = list["LexborNode | Callable[[], None]"]


def html_body(html: str, first: int = 1) -> Body:
    """Convert ``html`` to text, numbering its links from ``first``.

    Takes linear time, and reads at most ``MAX_HTML_CHARACTERS`` characters.
    """
    from selectolax.lexbor import LexborHTMLParser

    bounded = shallow_part(html[:MAX_HTML_CHARACTERS])
    tree = LexborHTMLParser(bounded)
    sheet = _sheet(tree)
    walk = _Walk(first, sheet, _base(tree))
    _count_head_elements(tree, walk.blocked)
    for source in sheet.pictures:
        walk.blocked.background(source)
    if (body := tree.body) is not None:
        walk.walk(body)
    if len(html) > MAX_HTML_CHARACTERS or walk.is_full:
        walk.blocked.remark(_LONG)
    if rest := html[len(bounded) : MAX_HTML_CHARACTERS]:
        walk.blocked.remark(_DEEP)
        walk.add_words(rest)
    return Body(walk.writer.result(), True, tuple(walk.links), walk.blocked.remarks())


def _sheet(tree: object) -> StyleSheet:
    sheet = StyleSheet()
    for style in tree.css("style")[:20]:  # type: ignore[attr-defined]
        sheet.add(style.text(deep=True) or "")
    return sheet


def _base(tree: object) -> str:
    """Return the base URL of relative links, from the first ``base`` with an ``href``."""
    for node in tree.css("base")[:20]:  # type: ignore[attr-defined]
        if (href := node.attributes.get("href")) is not None:
            base = resolved(href)
            return f"https:{base}" if base[:2] == "//" else base
    return ""


def _count_head_elements(tree: object, blocked: BlockedContent) -> None:
    """Count what the head of the page would run or load by itself."""
    for node in tree.css("head > script, head > meta, head > link")[:100]:  # type: ignore[attr-defined]
        blocked.element(node.tag, node.attributes)


def _number(node: LexborNode, name: str) -> int | None:
    """Read an attribute as an integer of at most six digits."""
    value = (node.attributes.get(name) or "").strip()
    return int(value) if re.fullmatch(r"-?[0-9]{1,6}", value) else None


class _Label:
    """The text of the current link. Blanks are collapsed before it is cut."""

    def __init__(self, since: int) -> None:
        """``since``: how many lines there were before the link."""
        self.since = since
        self.text = ""

    def add(self, text: str) -> None:
        if len(self.text) >= MAX_LABEL_CHARACTERS:
            return
        text = collapsed(text)
        if text[:1] == " " and self.text[-1:] in ("", " "):
            text = text[1:]
        self.text += text[:MAX_LABEL_CHARACTERS]


class _Walk:
    """Walk the tree once: write the text and collect the links."""

    def __init__(self, first: int, sheet: StyleSheet, base: str = "") -> None:
        self.writer = TextWriter(MAX_TEXT_CHARACTERS)
        self.links: list[Link] = []
        self.blocked = BlockedContent()
        self._sheet = sheet
        self._visibility = (
            TextVisibility(background=None) if sheet.backgrounds else TextVisibility()
        )
        self._numbers: dict[Link, int] = {}
        self._first = first
        self._base = base
        self._label: _Label | None = None
        self._items: list[int | None] = []
        """The next item number of each open list, or None for a list with bullets."""
        self._rows: list[list[Line]] | None = None
        """The rows of the data table being read, or None outside one."""
        self._page = self.writer
        """The writer of the page. Inside a cell of a data table, ``writer`` is another one."""
        self._walked = 0

    @property
    def is_full(self) -> bool:
        """Whether the limit of nodes to visit or of text to write is reached."""
        return self._walked >= MAX_NODES or self._page.full

    def walk(self, root: LexborNode) -> None:
        """Walk depth first. The stack holds nodes to enter and functions to call on leaving."""
        todo: Steps = [root]
        while todo and not self.is_full:
            step = todo.pop()
            if callable(step):
                step()
                continue
            if step is not root and (sibling := step.next) is not None:
                todo.append(sibling)
            self._enter(step, todo)
        self.writer = self._page

    def add_words(self, html: str) -> None:
        """Append the words of HTML that is nested too deeply to lay out."""
        self.writer.paragraph()
        for line in strip_tags(html).split("\n"):
            self.writer.text(line)
            self.writer.line_break()

    def _enter(self, node: LexborNode, todo: Steps) -> None:
        self._walked += 1
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
        elif tag[:1] != "-":
            self._element(node, tag, todo)

    def _text(self, text: str) -> None:
        if not self._visibility.seen:
            self.blocked.text(text)
            return
        self.writer.text(text)
        if self._label is not None:
            self._label.add(text)

    def _element(self, node: LexborNode, tag: str, todo: Steps) -> None:
        attributes = node.attributes
        self.blocked.element(tag, attributes)
        self._backgrounds(attributes)
        if tag in _DROPPED:
            if tag == "input" and (attributes.get("type") or "").lower() in _BUTTONS:
                self._button(attributes)
            return
        style = self._sheet.of(tag, attributes)
        if tag == "img":
            self._image(attributes, style)
        elif tag == "area":
            self._area(attributes)
        elif is_hidden(style, attributes):
            self._hidden(node)
        else:
            self._open_visible(node, tag, attributes, style, todo)

    def _open_visible(
        self,
        node: LexborNode,
        tag: str,
        attributes: Attributes,
        style: Declarations,
        todo: Steps,
    ) -> None:
        visibility, label, rows, writer = self._visibility, self._label, self._rows, self.writer
        self._visibility = visibility.within(style, attributes)
        self._open(tag, node)
        if tag == "a" and self._leaves_page(attributes.get("href")):
            self._label = _Label(len(self.writer.lines))
        elif self._label is not None and tag not in _IN_A_LINE:
            self._label.add(" ")

        def leave() -> None:
            if self._label is not label:
                self._write_link_number(attributes.get("href") or "")
                self._label = label
            self._close(tag, rows, writer)
            self._visibility = visibility

        todo.append(leave)
        if (child := node.first_child) is not None:
            todo.append(child)

    def _leaves_page(self, href: str | None) -> bool:
        """Whether ``href`` leaves the page. With a ``base``, even a fragment does."""
        return href is not None and bool(self._base or href.strip()[:1] not in ("", "#"))

    def _hidden(self, root: LexborNode) -> None:
        """Count the hidden text and images below ``root``."""
        todo = [child] if (child := root.first_child) is not None else []
        while todo and not self.is_full:
            node = todo.pop()
            self._walked += 1
            if (sibling := node.next) is not None:
                todo.append(sibling)
            tag = node.tag or ""
            if tag == "-text":
                self.blocked.text(node.text_content or "")
            elif tag == "img":
                self.blocked.picture(node.attributes.get("src") or "", is_pixel=True)
            elif tag not in _DROPPED and (child := node.first_child) is not None:
                todo.append(child)

    def _open(self, tag: str, node: LexborNode) -> None:
        writer = self.writer
        if tag == "br":
            writer.line_break()
        elif tag in ("td", "th"):
            self._open_cell()
        elif tag == "li":
            mark = self._item_mark(node)
            writer.indent(" " * len(mark), mark)
        elif tag in _PARAGRAPHS:
            self._open_paragraph(tag, node)
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag in _BLOCKS:
            writer.block()
        if tag == "dd":
            writer.indent("    ")
        elif tag == "button":
            writer.text(" [")
        elif tag in _STRUCK:
            writer.text("~~")
        elif tag == "sup" and _NUMERIC_SUPERSCRIPT.fullmatch(node.text(deep=True)[:40].strip()):
            writer.text("^")

    def _open_cell(self) -> None:
        if self._rows is None:
            self.writer.separate_cell()
        else:
            self.writer = TextWriter(10_000, inline=True)

    def _open_paragraph(self, tag: str, node: LexborNode) -> None:
        if tag in ("ul", "ol"):
            self._open_list(tag, node)
            return
        self.writer.paragraph()
        if tag in _HEADINGS:
            self.writer.kind = LineKind.HEADING
            self.writer.before = _HEADINGS[tag]
        elif tag == "blockquote":
            self.writer.indent(QUOTE)
        elif tag == "pre":
            self.writer.preformatted += 1
        elif tag == "hr":
            self.writer.add([Line("-" * 40, LineKind.RULE)])
        elif tag == "table" and self._rows is None and holds_data(node):
            self._rows = []

    def _open_list(self, tag: str, node: LexborNode) -> None:
        if self._items:
            self.writer.block()
        else:
            self.writer.paragraph()
        start = _number(node, "start")
        self._items.append((1 if start is None else start) if tag == "ol" else None)

    def _item_mark(self, node: LexborNode) -> str:
        number = self._items[-1] if self._items else None
        if number is None:
            return "- "
        if (own := _number(node, "value")) is not None:
            number = own
        self._items[-1] = number + 1
        return f"{number}. "

    def _close(self, tag: str, rows: list[list[Line]] | None, writer: TextWriter) -> None:
        """Leave an element. ``rows`` and ``writer`` are those from before it."""
        if writer is not self.writer:
            cell = self.writer.result()
            self.writer = writer
            if self._rows:
                self._rows[-1].append(cell[0] if cell else Line(""))
            return
        if rows is not self._rows:
            writer.add(aligned(self._rows or []))
            self._rows = rows
        if tag in ("ul", "ol"):
            self._items.pop()
        if tag in ("li", "dd", "blockquote"):
            writer.outdent()
        if tag in _PARAGRAPHS and not self._items:
            writer.paragraph()
        elif tag in _PARAGRAPHS or tag in _BLOCKS:
            writer.block()
        if tag == "pre":
            writer.preformatted -= 1
        elif tag in _HEADINGS:
            writer.kind, writer.before = LineKind.TEXT, ""
        elif tag == "button":
            writer.text("]")
        elif tag in _STRUCK:
            writer.text("~~")

    def _image(self, attributes: Attributes, style: Declarations) -> None:
        small = is_pixel(attributes, style)
        self.blocked.picture(attributes.get("src") or "", is_pixel=small)
        if small:
            return
        if name := " ".join((attributes.get("alt") or "").split()):
            self._text(f"[{name}]")
        elif self._label is not None and not self._label.text.strip():
            self._text("[image]")

    def _area(self, attributes: Attributes) -> None:
        """Write a link of an image map."""
        href = attributes.get("href")
        if href is None or not self._leaves_page(href):
            return
        name = " ".join((attributes.get("alt") or attributes.get("title") or "").split())
        before, self._label = self._label, _Label(len(self.writer.lines))
        self.writer.text(" ")
        self._text(f"[{name or 'part of a picture'}]")
        self._write_link_number(href)
        self._label = before

    def _button(self, attributes: Attributes) -> None:
        name = " ".join((attributes.get("value") or attributes.get("alt") or "").split())
        if name:
            self.writer.text(" ")
            self._text(f"[{name}]")

    def _backgrounds(self, attributes: Attributes) -> None:
        """Count the background images of an element."""
        if source := attributes.get("background"):
            self.blocked.background(source)
        for source in pictures_of(attributes.get("style") or ""):
            self.blocked.background(source)

    def _write_link_number(self, href: str) -> None:
        """Write the number of the link after its text. Equal links share one number."""
        found = link(self._label.text if self._label else "", href, self._base)
        if found not in self._numbers:
            if len(self.links) >= MAX_LINKS:
                self.blocked.remark(f"Only the first {MAX_LINKS} links are listed.")
                return
            self._numbers[found] = self._first + len(self.links)
            self.links.append(found)
        number = self._numbers[found]
        label = self._label
        since = label.since if label is not None and label.text.strip() else None
        if found.warning:
            self.writer.mark(f"[{number}]!", SpanRole.WARNING, number, since=since)
        else:
            self.writer.mark(f"[{number}]", SpanRole.LINK, number, since=since)


# --- words without layout

_INVISIBLE = lazy_pattern(r"<(script|style|title)\b.*?(?:</\1|\Z)", re.IGNORECASE | re.DOTALL)
_BREAKS = lazy_pattern(r"<(?:br|/?p|/?div|/?tr|/?li|/?h\d|/?table)\b[^>]{0,2000}>", re.IGNORECASE)
_TAG = lazy_pattern(r"<[^>]{0,5000}>")
_BLANKS = lazy_pattern(r"[ \t]+")
_GAPS = lazy_pattern(r"\n\s*\n\s*")
_MAX_STRIPPED_CHARS = 500_000


def strip_tags(html: str) -> str:
    """Return the words of ``html`` in order, including hidden ones. Takes linear time."""
    text = _INVISIBLE.sub(" ", html[:_MAX_STRIPPED_CHARS])
    text = _TAG.sub(" ", _BREAKS.sub("\n", text.replace("\r", "").replace("\n", " ")))
    return _GAPS.sub("\n\n", _BLANKS.sub(" ", unescape(text))).strip()
