"""Widgets that are drawn line by line, only those lines that are asked for."""

from __future__ import annotations

from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget


class LineWidget(Widget):
    """A widget of lines, which keeps none of them.

    Subclasses implement ``render_line`` with strips of the full width. There is no room for
    borders or padding around them; where a stylesheet asks for such, Textual's own way is taken.
    """

    ALLOW_SELECT = False

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop``, past Textual's cache: what is drawn again has changed."""
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
    """A line widget that scrolls; it draws a scroll bar of its own in the last column.

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
    """The rows of a scroll bar of ``rows`` that show where a window on ``total`` lines stands."""
    if total <= rows or rows <= 0:
        return range(0)
    length = max(1, rows * rows // total)
    start = round(offset * (rows - length) / (total - rows))
    return range(start, start + length)
