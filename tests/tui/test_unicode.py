"""Whatever characters a sender uses: a row is as wide as its cells, and nothing in it disappears.

The renderer's output is read back through two terminals with their own width tables, pyte and tmux.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
import rich.cells
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from wcwidth import wcwidth

from poptui.mail.headers.header import Address, Header
from poptui.mail.link import Link
from poptui.mail.parsed_message import Body
from poptui.mailbox.entry import MessageEntry
from poptui.printable import (
    DOTTED_CIRCLE,
    REPLACEMENT,
    is_unsafe,
    printable,
    printable_line,
    printable_target,
)
from poptui.text.cells import (
    OWN_CHARACTERS,
    cell_width,
    has_stable_width,
    spans,
    units,
    with_stable_width,
)
from poptui.text.format import fit
from poptui.text.wrapping import wrap
from poptui.tui.painting.cells import cells_of
from poptui.tui.reading.pages import _links
from poptui.tui.widgets.columns import ScoreStyle, columns, row
from tests.kit.drawn import TmuxScreen, bases_missing, in_pyte, missing
from tests.kit.tmux import needs_tmux

WIDE, HIGH = 160, 400
WHEN = datetime(2009, 12, 17, 18, 18, tzinfo=UTC)
END = "|"
"""Is in the last cell of every row."""
SAMPLE = 97
"""In blocks of similar characters, one of this many is tested."""
HARD = (
    "\u200d\u200c\u200b\u00ad\ufe0f\u0301\u0327\u20e3\u0e31\u0e33\u094d\u093f\u0947\u09be\u09bf"
    "\u0bca\u05b0\u0651\u1100\u1161\u11a8\u302e\u180b\U0001f1e9\U0001f1ea\U0001f3fd\U0001f469"
    "\U0001f3f4\U000e0067\U000e007f\U000e0100\u2764\U0001d165\U0001d173\U0001bca0 a1é語क"
)
"""Characters that change their neighbours in some terminal."""


def code_points() -> Iterator[int]:
    """Yield all assigned code points; of ideographs, Hangul and private use only a sample."""
    for code_point in range(0x110000):
        category = unicodedata.category(chr(code_point))
        alike = category in ("Cn", "Co", "Cs") or (category == "Lo" and code_point > 0x3400)
        if not alike or code_point % SAMPLE == 0:
            yield code_point


def pairs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield pairs of neighbours; a last single one is left out."""
    each = iter(numbers)
    return zip(each, each, strict=False)


def rows_of(pieces: Iterable[str], cells: int) -> list[str]:
    """Return rows filled with pieces."""
    rows, line = [], ""
    for piece in pieces:
        if cell_width(line) + cell_width(piece) >= cells:
            rows.append(line)
            line = ""
        line += piece + "."
    return [*rows, line]


def strip_of(text: str) -> Strip:
    return Strip([Segment(fit(text, WIDE - 1) + END, Style())], WIDE)


def in_a_list(sender: str, subject: str) -> Strip:
    """Return the line of the message in the list."""
    entry = MessageEntry(12345, 4711, None, "1")
    entry.header = Header(from_=Address(sender, ""), subject=subject, date=WHEN)
    pieces = row(entry, columns(WIDE, 12345), WHEN, ScoreStyle())
    return Strip([*(Segment(text, Style()) for _, text in pieces), Segment(END, Style())])


def screens(strips: Sequence[Strip]) -> Iterator[list[Strip]]:
    for at in range(0, len(strips), HIGH):
        yield list(strips[at : at + HIGH])


@pytest.fixture(scope="module")
def tmux() -> Iterator[TmuxScreen]:
    with TmuxScreen(WIDE, HIGH) as screen:
        yield screen


def everything() -> list[Strip]:
    """Return every character between letters; many also at the start and the end of a field."""
    between = rows_of((printable_line(f"a{chr(text)}b") for text in code_points()), WIDE - 2)
    edges = [
        in_a_list(f"{chr(text)}x{chr(two)}", f"{chr(two)}y{chr(text)}")
        for text, two in pairs(code_points())
        if text % 6 == 0
    ]
    return [*map(strip_of, between), *edges]


