"""Documents and viewports on them: every row is reached, for any text and size."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from poptui.mail.lines import Line, LineKind, Span, SpanRole, line_text
from poptui.printable import printable_line
from poptui.text.cells import with_stable_width
from poptui.text.wrapping import breaks, wrap
from poptui.tui.reading.document import MAX_LINE_CHARACTERS, Lines, RawLines
from poptui.tui.reading.viewport import MAX_TEXT_CELLS, RowPosition, Viewport

TEXTS = st.lists(st.text(max_size=120), max_size=20)


def shown(view: Viewport) -> list[str]:
    return [
        row.prefix + view.document.line(row.line).text[row.start : row.end] for row in view.rows()
    ]


def all_rows(view: Viewport) -> list[str]:
    """Return all rows, by scrolling down row by row."""
    view.to_top()
    rows = shown(view)
    while not view.at_end:
        view.scroll(1)
        rows.append(shown(view)[-1])
    return rows


@given(TEXTS, st.integers(2, 40), st.integers(1, 12))
def test_going_down_shows_every_word_and_going_up_the_same_rows(
    texts: list[str], cells: int, height: int
) -> None:
    view = Viewport(Lines(Line(line_text(text)) for text in texts), cells, height)
    rows = all_rows(view)
    expected = [part for text in texts for part in wrap(with_stable_width(line_text(text)), cells)]
    assert rows == expected
    assert all(cell_len(row) <= cells for row in rows)
    upwards = shown(view)[:1]
    while not view.at_top:
        view.scroll(-1)
        upwards.append(shown(view)[0])
    assert upwards[::-1] == rows[: len(upwards)]
    assert len(upwards) + height > len(rows)


@given(TEXTS, st.integers(2, 40), st.integers(1, 12), st.lists(st.integers(-30, 30), max_size=8))
def test_a_window_is_never_past_the_end_and_its_bar_says_so(
    texts: list[str], cells: int, height: int, moves: list[int]
) -> None:
    view = Viewport(Lines(Line(line_text(text)) for text in texts), cells, height)
    total = len(all_rows(view))
    for move in moves:
        view.scroll(move)
        assert len(view.rows()) == min(height, total)
        begin, end = view.share
        assert 0 <= begin <= end <= 1
        assert (end == 1) == view.at_end
    view.to_bottom()
    assert view.at_end
    view.to_top()
    assert view.at_top


def test_a_page_keeps_a_row() -> None:
    view = Viewport(Lines(Line(str(number)) for number in range(30)), 10, 10)
    view.page(1)
    assert shown(view)[0] == "9"
    view.page(1)
    view.page(1)
    assert shown(view)[-1] == "29"
    view.page(-1)
    assert shown(view)[-1] == "20"


def test_a_long_line_continues_after_its_prefix_and_no_row_is_wider() -> None:
    view = Viewport(Lines([Line("> " + "word " * 30, quote=1, next="> ")]), 40, 20)
    rows = shown(view)
    assert len(rows) > 3
    assert all(row.startswith("> ") and len(row) <= 40 for row in rows)
    assert "".join(row[2:] for row in rows).replace(" ", "") == "word" * 30


def test_prose_has_a_maximum_width_and_tables_use_the_whole_width() -> None:
    text = "x " * 150
    prose = Viewport(Lines([Line(text)]), 180, 9)
    table = Viewport(Lines([Line(text, LineKind.FIXED)]), 180, 9)
    assert max(map(len, shown(prose))) <= MAX_TEXT_CELLS < max(map(len, shown(table))) <= 180


def test_another_width_keeps_the_line_that_is_read() -> None:
    view = Viewport(Lines(Line(f"{number:03} " + "word " * 13) for number in range(400)), 80, 23)
    view.go(200)
    for width in (40, 20, 100, 33):
        view.resize(width, 11)
        assert shown(view)[0].startswith("200 ")


def test_reveal_scrolls_only_if_the_line_is_off_screen() -> None:
    view = Viewport(Lines(Line(f"line {number}") for number in range(100)), 20, 10)
    view.reveal(50, 2)
    assert "line 50" in shown(view)
    before = view.top
    view.reveal(52, 0)
    assert view.top == before
    view.reveal(99, 0)
    assert shown(view)[-1] == "line 99"
    view.reveal(0, 0)
    assert view.top == RowPosition()


def test_only_lines_on_screen_are_asked_for() -> None:
    class Watched(Lines):
        asked = 0

        def line(self, index: int) -> Line:
            self.asked += 1
            return super().line(index)

    document = Watched(Line(f"line {number} " + "word " * 9) for number in range(36_000))
    view = Viewport(document, 80, 24)
    for move in (view.to_bottom, view.to_top):
        move()
        view.rows()
        _ = view.share, view.at_end
    view.page(1)
    view.reveal(20_000, 0)
    assert document.asked < 600


def test_an_endless_line_continues_in_the_next_with_its_spans() -> None:
    text = "a" * 9_000
    spans = (Span(3_990, 4_010, SpanRole.LINK, 1), Span(8_999, 9_000, SpanRole.WARNING))
    document = Lines([Line(text, spans=spans)])
    lines = [document.line(index) for index in range(len(document))]
    assert "".join(line.text for line in lines) == text
    assert max(len(line.text) for line in lines) <= MAX_LINE_CHARACTERS
    assert [[tuple(span[:3]) for span in line.spans] for line in lines] == [
        [(3_990, 4_000, SpanRole.LINK)],
        [(0, 10, SpanRole.LINK)],
        [(999, 1_000, SpanRole.WARNING)],
    ]


def test_spans_move_when_characters_are_removed() -> None:
    line = Lines([Line("❤\ufe0f see [1] ❤\ufe0f", spans=(Span(7, 10, SpanRole.LINK, 1),))]).line(0)
    (span,) = line.spans
    assert line.text[span.start : span.end] == "[1]"


@given(st.binary(max_size=300))
def test_raw_lines_hold_all_octets_but_line_ends(octets: bytes) -> None:
    raw = RawLines(io.BytesIO(octets))
    count = octets.count(b"\n") + (not octets.endswith(b"\n") and bool(octets))
    assert len(raw) == count
    for index in range(len(raw)):
        text = raw.line(index).text
        assert text == printable_line(text).replace("\n", "") or "  " in text
        assert "\x1b" not in text


def test_raw_lines_over_chunks_and_without_end() -> None:
    raw = RawLines(io.BytesIO(b"x" * 10_000 + b"\r\n" + b"line\r\n" * 300_000 + b"last"))
    assert raw.line(0).text == "x" * MAX_LINE_CHARACTERS
    assert raw.line(2).text == "x" * (10_000 - 2 * MAX_LINE_CHARACTERS)
    assert len(raw) == 3 + 300_000 + 1
    assert raw.line(299_999).text == "line"
    assert raw.line(len(raw) - 1).text == "last"
    assert raw.weight_before(len(raw)) > raw.weight_before(len(raw) - 1)


def test_raw_octets_that_are_not_utf_8_are_latin_1() -> None:
    raw = RawLines(io.BytesIO("naïve\r\n".encode("latin-1") + "naïve\r\n".encode()))
    assert [raw.line(0).text, raw.line(1).text] == ["naïve", "naïve"]


@pytest.mark.parametrize(
    ("line", "cells", "lines"),
    [
        ("", 10, [""]),
        ("one two three", 8, ["one two", "three"]),
        ("one two", 7, ["one two"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("один два три", 8, ["один два", "три"]),
        ("来週の会議の資料", 7, ["来週の", "会議の", "資料"]),
        ("ab 来週", 5, ["ab 来", "週"]),
        ("a\tb", 20, ["a       b"]),
        ("абвгдежзий", 4, ["абвг", "дежз", "ий"]),
    ],
)
def test_wrap(line: str, cells: int, lines: list[str]) -> None:
    assert wrap(line, cells) == lines


@given(st.text(), st.integers(2, 30), st.integers(2, 30))
def test_wrapping_loses_only_spaces_and_keeps_both_widths(text: str, cells: int, rest: int) -> None:
    line = with_stable_width(printable_line(text))
    rows = [line[start:end] for start, end in breaks(line, cells, rest)]
    assert "".join(rows).replace(" ", "") == line.replace(" ", "")
    assert cell_len(rows[0]) <= cells
    assert all(cell_len(row) <= rest for row in rows[1:])


def test_a_word_longer_than_a_row_begins_on_the_current_row() -> None:
    assert wrap("see https://quay.example/timetable ok", 12) == [
        "see https://",
        "quay.example",
        "/timetable",
        "ok",
    ]


def test_a_narrower_row_takes_less() -> None:
    assert breaks("00000000000⺀0", 13, 2) == [(0, 11), (11, 12), (12, 13)]


def test_many_combining_marks_are_wrapped() -> None:
    assert max(map(len, wrap("a" + "\u0e31" * 100_000, 80))) <= 80 * 8
