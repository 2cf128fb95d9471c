"""How many messages, and how large: in the same words everywhere."""

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
    """Over what is about to be deleted."""
    return f"Marked to be deleted{', once copied to this machine' if copies else ''}:"


def deletion(marked: Sequence[MessageEntry], then: str) -> str:
    """``Delete 12 messages (2.1 MB) and quit; 2 refused by the server stay``."""
    refused = sum(entry.mark is Mark.REFUSED for entry in marked)
    going = [entry for entry in marked if entry.mark is not Mark.REFUSED]
    if not going:
        return f"Delete {amount(marked)} and {then}: refused by the server so far"
    stay = f"; {count(refused)} refused by the server stay{'s' if refused == 1 else ''}"
    return f"Delete {amount(going)} and {then}{stay if refused else ''}"


def deleted(outcome: Outcome) -> str:
    """``12 messages deleted (2.1 MB).``, and what stands behind it where that is little."""
    octets = sum(entry.size for entry in outcome.deleted)
    return f"{messages(len(outcome.deleted))} deleted ({size(octets)}).{behind(outcome)}"


def behind(outcome: Outcome) -> str:
    """To follow the number of deleted messages: any doubt about it, and copies of them."""
    doubtful = outcome.proof is Proof.NONE and outcome.deleted
    doubt = " The server says so, but that could not be verified: look again later."
    if outcome.uids_shifted:
        doubt = (
            " The server says so, but its UIDs moved to other messages, so that could not be"
            " verified. From now on open a message here before you mark it."
        )
    return f"{doubt if doubtful else ''}{copied(outcome)}"


def copied(outcome: Outcome) -> str:
    """How many of the deleted are here still, and how to get at them; ``""`` for none."""
    if not outcome.copied:
        return ""
    some = "" if outcome.copied == len(outcome.deleted) else f" of {count(outcome.copied)}"
    return f" Copies{some} are kept: poptui rescue list."
