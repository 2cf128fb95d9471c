"""One session in the maildrop: its client, and who works over it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Set
from typing import NamedTuple

from poptui.faults import Fault
from poptui.maildrop.entry import Entry, Mark
from poptui.maildrop.headers import Headers
from poptui.maildrop.identity import Identity
from poptui.maildrop.listing import Listing
from poptui.maildrop.loader import HeaderLoader
from poptui.maildrop.mark_wording import DOUBTFUL
from poptui.maildrop.reconcile import Reconciler
from poptui.net.client import Client
from poptui.net.login import Session
from poptui.net.pipelining import Pipelining
from poptui.pop3.commands import Rset
from poptui.pop3.errors import LocalError
from poptui.pop3.events import Reply
from poptui.storage.kept_mark import KeptMark

LEAVE_WITHIN = 5.0
"""Seconds that a polite good-bye may take before the line is dropped, which deletes as little."""


class Tasks(NamedTuple):
    """Whom the workers of a session ask and tell; see HeaderLoader and Reconciler."""

    headers: Headers
    prepare: Callable[[], Awaitable[bool]]
    wanted: Callable[[], Set[int]]
    answered: Callable[[list[Reply]], None]


class Visit(NamedTuple):
    """What lives as long as one session does."""

    client: Client
    loader: HeaderLoader
    reconciler: Reconciler
    identity: Identity
    pipelining: Pipelining

    @classmethod
    def begin(cls, session: Session, listing: Listing, tasks: Tasks) -> Visit:
        """Set to work over a session that has been surveyed."""
        client = session.client
        loader = tasks.headers.begin(client, listing)
        reconciler = Reconciler(client, tasks.prepare, tasks.wanted, tasks.answered)
        identity = Identity(client, loader, listing, tasks.headers.wishes)
        return cls(client, loader, reconciler, identity, session.pipelining)

    def progress(self, entry: Entry, kept: KeptMark | None) -> tuple[Mark, str]:
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
        """End by RSET and a QUIT that deletes nothing; never raises."""
        self.stop()
        try:
            async with asyncio.timeout(LEAVE_WITHIN):
                await self._say_goodbye()
        except (Fault, LocalError, TimeoutError):
            pass
        finally:
            self.client.close()

    async def _say_goodbye(self) -> None:
        if not self.reconciler.marked or (await self.client.execute(Rset())).ok:
            await self.client.quit()
