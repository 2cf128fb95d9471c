"""The client: callers submit commands and wait for replies.

A caller may stop waiting at any time: its command is forgotten if it was not sent yet, and its
reply is dropped if it was.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

from poptui.errors import PoptuiError
from poptui.net.errors import connection_closed, protocol_violated
from poptui.net.queue import Job, OnReplies, Priority
from poptui.net.server import DEFAULT_OPTIONS, ConnectionOptions, Server
from poptui.net.server_connection import ServerConnection, mark_retrieved
from poptui.net.stream import Stream
from poptui.net.window import WindowLimits
from poptui.pop3.auth import Mechanism
from poptui.pop3.commands import Auth, Command, Quit
from poptui.pop3.errors import ProtocolError
from poptui.pop3.events import Greeting, Reply
from poptui.pop3.framing import Sink

ANNOUNCED_WINDOW = WindowLimits(4, 4096)
"""Maximum for servers that announce PIPELINING; how much is used depends on the line's speed."""


class Client:
    """One session with a server, from the greeting on."""

    def __init__(
        self, stream: Stream, server: Server, options: ConnectionOptions = DEFAULT_OPTIONS
    ) -> None:
        self.server, self.options = server, options
        self.connection = ServerConnection(stream, server, options)
        """The underlying connection; its ``on_…`` callbacks report events."""
        self.stream = stream
        """The underlying byte stream, with or without TLS."""
        self.protocol = self.connection.protocol
        """What was deleted and downloaded so far, and what QUIT would do; changes with replies."""
        self.window = self.connection.pipeline.window
        """The number of commands that may be in flight, and the measured speed of the line."""

    @property
    def error(self) -> PoptuiError | None:
        """The error that ended the connection; None while it is open."""
        return self.connection.error

    @property
    def alive(self) -> bool:
        """Whether commands can still be sent."""
        return self.connection.alive

    def fail(self, error: PoptuiError) -> None:
        """Drop the connection because of ``error``, which all callers get."""
        self.connection.fail(error)

    @property
    def must_hang_up(self) -> bool:
        """Whether a QUIT that is meant to delete nothing might delete something."""
        return self.protocol.quit_is_unsafe or bool(self.protocol.removed_by_quit())

    def enable_pipelining(self, limits: WindowLimits, *, verify: bool = True) -> None:
        """Allow that many commands in flight (RFC 2449 section 6.6).

        ``verify`` holds replies back until it is certain which commands they answer. If the server
        loses commands, the session ends with PipeliningError and ``on_pipelining_failed``.
        """
        self.connection.pipeline.enable(limits, verify=verify)
        self.connection.send_soon()

    def trust_pipelining(self) -> None:
        """Pipeline without verification, because the user set it for this server."""
        self.enable_pipelining(ANNOUNCED_WINDOW, verify=False)

    def keep_alive(self, interval_s: float) -> None:
        """Send NOOP after ``interval_s`` without a command; 0 for never."""
        self.connection.timer.keep_alive(interval_s)

    async def greeting(self) -> Greeting:
        """Wait for the server's first line. Raises PoptuiError."""
        return await asyncio.shield(self.connection.greeting)

    def submit(
        self, command: Command, priority: Priority = Priority.INTERACTIVE, sink: Sink | None = None
    ) -> asyncio.Future[Reply]:
        """Queue a command; its future gets the reply or the error that ended the connection."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        future.add_done_callback(mark_retrieved)
        if self.alive:
            self.connection.pipeline.queue.put(Job(command, priority, sink, future))
            self.connection.send_soon()
        else:
            future.set_exception(self.error or connection_closed(self.server))
        return future

    def submit_all(
        self, commands: Sequence[Command], priority: Priority, on_replies: OnReplies
    ) -> None:
        """Queue many commands; ``on_replies`` gets their replies, in order and in groups.

        If the connection ends, ``on_lost`` is called and the missing replies never come.
        """
        if self.alive:
            for command in commands:
                self.connection.pipeline.queue.put(Job(command, priority, on_replies=on_replies))
            self.connection.send_soon()

    def is_in_flight(self, future: asyncio.Future[Reply]) -> bool:
        """Whether the command of this future was sent and is not answered yet."""
        return any(job.future is future for job in self.connection.pipeline.in_flight)

    async def execute(
        self, command: Command, priority: Priority = Priority.INTERACTIVE, sink: Sink | None = None
    ) -> Reply:
        """Send a command and wait for its reply, ``+OK`` or ``-ERR``. Raises PoptuiError."""
        return await self.submit(command, priority, sink)

    async def authenticate(self, mechanism: Mechanism, command: Auth) -> Reply:
        """Send AUTH and answer its challenges (RFC 5034 section 4). Raises PoptuiError."""
        self.connection.mechanism = mechanism
        return await self.execute(command)

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Start TLS after STLS.

        Raises OSError, and ServerError if someone injected bytes before the handshake.
        """
        try:
            if self.stream.has_data:
                raise ProtocolError("unencrypted bytes after the reply to STLS")
            self.protocol.tls_started()
        except ProtocolError as error:
            self.fail(protocol_violated(self.server, error))
            raise self.error or connection_closed(self.server) from None
        await self.stream.start_tls(context, host, self.options.timeout_s)

    async def quit(self, deleting: frozenset[int] = frozenset()) -> Reply:
        """Send QUIT, which deletes ``deleting`` and nothing else; queued commands are dropped.

        Raises PoptuiError if the connection ended without a reply: then it is unknown whether the
        messages were deleted.
        """
        for job in self.connection.pipeline.queue.drain():
            job.end(connection_closed(self.server, "is being closed"))
        try:
            return await asyncio.shield(self.submit(Quit(deleting)))
        finally:
            self.close()

    async def hang_up(self) -> None:
        """Close without QUIT, which deletes nothing, and wait until the server has noticed.

        The server then unlocks the mailbox, so that the next session can open it at once.
        """
        await self.connection.hang_up()

    def close(self) -> None:
        """Drop the connection without QUIT: the server deletes nothing (RFC 1939 section 6)."""
        self.connection.end(connection_closed(self.server))
