"""Our themes: read from TOML, checked colour by colour, handed to Textual.

Textual takes a theme as it comes and dies of a bad colour when the theme is chosen, so
everything is looked at here, and all that is wrong is told in one notice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from textual.app import App
from textual.color import Color, ColorParseError
from textual.css.constants import VALID_STYLE_FLAGS
from textual.theme import Theme

DARK = "poptui-dark"
LIGHT = "poptui-light"
WITHOUT_COLOUR = "ansi-dark"
"""Textual's theme for ``NO_COLOR``, under which all others come out in greys."""


COLOURS = (
    "primary",
    "secondary",
    "background",
    "surface",
    "panel",
    "foreground",
    "accent",
    "warning",
    "error",
    "success",
)
"""What a theme file must name, each as ``#rrggbb`` or a colour's name in CSS."""


class ThemeError(ValueError):
    """A theme file that cannot be used; its text lists everything that is wrong with it."""


def install(app: App[Any], folder: Traversable | None = None) -> tuple[list[str], str]:
    """Register every valid theme with ``app``; their names, and one notice about all others."""
    themes, notice = load(folder)
    for theme in themes:
        app.register_theme(theme)
    return [theme.name for theme in themes], notice


def load(folder: Traversable | None = None) -> tuple[list[Theme], str]:
    """The sound themes of ``folder`` (those of the package by default) and one notice."""
    themes: list[Theme] = []
    failures: list[str] = []
    try:
        found = _theme_files(folder)
    except OSError:
        return [], "poptui's themes are not installed with it."
    for file in found:
        try:
            themes.append(parse(file.read_text("utf-8")))
        except (ThemeError, OSError, UnicodeDecodeError) as error:
            failures.append(f"{file.name}: {error}")
    return themes, "\n".join(failures)


def parse(text: str) -> Theme:
    """The theme that ``text`` (TOML) describes; raises ThemeError with all that is wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ThemeError(f"not TOML: {error}") from error
    if failures := list(_failures(table)):
        raise ThemeError("; ".join(failures))
    return Theme(
        name=table["name"],
        dark=table.get("dark", True),
        variables=table.get("variables", {}),
        **table["colours"],
    )


def _theme_files(folder: Traversable | None) -> list[Traversable]:
    place = _packaged_themes() if folder is None else folder
    found = (file for file in place.iterdir() if file.name.endswith(".toml"))
    return sorted(found, key=lambda file: file.name)


def _packaged_themes() -> Traversable:
    """The folder of our themes: inside an installed package, beside it in a checkout."""
    package = files("poptui")
    installed = package / "themes"
    return installed if installed.is_dir() else package / ".." / "themes"


def _failures(table: Mapping[str, object]) -> Iterator[str]:
    """Everything that is wrong with a theme's table, in words."""
    for key in table.keys() - {"name", "dark", "colours", "variables"}:
        yield f"unknown key {key!r}"
    name = table.get("name")
    if not (isinstance(name, str) and name.strip() and name.isprintable()):
        yield "name is missing"
    if not isinstance(table.get("dark", True), bool):
        yield "dark is neither true nor false"
    yield from _colour_failures(table.get("colours", {}))
    yield from _variable_failures(table.get("variables", {}))


def _colour_failures(colours: object) -> Iterator[str]:
    if not isinstance(colours, dict):
        yield "colours is not a table"
        return
    for name in COLOURS:
        if name not in colours:
            yield f"colours.{name} is missing"
    for name, value in colours.items():
        if name not in COLOURS:
            yield f"unknown key colours.{name}"
        elif not _is_colour(value):
            yield f"colours.{name}: {value!r} is not a colour"


def _variable_failures(variables: object) -> Iterator[str]:
    if not isinstance(variables, dict):
        yield "variables is not a table"
        return
    for name, value in variables.items():
        if name.endswith("-style"):
            if not (isinstance(value, str) and VALID_STYLE_FLAGS.issuperset(value.split())):
                yield f"variables.{name}: {value!r} is not a text style"
        elif not _is_colour(value):
            yield f"variables.{name}: {value!r} is not a colour"


def _is_colour(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        Color.parse(value)
    except ColorParseError:
        return False
    return True
