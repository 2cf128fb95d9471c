"""Every theme is readable for everyone, and a broken theme is reported, not fatal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.app import App
from textual.color import Color
from textual.theme import Theme

from poptui.storage.settings import Settings
from poptui.tui import themes
from poptui.tui.apps.mailbox_app import PoptuiApp
from poptui.tui.painting.cells import _palette_number
from poptui.tui.screens.palette import PaletteScreen
from tests.tui.fake_mailbox import FakeMailbox
from tests.tui.kit import until

OURS = {theme.name: theme for theme in themes.load()[0]}
CATALOGUE = themes.ThemeCatalogue()
EVERY = [theme for name in CATALOGUE.names() if (theme := CATALOGUE.find(name))]
IN_RGB = [theme for theme in EVERY if not theme.ansi]
GROUNDS = ("background", "surface", "panel")
TEXTS = (
    "foreground", "foreground-muted", "text-muted", "text-error", "text-warning", "text-accent",
    "text-primary", "text-success", "text-secondary",
)  # fmt: skip
VGA = {
    "black": "#000000", "red": "#aa0000", "green": "#00aa00", "yellow": "#aa5500",
    "blue": "#0000aa", "magenta": "#aa00aa", "cyan": "#00aaaa", "white": "#aaaaaa",
    "bright_black": "#555555", "bright_red": "#ff5555", "bright_green": "#55ff55",
    "bright_yellow": "#ffff55", "bright_blue": "#5555ff", "bright_magenta": "#ff55ff",
    "bright_cyan": "#55ffff", "bright_white": "#ffffff",
}  # fmt: skip
"""The palette of the Linux console."""
READABLE = 4.5
"""The contrast that WCAG 2.1 asks of text (level AA)."""
GOOD = Path(__file__).parents[2] / "themes" / "poptui-dark.toml"


def luminance(colour: Color) -> float:
    """Return the relative luminance as defined by WCAG 2.1."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(value) for value in colour.normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted(luminance(Color.parse(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def shown(theme: Theme) -> dict[str, str]:
    """Return the variables of a theme as an app has them."""
    return theme.to_color_system().generate() | theme.variables


def test_the_promised_themes_travel_with_the_package() -> None:
    wanted = {themes.DARK, themes.LIGHT, themes.SIXTEEN_COLOURS, themes.WITHOUT_COLOUR}
    assert wanted | {"poptui-contrast", "nord", "gruvbox", "dracula"} <= set(OURS)
    assert OURS[themes.DARK].dark
    assert not OURS[themes.LIGHT].dark
    assert themes.load()[1] == ""


def test_textuals_own_are_offered_too_and_none_twice() -> None:
    names = CATALOGUE.names()
    assert len(names) == len(set(names))
    assert {"tokyo-night", "solarized-light", "textual-dark", *OURS} <= set(names)
    assert CATALOGUE.find("no-such") is None


@pytest.mark.parametrize("theme", IN_RGB, ids=lambda theme: theme.name)
def test_text_is_readable_on_every_ground(theme: Theme) -> None:
    variables = shown(theme)
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS]
    pairs += [
        ("block-cursor-foreground", "block-cursor-background"),
        ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
    ]
    assert not {
        pair: round(found, 2)
        for pair in pairs
        if (found := contrast(variables[pair[0]], variables[pair[1]])) < READABLE
    }


def test_the_sixteen_colours_are_readable_on_the_console() -> None:
    variables = shown(OURS[themes.SIXTEEN_COLOURS])

    def colour(name: str) -> str:
        return VGA[variables[name].removeprefix("ansi_")]

    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS]
    pairs += [(f"block-cursor{one}-foreground", f"block-cursor{one}-background")
              for one in ("", "-blurred")]  # fmt: skip
    assert not [pair for pair in pairs if contrast(*map(colour, pair)) < READABLE]


def test_high_contrast_is_high() -> None:
    variables = shown(OURS["poptui-contrast"])
    assert min(contrast(variables[text], variables["background"]) for text in TEXTS) >= 7.0


@pytest.mark.parametrize("theme", IN_RGB, ids=lambda theme: theme.name)
def test_the_cursor_row_stands_out_with_and_without_the_focus(theme: Theme) -> None:
    variables = shown(theme)
    cursors = [variables[f"block-cursor{one}-background"] for one in ("", "-blurred")]
    assert all(contrast(cursor, variables["background"]) >= 1.25 for cursor in cursors)
    assert cursors[0] != cursors[1]


def test_without_colours_the_cursor_row_has_a_style() -> None:
    variables = shown(OURS[themes.WITHOUT_COLOUR])
    styles = [variables[f"block-cursor{one}-text-style"] for one in ("", "-blurred")]
    assert styles == ["reverse", "underline"]


@pytest.mark.parametrize("name", [themes.DARK, themes.LIGHT])
def test_every_text_of_the_usual_themes_takes_few_bytes(name: str) -> None:
    variables = shown(OURS[name])
    assert all(_palette_number(Color.parse(variables[text]).rich_color) for text in TEXTS)


