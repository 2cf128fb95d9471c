"""The renderer: whatever the terminal showed before, it shows what was painted, in few bytes."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color, ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Offset, Region
from textual.strip import Strip

from poptui.text.format import fit
from poptui.tui.painting.capabilities import TerminalCapabilities
from poptui.tui.painting.cells import _colour_codes
from poptui.tui.painting.pen import move
from poptui.tui.painting.renderer import DiffRenderer, update_of
from tests.kit.emulator import Emulator
from tests.kit.tmux import Tmux, needs_tmux

CONSOLE = Console(color_system="truecolor", force_terminal=True)
HOME = Offset(0, 0)
WIDTH, HEIGHT = 24, 6
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
    """A terminal that shows what a renderer sends."""

    def __init__(self, can: TerminalCapabilities | None = None) -> None:
        self.screen = Emulator(
            WIDTH, HEIGHT, erases_in_colour=can is not None and can.erases_in_colour
        )
        self.stream = pyte.ByteStream(self.screen)
        self.painter = DiffRenderer(can)
        self.strips = [Strip.blank(WIDTH) for _ in range(HEIGHT)]

    def show(self, strips: list[Strip], cursor: Offset = HOME) -> str:
        self.strips = strips
        update = LayoutUpdate([[strip] for strip in strips], Region(0, 0, WIDTH, HEIGHT))
        return self._feed(paint(self.painter, update, cursor))

    def change(self, y: int, strip: Strip) -> str:
        self.strips[y] = strip
        chops = [{0: strip} if line == y else {0: None} for line in range(HEIGHT)]
        update = ChopsUpdate(chops, [(y, 0, WIDTH)], [[WIDTH]] * HEIGHT)
        return self._feed(paint(self.painter, update))

    def _feed(self, sent: str) -> str:
        self.stream.feed(sent.encode())
        return sent

    def cells(self) -> list[list[tuple[object, ...]]]:
        """Return what is visible: on a blank, neither text colour nor weight is."""
        return [[seen(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    if cell.data.strip() or cell.reverse or cell.strikethrough:
        return tuple(cell)
    return (cell.data, cell.bg)


def strip_of(runs: list[tuple[str, int]]) -> Strip:
    """Return a line of the full width from runs of text, each in one of the styles."""
    segments: list[Segment] = []
    room = WIDTH
    for text, style in runs:
        shown = fit(text, min(room, cell_len(text)))
        segments.append(Segment(shown, STYLES[style]))
        room -= cell_len(shown)
    return Strip([*segments, Segment(" " * room, STYLES[0])], WIDTH)


RUNS = st.lists(st.tuples(LETTERS, st.integers(0, len(STYLES) - 1)), max_size=4).map(strip_of)
SCREENS = st.lists(RUNS, min_size=HEIGHT, max_size=HEIGHT)
MOVES = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, HEIGHT - 1), st.integers(-2, 2))
"""First and last line that move, and by how much."""
CHANGES = st.lists(
    st.one_of(SCREENS, MOVES, st.tuples(st.integers(0, HEIGHT - 1), RUNS)), min_size=1, max_size=5
)
TERMINALS = st.builds(TerminalCapabilities, *[st.booleans()] * 5)
XTERM = TerminalCapabilities(True, True, True, True, True)


@given(SCREENS, CHANGES, TERMINALS)
@settings(max_examples=150)
def test_changes_give_the_same_screen_as_painting_it_whole(
    first: list[Strip], changes: list[Any], can: TerminalCapabilities
) -> None:
    changed = Screen(can)
    changed.show(first)
    for change in changes:
        if len(change) == HEIGHT:
            changed.show(change)
        elif len(change) == 2:
            changed.change(*change)
        else:
            changed.show(moved(changed.strips, *change))
        repainted = Screen()
        repainted.show(changed.strips)
        assert changed.cells() == repainted.cells()


def test_a_place_that_is_painted_again_and_again_is_saved_with_its_colours() -> None:
    sent = {}
    for can in (TerminalCapabilities(), TerminalCapabilities(saves_cursor=True)):
        screen, repainted = Screen(can), Screen()
        sent[can] = ""
        for cursor in (0, 1, 2, 3, 4, 3, 2, 1, 0):
            rows = [strip_of([(f"row {y}", 2 if y == cursor else y % 2)]) for y in range(5)]
            card = strip_of([("at ", 1), (f"{cursor}", 0), (" or ", 1), (f"{cursor}", 3)])
            sent[can] += screen.show([*rows, card], Offset(0, cursor))
            repainted.show([*rows, card])
            assert screen.cells() == repainted.cells()
    plain, saving = sent.values()
    assert "\x1b7" in saving
    assert "\x1b8" in saving
    assert "\x1b8" not in plain
    assert len(saving) < len(plain)


@needs_tmux
def test_tmux_shows_the_same_screen_after_changes_as_painted_whole() -> None:
    rng = random.Random(11)
    with Tmux(WIDTH, HEIGHT) as tmux:
        for can in (
            XTERM,
            TerminalCapabilities(scrolls=True),
            TerminalCapabilities(erases_in_colour=True),
        ):
            changed, sent = Screen(can), ""
            lines = [random_line(rng) for _ in range(HEIGHT)]
            for _ in range(30):
                sent += changed.show(lines)
                first, last = sorted(rng.sample(range(HEIGHT), 2))
                lines = moved(lines, first, last, rng.choice((-2, -1, 0, 1, 2)))
                lines[rng.randrange(HEIGHT)] = random_line(rng)
            whole = Screen().show(changed.strips)
            assert captured(tmux, sent) == captured(tmux, whole)


def captured(tmux: Tmux, sent: str) -> list[list[tuple[object, ...]]]:
    """Return the cells that tmux shows, without the colours of blanks: it omits those of erased
    ones."""
    screen = Screen()
    screen.stream.feed("\r\n".join(tmux.show(sent, styles=True)[:HEIGHT]).encode())
    return [[cell if cell[0] != " " else () for cell in line] for line in screen.cells()]


def random_line(rng: random.Random) -> Strip:
    """Return text that is long enough to be worth scrolling."""
    texts = ("".join(rng.choices("abc dé Ж東京🎁❤─…", k=8)) for _ in range(3))
    return strip_of([(text, rng.randrange(len(STYLES))) for text in texts])


def moved(strips: list[Strip], first: int, last: int, distance: int) -> list[Strip]:
    """Return the strips with lines ``first`` to ``last`` moved up, followed by blank ones."""
    block = range(first, last + 1)
    return [
        strips[y]
        if y not in block
        else strips[y + distance]
        if y + distance in block
        else strip_of([])
        for y in range(HEIGHT)
    ]


LINES = [strip_of([(letter * 17, 0)]) for letter in "abcdef"]


@pytest.mark.parametrize(
    ("block", "sent"),
    [
        ((1, 4, 1), "\x1b[2;5r\x1b[2H\x1b[M\x1b[r"),
        ((1, 4, -1), "\x1b[2;5r\x1b[2H\x1b[L\x1b[r"),
        ((0, 3, 2), "\x1b[;4r\x1b[H\x1b[2M\x1b[r"),
        ((2, 5, -2), "\x1b[3H\x1b[2L"),
    ],
)
def test_lines_that_moved_are_scrolled_by_the_terminal(
    block: tuple[int, int, int], sent: str
) -> None:
    screen = Screen(XTERM)
    screen.show(LINES)
    assert screen.show(moved(LINES, *block)).startswith(sent)
    assert sum(len(line.strip()) for line in screen.screen.display) == 17 * (HEIGHT - abs(block[2]))


def test_a_list_beside_another_pane_is_scrolled_only_if_that_is_shorter() -> None:
    def panes(first: int, pane: str) -> list[Strip]:
        return [strip_of([(f"{first + y:<6}", 0), (pane * 16, 1)]) for y in range(HEIGHT)]

    screen = Screen(XTERM)
    screen.show(panes(0, "a"))
    assert screen.show(panes(1, "a")).startswith("\x1b[H\x1b[M")
    screen.show([strip_of([(f"{y:<6}{letter * 16}", 0)]) for y, letter in enumerate("abcdef")])
    other = [strip_of([(f"{y + 1:<6}{letter * 16}", 0)]) for y, letter in enumerate("abcdef")]
    assert "M" not in screen.show(other)


@given(SCREENS)
@settings(max_examples=30)
def test_nothing_is_sent_for_unchanged_cells(strips: list[Strip]) -> None:
    screen = Screen()
    screen.show(strips)
    assert screen.show(list(strips)) == ""
    assert screen.change(1, strips[1]) == ""


def test_a_letter_that_changes_is_sent_alone() -> None:
    screen = Screen()
    screen.show([strip_of([("one two three", 0)])] * HEIGHT)
    assert screen.change(2, strip_of([("one tWo three", 0)])) == "\x1b[3;6HW"
    assert screen.change(2, strip_of([("One tWo three", 0)])) == "\rO"
    assert screen.change(2, strip_of([("ONe tWo thrEe", 0)])) == "N\x1b[9CE"


def test_a_few_cells_are_written_again_if_that_is_shorter_than_moving_past_them() -> None:
    screen = Screen()
    screen.show([strip_of([("a bc d", 0)])] * HEIGHT)
    screen.change(1, strip_of([("A bc d", 0)]))
    assert screen.change(1, strip_of([("A bC d", 0)])) == " bC"
    assert screen.change(2, strip_of([("a Bc d", 0)])) == "\r\na B"


@pytest.mark.parametrize("tabs", [False, True])
@pytest.mark.parametrize("sends_return", [False, True])
def test_moves_get_to_their_place(*, sends_return: bool, tabs: bool) -> None:
    """Also if the line discipline turns line feeds into CR LF."""
    places = [(y, x) for y in (0, 1, 2, 8, 9) for x in (0, 1, 2, 8, 9, 15, 17, 19)]
    for start, (y, x) in product(places, places):
        emulator = Emulator(20, 10)
        emulator.cursor.y, emulator.cursor.x = start
        sent = move(start, y, x, 8 * tabs)
        pyte.Stream(emulator).feed(sent.replace("\n", "\r\n") if sends_return else sent)
        assert (emulator.cursor.y, emulator.cursor.x) == (y, x), f"{start} {sent!r}"
        assert len(sent) <= len(f"\x1b[{y + 1};{x + 1}H")


@pytest.mark.parametrize(
    ("start", "end", "sent"),
    [
        ((3, 5), (4, 0), "\r\n"),
        ((3, 0), (5, 0), "\n\n"),
        ((12, 5), (14, 11), "\n\n\x1b[12G"),
        ((3, 5), (4, 5), "\x1b[B"),
        ((3, 5), (2, 5), "\x1bM"),
        ((3, 5), (2, 0), "\x1bM\r"),
        ((3, 5), (3, 3), "\x1b[2D"),
        ((3, 5), (3, 0), "\r"),
        (None, (0, 5), "\x1b[;6H"),
    ],
)
def test_moves_are_short(start: tuple[int, int] | None, end: tuple[int, int], sent: str) -> None:
    assert move(start, *end) == sent


@pytest.mark.parametrize(
    ("start", "end", "sent"),
    [
        ((3, 9), (3, 24), "\t\t"),
        ((3, 30), (3, 8), "\r\t"),
        ((3, 30), (4, 8), "\r\n\t"),
        ((3, 7), (3, 8), "\t"),
    ],
)
def test_tabs_are_shorter(start: tuple[int, int], end: tuple[int, int], sent: str) -> None:
    assert move(start, *end, 8) == sent
    assert len(move(start, *end)) >= len(sent)


def test_a_short_gap_is_written_and_no_pen_taken_for_blanks() -> None:
    screen = Screen()
    screen.show([strip_of([("a bc d", 0)])] * HEIGHT)
    assert screen.change(0, strip_of([("A bc D", 0)])) == "\x1b[HA bc D"
    assert screen.change(0, strip_of([("A ", 0), ("bc", 1), (" D", 0)])) == (
        "\x1b[4D\x1b[38;5;247mbc"
    )


@pytest.mark.parametrize(
    ("can", "sent"),
    [
        (TerminalCapabilities(), "\x1b[;3H" + " " * 10),
        (TerminalCapabilities(erases_in_colour=True), "\x1b[;3H\x1b[K\x1b[11Cx"),
        (TerminalCapabilities(erases_cells=True), "\x1b[;3H" + " " * 10),
        (XTERM, "\x1b[;3H\x1b[10X"),
    ],
)
def test_blanks_are_erased_if_the_terminal_erases_in_colour(
    can: TerminalCapabilities, sent: str
) -> None:
    screen = Screen(can)
    screen.show([strip_of([("a twelve cel x", 0)])] * HEIGHT)
    assert screen.change(0, strip_of([("a            x", 0)])) == sent
    assert screen.change(0, strip_of([(f"ab{' ' * 11}x", 0)])).endswith("b")


def test_the_end_of_a_line_is_erased_with_the_shortest_sequence() -> None:
    for can in (XTERM, TerminalCapabilities(erases_in_colour=True)):
        screen = Screen(can)
        screen.show([strip_of([("twelve cells", 0)])] * HEIGHT)
        assert screen.change(0, strip_of([("twelve", 0)])) == "\x1b[;8H\x1b[K"


def test_a_line_that_becomes_blank_is_erased_from_its_start() -> None:
    screen = Screen(XTERM)
    screen.show([strip_of([(" some words", 0)])] * HEIGHT)
    screen.change(0, strip_of([(" some word", 0)]))
    assert screen.change(1, strip_of([])) == "\r\n\x1b[K"


def test_a_line_in_another_background_is_erased_first_and_gaps_are_skipped() -> None:
    screen = Screen(XTERM)
    row = [("ab", 0), (" " * 15, 0), ("c", 0)]
    screen.show([strip_of(row)] * HEIGHT)
    cursor = Strip([Segment(f"ab{' ' * 15}c{' ' * 6}", STYLES[2])], WIDTH)
    assert screen.change(1, cursor) == "\x1b[2H\x1b[48;5;24m\x1b[K\x1b[38;5;231mab\t\t c"


def test_patches_are_sent_in_the_order_that_changes_styles_least() -> None:
    screen = Screen(XTERM)
    first, second = [("a", 0), ("  ", 0), ("b", 1)], [("c", 0), ("  ", 0), ("d", 1)]
    screen.show([strip_of(first)] * HEIGHT)
    sent = screen.show([strip_of(second)] * HEIGHT)
    assert sent.count("m") <= 2


def test_characters_of_ambiguous_width_shift_nothing() -> None:
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
    assert first.startswith("\x1b[;")


@pytest.mark.parametrize("system", ["standard", "256", "truecolor"])
def test_colours_fit_the_terminal(system: str) -> None:
    console = Console(color_system=system, force_terminal=True)  # type: ignore[arg-type]
    update = LayoutUpdate([[Strip([Segment("x", Style.parse("#123456"))])]], Region(0, 0, 1, 1))
    sent = paint(DiffRenderer(), update, console=console)
    assert ("38;2;" in sent) == (system == "truecolor")


@pytest.mark.parametrize("other", [None, "text", object(), Strip([])])
def test_other_objects_are_no_updates(other: object) -> None:
    assert update_of(other) is None


@pytest.mark.parametrize(
    ("colour", "number"),
    [("#161b24", 234), ("#dadada", 253), ("#5fafff", 75), ("#ff8787", 210)],
)
def test_a_terminal_of_256_colours_gets_the_nearest(colour: str, number: int) -> None:
    """Rich would map the list's background to black, and the cursor's row to teal."""
    codes = _colour_codes(Color.parse(colour), ColorSystem.EIGHT_BIT, foreground=True)
    assert codes == (
        "38",
        "5",
        str(number),
    )
