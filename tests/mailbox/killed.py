"""A program to be killed: ``killed.py PORT JOURNAL`` marks, undoes, commits, and goes on.

Before each step it prints its effect: ``want UID ...`` for what will be marked, ``confirm UID ...``
for what a commit may delete.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from poptui.mailbox.entry import Mark
from tests.mailbox.journals import WatchedJournal
from tests.mailbox.watched import Watched

ROUNDS = 3


def say(what: str, uids: set[str]) -> None:
    print(what, *sorted(uids), flush=True)


async def settled(watched: Watched) -> None:
    await watched.until(lambda: Mark.PENDING not in {entry.mark for entry in watched.entries})


async def marking(watched: Watched) -> None:
    """Mark three, unmark one, mark another and undo that; then delete two and stay."""
    first, second, third, fourth, *_ = (str(entry.uid) for entry in watched.entries)
    say("want", {first, second, third})
    watched.mailbox.marks.mark(map(watched.entry, [first, second, third]))
    await settled(watched)
    say("want", {first, third})
    watched.mailbox.marks.unmark([watched.entry(second)])
    await settled(watched)
    say("want", {first, third, fourth})
    watched.mailbox.marks.mark([watched.entry(fourth)])
    await settled(watched)
    say("want", {first, third})
    watched.mailbox.marks.undo()
    say("confirm", {first, third})
    outcome = await watched.mailbox.commit.run(stay=True)
    assert outcome.complete, outcome


async def main() -> None:
    watched = Watched(int(sys.argv[1]), open_journal=lambda: WatchedJournal(Path(sys.argv[2])))
    await watched.ready()
    for _ in range(ROUNDS):
        await marking(watched)
    say("want", {str(watched.entries[0].uid)})
    watched.mailbox.marks.mark(watched.entries[:1])
    await settled(watched)
    print("done", flush=True)
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main())
