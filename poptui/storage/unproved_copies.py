"""Which safety copies may turn out to be needless: their messages were not deleted, it seems.

A server may remove a message seconds after it was still listed. So a copy is not taken away when
its message seems to have stayed. It is noted in a small file beside the copies, and a later session
decides. If the file is lost, the copies simply stay as long as all others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

WAIT_S = 900.0
"""Seconds that must pass before a listing proves that a message stayed."""

MOST_BYTES = 16 * 1024 * 1024
"""Of the file: beyond it, it isn't ours."""


class UnprovedCopy(NamedTuple):
    """A copy of a message that was to be deleted and may still be on the server."""

    name: str
    """The file's unique name, without the flags that a mail program may append."""
    uid: str
    since_s: float
    """By the usage clock: when the message was to be deleted."""


class UnprovedCopies:
    """The file of one account; each call blocks, and none raises."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> list[UnprovedCopy]:
        """What is noted; nothing where the file is damaged."""
        try:
            if self._path.stat().st_size > MOST_BYTES:
                return []
            rows = json.loads(self._path.read_bytes())
            return [UnprovedCopy(str(name), str(uid), float(since)) for name, uid, since in rows]
        except (OSError, ValueError, TypeError, RecursionError):
            return []

    def add(self, copies: Iterable[UnprovedCopy]) -> None:
        """Note these too."""
        self.save([*self.load(), *copies])

    def save(self, copies: list[UnprovedCopy]) -> None:
        """Note these alone."""
        with suppress(OSError):
            if not copies:
                self._path.unlink(missing_ok=True)
                return
            new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(copies, file)
            new.replace(self._path)
