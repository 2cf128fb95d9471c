"""Split a filter into tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from poptui.patterns import lazy_pattern
from poptui.triage.filters.error import MAX_FILTER_CHARS, FilterError

_BLANK = lazy_pattern(r"\s*")
_FIELD = lazy_pattern(r"([A-Za-z]+):\s*")
_HEADER_NAME = lazy_pattern(r"([!-9;<>-~]+?)(?:(=~?)|(?=[\s()]|$))")
_WORD = lazy_pattern(r"[^\s()]+")
_QUOTED = lazy_pattern(r'"((?:[^"\\]|\\.|\\\Z)*)("?)', re.DOTALL)
_REGEX = lazy_pattern(r"/((?:[^/\\]|\\.|\\\Z)+|\Z)(/?)", re.DOTALL)
_ESCAPED = lazy_pattern(r'\\(["\\])')
_AFTER = lazy_pattern(r"[\s)]|$")


class TokenKind(Enum):
    """The kinds of tokens."""

    TERM = "term"
    OPEN = "("
    CLOSE = ")"
    NOT = "-"
    OR = "OR"
    AND = "AND"
    END = "end"


class TokenForm(Enum):
    """The notation of a term's value: plain, quoted, or a regular expression."""

    WORD = "word"
    QUOTED = "quoted"
    REGEX = "regex"


class Token(NamedTuple):
    """A piece of a filter, from ``start`` up to ``end``."""

    kind: TokenKind
    start: int
    end: int
    field: str = ""
    """The name before the colon, in lower case; empty for a bare word."""
    name: str = ""
    """The name of the header in ``header:``, as the user wrote it."""
    operator: str = ""
    """The ``=`` or ``=~`` after that name."""
    value: str = ""
    value_at: int = 0
    """The position of the value."""
    form: TokenForm = TokenForm.WORD
    open: bool = False
    """The closing quote or slash is missing."""


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of ``text``; the last is a TokenKind.END. Raises FilterError."""
    if len(text) > MAX_FILTER_CHARS:
        problem = f"it has {len(text):,} characters; the limit is {MAX_FILTER_CHARS:,}"
        raise FilterError(problem, text, MAX_FILTER_CHARS, MAX_FILTER_CHARS + 1)
    at = _skip(text, 0)
    while at < len(text):
        token = _token(text, at)
        yield token
        at = _skip(text, token.end)
    yield Token(TokenKind.END, at, at)


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    assert match is not None
    return match.end()


_SIGNS = {"(": TokenKind.OPEN, ")": TokenKind.CLOSE, "-": TokenKind.NOT}
_KEYWORDS = {"OR": TokenKind.OR, "AND": TokenKind.AND, "NOT": TokenKind.NOT}


def _token(text: str, at: int) -> Token:
    if (sign := _SIGNS.get(text[at])) is not None:
        return Token(sign, at, at + 1)
    if (field := _FIELD.match(text, at)) is None:
        word = _WORD.match(text, at)
        assert word is not None
        if word[0] in _KEYWORDS:
            return Token(_KEYWORDS[word[0]], at, word.end())
        return _valued(text, at, at)
    if field[1].lower() == "header":
        return _header(text, at, field.end())
    return _valued(text, at, field.end(), field=field[1].lower())


def _header(text: str, start: int, at: int) -> Token:
    name = _HEADER_NAME.match(text, at)
    if name is None:
        return Token(TokenKind.TERM, start, at, "header", value_at=at)
    if not name[2]:
        return Token(TokenKind.TERM, start, name.end(), "header", name[1], value_at=name.end())
    return _valued(text, start, name.end(), "header", name[1], name[2])


def _valued(
    text: str, start: int, at: int, field: str = "", name: str = "", operator: str = ""
) -> Token:
    """Make a term whose value begins at ``at``."""

    def token(end: int, value: str, form: TokenForm = TokenForm.WORD, open: bool = False) -> Token:
        return Token(TokenKind.TERM, start, end, field, name, operator, value, at, form, open)

    if (quoted := _QUOTED.match(text, at)) is not None:
        _check_after(text, start, quoted.end())
        value = _ESCAPED.sub(r"\1", quoted[1])
        return token(quoted.end(), value, TokenForm.QUOTED, not quoted[2])
    if (regex := _REGEX.match(text, at)) is not None:
        _check_after(text, start, regex.end())
        return token(regex.end(), regex[1], TokenForm.REGEX, not regex[2])
    word = _WORD.match(text, at)
    return token(word.end(), word[0]) if word else token(at, "")


def _check_after(text: str, start: int, end: int) -> None:
    if _AFTER.match(text, end) is None:
        problem = "it must be followed by a space"
        raise FilterError(problem, text, start, end)
