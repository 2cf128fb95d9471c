"""The widgets of the mailbox screen, which its controllers share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from textual.containers import Container

from poptui.tui.actions.keymaps import Keymap
from poptui.tui.widgets.key_bar import KeyBar
from poptui.tui.widgets.message_list import MessageList
from poptui.tui.widgets.prompt import Prompt
from poptui.tui.widgets.question import InlineQuestion
from poptui.tui.widgets.state_line import StateLine
from poptui.tui.widgets.status_line import StatusLine
from poptui.tui.widgets.tour_strip import TourStrip
from poptui.tui.widgets.viewer import Viewer

Handler = Callable[[], Awaitable[Any] | None]
Handlers = Mapping[str, Handler]
"""The method of a controller for each id of an action in the registry."""


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

    def focus_list(self) -> None:
        """Give the list the focus, and the room that comes with it."""
        self._focus(self.messages)

    def focus_viewer(self) -> None:
        """Give the viewer the focus, and the room that comes with it."""
        self._focus(self.viewer)

    def show_viewer(self) -> None:
        """Make sure that the viewer is on screen: in a small terminal the panes take turns."""
        if not self.frame.display:
            self.focus_viewer()

    def _focus(self, pane: MessageList | Viewer) -> None:
        pane.screen.set_class(pane is self.viewer, "-reading")
        pane.screen.set_focus(pane)
