"""Regular expressions in filters: slow ones are stopped, whoever wrote them."""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar
from itertools import count

import pytest

from poptui.triage.filters.filter import FilterError
from poptui.triage.filters.regex import _TimeLimits
from tests.triage.rows import parsed, written


def test_an_expression_that_would_never_end_is_stopped() -> None:
    slow = parsed("/(x+x+)+y/")
    with pytest.raises(FilterError, match="too long") as caught:
        slow.select([written(subject="x" * 5000)])
    assert (caught.value.start, caught.value.end) == (0, 10)


def test_many_slow_searches_are_stopped_together() -> None:
    slow = parsed("/(x|xx)+[yz]/")
    rows = [written(subject="x" * 20 + f" {number}") for number in range(500)]
    with pytest.raises(FilterError, match="too long"):
        slow.select(rows)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a|a)+$",
        "(a|aa)+$",
        "(a*)*$",
        "(a+)+$",
        "([a-z]+)*$",
        "(a?){40}a{40}$",
        r"(a+)\1*$",
        "^(?:a|a)*?$",
    ],
)
def test_every_expression_has_a_limit(pattern: str) -> None:
    """Without one, each of these would take years."""
    slow = parsed(f"subject:/{pattern}/")
    with suppress(FilterError):
        assert slow.select([written(subject="a" * 1500 + "!")]) == []


def test_an_expression_that_took_too_long_is_given_up_for_good() -> None:
    slow = parsed("/(a|a)+$/")
    with pytest.raises(FilterError):
        slow.matches(written(subject="a" * 1500 + "!"))
    with pytest.raises(FilterError, match="too long"):
        slow.matches(written(subject="short"))
    assert not parsed("/(a|a)+$/").matches(written(subject="short"))


def _no_time() -> ContextVar[_TimeLimits]:
    limits: ContextVar[_TimeLimits] = ContextVar("limits")
    limits.set(_TimeLimits(search_s=0, total_s=0))
    return limits


def test_searches_that_are_a_little_slow_are_limited_together_but_more_so_in_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Keys can wait for four searches of 15 ms; a thread has time for 20."""
    clock = count(0, 0.015)
    monkeypatch.setattr("poptui.triage.filters.regex.thread_time", lambda: next(clock))
    rows = [written(subject=f"lunch {number}") for number in range(20)]
    assert len(parsed("/lunch/").select(rows[:4])) == 4
    with pytest.raises(FilterError, match="too long"):
        parsed("/lunch/").select(rows[:5])
    in_thread = parsed("/lunch/")
    in_thread.search_ahead(rows)
    assert len(in_thread.select(rows)) == 20


def test_answers_found_in_a_thread_cost_the_event_loop_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Even answers of terms that need not have been evaluated."""
    rows = [written(subject=f"lunch {number}") for number in range(20)]
    wanted = parsed("from:nobody subject:/lunch 1/")
    wanted.search_ahead(rows)
    monkeypatch.setattr(
        "poptui.triage.filters.regex._limits",
        _no_time(),
    )
    (term,) = wanted.searches
    assert sum(bool(term(row)) for row in rows) == 11
    with pytest.raises(FilterError, match="too long"):
        term(written(subject="lunch of another day"))


def test_a_thread_gives_an_expression_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "poptui.triage.filters.regex._limits",
        _no_time(),
    )
    row = written(subject="lunch")
    hurried, with_longer_limits = parsed("/lunch/"), parsed("/lunch/")
    with pytest.raises(FilterError, match="too long"):
        hurried.matches(row)
    with_longer_limits.search_ahead([row])
    assert with_longer_limits.matches(row)


def test_a_filter_with_an_expression_says_that_it_is_slow() -> None:
    for text in ("/a/", "b -subject:/a/", "list:/a/", "header:x-a=/a/", "(from:/a/ OR b)"):
        assert parsed(text).slow
    assert not parsed("a subject:b list:c header:x-a=d").slow
