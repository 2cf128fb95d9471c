"""The colour themes: poptui's own and the user's, read from TOML, and Textual's, adapted.

A theme file names the colour of each role; ``ROLES`` lists them. Textual would crash on an invalid
colour when the theme is chosen, so every file is checked here, and all problems are reported in one
notice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from textual.app import App
from textual.color import Color, ColorParseError
from textual.css.constants import VALID_STYLE_FLAGS
from textual.theme import BUILTIN_THEMES, Theme

from poptui.printable import printable_line
from poptui.text.format import cut

DARK = "poptui-dark"
LIGHT = "poptui-light"
SIXTEEN_COLOURS = "poptui-16"
"""The theme for terminals with 16 colours."""
WITHOUT_COLOUR = "poptui-mono"
"""The theme for ``NO_COLOR`` and terminals without colours."""

ROLES: Mapping[str, str] = {
    "background": "The background of the list, the viewer and the line above them",
    "bar": "The background of the last line, and of fields",
    "dialog": "The background of dialogs",
    "text": "Senders and subjects",
    "dim": "Size, date, labels, marked rows",
    "frame": "Frames of what has no focus",
    "accent": "The focus, keys, titles, new mail, links",
    "cursor": "The background of the row under the cursor",
    "cursor-blurred": "The same in a pane without the focus",
    "danger": "Marks, spam, errors, the frame of a dialog that deletes",
    "caution": "Warnings, scores below spam",
    "good": "Protected messages",
    "news": "Newsletters",
}
"""The roles that a theme file must set under ``[colours]``: ``#rrggbb``, CSS, or ``ansi_…``
names."""
CURSOR_TEXT = "cursor-text"
"""Optional; otherwise the row under the cursor has the colour of text."""
STYLES = ("cursor", "cursor-blurred")
"""May have a text style under ``[styles]``, for themes without background colours."""

READABLE = 4.5
"""The contrast that WCAG 2.1 asks of text (level AA)."""
_VISIBLE = 1.3
"""The contrast that makes the background of a row stand out."""
_STEP = 0.05
"""Step in which a colour is mixed until it has enough contrast."""
_MAX_FILE_BYTES = 64 * 1024
_MAX_VALUE_CELLS = 40
"""A longer invalid value is cut when it is quoted."""
_MAX_FAILURES = 30
"""Maximum number of problems of one file that are listed."""
_ANSI = "ansi_"


class ThemeError(ValueError):
    """A theme file that cannot be used; the text lists all its problems."""


class ThemeCatalogue:
    """All themes by name. The user's files are read at once, the others when they are needed."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` has the user's own themes, which may replace others of the same name."""
        self.notice = ""
        """The problems of the files in ``folder``, or ""."""
        self._users: dict[str, Theme] = {}
        if folder is not None and folder.is_dir():
            themes, self.notice = load(folder)
            self._users = {theme.name: theme for theme in themes}

    def find(self, name: str) -> Theme | None:
        """The theme of this name, ready to be registered."""
        if name in self._users:
            return self._users[name]
        for file in _package_files():
            if file.name == f"{name}.toml":
                return parse(file.read_text("utf-8"))
        theme = BUILTIN_THEMES.get(name)
        return None if theme is None else adapted(theme)

    def names(self) -> list[str]:
        """All themes: the user's, poptui's own, then Textual's."""
        ours = [file.name.removesuffix(".toml") for file in _package_files()]
        textual = [name for name, theme in BUILTIN_THEMES.items() if not theme.ansi]
        return list(dict.fromkeys([*sorted(self._users), *ours, *sorted(textual)]))


def install(app: App[Any]) -> list[str]:
    """Register all of poptui's own themes with ``app``, and return their names."""
    themes, _ = load()
    for theme in themes:
        app.register_theme(theme)
    return [theme.name for theme in themes]