def triples(count: int) -> list[str]:
    """Return sequences of three: difficult characters with each other, and with any."""
    rng = random.Random(12)
    some = list(code_points())
    return [
        "".join(rng.choice(HARD) if rng.random() < 0.7 else chr(rng.choice(some)) for _ in range(3))
        for _ in range(count)
    ]


@needs_tmux
def test_every_character_is_in_its_column_in_tmux(tmux: TmuxScreen) -> None:
    for strips in screens(everything()):
        for strip, shown in zip(strips, tmux.read(strips), strict=True):
            assert missing(strip, shown, WIDE) == []


@needs_tmux
def test_sequences_of_three_stand_where_they_should_in_tmux(tmux: TmuxScreen) -> None:
    listed = [in_a_list(text, two) for text, two in pairwise(triples(800))]
    packed = rows_of(map(printable_line, triples(8000)), WIDE - 2)
    for strips in screens([*listed, *map(strip_of, packed)]):
        for strip, shown in zip(strips, tmux.read(strips), strict=True):
            assert missing(strip, shown, WIDE) == []


def test_sequences_of_three_stand_where_they_should_in_pyte() -> None:
    listed = [in_a_list(text, two) for text, two in pairwise(triples(600))]
    packed = rows_of(map(printable_line, triples(6000)), WIDE - 2)
    for strips in screens([*listed, *map(strip_of, packed)]):
        for strip, shown in zip(strips, in_pyte(strips, WIDE, HIGH), strict=True):
            assert strip.cell_length == WIDE
            assert bases_missing(strip, shown) == []


def test_rich_measures_as_we_draw() -> None:
    for character in code_points():
        assert rich.cells.cell_len(chr(character)) == cell_width(chr(character))
    for text in triples(5000):
        parts, width = rich.cells.split_graphemes(text)
        assert width == cell_width(text) == rich.cells.cell_len(text)
        assert parts == spans(text)
        assert (
            rich.cells.set_cell_size(text, 3) == ""
            or cell_width(rich.cells.set_cell_size(text, 3)) == 3
        )


def test_the_table_gives_our_own_characters_the_width_that_is_assumed() -> None:
    assert {rich.cells.get_character_cell_size(character) for character in OWN_CHARACTERS} == {1}


def test_no_terminal_gives_a_character_more_cells_than_we_do() -> None:
    for character in map(chr, code_points()):
        if printable(character) != character or character in "\t\n":
            continue
        assert cell_width(character) >= wcwidth(character), hex(ord(character))
        if has_stable_width(character):
            assert cell_width(character) == wcwidth(character), hex(ord(character))


UNSAFE = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
BLOCK = 0x1000


@pytest.mark.parametrize("beside", ["a", "क", " ", "👩", "語"])
def test_nothing_that_acts_or_hides_passes(beside: str) -> None:
    joiners = "\u200c\u200d" if beside in "क👩" else ""
    everything = range(0x110000) if beside == "a" else list(code_points())
    for first in range(0, len(everything), BLOCK):
        clean = printable_line(beside.join(map(chr, everything[first : first + BLOCK])))
        passed = {character for character in clean if unicodedata.category(character) in UNSAFE}
        assert passed <= set(joiners)
        assert printable_line(clean) == clean


def test_nothing_invisible_passes_in_a_link_target() -> None:
    for first in range(0, 0x110000, BLOCK):
        target = "".join(map(chr, range(first, first + BLOCK)))
        assert not {
            character
            for character in printable_target(target)
            if unicodedata.category(character) in UNSAFE
        }


INVISIBLE_RANGES = (range(0x1D173, 0x1D17B), range(0x1BCA0, 0x1BCA4), range(0xE0000, 0xE1000))


