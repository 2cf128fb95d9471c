"""The cost of marking and committing grows with the number of marks, not with its square."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from poptui.mailbox.marks.deletable import DeletableMarks
from poptui.mailbox.session.verifier import MarkVerifier
from poptui.mailbox.session.workers import SessionWorkers
from poptui.storage.cache import HeaderCache
from poptui.storage.mark_record import MarkRecord
from tests.kit.odd import OddServer
from tests.mailbox.journals import ACCOUNT, WatchedJournal
from tests.mailbox.watched import make_messages, watching

PER_MARK = 16
"""Maximum number of accesses to each marked message, from the mark to the end of the commit."""


def counting(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the work for each message, in any number of calls."""
    counts: Counter[str] = Counter()

    def count(owner: type, name: str) -> None:
        method: Callable[..., Any] = getattr(owner, name)

        def counted(*given: Any) -> Any:
            counts[name] += 1
            return method(*given)

        monkeypatch.setattr(owner, name, counted)

    count(MarkVerifier, "is_verified")
    count(SessionWorkers, "progress")
    count(DeletableMarks, "_may_delete")
    count(MarkRecord, "__eq__")
    return counts


@pytest.mark.parametrize("cached", [False, True])
async def test_a_mark_costs_the_same_with_few_and_many_marks(
    cached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With cached headers, each message is verified again before its DELE."""
    costs = []
    for many in (300, 3000):
        journal = partial(WatchedJournal, tmp_path / f"{many}.sqlite3")
        cache = partial(HeaderCache, tmp_path / f"{many}-headers.sqlite3", ACCOUNT)
        async with OddServer(make_messages(many)) as server:
            if cached:
                async with watching(server.port, timeout=30.0, open_cache=cache) as watched:
                    await watched.mailbox.session.discard()
            options = {"open_cache": cache, "open_journal": journal, "timeout": 30.0}
            async with watching(server.port, **options) as watched:
                with monkeypatch.context() as patch:
                    counts = counting(patch)
                    watched.mailbox.marks.mark(watched.entries)
                    await watched.until(lambda many=many: len(server.held) == many)  # type: ignore[misc]
                    outcome = await watched.mailbox.commit.run(stay=False)
                    assert len(outcome.deleted) == many
                    per_mark = {name: number / many for name, number in counts.items()}
                    costs.append(per_mark)
                    assert max(per_mark.values()) < PER_MARK, per_mark
                await watched.mailbox.close()
        assert server.uids == []
    few, more = costs
    assert all(more[name] < 1.5 * few[name] + 1 for name in more), (few, more)
