"""The frame of a pane: a line with its title above it, and a box around it if there is room.

A pane draws its frame itself, line by line, so that moving the cursor never redraws it.
"""

from __future__ import annotations

from rich.segment import Segment

from poptui.text.cells import cell_width
from poptui.text.format import cut
from poptui.tui.reading.pages import PaneTitle
from poptui.tui.widgets.line_widget import LineWidget

FRAMED_COLUMNS = 100
"""From this width of the screen on panes have a box around them."""
_MIN_FACTS_CELLS = 8
"""If there is less room than this for the facts, they are left out."""


class Pane(LineWidget):
    """A line widget with a frame, which shows whether it has the focus."""

    DEFAULT_CSS = """
    Pane {
        background: $background;
        & > .pane--frame { color: $border-blurred; }
        & > .pane--title { color: $foreground-muted; }
        & > .pane--facts { color: $foreground-muted; }
        &:focus > .pane--frame { color: $border; }
        &:focus > .pane--title { color: $text-accent; text-style: bold; }
    }
    """
    COMPONENT_CLASSES = {"pane--frame", "pane--title", "pane--facts"}  # noqa: RUF012

    has_title = True
    """Whether there is a line above it at all."""

    @property
    def is_framed(self) -> bool:
        """Whether there is a box around it."""
        has_room = self.is_attached and self.screen.size.width >= FRAMED_COLUMNS
        return self.has_title and has_room

    @property
    def side_cells(self) -> int:
        """Cells of the frame at the left and at the right, each."""
        return 1 if self.is_framed else 0

    @property
    def inner_width(self) -> int:
        """The cells of a line inside the frame."""
        return max(0, self.size.width - 2 * self.side_cells)

    @property
    def below_lines(self) -> int:
        """Lines of the frame below."""
        return 1 if self.is_framed else 0

    def draw_top(self, title: PaneTitle) -> list[Segment]:
        """The line above the pane."""
        left, right = ("╭─", "─╮") if self.is_framed else ("─", "─")
        room = self.size.width - len(left) - len(right)
        name = f" {cut(title.name, max(0, room - 3))} " if title.name else ""
        rest = room - cell_width(name)
        facts = cut(title.facts, rest - 3) if title.facts and rest - 3 >= _MIN_FACTS_CELLS else ""
        facts = f" {facts} " if facts else ""
        rule = "─" * max(0, rest - cell_width(facts))
        pieces = (
            ("frame", left), ("title", name), ("frame", rule), ("facts", facts), ("frame", right),
        )  # fmt: skip
        return [self._framing(role, text) for role, text in pieces if text]

    def draw_bottom(self) -> list[Segment]:
        """The line below a framed pane."""
        return [self._framing("frame", f"╰{'─' * max(0, self.size.width - 2)}╯")]

    def draw_inside(self, line: list[Segment]) -> list[Segment]:
        """A line of the pane, with the sides of its frame."""
        if not self.is_framed:
            return line
        return [self._framing("frame", "│"), *line, self._framing("frame", "│")]

    def _framing(self, role: str, text: str) -> Segment:
        return Segment(text, self.get_component_rich_style(f"pane--{role}"))
