"""What servers are known to do though they do not say so, kept from one start to the next.

A small JSON file beside the header cache. It may be lost at any time: what cannot be read is not
known, and what cannot be written is known for this run only.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from poptui.net.pipelining import Habits

MOST = 200
"""Servers that are remembered, the latest."""

DAYS = 30
"""How long a habit is believed: servers are replaced."""

OCTETS = 65536
"""A file larger than this is none of ours."""

_Fact = tuple[bool, int]
"""Whether pipelining works, and the day on which that was learned, since 1970."""


class KeptHabits(Habits):
    """The habits in a file; never raises."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._recalled = False

    def pipelining(self, address: str) -> bool | None:
        """Whether the server takes commands in flights; None where that is not known."""
        if not self._recalled:
            self._recalled = True
            known = self._read()
            self._pipelining = {name: works for name, (works, _) in known.items()}
        return super().pipelining(address)

    def learn_pipelining(self, address: str, works: bool) -> None:
        """Remember it, in the file too."""
        super().learn_pipelining(address, works)
        known = self._read()
        known.pop(address, None)
        known[address] = (works, _today())
        self._write(dict(list(known.items())[-MOST:]))

    def _read(self) -> dict[str, _Fact]:
        try:
            with self._path.open("rb") as file:
                told = json.loads(file.read(OCTETS))
        except (OSError, ValueError, RecursionError):
            return {}
        facts = told.get("pipelining") if isinstance(told, dict) else None
        return {k: v for k, v in map(_fact, facts.items()) if v} if isinstance(facts, dict) else {}

    def _write(self, known: dict[str, _Fact]) -> None:
        """Put a new file in the place of the old one, so that there is always a whole one."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile("w", dir=self._path.parent, delete=False) as file:
                try:
                    json.dump({"pipelining": known}, file)
                    file.close()
                    os.replace(file.name, self._path)
                except OSError:
                    os.unlink(file.name)
                    raise
        except OSError:
            return


def _fact(item: tuple[str, Any]) -> tuple[str, _Fact | None]:
    """A fact that is young enough; None for what is none."""
    name, value = item
    match value:
        case [bool() as works, int() as day] if 0 <= _today() - day <= DAYS:
            return name, (works, day)
    return name, None


def _today() -> int:
    return int(time.time() // 86400)


def kept_habits() -> KeptHabits:
    """The habits in the user's cache folder."""
    from poptui.storage.cache import cache_path

    return KeptHabits(cache_path().with_name("servers.json"))
