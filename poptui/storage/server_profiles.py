"""What servers are known to do though they do not say so, kept from one start to the next.

A small JSON file beside the header cache. It may be lost at any time: what cannot be read is not
known, and what cannot be written is known for this run only.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from poptui.net.pipelining import ServerProfile

MOST = 200
"""Servers that are remembered, the latest."""

DAYS = 30
"""How long a habit is believed: servers are replaced."""

OCTETS = 262144
"""A file larger than this is none of ours."""

KINDS = ("pipelining", "words", "removes_downloads", "logins", "uids_shift")
"""What is remembered: whether commands can be pipelined, whether the server deletes what it says it
deletes, whether QUIT removes what was downloaded, which login methods work for an account, and
whether UIDs move to other messages."""

_Fact = tuple[bool, int]
"""Whether it holds, and the day on which that was learned, since 1970."""


class StoredServerProfile(ServerProfile):
    """The habits in a file; never raises."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._recalled = False

    def pipelining(self, address: str) -> bool | None:
        """Whether the server takes commands in flights; None where that is not known."""
        self._recall()
        return super().pipelining(address)

    def learn_pipelining(self, address: str, works: bool) -> None:
        """Remember it, in the file too."""
        super().learn_pipelining(address, works)
        self._learn("pipelining", address, works)

    def keeps_word(self, address: str) -> bool | None:
        """Whether what the server called deleted was seen to be gone; None where nobody looked."""
        self._recall()
        return super().keeps_word(address)

    def learn_word(self, address: str, kept: bool) -> None:
        """Remember it, in the file too."""
        super().learn_word(address, kept)
        self._learn("words", address, kept)

    def removes_downloads(self, address: str) -> bool | None:
        """Whether downloaded messages were seen to go at QUIT; None where they weren't."""
        self._recall()
        return super().removes_downloads(address)

    def learn_removes_downloads(self, address: str) -> None:
        """Remember it, in the file too."""
        super().learn_removes_downloads(address)
        self._learn("removes_downloads", address, True)

    def login_works(self, account: str, method: str) -> bool | None:
        """Whether ``account`` can log in by ``method``; None if that isn't known."""
        self._recall()
        return super().login_works(account, method)

    def learn_login(self, account: str, method: str, works: bool) -> None:
        """Remember it, in the file too."""
        super().learn_login(account, method, works)
        self._learn("logins", f"{method} {account}", works)

    def uids_shift(self, address: str) -> bool | None:
        """Whether UIDs were seen to move to other messages; None where they weren't."""
        self._recall()
        return super().uids_shift(address)

    def learn_uids_shift(self, address: str) -> None:
        """Remember it, in the file too."""
        super().learn_uids_shift(address)
        self._learn("uids_shift", address, True)

    def _recall(self) -> None:
        if not self._recalled:
            self._recalled = True
            known = self._read()
            stores = (
                *(self._pipelining, self._words, self._removes_downloads),
                *(self._logins, self._uids_shift),
            )
            for kind, habits in zip(KINDS, stores, strict=True):
                habits.update({name: holds for name, (holds, _) in known[kind].items()})

    def _learn(self, kind: str, address: str, holds: bool) -> None:
        known = self._read()
        known[kind].pop(address, None)
        known[kind][address] = (holds, _today())
        self._write({kind: dict(list(facts.items())[-MOST:]) for kind, facts in known.items()})

    def _read(self) -> dict[str, dict[str, _Fact]]:
        try:
            with self._path.open("rb") as file:
                told = json.loads(file.read(OCTETS))
        except (OSError, ValueError, RecursionError):
            told = {}
        return {kind: _facts(told, kind) for kind in KINDS}

    def _write(self, known: dict[str, dict[str, _Fact]]) -> None:
        """Put a new file in the place of the old one, so that there is always a whole one."""
        from tempfile import NamedTemporaryFile

        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile("w", dir=self._path.parent, delete=False) as file:
                try:
                    json.dump(known, file)
                    file.close()
                    os.replace(file.name, self._path)
                except OSError:
                    os.unlink(file.name)
                    raise
        except OSError:
            return


def _facts(told: Any, kind: str) -> dict[str, _Fact]:
    facts = told.get(kind) if isinstance(told, dict) else None
    return {k: v for k, v in map(_fact, facts.items()) if v} if isinstance(facts, dict) else {}


def _fact(item: tuple[str, Any]) -> tuple[str, _Fact | None]:
    """A fact that is young enough; None for what is none."""
    name, value = item
    match value:
        case [bool() as works, int() as day] if 0 <= _today() - day <= DAYS:
            return name, (works, day)
    return name, None


def _today() -> int:
    return int(time.time() // 86400)


def kept_habits() -> StoredServerProfile:
    """The habits in the user's cache folder."""
    from poptui.environment import cache_path

    return StoredServerProfile(cache_path().with_name("servers.json"))
