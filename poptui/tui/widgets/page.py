"""What the viewer shows, as blocks of clean text, and the blocks as lines of a width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from poptui.mail.header import Address, Header
from poptui.maildrop.entry import Entry
from poptui.printable import printable, printable_line
from poptui.tui.format import cut, long_date, size, steady
from poptui.tui.widgets.wrapping import wrap

if TYPE_CHECKING:
    from poptui.mail.link import Link
    from poptui.mail.reading import Part, Reading

Role = Literal["label", "value", "text", "quote", "rule", "heading", "warning", "faint"]
Line = tuple[tuple[Role, str], ...]
"""One line of the screen: runs of clean text, each of one role."""

HINT = "Enter opens it"
_VALUE_CELLS = 400
"""Of a recipient list this much is shown."""
_BAR_CELLS = 20
_EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a whole text: lines of one role, behind a label if there is one."""

    role: Role
    text: str = ""
    label: str = ""

    def lines(self, cells: int) -> Iterator[Line]:
        """The block in lines of at most ``cells`` cells."""
        if self.role == "rule":
            yield (("rule", "─" * cells),)
        elif self.label:
            yield from self._labelled(cells)
        else:
            for line in self.text.split("\n"):
                role = "quote" if self.role == "text" and line.startswith(">") else self.role
                for part in wrap(line, cells):
                    yield ((role, part),)

    def _labelled(self, cells: int) -> Iterator[Line]:
        label = self.label
        for part in wrap(self.text, max(2, cells - len(label))):
            yield (("label", label), (self.role, part))
            label = " " * len(label)


def layout(blocks: Iterable[Block], cells: int) -> list[Line]:
    """All blocks as lines of at most ``cells`` cells."""
    return [line for block in blocks for line in block.lines(max(2, cells))]


def card_page(entry: Entry, now: datetime) -> list[Block]:
    """The header of a message that is not open."""
    card = _card(entry, entry.header, "", now, zone=False)
    return [*card, Block("text"), Block("faint", HINT)]


def progress_page(entry: Entry, octets: int, total: int, now: datetime) -> list[Block]:
    """A message on its way."""
    return [*_card(entry, entry.header, "", now), Block("rule"), Block("text", bar(octets, total))]


def fault_page(entry: Entry, sentence: str, now: datetime) -> list[Block]:
    """A message that did not come, and why."""
    card = _card(entry, entry.header, "", now)
    return [*card, Block("rule"), Block("warning", printable_line(sentence))]


def reading_page(entry: Entry, reading: Reading, now: datetime) -> list[Block]:
    """An open message: what is broken in it, the card, the text, links, attachments."""
    remarks = (*reading.remarks, *reading.body.remarks)
    text = steady(printable(reading.body.text)).strip("\n")
    return [
        *(Block("faint", printable_line(trouble.sentence)) for trouble in remarks),
        *_card(entry, reading.header, reading.cc, now),
        Block("rule"),
        Block("text", text) if text.strip() else Block("faint", "(no text)"),
        *_links(reading.body.links),
        *_attachments(reading.attachments),
    ]


def bar(octets: int, total: int) -> str:
    """``▕████    ▏ 123 of 275 kB   Esc stops``; more than was announced fills the bar."""
    eighths = _BAR_CELLS * 8 * min(octets, total) // total if total > 0 else 0
    full, rest = divmod(eighths, 8)
    filled = ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_BAR_CELLS)
    return f"▕{filled}▏ {_of(size(octets), size(total))}   Esc stops"


def _of(done: str, total: str) -> str:
    """``123 of 275 kB``: the unit once where it is the same."""
    number, unit = done.split(" ")
    return f"{number if total.endswith(' ' + unit) else done} of {total}"


def _card(
    entry: Entry, header: Header | None, cc: str, now: datetime, *, zone: bool = True
) -> Iterator[Block]:
    """``zone``: the date with the sender's own clock, where that is another."""
    if header is None:
        said = printable_line(entry.trouble)
        yield Block("faint", said or f"Message {entry.number}: its header is not here yet.")
        return
    for label, value in (
        ("From", _address(header.from_)),
        ("To", header.to),
        ("Cc", cc),
        ("Date", long_date(header.date, now, zone=zone)),
        ("Subject", header.subject),
    ):
        if value or label != "Cc":
            yield Block("value", cut(printable_line(value), _VALUE_CELLS), label.ljust(9))
    if entry.trouble:
        yield Block("warning", printable_line(entry.trouble))


def _address(address: Address) -> str:
    if address.name and address.address:
        return f"{address.name} <{address.address}>"
    return address.shown


def _links(links: Iterable[Link]) -> Iterator[Block]:
    for number, link in enumerate(links, start=1):
        if number == 1:
            yield from (Block("text"), Block("heading", "Links"))
        yield Block("value", printable_line(link.target), f"[{number}]".rjust(5) + " ")
        if link.warning:
            yield Block("warning", f"! {printable_line(link.warning)}", " " * 6)


def _attachments(parts: Iterable[Part]) -> Iterator[Block]:
    for number, part in enumerate(parts, start=1):
        if number == 1:
            yield from (Block("text"), Block("heading", "Attachments"))
        kind = printable_line(part.declared)
        name = printable_line(part.name) or "(no name)"
        yield Block("value", f"{name}  {kind}  {size(part.octets)}", f"{number}".rjust(4) + "  ")
