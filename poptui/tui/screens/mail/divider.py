"""The line between the list and the viewer, which the mouse can drag."""

from __future__ import annotations

from textual import events

from poptui.tui.screens.mail.panes import Panes

MIN_PERCENT, MAX_PERCENT = 15, 85
"""What the list can take of the room."""


class Divider:
    """Keeps where the user dragged the line to, for panes beside and below one another."""

    def __init__(self, panes: Panes) -> None:
        self._panes = panes
        self._beside: float | None = None
        """What the list takes of the width in percent; None: what the stylesheet says."""
        self._below: float | None = None
        """What it takes of the height."""
        self.is_dragged = False

    @property
    def _is_beside(self) -> bool:
        return self._panes.viewer.screen.has_class("-wide")

    @property
    def _takes_turns(self) -> bool:
        """Whether only one of the panes is on the screen."""
        return not (self._panes.messages.display and self._panes.frame.display)

    @property
    def was_dragged(self) -> bool:
        """Whether the user has given the list any room."""
        return self._beside is not None or self._below is not None

    def is_at(self, event: events.MouseEvent) -> bool:
        """Whether the mouse is on the line: the edge of the viewer's frame."""
        frame = self._panes.frame.region
        if self._takes_turns or not frame.contains(int(event.screen_x), int(event.screen_y)):
            return False
        return event.screen_x == frame.x if self._is_beside else event.screen_y == frame.y

    def drag_to(self, event: events.MouseEvent) -> None:
        """Put the line where the mouse is."""
        room = self._panes.frame.parent
        region = getattr(room, "region", None)
        if region is None or self._takes_turns:
            return
        if self._is_beside:
            self._beside = _percent(int(event.screen_x) - region.x, region.width)
        else:
            self._below = _percent(int(event.screen_y) - region.y, region.height)
        self.apply()

    def apply(self) -> None:
        """Give the list the room that it was given, if the panes lie as they did then."""
        messages, frame, beside = self._panes.messages, self._panes.frame, self._is_beside
        for pane in (messages, frame):
            for name in ("width", "height", "min_height"):
                pane.styles.clear_rule(name)
        if self._takes_turns:
            return
        if beside and self._beside is not None:
            messages.styles.width = f"{self._beside:.3f}%"
        elif not beside and self._below is not None:
            messages.styles.height = f"{self._below:.3f}%"
            messages.styles.min_height = 3
            frame.styles.height = "1fr"
            frame.styles.min_height = 3


def _percent(cells: int, room: int) -> float:
    """Return ``cells`` of ``room`` in percent; half a cell more, so that rounding keeps them."""
    return max(MIN_PERCENT, min(MAX_PERCENT, 100 * (cells + 0.5) / max(1, room)))
