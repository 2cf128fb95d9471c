"""Sentences about messages and marks that the screen and the commands share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from poptui.errors import PoptuiError, quoted
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.printable import printable_line
from poptui.storage.mark_record import JournalSnapshot, MarkRecord, OtherInstance
from poptui.text.format import count, size

MAX_SUBJECT_CHARACTERS, MAX_SENDER_CHARACTERS = 60, 40
MAX_NAMED = 3
"""Maximum number of messages that a sentence names one by one."""

GONE = "It is no longer on the server."
AMBIGUOUS = "Several messages share this UID. Open it first so that the right one is marked."
HELD_BACK = (
    "The server drops the connection when it is sent deletions. Your marks are sent when you"
    " commit, in batches that it accepts."
)
SHIFTED = (
    "On this server UIDs move to other messages. Open the message first so that the right one is"
    " marked."
)
ELSEWHERE = "Marked in another poptui session, so it is left alone here. Refresh to check again."
READ_ONLY = "This mailbox is opened read-only."
UNKNOWN = "It is unknown what was deleted: list the mailbox again to see."
DOUBTFUL = (
    "poptui can't tell whether this is the message that you marked. Open it, then mark it again."
)


class CountedNoun(NamedTuple):
    """The noun for the selected messages in a question, in the singular and the plural."""

    singular: str
    plural: str


SHOWN = CountedNoun("message", "messages")
FILTERED = CountedNoun("filtered message", "filtered messages")
TAGGED = CountedNoun("tagged message", "tagged messages")
GROUP = CountedNoun("message of this group", "messages of this group")


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


def deletion(marked: Sequence[MessageEntry], follow_up: str, *, is_short: bool = False) -> str:
    """``Delete 12 messages (2.1 MB) and quit; 2 refused by the server stay``.

    ``is_short``: without the size.
    """
    refused = sum(entry.mark is Mark.REFUSED for entry in marked)
    going = [entry for entry in marked if entry.mark is not Mark.REFUSED]
    if not going:
        return f"Delete {amount(marked)} and {follow_up}: refused by the server so far"
    stay = f"; {count(refused)} refused by the server stay{'s' if refused == 1 else ''}"
    what = messages(len(going)) if is_short else amount(going)
    return f"Delete {what} and {follow_up}{stay if refused else ''}"


def name(entry: MessageEntry) -> str:
    """``“Lunch?” from Ann Example, 2 Nov 2026``; without a header number, size and UID."""
    header = entry.header
    if header is None:
        uid = f", UID {quoted(entry.uid[:MAX_SUBJECT_CHARACTERS])}" if entry.uid else ""
        return f"message {entry.number} ({size(entry.size)}{uid}, header not loaded)"
    subject = quoted(header.subject[:MAX_SUBJECT_CHARACTERS]) if header.subject else "(no subject)"
    sender = printable_line(header.from_.shown[:MAX_SENDER_CHARACTERS]).strip()
    date = f", {header.date.day} {header.date:%b %Y}" if header.date else ""
    return f"{subject}{f' from {sender}' if sender else ''}{date}"


def names(entries: Sequence[MessageEntry]) -> str:
    """The first few by name, and how many more there are."""
    named = "; ".join(map(name, entries[:MAX_NAMED]))
    more = len(entries) - MAX_NAMED
    return f"{named}; and {more:,} more" if more > 0 else named


def another_message(entry: MessageEntry, mark: MarkRecord) -> str:
    """Report that the header of ``entry`` doesn't belong to the message that was marked."""
    return (
        f"Message {entry.number} is not the message that was marked under its UID"
        f" ({quoted(mark.subject[:MAX_SUBJECT_CHARACTERS])}), so it is not marked now."
    )


def marks_changed(*, lost: int, waiting: int, snapshot: JournalSnapshot) -> list[str]:
    """Return sentences about what a new listing changed for the marks."""
    sentences = []
    if lost:
        sentences.append(f"Unmarked because they changed on the server: {lost}.")
    if waiting:
        sentences.append(
            f"Marks that wait: {waiting}. In this session the server lists no UIDs, so poptui can't"
            " tell which messages they belong to."
        )
    marked = len({mark.uid for mark in snapshot.others})
    left = f"; the messages it marked are left alone and shown with o: {marked}" if marked else ""
    sentences += [
        f"{_describe(other)} has this mailbox open too{left}." for other in snapshot.holders
    ]
    return sentences


def moment(seconds: float) -> str:
    """Return a time for people, or ``""`` if the clock that measured it was far off."""
    try:
        return datetime.fromtimestamp(seconds).strftime("%d %b %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""


def _describe(holder: OtherInstance) -> str:
    since = moment(holder.started)
    process = f"process {holder.process} on {quoted(holder.host)}"
    return f"Another poptui ({process}, since {since})" if since else f"Another poptui ({process})"


def check_delayed(error: PoptuiError, then: str) -> str:
    """Return why a commit isn't verified yet; ``then`` says when it will be."""
    return (
        "The deletion was sent. To check it, poptui has to log in again, but the server refuses"
        f" that for now: {error} Next try {then}."
    )
