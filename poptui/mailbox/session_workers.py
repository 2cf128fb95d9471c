"""One session in the mailbox: its client, and who works over it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Set
from typing import NamedTuple

from poptui.errors import PoptuiError
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.headers.loader import HeaderLoader
from poptui.mailbox.headers.service import HeaderService
from poptui.mailbox.listing import MailboxListing
from poptui.mailbox.marks.identity import Identity
from poptui.mailbox.marks.messages import DOUBTFUL
from poptui.mailbox.marks.reconciler import Reconciler
from poptui.net.client import Client
from poptui.net.login import LoggedIn
from poptui.net.pipelining import Pipelining
from poptui.pop3.commands import Rset
from poptui.pop3.errors import LocalError
from poptui.pop3.events import Reply
from poptui.storage.mark_record import MarkRecord

LEAVE_WITHIN = 5.0
"""Seconds that a polite good-bye may take before the line is dropped, which deletes as little."""


class WorkerHooks(NamedTuple):
    """Whom the workers of a session ask and tell; see HeaderLoader and Reconciler."""

    headers: HeaderService
    prepare: Callable[[], Awaitable[bool]]
    wanted: Callable[[], Set[int]]
    answered: Callable[[list[Reply]], None]


class SessionWorkers(NamedTuple):
    """What lives as long as one session does."""

    client: Client
    loader: HeaderLoader
    reconciler: Reconciler
    identity: Identity
    pipelining: Pipelining

    @classmethod
    def begin(
        cls, session: LoggedIn, listing: MailboxListing, tasks: WorkerHooks
    ) -> SessionWorkers:
        """Set to work over a session that has been surveyed."""
        client = session.client
        loader = tasks.headers.begin(client, listing)
        reconciler = Reconciler(client, tasks.prepare, tasks.wanted, tasks.answered)
        identity = Identity(client, loader, listing, tasks.headers.wishes)
        return cls(client, loader, reconciler, identity, session.pipelining)

    def progress(self, entry: MessageEntry, kept: MarkRecord | None) -> tuple[Mark, str]:
        """How far the declared ``entry`` is on its way, and what stands in it."""
        number = entry.number
        if number in self.reconciler.refused:
            return Mark.REFUSED, self.reconciler.refused[number]
        if self.identity.doubtful(entry, kept):
            return Mark.REFUSED, DOUBTFUL
        return Mark.DELETED if number in self.client.deleted else Mark.PENDING, ""

    def stop(self) -> None:
        """No further commands of our own; the session stays."""
        self.loader.stop()
        self.reconciler.stop()

    def drop(self) -> None:
        """End without QUIT: the server deletes nothing (RFC 1939 section 6)."""
        self.stop()
        self.client.close()

    async def leave(self) -> None:
        """End by RSET and a QUIT that deletes nothing; without QUIT where that might. Never raises.

        Some servers remove at QUIT what was downloaded (RFC 2449 section 6.7).
        """
        self.stop()
        try:
            async with asyncio.timeout(LEAVE_WITHIN):
                await self._say_goodbye()
        except (PoptuiError, LocalError, TimeoutError):
            pass
        finally:
            self.client.close()

    async def _say_goodbye(self) -> None:
        if self.client.removed_by_quit():
            await self.client.hang_up()
        elif not self.reconciler.marked or (await self.client.execute(Rset())).ok:
            await self.client.quit()
