"""How a line of the message list is painted: plain, marked, under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from poptui.tui.widgets.columns import Piece, Role

TEXT = "message-list--text"
MUTED = "message-list--muted"
MARK = "message-list--mark"
CURSOR = "message-list--cursor"
CURSOR_BLURRED = "message-list--cursor-blurred"

STYLES = """
MessageLines {
    background: $background;
    color: $foreground;
    & > .message-list--text { color: $foreground; }
    & > .message-list--muted { color: $foreground-muted; }
    & > .message-list--mark { color: $text-error; }
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
"""The look of a list."""

Styles = Mapping[Role, Style]
"""The style of each part of a line."""

_REVERSED = Style(reverse=True)
_DIM = Style(dim=True)


def row_look(view: Widget, *, marked: bool, under_cursor: bool, narrow: bool) -> Styles:
    """The styles of a line: the number of a marked one is coloured, the cursor a bar at its left.

    Each cell that changes is sent with every key, twice for the bar: so it ends behind the number.
    A ``narrow`` line has no number, and its bar ends behind the sender.
    """
    style = view.get_component_rich_style
    mark, muted, text = style(MARK), style(MUTED), style(TEXT)
    look: dict[Role, Style] = {
        "mark": mark if marked else text,
        "number": mark if marked else text,
        "meta": muted,
        "dim": muted + _DIM,
        "from": text,
        "plain": text,
        "spam": muted,
    }
    if under_cursor:
        bar = _cursor(view)
        look |= {"mark": bar, "number": bar, "from": bar if narrow else text}
    return look


def draw_row(pieces: Iterable[Piece], look: Styles, bar: bool) -> Strip:
    """The painted line, and the scroll bar's cell at its end."""
    segments = [Segment(text, look[role]) for role, text in pieces if text]
    segments.append(Segment("▐" if bar else " ", look["plain"]))
    return Strip(segments)


def _cursor(view: Widget) -> Style:
    """The bar under the cursor; in reverse if its background alone would not show it."""
    style = view.get_component_rich_style(CURSOR if view.has_focus else CURSOR_BLURRED)
    unseen = view.app.no_color or style.bgcolor == view.rich_style.bgcolor
    return style + _REVERSED if unseen else style
