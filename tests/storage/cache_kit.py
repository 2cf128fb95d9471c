"""What the tests of the header cache share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from poptui.storage.cache import HeaderCache

Open = Callable[..., HeaderCache]
"""Opens a cache at the test's path; it is closed after the test."""


def rows(first: int, count: int, octets: int = 20) -> list[tuple[str, int, bytes]]:
    return [
        (f"uid{number}", number, b"%d:" % number + bytes(octets))
        for number in range(first, first + count)
    ]


def sizes(stored: list[tuple[str, int, bytes]]) -> dict[str, int]:
    return {uid: size for uid, size, _ in stored}


def payloads(stored: list[tuple[str, int, bytes]]) -> dict[str, bytes]:
    return {uid: payload for uid, _, payload in stored}


STORED = rows(1, 400, 300)
SOME = STORED[:1]


def is_usable(cache: HeaderCache) -> bool:
    cache.store(SOME)
    return cache.load(sizes(SOME)) == payloads(SOME)


def problem_of(cache: HeaderCache) -> str:
    """Make every call on an unusable cache; return its error."""
    cache.store(SOME)
    assert cache.load(sizes(SOME)) == {}
    cache.prune([])
    cache.clear()
    assert not cache.on
    assert " is off: " in cache.problem
    return cache.problem


def write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def fill(opened: Open) -> None:
    cache = opened()
    cache.store(STORED)
    cache.close()
