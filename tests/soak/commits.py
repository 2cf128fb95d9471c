"""Commits on servers with several oddities at once, checked in their mailboxes."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from poptui.errors import PoptuiError
from poptui.mailbox.commit.outcome import Outcome, Proof
from poptui.mailbox.entry import MessageEntry
from tests.kit.odd import OddServer
from tests.mailbox.watched import Watched, make_messages
from tests.soak.session import LONGEST

COUNT = 24
"""Number of messages in each mailbox; all but the first nine have the same size."""

COMMITS = 3
"""Number of commits in each run; the mailbox is closed and opened in between."""

KINDS: tuple[tuple[str, ...], ...] = (
    ("renumbers",),
    ("uids-are-numbers",),
    ("uids-are-numbers", "no-top", "top-refused"),
    ("uids-are-numbers", "renumbers"),
    ("sizes-change",),
    ("session-deles:5",),
    ("session-commands:40",),
    ("dele-kills:7",),
    ("dele-does-nothing:3",),
    ("dele-does-nothing",),
    ("dele-lies",),
    ("dele-another:4",),
    ("quit-ok-removes-nothing",),
    ("quit-err",),
    ("quit-eof",),
    ("expire-0", "downloads-go"),
    ("expunges-late:1",),
    ("pipelining-unadvertised",),
    ("no-top", "top-refused"),
    ("no-uidl", "uidl-refused"),
)
"""The oddities, of which each server has one to three."""


def oddities(seed: int) -> list[str]:
    """Return the oddities of a run; the same for the same seed, and each is in an early run."""
    rng = random.Random(seed)
    kinds = [KINDS[seed % len(KINDS)], *rng.sample(KINDS, rng.randrange(3))]
    by_name = {name.partition(":")[0]: name for kind in kinds for name in kind}
    if "uids-are-numbers" in by_name:
        by_name.pop(
            "dele-another", None
        )  # Whether DELE hit another message can't be detected then.
    return list(by_name.values())


def shown(entry: MessageEntry, server: OddServer) -> str:
    """Return what the row shows: the subject, or only the number."""
    return entry.header.subject if entry.header else subjects(server)[entry.number - 1]


def subjects(server: OddServer) -> list[str]:
    """Return the subjects in the order of their numbers in a new session."""
    return [
        message.data.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()
        for message in server.messages
    ]


async def run(seed: int) -> None:
    """Read, mark and commit several times. Raises AssertionError if an invariant is violated."""
    rng = random.Random(f"run {seed}")
    async with OddServer(make_messages(COUNT), oddities(seed)) as server:
        watched = Watched(server.port, timeout=0.3)
        try:
            async with asyncio.timeout(LONGEST):
                for _ in range(COMMITS):
                    await _commit(watched, server, rng)
        finally:
            watched.mailbox.session.abandon()
            await watched.mailbox.close()


async def _commit(watched: Watched, server: OddServer, rng: random.Random) -> None:
    mailbox = watched.mailbox
    try:
        await mailbox.session.connect()
        await mailbox.headers.load(watched.entries)
    except PoptuiError:
        return
    for entry in rng.sample(watched.entries, min(3, len(watched.entries))):
        with suppress(PoptuiError):
            await watched.read(entry)
    mailbox.marks.mark(rng.sample(watched.entries, len(watched.entries) // 2))
    asked = mailbox.marks.marked()
    confirmed = {entry: shown(entry, server) for entry in asked}
    before = set(subjects(server))
    outcome = None
    with suppress(PoptuiError):
        outcome = await mailbox.commit.run(stay=rng.random() < 0.5, confirmed=asked)
    await asyncio.sleep(0.15 if any(name.startswith("expunges") for name in server.odd) else 0)
    there = set(subjects(server))
    late = any(name.startswith("expunges") for name in server.odd)
    _check(outcome, confirmed, before - there, there, late=late)


def _check(
    outcome: Outcome | None,
    confirmed: dict[MessageEntry, str],
    gone: set[str],
    there: set[str],
    *,
    late: bool,
) -> None:
    """The mailbox and the report agree, except on what is reported as the server's word only.

    ``late``: messages still there at verification may be gone by now.
    """
    unconfirmed = gone - set(confirmed.values())
    assert not unconfirmed, f"{unconfirmed} went unconfirmed"
    if outcome is None:
        assert not gone, f"{gone} went, and it was said that nothing did"
        return
    deleted = {confirmed[entry] for entry in outcome.deleted}
    still = {confirmed[entry] for entry in (*outcome.remaining, *outcome.refused)}
    unknown = {confirmed[entry] for entry in outcome.unknown}
    untrue = deleted & there if outcome.proof is not Proof.NONE else set()
    assert not untrue, f"{untrue} were said to be deleted"
    assert late or not still & gone, f"{still & gone} were said to be still there"
    assert deleted | still | unknown == set(confirmed.values()), "not all is told of"


async def survives(seed: int) -> None:
    """Run once; the AssertionError names the server."""
    try:
        await run(seed)
    except (AssertionError, TimeoutError) as error:
        what = str(error) or "it hangs"
        raise AssertionError(f"commits {seed} ({' '.join(oddities(seed))}): {what}") from error
