"""The messages of the mailbox, newest first, and the way from a key to its message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence, Set
from operator import attrgetter

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.survey import Survey

_number = attrgetter("number")


class MailboxListing:
    """One session's messages. The order is that of the numbers, the highest first."""

    def __init__(self, entries: Iterable[MessageEntry] = (), *, uids_shift: bool = False) -> None:
        self.entries: Sequence[MessageEntry] = tuple(entries)
        self.octets = sum(entry.size for entry in self.entries)
        self.loaded = sum(entry.header is not None for entry in self.entries)
        """How many have all that is wanted of their headers."""
        self.by_key = {entry.key: entry for entry in self.entries}
        self.uids_are_numbers = bool(self.entries) and all(
            entry.uid == str(entry.number) for entry in self.entries
        )
        """Every UID is its message's number: they may name other messages in the next session."""
        self.uids_shift = uids_shift
        """The server gives its UIDs to other messages, so none of them names a message."""

    def find(self, key: str) -> MessageEntry | None:
        """The message of this identity."""
        return self.by_key.get(key)


def relist(
    survey: Survey, before: MailboxListing, session: int, *, uids_shift: bool = False
) -> MailboxListing:
    """The listing of a new session; a message that was there before keeps its Entry.

    A message's key is its UID where that is unique, else something that no UID can be and that
    ends with the session; ``session`` counts these. Another size under the same UID is only a hint
    that it may be another message: its header is to be looked at again. So are those of UIDs that
    are mere numbers. With ``uids_shift`` no UID names a message.
    """
    doubled = _doubled(survey.uids.values())
    known, uid_of = before.by_key.get, survey.uids.get
    entries = []
    for number, size in sorted(survey.sizes.items(), reverse=True):
        uid = uid_of(number)
        unique = uid is not None and uid not in doubled and not uids_shift
        key = uid if uid is not None and unique else f"\n{session}.{number}"
        entry = known(key)
        if entry is None:
            entry = MessageEntry(number, size, uid, key, ambiguous=uid is not None and not unique)
            entry.new = unique and session > 1
        elif entry.size != size:
            entry.size, entry.unproven = size, entry.header is not None
        entry.number, entry.fresh = number, False
        entries.append(entry)
    listing = MailboxListing(entries, uids_shift=uids_shift)
    if listing.uids_are_numbers:
        for entry in listing.entries:
            entry.unproven = True
    return listing


def shifted(before: MailboxListing, seen: Survey, told_gone: Set[str]) -> bool:
    """Whether UIDs moved to other messages: a deleted one stayed while one that stays went.

    UIDs that move are bound to places in the mailbox, so those still there are the first or the
    last ones. If they are not, the server removed another message than it was asked to.
    ``told_gone``: the keys of what the server said to have deleted since ``before``.
    """
    uids = {seen.uids.get(number) for number in seen.sizes}
    named = sorted((e for e in before.entries if e.uid and not e.ambiguous), key=_number)
    there = [entry.uid in uids for entry in named]
    stayed = any(here for e, here in zip(named, there, strict=True) if e.key in told_gone)
    went = any(not here for e, here in zip(named, there, strict=True) if e.key not in told_gone)
    return stayed and went and there in (sorted(there), sorted(there, reverse=True))


def _doubled(uids: Collection[str | None]) -> Set[str | None]:
    """The UIDs that stand at several messages."""
    if len(set(uids)) == len(uids):
        return frozenset()
    return {uid for uid, copies in Counter(uids).items() if copies > 1}
