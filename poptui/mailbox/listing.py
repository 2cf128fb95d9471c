"""The messages of a session, newest first, and how a listing differs from the one before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence, Set
from operator import attrgetter
from typing import NamedTuple

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing_request import ListingReplies
from poptui.mailbox.wording import names

_number = attrgetter("number")


class MailboxListing:
    """The messages of one session, the highest number first."""

    def __init__(self, entries: Iterable[MessageEntry] = (), *, uids_shift: bool = False) -> None:
        self.entries: Sequence[MessageEntry] = tuple(entries)
        self.octets = sum(entry.size for entry in self.entries)
        self.loaded = sum(entry.header is not None for entry in self.entries)
        """The number of messages with their headers, with all requested fields."""
        self.by_key = {entry.key: entry for entry in self.entries}
        self.uids_are_numbers = bool(self.entries) and all(
            entry.uid == str(entry.number) for entry in self.entries
        )
        """Every UID is its message's number, so it may mean another message in the next session."""
        self.uids_shift = uids_shift
        """The server gives UIDs to other messages, so none of them identifies a message."""

    def find(self, key: str) -> MessageEntry | None:
        """Return the message with this key."""
        return self.by_key.get(key)


def relist(
    replies: ListingReplies, before: MailboxListing, session: int, *, uids_shift: bool = False
) -> MailboxListing:
    """Return the listing of a new session; a message that was listed before keeps its entry.

    A message's key is its UID if that is unique, otherwise a text that can't be a UID and is valid
    for this session only; ``session`` counts sessions. If the size has changed, it may be another
    message, so its header has to be loaded again; also if UIDs are plain numbers. With
    ``uids_shift`` no UID identifies a message.
    """
    repeated = _repeated(replies.uids.values())
    known, uid_of = before.by_key.get, replies.uids.get
    entries = []
    for number, size in sorted(replies.sizes.items(), reverse=True):
        uid = uid_of(number)
        unique = uid is not None and uid not in repeated and not uids_shift
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


def shifted(before: MailboxListing, replies: ListingReplies, reported_gone: Set[str]) -> bool:
    """Whether UIDs moved to other messages: a deleted one is still listed, another one is gone.

    UIDs that move belong to positions in the mailbox, so the remaining ones are the first or the
    last ones. If they aren't, the server removed another message than DELE named.
    ``reported_gone``: the keys of what the server reported as deleted since ``before``.
    """
    uids = {replies.uids.get(number) for number in replies.sizes}
    named = sorted((e for e in before.entries if e.uid and not e.ambiguous), key=_number)
    is_listed = [entry.uid in uids for entry in named]
    stayed = any(
        listed for e, listed in zip(named, is_listed, strict=True) if e.key in reported_gone
    )
    went = any(
        not listed for e, listed in zip(named, is_listed, strict=True) if e.key not in reported_gone
    )
    return stayed and went and is_listed in (sorted(is_listed), sorted(is_listed, reverse=True))


def _repeated(uids: Collection[str | None]) -> Set[str | None]:
    """Return the UIDs that several messages have."""
    if len(set(uids)) == len(uids):
        return frozenset()
    return {uid for uid, copies in Counter(uids).items() if copies > 1}


ALL_OTHERS = (
    "None of these messages was here before: the mail was moved, or the server names all of it"
    " otherwise now."
)


class ListingDiff(NamedTuple):
    """Difference between a listing and the last one, in messages with unique UIDs."""

    new_entries: tuple[MessageEntry, ...]
    vanished: tuple[MessageEntry, ...]
    """Gone although their deletion wasn't confirmed here."""
    late: tuple[MessageEntry, ...]
    """Gone as confirmed, but not reported as deleted before."""
    unlisted: tuple[MessageEntry, ...]
    """Their UIDs are gone, but this server moves UIDs, so the messages may still be there."""
    none_same: bool
    """No message is the same, so probably the UIDs have changed and not the mail."""

    @property
    def sentence(self) -> str:
        """Describe the changes; empty if there are none."""
        if self.none_same:
            return ALL_OTHERS
        new_entries, gone = len(self.new_entries), len(self.vanished)
        arrived = (
            f"{new_entries:,} new message{'' if new_entries == 1 else 's'}" if new_entries else ""
        )
        went = f"{gone:,} {'is' if gone == 1 else 'are'} no longer on the server" if gone else ""
        changes = "; ".join(filter(None, [arrived, went]))
        late = f"Deleted by now, as you confirmed: {names(self.late)}." if self.late else ""
        unlisted = (
            f"No longer listed by UID, though nobody confirmed that: {names(self.unlisted)}. This"
            " server moves UIDs about, so they may still be there."
            if self.unlisted
            else ""
        )
        return " ".join(filter(None, [f"{changes}." if changes else "", late, unlisted]))


def compare_listings(
    before: MailboxListing, now: MailboxListing, confirmed: Set[str], deleted: Set[str]
) -> ListingDiff:
    """Compare two listings.

    ``confirmed`` has the keys of all messages that a QUIT was sent for so far, ``deleted`` of those
    that were reported as deleted.
    """
    if now.uids_shift:
        uids = {entry.uid for entry in now.entries}
        lost = [e for e in before.entries if e.uid and e.uid not in uids]
        unlisted = tuple(e for e in lost if not confirmed & {e.uid, e.key})
        return ListingDiff((), (), (), unlisted, none_same=False)
    new_entries = tuple(e for e in now.entries if _has_own_uid(e) and before.find(e.key) is not e)
    gone = [e for e in before.entries if _has_own_uid(e) and now.find(e.key) is not e]
    vanished = tuple(entry for entry in gone if entry.key not in confirmed)
    none_same = bool(
        new_entries
        and vanished
        and len(new_entries) == len(now.entries)
        and len(gone) == len(before.entries)
    )
    late = tuple(e for e in gone if e.key in confirmed and e.key not in deleted)
    return ListingDiff(new_entries, vanished, late, (), none_same)


def _has_own_uid(entry: MessageEntry) -> bool:
    return entry.uid is not None and not entry.ambiguous
