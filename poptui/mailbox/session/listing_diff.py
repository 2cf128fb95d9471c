"""What a new session finds otherwise than the one before: mail that came, and mail that went."""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing

ALL_OTHERS = (
    "None of these messages was here before: the mail was moved, or the server names all of it"
    " otherwise now."
)


class ListingDiff(NamedTuple):
    """How a listing differs from the one before. What has no UID of its own is not counted."""

    came: int
    vanished: tuple[MessageEntry, ...]
    """No longer on the server, though nobody confirmed their deletion here."""
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
        return f"{said}." if said else ""


def compare(before: MailboxListing, now: MailboxListing, confirmed: Set[str]) -> ListingDiff:
    """``confirmed``: the keys of what QUIT was sent for, whatever was told of it then."""
    came = sum(_named(entry) and before.find(entry.key) is not entry for entry in now.entries)
    gone = [e for e in before.entries if _named(e) and now.find(e.key) is not e]
    vanished = tuple(entry for entry in gone if entry.key not in confirmed)
    all_others = bool(
        came and vanished and came == len(now.entries) and len(gone) == len(before.entries)
    )
    return ListingDiff(came, vanished, all_others)


def _named(entry: MessageEntry) -> bool:
    return entry.uid is not None and not entry.ambiguous
