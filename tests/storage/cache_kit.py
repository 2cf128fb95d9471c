"""What the tests of the header cache share."""

from __future__ import annotations

from collections.abc import Callable

from poptui.storage.cache import HeaderCache

Open = Callable[..., HeaderCache]
"""Opens a cache at the path of the test; closed after it."""


def rows(first: int, count: int, octets: int = 20) -> list[tuple[str, int, bytes]]:
    return [
        (f"uid{number}", number, b"%d:" % number + bytes(octets))
        for number in range(first, first + count)
    ]


def sizes(stored: list[tuple[str, int, bytes]]) -> dict[str, int]:
    return {uid: size for uid, size, _ in stored}


def payloads(stored: list[tuple[str, int, bytes]]) -> dict[str, bytes]:
    return {uid: payload for uid, _, payload in stored}
