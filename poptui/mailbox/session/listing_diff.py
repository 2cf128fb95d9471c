"""What a new session finds otherwise than the one before: mail that came, and mail that went."""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.naming import names

ALL_OTHERS = (
    "None of these messages was here before: the mail was moved, or the server names all of it"
    " otherwise now."
)


class ListingDiff(NamedTuple):
    """How a listing differs from the one before. What has no UID of its own is not counted."""

    came: int
    vanished: tuple[MessageEntry, ...]
    """No longer on the server, though nobody confirmed their deletion here."""
    late: tuple[MessageEntry, ...]
    """Confirmed, gone now, and not told to be deleted before."""
    unlisted: tuple[MessageEntry, ...]
    """Where the server moves UIDs about: their UIDs are gone, they themselves may not be."""
    all_others: bool
    """Not one message is the same: the UIDs changed, rather than the mail."""

    @property
    def sentence(self) -> str:
        """For people; empty where there is nothing to tell."""
        if self.all_others:
            return ALL_OTHERS
        came, gone = self.came, len(self.vanished)
        arrived = f"{came:,} new message{'' if came == 1 else 's'}" if came else ""
        went = f"{gone:,} {'is' if gone == 1 else 'are'} no longer on the server" if gone else ""
        said = "; ".join(filter(None, [arrived, went]))
        late = f"Deleted by now, as you confirmed: {names(self.late)}." if self.late else ""
        unlisted = (
            f"No longer listed by UID, though nobody confirmed that: {names(self.unlisted)}. This"
            " server moves UIDs about, so they may still be there."
            if self.unlisted
            else ""
        )
        return " ".join(filter(None, [f"{said}." if said else "", late, unlisted]))


def compare(
    before: MailboxListing, now: MailboxListing, confirmed: Set[str], deleted: Set[str]
) -> ListingDiff:
    """``confirmed``: the keys of what QUIT was sent for; ``deleted``, of what was told to be gone.

    Both over all commits so far.
    """
    if now.uids_shift:
        uids = {entry.uid for entry in now.entries}
        lost = [e for e in before.entries if e.uid and e.uid not in uids]
        unlisted = tuple(e for e in lost if not confirmed & {e.uid, e.key})
        return ListingDiff(0, (), (), unlisted, all_others=False)
    came = sum(_named(entry) and before.find(entry.key) is not entry for entry in now.entries)
    gone = [e for e in before.entries if _named(e) and now.find(e.key) is not e]
    vanished = tuple(entry for entry in gone if entry.key not in confirmed)
    all_others = bool(
        came and vanished and came == len(now.entries) and len(gone) == len(before.entries)
    )
    late = tuple(e for e in gone if e.key in confirmed and e.key not in deleted)
    return ListingDiff(came, vanished, late, (), all_others)


def _named(entry: MessageEntry) -> bool:
    return entry.uid is not None and not entry.ambiguous
