"""Remember the number and size of messages in each mailbox, in a small JSON file.

The list of accounts shows it instead of logging in each time. The file may be lost at any time.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from poptui.environment import cache_path
from poptui.storage.atomic_write import read_json, replace_json

MAX_ACCOUNTS = 200
"""Maximum number of accounts; those seen longest ago are dropped."""
LIMIT = 10**15
"""Larger numbers in the file can't be right."""
MAX_AGE_S = 30 * 86_400
"""Maximum age of figures that are shown."""


FIGURES, LOGINS = "figures", "logins"
"""The two parts of the file."""


class Figures(NamedTuple):
    """The number and size of a mailbox's messages at some time."""

    message_count: int
    size_bytes: int
    new_count: int | None
    seen_at: float
    """Seconds since 1970."""

    @property
    def age_s(self) -> float:
        """Its age in seconds; negative if the clock was set back meanwhile."""
        return time.time() - self.seen_at


class RememberedOverviews:
    """By account (``Server.account``): figures, and the time of the last login; never raises.

    The file is read for each answer, because other poptui sessions write into it too.
    """

    def __init__(self, path: Path | None) -> None:
        """Without ``path`` they are remembered until the program ends."""
        self._path = path
        self._memory: dict[str, dict[str, Any]] = {}

    def figures(self, account: str) -> Figures | None:
        """Return the last figures, None if there are none or their time can't be right."""
        match self._read()[FIGURES].get(account):
            case [int(messages), int(size), int() | None as new, int() | float() as at]:
                found = Figures(messages, size, new, at)
                is_sound = 0 <= min(messages, size, new or 0) <= max(messages, size) < LIMIT
                return found if is_sound and 0 <= found.age_s <= MAX_AGE_S else None
        return None

    def since_login_s(self, account: str) -> float | None:
        """Return how long ago the last login was, None if that isn't known."""
        match self._read()[LOGINS].get(account):
            case int() | float() as at if at <= time.time():
                return time.time() - at
        return None

    def remember(
        self, account: str, message_count: int, size_bytes: int, new_count: int | None
    ) -> None:
        """Remember the figures of a mailbox."""
        self._put(FIGURES, account, Figures(message_count, size_bytes, new_count, time.time()))

    def forget(self, account: str) -> None:
        """Forget figures that are no longer true."""
        self._put(FIGURES, account, None)

    def clear(self) -> None:
        """Forget the figures of all accounts."""
        for account in self._read()[FIGURES]:
            self.forget(account)

    def note_login(self, account: str) -> None:
        """Remember that poptui logs in now."""
        self._put(LOGINS, account, time.time())

    def _put(self, part: str, account: str, value: Any) -> None:
        content = self._read()
        if content[part].pop(account, None) is None and value is None:
            return
        if value is not None:
            content[part][account] = value
        self._write({part: dict(list(content[part].items())[-MAX_ACCOUNTS:]) for part in content})

    def _read(self) -> dict[str, dict[str, Any]]:
        parts = self._memory if self._path is None else read_json(self._path)
        return {
            part: dict(rows) if isinstance(rows := parts.get(part), dict) else {}
            for part in (FIGURES, LOGINS)
        }

    def _write(self, content: dict[str, dict[str, Any]]) -> None:
        if self._path is None:
            self._memory = content
            return
        with suppress(OSError):
            replace_json(self._path, content)


_in_memory = RememberedOverviews(None)


def open_overviews(*, cache: bool) -> RememberedOverviews:
    """Return those in the user's cache folder; without ``cache``, those of this run."""
    if not cache:
        return _in_memory
    return RememberedOverviews(cache_path().with_name("overviews.json"))
