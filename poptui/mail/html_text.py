"""An HTML body to plain text with numbered links that tell their true targets.

Parsed by a real HTML5 parser and walked without recursion. Scripts, styles, form controls,
hidden text and tracking pixels are left out; images are named, nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from poptui.mail.html_style import hidden, pixel, shallow_part, sized_to_nothing, tags
from poptui.mail.link import Link, link
from poptui.mail.text_writer import TextWriter

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_HTML = 2_000_000
"""Characters of HTML that are parsed."""
MAX_NODES = 250_000
"""Elements and texts that are walked through, some seconds of work; newsletters have 5,000."""
MAX_TEXT = 2_000_000
MAX_LINKS = 2_000
_MAX_LINK_TEXT = 300
_MAX_REMARKS = 10

_DROPPED = tags(
    "script style head title template noframes iframe object embed applet audio video canvas svg "
    "math map input select textarea button datalist progress meter"
)
_PARAGRAPHS = tags("p h1 h2 h3 h4 h5 h6 ul ol dl pre blockquote table hr figure")
_BLOCKS = tags(
    "div section article header footer main nav aside address center form fieldset legend tr "
    "caption dt dd li figcaption details summary body tbody thead tfoot"
)
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}


def html_to_text(html: str, first: int = 1) -> tuple[str, tuple[Link, ...], tuple[str, ...]]:
    """The text of ``html``, its links (numbered from ``first`` in the text), what was cut or left.

    The third value holds full sentences. Takes time in proportion to the length, which is
    limited to ``MAX_HTML`` characters.
    """
    from selectolax.lexbor import LexborHTMLParser

    bounded = shallow_part(html[:MAX_HTML])
    reader = _Reader(first)
    if (body := LexborHTMLParser(bounded).body) is not None:
        reader.walk(body)
    if len(html) > MAX_HTML or reader.weary:
        reader.remarks.append("The HTML is very long; only its beginning is shown.")
    if len(bounded) < min(len(html), MAX_HTML):
        reader.remarks.append("The HTML is nested too deeply and is shown only up to there.")
    return reader.writer.result(), tuple(reader.links), tuple(reader.remarks)


class _Reader:
    """One walk through a tree: text to the writer, links aside."""

    def __init__(self, first: int) -> None:
        self.writer = TextWriter(MAX_TEXT)
        self.links: list[Link] = []
        self.remarks: list[str] = []
        self._numbers: dict[Link, int] = {}
        self._first = first
        self._label: list[str] | None = None
        self._unseen = False
        self._items: list[int | None] = []
        self._walked = 0

    @property
    def weary(self) -> bool:
        """As much was walked through, or written, as is ever shown."""
        return self._walked >= MAX_NODES or self.writer.full

    def walk(self, root: LexborNode) -> None:
        """Depth first, by a stack of nodes to enter and of what to do on leaving them."""
        todo: list[LexborNode | Callable[[], None]] = [root]
        while todo and not self.weary:
            step = todo.pop()
            if callable(step):
                step()
                continue
            if step is not root and (sibling := step.next) is not None:
                todo.append(sibling)
            self._enter(step, todo)

    def _enter(self, node: LexborNode, todo: list[LexborNode | Callable[[], None]]) -> None:
        self._walked += 1
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
        elif tag not in _DROPPED and tag[:1] != "-":
            self._element(node, tag, todo)

    def _text(self, text: str) -> None:
        if self._unseen:
            return
        self.writer.text(text)
        if self._label is not None and len(self._label) < _MAX_LINK_TEXT:
            self._label.append(text[:_MAX_LINK_TEXT])

    def _element(
        self, node: LexborNode, tag: str, todo: list[LexborNode | Callable[[], None]]
    ) -> None:
        attributes = node.attributes
        if hidden(attributes):
            return
        unseen = self._unseen
        self._unseen = sized_to_nothing(attributes, unseen)
        self._open(tag, attributes)
        label = self._label
        if tag == "a" and (attributes.get("href") or "#")[0] != "#":
            self._label = []

        def leave() -> None:
            if self._label is not label:
                self._refer(attributes.get("href") or "")
                self._label = label
            self._close(tag)
            self._unseen = unseen

        todo.append(leave)
        if (child := node.first_child) is not None:
            todo.append(child)

    def _open(self, tag: str, attributes: dict[str, str | None]) -> None:
        writer = self.writer
        if tag == "br":
            writer.line_break()
        elif tag == "img":
            self._image(attributes)
        elif tag in ("td", "th"):
            writer.separate_cell()
        elif tag == "li":
            mark = self._item_mark()
            writer.indent(" " * len(mark), mark)
        elif tag in _PARAGRAPHS:
            self._open_paragraph(tag, attributes)
        elif tag in _BLOCKS:
            writer.block()
        if tag == "form":
            self._form(attributes)
        elif tag == "dd":
            writer.indent("    ")

    def _open_paragraph(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag in ("ul", "ol"):
            self._open_list(tag)
            return
        self.writer.paragraph()
        if tag in _HEADINGS:
            self.writer.text(_HEADINGS[tag])
        elif tag == "blockquote":
            self.writer.indent("> ")
        elif tag == "pre":
            self.writer.preformatted += 1
        elif tag == "hr":
            self.writer.text("-" * 40)

    def _open_list(self, tag: str) -> None:
        if self._items:
            self.writer.block()
        else:
            self.writer.paragraph()
        self._items.append(0 if tag == "ol" else None)

    def _item_mark(self) -> str:
        number = self._items[-1] if self._items else None
        if number is None:
            return "- "
        self._items[-1] = number + 1
        return f"{number + 1}. "

    def _close(self, tag: str) -> None:
        writer = self.writer
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

    def _image(self, attributes: dict[str, str | None]) -> None:
        if pixel(attributes):
            return
        if name := " ".join((attributes.get("alt") or "").split()):
            self._text(f"[{name}]")
        elif self._label is not None and not self._label:
            self._text("[image]")

    def _form(self, attributes: dict[str, str | None]) -> None:
        action = link("", attributes.get("action") or "").target
        leads = f" to {action}" if action else ""
        self._remark(f"The message holds a form{leads}; it is not shown as one.")

    def _remark(self, sentence: str) -> None:
        if sentence not in self.remarks and len(self.remarks) < _MAX_REMARKS:
            self.remarks.append(sentence)

    def _refer(self, href: str) -> None:
        """The number of the link behind its text; the same link has the same number."""
        found = link(" ".join("".join(self._label or ()).split())[:_MAX_LINK_TEXT], href)
        if found not in self._numbers:
            if len(self.links) >= MAX_LINKS:
                self._remark(f"Only the first {MAX_LINKS} links are listed.")
                return
            self._numbers[found] = self._first + len(self.links)
            self.links.append(found)
        self.writer.text(f" [{self._numbers[found]}]")
