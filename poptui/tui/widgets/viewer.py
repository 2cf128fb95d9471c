"""The viewer: one message as plain text, drawn line by line as far as it is on screen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip

from poptui.maildrop.entry import Entry
from poptui.tui.widgets.page import (
    Block,
    Line,
    Role,
    card_page,
    fault_page,
    layout,
    progress_page,
    reading_page,
)
from poptui.tui.widgets.thrifty import ThriftyView, thumb

if TYPE_CHECKING:
    from poptui.mail.reading import Reading

_MARGIN = 1
_BLANK: Line = (("text", ""),)
_MEASURE = 100
"""Longer lines are hard to read, however wide the terminal is."""


class Viewer(ThriftyView, can_focus=True):
    """A card, a progress bar, an open message or a fault: whichever was shown last."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "viewer--label",
        "viewer--value",
        "viewer--text",
        "viewer--quote",
        "viewer--rule",
        "viewer--heading",
        "viewer--warning",
        "viewer--faint",
        "viewer--bar",
    }
    DEFAULT_CSS = """
    Viewer {
        background: $background;
        color: $foreground;
        & > .viewer--label { color: $foreground-muted; }
        & > .viewer--value { color: $foreground; }
        & > .viewer--text { color: $foreground; }
        & > .viewer--quote { color: $foreground-muted; }
        & > .viewer--rule { color: $foreground-muted; }
        & > .viewer--heading { color: $foreground; text-style: bold; }
        & > .viewer--warning { color: $text-warning; }
        & > .viewer--faint { color: $foreground-muted; }
        & > .viewer--bar { color: $foreground-muted; }
        &:focus > .viewer--bar { color: $primary; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._shown: Entry | None = None
        self._blocks: list[Block] = []
        self._lines: list[Line] = []

    @property
    def shown(self) -> Entry | None:
        """The message on show."""
        return self._shown

    def show_card(self, entry: Entry | None) -> None:
        """Show the header of a message that is not open, or nothing."""
        self._show(entry, card_page(entry, _now()) if entry else [])

    def show_progress(self, entry: Entry, octets: int, total: int) -> None:
        """Show how much of a message has come."""
        self._show(entry, progress_page(entry, octets, total, _now()))

    def show_reading(self, entry: Entry, reading: Reading) -> None:
        """Show an open message from its top."""
        self._show(entry, reading_page(entry, reading, _now()))

    def show_fault(self, entry: Entry, sentence: str) -> None:
        """Show why a message did not come."""
        self._show(entry, fault_page(entry, sentence, _now()))

    def line(self, rows: int) -> None:
        """Scroll by lines."""
        self._scroll(self.scroll_offset.y + rows)

    def page(self, direction: int) -> None:
        """Scroll by a page less one line, which stays as the place to read on from."""
        self.line(direction * max(1, self.size.height - 1))

    def top(self) -> None:
        """Scroll to the beginning."""
        self._scroll(0)

    def bottom(self) -> None:
        """Scroll to the end."""
        self._scroll(len(self._lines))

    def on_resize(self) -> None:
        """Other lines for another width, the same place in the text as far as can be."""
        first, total = self.scroll_offset.y, len(self._lines)
        self._lay_out()
        if total:
            self._scroll(first * len(self._lines) // total)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Line ``y`` of the widget."""
        index = self.scroll_offset.y + y
        line = self._lines[index] if index < len(self._lines) else _BLANK
        bar = y in thumb(self.size.height, len(self._lines), self.scroll_offset.y)
        left = self.size.width - _MARGIN - _cells(line) - 1
        text = self._style("text")
        segments = [
            Segment(" " * _MARGIN + line[0][1], self._style(line[0][0])),
            *(Segment(run, self._style(role)) for role, run in line[1:]),
            Segment(" " * left, text),
            Segment("▐" if bar else " ", self._style("bar") if bar else text),
        ]
        return Strip([segment for segment in segments if segment.text], self.size.width)

    def _style(self, role: Role | str) -> Style:
        return self.get_component_rich_style(f"viewer--{role}")

    def _show(self, entry: Entry | None, blocks: list[Block]) -> None:
        """Show ``blocks``, and draw only the lines that differ where the page stays the same."""
        stays = self.scroll_offset.y == 0
        before = self._lines
        self._shown, self._blocks = entry, blocks
        self._lay_out()
        if stays and len(before) == len(self._lines):
            self._refresh_changes(before)
        else:
            self._scroll(0)
            self.refresh()

    def _lay_out(self) -> None:
        width = min(self.size.width - 2 * _MARGIN - 1, _MEASURE)
        self._lines = layout(self._blocks, width)
        self.virtual_size = Size(self.size.width, len(self._lines))

    def _refresh_changes(self, before: list[Line]) -> None:
        """Draw the lines on screen that differ, each as far to the right as it reaches."""
        rows = zip(before[: self.size.height], self._lines, strict=False)
        for y, (old, new) in enumerate(rows):
            if old != new:
                reach = _MARGIN + max(_cells(old), _cells(new))
                self.refresh(Region(0, y, min(reach, self.size.width), 1))

    def _scroll(self, offset: int) -> None:
        last = max(0, len(self._lines) - self.size.height)
        self.scroll_to(y=max(0, min(offset, last)), animate=False, force=True)


def _cells(line: Line) -> int:
    return sum(cell_len(run) for _, run in line)


def _now() -> datetime:
    return datetime.now().astimezone()
