"""The frame of a widget: a line with its title above it, and a box around it if there is room.

The widget draws its frame itself, line by line, so that moving the cursor never redraws it.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.widget import Widget

from poptui.text.cells import cell_width
from poptui.text.format import cut
from poptui.tui.reading.pages import PaneTitle

FRAMED_COLUMNS = 100
"""From this width of the screen on widgets have a box around them."""
_MIN_FACTS_CELLS = 8
"""If there is less room than this for the facts, they are left out."""


FRAME_CLASSES = frozenset({"frame--line", "frame--title", "frame--facts"})
"""The component classes of a widget that has a frame."""


def frame_styles(widget: str) -> str:
    """Return the default styles of the frame, for this class of widgets."""
    return f"""
{widget} {{
    & > .frame--line {{ color: $border-blurred; }}
    & > .frame--title {{ color: $foreground-muted; }}
    & > .frame--facts {{ color: $foreground-muted; }}
    &:focus > .frame--line {{ color: $border; }}
    &:focus > .frame--title {{ color: $text-accent; text-style: bold; }}
}}
"""


class Frame:
    """The frame of a widget, which shows whether the widget has the focus."""

    def __init__(self, widget: Widget, *, has_title: bool = True) -> None:
        """Without ``has_title`` there is neither a line above the widget nor a box around it."""
        self._widget, self._has_title = widget, has_title

    @property
    def is_framed(self) -> bool:
        """Whether there is a box around it."""
        widget = self._widget
        has_room = widget.is_attached and widget.screen.size.width >= FRAMED_COLUMNS
        return self._has_title and has_room

    @property
    def side_cells(self) -> int:
        """Cells of the frame at the left and at the right, each."""
        return 1 if self.is_framed else 0

    @property
    def inner_width(self) -> int:
        """The cells of a line inside the frame."""
        return max(0, self._widget.size.width - 2 * self.side_cells)

    @property
    def below_lines(self) -> int:
        """Lines of the frame below."""
        return 1 if self.is_framed else 0

    def top(self, title: PaneTitle) -> list[Segment]:
        """The line above the widget."""
        left, right = ("╭─", "─╮") if self.is_framed else ("─", "─")
        room = self._widget.size.width - len(left) - len(right)
        name = f" {cut(title.name, max(0, room - 3))} " if title.name else ""
        rest = room - cell_width(name)
        facts = cut(title.facts, rest - 3) if title.facts and rest - 3 >= _MIN_FACTS_CELLS else ""
        facts = f" {facts} " if facts else ""
        rule = "─" * max(0, rest - cell_width(facts))
        pieces = (
            ("line", left), ("title", name), ("line", rule), ("facts", facts), ("line", right),
        )  # fmt: skip
        return [self._segment(role, text) for role, text in pieces if text]

    def bottom(self) -> list[Segment]:
        """The line below the widget, if it is framed."""
        return [self._segment("line", f"╰{'─' * max(0, self._widget.size.width - 2)}╯")]

    def inside(self, line: list[Segment]) -> list[Segment]:
        """A line of the widget, with the sides of its frame."""
        if not self.is_framed:
            return line
        return [self._segment("line", "│"), *line, self._segment("line", "│")]

    def _segment(self, role: str, text: str) -> Segment:
        return Segment(text, self._widget.get_component_rich_style(f"frame--{role}"))
