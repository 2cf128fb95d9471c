"""Draws the list of messages line by line, only what is on screen and only what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, get_args

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.color import Color
from textual.strip import Strip

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.orders import SortKey
from poptui.text.cells import cell_width
from poptui.text.format import count, fit
from poptui.text.wrapping import wrap
from poptui.tui.outline import Heading, Row
from poptui.tui.reading.pages import PaneTitle, TextsInRow
from poptui.tui.themes import READABLE, contrast
from poptui.tui.widgets.columns import (
    Columns,
    Role,
    ScoreStyle,
    StyledText,
    columns,
    glyph,
    heading,
    heading_row,
    row,
    texts_in_row,
)
from poptui.tui.widgets.frame import FRAME_CLASSES, Frame, frame_styles
from poptui.tui.widgets.line_widget import LineView, thumb

_CURSOR, _CURSOR_BLURRED = "message-list--cursor", "message-list--cursor-blurred"
_ROLES: tuple[Role, ...] = get_args(Role)

STYLES = """
MessageLines {
    background: $background;
    color: $foreground;
    & > .message-list--text { color: $foreground; }
    & > .message-list--strong { color: $foreground; text-style: bold; }
    & > .message-list--dim { color: $foreground-muted; }
    & > .message-list--gone { color: $foreground-muted; text-style: strike; }
    & > .message-list--mark { color: $text-error; text-style: bold; }
    & > .message-list--spam { color: $text-error; text-style: bold; }
    & > .message-list--new { color: $text-accent; text-style: bold; }
    & > .message-list--bar { color: $text-accent; }
    & > .message-list--good { color: $text-success; text-style: bold; }
    & > .message-list--caution { color: $text-warning; }
    & > .message-list--thumb { color: $border-blurred; }
    & > .message-list--news { color: $text-secondary; }
    & > .message-list--cursor {
        background: $block-cursor-background;
        color: $block-cursor-foreground;
        text-style: $block-cursor-text-style;
    }
    & > .message-list--cursor-blurred {
        background: $block-cursor-blurred-background;
        color: $block-cursor-blurred-foreground;
        text-style: $block-cursor-blurred-text-style;
    }
}
"""
"""Default styles of the list."""

Styles = Mapping[Role, Style]
"""Styles by role."""

MIN_HEADED_LINES = 25
"""From this height on a list shows the names of its columns."""
_CACHED_ROWS = 512


class MessageLines(LineView):
    """The drawing part of ``MessageList``.

    Above the rows are the title and, in a tall list, the names of the columns.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        _CURSOR, _CURSOR_BLURRED, *(f"message-list--{role}" for role in _ROLES), *FRAME_CLASSES,
    }  # fmt: skip
    DEFAULT_CSS = frame_styles("MessageLines") + STYLES

    def __init__(
        self, *, id: str | None = None, classes: str | None = None, is_bare: bool = False
    ) -> None:
        """``is_bare``: nothing but rows, as in a dialog."""
        super().__init__(id=id, classes=classes)
        self.has_title = not is_bare
        self.frame = Frame(self, has_title=self.has_title)
        self._entries: Sequence[Row] = ()
        self._score_style = ScoreStyle()
        self._notes: Mapping[Row, str] = {}
        self._order: tuple[SortKey | None, bool] = (None, False)
        self._cursor = 0
        self._list_name = "Inbox"
        self._shows_numbers = False
        self._placeholder = ""
        self._remark = ""
        self._is_covered = False
        """A dialog is over the list, and has the keys."""
        self._now = datetime.now().astimezone()
        self._columns: Columns | None = None
        self._rows: LRUCache[tuple[object, ...], Strip] = LRUCache(_CACHED_ROWS)
        self._looks: dict[bool, Styles] = {}
        """The styles of a row that is not under the cursor, and of the one that is."""

    @property
    def _has_heading(self) -> bool:
        """Whether the names of the columns are shown."""
        return self.has_title and self.size.height >= MIN_HEADED_LINES and bool(self._entries)

    @property
    def above_lines(self) -> int:
        """Lines above the first row."""
        return self.has_title + self._has_heading

    @property
    def _height(self) -> int:
        """Lines for messages, at least one."""
        return max(1, self.size.height - self.above_lines - self.frame.below_lines)

    def render_line(self, y: int) -> Strip:
        """Line ``y`` of the widget: the title, the heading, a message, or the placeholder."""
        width = self.size.width
        if self.has_title and y == 0:
            return Strip(self.frame.top(self._pane_title()), width)
        if self.frame.below_lines and y == self.size.height - 1:
            return Strip(self.frame.bottom(), width)
        if not self._entries:
            return self._framed(self._placeholder_line(y - self.above_lines))
        if y < self.above_lines:
            order, descending = self._order
            text = heading(self._layout(), order, descending=descending)
            return self._framed(self._whole_line(text, "dim"))
        index = self.scroll_offset.y + y - self.above_lines
        if index >= len(self._entries):
            return self._framed(self._whole_line("", "text"))
        return self._row(index, y - self.above_lines)

    def notify_style_update(self) -> None:
        """Draw every line again, because colours have changed."""
        super().notify_style_update()
        self._forget_lines()

    def texts_in_row(self, entry: MessageEntry) -> TextsInRow:
        """Return the texts of ``entry`` that its row shows in full."""
        return texts_in_row(entry, self._layout(), self._score_style.indent)

    def _forget_lines(self) -> None:
        self._rows.clear()
        self._looks.clear()

    def _layout(self) -> Columns:
        if self._columns is None:
            numbers = self._shows_numbers
            highest = max(entry.number for entry in self._entries) if numbers else 0
            note = max(map(cell_width, self._notes.values()), default=0)
            self._columns = columns(self.frame.inner_width, highest, note)
        return self._columns

    def _pane_title(self) -> PaneTitle:
        """Return the list's name and order, and in a frame the place of the cursor."""
        if not self._entries:
            return PaneTitle(self._list_name)
        order, descending = self._order
        facts = [self._remark] if self._remark else []
        facts += [_order_words(order, descending)] if order else []
        if self.frame.is_framed:
            # Without a frame the scroll bar is enough: a number that changes costs 9 bytes a key.
            total = count(len(self._entries))
            facts.append(f"{count(self._cursor + 1).rjust(len(total))} of {total}")
        return PaneTitle(self._list_name, " · ".join(facts))

    def _row(self, index: int, y: int) -> Strip:
        """Return the line of a message or group, from the cache if it hasn't changed."""
        shown = self._entries[index]
        under_cursor = self.has_title and index == self._cursor
        bar = y in thumb(self._height, len(self._entries), self.scroll_offset.y)
        if isinstance(shown, Heading):
            pieces = heading_row(
                shown, self._layout(), self._now, self._score_style, under_cursor=under_cursor
            )
            return self._draw(pieces, bar, under_cursor=under_cursor)
        if under_cursor:
            return self._draw(self._pieces(shown, under_cursor=True), bar, under_cursor=True)
        key = (shown, glyph(shown), shown.header, shown.problem, shown.score, bar)
        strip = self._rows.get(key)
        if strip is None:
            strip = self._draw(self._pieces(shown), bar)
            self._rows[key] = strip
        return strip

    def _pieces(self, entry: MessageEntry, *, under_cursor: bool = False) -> list[StyledText]:
        return row(
            entry,
            self._layout(),
            self._now,
            self._score_style,
            self._notes.get(entry, ""),
            under_cursor=under_cursor,
            strikes=self.has_title,
        )

    def _draw(
        self, pieces: Iterable[StyledText], bar: bool, *, under_cursor: bool = False
    ) -> Strip:
        """The painted line, and the scroll bar's cell at its end."""
        look = self._row_styles(under_cursor=under_cursor)
        segments = [Segment(text, look[role]) for role, text in pieces if text]
        # The bar is the same on the cursor's row, so it need not be sent again for each move.
        last = Segment("▐", self._component("thumb")) if bar else Segment(" ", look["thumb"])
        segments.append(last)
        return self._framed(segments)

    def _framed(self, segments: list[Segment]) -> Strip:
        return Strip(self.frame.inside(segments))

    def _row_styles(self, *, under_cursor: bool) -> Styles:
        """The style of each role.

        Under the cursor the whole row has the cursor's background and one text colour, which takes
        few bytes. Only danger keeps its colour, if it is readable there.
        """
        if under_cursor not in self._looks:
            plain = {role: self._component(role) for role in _ROLES}
            self._looks[under_cursor] = self._on_cursor(plain) if under_cursor else plain
        return self._looks[under_cursor]

    def _component(self, role: str) -> Style:
        return self.get_component_rich_style(f"message-list--{role}")

    def _on_cursor(self, plain: Styles) -> Styles:
        name = _CURSOR if self.has_focus and not self._is_covered else _CURSOR_BLURRED
        cursor = self.get_component_rich_style(name)
        ground = self.get_component_styles(name).background
        look: dict[Role, Style] = {}
        for role, style in plain.items():
            attributes = Style(bold=style.bold, strike=style.strike)
            colour = self.get_component_styles(f"message-list--{role}").color
            keeps = role in ("mark", "spam") and _readable(colour, ground)
            look[role] = cursor + attributes + Style(color=style.color if keeps else None)
        return look

    def _whole_line(self, text: str, role: Role) -> list[Segment]:
        """A line of one style."""
        return [Segment(fit(text, self.frame.inner_width), self._component(role))]

    def _placeholder_line(self, y: int) -> list[Segment]:
        """A line of an empty list, with the placeholder in the middle."""
        width, height = self.frame.inner_width, self._height
        lines = [
            part
            for line in self._placeholder.split("\n")
            for part in wrap(line, max(1, width - 2)) or [""]
        ]
        index = y - max(0, height - len(lines)) // 2
        text = lines[index] if 0 <= index < len(lines) else ""
        role: Role = "text" if index == 0 else "dim"
        return self._whole_line(" " * ((width - cell_width(text)) // 2) + text, role)


def _readable(colour: Color, ground: Color) -> bool:
    """Whether text is readable; the terminal's own colours can't be checked."""
    if colour.ansi is not None or ground.ansi is not None:
        return False
    return contrast(colour, ground) >= READABLE


def _order_words(order: SortKey, descending: bool) -> str:
    """``newest first``, ``by sender, A first``."""
    first = f"{order.first(descending)} first"
    return first if order in (SortKey.NUMBER, SortKey.SIZE) else f"by {order.value}, {first}"
