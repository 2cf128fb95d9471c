"""Provide a path for header caches, and close the caches after the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poptui.storage.cache import HeaderCache
from tests.storage.cache_kit import Open


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "headers.sqlite3"


@pytest.fixture
def opened(path: Path) -> Iterator[Open]:
    """Return a function that opens caches at ``path``; close them after the test."""
    caches: list[HeaderCache] = []

    def open_one(account: str = "me@host", **options: Any) -> HeaderCache:
        caches.append(HeaderCache(path, account, **options))
        return caches[-1]

    yield open_one
    for cache in caches:
        cache.close()
