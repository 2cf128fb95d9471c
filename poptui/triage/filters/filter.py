"""The filter language: what is typed at the prompt, given to ``--filter``, and saved.

Its parser is loaded with the first filter: many a start has none.

>>> spam = parse("is:spam -from:bank older:2d")
>>> doomed = spam.select(rows)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from poptui.triage.filters.tree import FilterContext, FilterError
from poptui.triage.row import MessageRow

__all__ = ["UNDECIDED", "Filter", "FilterContext", "FilterError", "MessageRow", "parse"]

R = TypeVar("R", bound=MessageRow)


@dataclass(frozen=True)
class Filter:
    """A filter that was understood.

    A row that has not loaded what the filter asks for neither matches nor is rejected. Both
    questions raise FilterError where a regular expression takes too long.
    """

    text: str
    """The filter, written out in full; empty where it matches every row."""
    needs: frozenset[str]
    """What must be loaded for an answer: "header", "verdict", "extra" (``headers``), "all"."""
    headers: frozenset[str]
    """The names, in lower case, of the headers that ``header:`` asks for."""
    slow: bool
    """It has a regular expression: many rows are best asked beside the event loop."""
    matches: Callable[[MessageRow], bool]
    """Whether the row surely matches."""
    rejects: Callable[[MessageRow], bool]
    """Whether the row surely does not match."""

    def select(self, rows: Iterable[R]) -> list[R]:
        """Those that match, in their order."""
        matches = self.matches
        return [row for row in rows if matches(row)]

    def undecided(self, rows: Iterable[R]) -> list[R]:
        """Those that may match: what the filter asks for has not come."""
        return [row for row in rows if not self.matches(row) and not self.rejects(row)]


def parse(text: str, *, typing: bool = False, scope: FilterContext | None = None) -> Filter:
    """The filter that ``text`` is. Raises FilterError with the place of what is wrong.

    While ``typing``, what is not yet complete at the end is left out, and no text at all
    matches every row.
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
    )


UNDECIDED = Filter("", frozenset(), frozenset(), False, lambda row: False, lambda row: False)
"""Neither matches nor rejects anything."""


FILTER_HELP = """\
A filter is words and fields; a message must match all of them.
  invoice "tax return"       words in From, To or Subject; case is ignored, and
                             so are accents that you don't type
  from:  to:  subject:       words in one field: from:ann, subject:"tax return"
  domain:example.com         the sender's domain, or one below it; domain:ru
  list:python  uid:0001a2b3  the mailing list; the unique-id
  size:>1M  size:10k..1M     k, M, G; also >= < <=, and open ranges: size:5M..
  date:2024-01..2024-03      days, months or years; date:>=2024, date:today
  older:30d  newer:2h        min, h, d, w, m (30 days), y
  spam:>=5  spam:3..5        the score, 0 to 10
  is:spam                    or ham, newsletter, new, marked, tagged, protected,
                             opened, dup; is:spam|newsletter is either
  has:attachment             as far as the header shows
  header:x-mailer=~outlook   a header that contains this text; = compares all of
                             it; header:x-foo is any; this loads headers again
  /colou?r/  subject:/^re/   regular expressions
  -word  NOT word            not; OR, AND and parentheses as usual:
                             (from:ann OR from:bob) -subject:lunch older:1y
"""
