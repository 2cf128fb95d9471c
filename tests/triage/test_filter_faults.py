"""Filters with errors, and filters that are still being typed."""

from __future__ import annotations

import pytest

from poptui.triage.filters.filter import FilterError, parse
from tests.triage.rows import SCOPE, parsed


@pytest.mark.parametrize(
    ("text", "excerpt", "message"),
    [
        ("", "", "a term is missing"),
        ("  ", "", "a term is missing"),
        ("a from:", "from:", "needs a value, such as from:ann"),
        ("a size:>", ">", "a size such as"),
        ("size:1Q", "1Q", "a size such as"),
        ("size:5M..1M x", "5M..1M", "the lower bound first"),
        ("size:..", "..", "a size such as"),
        ("date:2024-13", "2024-13", "a date such as"),
        ("date:2023-02-29", "2023-02-29", "a date such as"),
        ("date:0000", "0000", "a date such as"),
        ("date:9999", "9999", "a date such as"),
        ("older:5", "5", "a time such as 30d"),
        ("older:99999y", "99999y", "a time such as 30d"),
        ("spam:lots", "lots", "a number such as"),
        ("is:spma", "spma", "not “spma”"),
        ("is:", "is:", "one of spam"),
        ("has:wings", "wings", "attachment"),
        ("header:", "header:", "a header's name"),
        ("header:x-a=~", "header:x-a=~", "a text after =~"),
        ("form:bob x", "form:bob", "unknown field “form”"),
        ("http://x.example", "http://x.example", "unknown field “http”"),
        ("a OR", "", "a term is missing"),
        ("OR a", "OR", "needs a term on its left"),
        ("a OR OR b", "OR", "needs a term on its left"),
        ("a AND OR b", "OR", "needs a term on its left"),
        ("a -", "", "missing"),
        ("(a b", "(", "not closed"),
        ("a) b", ")", "no open parenthesis"),
        ("()", ")", "needs a term on its left"),
        ('a "b c', '"b c', "its closing"),
        ("a /b c", "/b c", "its closing"),
        ("/a/b", "/a/", "followed by a space"),
        ('"a"b', '"a"', "followed by a space"),
        ('""', '""', "needs a value, such as from:ann"),
        ("/(/", "/(/", "invalid regular expression"),
        ("/a{1000}{1000}/", "/a{1000}{1000}/", "multiply to more than 10,000"),
        ("size:/1/", "/1/", "no regular expression"),
        ("from:bob subject:/[/ x", "/[/", "invalid regular expression"),
    ],
)
def test_carets_point_at_the_error(text: str, excerpt: str, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        parsed(text)
    fault = caught.value
    assert text[fault.start : fault.end] == excerpt
    assert message in str(fault)
    assert str(fault).startswith("Filter error at ")
    line, carets = fault.caret.splitlines()
    assert line == text
    assert carets == " " * fault.start + "^" * max(1, len(excerpt))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" * 10_240, "10,240 characters; the limit is 4,000"),
        ("(" * 3000, "50 nested parentheses"),
        ("-" * 3000, "50 nested parentheses"),
        ("NOT " * 900, "50 nested parentheses"),
        ("a " * 1500, "200 terms"),
        (f"/{'a' * 501}/", "at most 500 characters"),
        ("/" + "(a{99}){99}" * 3 + "/", "multiply to more than 10,000"),
    ],
)
@pytest.mark.parametrize("typing", [False, True])
def test_limits_are_named_in_the_error(text: str, message: str, typing: bool) -> None:
    if typing and text.startswith("/"):
        text += " x"
    with pytest.raises(FilterError, match=message) as caught:
        parse(text, typing=typing)
    assert len(str(caught.value)) < 600
    assert max(map(len, caught.value.caret.splitlines())) <= 120


def test_control_characters_are_not_quoted_in_the_message() -> None:
    with pytest.raises(FilterError) as caught:
        parsed("a size:\x1b]0;x\x07")
    assert "\x1b" not in str(caught.value) + caught.value.caret


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("", ""),
        ("  ", ""),
        ("a", "a"),
        ("a from:", "a"),
        ("a size:>", "a"),
        ("a size:>1", "a size:>1"),
        ("size:1..", "size:1.."),
        ("a OR", "a"),
        ("a OR ", "a"),
        ("a -", "a"),
        ("a (", "a"),
        ("(a OR b", "a OR b"),
        ("(a OR (b", "a OR b"),
        ('a "b c', 'a "b c"'),
        ('from:"b', 'from:"b"'),
        ('a "', "a"),
        ("a /b c", "a /b c/"),
        ("a /(b", "a"),
        ("is:sp", ""),
        ("is:spam", "is:spam"),
        ("fro:", ""),
        ("header:x-a=", ""),
        ("header:x-a", "header:x-a"),
        ("a NOT", "a"),
        ("date:20", ""),
    ],
)
def test_an_unfinished_term_is_left_out(typed: str, means: str) -> None:
    assert parse(typed, typing=True, scope=SCOPE).text == means


@pytest.mark.parametrize("typed", ["form:bob x", "size:1Q x", "a) b", "OR a", "/(/ x"])
def test_an_error_before_the_cursor_is_shown_while_typing_too(typed: str) -> None:
    with pytest.raises(FilterError):
        parse(typed, typing=True, scope=SCOPE)


def test_the_carets_are_below_the_error_after_wide_characters() -> None:
    with pytest.raises(FilterError) as caught:
        parse("語語 किं size:>語")
    line, carets = caught.value.caret.splitlines()
    assert line == "語語 किं size:>語"
    assert carets == " " * 13 + "^" * 3
