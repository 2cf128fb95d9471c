"""What a commit did: the answer to "is it gone?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from poptui.mailbox.entry import MessageEntry


class Proof(Enum):
    """What stands behind an outcome."""

    WORD = "the server's word"
    """It was not looked up: nothing spoke against the answer to QUIT."""
    LOOK = "a look at the mailbox afterwards"
    NONE = "nothing: it was to be looked up, and could not be"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a commit, by message. ``complete`` and nothing but ``deleted``: all went."""

    deleted: tuple[MessageEntry, ...] = ()
    remaining: tuple[MessageEntry, ...] = ()
    """Marked, and still on the server."""
    refused: tuple[MessageEntry, ...] = ()
    """Marked, but the server refused DELE."""
    unknown: tuple[MessageEntry, ...] = ()
    """Marked, and nothing can be said: the server did not answer and could not be asked."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """The server's words, cleaned, for each of ``refused``, by key."""
    said: str = ""
    """What the server answered to QUIT, or what happened instead; cleaned."""
    proof: Proof = Proof.WORD
    copied: int = 0
    """How many of ``deleted`` have a copy on this machine."""
    lied: bool = False
    """The server affirmed the deletion of what is seen to be there."""
    uids_shifted: bool = False
    """The server gave the UIDs to other messages, so they show nothing of what went."""
    vanished: tuple[MessageEntry, ...] = ()
    """Not marked, and yet no longer on the server when the outcome was looked up."""

    def plus(self, other: Outcome) -> Outcome:
        """Both together: a commit may take several sessions. ``other`` was the later one."""
        proofs = {self.proof, other.proof} if self.deleted or self.unknown else {other.proof}
        return Outcome(
            (*self.deleted, *other.deleted),
            (*self.remaining, *other.remaining),
            (*self.refused, *other.refused),
            (*self.unknown, *other.unknown),
            {**self.reasons, **other.reasons},
            other.said or self.said,
            next(proof for proof in (Proof.NONE, Proof.WORD, Proof.LOOK) if proof in proofs),
            self.copied + other.copied,
            self.lied or other.lied,
            self.uids_shifted or other.uids_shifted,
            (*self.vanished, *other.vanished),
        )

    @property
    def complete(self) -> bool:
        """Everything that was marked is deleted."""
        return not (self.remaining or self.refused or self.unknown)
