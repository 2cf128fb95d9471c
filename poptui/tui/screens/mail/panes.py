"""The widgets of the mailbox screen, which its controllers share, and their layout."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from textual import events
from textual.containers import Container

from poptui.mailbox.entry import MessageEntry
from poptui.tui.actions.keymaps import Keymap
from poptui.tui.reading.pages import TextsInRow
from poptui.tui.widgets.key_bar import KeyBar
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.prompt import InlineQuestion, Prompt
from poptui.tui.widgets.status_line import StateLine, StatusLine
from poptui.tui.widgets.tour_strip import TourStrip
from poptui.tui.widgets.viewer import Viewer

Handler = Callable[[], Awaitable[Any] | None]
Handlers = Mapping[str, Handler]
"""Methods of controllers, by the id of the action that they carry out."""

WIDE_COLUMNS = 140
"""From this width on the viewer is beside the list."""
TALL_LINES = 18
"""Below this height only the list or the viewer is shown, with the whole height."""
MIN_PERCENT, MAX_PERCENT = 15, 85
"""The smallest and the largest share of the list."""

LAYOUT = """
MailScreen { layout: vertical; }
MailScreen #panes { height: 1fr; layout: vertical; }
MailScreen MessageList { height: 1fr; }
MailScreen #frame { height: 35%; min-height: 8; }
MailScreen.-reading MessageList { height: 30%; min-height: 6; }
MailScreen.-reading #frame { height: 1fr; }

MailScreen.-narrow.-short #frame { height: 1fr; min-height: 1; display: none; }
MailScreen.-narrow.-short.-reading #frame { display: block; }
MailScreen.-narrow.-short.-reading MessageList { display: none; }

MailScreen.-wide #panes { layout: horizontal; }
MailScreen.-wide MessageList { width: 55%; height: 100%; min-height: 1; }
MailScreen.-wide #frame {
    width: 1fr; height: 100%; min-height: 1;
}
"""
"""The pane with the focus gets more room: ``-reading`` is set while that is the viewer."""


class Panes:
    """The list, the viewer and the lines around them; which of the two has the focus."""

    def __init__(self, keymap: Keymap, messages: MessageList | None = None) -> None:
        self.status = StatusLine()
        self.messages = messages or MessageList()
        self.viewer = Viewer()
        self.frame = Container(self.viewer, id="frame")
        self.state = StateLine()
        self.tour = TourStrip()
        self.prompt = Prompt()
        self.question = InlineQuestion()
        self.key_bar = KeyBar(keymap)

    @property
    def reading(self) -> bool:
        """Whether the viewer has the focus."""
        return self.viewer.screen.focused is self.viewer

    def beside_card(self, entry: MessageEntry) -> TextsInRow | None:
        """Return the texts in the row of ``entry`` that its card may omit; None for a full card.

        Where there is little room a short card takes fewer bytes for each move of the cursor.
        """
        if self.viewer.frame.is_framed or self.reading:
            return None
        in_sight = self.messages.display and self.messages.cursor_shown
        if not in_sight or entry is not self.messages.entry:
            return TextsInRow()
        return self.messages.texts_in_row(entry)

    async def ask_filter(self, text: str) -> None:
        """Open the prompt for a filter, with ``text`` in it."""
        await self._mount(self.prompt)
        await self.prompt.begin(text)

    async def ask(self, label: str, text: str = "") -> str | None:
        """Ask for a short text; return it, or None if the question was cancelled."""
        await self._mount(self.question)
        return await self.question.ask(label, text)

    async def _mount(self, line: Prompt | InlineQuestion) -> None:
        """Put a line above the key bar when it is first used: the first picture needs none."""
        if not line.is_attached:
            await self.key_bar.screen.mount(line, before=self.key_bar)

    def focus_list(self) -> None:
        """Give the list the focus, and more room."""
        self._focus(self.messages)

    def focus_viewer(self) -> None:
        """Give the viewer the focus, and more room."""
        self._focus(self.viewer)

    def show_viewer(self) -> None:
        """Make sure that the viewer is on screen; a small terminal shows one pane at a time."""
        if not self.frame.display:
            self.focus_viewer()

    def _focus(self, pane: MessageList | Viewer) -> None:
        pane.screen.set_class(pane is self.viewer, "-reading")
        pane.screen.set_focus(pane)


class Divider:
    """The line between list and viewer, which the mouse can drag."""

    def __init__(self, panes: Panes) -> None:
        self._panes = panes
        self._beside: float | None = None
        """The list's share of the width in percent, if side by side; None: by the stylesheet."""
        self._below: float | None = None
        """Its share of the height, if stacked."""
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
        """Whether the user has dragged the line."""
        return self._beside is not None or self._below is not None

    def is_at(self, event: events.MouseEvent) -> bool:
        """Whether the mouse is on the line: the edge of the viewer's frame, or of the list's."""
        if self._takes_turns:
            return False
        frame, x, y = self._panes.frame.region, int(event.screen_x), int(event.screen_y)
        edges = (0, 1) if self._panes.viewer.frame.is_framed else (0,)
        if self._is_beside:
            return frame.y <= y < frame.bottom and frame.x - x in edges
        return frame.x <= x < frame.right and frame.y - y in edges

    def drag_to(self, event: events.MouseEvent) -> None:
        """Move the line to the mouse."""
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
        """Lay out the panes as the user dragged the line, side by side or stacked."""
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
    """Return ``cells`` of ``room`` in percent, with half a cell more against rounding down."""
    return max(MIN_PERCENT, min(MAX_PERCENT, 100 * (cells + 0.5) / max(1, room)))
