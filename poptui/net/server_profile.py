"""Facts about servers that they don't announce, learned from how they behaved."""

from __future__ import annotations

from enum import Enum


class ServerFact(Enum):
    """A fact about a server; the value is its key in the file of profiles."""

    PIPELINING = "pipelining"
    """The server answers commands that are sent together."""
    DELETES_AS_CONFIRMED = "words"
    """Messages were gone after the server had confirmed their deletion."""
    REMOVES_DOWNLOADS = "removes_downloads"
    """QUIT removes messages that were downloaded."""
    LOGIN_METHOD = "logins"
    """A login method works; the subject is :func:`login_subject`."""
    UIDS_SHIFT = "uids_shift"
    """UIDs move from one message to another."""


def login_subject(account: str, method: str) -> str:
    """Return the subject under which LOGIN_METHOD is stored for ``account``."""
    return f"{method} {account}"


class ServerProfile:
    """Known facts, each about a subject (a server's ``host:port`` or a login); in memory only."""

    def __init__(self) -> None:
        self._facts: dict[ServerFact, dict[str, bool]] = {fact: {} for fact in ServerFact}
        self._stalled: set[str] = set()

    def known(self, fact: ServerFact, subject: str) -> bool | None:
        """Whether ``fact`` holds for ``subject``; None if that isn't known."""
        return self._facts[fact].get(subject)

    def learn(self, fact: ServerFact, subject: str, holds: bool) -> None:
        """Remember for later sessions whether ``fact`` holds for ``subject``."""
        self._facts[fact][subject] = holds

    def note_stall(self, address: str) -> None:
        """Count a server that fell silent in the middle of a batch of commands.

        The first time may be the line's fault. The second time pipelining is turned off.
        """
        if address in self._stalled:
            self.learn(ServerFact.PIPELINING, address, False)
        self._stalled.add(address)
