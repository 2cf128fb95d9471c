"""Properties of the filter language, for any text."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from poptui.mailbox.entry import Mark, MessageEntry
from poptui.triage.filters.filter import Filter, FilterError, parse
from poptui.triage.spam.verdict import Verdict
from tests.triage.rows import NOW, SCOPE, header, row

WORDS = [
    "a",
    "OR",
    "AND",
    "NOT",
    "-",
    "(",
    ")",
    '"',
    "/",
    "\\",
    " ",
    ":",
    "=",
    "=~",
    "..",
    ">",
    "é",
]
PIECES = [
    *WORDS,
    *("from:", "to:", "subject:", "domain:", "list:", "uid:", "size:", "date:", "older:", "newer:"),
    *("spam:", "is:", "has:", "header:x-a", "spam", "ham|new", "1M", "2024-02", "30d", "5", "x(y"),
]
ANYTHING = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=14).map("".join)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
QUOTED = TEXT.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
WORD = st.sampled_from(["ann", "tax", "é", "b.example", "12"])
VALUE = QUOTED | WORD
TERMS = st.one_of(
    VALUE,
    st.builds("{}:{}".format, st.sampled_from(["from", "to", "subject", "list", "uid"]), VALUE),
    st.sampled_from(
        [
            *("size:>1k", "size:1k..2M", "date:2024..", "older:1y", "newer:2h", "spam:>=5"),
            *("is:spam|new", "is:marked", "has:attachment", "header:x-a", 'header:x-a="b c"'),
            *("header:x-a=~/b+/", "/a.b/", "subject:/^t\\/x/", "domain:example"),
        ]
    ),
)


def _combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    groups = st.lists(parts, min_size=1, max_size=3)
    return (
        groups.map(lambda parts: f"({' '.join(parts)})")
        | groups.map(lambda parts: f"({' OR '.join(parts)})")
        | parts.map(lambda part: f"-{part}")
        | parts.map(lambda part: f"NOT {part}")
    )


FILTERS = st.recursive(TERMS, _combined, max_leaves=8)


def _rows() -> list[MessageEntry]:
    rows = [
        row(),
        row(header("ann@b.example", "Tax é", date=NOW - timedelta(days=3), extra={"x-a": "b c"})),
        row(header("x@y.example", "t/x 12", to="ann", attachments=True, extra={"x-a": ""})),
        row(header(list_id="tax.b.example", date=NOW - timedelta(days=900)), size=3_000_000),
    ]
    for at, entry in enumerate(rows):
        entry.score = None if at == 0 else at * 2.5
        entry.verdict = None if at == 0 else Verdict(newsletter=at == 3)
        entry.mark, entry.new = (Mark.PENDING if at == 2 else Mark.NONE), at == 1
    return rows


ROWS = _rows()


def read(text: str, *, typing: bool = False) -> Filter | FilterError:
    """Return the filter, or the error in it."""
    try:
        return parse(text, typing=typing, scope=SCOPE)
    except FilterError as fault:
        return fault


def is_empty_text(fault: FilterError) -> bool:
    """Whether the error is that a quoted text has no visible characters."""
    return "expected a value" in str(fault) or "part of a list" in str(fault)


@given(ANYTHING, st.booleans())
def test_any_text_is_a_filter_or_an_error_with_a_position(text: str, typing: bool) -> None:
    found = read(text, typing=typing)
    if isinstance(found, FilterError):
        assert 0 <= found.start <= found.end <= len(text)
        assert len(found.caret.split("\n")) == 2
    else:
        for entry in ROWS:
            assert not (found.matches(entry) and found.rejects(entry))


@given(FILTERS)
def test_a_filter_that_is_written_out_finds_the_same(text: str) -> None:
    found = read(text)
    if isinstance(found, FilterError):
        assert is_empty_text(found)
        return
    again = parse(found.text, scope=SCOPE)
    assert again.text == found.text
    assert again.select(ROWS) == found.select(ROWS)
    assert [again.rejects(entry) for entry in ROWS] == [found.rejects(entry) for entry in ROWS]


@given(FILTERS, st.integers(0, 40))
def test_every_beginning_of_a_filter_can_be_typed(text: str, length: int) -> None:
    found = read(text[:length], typing=True)
    assert isinstance(found, Filter) or is_empty_text(found)


@given(FILTERS)
def test_the_opposite_matches_what_is_rejected(text: str) -> None:
    found, opposite = read(text), read(f"-({text})")
    assert isinstance(found, FilterError) is isinstance(opposite, FilterError)
    if isinstance(found, Filter) and isinstance(opposite, Filter):
        assert opposite.select(ROWS) == [entry for entry in ROWS if found.rejects(entry)]
        assert found.select(ROWS) == [entry for entry in ROWS if opposite.rejects(entry)]
