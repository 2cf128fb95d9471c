"""The owner of a connection: one task reads without pause, and what may be sent goes out.

Reading never waits for writing, so a burst cannot deadlock against a server that is blocked on
its replies. The one exception that ends a connection is what every caller sees.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from poptui.errors import PipeliningError, PoptuiError, quoted
from poptui.net.errors import broken, gone, lost_step, no_reply, silent, too_slow
from poptui.net.pipeline import Pipeline
from poptui.net.queue import Answered, Job, Priority
from poptui.net.reply_timer import GRACE_TIMEOUTS, DownloadPace, ReplyTimer
from poptui.net.server import DEFAULT_OPTIONS, ConnectionOptions, Server
from poptui.net.stream import Stream
from poptui.net.sync_points import ReplyMismatchError
from poptui.net.wire_log import WireLog
from poptui.net.wire_log import logger as wire_logger
from poptui.pop3.auth import Mechanism
from poptui.pop3.commands import Noop
from poptui.pop3.connection import Connection
from poptui.pop3.errors import LocalError, ProtocolError, ReplyTooLongError
from poptui.pop3.events import Challenge, ClosingReply, Event, Greeting, Reply
from poptui.pop3.states import ProtocolState

SHORT = 3.0
"""Seconds of silence, or ten round trips, after which an unproven flight has lost a command."""

STRAY_LOGIN_REPLY_S = 2.0
"""Seconds after a line that is not a reply in which the reply to the login may still follow."""

RECENT_S = 5.0
"""Seconds in which a server that hangs up does so because of what it refused before."""

_T = TypeVar("_T")
logger = logging.getLogger(__name__)


class Wire:
    """A stream, the session on it, and the commands that are on their way."""

    def __init__(
        self, stream: Stream, server: Server, options: ConnectionOptions = DEFAULT_OPTIONS
    ) -> None:
        self.server, self.options = server, options
        self.on_lost: Callable[[PoptuiError], None] = lambda fault: None
        """Called once when the connection ends otherwise than by QUIT."""
        self.error: PoptuiError | None = None
        """Why the connection is no more."""
        self.on_pipelining_failed: Callable[[], None] = lambda: None
        """Called once when the server turns out not to take commands in flights."""
        self.on_stall: Callable[[], None] = lambda: None
        """Called where the server fell silent amid a flight of a kind that it took before."""
        self.last_refusal: Reply | None = None
        """The last reply, if it was a refusal."""
        self._refused_at = 0.0
        self.round_trips = 0
        """Flights sent: each is one wait for the server."""
        self._stream = stream
        self._connection = Connection(readonly=options.readonly)
        self._flights = Pipeline()
        self._told: dict[Answered, list[Reply]] = {}
        self._log = WireLog() if wire_logger.isEnabledFor(logging.DEBUG) else None
        self._mechanism: Mechanism | None = None
        self._pump_due = False
        loop = asyncio.get_running_loop()
        self._begun = loop.time()
        self._greeting: asyncio.Future[Greeting] = loop.create_future()
        self._greeting.add_done_callback(seen)
        self._answered = 0
        self._closed_by_server = False
        self._owner = loop.create_task(self._own(), name="pop3 connection")
        self._patience = ReplyTimer(
            options.timeout_s,
            owing=lambda: bool(self._flights.sent) or not self._greeting.done(),
            overdue=self._overdue,
            quiet=self._show_life,
        )

        self._rate = options.minimum_rate
        self._pace = DownloadPace(self._rate, GRACE_TIMEOUTS * options.timeout_s, loop.time())

    @property
    def alive(self) -> bool:
        """Whether commands can still be sent."""
        return self.error is None and not self._owner.done()

    @property
    def age_s(self) -> float:
        """Seconds since the connection was made."""
        return asyncio.get_running_loop().time() - self._begun

    @property
    def busy(self) -> bool:
        """Whether anything is on its way to or from the server, or waits to be sent."""
        return bool(self._flights.sent or self._flights.jobs)

    async def _own(self) -> None:
        try:
            while data := await self._stream.read():
                if self.error is not None:
                    continue
                answered = self._answered
                self._patience.received(len(data))
                self._keep_pace(len(data))
                if self._log:
                    self._log.received(data)
                for event in self._connection.receive(data):
                    self._take(event)
                    if self.error or self._over:
                        self._ended()
                        return
                if self._connection.stray_login_reply is not None:
                    self._patience.answered()
                self._measure(len(data), self._answered - answered)
                self._tell()
                self._pump()
            self._closed_by_server = True
            for event in self._connection.finish():
                self._take(event)
            self._ended()
        except PoptuiError as fault:
            self.fail(fault)
        except ReplyMismatchError:
            self.fail(lost_step(self.server))
        except ReplyTooLongError as error:
            self.fail(broken(self.server, error))
        except ProtocolError as error:
            self.fail(self._blamed(broken(self.server, error)))
        except OSError as error:
            self._closed_by_server = True
            lost = gone(self.server, f"was lost: {error.strerror or type(error).__name__}")
            self.fail(self._blamed(lost) if isinstance(error, ConnectionError) else lost)
        except Exception as error:
            logger.exception("poptui failed at what the server sent")
            self.fail(gone(self.server, f"was dropped, for poptui failed ({type(error).__name__})"))

    def _keep_pace(self, octets: int) -> None:
        """Raises ReplyTimeoutError where a download has trickled for too long."""
        now = asyncio.get_running_loop().time()
        if not (self._flights.sent and self._flights.sent[0].command.multiline):
            self._pace.idle_until(now)
        elif self._pace.too_slow(octets, now):
            raise too_slow(self.server, self._rate, self._connection.partial_header)

    @property
    def _over(self) -> bool:
        """Whether the session has come to its end, after which nothing that is said matters."""
        return self._connection.state in {ProtocolState.UPDATE, ProtocolState.CLOSED}

    def _ended(self) -> None:
        """The server hung up: after QUIT as it should, else a loss."""
        if self._over:
            self._end(gone(self.server))
        else:
            self.fail(self._blamed(gone(self.server, f"was closed by the server{self._why()}")))

    def _why(self) -> str:
        """Quote what the server refused just before it hung up."""
        now = asyncio.get_running_loop().time()
        if self.last_refusal is None or now - self._refused_at > RECENT_S:
            return ""
        return f", which had just said {quoted(self.last_refusal.text)}"

    def _measure(self, octets: int, replies: int) -> None:
        now = asyncio.get_running_loop().time()
        self._flights.window.received(now, octets, replies)
        if not self._flights.sent:
            self._flights.window.rest(now)

    def _take(self, event: Event) -> None:
        match event:
            case Reply():
                self._patience.answered()
                self._answered += 1
                self.last_refusal = None if event.ok else event
                if not event.ok:
                    self._refused_at = asyncio.get_running_loop().time()
                for job, reply in self._flights.came(event):
                    self._deliver(job, reply)
            case Greeting():
                _deliver(self._greeting, event)
            case Challenge():
                self._answer(event.data)
            case ClosingReply():
                self.fail(gone(self.server, f"was ended by the server: {quoted(event.text)}"))

    def _deliver(self, job: Job, reply: Reply) -> None:
        if job.answered is not None:
            self._told.setdefault(job.answered, []).append(reply)
        elif job.future is not None:
            _deliver(job.future, reply)

    def _tell(self) -> None:
        told, self._told = self._told, {}
        for answered, replies in told.items():
            answered(replies)

    def _answer(self, challenge: bytes) -> None:
        answer = self._mechanism.answer(challenge) if self._mechanism else None
        try:
            line = self._connection.respond(answer)
        except LocalError as error:
            self._flights.sent[0].end(error)
            line = self._connection.respond(None)
        if self._log:
            self._log.answered()
        self._stream.write(line)
        self.round_trips += 1

    def _pump_soon(self) -> None:
        """Send at the end of this turn of the loop, so that one flight is one packet."""
        if not self._pump_due:
            self._pump_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        self._pump_due = False
        if self.error is not None or not self._greeting.done():
            return
        idle = not self._flights.sent
        packet = self._flights.packet(self._encoded)
        self._patience.hurry(self._haste())
        if packet:
            self._patience.spoke(first=idle)
            if idle:
                self._pace.idle_until(asyncio.get_running_loop().time())
                self._flights.window.begin(asyncio.get_running_loop().time())
            self.round_trips += 1
            self._stream.write(packet)

    def _encoded(self, job: Job) -> bytes:
        line = self._connection.send(job.command, None if job.sink is None else job)
        if self._log:
            self._log.sent(line, job.command)
        return line

    def _haste(self) -> float:
        """How long a silence may be."""
        if self._connection.stray_login_reply is not None:
            return min(STRAY_LOGIN_REPLY_S, self.options.timeout_s)
        short = max(SHORT, 10 * self._flights.window.round_trip)
        hurried = self._flights.unproven and self._flights.brief
        return min(short, self.options.timeout_s) if hurried else self.options.timeout_s

    # --- the end

    def fail(self, fault: PoptuiError) -> None:
        """Drop the connection because of ``fault``, and say so to ``lost``."""
        if self.error is None:
            logger.info("the session failed: %s (%s)", fault, type(fault).__name__)
            self._end(fault)
            if isinstance(fault, PipeliningError):
                self.on_pipelining_failed()
            self.on_lost(fault)

    def _overdue(self) -> None:
        """Silence amid a flight: the line may have died, or the server have lost commands."""
        stray = self._connection.stray_login_reply
        if stray is not None:
            self.fail(broken(self.server, no_reply(stray)))
            return
        number = self._connection.partial_header
        lost = self._flights.partial and not number
        blamed = lost and self._flights.unproven
        self.fail(lost_step(self.server) if blamed else self._silent(number))
        if lost and not blamed:
            self.on_stall()

    def _silent(self, number: int) -> PoptuiError:
        return silent(self.server, self.options.timeout_s, number)

    def _blamed(self, fault: PoptuiError) -> PoptuiError:
        """The end of an unproven flight is laid to the flight."""
        return lost_step(self.server) if self._flights.unproven else fault

    def _end(self, fault: PoptuiError) -> None:
        if self._log and self.error is None:
            self._log.ended(str(fault), by_server=self._closed_by_server)
        self.error = self.error or fault
        self._patience.stop()
        self._stream.close()
        self._owner.cancel()
        if not self._greeting.done():
            self._greeting.set_exception(fault)
        for job in self._flights.drain():
            job.end(fault)

    def _show_life(self) -> None:
        self._flights.jobs.put(Job(Noop(), Priority.KEEPALIVE))
        self._pump_soon()


def seen(future: asyncio.Future[Reply] | asyncio.Future[Greeting]) -> None:
    """A failure that nobody waits for any more needs no report."""
    if not future.cancelled():
        future.exception()


def _deliver(future: asyncio.Future[_T], value: _T) -> None:
    if not future.done():
        future.set_result(value)
