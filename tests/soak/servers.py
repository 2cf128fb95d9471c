"""Odd servers under a random session: every report is checked in the server's mailbox.

Servers that remove downloaded messages at QUIT (EXPIRE 0, announced or not), servers that expunge
some time after the +OK to QUIT, and another program that deletes meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import suppress
from pathlib import Path

from poptui.errors import PoptuiError
from poptui.mailbox.changes import Notice, Vanished
from poptui.mailbox.commit.outcome import Outcome, Proof
from tests.kit.odd import OddServer
from tests.mailbox.journals import WatchedJournal
from tests.mailbox.watched import Watched, make_messages

COUNT, STEPS = 8, 10
ACTIONS = (
    *("read", "read", "mark", "mark", "unmark"),
    *("commit", "stay", "refresh", "release", "other"),
)
LATEST = 5
"""Maximum delay of a late expunge, in tenths of a second."""

EXPIRES = (
    ("expire-0", "downloads-go"),
    ("expire-0-user", "downloads-go"),
    ("expire-0-before-login", "downloads-go"),
    ("expire-untold", "downloads-go"),
    ("expire-0", "downloads-go", "top-whole-message", "top-counts"),
    (),
)
LATE = ((), (), ("expunges-late:1",), ("expunges-late:3",), (f"expunges-late:{LATEST}",))
MORE = ((), (), ("dele-refused:2",), ("no-lock",), ("quit-eof",), ("in-use:1",))


class Session:
    """A user who reads, marks, commits and refreshes at random, and the reports to them."""

    def __init__(self, seed: int, path: Path) -> None:
        self.rng = random.Random(seed)
        self.oddities = [name for kind in (EXPIRES, LATE, MORE) for name in self.rng.choice(kind)]
        self.server = OddServer(make_messages(COUNT), self.oddities)
        self.path = path
        self.confirmed: set[str] = set()
        """UIDs whose deletion was confirmed for a commit."""
        self.elsewhere: set[str] = set()
        """UIDs that another program removed."""
        self.told: set[str] = set()
        """UIDs reported as deleted."""
        self.named: set[str] = set()
        """UIDs reported as gone without confirmation."""
        self.unlisted: set[str] = set()
        """UIDs reported as no longer listed, when the server seemed to move UIDs."""

    async def run(self) -> None:
        """Raise AssertionError if an unconfirmed message is gone or a report is wrong."""
        async with self.server:
            self.watched = Watched(
                self.server.port, timeout=1.0, open_journal=lambda: WatchedJournal(self.path)
            )
            try:
                with suppress(PoptuiError):
                    await self.watched.ready()
                for _ in range(STEPS):
                    with suppress(PoptuiError):
                        await self.step()
                    self.check()
                await self.settle()
            finally:
                self.watched.mailbox.session.abandon()
                await self.watched.mailbox.close()

    async def step(self) -> None:
        watched, mailbox, rng = self.watched, self.watched.mailbox, self.rng
        entries = watched.entries
        if not entries:
            return
        some = rng.sample(entries, min(len(entries), rng.randrange(1, 4)))
        match rng.choice(ACTIONS):
            case "read":
                await watched.read(some[0])
            case "mark":
                mailbox.marks.mark(some)
            case "unmark":
                mailbox.marks.unmark(some)
            case "commit":
                await self.commit(stay=False)
            case "stay":
                await self.commit(stay=True)
            case "refresh":
                await mailbox.session.refresh()
            case "release":
                await mailbox.session.release()
            case "other":
                self.delete_elsewhere()

    def delete_elsewhere(self) -> None:
        """Let another program remove messages that nobody marks here, between two sessions."""
        marked = {entry.uid for entry in self.watched.mailbox.marks.marked()}
        others = [m for m in self.server.messages if m.uid not in marked | self.confirmed]
        if others and not self.server.held:
            gone = self.rng.choice(others)
            self.elsewhere.add(gone.uid)
            self.server.messages.remove(gone)

    async def commit(self, *, stay: bool) -> None:
        asked = self.watched.mailbox.marks.marked()
        if not asked:
            return
        self.confirmed |= {str(entry.uid) for entry in asked}
        outcome = await self.watched.mailbox.commit.run(stay=stay, confirmed=asked)
        self.told |= {str(entry.uid) for entry in outcome.deleted}
        self.named |= {str(entry.uid) for entry in outcome.vanished}
        self.check_outcome(outcome, {str(entry.uid) for entry in asked})

    def check_outcome(self, outcome: Outcome, asked: set[str]) -> None:
        groups = (outcome.deleted, outcome.remaining, outcome.refused, outcome.unknown)
        reported = [str(entry.uid) for group in groups for entry in group]
        assert sorted(reported) == sorted(asked), f"asked {asked}, told of {reported}"
        if outcome.proof is Proof.LISTING:
            there = set(self.server.uids) & {str(entry.uid) for entry in outcome.deleted}
            assert not there, f"{there} were looked up and said to be deleted"

    def check(self) -> None:
        """Check that nothing unconfirmed is gone."""
        everything = {f"uid-{number:04}" for number in range(1, COUNT + 1)}
        gone = everything - set(self.server.uids)
        lost = gone - self.confirmed - self.elsewhere
        assert not lost, f"{lost} went unconfirmed"

    async def settle(self) -> None:
        """After the last late expunge, check that reports are correct and deletions are
        reported."""
        await asyncio.sleep(LATEST / 10)
        for _ in range(3):
            with suppress(PoptuiError):
                await self.watched.mailbox.session.refresh()
                break
        self.check()
        there = set(self.server.uids)
        assert not self.told & there, f"{self.told & there} were said to be deleted"
        changes = self.watched.changes
        self.named |= {str(e.uid) for c in changes if isinstance(c, Vanished) for e in c.entries}
        self.unlisted = {
            f"uid-{int(number):04}"
            for change in changes
            if isinstance(change, Notice) and "No longer listed by UID" in change.text
            for number in re.findall(r"letter (\d+)", change.text)
        }
        assert self.named <= self.elsewhere, (
            f"{self.named - self.elsewhere} were not ours to report"
        )
        if all(c.text.find("None of these") < 0 for c in changes if isinstance(c, Notice)):
            unnamed = self.elsewhere - self.named - self.unlisted - self.confirmed
            assert not unnamed, f"nobody was told that {unnamed} went"


async def survives(seed: int, path: Path) -> None:
    """Run one session with one odd server; the AssertionError names the server."""
    session = Session(seed, path)
    try:
        async with asyncio.timeout(60):
            await session.run()
    except (AssertionError, TimeoutError) as error:
        what = str(error) or "it hangs"
        raise AssertionError(f"seed {seed} ({' '.join(session.oddities)}): {what}") from error