def load(folder: Path | None = None) -> tuple[list[Theme], str]:
    """Return the valid themes of ``folder`` (by default the package's) and a notice on the
    others."""
    themes: list[Theme] = []
    failures: list[str] = []
    try:
        found = _package_files() if folder is None else _theme_files(folder)
    except OSError as error:
        return [], f"Themes can't be read: {error.strerror}."
    for file in found:
        try:
            themes.append(parse(_read(file)))
        except (ThemeError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            failures.append(printable_line(f"{file.name}: {reason}"))
    return themes, "\n".join(failures)


def _package_files() -> list[Path]:
    """Our theme files: inside an installed package, beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "themes"
    return _theme_files(installed if installed.is_dir() else package.parent / "themes")


def _theme_files(folder: Path) -> list[Path]:
    found = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    return sorted(found, key=lambda file: file.name)


def _read(file: Path) -> str:
    if not file.is_file():
        raise ThemeError("not a file")  # a pipe could be read for ever
    with file.open("rb") as opened:
        octets = opened.read(_MAX_FILE_BYTES + 1)
    if len(octets) > _MAX_FILE_BYTES:
        raise ThemeError(f"larger than {_MAX_FILE_BYTES // 1024} kB")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ThemeError("not UTF-8 text") from error


def parse(text: str) -> Theme:
    """Return the theme that ``text`` (TOML) describes. Raises ThemeError with all problems."""
    try:
        table = tomllib.loads(text)
    except (
        ValueError,
        RecursionError,
    ) as error:  # also raised for a number with thousands of digits
        raise ThemeError(f"not TOML: {error}") from error
    if failures := list(_failures(table)):
        more = len(failures) - _MAX_FAILURES
        named = failures[:_MAX_FAILURES] + [f"{more} more"] * (more > 0)
        raise ThemeError("; ".join(named))
    return _theme(
        table["name"], table["colours"], table.get("styles", {}), dark=table.get("dark", True)
    )


def _theme(
    name: str, colours: Mapping[str, str], styles: Mapping[str, str], *, dark: bool
) -> Theme:
    """The roles under the names that Textual and its widgets use."""
    cursor_text = colours.get(CURSOR_TEXT, colours["text"])
    variables = {
        # Textual's names for the same, where it would compute them from others.
        "surface": colours["dialog"],
        "panel": colours["bar"],
        "text": colours["text"],
        "foreground-muted": colours["dim"],
        "text-muted": colours["dim"],
        "text-primary": colours["accent"],
        "text-accent": colours["accent"],
        "text-error": colours["danger"],
        "text-warning": colours["caution"],
        "text-success": colours["good"],
        "text-secondary": colours["news"],
        "border": colours["accent"],
        "border-blurred": colours["frame"],
        "footer-key-foreground": colours["accent"],
        "input-cursor-background": colours["text"],
        "input-cursor-foreground": colours["dialog"],
        "input-selection-background": colours["cursor"],
        "input-selection-foreground": cursor_text,
        "scrollbar": colours["frame"],
        "scrollbar-background": colours["dialog"],
        "block-cursor-background": colours["cursor"],
        "block-cursor-foreground": cursor_text,
        "block-cursor-text-style": styles.get("cursor", "none"),
        "block-cursor-blurred-background": colours["cursor-blurred"],
        "block-cursor-blurred-foreground": colours["text"],
        "block-cursor-blurred-text-style": styles.get("cursor-blurred", "none"),
    }
    is_ansi = any(colour.startswith(_ANSI) for colour in colours.values())
    if is_ansi:
        # Textual's own stylesheets need more variables for such a theme.
        variables = {**BUILTIN_THEMES["ansi-dark"].variables, **variables}
    return Theme(
        name=name,
        dark=dark,
        ansi=is_ansi,
        primary=colours["accent"],
        accent=colours["accent"],
        secondary=colours["news"],
        background=colours["background"],
        surface=colours["dialog"],
        panel=colours["bar"],
        foreground=colours["text"],
        error=colours["danger"],
        warning=colours["caution"],
        success=colours["good"],
        variables=variables,
    )


# Problems


def _failures(table: Mapping[str, object]) -> Iterator[str]:
    """Yield the problems of a theme's table, in words."""
    for key in table.keys() - {"name", "dark", "colours", "styles"}:
        yield f"unknown key {_quoted(key)}"
    name = table.get("name")
    if not (isinstance(name, str) and name.strip() and name.isprintable()):
        yield "name is missing"
    if not isinstance(table.get("dark", True), bool):
        yield "dark must be true or false"
    yield from _colour_failures(table.get("colours", {}))
    yield from _style_failures(table.get("styles", {}))


def _colour_failures(colours: object) -> Iterator[str]:
    if not isinstance(colours, dict):
        yield "colours is not a table"
        return
    if missing := [name for name in ROLES if name not in colours]:
        yield f"missing in colours: {', '.join(missing)}"
    for name, value in colours.items():
        if name not in ROLES and name != CURSOR_TEXT:
            yield f"unknown key colours.{cut(name, _MAX_VALUE_CELLS)}"
        elif not _is_colour(value):
            yield f"colours.{name}: {_quoted(value)} is not a colour"
    named = [isinstance(colour, str) and colour.startswith(_ANSI) for colour in colours.values()]
    if any(named) and not all(named):
        yield "colours: either all of them are ansi_… names, or none"


def _style_failures(styles: object) -> Iterator[str]:
    if not isinstance(styles, dict):
        yield "styles is not a table"
        return
    allowed = VALID_STYLE_FLAGS - {"blink"}
    for name, value in styles.items():
        if name not in STYLES:
            yield f"unknown key styles.{cut(name, _MAX_VALUE_CELLS)}"
        elif not (isinstance(value, str) and allowed.issuperset(value.split())):
            yield f"styles.{name}: {_quoted(value)} is not a text style"


def _quoted(value: object) -> str:
    try:
        return cut(repr(value), _MAX_VALUE_CELLS)
    except ValueError:
        return "a number with thousands of digits"


def _is_colour(value: object) -> bool:
    """Whether it is an opaque colour; transparent ones can't be checked for contrast."""
    if not isinstance(value, str):
        return False
    try:
        return Color.parse(value).a == 1.0
    except ColorParseError:
        return False


# Textual's themes


def adapted(theme: Theme) -> Theme:
    """Return a theme of Textual's with our roles, its colours mixed until all text is readable."""
    variables = theme.to_color_system().generate()
    ground = _opaque(variables["background"], Color.parse("black"))
    bar, dialog = (_opaque(variables[name], ground) for name in ("panel", "surface"))
    far = Color.parse("white" if theme.dark else "black")
    text = _readable(_opaque(variables["foreground"], ground), (ground, bar, dialog), far)
    accent = _opaque(variables["primary"], ground)
    cursor, blurred = (
        _standing_out(colour, ground) for colour in (accent, text.blend(ground, 0.5))
    )
    text = _readable(text, (blurred,), far)
    grounds = {"background": ground, "bar": bar, "dialog": dialog}
    texts = {
        "dim": text.blend(ground, 0.4),
        "accent": accent,
        "danger": _opaque(variables["error"], ground),
        "caution": _opaque(variables["warning"], ground),
        "good": _opaque(variables["success"], ground),
        "news": _opaque(variables["secondary"], ground),
    }
    colours = {
        **grounds,
        **{role: _readable(colour, grounds.values(), far) for role, colour in texts.items()},
        "text": text,
        "frame": text.blend(ground, 0.75),
        "cursor": cursor,
        CURSOR_TEXT: _readable(text, (cursor,), far),
        "cursor-blurred": blurred,
    }
    return _theme(
        theme.name, {role: colour.hex6 for role, colour in colours.items()}, {}, dark=theme.dark
    )


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, 1 to 21, as WCAG 2.1 defines it."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _opaque(colour: str, ground: Color) -> Color:
    parsed = Color.parse(colour)
    return ground.blend(parsed.with_alpha(1.0), parsed.a)


def _readable(colour: Color, grounds: Iterable[Color], far: Color) -> Color:
    """Mix ``colour`` with ``far`` until it is readable on all ``grounds``."""
    for step in range(round(1 / _STEP) + 1):
        mixed = colour.blend(far, step * _STEP)
        if all(contrast(mixed, ground) >= READABLE for ground in grounds):
            return mixed
    return far


def _standing_out(colour: Color, ground: Color) -> Color:
    """Return a background with as little of ``colour`` as makes it stand out from ``ground``."""
    for step in range(1, round(1 / _STEP)):
        mixed = ground.blend(colour, step * _STEP)
        if contrast(mixed, ground) >= _VISIBLE:
            return mixed
    return colour


def user_folder(config_file: Path) -> Path | None:
    """The folder of the user's own themes, beside the configuration file, if there is one."""
    return config_file.parent / "themes" if config_file.is_absolute() else None
