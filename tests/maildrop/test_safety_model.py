"""Any sequence of what a user, a line and a server do: the server is the witness."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from poptui.demo.maildrop import Letter
from poptui.faults import Fault
from poptui.maildrop.entry import Entry, Mark
from poptui.maildrop.outcome import Outcome
from tests.kit.odd import OddServer
from tests.kit.relay import Manner, Relay, Way
from tests.maildrop.drops import PATIENCE, Watched, letter, letters

T = TypeVar("T")

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(StreamWriter|socket.socket):pytest.PytestUnraisableExceptionWarning"
)
"""The kit may be closed before it serves a connection, and asyncio may leave the socket of a
cancelled attempt to be collected; other tests, whose lines hold, see to it that ours are closed."""
UIDS = st.integers(1, 12).map(lambda number: f"uid-{number:04}")
ODDITIES = st.lists(
    st.sampled_from(
        [
            "dele-refused:2",
            "dele-lies",
            "rset-refused",
            "top-refused:1",
            "retr-refused:3",
            "quit-eof",
            "quit-err",
            "pipelining-unadvertised",
            "uid-blank:1",
            "duplicate-uids",
            "list-refused",
        ]
    ),
    max_size=2,
    unique=True,
)
REUSED = "uid-0002"
"""The UID whose message changes its size now and then, as after a migration."""


class MaildropAgainstItsServer(RuleBasedStateMachine):
    """Marks by UID are the model; ``gone`` is what may be missing, and by whose will."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("poptui.maildrop.commit.LOOKS", (0.0, 0.02, 0.1))
        self.confirmed: set[str] = set()
        self.elsewhere: set[str] = set()
        """Deleted by another program."""
        self.arrived = 6
        self.written = {f"uid-{n:04}": {letter(n)} for n in range(1, self.arrived + 1)}
        """Every message that ever stood under a UID."""
        self.run(self._start())

    async def _start(self) -> None:
        self.server = await self.stack.enter_async_context(OddServer(letters(6)))
        self.relay = await self.stack.enter_async_context(Relay(self.server.port))
        self.watched = Watched(self.relay.port, timeout=0.3)
        self.drop = self.watched.drop
        await self.drop.connect()

    def teardown(self) -> None:
        self.drop.abandon()
        self.run(self.stack.aclose())
        self.runner.close()
        self.patch.undo()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def bounded() -> T:
            async with asyncio.timeout(PATIENCE):
                return await work

        return self.runner.run(bounded())

    def attempt(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        """The result; None where it failed with a sentence, as it may."""
        try:
            return self.run(work())
        except Fault:
            return None

    def find(self, uid: str) -> list[Entry]:
        return [entry for entry in self.watched.entries if entry.uid == uid]

    # --- the user

    @rule(uids=st.lists(UIDS, max_size=3))
    def mark(self, uids: list[str]) -> None:
        chosen = [entry for uid in uids for entry in self.find(uid)]
        self.in_loop(lambda: self.drop.mark(chosen))
        for entry in chosen:
            assert entry in self.drop.marked() or (entry.ambiguous and not entry.opened)

    @rule(uids=st.lists(UIDS, max_size=3))
    def unmark(self, uids: list[str]) -> None:
        chosen = [entry for uid in uids for entry in self.find(uid)]
        self.in_loop(lambda: self.drop.unmark(chosen))
        assert not set(chosen) & set(self.drop.marked())

    @rule()
    def undo(self) -> None:
        self.in_loop(self.drop.undo)

    @rule()
    def unmark_all(self) -> None:
        self.in_loop(self.drop.unmark_all)
        assert not self.drop.marked()

    @rule()
    def refresh(self) -> None:
        self.attempt(self.drop.refresh)

    @rule(uid=UIDS)
    def retrieve(self, uid: str) -> None:
        for entry in self.find(uid):
            octets = self.attempt(partial(self.watched.read, entry))
            if octets is not None and not entry.ambiguous:
                assert octets in self.written[uid]

    @rule(uid=UIDS, turns=st.integers(0, 12))
    def stop_retrieving(self, uid: str, turns: int) -> None:
        for entry in self.find(uid)[:1]:
            self.run(self._stopped(entry, turns))

    async def _stopped(self, entry: Entry, turns: int) -> None:
        reading = asyncio.create_task(self.watched.read(entry))
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    @rule(stay=st.booleans(), late=st.lists(UIDS, max_size=1))
    def commit(self, stay: bool, late: list[str]) -> None:
        shown = self.drop.marked()
        before = {str(entry.uid) for entry in shown}
        self.confirmed |= before
        there = set(self.server.uids)
        extra = [entry for uid in late for entry in self.find(uid)]
        self.in_loop(lambda: self.drop.mark(extra))
        outcome = self.attempt(lambda: self.drop.commit(stay=stay, confirmed=shown))
        gone = there - set(self.server.uids)
        assert gone <= before
        self.confirmed -= set(self.server.uids)
        if outcome is None:
            assert not gone
        else:
            self._check(outcome, shown, gone)

    def _check(self, outcome: Outcome, shown: list[Entry], gone: set[str]) -> None:
        named = [*outcome.deleted, *outcome.remaining, *outcome.refused, *outcome.unknown]
        assert sorted(map(id, named)) == sorted(map(id, shown))
        there = set(self.server.uids)
        assert not {entry.uid for entry in outcome.deleted} & there - {REUSED}
        remaining = {str(entry.uid) for entry in outcome.remaining if entry.uid}
        assert remaining <= there | self.elsewhere
        assert gone <= {str(entry.uid) for entry in named} | {"None"}

    # --- the line and the server

    @rule(way=st.sampled_from(Way), manner=st.sampled_from([Manner.CUT, Manner.RESET]))
    def lose_the_line(self, way: Way, manner: Manner) -> None:
        """At the next octet."""
        self.relay.fail(way, manner)

    @rule(oddities=ODDITIES)
    def become(self, oddities: list[str]) -> None:
        self.server.become(*oddities)

    @rule()
    def be_sane(self) -> None:
        self.server.become()

    @rule()
    def mail_comes(self) -> None:
        self.arrived += 1
        uid = f"uid-{self.arrived:04}"
        self.written[uid] = {letter(self.arrived)}
        self.server.messages.append(Letter(uid, letter(self.arrived)))

    @rule(place=st.integers(0, 5))
    def mail_vanishes(self, place: int) -> None:
        """Another program deletes a message; the numbers of the next session move up."""
        if place < len(self.server.messages):
            self.elsewhere.add(self.server.messages.pop(place).uid)

    @rule(size=st.integers(1, 9))
    def a_uid_is_reused(self, size: int) -> None:
        other = letter(2, "z" * 50 * size)
        for place, message in enumerate(self.server.messages):
            if message.uid == REUSED:
                self.server.messages[place] = Letter(REUSED, other)
                self.written[REUSED].add(other)

    @rule()
    def time_passes(self) -> None:
        self.run(asyncio.sleep(0.005))

    # --- what holds

    @rule()
    def settles(self) -> None:
        """At a sane server everything comes to what is declared."""
        self.server.become()
        if self.attempt(self.drop.refresh) is None and self.attempt(self.drop.connect) is None:
            self.attempt(self.drop.connect)
        self.run(self.watched.until(self._is_settled))

    def _is_settled(self) -> bool:
        marked = {entry.number for entry in self.drop.marked()}
        rows = all(
            (entry.mark is Mark.DELETED) == (entry.number in marked)
            for entry in self.watched.entries
        )
        return rows and self.server.held == marked

    @invariant()
    def nothing_unconfirmed_is_gone(self) -> None:
        ever = {f"uid-{number:04}" for number in range(1, self.arrived + 1)}
        assert ever - set(self.server.uids) <= self.confirmed | self.elsewhere

    def in_loop(self, action: Callable[[], str]) -> None:
        async def act() -> None:
            action()

        self.run(act())


TestMaildropAgainstItsServer = MaildropAgainstItsServer.TestCase
TestMaildropAgainstItsServer.settings = settings(max_examples=25, stateful_step_count=25)
