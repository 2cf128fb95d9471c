"""The result of a commit: what was deleted, how that is known, and the sentences about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.wording import messages
from poptui.text.format import count, size


class Proof(Enum):
    """The evidence for an outcome."""

    REPLY = "the server's reply to QUIT"
    """Not verified, but nothing contradicted the reply."""
    LISTING = "a listing in a new session"
    NONE = "nothing: it should have been verified, and could not be"


class Outcome(NamedTuple):
    """The result of a commit, by message."""

    deleted: tuple[MessageEntry, ...] = ()
    remaining: tuple[MessageEntry, ...] = ()
    """Marked, and still on the server."""
    refused: tuple[MessageEntry, ...] = ()
    """Marked, but the server refused DELE."""
    unknown: tuple[MessageEntry, ...] = ()
    """Marked, but unknown: the server didn't answer, and the mailbox couldn't be listed again."""
    reasons: Mapping[str, str] = MappingProxyType({})
    """The server's reason for each of ``refused``, printable, by key."""
    reply: str = ""
    """The server's reply to QUIT, or what happened instead; printable."""
    proof: Proof = Proof.REPLY
    copied: int = 0
    """The number of messages in ``deleted`` that have a copy on this machine."""
    falsely_confirmed: bool = False
    """The server confirmed the deletion of messages that are still there."""
    uids_shifted: bool = False
    """The server gave the UIDs to other messages, so they don't show what is gone."""
    vanished: tuple[MessageEntry, ...] = ()
    """Not marked, but gone when the outcome was verified."""

    def plus(self, other: Outcome) -> Outcome:
        """Add the outcome of a later session: one commit may take several."""
        proofs = {self.proof, other.proof} if self.deleted or self.unknown else {other.proof}
        return Outcome(
            (*self.deleted, *other.deleted),
            (*self.remaining, *other.remaining),
            (*self.refused, *other.refused),
            (*self.unknown, *other.unknown),
            {**self.reasons, **other.reasons},
            other.reply or self.reply,
            next(proof for proof in (Proof.NONE, Proof.REPLY, Proof.LISTING) if proof in proofs),
            self.copied + other.copied,
            self.falsely_confirmed or other.falsely_confirmed,
            self.uids_shifted or other.uids_shifted,
            (*self.vanished, *other.vanished),
        )

    @property
    def complete(self) -> bool:
        """Whether everything that was marked is deleted."""
        return not (self.remaining or self.refused or self.unknown)


def deleted_sentence(outcome: Outcome) -> str:
    """``12 messages deleted (2.1 MB).``, followed by doubts and the number of copies."""
    octets = sum(entry.size for entry in outcome.deleted)
    return f"{messages(len(outcome.deleted))} deleted ({size(octets)}).{doubts_and_copies(outcome)}"


def doubts_and_copies(outcome: Outcome) -> str:
    """Return sentences to follow the number of deleted messages: doubts, and safety copies."""
    doubtful = outcome.proof is Proof.NONE and outcome.deleted
    doubt = " The server says so, but this could not be verified: check again later."
    if outcome.uids_shifted:
        doubt = (
            " The server says so, but it gave their UIDs to other messages, so this could not be"
            " verified. From now on open a message on this server before you mark it."
        )
    return f"{doubt if doubtful else ''}{copies_sentence(outcome)}"


def copies_sentence(outcome: Outcome) -> str:
    """Return how many deleted messages have copies, and how to list them; ``""`` for none."""
    if not outcome.copied:
        return ""
    some = "" if outcome.copied == len(outcome.deleted) else f" of {count(outcome.copied)}"
    return f" Copies{some} are kept: poptui rescue list."
