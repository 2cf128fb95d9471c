"""Server profiles in a small JSON file beside the header cache.

The file may be lost at any time: facts that can't be read are unknown, and facts that can't be
written are known for this run only.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from poptui.net.server_profile import ServerFact, ServerProfile

MAX_SUBJECTS = 200
"""How many servers or logins are remembered per fact; the ones learned first are dropped."""

MAX_AGE_DAYS = 30
"""An older fact is forgotten: servers are replaced and mended."""

MAX_FILE_BYTES = 262144
"""A larger file is not ours."""

_DatedFact = tuple[bool, int]
"""Whether the fact holds, and the day on which that was learned (days since 1970)."""


class StoredServerProfile(ServerProfile):
    """A profile that is kept in a file; never raises."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._loaded = False

    def known(self, fact: ServerFact, subject: str) -> bool | None:
        """Whether ``fact`` holds for ``subject``; None if that isn't known."""
        if not self._loaded:
            self._loaded = True
            for stored, subjects in self._read().items():
                self._facts[stored] |= {name: holds for name, (holds, _) in subjects.items()}
        return super().known(fact, subject)

    def learn(self, fact: ServerFact, subject: str, holds: bool) -> None:
        """Remember for this run and in the file whether ``fact`` holds for ``subject``."""
        super().learn(fact, subject, holds)
        stored = self._read()
        stored[fact].pop(subject, None)
        stored[fact][subject] = (holds, _today())
        self._write(stored)

    def _read(self) -> dict[ServerFact, dict[str, _DatedFact]]:
        try:
            with self._path.open("rb") as file:
                content = json.loads(file.read(MAX_FILE_BYTES))
        except (OSError, ValueError, RecursionError):
            content = {}
        return {fact: _facts(content, fact) for fact in ServerFact}

    def _write(self, stored: dict[ServerFact, dict[str, _DatedFact]]) -> None:
        """Replace the file in one step, so that another poptui never reads half of it."""
        from tempfile import NamedTemporaryFile

        content = {
            fact.value: dict(list(subjects.items())[-MAX_SUBJECTS:])
            for fact, subjects in stored.items()
        }
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile("w", dir=self._path.parent, delete=False) as file:
                try:
                    json.dump(content, file)
                    file.close()
                    os.replace(file.name, self._path)
                except OSError:
                    os.unlink(file.name)
                    raise
        except OSError:
            return


def _facts(content: Any, fact: ServerFact) -> dict[str, _DatedFact]:
    """Read one fact from the file's content, without entries that are too old or malformed."""
    subjects = content.get(fact.value) if isinstance(content, dict) else None
    found: dict[str, _DatedFact] = {}
    for subject, value in subjects.items() if isinstance(subjects, dict) else ():
        match value:
            case [bool() as holds, int() as day] if 0 <= _today() - day <= MAX_AGE_DAYS:
                found[subject] = (holds, day)
    return found


def _today() -> int:
    return int(time.time() // 86400)


def open_server_profile() -> StoredServerProfile:
    """Return the profile in the user's cache folder."""
    from poptui.environment import cache_path

    return StoredServerProfile(cache_path().with_name("servers.json"))
