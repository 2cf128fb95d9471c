"""The workers of one session: its client, the header loader and the reconciler."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from poptui.errors import PoptuiError
from poptui.mailbox.entry import Mark, MessageEntry
from poptui.mailbox.session.header_loader import HeaderLoader
from poptui.mailbox.session.reconciler import Reconciler
from poptui.mailbox.session.verifier import MarkVerifier
from poptui.mailbox.wording import DOUBTFUL
from poptui.net.client import Client
from poptui.net.pipelining_policy import PipeliningPolicy
from poptui.pop3.commands import Rset
from poptui.pop3.errors import LocalError
from poptui.storage.mark_record import MarkRecord

LEAVE_TIMEOUT_S = 5.0
"""RSET and QUIT may take this long; then the connection is dropped, which deletes nothing."""


class SessionWorkers(NamedTuple):
    """Everything that lives as long as one session."""

    client: Client
    loader: HeaderLoader
    reconciler: Reconciler
    verifier: MarkVerifier
    pipelining: PipeliningPolicy

    def progress(self, entry: MessageEntry, record: MarkRecord | None) -> tuple[Mark, str]:
        """Return the state of a marked ``entry``, and why it is refused if it is."""
        number = entry.number
        if number in self.reconciler.refused:
            return Mark.REFUSED, self.reconciler.refused[number]
        if self.verifier.is_unverifiable(entry, record):
            return Mark.REFUSED, DOUBTFUL
        return Mark.DELETED if number in self.client.protocol.deleted else Mark.PENDING, ""

    def stop(self) -> None:
        """Send no further commands on our own; the session stays open."""
        self.loader.stop()
        self.reconciler.stop()

    def drop(self) -> None:
        """End without QUIT: the server deletes nothing (RFC 1939 section 6)."""
        self.stop()
        self.client.close()

    async def leave(self) -> None:
        """End the session by RSET and QUIT, so that nothing is deleted. Never raises.

        Hang up if QUIT might delete: what was downloaded (RFC 2449 section 6.7), or what an unknown
        command that was typed by hand has marked.
        """
        self.stop()
        try:
            async with asyncio.timeout(LEAVE_TIMEOUT_S):
                await self._reset_and_quit()
        except (PoptuiError, LocalError, TimeoutError):
            pass
        finally:
            self.client.close()

    async def _reset_and_quit(self) -> None:
        if self.client.must_hang_up:
            await self.client.hang_up()
        elif not self.reconciler.marked or (await self.client.execute(Rset())).ok:
            await self.client.quit()