@pytest.mark.parametrize("hidden", INVISIBLE_RANGES, ids=str)
def test_invisible_code_points_do_not_pass(hidden: range) -> None:
    for character in map(chr, hidden):
        assert printable(f"a{character}b") == "a\ufffdb"
        assert printable_line(character) == "\ufffd"
        assert printable_target(character) == "\ufffd"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1\u200d0\u200d0\u200d0 EUR", "1\ufffd0\ufffd0\ufffd0 EUR"),
        ("Rechnung\u200d", "Rechnung\ufffd"),
        ("\u200dRechnung", "\ufffdRechnung"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("👩🏽\u200d💻", "👩🏽\u200d💻"),
        ("👩\u200dx", "👩\ufffdx"),
        ("क्\u200dष", "क्\u200dष"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200cb", "ab"),
        ("Zeit\u00adschrift", "Zeitschrift"),
        ("Son\u200bder \u200b an\ufeffgebot\u2060", "Sonder angebot"),
        ("\u200eשלום\u200f", "שלום"),
        ("a\u202eb\u2066", "a\ufffdb\ufffd"),
        ("葛\U000e0100城", "葛城"),
        ("🏴\U000e0067\U000e0062\U000e007f!", "🏴!"),
        ("\u0301a \u0301b", f"{DOTTED_CIRCLE}\u0301a {DOTTED_CIRCLE}\u0301b"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("\u1161 \u11a8", "ㅏ ㄱ"),
    ],
)
def test_replacements_for_characters_that_are_hard_to_show(text: str, shown: str) -> None:
    assert printable_line(text) == shown


def test_a_link_target_shows_what_is_invisible_in_it() -> None:
    hidden = "\u200d\u200b\u00ad\u200c\ufe0f"
    for character in hidden:
        assert (
            printable_target(f"https://bank{character}.example/") == "https://bank\ufffd.example/"
        )
    body = Body((), html=True, links=(Link("", f"https://ba{hidden}nk.example/"),))
    targets = [line.text for line in _links(body)]
    assert f"  [1] https://ba{REPLACEMENT * len(hidden)}nk.example/" in targets


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("राजेश कुमार", 9),
        ("क्षत्रिय श्री किंतु नमस्ते end", 23),
        ("বাংলা", 5),
        ("தமிழ்", 4),
        ("ภาษาไทย", 7),
        ("עִבְרִית", 5),
        ("العربيّة", 7),
    ],
)
def test_each_vowel_sign_that_some_terminal_gives_a_cell_has_one(text: str, cells: int) -> None:
    assert cell_width(text) == cells
    assert with_stable_width(printable_line(text)) == text


def test_the_interfaces_own_characters_need_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Computing it would take twice as long as drawing the first screen."""
    for name in ("_table", "_heaps"):
        monkeypatch.setattr(f"poptui.text.cells.{name}", lambda: pytest.fail("it was computed"))
    assert fit(OWN_CHARACTERS, 200) == OWN_CHARACTERS.ljust(200)
    assert with_stable_width("Café") == "Café"


def test_a_row_never_begins_with_a_vowel_sign() -> None:
    for cells in range(2, 12):
        for line in wrap("किकीकुकेकोकौ" * 9, cells):
            assert cell_width(line) <= cells
            assert unicodedata.category(line[0])[0] != "M"


@given(st.text(st.characters(), max_size=8))
def test_drawn_text_has_the_width_of_its_cells(text: str) -> None:
    clean = printable_line(text)
    assert sum(cells for _, cells in units(clean)) == cell_width(clean)
    assert len(cells_of([Segment(clean)])) == cell_width(clean)


def test_the_painter_writes_no_character_that_acts_on_the_terminal() -> None:
    for character in map(chr, code_points()):
        text = "".join(unit for unit, _ in cells_of([Segment(f"a{character}b")]))
        assert not any(map(is_unsafe, text)), ascii(character)
        assert len(cells_of([Segment(f"a{character}b")])) == cell_width(f"a{character}b"), ascii(
            character
        )


@given(st.text(st.sampled_from("a\x00\x07\x1b\x7f\x9b\u200d\u0301\u202e漢\U0001f469"), max_size=9))
def test_any_text_can_be_cut_to_any_width(text: str) -> None:
    assert sum(cells for _, _, cells in spans(text)) == cell_width(text)
    for cells in range(cell_width(text) + 1):
        assert cell_width(rich.cells.set_cell_size(text, cells)) == cells
