"""Where the connection fails: every kind of fault, in both directions, over all bytes of a
session."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from itertools import cycle, product
from pathlib import Path
from tempfile import TemporaryDirectory

from poptui.mailbox.commit import quit as commit
from poptui.mailbox.session import backoff
from tests.kit.dovecot import Dovecot
from tests.kit.relay import Direction, FaultKind, LineFault
from tests.soak.session import BOUND_S, FIRST_WAIT_S, Extent, octets, survives

AT_ONCE = 8
"""Number of concurrent sessions."""
LAST = 60
"""Number of bytes at the end that contain QUIT and its reply: an eighth of all faults is there."""


def points(whole: Extent, count: int, seed: int = 0) -> list[LineFault]:
    """Return ``count`` faults; the same for the same seed."""
    rng = random.Random(seed)
    faults = []
    for (direction, kind), at in zip(
        cycle(product(Direction, FaultKind)), range(count), strict=False
    ):
        garbled = direction is Direction.UP and kind is FaultKind.CORRUPT
        first = whole.total[direction] - LAST if at // 10 % 8 == 7 else 0
        after = rng.randrange(first, whole.total[direction])
        while garbled and any(after in login for login in whole.logins):
            after = rng.randrange(first, whole.total[direction])
        faults.append(LineFault(direction, kind=kind, after=after))
    return faults


def shorten_waits() -> None:
    """Shorten the waits between the verifications of a commit."""
    commit.RECHECK_DELAY_S = 0.1
    backoff.FIRST_WAIT_S, backoff.MAX_WAIT_S = FIRST_WAIT_S, BOUND_S


async def soak(
    count: int,
    new_user: Callable[[], Dovecot],
    report: Callable[[LineFault, str], None],
    seed: int = 0,
) -> int:
    """Run ``count`` sessions, and report each to ``report``; return how many faults happened."""
    with TemporaryDirectory(prefix="poptui-soak-") as folder:
        whole = await octets(new_user(), Path(folder) / "whole.sqlite3")
        faults = enumerate(points(whole, count, seed))
        happened = await asyncio.gather(
            *(_work(faults, new_user, Path(folder), report) for _ in range(AT_ONCE))
        )
    return sum(happened)


async def _work(
    faults: Iterator[tuple[int, LineFault]],
    new_user: Callable[[], Dovecot],
    folder: Path,
    report: Callable[[LineFault, str], None],
) -> int:
    happened = 0
    for number, fault in faults:
        try:
            happened += await survives(fault, new_user(), folder / f"{number}.sqlite3")
        except (AssertionError, TimeoutError) as error:
            report(fault, str(error) or type(error).__name__)
        else:
            report(fault, "")
    return happened
