"""Where the line fails: every kind of fault, both ways, over all the octets of a session."""

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
"""Sessions at a time."""
LAST = 60
"""Octets before the end in which QUIT and its answer stand: an eighth of all faults is there."""


def points(whole: Extent, count: int, seed: int = 0) -> list[LineFault]:
    """``count`` faults; the same for the same seed."""
    chance = random.Random(seed)
    faults = []
    for (way, manner), at in zip(cycle(product(Direction, FaultKind)), range(count), strict=False):
        garbled = way is Direction.UP and manner is FaultKind.CORRUPT
        first = whole.total[way] - LAST if at // 10 % 8 == 7 else 0
        after = chance.randrange(first, whole.total[way])
        while garbled and any(after in login for login in whole.logins):
            after = chance.randrange(first, whole.total[way])
        faults.append(LineFault(way, manner=manner, after=after))
    return faults


def hasten() -> None:
    """Shorten the waits between the looks at what became of a commit."""
    commit.LOOK_AGAIN_S = 0.1
    backoff.FIRST_WAIT_S, backoff.MAX_WAIT_S = FIRST_WAIT_S, BOUND_S


async def soak(
    count: int,
    new_user: Callable[[], Dovecot],
    told: Callable[[LineFault, str], None],
    seed: int = 0,
) -> int:
    """Run ``count`` sessions, ``told`` hearing of each; how many faults happened."""
    with TemporaryDirectory(prefix="poptui-soak-") as folder:
        whole = await octets(new_user(), Path(folder) / "whole.sqlite3")
        faults = enumerate(points(whole, count, seed))
        happened = await asyncio.gather(
            *(_work(faults, new_user, Path(folder), told) for _ in range(AT_ONCE))
        )
    return sum(happened)


async def _work(
    faults: Iterator[tuple[int, LineFault]],
    new_user: Callable[[], Dovecot],
    folder: Path,
    told: Callable[[LineFault, str], None],
) -> int:
    happened = 0
    for number, fault in faults:
        try:
            happened += await survives(fault, new_user(), folder / f"{number}.sqlite3")
        except (AssertionError, TimeoutError) as error:
            told(fault, str(error) or type(error).__name__)
        else:
            told(fault, "")
    return happened
