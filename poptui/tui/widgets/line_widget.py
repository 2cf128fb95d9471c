"""Widgets that are drawn line by line, only the lines on screen."""

from __future__ import annotations

from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget


class LineWidget(Widget):
    """A widget that draws lines and caches none.

    Subclasses implement ``render_line`` with strips of the full width. They have no borders or
    padding; if a stylesheet adds some, Textual draws the widget its own way.
    """

    ALLOW_SELECT = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of ``crop`` without Textual's cache, as lines are redrawn only if they
        changed."""
        if self.styles.gutter != (0, 0, 0, 0):
            return super().render_lines(crop)
        strips = [self.render_line(y) for y in crop.line_range]
        _, background = self.background_colors
        for filter in self.get_line_filters():
            strips = [strip.apply_filter(filter, background) for strip in strips]
        if crop.column_span == (0, self.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]


class LineView(LineWidget, ScrollView, inherit_bindings=False):
    """A line widget that scrolls, with its own scroll bar in the last column.

    It takes no keys: the bindings of Textual's containers would scroll it and leave the cursor
    behind, off the screen.
    """

    DEFAULT_CSS = """
    LineView {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size: 0 0;
    }
    """


def thumb(rows: int, total: int, offset: int) -> range:
    """Return the rows of the scroll bar's thumb, for ``rows`` of ``total`` lines from ``offset``
    on."""
    if total <= rows or rows <= 0:
        return range(0)
    length = max(1, rows * rows // total)
    start = round(offset * (rows - length) / (total - rows))
    return range(start, start + length)
