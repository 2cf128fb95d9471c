"""The user's choices in the palette that last: written to the configuration file, and the theme."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from textual.app import App
from textual.theme import Theme

from poptui.errors import PoptuiError
from poptui.storage.toml_reader import ConfigError
from poptui.threads import run_detached
from poptui.tui import themes
from poptui.tui.host import Host

_SIXTEEN_COLOURS = "standard"
"""Rich's name for terminals with 16 colours."""


class Preferences:
    """Keeps the user's choices for the next start."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def keep(self, name: str, value: str) -> None:
        """Write a setting to the configuration file in the background, if there is one."""
        if self._host.settings.path.is_absolute():
            self._host.background(self._save(name, value), group="settings")

    async def _save(self, name: str, value: str) -> None:
        from poptui.storage.config_file import save_setting

        try:
            await run_detached(lambda: save_setting(self._host.settings.path, name, value))
        except ConfigError:  # of which it may list many
            self._host.say(
                f"The {name} is not saved for the next start: the configuration file has mistakes,"
                " which “poptui config check” lists.",
                is_error=True,
            )
        except PoptuiError as error:
            self._host.say(
                f"The {name} could not be saved for the next start. {error}", is_error=True
            )


class ThemeChooser:
    """Registers themes with the app when they are needed, and keeps the user's choice."""

    def __init__(
        self,
        app: App[Any],
        catalogue: themes.ThemeCatalogue,
        preferences: Preferences,
        *,
        colourless: bool,
    ) -> None:
        self._app, self._catalogue, self._preferences = app, catalogue, preferences
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

    def why_not(self, name: str) -> str:
        """Return why a theme can't be switched to, or ""."""
        return "This theme is on already." if name == self._chosen else ""

    def names(self) -> Iterator[str]:
        """Yield the themes that this terminal can show; none if it shows no colours."""
        if self._colourless:
            return
        for name in self._catalogue.names():
            theme = self._catalogue.find(name)
            if theme is not None and (theme.ansi or not self._has_few_colours):
                yield name

    def preview(self, name: str) -> None:
        """Show a theme, as long as the palette's cursor is on it."""
        if name != self._app.theme:
            self._show(self._catalogue.find(name))

    def restore(self) -> None:
        """Show the chosen theme again."""
        self.preview(self._chosen)

    def choose(self, name: str) -> None:
        """Show a theme from now on."""
        self._chosen = self._show(self._catalogue.find(name))
        self._preferences.keep("theme", name)

    def _show(self, theme: Theme | None) -> str:
        if theme is not None:
            self._app.register_theme(theme)
            self._app.theme = theme.name
        return self._app.theme
