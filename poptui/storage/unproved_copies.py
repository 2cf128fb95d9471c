"""The list of safety copies that may be superfluous, because their messages may still be there.

A server may still list a message for some seconds after it has deleted it. So the copy of a message
that seems to have stayed isn't removed at once: a small file beside the copies records it, and a
later session decides. If the file is lost, the copies stay as long as all others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from poptui.storage.atomic_write import replace_octets

WAIT_S = 900.0
"""A message that is still listed after this time was not deleted."""

MAX_FILE_BYTES = 16 * 1024 * 1024
"""A larger file isn't ours."""


class UnprovedCopy(NamedTuple):
    """A copy of a message that should be deleted but may still be on the server."""

    name: str
    """The file's unique name, without the flags that a mail program may append."""
    uid: str
    since_s: float
    """The time its message should have been deleted, by the usage clock."""


class UnprovedCopies:
    """The list of one account. Calls block and never raise."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> list[UnprovedCopy]:
        """Return the list; empty if the file is damaged."""
        try:
            if self._path.stat().st_size > MAX_FILE_BYTES:
                return []
            rows = json.loads(self._path.read_bytes())
            return [UnprovedCopy(str(name), str(uid), float(since)) for name, uid, since in rows]
        except (OSError, ValueError, TypeError, RecursionError):
            return []

    def add(self, copies: Iterable[UnprovedCopy]) -> None:
        """Add to the list."""
        self.save([*self.load(), *copies])

    def save(self, copies: list[UnprovedCopy]) -> None:
        """Replace the list."""
        with suppress(OSError):
            if copies:
                replace_octets(self._path, json.dumps(copies).encode())
            else:
                self._path.unlink(missing_ok=True)
