"""Server profiles in a small JSON file beside the header cache.

The file may be lost at any time: facts that can't be read are unknown, and facts that can't be
written are known for this run only.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from poptui.net.server_profile import ServerFact, ServerNumber, ServerProfile
from poptui.storage.atomic_write import read_json, replace_json

MAX_SUBJECTS = 200
"""Maximum number of servers or logins per fact; the ones learned first are dropped."""

MAX_AGE_DAYS = 30
"""An older fact is forgotten: servers are replaced and mended."""

_DatedValue = tuple[bool | int, int]
"""Whether a fact holds or what a limit is, and when that was learned (days since 1970)."""

_Topic = ServerFact | ServerNumber


class StoredServerProfile(ServerProfile):
    """A profile that is kept in a file; never raises."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._loaded = False

    def known(self, fact: ServerFact, subject: str) -> bool | None:
        """Whether ``fact`` holds for ``subject``; None if that isn't known."""
        self._load()
        return super().known(fact, subject)

    def learn(self, fact: ServerFact, subject: str, holds: bool) -> None:
        """Remember for this run and in the file whether ``fact`` holds for ``subject``."""
        super().learn(fact, subject, holds)
        self._store(fact, subject, holds)

    def number(self, name: ServerNumber, subject: str) -> int | None:
        """The limit that was learned for ``subject``; None if none was."""
        self._load()
        return super().number(name, subject)

    def learn_number(self, name: ServerNumber, subject: str, value: int) -> None:
        """Remember a limit for this run and in the file."""
        super().learn_number(name, subject, value)
        self._store(name, subject, value)

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for topic, subjects in self._read().items():
            values = {subject: value for subject, (value, _) in subjects.items()}
            if isinstance(topic, ServerFact):
                self._facts[topic] |= {name: bool(value) for name, value in values.items()}
            else:
                self._numbers[topic] |= values

    def _store(self, topic: _Topic, subject: str, value: bool | int) -> None:
        stored = self._read()
        stored[topic].pop(subject, None)
        stored[topic][subject] = (value, _today())
        self._write(stored)

    def _read(self) -> dict[_Topic, dict[str, _DatedValue]]:
        content = read_json(self._path)
        return {topic: _values(content, topic) for topic in (*ServerFact, *ServerNumber)}

    def _write(self, stored: dict[_Topic, dict[str, _DatedValue]]) -> None:
        content = {
            topic.value: dict(list(subjects.items())[-MAX_SUBJECTS:])
            for topic, subjects in stored.items()
        }
        with suppress(OSError):
            replace_json(self._path, content)


def _values(content: dict[str, Any], topic: _Topic) -> dict[str, _DatedValue]:
    """Read one topic from the file's content, without entries that are too old or malformed."""
    kind = bool if isinstance(topic, ServerFact) else int
    subjects = content.get(topic.value)
    found: dict[str, _DatedValue] = {}
    for subject, entry in subjects.items() if isinstance(subjects, dict) else ():
        match entry:
            case [bool() | int() as value, int() as day] if (
                type(value) is kind and value >= 0 and 0 <= _today() - day <= MAX_AGE_DAYS
            ):
                found[subject] = (value, day)
    return found


def _today() -> int:
    return int(time.time() // 86400)


def open_server_profile() -> StoredServerProfile:
    """Return the profile in the user's cache folder."""
    from poptui.environment import cache_path

    return StoredServerProfile(cache_path().with_name("servers.json"))
