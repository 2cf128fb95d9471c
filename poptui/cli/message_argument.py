"""WHICH message a command means: a number, a UID, or the latest."""

from __future__ import annotations

from argparse import ArgumentParser

from poptui.errors import NotFoundError, UsageError, quoted
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.mailbox import Mailbox

Wanted = str | int
"""A UID, a number, or 0 for the latest."""


def which(parser: ArgumentParser) -> None:
    """The argument."""
    parser.add_argument("which", metavar="WHICH", help="a number, uid:UID, or latest")


def wanted_by(which: str) -> Wanted:
    """What is meant. Raises UsageError where it is no message's name."""
    if which == "latest":
        return 0
    if which.startswith("uid:") and len(which) > 4:
        return which[4:]
    if which.isascii() and which.isdigit() and 0 < int(which[:10]) < 2**31:
        return int(which[:10])
    raise UsageError(f"{quoted(which)} is no message: write a number, uid:UID, or latest.")


def find(mailbox: Mailbox, wanted: Wanted) -> MessageEntry:
    """The message. Raises NotFoundError where there is none, or several of that UID."""
    entries = mailbox.listing.entries
    if not entries:
        raise NotFoundError("The mailbox is empty.")
    if wanted == 0:
        return entries[0]
    found = [entry for entry in entries if wanted in (entry.number, entry.uid)]
    if not found:
        what = f"of UID {quoted(wanted)}" if isinstance(wanted, str) else f"number {wanted}"
        raise NotFoundError(
            f"There is no message {what} in {mailbox.title}, which has {len(entries)}."
        )
    if len(found) > 1:
        numbers = ", ".join(str(entry.number) for entry in found)
        raise NotFoundError(f"That UID stands at several messages: give one of {numbers}.")
    return found[0]
