"""Check what a commit reports against what the server still has."""

from __future__ import annotations

import asyncio

from poptui.mailbox.commit.outcome import Outcome
from poptui.mailbox.entry import MessageEntry
from tests.kit.odd import OddServer


def uids(entries: tuple[MessageEntry, ...]) -> set[str | None]:
    """Return the UIDs of the messages of an outcome."""
    return {entry.uid for entry in entries}


def check_report(outcome: Outcome, server: OddServer) -> None:
    """Check that messages reported as deleted are gone, and remaining ones are there."""
    there = set(server.uids)
    assert not uids(outcome.deleted) & there
    assert uids(outcome.remaining) | uids(outcome.refused) <= there


async def quiet() -> None:
    """Let everything run that is due in this and the next few turns of the event loop."""
    for _ in range(20):
        await asyncio.sleep(0.001)
