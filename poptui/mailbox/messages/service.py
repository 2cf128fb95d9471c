"""What is fetched because the user asked for it: headers, the beginning of a message, all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import BinaryIO, Protocol
from weakref import WeakValueDictionary

from poptui.errors import (
    EndlessReplyError,
    NotFoundError,
    PipeliningError,
    PoptuiError,
    ReplyTimeoutError,
)
from poptui.mail.headers.decode import decode_header
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.headers.service import HeaderService
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.messages.completeness import missing
from poptui.mailbox.messages.retrieve import header_lines, retrieve
from poptui.mailbox.messages.spool import SpooledMessage
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.session.notices import OneTimeNotices
from poptui.pop3.commands import Peek, Retr, Top
from poptui.pop3.limits import MAX_HEADER_BYTES


class BodyStore(Protocol):
    """Messages that are kept from one start to the next. Its methods block."""

    trouble: str

    def recall(self, uid: str, size: int, take: Callable[[bytes], None]) -> bool:
        """Hand over the octets of a message; whether they are here."""

    def keep(self, uid: str, size: int, source: BinaryIO) -> None:
        """Keep a message."""


LET_GO = 0.3
"""Seconds in which a server that still talks notices that the session has ended, and unlocks the
mailbox."""

TRIES = 4
"""Sessions that may follow where the next one does without what ended the last."""


class Fetching:
    """The mailbox's side that reads messages; a base of ``Mailbox``."""

    _sessions: SessionManager
    _marking: MarkService
    _headers: HeaderService
    _notices: OneTimeNotices
    _bodies: BodyStore | None
    _at_hand: WeakValueDictionary[MessageEntry, SpooledMessage]
    """What was fetched in this run and is still open somewhere."""

    def _take_up(self) -> None:
        """Something needs the server."""
        raise NotImplementedError

    # --- headers

    def aim(
        self, visible: Iterable[MessageEntry], then: Iterable[MessageEntry] | None = None
    ) -> None:
        """``visible`` are on screen: their headers come first, then the others in order ``then``.

        Without ``then`` these keep the order given last, which is the newest first at the start.
        """
        rows = tuple(visible)
        self._headers.aim(rows, then)
        if self._headers.pending(rows):
            self._take_up()

    @property
    def loading(self) -> bool:
        """Whether headers are on their way, or will be asked for unprompted."""
        return self._headers.loading

    @property
    def missing(self) -> int:
        """How many headers may still come in this session."""
        return self._headers.missing

    @property
    def paused(self) -> bool:
        """Whether the user stopped the loading."""
        return self._headers.wishes.paused

    def pause_loading(self) -> None:
        """Ask for no more headers than those of the rows on screen, in later sessions too."""
        self._headers.pause()

    def resume_loading(self) -> None:
        """Go on where the loading was stopped."""
        self._headers.resume()

    def want_headers(self, names: Iterable[str]) -> None:
        """Keep these headers too, in ``Header.extra``; what is here without them comes again."""
        self._headers.want(names)

    async def loaded(self, entries: Iterable[MessageEntry]) -> None:
        """Have the headers of ``entries``, where the server gives them. Raises PoptuiError.

        A server that loses commands of a flight is asked again, one command at a time; one that
        sends no end to a header, or falls silent amid it, is asked for the others.
        """
        wanted = tuple(entries)
        visit = await self._sessions.online()
        await visit.loader.load(wanted)
        for _ in range(TRIES):
            if not _others_may_come(visit.client.error):
                break
            if isinstance(visit.client.error, ReplyTimeoutError):
                await asyncio.sleep(LET_GO)
            visit = await self._sessions.online()
            await visit.loader.load(wanted)
        if visit.client.error is not None:
            raise visit.client.error

    # --- messages

    async def retrieve(
        self,
        entry: MessageEntry,
        progress: Callable[[int], None] = lambda octets: None,
        *,
        begun: Callable[[SpooledMessage], None] = lambda letter: None,
    ) -> SpooledMessage:
        """The whole message (RETR); ``progress`` hears the octets so far. Raises PoptuiError.

        ``begun`` is given the letter before its first octet, to look at what is there of it.

        Cancelling while it comes drops the connection, for POP3 cannot stop a reply; with
        ``background`` a new session follows by itself, and the marks with it.
        """
        if (letter := await self._recalled(entry)) is None:
            letter = await self._fetch(entry, None, progress, begun)
            self._headers.opened(entry, header_lines(letter.open().read(MAX_HEADER_BYTES)))
            if not letter.incomplete:
                self._at_hand[entry] = letter
                await self._keep(letter)
        entry.opened = True
        return letter

    def _fetched(self, entry: MessageEntry) -> SpooledMessage | None:
        """The message as the server gave it before, where it is still here."""
        letter = self._at_hand.get(entry)
        return None if letter is None or letter.closed else letter

    async def _recalled(self, entry: MessageEntry) -> SpooledMessage | None:
        """The message as it was kept by an earlier fetch, if it is and is surely this one.

        Its header does not come from the server, so it proves nothing for a deletion.
        """
        uid, bodies = entry.uid, self._bodies
        if bodies is None or uid is None or entry.ambiguous:
            return None
        letter = SpooledMessage(entry)
        there = await asyncio.to_thread(bodies.recall, uid, entry.size, letter.write)
        if there and _same(entry, letter) and not missing(entry.size, letter.count):
            return letter
        letter.close()
        return None

    async def _keep(self, letter: SpooledMessage) -> None:
        """Keep it for later starts, where the user wants that."""
        uid, bodies = letter.entry.uid, self._bodies
        if bodies is not None and uid is not None and not letter.entry.ambiguous:
            with letter.reader() as source:
                await asyncio.to_thread(bodies.keep, uid, letter.entry.size, source)
            self._notices.once(bodies.trouble)

    async def peek(
        self, entry: MessageEntry, lines: int, progress: Callable[[int], None] = lambda octets: None
    ) -> SpooledMessage:
        """Fetch the header and the first ``lines`` lines (TOP). Raises PoptuiError.

        NotFoundError where the server has no TOP.
        """
        return await self._fetch(entry, lines, progress, lambda letter: None)

    async def _fetch(
        self,
        entry: MessageEntry,
        lines: int | None,
        progress: Callable[[int], None],
        begun: Callable[[SpooledMessage], None],
    ) -> SpooledMessage:
        """The number of a message is known only once there is a session: it changes with each."""
        visit = await self._sessions.online()
        self._check_present(entry)
        letter = SpooledMessage(entry, progress)
        begun(letter)
        command = Retr(entry.number) if lines is None else Peek(entry.number, lines)
        try:
            with self._marking.spared(entry):
                await retrieve(visit, letter, command)
        except BaseException:
            letter.close()
            raise
        finally:
            self._sessions.come_back(visit)
        return letter

    async def header_block(self, entry: MessageEntry) -> bytes:
        """The header as it came, by TOP, or out of the message where that is refused."""
        visit = await self._sessions.online()
        self._check_present(entry)
        reply = await visit.client.execute(Top(entry.number))
        if reply.ok:
            return header_lines(reply.body)
        with closing(await self.retrieve(entry)) as letter:
            return header_lines(letter.open().read(MAX_HEADER_BYTES))

    def _check_present(self, entry: MessageEntry) -> None:
        if not self._marking.present([entry]):
            raise NotFoundError("This message is no longer on the server.")


def _same(entry: MessageEntry, letter: SpooledMessage) -> bool:
    """Its header is the one that the list shows: a UID may be given to another message."""
    if entry.header is None:
        return True
    block = header_lines(letter.open().read(MAX_HEADER_BYTES))
    return decode_header(block).fingerprint() == entry.header.fingerprint()


def _others_may_come(fault: PoptuiError | None) -> bool:
    """Whether the session ended by a flight, or by a header that another session leaves out."""
    amid_a_header = isinstance(fault, ReplyTimeoutError) and fault.number != 0
    return amid_a_header or isinstance(fault, (PipeliningError, EndlessReplyError))
