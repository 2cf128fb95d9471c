"""After random keys, each theme and kind of terminal shows exactly what was painted."""

from __future__ import annotations

import random

import pyte
import pytest
from rich.console import Console

from poptui.storage.settings import Settings
from poptui.tui import themes
from poptui.tui.painting.capabilities import TerminalCapabilities
from poptui.tui.painting.cells import cells_of
from poptui.tui.painting.renderer import DiffRenderer, Update
from tests.kit.emulator import Emulator
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.fake_run import mail
from tests.tui.kit import AppPilot, app_of, lines, running, shows
from tests.tui.test_renderer import seen

TERMINALS = {
    "xterm-256color": ("256", TerminalCapabilities(True, True, True, True, True)),
    "xterm, COLORTERM": ("truecolor", TerminalCapabilities(True, True, True, True, True)),
    "xterm-16color, unknown": ("standard", TerminalCapabilities()),
    "linux": ("standard", TerminalCapabilities(True, True, True, True, True)),
    "screen, tmux": ("256", TerminalCapabilities(scrolls=True, saves_cursor=True, tabs=True)),
}
KEYS = [
    *("j", "k", "d", "d", "u", "z", "G", "g", "pagedown", "pageup", "down", "up", "o", "O", "v"),
    *("t", "tab", "question_mark", "exclamation_mark", "space", "enter", "q", "percent_sign"),
    *("tilde", "slash", "escape", "escape", "escape"),
]
KEYS_PRESSED = 12
PALETTES = ("xterm-256color", "xterm, COLORTERM", "xterm-16color, unknown")
"""One for each number of colours; what else a terminal can do has nothing to do with themes."""
_THEMES = [theme.name for theme in themes.load()[0]]
CASES = [
    *(((80, 24), theme, PALETTES) for theme in _THEMES[1:]),
    *((size, _THEMES[0], tuple(TERMINALS)) for size in ((80, 24), (120, 40))),
]


class Painted:
    """A terminal of one kind to which only changes are sent."""

    def __init__(self, name: str, size: tuple[int, int]) -> None:
        system, can = TERMINALS[name]
        self._console = Console(color_system=system, force_terminal=True)  # type: ignore[arg-type]
        self._size = size
        self._renderer = DiffRenderer(can)
        self._emulator = Emulator(*size, erases_in_colour=can.erases_in_colour)
        self._stream = pyte.ByteStream(self._emulator)

    def show(self, pilot: AppPilot) -> None:
        """Send the changes since the last screen to the terminal."""
        sent = self._render(self._renderer, pilot)
        self._stream.feed(sent.encode())

    def cells(self) -> list[list[tuple[object, ...]]]:
        """Return what is visible in each cell."""
        return _cells(self._emulator)

    def painted_whole(self, pilot: AppPilot) -> list[list[tuple[object, ...]]]:
        """Return what is visible if the same screen is painted from scratch."""
        emulator = Emulator(*self._size)
        pyte.ByteStream(emulator).feed(self._render(DiffRenderer(), pilot).encode())
        return _cells(emulator)

    def _render(self, renderer: DiffRenderer, pilot: AppPilot) -> str:
        width, height = self._size
        strips = pilot.app.screen._compositor.render_strips()
        drawn = ((y, 0, cells_of(strip)) for y, strip in enumerate(strips))
        cursor = app_of(pilot)._cursor_place()
        return renderer.render(Update(height, width, drawn), self._console, cursor)


def _cells(emulator: Emulator) -> list[list[tuple[object, ...]]]:
    columns, rows = range(emulator.columns), range(emulator.lines)
    return [[seen(emulator.buffer[y][x]) for x in columns] for y in rows]


@pytest.mark.parametrize(("size", "theme", "names"), CASES)
async def test_after_random_keys_each_terminal_shows_the_painted_screen(
    size: tuple[int, int], theme: str, names: tuple[str, ...]
) -> None:
    rng = random.Random(f"{size} {theme}")
    terminals = {name: Painted(name, size) for name in names}
    settings = Settings(theme=theme)
    async with running(FakeMailbox(content=mail(100)), size, settings) as pilot:
        await shows(pilot, "<100>")
        assert pilot.app.theme == theme
        for key in rng.choices(KEYS, k=KEYS_PRESSED):
            await pilot.press(key)
            lines(pilot)
            for terminal in terminals.values():
                terminal.show(pilot)
        for name, terminal in terminals.items():
            assert terminal.cells() == terminal.painted_whole(pilot), name
