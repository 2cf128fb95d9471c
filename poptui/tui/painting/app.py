"""An app whose screens reach the terminal by way of a painter."""

from __future__ import annotations

import logging
from typing import Any, TypeVar

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.geometry import Offset
from textual.screen import Screen

from poptui.tui.painting.painter import DiffRenderer
from poptui.tui.painting.terminal import erases_in_colour
from poptui.tui.painting.update import Update, update_of

PLAIN = "\x1b[m"
"""Textual takes it that no pen is in hand."""

logger = logging.getLogger(__name__)

R = TypeVar("R")


class PaintedApp(App[R]):
    """Sends only the cells that change, from whichever widget."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._painter = DiffRenderer(erases=erases_in_colour())
        self._paints = True

    def on_ready(self) -> None:
        """Another program may have had the terminal when ours goes on."""
        self.app_resume_signal.subscribe(self, lambda app: self._painter.forget())

    async def on_event(self, event: events.Event) -> None:
        """A terminal of another size shows anything."""
        if isinstance(event, events.Resize):
            self._painter.forget()
        await super().on_event(event)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """What Textual does to show an update, by our painter: nothing is sent for nothing new."""
        if not self._painted(renderable):
            super()._display(screen, renderable)

    def _painted(self, renderable: RenderableType | None) -> bool:
        """Whether our painter has shown it. Where that fails, Textual paints from then on."""
        try:
            shown = self._running and not (self._closed or self.is_headless or self._batch_count)
            if not (shown and self._paints) or renderable is None:
                return False
            update = update_of(renderable)
            if update is None:
                self._painter.forget()
                return False
            self._send(update)
            return True
        except Exception:
            logger.exception("poptui cannot paint what this Textual draws")
            self._paints = False
            if self._driver is not None:
                self._driver.write(PLAIN)
            return False

    def _send(self, update: Update) -> None:
        sent = self._painter.paint(update, self.console, self._typed_at())
        if sent and (driver := self._driver) is not None:
            self._begin_update()
            driver.write(sent)
            self._end_update()
            driver.flush()
        self.post_display_hook()

    def _typed_at(self) -> Offset:
        """Where what the user types appears; the upper left where nothing is typed into."""
        at: Offset = getattr(self.focused, "cursor_screen_offset", Offset())
        return at

    def action_redraw(self) -> None:
        """Paint everything anew: something else wrote to the terminal."""
        self._painter.forget()
        self.refresh(layout=True)
