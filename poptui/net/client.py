"""The client: callers put commands in and wait for replies.

A caller that stops waiting harms nothing: its command is forgotten if it was not sent, and its
reply is dropped if it was.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence, Set

from poptui.errors import PoptuiError
from poptui.net.errors import broken, gone
from poptui.net.queue import Answered, Job, Priority
from poptui.net.window import SCREENFUL
from poptui.net.wire import Wire, seen
from poptui.pop3.auth import Mechanism
from poptui.pop3.capabilities import AfterDownload
from poptui.pop3.commands import Auth, Command, Quit
from poptui.pop3.errors import ProtocolError
from poptui.pop3.events import Greeting, Reply
from poptui.pop3.framing import Sink

WINDOW = (4, 4096, SCREENFUL)
"""The fewest and the most commands outstanding with PIPELINING, between which the line decides,
and how many they are before anything is known of the line."""

HANG_UP_S = 1.0
"""Seconds that a server gets to notice that we have hung up."""


class Client(Wire):
    """One session with a server, from the greeting on."""

    @property
    def deleted(self) -> Set[int]:
        """Message numbers that the server holds as deleted; it changes as replies come."""
        return self._connection.deleted

    @property
    def downloaded(self) -> Set[int]:
        """Message numbers that the server may take as downloaded in this session."""
        return self._connection.downloaded

    @property
    def after_download(self) -> AfterDownload:
        """What becomes of them at QUIT."""
        return self._connection.after_download

    @after_download.setter
    def after_download(self, policy: AfterDownload) -> None:
        self._connection.after_download = policy

    def removed_by_quit(self, deleting: Set[int] = frozenset()) -> Set[int]:
        """Which downloaded messages the server may remove at QUIT beside ``deleting``."""
        return self._connection.removed_by_quit(deleting)

    @property
    def unanswered_deletions(self) -> Set[int]:
        """Message numbers whose DELE was sent and is not answered."""
        return self._connection.unanswered_deletions

    @property
    def window(self) -> int:
        """How many commands may be outstanding."""
        return self._flights.window.limit

    @property
    def round_trip(self) -> float:
        """Seconds from a command to its answer at best, so far; infinite before the first."""
        return self._flights.window.round_trip

    def pipeline(self, window: tuple[int, int, int], *, fenced: bool = True) -> None:
        """Have so many commands outstanding at least, at most, and at first (RFC 2449 section 6.6).

        ``fenced`` holds replies back until it is certain what they answer: a server that loses
        commands is found out, by PipeliningError and ``lost_step``.
        """
        self._flights.pipeline(window, fenced=fenced)
        self._pump_soon()

    def allow_pipelining(self) -> None:
        """The server takes commands in flights, as the user warrants."""
        self.pipeline(WINDOW, fenced=False)

    def keep_alive(self, seconds: float) -> None:
        """Send NOOP after so many seconds of silence; 0 for never."""
        self._patience.keep_alive(seconds)

    async def greeting(self) -> Greeting:
        """The server's first line. Raises PoptuiError."""
        return await asyncio.shield(self._greeting)

    def submit(
        self, command: Command, priority: Priority = Priority.OPEN, sink: Sink | None = None
    ) -> asyncio.Future[Reply]:
        """Queue a command; its future gets the reply, or what ended the connection."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        future.add_done_callback(seen)
        if self.alive:
            self._flights.jobs.put(Job(command, priority, sink, future))
            self._pump_soon()
        else:
            future.set_exception(self.error or gone(self.server))
        return future

    def submit_all(
        self, commands: Sequence[Command], priority: Priority, answered: Answered
    ) -> None:
        """Queue many commands; ``answered`` gets the replies that became certain in one read.

        They come in their order, and none comes once the connection has ended: ``lost`` tells.
        """
        if self.alive:
            for command in commands:
                self._flights.jobs.put(Job(command, priority, answered=answered))
            self._pump_soon()

    def is_in_flight(self, future: asyncio.Future[Reply]) -> bool:
        """Whether the command of this future was sent and is not answered."""
        return any(job.future is future for job in self._flights.sent)

    async def execute(
        self, command: Command, priority: Priority = Priority.OPEN, sink: Sink | None = None
    ) -> Reply:
        """Send a command and wait for its reply, ``+OK`` or ``-ERR``. Raises PoptuiError."""
        return await self.submit(command, priority, sink)

    async def authenticate(self, mechanism: Mechanism, command: Auth) -> Reply:
        """An AUTH exchange to its end (RFC 5034 section 4). Raises PoptuiError."""
        self._mechanism = mechanism
        return await self.execute(command)

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Turn to TLS after STLS. Raises OSError, and ServerError for octets sent before it."""
        try:
            if self._stream.pending:
                raise ProtocolError("unencrypted bytes after the reply to STLS")
            self._connection.tls_started()
        except PoptuiError as fault:
            self.fail(fault)
        except ProtocolError as error:
            self.fail(broken(self.server, error))
            raise self.error or gone(self.server) from None
        await self._stream.start_tls(context, host, self.options.timeout_s)

    def certificate(self) -> bytes | None:
        """The server's certificate in DER, None in clear."""
        return self._stream.certificate()

    async def quit(self, deleting: frozenset[int] = frozenset()) -> Reply:
        """QUIT, which deletes ``deleting`` and nothing else; what is queued ends in a PoptuiError.

        Raises PoptuiError where the connection ended without an answer: then nobody knows.
        """
        for job in self._flights.jobs.drain():
            job.end(gone(self.server, "is being closed"))
        try:
            return await asyncio.shield(self.submit(Quit(deleting)))
        finally:
            self.close()

    async def hang_up(self) -> None:
        """End without QUIT, which deletes nothing, and wait a little until the server has noticed.

        A server that locks the mailbox unlocks it then, so that the next session finds it free.
        """
        if self.alive:
            self.error = gone(self.server)
            for job in self._flights.drain():
                job.end(self.error)
            self._stream.shut_down()
            await asyncio.wait([self._owner], timeout=HANG_UP_S)
        self.close()

    def close(self) -> None:
        """Drop the connection, without QUIT: the server deletes nothing (RFC 1939 section 6)."""
        self._end(gone(self.server))
