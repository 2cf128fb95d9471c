"""The command palette, its cursor steady: a blinking one costs bytes all the time."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.command import CommandPalette
from textual.widgets import Input


def open_palette(app: App[Any]) -> None:
    """Show it, unless it is there."""
    if isinstance(app.screen, CommandPalette):
        return
    palette = CommandPalette(id="--command-palette")
    app.push_screen(palette)
    palette.call_after_refresh(lambda: _steady_cursor(palette))


def _steady_cursor(palette: CommandPalette) -> None:
    for field in palette.query(Input):
        field.cursor_blink = False
