"""The viewer: shows a message under a title, drawn line by line, only what is on screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from poptui.mail.lines import Line, LineKind
from poptui.mailbox.entry import MessageEntry
from poptui.printable import printable_line
from poptui.text.cells import cell_width
from poptui.tui.reading.pages import EMPTY, Page, PaneTitle
from poptui.tui.reading.search import Match, Search
from poptui.tui.reading.viewport import Place, TextSelection, Viewport, ViewportRow, place_at
from poptui.tui.widgets.frame import FRAME_CLASSES, Frame, frame_styles
from poptui.tui.widgets.line_widget import LineWidget

_MARGIN_CELLS = 1
_WHEEL_LINES = 3
_LOOK: dict[LineKind, str] = {
    LineKind.TEXT: "text",
    LineKind.FIXED: "text",
    LineKind.HEADING: "heading",
    LineKind.SIGNATURE: "faint",
    LineKind.RULE: "faint",
    LineKind.NOTE: "faint",
    LineKind.CARD: "text",
}
StyledRange = tuple[int, int, str]
"""A part of a line with a style of its own: start, end and role."""


class Viewer(LineWidget, can_focus=True):
    """Shows a page and scrolls in it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "viewer--text",
        "viewer--label",
        "viewer--faint",
        "viewer--quote",
        "viewer--quote-odd",
        "viewer--heading",
        "viewer--link",
        "viewer--warning",
        "viewer--strong",
        "viewer--badge",
        "viewer--points",
        "viewer--caution",
        "viewer--match",
        "viewer--match-current",
        "viewer--bar",
        *FRAME_CLASSES,
    }
    DEFAULT_CSS = (
        frame_styles("Viewer")
        + """
    Viewer {
        width: 1fr; height: 1fr;
        background: $background;
        color: $foreground;
        & > .viewer--text { color: $foreground; }
        & > .viewer--label { color: $foreground-muted; }
        & > .viewer--faint { color: $foreground-muted; }
        & > .viewer--quote { color: $text-primary; }
        & > .viewer--quote-odd { color: $text-accent; }
        & > .viewer--heading { color: $foreground; text-style: bold; }
        & > .viewer--link { color: $text-primary; text-style: underline; }
        & > .viewer--warning { color: $text-warning; text-style: bold; }
        & > .viewer--strong { color: $foreground; text-style: bold; }
        & > .viewer--badge { color: $text-error; text-style: bold reverse; }
        & > .viewer--points { color: $text-warning; }
        & > .viewer--caution { color: $text-warning; }
        & > .viewer--match { text-style: reverse; }
        & > .viewer--match-current { text-style: reverse bold underline; }
        & > .viewer--bar { color: $border-blurred; }
        &:focus > .viewer--bar { color: $border; }
    }
    """
    )

    class Selected(Message):
        """Text was selected by the mouse."""

    class Shown(Message):
        """Another page is shown."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.frame = Frame(self)
        self._entry: MessageEntry | None = None
        self._page = EMPTY
        self._view = Viewport(EMPTY.document, 1, 1)
        self._rows: list[ViewportRow] = []
        self._title = PaneTitle("")
        self.search: Search | None = None
        self._selection: TextSelection | None = None
        self._is_selecting = False

    @property
    def shown(self) -> MessageEntry | None:
        """The message that is shown."""
        return self._entry

    @property
    def page_shown(self) -> Page:
        """The page that is shown."""
        return self._page

    @property
    def place(self) -> tuple[int, int]:
        """The first line on screen, and its first character there."""
        return (self._rows[0].line, self._rows[0].start) if self._rows else (0, 0)

    @property
    def cursor_screen_offset(self) -> Offset:
        """Put the terminal's cursor at the first line of the text."""
        return self.region.offset + Offset(self.frame.side_cells + _MARGIN_CELLS, 1)

    @property
    def at_end(self) -> bool:
        """Whether the last line is on screen."""
        return self._view.at_end

    def show(
        self, entry: MessageEntry | None, page: Page, title: PaneTitle, *, stay: bool = False
    ) -> None:
        """Show ``page`` from its top; with ``stay`` keep the text scrolled to the same place."""
        line = self._view.top.line - self._page.body + page.body
        stays = stay and entry is self._entry and not self._view.at_top
        self._entry, self._page = entry, page
        self._view = Viewport(page.document, self._cells, self._height)
        self.search = self._selection = None
        if stays:
            self._view.go(line)
        self._title = title
        self.redraw()
        self.post_message(self.Shown())

    def set_title(self, title: PaneTitle) -> None:
        """Change the title."""
        if title != self._title:
            self._title = title
            self.refresh()

    # Moving

    def line(self, rows: int) -> None:
        """Scroll by lines."""
        self._view.scroll(rows)
        self.redraw()

    def page(self, direction: int) -> None:
        """Scroll by a page less one line, so that the reader finds the place."""
        self._view.page(direction)
        self.redraw()

    def top(self) -> None:
        """Scroll to the beginning."""
        self._view.to_top()
        self.redraw()

    def bottom(self) -> None:
        """Scroll to the end."""
        self._view.to_bottom()
        self.redraw()

    def reveal(self, match: Match) -> None:
        """Scroll to a match."""
        self._view.reveal(match.line, match.start)
        self.redraw()

    def on_focus(self) -> None:
        """Draw the frame as with the focus."""
        self.refresh()

    def on_blur(self) -> None:
        """Draw the frame as without the focus."""
        self.refresh()

    def on_resize(self) -> None:
        """Wrap for the new width, keeping the first line."""
        self._view.resize(self._cells, self._height)
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down with the wheel."""
        event.stop()
        self.line(_WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up with the wheel."""
        event.stop()
        self.line(-_WHEEL_LINES)

    # Selecting text by the mouse

    @property
    def selected(self) -> str:
        """The text that the mouse has selected, which is printable, or ""."""
        return self._selection.text(self._page.document) if self._selection else ""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select text."""
        side = self.frame.side_cells
        is_inside = event.y > 0 and side <= event.x < self.size.width - side
        place = self._place_at(event) if event.button == 1 and is_inside else None
        if place is None:
            return
        event.stop()
        self._is_selecting = True
        self.capture_mouse()
        self._select(TextSelection(place, place))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select up to where the mouse is."""
        if self._is_selecting and self._selection and (place := self._place_at(event)):
            event.stop()
            self._select(TextSelection(self._selection.anchor, place))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End the selection; a click alone selects nothing."""
        if self._is_selecting:
            event.stop()
            self._is_selecting = False
            self.release_mouse()
            if self._selection and self._selection.anchor == self._selection.end:
                self._select(None)
            elif self._selection:
                self.post_message(self.Selected())

    def _select(self, selection: TextSelection | None) -> None:
        if selection != self._selection:
            self._selection = selection
            self.refresh()

    def _place_at(self, event: events.MouseEvent) -> Place | None:
        if not self._rows:
            return None
        row = self._rows[max(0, min(int(event.y) - 1, len(self._rows) - 1))]
        text = self._page.document.line(row.line).text
        return place_at(row, text, max(0, int(event.x) - self.frame.side_cells - _MARGIN_CELLS))

    @property
    def _cells(self) -> int:
        return self.frame.inner_width - 2 * _MARGIN_CELLS - 1

    @property
    def _height(self) -> int:
        return self.size.height - 1 - self.frame.below_lines

    # Drawing

    def redraw(self) -> None:
        """Draw what is on screen now."""
        self._rows = self._view.rows()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Line ``y`` of the widget."""
        if y == 0:
            return Strip(self.frame.top(self._full_title()), self.size.width)
        if self.frame.below_lines and y == self.size.height - 1:
            return Strip(self.frame.bottom(), self.size.width)
        row = self._rows[y - 1] if y <= len(self._rows) else None
        segments = [self._segment(" " * _MARGIN_CELLS, "text")]
        if row is not None:
            segments += self._draw(row)
        used = sum(cell_width(segment.text) for segment in segments)
        bar = y - 1 in self._thumb()
        segments.append(self._segment(" " * (self.frame.inner_width - used - 1), "text"))
        segments.append(self._segment("▐" if bar else " ", "bar" if bar else "text"))
        line = self.frame.inside([segment for segment in segments if segment.text])
        return Strip(line, self.size.width)

    def _full_title(self) -> PaneTitle:
        """The title, the search, and how far the user has read."""
        found = printable_line(self.search.sentence) if self.search else ""
        facts = filter(None, (found, self._title.facts, self._place_read()))
        return self._title._replace(facts=" · ".join(facts))

    def _place_read(self) -> str:
        """Return how far the user has read."""
        begin, end = self._view.share
        if self._view.at_end:
            return "" if self._view.at_top else "end"
        return f"{min(99, int(end * 100))}%" if begin or end < 1 else ""

    def _thumb(self) -> range:
        """Return the rows of the scroll bar's thumb."""
        if self._view.at_top and self._view.at_end:
            return range(0)
        begin, end = self._view.share
        length = max(1, min(self._height - 1, round((end - begin) * self._height)))
        last = self._height - length
        first = round(begin * self._height)
        if self._view.at_end:
            first = last
        return range(min(first, last), min(first, last) + length)

    def _draw(self, row: ViewportRow) -> Iterator[Segment]:
        line = self._page.document.line(row.line)
        look = _look(line)
        if line.kind is LineKind.RULE:
            yield self._segment("─" * max(0, min(self._cells, 100)), look)
            return
        yield self._segment(row.prefix, look)
        found = self._found(row.line)
        part = self._selection and self._selection.within(row.line, len(line.text))
        if part:
            found = [*found, (*part, "match")]
        for start, end, role in _styled_ranges(line, row, look, found):
            yield self._segment(line.text[start:end], role)

    def _found(self, line: int) -> list[StyledRange]:
        if self.search is None:
            return []
        current = self.search.current
        return [
            (match.start, match.end, "match-current" if match == current else "match")
            for match in self.search.within(line)
        ]

    def _segment(self, text: str, role: str) -> Segment:
        return Segment(text, self._style(role))

    def _style(self, role: str) -> Style:
        return self.get_component_rich_style(f"viewer--{role}")


def _look(line: Line) -> str:
    if line.quote:
        return "quote-odd" if line.quote % 2 == 0 else "quote"
    return _LOOK[line.kind]


def _styled_ranges(
    line: Line, row: ViewportRow, look: str, found: Iterable[StyledRange]
) -> list[StyledRange]:
    """Return the row as ranges of one style each; search matches override other styles."""
    stretches = [(row.start, row.end, look)]
    spans = ((span.start, span.end, str(span.role)) for span in line.spans)
    for first, last, role in (*spans, *found):
        start, end = max(first, row.start), min(last, row.end)
        if start < end:
            stretches = _overlaid(stretches, start, end, role)
    return stretches


def _overlaid(base: list[StyledRange], start: int, end: int, role: str) -> list[StyledRange]:
    """Return ``base`` with another range on top of it."""
    return [
        *((first, min(last, start), look) for first, last, look in base if first < start),
        (start, end, role),
        *((max(first, end), last, look) for first, last, look in base if last > end),
    ]