@pytest.mark.parametrize(
    ("before", "after", "failure"),
    [
        ('name = "poptui-dark"', "", "name is missing"),
        ("dark = true", 'dark = "yes"', "dark must be true or false"),
        ("dark = true", "drak = true", "unknown key 'drak'"),
        ('accent = "#5fafff"\n', "", "missing in colours: accent"),
        ('accent = "#5fafff"', 'accent = "#5fafd"', "colours.accent: '#5fafd' is not a colour"),
        ('accent = "#5fafff"', "accent = 7", "colours.accent: 7 is not a colour"),
        ('accent = "#5fafff"', 'accent = "#5fafff80"', "'#5fafff80' is not a colour"),
        ('accent = "#5fafff"', 'accent = "ansi_blue"', "either all of them are ansi_… names"),
        ('news = "#87afff"', 'news = "#87afff"\nprim = "red"', "unknown key colours.prim"),
        ('news = "#87afff"', 'news = "#87afff"\n[styles]\ncursor = "loud"', "'loud' is not a text"),
        ('news = "#87afff"', 'news = "#87afff"\n[styles]\ncursor = "blink"', "'blink' is not a te"),
        ('news = "#87afff"', 'news = "#87afff"\n[styles]\nbar = "bold"', "unknown key styles.bar"),
        ("[colours]", "[colours", "not TOML"),
        ("[colours]", "styles = 1\n[colours]", "styles is not a table"),
        ("[colours]", f"x = {'[' * 5000}\n[colours]", "not TOML"),
        ("[colours]", f"x = {'9' * 5000}\n[colours]", "not TOML"),
        ('accent = "#5fafff"', f"accent = 0x{'f' * 5000}", "colours.accent: a number with thousan"),
        ("[colours]", "[colours]\n" + "".join(f"x{n} = 1\n" for n in range(99)), "69 more"),
    ],
)
def test_each_mistake_is_named(before: str, after: str, failure: str) -> None:
    text = GOOD.read_text("utf-8").replace(before, after, 1)
    with pytest.raises(themes.ThemeError) as caught:
        themes.parse(text)
    assert failure in str(caught.value)


def test_all_failures_come_in_one_notice_and_valid_themes_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(GOOD.read_text("utf-8"), "utf-8")
    (tmp_path / "bad.toml").write_text('name = "x"\ncolours = { accent = "nocolour" }', "utf-8")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    (tmp_path / "endless.toml").write_bytes(b"#" * 100_000)
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "round.toml").symlink_to("round.toml")
    (tmp_path / "notes.txt").write_text("not a theme", "utf-8")
    found, notice = themes.load(tmp_path)
    assert [theme.name for theme in found] == [themes.DARK]
    bad, endless, folder, latin, pipe, circle = notice.split("\n")
    assert bad.startswith("bad.toml: ")
    assert "missing in colours: background, bar, " in bad
    assert "'nocolour' is not a colour" in bad
    assert endless == "endless.toml: larger than 64 kB"
    assert folder == "folder.toml: not a file"
    assert pipe == "pipe.toml: not a file"
    assert circle == "round.toml: not a file"
    assert latin == "latin.toml: not UTF-8 text"


def test_a_theme_of_the_users_replaces_ours(tmp_path: Path) -> None:
    text = GOOD.read_text("utf-8").replace("#5fafff", "#ffffff")
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    catalogue = themes.ThemeCatalogue(tmp_path)
    found = catalogue.find(themes.DARK)
    assert found is not None
    assert found.primary == "#ffffff"
    assert catalogue.names().count(themes.DARK) == 1


def test_a_missing_folder_is_nothing_to_tell(tmp_path: Path) -> None:
    assert themes.ThemeCatalogue(tmp_path / "nowhere").notice == ""


async def test_an_app_takes_them() -> None:
    app: App[None] = App()
    assert themes.install(app) == list(OURS)
    async with app.run_test():
        for name in OURS:
            app.theme = name
            assert app.current_theme.name == name


async def test_the_palette_shows_a_theme_before_it_is_chosen_and_keeps_the_choice(
    tmp_path: Path,
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('# mine\ntheme = "poptui-dark"\n', "utf-8")
    app = PoptuiApp(FakeMailbox(), settings=Settings(path=file))
    async with app.run_test(size=(80, 24)) as pilot:

        async def palette(keys: str, shown: str) -> None:
            await pilot.press("ctrl+p")
            await until(pilot, lambda: isinstance(app.screen, PaletteScreen))
            await pilot.press(*keys)
            await until(pilot, lambda: app.theme == shown)

        await palette("theme: nord", "nord")
        await pilot.press("escape")
        await until(pilot, lambda: app.theme == themes.DARK)
        await palette("theme: dracula", "dracula")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.mail)
        assert app.theme == "dracula"
        await until(pilot, lambda: "dracula" in file.read_text("utf-8"))
    assert file.read_text("utf-8") == '# mine\ntheme = "dracula"\n'


async def test_a_choice_that_cannot_be_kept_says_so_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("wrong = 1\nmouse = 3\nkeymap = 'x'\n", "utf-8")
    app = PoptuiApp(FakeMailbox(), settings=Settings(path=file))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, PaletteScreen))
        await pilot.press(*"theme: nord", "enter")
        await until(pilot, lambda: "is not saved" in app.mail.panes.key_bar.notice)
    assert app.theme == "nord"
    assert app.mail.panes.key_bar.notice == (
        "The theme is not saved for the next start: the configuration file has mistakes, which"
        " “poptui config check” lists."
    )
    assert "nord" not in file.read_text("utf-8")


@pytest.mark.parametrize("name", ["mine", "other"])
async def test_a_chosen_theme_with_faults_is_one_notice(name: str, tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text('name = "mine"\n[colours]\ntext = "no"\n')
    file = tmp_path / "config.toml"
    app = PoptuiApp(FakeMailbox(), settings=Settings(path=file, theme=name))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "mine.toml" in app.mail.panes.key_bar.notice)
        notice = app.mail.panes.key_bar.notice
    assert notice.startswith(
        "Themes that can't be used: mine.toml: missing in colours: background,"
    )
    assert "colours.text: 'no' is not a colour." in notice
    assert ("There is no theme" in notice) is (name == "other")
