"""Download messages: a whole one, its beginning, or its header as the server sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import BinaryIO, Protocol
from weakref import WeakValueDictionary

from poptui.errors import NotFoundError, quoted
from poptui.mail.headers.decode import decode_header
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.service import HeaderService
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.messages.completeness import ask_list, check_complete, missing
from poptui.mailbox.messages.spool import SpooledMessage, header_lines
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.session.workers import SessionWorkers
from poptui.mailbox.state import MailboxState
from poptui.pop3.commands import PreviewTop, Retr, Top
from poptui.pop3.events import Reply
from poptui.pop3.limits import MAX_HEADER_BYTES


class BodyStore(Protocol):
    """Keeps downloaded messages between runs. Its methods block."""

    problem: str

    def load(self, uid: str, size: int, on_piece: Callable[[bytes], None]) -> bool:
        """Pass a message to ``on_piece`` bit by bit; return whether it was stored."""

    def store(self, uid: str, size: int, source: BinaryIO) -> None:
        """Store a message."""


class MessageService:
    """Downloads messages, or the beginning of one."""

    def __init__(
        self,
        state: MailboxState,
        sessions: SessionManager,
        headers: HeaderService,
        marks: MarkService,
        bodies: BodyStore | None = None,
    ) -> None:
        """Without ``bodies`` a message is downloaded again at the next start."""
        self._state, self._sessions = state, sessions
        self._headers, self._marks, self._bodies = headers, marks, bodies
        self._open: WeakValueDictionary[MessageEntry, SpooledMessage] = WeakValueDictionary()
        """Messages that were downloaded in this run and are still in use."""

    async def retrieve(
        self,
        entry: MessageEntry,
        progress: Callable[[int], None] = lambda octets: None,
        *,
        on_start: Callable[[SpooledMessage], None] = lambda spooled: None,
    ) -> SpooledMessage:
        """Download the whole message (RETR). Raises PoptuiError.

        ``progress`` is called with the octets so far, ``on_start`` with the message before the
        first octet. Cancelling drops the connection, because POP3 can't stop a reply; with
        ``background`` a new session follows.
        """
        if (spooled := await self._from_cache(entry)) is None:
            spooled = await self._fetch(entry, None, progress, on_start)
            self._headers.downloaded(entry, header_lines(spooled.open().read(MAX_HEADER_BYTES)))
            if not spooled.incomplete:
                self._open[entry] = spooled
                await self._keep(spooled)
        entry.opened = True
        return spooled

    def forget_unproven(self) -> None:
        """Forget downloads of messages that may be others since a new listing."""
        for entry in [entry for entry in self._open if entry.unproven]:
            del self._open[entry]

    def downloaded(self, entry: MessageEntry) -> SpooledMessage | None:
        """Return the message if it was downloaded before and is still in use."""
        spooled = self._open.get(entry)
        return None if spooled is None or spooled.closed else spooled

    async def _from_cache(self, entry: MessageEntry) -> SpooledMessage | None:
        """Return the message from the store if it is there and certainly this one.

        It doesn't come from the server, so it proves nothing for a deletion.
        """
        uid, bodies = entry.uid, self._bodies
        if bodies is None or uid is None or entry.ambiguous:
            return None
        spooled = SpooledMessage(entry)
        there = await asyncio.to_thread(bodies.load, uid, entry.size, spooled.write)
        if there and _same(entry, spooled) and not missing(entry.size, spooled.count):
            return spooled
        spooled.close()
        return None

    async def _keep(self, spooled: SpooledMessage) -> None:
        """Store the message for later runs, if that is on in the settings."""
        uid, bodies = spooled.entry.uid, self._bodies
        if bodies is not None and uid is not None and not spooled.entry.ambiguous:
            with spooled.reader() as source:
                await asyncio.to_thread(bodies.store, uid, spooled.entry.size, source)
            self._state.notice_once(bodies.problem)

    async def peek(
        self, entry: MessageEntry, lines: int, progress: Callable[[int], None] = lambda octets: None
    ) -> SpooledMessage:
        """Download the header and the first ``lines`` lines (TOP). Raises PoptuiError.

        NotFoundError if the server has no TOP.
        """
        return await self._fetch(entry, lines, progress, lambda spooled: None)

    async def _fetch(
        self,
        entry: MessageEntry,
        lines: int | None,
        progress: Callable[[int], None],
        on_start: Callable[[SpooledMessage], None],
    ) -> SpooledMessage:
        """Download; a message's number is known only once there is a session."""
        workers = await self._sessions.online()
        self._check_present(entry)
        spooled = SpooledMessage(entry, progress)
        on_start(spooled)
        command = Retr(entry.number) if lines is None else PreviewTop(entry.number, lines)
        try:
            with self._marks.undeleted_while_read(entry):
                await _retrieve(workers, spooled, command)
        except BaseException:
            spooled.close()
            raise
        finally:
            self._sessions.touch()  # who waited for a long download is still there
            self._sessions.reconnect_if_lost(workers)
        return spooled

    async def header_block(self, entry: MessageEntry) -> bytes:
        """Return the header as the server sends it: by TOP, or by RETR if TOP is refused."""
        workers = await self._sessions.online()
        self._check_present(entry)
        reply = await workers.client.execute(Top(entry.number))
        if reply.ok:
            return header_lines(reply.body)
        with closing(await self.retrieve(entry)) as spooled:
            return header_lines(spooled.open().read(MAX_HEADER_BYTES))

    def _check_present(self, entry: MessageEntry) -> None:
        if not self._marks.present([entry]):
            raise NotFoundError("This message is no longer on the server.")


def _same(entry: MessageEntry, spooled: SpooledMessage) -> bool:
    """Whether its header is that of ``entry``: a server may give the UID to another message."""
    if entry.header is None:
        return True
    block = header_lines(spooled.open().read(MAX_HEADER_BYTES))
    return decode_header(block).fingerprint() == entry.header.fingerprint()


async def _retrieve(
    workers: SessionWorkers, spooled: SpooledMessage, command: Retr | PreviewTop
) -> None:
    """Fill ``spooled`` by ``command``: the whole message, or its beginning.

    Raises PoptuiError; NotFoundError if the server doesn't send the message.

    If the server holds it as deleted, RSET comes first; the caller makes the marks follow again.
    Cancelling drops the session, because POP3 can't stop a reply.
    """
    client, number = workers.client, spooled.entry.number
    reply = await _once(workers, spooled, command)
    if not reply.ok and number in client.protocol.deleted:
        reply = await _once(workers, spooled, command)
    if not reply.ok:
        what = "message" if isinstance(command, Retr) else "the beginning of message"
        raise NotFoundError(f"The server does not give {what} {number}: {quoted(reply.text)}.")
    if isinstance(command, Retr):
        answer = ask_list(client, number)
        spooled.incomplete = await check_complete(client, answer, spooled.entry.size, spooled.count)


async def _once(
    workers: SessionWorkers, spooled: SpooledMessage, command: Retr | PreviewTop
) -> Reply:
    client = workers.client
    if spooled.entry.number in client.protocol.deleted:
        workers.reconciler.reset()
    coming = client.submit(command, sink=spooled)
    try:
        return await asyncio.shield(coming)
    except asyncio.CancelledError:
        if client.is_in_flight(coming):
            workers.drop()
        coming.cancel()
        raise
