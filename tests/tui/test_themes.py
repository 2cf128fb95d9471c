"""Our two themes can be read by everyone, and a broken theme is told, not died of."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from textual.app import App
from textual.color import Color
from textual.theme import Theme

from poptui.tui import themes
from poptui.tui.painting.cells import _palette_number

OURS = {theme.name: theme for theme in themes.load()[0]}
READABLE = 4.5
"""The contrast that WCAG 2.1 asks of text (level AA)."""
GOOD = Path(__file__).parents[2] / "themes" / "poptui-dark.toml"


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2.1 defines it."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(value) for value in colour.normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted(luminance(Color.parse(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_both_themes_travel_with_the_package() -> None:
    assert {themes.DARK, themes.LIGHT} <= set(OURS)
    assert OURS[themes.DARK].dark
    assert not OURS[themes.LIGHT].dark
    assert themes.load()[1] == ""


@pytest.mark.parametrize("theme", OURS.values(), ids=list(OURS))
def test_text_is_readable_on_every_ground(theme: Theme) -> None:
    variables = theme.to_color_system().generate()
    texts = [
        "foreground",
        "foreground-muted",
        "text-error",
        "text-warning",
        "text-accent",
        "text-primary",
    ]
    pairs = [(text, ground) for text in texts for ground in ("background", "surface", "panel")]
    pairs += [
        ("block-cursor-foreground", "block-cursor-background"),
        ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
    ]
    poor = {
        pair: round(contrast(variables[pair[0]], variables[pair[1]]), 2)
        for pair in pairs
        if contrast(variables[pair[0]], variables[pair[1]]) < READABLE
    }
    assert not poor


@pytest.mark.parametrize("theme", OURS.values(), ids=list(OURS))
def test_the_cursor_row_stands_out(theme: Theme) -> None:
    variables = theme.to_color_system().generate()
    grounds = ["block-cursor-background", "background", "block-cursor-blurred-background"]
    assert all(contrast(variables[a], variables[b]) > 1.3 for a, b in pairwise(grounds))


@pytest.mark.parametrize("theme", OURS.values(), ids=list(OURS))
def test_every_colour_has_a_number_in_the_fixed_palette(theme: Theme) -> None:
    colours = [getattr(theme, name) for name in themes.COLOURS]
    colours += [value for name, value in theme.variables.items() if not name.endswith("-style")]
    assert all(_palette_number(Color.parse(value).rich_color) for value in colours)


@pytest.mark.parametrize(
    ("before", "after", "failure"),
    [
        ('name = "poptui-dark"', "", "name is missing"),
        ("dark = true", 'dark = "yes"', "dark is neither true nor false"),
        ("dark = true", "drak = true", "unknown key 'drak'"),
        ('primary = "#5fafd7"\n', "", "colours.primary is missing"),
        ('primary = "#5fafd7"', 'primary = "#5fafd"', "colours.primary: '#5fafd' is not a colour"),
        ('primary = "#5fafd7"', "primary = 7", "colours.primary: 7 is not a colour"),
        ("[variables]", 'prim = "red"\n[variables]', "unknown key colours.prim"),
        ('text-style = "none"', 'text-style = "loud"', "'loud' is not a text style"),
        ("[variables]", '[variables]\nx = "reddish"', "variables.x: 'reddish' is not a colour"),
        ("[variables]", "[variables", "not TOML"),
    ],
)
def test_what_is_wrong_is_said(before: str, after: str, failure: str) -> None:
    text = GOOD.read_text("utf-8").replace(before, after, 1)
    with pytest.raises(themes.ThemeError) as caught:
        themes.parse(text)
    assert failure in str(caught.value)


def test_all_failures_come_in_one_notice_and_sound_themes_are_there(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(GOOD.read_text("utf-8"), "utf-8")
    (tmp_path / "bad.toml").write_text('name = "x"\ncolours = { primary = "nocolour" }', "utf-8")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    (tmp_path / "notes.txt").write_text("not a theme", "utf-8")
    found, notice = themes.load(tmp_path)
    assert [theme.name for theme in found] == [themes.DARK]
    bad, latin = notice.split("\n")
    assert bad.startswith("bad.toml: ")
    assert "colours.secondary is missing" in bad
    assert "'nocolour' is not a colour" in bad
    assert latin.startswith("latin.toml: ")


def test_a_missing_folder_is_a_notice(tmp_path: Path) -> None:
    assert themes.load(tmp_path / "nowhere") == ([], "poptui's themes are not installed with it.")


async def test_an_app_takes_them() -> None:
    app: App[None] = App()
    assert themes.install(app) == (list(OURS), "")
    async with app.run_test():
        for name in (themes.LIGHT, themes.DARK):
            app.theme = name
            assert app.current_theme.name == name
