"""The state that all parts of a mailbox share: listing, history of commits, and listener."""

from __future__ import annotations

import logging
from collections.abc import Callable

from poptui.mailbox.changes import (
    AuthorizationNeeded,
    Change,
    Listed,
    Notice,
    PasswordNeeded,
    StateChanged,
)
from poptui.mailbox.listing import MailboxListing

logger = logging.getLogger(__name__)


class CommitHistory:
    """The results of this run's commits, by the keys of messages."""

    def __init__(self) -> None:
        self.confirmed = frozenset[str]()
        """Every message that a QUIT was sent for, whatever its outcome."""
        self.deleted = frozenset[str]()
        """Every message that was reported as deleted."""
        self.deleted_last = frozenset[str]()
        """The messages that the last commit reported as deleted, until the next listing is
        compared."""


class MailboxState:
    """One per mailbox. Each part reads the listing here and reports changes here."""

    def __init__(self) -> None:
        self.listing = MailboxListing()
        self.commits = CommitHistory()
        self.on_change: Callable[[Change], None] = lambda change: None
        self._noticed: set[str] = set()

    def notify(self, change: Change) -> None:
        """Call the listener. If it fails, log that: it must not stop the work, least of all a
        commit.
        """
        match change:
            case StateChanged(state, reason):
                logger.info("the connection is %s%s", state.value, f": {reason}" if reason else "")
            case Notice(text) | PasswordNeeded(text) | AuthorizationNeeded(text):
                logger.info("%s: %s", type(change).__name__, text)
            case Listed():
                logger.info("there is a new listing")
        try:
            self.on_change(change)
        except Exception:
            logger.exception("a listener failed at %s", type(change).__name__)

    def notice(self, text: str) -> None:
        """Show the user one line."""
        self.notify(Notice(text))

    def notice_once(self, text: str) -> None:
        """Show one line unless it is empty or was shown before, in any session."""
        if text and text not in self._noticed:
            self._noticed.add(text)
            self.notice(text)
