"""Parse the tokens of a filter into a tree, by recursive descent.

::

    either  = all { "OR" all }
    all     = operand { ["AND"] operand }
    operand = ("-" | "NOT") operand | "(" either ")" | term
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from poptui.triage.filters.error import FilterError
from poptui.triage.filters.lexer import Token, TokenKind, tokens
from poptui.triage.filters.terms import Terms
from poptui.triage.filters.tree import And, FilterContext, Node, Not, Or

_MAX_DEPTH = 50
"""Deeper nesting of parentheses and negations could exhaust the stack."""

_MAX_TERMS = 200
"""Maximum number of terms, because each costs time for every message."""


class FilterParser:
    """Parse one filter."""

    def __init__(self, text: str, scope: FilterContext, *, typing: bool) -> None:
        """``typing``: ignore a term at the end that is still incomplete."""
        self._text, self._typing = text, typing
        self._terms = Terms(text, scope)
        self._tokens: Iterator[Token] = tokens(text)
        self._next = next(self._tokens)
        self._depth = self._count = 0

    def read(self) -> Node:
        """Parse all of it; a filter without terms is And(()). Raises FilterError."""
        node = self._parse_or()
        if self._next.kind is not TokenKind.END:
            raise self._error("there is no open parenthesis here")
        return node or And(())

    def _take(self) -> Token:
        token = self._next
        if token.kind is not TokenKind.END:
            self._next = next(self._tokens)
        return token

    def _error(self, problem: str, token: Token | None = None) -> FilterError:
        token = token or self._next
        return FilterError(problem, self._text, token.start, token.end)

    def _parse_or(self) -> Node | None:
        parts = [self._parse_and()]
        while self._next.kind is TokenKind.OR:
            self._take()
            parts.append(self._parse_and())
        return _joined(Or, parts)

    def _parse_and(self) -> Node | None:
        parts = [self._parse_operand()]
        while self._next.kind not in (TokenKind.OR, TokenKind.CLOSE, TokenKind.END):
            if self._next.kind is TokenKind.AND:
                self._take()
            parts.append(self._parse_operand())
        return _joined(And, parts)

    def _parse_operand(self) -> Node | None:
        token = self._take()
        match token.kind:
            case TokenKind.NOT:
                part = self._nested(self._parse_operand, token)
                return Not(part) if part else None
            case TokenKind.OPEN:
                part = self._nested(self._parse_or, token)
                self._close(token)
                return part
            case TokenKind.TERM:
                return self._term(token)
            case TokenKind.END:
                self._end(token)
                return None
            case _:
                raise self._error(
                    f"{self._text[token.start : token.end]} needs a term on its left", token
                )

    def _nested(self, read: Callable[[], Node | None], token: Token) -> Node | None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._error(f"more than {_MAX_DEPTH} nested parentheses and negations", token)
        part = read()
        self._depth -= 1
        return part

    def _close(self, opening: Token) -> None:
        if self._next.kind is TokenKind.CLOSE:
            self._take()
        elif not self._typing:
            raise self._error("this parenthesis is not closed", opening)

    def _term(self, token: Token) -> Node | None:
        self._count += 1
        if self._count > _MAX_TERMS:
            raise self._error(f"more than {_MAX_TERMS} terms", token)
        if token.open and not self._typing:
            raise self._error(f"its closing {self._text[token.value_at]} is missing", token)
        try:
            return self._terms.term(token)
        except FilterError:
            if self._unfinished(token):
                return None
            raise

    def _unfinished(self, token: Token) -> bool:
        """Whether the user may still be typing it."""
        return self._typing and self._next.kind is TokenKind.END and token.end == self._next.start

    def _end(self, token: Token) -> None:
        """Raise FilterError, because the filter ends where a term should follow."""
        if not self._typing:
            raise self._error("a term is missing", token)


def _joined(kind: type[And | Or], parts: list[Node | None]) -> Node | None:
    """Combine the parts that are complete."""
    complete = tuple(part for part in parts if part)
    return kind(complete) if len(complete) > 1 else next(iter(complete), None)
