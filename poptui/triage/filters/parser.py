"""Tokens to a tree, by recursive descent.

::

    either = all { "OR" all }
    all    = one { ["AND"] one }
    one    = ("-" | "NOT") one | "(" either ")" | term
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from poptui.triage.filters.lexer import Token, TokenKind, tokens
from poptui.triage.filters.terms import Terms
from poptui.triage.filters.tree import And, FilterContext, FilterError, Node, Not, Or

DEEPEST = 50
"""How deep parentheses and negations may be nested."""

MOST = 200
"""Terms of one filter: each may cost time on every row."""


class FilterParser:
    """Reads one filter."""

    def __init__(self, text: str, scope: FilterContext, *, typing: bool) -> None:
        """While ``typing``, what is not complete at the end is left out."""
        self._text, self._typing = text, typing
        self._terms = Terms(text, scope)
        self._tokens: Iterator[Token] = tokens(text)
        self._next = next(self._tokens)
        self._depth = self._count = 0

    def read(self) -> Node:
        """The whole filter; without a term it is And(()). Raises FilterError."""
        node = self._either()
        if self._next.kind is not TokenKind.END:
            raise self._fault("there is nothing to close here")
        return node or And(())

    def _take(self) -> Token:
        token = self._next
        if token.kind is not TokenKind.END:
            self._next = next(self._tokens)
        return token

    def _fault(self, complaint: str, token: Token | None = None) -> FilterError:
        token = token or self._next
        return FilterError(complaint, self._text, token.start, token.end)

    def _either(self) -> Node | None:
        parts = [self._all()]
        while self._next.kind is TokenKind.OR:
            self._take()
            parts.append(self._all())
        return _joined(Or, parts)

    def _all(self) -> Node | None:
        parts = [self._one()]
        while self._next.kind not in (TokenKind.OR, TokenKind.CLOSE, TokenKind.END):
            if self._next.kind is TokenKind.AND:
                self._take()
            parts.append(self._one())
        return _joined(And, parts)

    def _one(self) -> Node | None:
        token = self._take()
        match token.kind:
            case TokenKind.NOT:
                part = self._deeper(self._one, token)
                return Not(part) if part else None
            case TokenKind.OPEN:
                part = self._deeper(self._either, token)
                self._close(token)
                return part
            case TokenKind.TERM:
                return self._term(token)
            case TokenKind.END:
                self._nothing(token)
                return None
            case _:
                raise self._fault("something to look for is missing before it", token)

    def _deeper(self, read: Callable[[], Node | None], token: Token) -> Node | None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._fault(
                f"more than {DEEPEST} parentheses and negations in one another", token
            )
        part = read()
        self._depth -= 1
        return part

    def _close(self, opening: Token) -> None:
        if self._next.kind is TokenKind.CLOSE:
            self._take()
        elif not self._typing:
            raise self._fault("this parenthesis is not closed", opening)

    def _term(self, token: Token) -> Node | None:
        self._count += 1
        if self._count > MOST:
            raise self._fault(f"more than {MOST} words and fields", token)
        if token.open and not self._typing:
            raise self._fault(f"its closing {self._text[token.value_at]} is missing", token)
        try:
            return self._terms.term(token)
        except FilterError:
            if self._unfinished(token):
                return None
            raise

    def _unfinished(self, token: Token) -> bool:
        """Whether the user may still be writing it."""
        return self._typing and self._next.kind is TokenKind.END and token.end == self._next.start

    def _nothing(self, token: Token) -> None:
        """The end, where something to look for should be."""
        if not self._typing:
            raise self._fault("something to look for is missing", token)


def _joined(kind: type[And | Or], parts: list[Node | None]) -> Node | None:
    """Their combination; what is not complete counts for nothing."""
    complete = tuple(part for part in parts if part)
    return kind(complete) if len(complete) > 1 else next(iter(complete), None)
