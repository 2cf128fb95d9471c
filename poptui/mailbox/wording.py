"""Sentences about messages and commits that the screen and the commands share."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.mailbox.commit.outcome import Outcome, Proof
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.text.format import count, size


def messages(number: int) -> str:
    """``1 message``, ``1,234 messages``."""
    return f"{count(number)} message{'' if number == 1 else 's'}"


def amount(entries: Sequence[MessageEntry]) -> str:
    """``12 messages (2.1 MB)``."""
    return f"{messages(len(entries))} ({size(sum(entry.size for entry in entries))})"


def marked_title(copies: bool) -> str:
    """Return the title over a list of messages to delete."""
    copied = "copied to this machine, then " if copies else ""
    return f"These messages will be {copied}deleted:"


def deletion(marked: Sequence[MessageEntry], then: str) -> str:
    """``Delete 12 messages (2.1 MB) and quit; 2 refused by the server stay``."""
    refused = sum(entry.mark is Mark.REFUSED for entry in marked)
    going = [entry for entry in marked if entry.mark is not Mark.REFUSED]
    if not going:
        return f"Delete {amount(marked)} and {then}: refused by the server so far"
    stay = f"; {count(refused)} refused by the server stay{'s' if refused == 1 else ''}"
    return f"Delete {amount(going)} and {then}{stay if refused else ''}"


def deleted(outcome: Outcome) -> str:
    """``12 messages deleted (2.1 MB).``, followed by doubts and the number of copies."""
    octets = sum(entry.size for entry in outcome.deleted)
    return f"{messages(len(outcome.deleted))} deleted ({size(octets)}).{behind(outcome)}"


def behind(outcome: Outcome) -> str:
    """Return sentences to follow the number of deleted messages: doubts, and safety copies."""
    doubtful = outcome.proof is Proof.NONE and outcome.deleted
    doubt = " The server says so, but this could not be verified: check again later."
    if outcome.uids_shifted:
        doubt = (
            " The server says so, but it gave their UIDs to other messages, so this could not be"
            " verified. From now on open a message on this server before you mark it."
        )
    return f"{doubt if doubtful else ''}{copied(outcome)}"


def copied(outcome: Outcome) -> str:
    """Return how many deleted messages have copies, and how to list them; ``""`` for none."""
    if not outcome.copied:
        return ""
    some = "" if outcome.copied == len(outcome.deleted) else f" of {count(outcome.copied)}"
    return f" Copies{some} are kept: poptui rescue list."
