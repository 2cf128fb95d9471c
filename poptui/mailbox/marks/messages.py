"""What is said of marks that cannot be made, that moved, waited, or stand elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from poptui.errors import quoted
from poptui.mailbox.entry import MessageEntry
from poptui.storage.mark_record import JournalSnapshot, MarkRecord, OtherInstance

GONE = "It is no longer on the server."
AMBIGUOUS = "Its UID stands at several messages: open it first, so that the right one is marked."
HELD_BACK = (
    "The server ends the connection while it is told what to delete: your marks are sent when you"
    " commit, in batches that it takes."
)
SHIFTED = (
    "This server's UIDs move to other messages: open the message first, so that the right one is"
    " marked."
)
ELSEWHERE = "Marked in another poptui session, to which it is left. Refresh to look again."
READ_ONLY = "This mailbox is opened read-only."
DOUBTFUL = "It cannot be told whether this is the message that was marked: open it, then mark it."
MAX_SUBJECT_CHARACTERS = 60
"""Characters of a subject in a sentence."""


def another_message(entry: MessageEntry, mark: MarkRecord) -> str:
    """The header shows that ``entry`` is not what was marked."""
    return (
        f"Message {entry.number} is another one than was marked under its UID"
        f" ({quoted(mark.subject[:MAX_SUBJECT_CHARACTERS])}): it is not marked now."
    )


def moved(*, lost: int, waiting: int, look: JournalSnapshot) -> list[str]:
    """What a new listing changed for the marks."""
    return [sentence for sentence in _moved(lost, waiting, look) if sentence]


def _moved(lost: int, waiting: int, look: JournalSnapshot) -> Iterator[str]:
    if lost:
        yield f"Marked, but no longer there as they were: {lost}. Not marked now."
    if waiting:
        yield (
            f"Marks that wait: {waiting}. The server does not say in this session which messages"
            " they mean (UIDL)."
        )
    marked = Counter(mark.uid for mark in look.others)
    for holder in look.holders:
        yield f"{_describe(holder)} works on this mailbox too{_marked_by_others(len(marked))}."


def moment(seconds: float) -> str:
    """A time for people, empty where the clock that told it was far off."""
    try:
        return datetime.fromtimestamp(seconds).strftime("%d %b %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""


def _describe(holder: OtherInstance) -> str:
    since = moment(holder.started)
    here = f"process {holder.process} on {quoted(holder.host)}"
    return f"Another poptui ({here}, since {since})" if since else f"Another poptui ({here})"


def _marked_by_others(marks: int) -> str:
    return f"; what it has marked is shown with o and left to it: {marks}" if marks else ""
