"""Commands that the user types by hand, over the present session.

Invariant: a typed command deletes no more than a key could. DELE marks, RSET and QUIT are left to
the dialogs of the interface, and after a command whose effect is not known the session ends without
QUIT (``poptui.pop3.connection``).
"""

from __future__ import annotations

import asyncio
from enum import Enum

from poptui.errors import NotFoundError, UsageError
from poptui.mailbox.changes import ConnectionState
from poptui.mailbox.entry import MessageEntry
from poptui.mailbox.marks.service import MarkService
from poptui.mailbox.session.manager import SessionManager
from poptui.mailbox.session.workers import SessionWorkers
from poptui.mailbox.state import MailboxState
from poptui.net.transcript import Transcript
from poptui.pop3.commands import Command, Dele, Noop, PreviewTop, Probe, Quit, Retr, Rset
from poptui.pop3.errors import LocalError
from poptui.pop3.typed import TypedCommand, parse

OFFLINE = (
    "There is no connection now, and message numbers belong to a connection. Nothing was sent."
    " Refresh the list to connect."
)
NEW_SESSION = (
    "A new session has begun since you typed this, and its message numbers may differ. Nothing was"
    " sent; Enter sends it now."
)
UNSAFE = (
    "poptui can't know what {} does on this server, so it will hang up instead of sending QUIT, and"
    " commit over a new connection."
)


class DialogNeeded(Enum):
    """The question that the user has to answer before a typed command is carried out."""

    UNMARK_ALL = "RSET"
    QUIT = "QUIT"


class _Discard:
    """Discards the body of a reply, which only the transcript keeps."""

    def write(self, data: bytes, /) -> None:
        """Drop the bytes."""


class Console:
    """Sends the commands that the user types, and keeps the transcript of all sessions."""

    def __init__(
        self,
        state: MailboxState,
        sessions: SessionManager,
        marks: MarkService,
        transcript: Transcript | None = None,
    ) -> None:
        self._state, self._sessions, self._marks = state, sessions, marks
        self.transcript = transcript or Transcript()

    @property
    def session(self) -> object:
        """Identifies the present session; its message numbers mean nothing in another one."""
        return self._sessions.workers

    async def enter(self, line: str, session: object) -> str | DialogNeeded:
        """Carry out ``line``, which was typed during ``session``; return a sentence or a question.

        The reply is in the transcript. Raises UsageError if nothing was sent, and PoptuiError if
        the connection is lost.
        """
        try:
            command = parse(line)
            if isinstance(command, Quit):
                return DialogNeeded.QUIT
            workers = await self._online(session)
            if isinstance(command, Dele):
                return self._mark(command.number)
            if isinstance(command, Rset):
                return DialogNeeded.UNMARK_ALL
            return await self._send(workers, command)
        except LocalError as error:
            sentence = str(error)
            raise UsageError(sentence if sentence.endswith(".") else f"{sentence}.") from None

    def reset(self) -> None:
        """Send RSET; what is still marked is deleted again afterwards."""
        if self._sessions.workers is not None:
            self._sessions.workers.reconciler.reset()

    async def _online(self, session: object) -> SessionWorkers:
        """Return the present session. Raises UsageError if it isn't ``session``."""
        if self._sessions.state not in (ConnectionState.ONLINE, ConnectionState.RELEASED):
            raise UsageError(OFFLINE)
        workers = await self._sessions.online()
        if workers is not session:
            raise UsageError(NEW_SESSION)
        return workers

    def _mark(self, number: int) -> str:
        """Mark the message with this number; the reconciler sends DELE. Returns a sentence."""
        entry = self._find(number)
        if problem := self._marks.mark([entry]):
            return problem
        return f"Message {number} is marked, as if in the list. A commit deletes it."

    def _find(self, number: int) -> MessageEntry:
        for entry in self._state.listing.entries:
            if entry.number == number:
                return entry
        raise NotFoundError(f"There is no message {number} in this session. Nothing was sent.")

    async def _send(self, workers: SessionWorkers, command: Command) -> str:
        client = workers.client
        was_safe = not client.protocol.quit_is_unsafe
        sink = _Discard() if isinstance(command, (Retr, PreviewTop)) else None
        coming = client.submit(command, sink=sink)
        if isinstance(command, TypedCommand):
            # Submit both together, so that no other command comes in between: further lines of this
            # reply would be taken for the reply to it.
            probe = client.submit(self._probe())
            reply = await asyncio.shield(coming)
            await asyncio.shield(probe)
        else:
            reply = await asyncio.shield(coming)
        if isinstance(command, TypedCommand) and was_safe and client.protocol.quit_is_unsafe:
            return UNSAFE.format(command.verb)
        return "" if reply.ok else "The server refused it."

    def _probe(self) -> Command:
        """Return a command whose reply shows that replies and commands are still in step."""
        marked = {entry.number for entry in self._marks.marked()}
        listed = (entry.number for entry in self._state.listing.entries)
        number = next((number for number in listed if number not in marked), None)
        return Noop() if number is None else Probe(number)
