"""How many messages, and how large: in the same words everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from poptui.maildrop.entry import Entry
from poptui.maildrop.outcome import Outcome
from poptui.tui.format import count, size


def messages(number: int) -> str:
    """``1 message``, ``1,234 messages``."""
    return f"{count(number)} message{'' if number == 1 else 's'}"


def amount(entries: Sequence[Entry]) -> str:
    """``12 messages (2.1 MB)``."""
    return f"{messages(len(entries))} ({size(sum(entry.size for entry in entries))})"


def deleted(outcome: Outcome) -> str:
    """``12 messages deleted (2.1 MB).``"""
    octets = sum(entry.size for entry in outcome.deleted)
    return f"{messages(len(outcome.deleted))} deleted ({size(octets)})."
