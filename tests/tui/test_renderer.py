"""The painter: whatever was on the terminal before, what is painted is what stands there."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Offset, Region
from textual.strip import Strip

from poptui.text.format import fit
from poptui.tui.painting.renderer import DiffRenderer, update_of

CONSOLE = Console(color_system="truecolor", force_terminal=True)
HOME = Offset(0, 0)
WIDTH, HEIGHT = 24, 4
STYLES = [
    Style.parse(look)
    for look in (
        "#dadada on #1c1c1c",
        "#9e9e9e on #1c1c1c",
        "#ffffff on #005f87",
        "bold #ff8787 on #1c1c1c",
        "strike #dadada on #1c1c1c",
        "reverse #dadada on #1c1c1c",
        "default",
        "bold red on default",
    )
]
LETTERS = st.text("ab c" * 4 + "éЖ東京🎁❤─…", max_size=WIDTH)


def paint(
    painter: DiffRenderer, update: object, cursor: Offset = HOME, console: Console = CONSOLE
) -> str:
    known = update_of(update)
    assert known is not None
    return painter.render(known, console, cursor)


class Screen:
    """A terminal that shows what a painter sends."""

    def __init__(self, *, erases: bool = False) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.ByteStream(self.screen)
        self.painter = DiffRenderer(erases=erases)
        self.strips = [Strip.blank(WIDTH) for _ in range(HEIGHT)]

    def show(self, strips: list[Strip]) -> str:
        self.strips = strips
        update = LayoutUpdate([[strip] for strip in strips], Region(0, 0, WIDTH, HEIGHT))
        return self._feed(paint(self.painter, update))

    def change(self, y: int, strip: Strip) -> str:
        self.strips[y] = strip
        chops = [{0: strip} if line == y else {0: None} for line in range(HEIGHT)]
        update = ChopsUpdate(chops, [(y, 0, WIDTH)], [[WIDTH]] * HEIGHT)
        return self._feed(paint(self.painter, update))

    def _feed(self, sent: str) -> str:
        self.stream.feed(sent.encode())
        return sent

    def cells(self) -> list[list[tuple[object, ...]]]:
        """What is seen: on a blank neither the colour of the letter nor its weight is."""
        return [[seen(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    if cell.data.strip() or cell.reverse or cell.strikethrough:
        return tuple(cell)
    return (cell.data, cell.bg)


def strip_of(runs: list[tuple[str, int]]) -> Strip:
    """Runs of text, each in one of the styles, as a line of the full width."""
    segments: list[Segment] = []
    room = WIDTH
    for text, style in runs:
        shown = fit(text, min(room, cell_len(text)))
        segments.append(Segment(shown, STYLES[style]))
        room -= cell_len(shown)
    return Strip([*segments, Segment(" " * room, STYLES[0])], WIDTH)


RUNS = st.lists(st.tuples(LETTERS, st.integers(0, len(STYLES) - 1)), max_size=4).map(strip_of)
SCREENS = st.lists(RUNS, min_size=HEIGHT, max_size=HEIGHT)
CHANGES = st.lists(st.one_of(SCREENS, st.tuples(st.integers(0, HEIGHT - 1), RUNS)), max_size=5)


@given(SCREENS, CHANGES, st.booleans())
@settings(max_examples=100)
def test_what_is_painted_in_parts_is_what_is_painted_at_once(
    first: list[Strip], changes: list[list[Strip] | tuple[int, Strip]], erases: bool
) -> None:
    changed = Screen(erases=erases)
    changed.show(first)
    for change in changes:
        if isinstance(change, tuple):
            changed.change(*change)
        else:
            changed.show(change)
    anew = Screen()
    anew.show(changed.strips)
    assert changed.cells() == anew.cells()


@given(SCREENS)
@settings(max_examples=30)
def test_nothing_is_sent_for_what_stands_there(strips: list[Strip]) -> None:
    screen = Screen()
    screen.show(strips)
    assert screen.show(list(strips)) == ""
    assert screen.change(1, strips[1]) == ""


def test_a_letter_that_changes_is_sent_alone() -> None:
    screen = Screen()
    screen.show([strip_of([("one two three", 0)])] * HEIGHT)
    assert screen.change(2, strip_of([("one tWo three", 0)])) == "\x1b[3;6HW"
    assert screen.change(2, strip_of([("One tWo three", 0)])) == "\x1b[6DO"
    assert screen.change(2, strip_of([("ONe tWo thrEe", 0)])) == "N\x1b[9CE"


def test_a_short_gap_is_written_and_no_pen_taken_for_blanks() -> None:
    screen = Screen()
    screen.show([strip_of([("a bc d", 0)])] * HEIGHT)
    assert screen.change(0, strip_of([("A bc D", 0)])) == "\x1b[1HA bc D"
    assert screen.change(0, strip_of([("A ", 0), ("bc", 1), (" D", 0)])) == (
        "\x1b[4D\x1b[38;5;247mbc"
    )


def test_many_blanks_are_erased_where_the_terminal_can_do_so_in_colour() -> None:
    for erases, sent in ((False, "\x1b[1H" + " " * 12), (True, "\x1b[1H\x1b[12X")):
        screen = Screen(erases=erases)
        screen.show([strip_of([("twelve cells", 0)])] * HEIGHT)
        assert screen.change(0, strip_of([])) == sent
        assert screen.change(0, strip_of([(" " * 12, 0), ("x", 0)])).endswith("x")


def test_what_terminals_disagree_about_shifts_nothing() -> None:
    screen = Screen()
    screen.show([strip_of([])] * HEIGHT)
    sent = screen.change(0, strip_of([("a🎁b", 0)]))
    assert sent.endswith("a  \x08\x08🎁\x1b[4Gb")


def test_the_cursor_goes_where_the_user_types() -> None:
    screen = Screen()
    strip = strip_of([("abc", 0)])
    update = LayoutUpdate([[strip] for _ in range(HEIGHT)], Region(0, 0, WIDTH, HEIGHT))
    assert paint(screen.painter, update, Offset(3, 2)).endswith("\x1b[3;4H")
    assert paint(screen.painter, update, Offset(3, 2)) == ""
    assert paint(screen.painter, update) == ""


def test_a_screen_that_was_written_over_is_painted_whole() -> None:
    screen = Screen()
    strips = [strip_of([("abc", 2)])] * HEIGHT
    first = screen.show(strips)
    screen.painter.forget()
    assert screen.show(strips) == first
    assert first.startswith("\x1b[1H\x1b[m")


@pytest.mark.parametrize("system", ["standard", "256", "truecolor"])
def test_colours_fit_the_terminal(system: str) -> None:
    console = Console(color_system=system, force_terminal=True)  # type: ignore[arg-type]
    update = LayoutUpdate([[Strip([Segment("x", Style.parse("#123456"))])]], Region(0, 0, 1, 1))
    sent = paint(DiffRenderer(), update, console=console)
    assert ("38;2;" in sent) == (system == "truecolor")


@pytest.mark.parametrize("other", [None, "text", object(), Strip([])])
def test_what_is_no_update_is_not_touched(other: object) -> None:
    assert update_of(other) is None
