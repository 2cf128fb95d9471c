"""The client: one task owns the connection, callers wait for replies.

Commands go through a priority queue into a bounded window of outstanding ones. Reading never
waits for writing, so a burst cannot deadlock against a server that is blocked on its replies.
A caller that stops waiting harms nothing: its command is forgotten if it was not sent, and its
reply is dropped if it was.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Callable, Set
from typing import TypeVar

from poptui.faults import Fault, words
from poptui.net.endings import broken, gone, silent
from poptui.net.patience import Patience
from poptui.net.queue import Job, Jobs, Priority
from poptui.net.server import Server
from poptui.net.stream import Stream
from poptui.net.window import Window
from poptui.pop3.commands import Auth, Command, Noop, Quit
from poptui.pop3.connection import Connection
from poptui.pop3.errors import LocalError, ProtocolError
from poptui.pop3.events import Challenge, Event, Farewell, Greeting, Reply
from poptui.pop3.framing import Sink
from poptui.pop3.sasl import Mechanism
from poptui.pop3.states import State

WINDOW = (4, 4096)
"""The fewest and the most commands outstanding with PIPELINING, between which the line decides."""

_T = TypeVar("_T")
_wire = logging.getLogger("poptui.wire")


class Client:
    """One session with a server, from the greeting on."""

    def __init__(self, stream: Stream, server: Server) -> None:
        self.server = server
        self.lost: Callable[[Fault], None] = lambda fault: None
        """Called once when the connection ends otherwise than by QUIT."""
        self.fault: Fault | None = None
        """Why the connection is no more."""
        self.round_trips = 0
        """Flights sent: each is one wait for the server."""
        self._stream = stream
        self._connection = Connection()
        self._jobs = Jobs()
        self._sent: deque[Job] = deque()
        self._window = Window()
        self._logs = _wire.isEnabledFor(logging.DEBUG)
        self._mechanism: Mechanism | None = None
        self._pump_due = False
        loop = asyncio.get_running_loop()
        self._greeting: asyncio.Future[Greeting] = loop.create_future()
        self._greeting.add_done_callback(_seen)
        self._answered = 0
        self._owner = loop.create_task(self._own(), name="pop3 connection")
        self._patience = Patience(
            server.timeout,
            owing=lambda: bool(self._sent) or not self._greeting.done(),
            overdue=lambda: self.fail(silent(self.server)),
            quiet=self._show_life,
        )

    # --- for callers

    @property
    def deleted(self) -> Set[int]:
        """Message numbers that the server holds as deleted; it changes as replies come."""
        return self._connection.deleted

    @property
    def alive(self) -> bool:
        """Whether commands can still be sent."""
        return self.fault is None and not self._owner.done()

    @property
    def window(self) -> int:
        """How many commands may be outstanding."""
        return self._window.limit

    def allow_pipelining(self) -> None:
        """The server takes commands in flights (RFC 2449 section 6.6)."""
        self._window.widen(*WINDOW)

    def keep_alive(self, seconds: float) -> None:
        """Send NOOP after so many seconds of silence; 0 for never."""
        self._patience.keep_alive(seconds)

    async def greeting(self) -> Greeting:
        """The server's first line. Raises Fault."""
        return await asyncio.shield(self._greeting)

    def submit(
        self, command: Command, priority: Priority = Priority.OPEN, sink: Sink | None = None
    ) -> asyncio.Future[Reply]:
        """Queue a command; the future has its reply, or the Fault that ended the connection."""
        job = self._jobs.put(command, priority, sink)
        job.future.add_done_callback(_seen)
        if self.alive:
            self._pump_soon()
        else:
            job.future.set_exception(self.fault or gone(self.server))
        return job.future

    def under_way(self, future: asyncio.Future[Reply]) -> bool:
        """Whether the command of this future was sent and is not answered."""
        return any(job.future is future for job in self._sent)

    async def execute(
        self, command: Command, priority: Priority = Priority.OPEN, sink: Sink | None = None
    ) -> Reply:
        """Send a command and wait for its reply, ``+OK`` or ``-ERR``. Raises Fault."""
        return await self.submit(command, priority, sink)

    async def authenticate(self, mechanism: Mechanism, command: Auth) -> Reply:
        """An AUTH exchange to its end (RFC 5034 section 4). Raises Fault."""
        self._mechanism = mechanism
        return await self.execute(command)

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Turn to TLS after STLS. Raises OSError, and ServerFault for octets sent before it."""
        try:
            if self._stream.pending:
                raise ProtocolError("unencrypted octets after the answer to STLS")
            self._connection.secured()
        except Fault as fault:
            self.fail(fault)
        except ProtocolError as error:
            self.fail(broken(self.server, error))
            raise self.fault or gone(self.server) from None
        await self._stream.start_tls(context, host, self.server.timeout)

    def certificate(self) -> bytes | None:
        """The server's certificate in DER, None in clear."""
        return self._stream.certificate()

    async def quit(self, deleting: frozenset[int] = frozenset()) -> Reply:
        """QUIT, which deletes ``deleting`` and nothing else; what is queued ends in a Fault.

        Raises Fault where the connection ended without an answer: then nobody knows.
        """
        for job in self._jobs.drain():
            job.future.set_exception(gone(self.server, "is being closed"))
        try:
            return await asyncio.shield(self.submit(Quit(deleting)))
        finally:
            self.close()

    def close(self) -> None:
        """Drop the connection, without QUIT: the server deletes nothing (RFC 1939 section 6)."""
        self._end(gone(self.server))

    # --- the owner of the connection

    async def _own(self) -> None:
        try:
            while data := await self._stream.read():
                answered = self._answered
                self._patience.received(len(data))
                for event in self._connection.receive(data):
                    self._take(event)
                    if self.fault or self._over:
                        self._ended()
                        return
                self._measure(len(data), self._answered - answered)
                self._pump()
            self._ended()
        except Fault as fault:
            self.fail(fault)
        except ProtocolError as error:
            self.fail(broken(self.server, error))
        except OSError as error:
            self.fail(gone(self.server, f"was lost: {error.strerror or type(error).__name__}"))
        except Exception as error:
            _wire.exception("poptui failed at what the server sent")
            self.fail(gone(self.server, f"was dropped, for poptui failed ({type(error).__name__})"))

    @property
    def _over(self) -> bool:
        """Whether the session has come to its end, after which nothing that is said matters."""
        return self._connection.state in {State.UPDATE, State.CLOSED}

    def _ended(self) -> None:
        """The server hung up: after QUIT as it should, else a loss."""
        if self._over:
            self.close()
        else:
            self.fail(gone(self.server, "was closed by the server"))

    def _measure(self, octets: int, replies: int) -> None:
        now = asyncio.get_running_loop().time()
        self._window.received(now, octets, replies)
        if not self._sent:
            self._window.rest(now)

    def _take(self, event: Event) -> None:
        match event:
            case Reply():
                self._patience.answered()
                if self._logs:
                    _wire.debug("S: %s %s", "+OK" if event.ok else "-ERR", words(event.text))
                self._answered += 1
                _deliver(self._sent.popleft().future, event)
            case Greeting():
                _wire.debug("S: %s", words(event.text))
                _deliver(self._greeting, event)
            case Challenge():
                self._answer(event.data)
            case Farewell():
                self.fail(gone(self.server, f"was ended by the server: {words(event.text)}"))

    def _answer(self, challenge: bytes) -> None:
        answer = self._mechanism.answer(challenge) if self._mechanism else None
        try:
            line = self._connection.respond(answer)
        except LocalError as error:
            _refuse(self._sent[0].future, error)
            line = self._connection.respond(None)
        self._stream.write(line)
        self.round_trips += 1

    def _pump_soon(self) -> None:
        """Send at the end of this turn of the loop, so that one flight is one packet."""
        if not self._pump_due:
            self._pump_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        self._pump_due = False
        lines = []
        while self.fault is None and self._may_send():
            job = self._jobs.pop()
            try:
                lines.append(self._connection.send(job.command, None if job.sink is None else job))
            except LocalError as error:
                _refuse(job.future, error)
                continue
            self._sent.append(job)
            if self._logs:
                _wire.debug("C: %r", job.command)
        if lines:
            first = len(self._sent) == len(lines)
            self._patience.spoke(first=first)
            if first:
                self._window.begin(asyncio.get_running_loop().time())
            self.round_trips += 1
            self._stream.write(b"".join(lines))

    def _may_send(self) -> bool:
        if not self._jobs or not self._greeting.done():
            return False
        if not self._sent:
            return True
        first = self._jobs.first()
        if not (first.command.pipelined and self._sent[-1].command.pipelined):
            return False
        if len(self._sent) < self._window.limit:
            return True
        self._window.filled()
        return first.priority is Priority.OPEN and self._window.limit > 1

    # --- the end

    def fail(self, fault: Fault) -> None:
        """Drop the connection because of ``fault``, and say so to ``lost``."""
        if self.fault is None:
            _wire.debug("%s", fault)
            self._end(fault)
            self.lost(fault)

    def _end(self, fault: Fault) -> None:
        self.fault = self.fault or fault
        self._patience.stop()
        self._stream.close()
        self._owner.cancel()
        if not self._greeting.done():
            self._greeting.set_exception(fault)
        for job in (*self._sent, *self._jobs.drain()):
            if not job.future.done():
                job.future.set_exception(fault)
        self._sent.clear()

    def _show_life(self) -> None:
        self.submit(Noop(), Priority.KEEPALIVE)


def _seen(future: asyncio.Future[Reply] | asyncio.Future[Greeting]) -> None:
    """A failure that nobody waits for any more needs no report."""
    if not future.cancelled():
        future.exception()


def _refuse(future: asyncio.Future[Reply], error: LocalError) -> None:
    if not future.done():
        future.set_exception(error)


def _deliver(future: asyncio.Future[_T], value: _T) -> None:
    if not future.done():
        future.set_result(value)
