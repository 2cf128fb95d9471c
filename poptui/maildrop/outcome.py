"""What a commit did: the answer to "is it gone?"."""

from __future__ import annotations

from dataclasses import dataclass

from poptui.maildrop.entry import Entry


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a commit, by message. ``certain`` and nothing but ``deleted``: all went."""

    deleted: tuple[Entry, ...] = ()
    remaining: tuple[Entry, ...] = ()
    """Marked, and still on the server."""
    refused: tuple[Entry, ...] = ()
    """Marked, but the server refused DELE; its words are in ``entry.trouble``."""
    unknown: tuple[Entry, ...] = ()
    """Marked, and nothing can be said: the server did not answer and could not be asked."""
    said: str = ""
    """What the server answered to QUIT, or what happened instead; cleaned."""

    @property
    def complete(self) -> bool:
        """Everything that was marked is deleted."""
        return not (self.remaining or self.refused or self.unknown)
