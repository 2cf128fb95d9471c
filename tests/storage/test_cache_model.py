"""Compare the header cache with dictionaries, under any sequence of calls."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from poptui.storage.cache import HeaderCache

UIDS = st.text(st.characters(max_codepoint=255), max_size=3)
SIZES = st.integers(0, 3)


class CacheModel(RuleBasedStateMachine):
    """Two accounts, each opened twice, compared with dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="poptui-cache-")
        self.path = Path(self.folder.name) / "headers.sqlite3"
        self.caches = [self.open(number) for number in range(4)]
        self.kept: list[dict[str, tuple[int, bytes]]] = [{}, {}]

    def open(self, number: int) -> HeaderCache:
        return HeaderCache(self.path, f"account{number % 2}")

    @rule(which=st.integers(0, 3), new=st.lists(st.tuples(UIDS, SIZES, st.binary(max_size=9000))))
    def store(self, which: int, new: list[tuple[str, int, bytes]]) -> None:
        self.caches[which].store(new)
        self.kept[which % 2].update({uid: (size, payload) for uid, size, payload in new})

    @rule(which=st.integers(0, 3), wanted=st.dictionaries(UIDS, SIZES))
    def load(self, which: int, wanted: dict[str, int]) -> None:
        kept = self.kept[which % 2]
        known = {uid for uid, size in wanted.items() if uid in kept and kept[uid][0] == size}
        assert self.caches[which].load(wanted) == {uid: kept[uid][1] for uid in known}

    @rule(which=st.integers(0, 3), there=st.lists(UIDS), some=st.booleans())
    def prune(self, which: int, there: list[str], some: bool) -> None:
        kept = self.kept[which % 2]
        there += list(kept)[::2] if some else []
        self.caches[which].prune(there)
        self.kept[which % 2] = {uid: row for uid, row in kept.items() if uid in there}

    @rule(which=st.integers(0, 3))
    def clear(self, which: int) -> None:
        self.caches[which].clear()
        self.kept = [{}, {}]

    @rule(which=st.integers(0, 3))
    def reopen(self, which: int) -> None:
        self.caches[which].close()
        self.caches[which] = self.open(which)

    @invariant()
    def everything_is_there(self) -> None:
        for cache, kept in zip(self.caches, self.kept * 2, strict=True):
            wanted = {uid: size for uid, (size, _) in kept.items()}
            assert cache.load(wanted) == {uid: payload for uid, (_, payload) in kept.items()}
            assert cache.problem == ""

    def teardown(self) -> None:
        for cache in self.caches:
            cache.close()
        self.folder.cleanup()


TestCacheModel = CacheModel.TestCase
TestCacheModel.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
