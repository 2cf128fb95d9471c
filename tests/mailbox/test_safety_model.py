"""Any sequence of actions of a user, a connection, a disk and a server, checked on the server.

Users mark the message that they see: its UID, size and subject. Each deleted message must be one
that was seen when it was confirmed, not merely one with the same UID or number.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from poptui.demo.stored_mailbox import StoredMessage
from poptui.errors import PoptuiError
from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.entry import Mark, MessageEntry
from tests.kit.odd import OddServer
from tests.kit.relay import Direction, FaultKind, FaultyRelay
from tests.kit.steady_loop import SteadyLoop
from tests.mailbox.journals import WatchedJournal
from tests.mailbox.watched import PATIENCE, Watched, make_message, make_messages

T = TypeVar("T")

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*(StreamWriter|socket.socket|_SelectorTransport):pytest.PytestUnraisableExceptionWarning"
)
"""The servers may be closed before they serve a connection, and asyncio may leave the socket of a
cancelled attempt to the garbage collector; other tests check that our sockets are closed."""
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
REUSED = ["uid-0002", "uid-0005"]
"""The UIDs that are sometimes reassigned to other messages, as after a migration."""
CHANGES = st.sampled_from(["vanish", "arrive", "reuse", "reuse as long", "swap"])
"""Changes to a mailbox while nobody is logged in."""


def subject_of(data: bytes) -> str:
    """Return the subject of a message of this model."""
    return data.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode().strip()


class MailboxAgainstItsServer(RuleBasedStateMachine):
    """Marks by UID are the model; ``gone`` are messages that may be missing."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=SteadyLoop)
        self.stack = AsyncExitStack()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("poptui.mailbox.session.backoff.FIRST_WAIT_S", 0.02)
        self.patch.setattr("poptui.mailbox.session.backoff.MAX_WAIT_S", 0.2)
        self.confirmed: set[bytes] = set()
        """Messages confirmed for a commit, as the user saw them."""
        self.elsewhere: set[bytes] = set()
        """Deleted or replaced by another program."""
        self.arrived = 6
        self.reuses = 0
        self.written: defaultdict[str, set[bytes]] = defaultdict(set)
        """Every message that ever had a UID."""
        self.held_before: set[str | None] = set()
        """Held as deleted when a mark last changed: a mark that returns on one of these shows D
        before it is written again. A kill may lose it, which deletes nothing."""
        self.folder = tempfile.TemporaryDirectory(prefix="poptui-model-")
        self.path = Path(self.folder.name) / "journal.sqlite3"
        self.run(self._start())

    async def _start(self) -> None:
        self.server = await self.stack.enter_async_context(OddServer(make_messages(6)))
        self.relay = await self.stack.enter_async_context(FaultyRelay(self.server.port))
        self._note()
        self._run_anew()
        await self.mailbox.session.connect()

    def _run_anew(self) -> None:
        self.journal = journal = WatchedJournal(self.path)
        self.watched = Watched(self.relay.port, timeout=1.0, open_journal=lambda: journal)
        self.mailbox = self.watched.mailbox
        self.held_before.clear()

    def _note(self) -> None:
        for message in self.server.messages:
            self.written[message.uid].add(message.data)

    def teardown(self) -> None:
        self.mailbox.session.abandon()
        self.run(self.mailbox.close())
        self.run(self.stack.aclose())
        self.folder.cleanup()
        self.runner.close()
        self.patch.undo()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def bounded() -> T:
            async with asyncio.timeout(PATIENCE):
                return await work

        return self.runner.run(bounded())

    def attempt(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T | None:
        """Return the result; None if it failed with an error sentence, which is allowed."""
        try:
            return self.run(work())
        except PoptuiError:
            return None

    def find(self, uid: str) -> list[MessageEntry]:
        return [entry for entry in self.watched.entries if entry.uid == uid]

    def seen(self, entry: MessageEntry) -> set[bytes]:
        """Return the messages that the user may mean by a row: its content is all they know."""
        return {
            data
            for data in self.written[str(entry.uid)]
            if (not entry.size or len(data) == entry.size)
            and (entry.header is None or entry.header.subject == subject_of(data))
        }

    # --- the user

    def _note_held(self) -> None:
        self.held_before |= {e.uid for e in self.watched.entries if e.number in self.server.held}

    @rule(uids=st.lists(UIDS, max_size=3))
    def mark(self, uids: list[str]) -> None:
        chosen = [entry for uid in uids for entry in self.find(uid)]
        self._note_held()
        self.in_loop(lambda: self.mailbox.marks.mark(chosen))
        for entry in chosen:
            refused = entry.mark is Mark.GONE or (entry.ambiguous and not entry.opened)
            assert entry in self.mailbox.marks.marked() or refused

    @rule(uids=st.lists(UIDS, max_size=3))
    def unmark(self, uids: list[str]) -> None:
        chosen = [entry for uid in uids for entry in self.find(uid)]
        self.in_loop(lambda: self.mailbox.marks.unmark(chosen))
        assert not set(chosen) & set(self.mailbox.marks.marked())

    @rule()
    def undo(self) -> None:
        self._note_held()
        self.in_loop(self.mailbox.marks.undo)

    @rule()
    def unmark_all(self) -> None:
        self.in_loop(self.mailbox.marks.unmark_all)
        assert not self.mailbox.marks.marked()

    @rule()
    def refresh(self) -> None:
        self.attempt(self.mailbox.session.refresh)

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

    async def _stopped(self, entry: MessageEntry, turns: int) -> None:
        reading = asyncio.create_task(self.watched.read(entry))
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    @rule(stay=st.booleans(), late=st.lists(UIDS, max_size=1))
    def commit(self, stay: bool, late: list[str]) -> None:
        shown = self.mailbox.marks.marked()
        meant = set().union(*(self.seen(entry) for entry in shown))
        self.confirmed |= meant
        there = {message.data for message in self.server.messages}
        uids = set(self.server.uids)
        extra = [entry for uid in late for entry in self.find(uid)]
        self._note_held()
        self.in_loop(lambda: self.mailbox.marks.mark(extra))
        outcome = self.attempt(lambda: self.mailbox.commit.run(stay=stay, confirmed=shown))
        gone = there - {message.data for message in self.server.messages}
        assert gone <= meant
        if outcome is None:
            assert not gone
        else:
            self._check(outcome, shown, uids - set(self.server.uids))

    def _check(self, outcome: Outcome, shown: list[MessageEntry], gone: set[str]) -> None:
        named = [*outcome.deleted, *outcome.remaining, *outcome.refused, *outcome.unknown]
        assert sorted(map(id, named)) == sorted(map(id, shown))
        there = set(self.server.uids)
        assert not {entry.uid for entry in outcome.deleted} & there - set(REUSED)
        remaining = {str(entry.uid) for entry in outcome.remaining if entry.uid}
        assert remaining <= there | {uid for uid in self.written if uid not in there}
        assert gone <= {str(entry.uid) for entry in named} | {"None"}

    @rule(uids=st.lists(UIDS, min_size=1, max_size=3))
    def mark_on_a_slow_disk(self, uids: list[str]) -> None:
        """No DELE is sent before its mark is on the disk."""
        self.run(self._settled_journal())
        known = self.on_disk()
        self.journal.gate.clear()
        try:
            self.mark(uids)
            self.run(asyncio.sleep(0.01))
            marked = {
                entry.number for entry in self.mailbox.marks.marked() if entry.uid not in known
            }
            named = {e.number for e in self.watched.entries if e.uid and not e.ambiguous}
            assert not self.server.held & marked & named
        finally:
            self.journal.gate.set()

    @rule(
        answer=st.sampled_from(["keep", "keep", "forget", "later"]),
        killed=st.booleans(),
        change=CHANGES,
    )
    def start_again(self, answer: str, killed: bool, change: str) -> None:
        """The program ends or is killed, the mailbox changes, the next start asks."""
        self.server.become()
        deleted = {e.uid for e in self.mailbox.marks.marked() if e.mark is Mark.DELETED and e.uid}
        plain = {e.uid for e in self.watched.entries if e.uid and not e.ambiguous}
        self.mailbox.session.abandon()
        if killed:
            self.journal.die()
        else:
            self.run(self.mailbox.close())
        assert deleted & plain <= self.on_disk() | (self.held_before if killed else set())
        self._change(change)
        before = self.on_disk()
        self._run_anew()
        for _ in range(3):
            self.attempt(self.mailbox.session.connect)
        assert self.mailbox.marks.marked() == []
        offer = self.mailbox.marks.recovered.offer
        if offer is not None:
            assert {mark.uid for mark in offer.marks} == before
            self.in_loop(getattr(self.mailbox.marks.recovered, answer))
            self.run(self._settled_journal())
            here = {mark.uid for _, mark in offer.present}
            kept = {"keep": here, "forget": set(), "later": before}[answer]
            dropped = {entry.uid for entry, _ in offer.present} - {
                entry.uid for entry in self.mailbox.marks.marked()
            }
            assert kept - (dropped if answer == "keep" else set()) <= self.on_disk() <= kept

    async def _settled_journal(self) -> None:
        await self.mailbox.marks.writer.settle()
        self.held_before.clear()

    def on_disk(self) -> set[str]:
        """Return the UIDs in the journal, read independently."""
        if not self.path.exists():
            return set()
        with closing(sqlite3.connect(self.path)) as journal:
            return {uid for (uid,) in journal.execute("SELECT uid FROM mark")}

    @rule(uids=st.lists(UIDS, min_size=1, max_size=4), change=CHANGES, stay=st.booleans())
    def change_behind_marks_and_commit(self, uids: list[str], change: str, stay: bool) -> None:
        """The connection is lost, the mailbox has changed when it is back, and the user commits."""
        self.mark(uids)
        self.mailbox.session.abandon()
        self._change(change)
        self.attempt(self.mailbox.session.connect)
        self.commit(stay, [])

    def _change(self, change: str) -> None:
        messages = self.server.messages
        if change == "vanish" and messages:
            self.elsewhere.add(messages.pop(0).data)
        elif change == "arrive":
            self.mail_comes()
        elif change == "swap":
            messages.reverse()
        else:
            for uid in REUSED:
                self._reuse(uid, 0 if change.endswith("long") else 7)
        self._note()

    def _reuse(self, uid: str, longer: int) -> None:
        self.reuses += 1
        for index, message in enumerate(self.server.messages):
            if message.uid == uid:
                self.elsewhere.add(message.data)
                subject = f"other {self.reuses}".ljust(8)[:8].encode()
                other = make_message(2, "body" + "z" * longer).replace(b"letter 2", subject)
                self.server.messages[index] = StoredMessage(uid, other)

    # --- the connection and the server

    @rule(
        direction=st.sampled_from(Direction), kind=st.sampled_from([FaultKind.CUT, FaultKind.RESET])
    )
    def lose_the_line(self, direction: Direction, kind: FaultKind) -> None:
        """Break the connection at the next byte."""
        self.relay.fail(direction, kind)

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
        self.server.messages.append(StoredMessage(uid, make_message(self.arrived)))
        self._note()

    @rule(index=st.integers(0, 5))
    def mail_vanishes(self, index: int) -> None:
        """Another program deletes a message; the numbers of the next session move up."""
        if index < len(self.server.messages):
            self.elsewhere.add(self.server.messages.pop(index).data)

    @rule(uid=st.sampled_from(REUSED), longer=st.sampled_from([0, 1, 9]))
    def a_uid_is_reused(self, uid: str, longer: int) -> None:
        self._reuse(uid, longer)
        self._note()

    @rule()
    def time_passes(self) -> None:
        self.run(asyncio.sleep(0.005))

    # --- invariants

    @rule()
    def settles(self) -> None:
        """On a correct server, the state of every message reaches what is marked."""
        self.server.become()
        if (
            self.attempt(self.mailbox.session.refresh) is None
            and self.attempt(self.mailbox.session.connect) is None
        ):
            self.attempt(self.mailbox.session.connect)
        self.run(self.watched.until(self._is_settled))

    def _is_settled(self) -> bool:
        marked = {entry.number for entry in self.mailbox.marks.marked()}
        rows = all(
            (entry.mark is Mark.DELETED) == (entry.number in marked)
            for entry in self.watched.entries
        )
        return rows and self.server.held == marked

    @invariant()
    def nothing_unconfirmed_is_gone(self) -> None:
        ever = set().union(*self.written.values())
        there = {message.data for message in self.server.messages}
        assert ever - there <= self.confirmed | self.elsewhere

    def in_loop(self, action: Callable[[], str]) -> None:
        async def act() -> None:
            action()

        self.run(act())


TestMailboxAgainstItsServer = MailboxAgainstItsServer.TestCase
TestMailboxAgainstItsServer.settings = settings(max_examples=40, stateful_step_count=25)
