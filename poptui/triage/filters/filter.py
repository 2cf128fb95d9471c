"""The filter language of the prompt, of ``--filter`` and of saved filters.

The parser is imported with the first filter, as many runs use none.

>>> spam = parse("is:spam -from:bank older:2d")
>>> doomed = spam.select(rows)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from poptui.triage.filters.error import FilterError
from poptui.triage.filters.row import MessageRow
from poptui.triage.filters.tree import FilterContext

__all__ = ["UNDECIDED", "Filter", "FilterContext", "FilterError", "MessageRow", "parse"]

R = TypeVar("R", bound=MessageRow)


class Filter(NamedTuple):
    """A parsed filter.

    A message that lacks what the filter needs neither matches nor is rejected. Both tests raise
    FilterError if a regular expression takes too long.
    """

    text: str
    """The filter in its normal form; empty if it matches every message."""
    needs: frozenset[str]
    """The data that an answer needs: HEADER, VERDICT, EXTRA (see ``headers``) or ALL."""
    headers: frozenset[str]
    """Names, in lower case, of the headers that ``header:`` reads."""
    slow: bool
    """It has a regular expression: call ``search_ahead`` in a thread for many messages."""
    matches: Callable[[MessageRow], bool]
    """Whether a message certainly matches."""
    rejects: Callable[[MessageRow], bool]
    """Whether a message certainly doesn't match."""
    searches: tuple[Callable[[MessageRow], bool | None], ...] = ()
    """The tests of terms with regular expressions."""

    def select(self, rows: Iterable[R]) -> list[R]:
        """Return the messages that match, in their order."""
        matches = self.matches
        return [row for row in rows if matches(row)]

    def undecided(self, rows: Iterable[R]) -> list[R]:
        """Return the messages that may match once what the filter needs is loaded."""
        return [row for row in rows if not self.matches(row) and not self.rejects(row)]

    def search_ahead(self, rows: Iterable[MessageRow]) -> None:
        """Run the regular expressions on ``rows``, with more time than the event loop has.

        Meant for a thread. The answers are remembered, so that ``matches`` and ``rejects`` cost
        nothing for these rows afterwards. Raises FilterError if an expression takes too long.
        """
        from poptui.triage.filters.regex import with_longer_limits

        with with_longer_limits():
            for row in rows:
                for search in self.searches:
                    search(row)


def parse(text: str, *, typing: bool = False, scope: FilterContext | None = None) -> Filter:
    """Parse a filter. Raises FilterError, which knows the position of the error.

    ``typing``: ignore a term at the end that is still incomplete, and let an empty text match
    every message.
    """
    from poptui.triage.filters.parser import FilterParser
    from poptui.triage.filters.tree import compiled, terms

    node = FilterParser(text, scope or FilterContext(), typing=typing).read()
    asked = terms(node)
    return Filter(
        text=str(node),
        needs=frozenset[str]().union(*(term.needs for term in asked)),
        headers=frozenset[str]().union(*(term.headers for term in asked)),
        slow=any(term.slow for term in asked),
        matches=compiled(node),
        rejects=compiled(node, wanted=False),
        searches=tuple(term.ask for term in asked if term.slow),
    )


UNDECIDED = Filter("", frozenset(), frozenset(), False, lambda row: False, lambda row: False)
"""A filter that neither matches nor rejects any message."""
