"""An app whose screens reach the terminal by way of a painter."""

from __future__ import annotations

from typing import Any, TypeVar

from rich.console import RenderableType
from textual import events
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.geometry import Offset
from textual.screen import Screen

from poptui.tui.painting.painter import Painter

R = TypeVar("R")


class PaintedApp(App[R]):
    """Sends only the cells that change, from whichever widget."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._painter = Painter()

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
        driver = self._driver
        shown = self._running and not (self._closed or self.is_headless or self._batch_count)
        if driver is None or not shown or not isinstance(renderable, CompositorUpdate):
            super()._display(screen, renderable)
            return
        sent = self._painter.paint(renderable, self.console, self._typed_at())
        if sent:
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
