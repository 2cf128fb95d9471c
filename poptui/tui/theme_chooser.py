"""Chooses a theme at the start and in the palette, which previews it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from textual.app import App
from textual.theme import Theme

from poptui.tui import themes

_SIXTEEN_COLOURS = "standard"
"""Rich's name for terminals with 16 colours."""


class ThemeCommand:
    """The palette's entry for a theme; calling it chooses the theme."""

    def __init__(self, name: str, choose: Callable[[str], None]) -> None:
        self.name, self._choose = name, choose

    def __call__(self) -> None:
        self._choose(self.name)


class ThemeChooser:
    """Registers themes with the app when they are needed, and saves the user's choice."""

    def __init__(
        self,
        app: App[Any],
        catalogue: themes.ThemeCatalogue,
        *,
        colourless: bool,
        keep: Callable[[str], None],
    ) -> None:
        """``keep`` writes the choice to the configuration file."""
        self._app, self._catalogue, self._keep = app, catalogue, keep
        self._colourless = colourless
        is_terminal = sys.__stdout__ is not None and sys.__stdout__.isatty()
        self._has_few_colours = is_terminal and app.console.color_system == _SIXTEEN_COLOURS
        self._chosen = themes.DARK

    def start(self, wanted: str) -> Iterator[str]:
        """Use the theme ``wanted``, or one that this terminal can show; yield problems with themes.

        Names of actions are in braces, for ``Keymap.filled``.
        """
        if self._catalogue.notice:
            yield f"Themes that can't be used: {self._catalogue.notice}."
        theme = self._catalogue.find(wanted)
        if theme is None and f"{wanted}.toml: " not in self._catalogue.notice:
            yield f"There is no theme {wanted!r}; {{command_palette}} lists the themes."
        if self._colourless:
            theme = self._catalogue.find(themes.WITHOUT_COLOUR)
        elif self._has_few_colours and (theme is None or not theme.ansi):
            theme = self._catalogue.find(themes.SIXTEEN_COLOURS)
        self._chosen = self._show(theme or self._catalogue.find(themes.DARK))

    def why_not(self, command: ThemeCommand) -> str:
        """Return why a theme can't be switched to, or ""."""
        return "This theme is on already." if command.name == self._chosen else ""

    def commands(self) -> Iterator[ThemeCommand]:
        """An entry for each theme that this terminal can show; none if it shows no colours."""
        if self._colourless:
            return
        for name in self._catalogue.names():
            theme = self._catalogue.find(name)
            if theme is not None and (theme.ansi or not self._has_few_colours):
                yield ThemeCommand(name, self._choose)

    def highlighted(self, command: object) -> None:
        """Preview the theme under the palette's cursor; otherwise show the chosen one."""
        name = command.name if isinstance(command, ThemeCommand) else self._chosen
        if name != self._app.theme:
            self._show(self._catalogue.find(name))

    def closed(self) -> None:
        """Go back to the theme that was chosen: the palette was left without a choice."""
        self.highlighted(None)

    def _choose(self, name: str) -> None:
        self._chosen = self._show(self._catalogue.find(name))
        self._keep(name)

    def _show(self, theme: Theme | None) -> str:
        if theme is not None:
            self._app.register_theme(theme)
            self._app.theme = theme.name
        return self._app.theme
