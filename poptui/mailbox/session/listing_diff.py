"""What a new session finds otherwise than the one before: mail that came, and mail that went."""

from __future__ import annotations

from collections.abc import Set

from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.listing import MailboxListing

ALL_OTHERS = (
    "None of these messages was here before: the mail was moved, or the server names all of it"
    " otherwise now."
)


def news(before: MailboxListing, now: MailboxListing, removed: Set[str]) -> str:
    """A sentence for people, empty where there is nothing to tell.

    ``removed``, by key, went by our own doing. What has no UID of its own is not counted.
    """
    came = sum(_named(entry) and before.find(entry.key) is not entry for entry in now.entries)
    gone = sum(
        _named(entry) and now.find(entry.key) is not entry and entry.key not in removed
        for entry in before.entries
    )
    if came and gone and came == len(now.entries) and gone == len(before.entries):
        return ALL_OTHERS
    arrived = f"{came:,} new message{'' if came == 1 else 's'}" if came else ""
    vanished = f"{gone:,} {'is' if gone == 1 else 'are'} no longer on the server" if gone else ""
    said = "; ".join(filter(None, [arrived, vanished]))
    return f"{said}." if said else ""


def _named(entry: MessageEntry) -> bool:
    return entry.uid is not None and not entry.ambiguous
