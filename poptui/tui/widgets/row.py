"""How a line of the message list is painted: plain, marked, under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.segment import Segment
from rich.style import Style
from textual.widget import Widget

from poptui.tui.widgets.columns import Piece, Role
from poptui.tui.widgets.thrifty import ThriftyStrip

TEXT = "message-list--text"
MUTED = "message-list--muted"
MARK = "message-list--mark"
CURSOR = "message-list--cursor"
CURSOR_BLURRED = "message-list--cursor-blurred"

Look = Mapping[Role, Style]
"""The style of each part of a line."""

_STRUCK = Style(strike=True)
_REVERSED = Style(reverse=True)


def row_look(view: Widget, *, marked: bool, under_cursor: bool) -> Look:
    """The styles of a line: the subject of a marked one is struck; under the cursor it is a bar."""
    style = view.get_component_rich_style
    if under_cursor:
        bar = _cursor(view)
        return {"mark": bar, "meta": bar, "plain": bar, "subject": bar + _STRUCK if marked else bar}
    mark, muted = style(MARK), style(MUTED)
    if marked:
        return {"mark": mark, "meta": muted, "plain": muted, "subject": muted + _STRUCK}
    return {"mark": mark, "meta": muted, "plain": style(TEXT), "subject": style(TEXT)}


def draw_row(pieces: Iterable[Piece], look: Look, bar: bool) -> ThriftyStrip:
    """The painted line, and the scroll bar's cell at its end."""
    segments = [Segment(text, look[role]) for role, text in pieces if text]
    segments.append(Segment("▐" if bar else " ", look["plain"]))
    return ThriftyStrip(segments)


def _cursor(view: Widget) -> Style:
    """The bar under the cursor; in reverse where a theme would let it look like its neighbours."""
    style = view.get_component_rich_style(CURSOR if view.has_focus else CURSOR_BLURRED)
    return style + _REVERSED if style.bgcolor == view.rich_style.bgcolor else style
