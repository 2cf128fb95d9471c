"""The terms of the filter language: turn each token into a test of a message.

A test returns None as long as it lacks data, such as a header that hasn't been loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from poptui.errors import quoted
from poptui.patterns import lazy_pattern
from poptui.triage.filters import values
from poptui.triage.filters.error import FilterError
from poptui.triage.filters.lexer import Token, TokenForm
from poptui.triage.filters.regex import BoundedRegex
from poptui.triage.filters.row import MessageRow
from poptui.triage.filters.text import FROM, SUBJECT, TO, finder, fold, written
from poptui.triage.filters.tree import ALL, EXTRA, HEADER, VERDICT, FilterContext, Term, TernaryTest


class Terms:
    """Make terms from the tokens of one filter."""

    def __init__(self, text: str, context: FilterContext) -> None:
        self._text, self._context = text, context

    def term(self, token: Token) -> Term:
        """Make the term of a token. Raises FilterError."""
        make = _FIELDS.get(token.field)
        if make is None:
            known = ", ".join(sorted(name for name in _FIELDS if name))
            raise self._error(
                token,
                f"unknown field {quoted(token.field)}; the fields are {known}."
                ' Put words that contain a colon in quotes, such as "re: lunch"',
            )
        try:
            return make(self, token)
        except ValueError as error:
            problem = f"expected {error}" if token.value else f"needs {error}"
            raise self._value_fault(token, problem) from None

    def _error(self, token: Token, problem: str) -> FilterError:
        return FilterError(problem, self._text, token.start, token.end)

    def _value_fault(self, token: Token, problem: str) -> FilterError:
        start = token.value_at if token.value_at < token.end else token.start
        return FilterError(problem, self._text, start, token.end)

    # --- text

    def _text_term(self, token: Token, field: int | None = None) -> Term:
        slow = token.form is TokenForm.REGEX
        ask = self._regex(token, _parts_of(field)) if slow else finder(token.value, field)
        return Term(_rewritten(token), ask, frozenset({HEADER}), slow=slow)

    def _regex(self, token: Token, read: Callable[[MessageRow], str | None]) -> TernaryTest:
        regex = BoundedRegex(token.value, lambda problem: self._value_fault(token, problem))

        def ask(row: MessageRow) -> bool | None:
            text = read(row)
            return None if text is None else regex.search(text)

        return ask

    def _from(self, token: Token) -> Term:
        return self._text_term(token, FROM)

    def _to(self, token: Token) -> Term:
        return self._text_term(token, TO)

    def _subject(self, token: Token) -> Term:
        return self._text_term(token, SUBJECT)

    def _domain(self, token: Token) -> Term:
        wanted = _plain(token).lower().strip(".@")
        if not wanted:
            raise ValueError("a domain such as example.com or ru")
        wanted = f".{wanted}"
        inside = f"{wanted}."

        def ask(row: MessageRow) -> bool | None:
            if row.header is None:
                return None
            domain = "." + row.header.from_.address.rpartition("@")[2].lower()
            return domain.endswith(wanted) or ("." not in wanted[1:] and inside in domain + ".")

        return Term(_rewritten(token), ask, frozenset({HEADER}))

    def _list(self, token: Token) -> Term:
        if token.form is TokenForm.REGEX:
            ask = self._regex(token, lambda row: row.header.list_id if row.header else None)
            return Term(_rewritten(token), ask, frozenset({HEADER}), slow=True)
        wanted = fold(_plain(token))
        if not wanted:
            raise ValueError("a part of a list's name, such as list:python")

        def ask_list(row: MessageRow) -> bool | None:
            if row.header is None:
                return None
            return bool(row.header.list_id) and wanted in fold(row.header.list_id)

        return Term(_rewritten(token), ask_list, frozenset({HEADER}))

    def _uid(self, token: Token) -> Term:
        wanted = _plain(token)
        if not wanted:
            raise ValueError("a unique-id, such as uid:0001a2b3")
        return Term(_rewritten(token), lambda row: row.uid == wanted)

    # --- values

    def _size(self, token: Token) -> Term:
        check = values.size(_plain(token))
        return Term(_rewritten(token), lambda row: check(row.size))

    def _date(self, token: Token) -> Term:
        return self._dated(token, values.date(_plain(token), self._context.now))

    def _older(self, token: Token) -> Term:
        limit = self._age_limit(token)
        return self._dated(token, lambda when: when < limit)

    def _newer(self, token: Token) -> Term:
        limit = self._age_limit(token)
        return self._dated(token, lambda when: when >= limit)

    def _age_limit(self, token: Token) -> datetime:
        try:
            return self._context.now - values.age(_plain(token))
        except OverflowError:
            raise ValueError(values.AGE) from None

    def _dated(self, token: Token, check: values.DateCheck) -> Term:
        """Test the date. A message without one is neither older nor newer."""

        def ask(row: MessageRow) -> bool | None:
            header = row.header
            return None if header is None or header.date is None else check(header.date)

        return Term(_rewritten(token), ask, frozenset({HEADER}))

    def _spam(self, token: Token) -> Term:
        check = values.number(_plain(token))

        def ask(row: MessageRow) -> bool | None:
            return None if row.score is None else check(row.score)

        return Term(_rewritten(token), ask, frozenset({HEADER, VERDICT}))

    # --- states

    def _is(self, token: Token) -> Term:
        names = _plain(token).lower().split("|")
        states = _tests_by_state(self._context.threshold)
        if unknown := [name for name in names if name not in states]:
            known = ", ".join(states)
            raise ValueError(f"one of {known}" + (f", not {quoted(unknown[0])}" * bool(unknown[0])))
        asks = [states[name][0] for name in names]
        needs = frozenset[str]().union(*(states[name][1] for name in names))
        return Term(_rewritten(token), asks[0] if len(asks) == 1 else _any_of(asks), needs)

    def _has(self, token: Token) -> Term:
        if _plain(token).lower() not in ("attachment", "attachments"):
            raise ValueError("attachment")

        def ask(row: MessageRow) -> bool | None:
            return None if row.header is None else row.header.attachments

        return Term(_rewritten(token), ask, frozenset({HEADER}))

    # --- other headers

    def _header(self, token: Token) -> Term:
        name = token.name.lower()
        if not name:
            raise ValueError("a header's name, such as header:x-mailer or header:x-mailer=~outlook")
        needs = frozenset({HEADER, EXTRA})
        ask, slow = self._header_test(token, name), token.form is TokenForm.REGEX
        return Term(_rewritten(token), ask, needs, frozenset({name}), slow)

    def _header_test(self, token: Token, name: str) -> TernaryTest:
        def read(row: MessageRow) -> str | None:
            return None if row.header is None else row.header.extra.get(name)

        if not token.operator:
            return _checked(read, bool)
        if token.form is TokenForm.REGEX:
            return self._regex(token, read)
        wanted = fold(token.value)
        if not wanted:
            raise ValueError(f"a text after {token.operator}")
        if token.operator == "=":
            return _checked(read, lambda value: fold(value).strip() == wanted)
        return _checked(read, lambda value: wanted in fold(value))


def _checked(read: Callable[[MessageRow], str | None], check: Callable[[str], bool]) -> TernaryTest:
    def ask(row: MessageRow) -> bool | None:
        value = read(row)
        return None if value is None else check(value)

    return ask


def _any_of(asks: list[TernaryTest]) -> TernaryTest:
    def ask(row: MessageRow) -> bool | None:
        answers = [ask(row) for ask in asks]
        return True if True in answers else None if None in answers else False

    return ask


def _parts_of(field: int | None) -> Callable[[MessageRow], str | None]:
    def read(row: MessageRow) -> str | None:
        if row.header is None:
            return None
        parts = written(row.header)
        return "\n".join(parts) if field is None else parts[field]

    return read


def _plain(token: Token) -> str:
    """Return the value of a term that takes no regular expression. Raises ValueError."""
    if token.form is TokenForm.REGEX:
        raise ValueError("plain text; this field takes no regular expression")
    return token.value


_BARE = lazy_pattern(r'(?!-|/|"|(?:OR|AND|NOT)$|[A-Za-z]+:)[^\s()]+')


def _rewritten(token: Token) -> str:
    """Write the term as it would be typed."""
    before = f"{token.field}:{token.name}{token.operator}" if token.field else ""
    if token.form is TokenForm.REGEX:
        return f"{before}/{token.value}/"
    if token.form is TokenForm.QUOTED or not _BARE.fullmatch(token.value):
        escaped = token.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{before}"{escaped}"' if token.operator or token.value or not token.name else before
    return before + token.value


_FIELDS: dict[str, Callable[[Terms, Token], Term]] = {
    "": Terms._text_term,
    "from": Terms._from,
    "to": Terms._to,
    "subject": Terms._subject,
    "domain": Terms._domain,
    "list": Terms._list,
    "uid": Terms._uid,
    "size": Terms._size,
    "date": Terms._date,
    "older": Terms._older,
    "newer": Terms._newer,
    "spam": Terms._spam,
    "is": Terms._is,
    "has": Terms._has,
    "header": Terms._header,
}


def _tests_by_state(limit: float) -> Mapping[str, tuple[TernaryTest, frozenset[str]]]:
    """Return the test for each state of ``is:``, and what it needs.

    A score of ``limit`` or more is spam. Tags and protection are known once the header is here,
    as rules may set them then.
    """
    judged, loaded = frozenset({HEADER, VERDICT}), frozenset({HEADER})
    nothing = frozenset[str]()

    def spam(row: MessageRow) -> bool | None:
        return None if row.score is None else row.score >= limit

    def ham(row: MessageRow) -> bool | None:
        return None if row.score is None else row.score < limit

    def newsletter(row: MessageRow) -> bool | None:
        if row.score is None or row.verdict is None:
            return None
        return row.verdict.newsletter and row.score < limit

    def duplicate(row: MessageRow) -> bool | None:
        return None if row.header is None else row.duplicate

    def tagged(row: MessageRow) -> bool | None:
        return True if row.tagged else None if row.header is None else False

    def protected(row: MessageRow) -> bool | None:
        return None if row.header is None else row.protected

    return {
        "spam": (spam, judged),
        "ham": (ham, judged),
        "newsletter": (newsletter, judged),
        "new": (lambda row: row.new, nothing),
        "marked": (lambda row: row.marked, nothing),
        "tagged": (tagged, loaded),
        "protected": (protected, loaded),
        "opened": (lambda row: row.opened, nothing),
        "dup": (duplicate, frozenset({HEADER, ALL})),
    }
