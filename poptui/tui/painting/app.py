"""A Textual app that sends the terminal only the cells that change."""

from __future__ import annotations

import logging
from typing import Any, TypeVar

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Offset
from textual.screen import Screen

from poptui.tui.input.driver import TerminalDriver
from poptui.tui.painting.capabilities import terminal_capabilities
from poptui.tui.painting.renderer import DiffRenderer, Update, update_of

RESET_STYLE = "\x1b[m"
"""Textual assumes that no style is set, and the shell would write in ours."""

MAX_UNBRACKETED_BYTES = 1024
"""So much comes in one packet over SSH, and terminals draw it at once without being asked to."""

FIELD_CSS = """
Input > .input--cursor, Input:ansi > .input--cursor {
    background: transparent; color: $foreground; text-style: none;
}
"""
"""Fields draw no cursor of their own: if both are drawn, some terminals show neither."""

logger = logging.getLogger(__name__)

R = TypeVar("R")


class PaintedApp(App[R]):
    """Overrides how Textual sends a screen; it offers no hook for that, so this is a subclass."""

    CSS = FIELD_CSS

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._renderer = DiffRenderer(terminal_capabilities())
        self._renders = True

    def get_driver_class(self) -> type[Driver]:
        """Return our driver instead of Textual's for terminals."""
        driver = super().get_driver_class()
        return TerminalDriver if driver is LinuxDriver else driver

    def on_ready(self) -> None:
        """Paint everything after a pause: another program may have had the terminal."""
        self.app_resume_signal.subscribe(self, lambda app: self._renderer.forget())

    async def on_event(self, event: events.Event) -> None:
        """Paint everything after a change of size: the terminal may show anything."""
        if isinstance(event, events.Resize):
            self._renderer.forget()
        await super().on_event(event)

    def refresh_css(self, animate: bool = True) -> None:
        """Before there is a screen, only take the theme's colours: nothing is styled yet."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send an update of Textual through our renderer; send nothing if nothing changed."""
        if not self._rendered(renderable):
            super()._display(screen, renderable)

    def _rendered(self, renderable: RenderableType | None) -> bool:
        """Whether our renderer has shown it. If it fails, Textual paints from then on."""
        try:
            shown = self._running and not (self._closed or self.is_headless or self._batch_count)
            if not (shown and self._renders) or renderable is None:
                return False
            update = update_of(renderable)
            if update is None:
                self._renderer.forget()
                return False
            self._send(update)
            return True
        except Exception:
            logger.exception("poptui cannot paint what this Textual draws")
            self._renders = False
            if self._driver is not None:
                self._driver.write(RESET_STYLE)
            return False

    def _send(self, update: Update) -> None:
        sent = self._renderer.render(update, self.console, self._cursor_place())
        if sent and (driver := self._driver) is not None:
            is_long = len(sent) > MAX_UNBRACKETED_BYTES
            if is_long:
                self._begin_update()
            driver.write(sent)
            if is_long:
                self._end_update()
            driver.flush()
        self.post_display_hook()

    def _cursor_place(self) -> Offset:
        """Return the place for the terminal's cursor, which screen readers and magnifiers follow.

        It is where text is typed, the row under the list's cursor, or what has the focus; the
        upper left if there is nothing of these on the screen.
        """
        focused = self.focused
        if focused is None:
            return Offset()
        at: Offset | None = getattr(focused, "cursor_screen_offset", None)
        at = focused.content_region.offset if at is None else at
        return at if self.size.region.contains_point(at) else Offset()

    def write_control(self, sequence: str) -> None:
        """Write a control sequence to the terminal, beside what is painted."""
        if sequence and self._driver is not None:
            self._driver.write(sequence)
            self._driver.flush()

    def action_redraw(self) -> None:
        """Repaint everything, because something else wrote to the terminal."""
        self._renderer.forget()
        self.refresh(layout=True)
