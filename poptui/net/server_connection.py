"""One connection: a task reads all the time, and commands are sent as soon as they may be.

Reading never waits for writing. Otherwise a large batch of commands could deadlock with a server
that doesn't read until its replies are taken. The error that ends a connection is stored, and every
caller gets the same one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

from poptui.errors import BurstDroppedError, PipeliningError, PoptuiError, quoted
from poptui.net.errors import (
    burst_dropped,
    connection_closed,
    not_a_reply,
    pipelining_failed,
    protocol_violated,
    timed_out,
    too_slow,
)
from poptui.net.pipeline import Pipeline
from poptui.net.queue import Job, OnReplies, Priority
from poptui.net.reply_timer import GRACE_TIMEOUT_COUNT, DownloadPace, ReplyTimer
from poptui.net.server import DEFAULT_OPTIONS, ConnectionOptions, Server
from poptui.net.stream import Stream
from poptui.net.sync_points import ReplyMismatchError
from poptui.net.tls_errors import client_certificate_error
from poptui.net.wire_log import WireLog
from poptui.net.wire_log import logger as wire_logger
from poptui.pop3.auth import Mechanism
from poptui.pop3.commands import Command, Dele, Noop
from poptui.pop3.connection import Connection
from poptui.pop3.errors import LocalError, ProtocolError, ReplyTooLongError
from poptui.pop3.events import Challenge, ClosingReply, Event, Greeting, Reply
from poptui.pop3.states import ProtocolState
from poptui.threads import run_detached

UNPROVEN_TIMEOUT_S = 3.0
"""An unproven batch that gets no reply for this time, or for ten round trips if that is longer, has
lost a command."""

STRAY_LOGIN_TIMEOUT_S = 2.0
"""Wait this long for the reply to a login after a line that is not a reply."""

HANG_UP_S = 1.0
"""Wait this long for the server to close the connection after we did."""

REFUSAL_AGE_S = 5.0
"""A server that hangs up within this time after a refusal does so because of it."""

_T = TypeVar("_T")
logger = logging.getLogger(__name__)


class TrafficObserver(Protocol):
    """Follows what one session sends and receives: the debug log and the transcript do."""

    def sent(self, line: bytes, command: Command) -> None:
        """Take a command."""

    def sent_answer(self) -> None:
        """Note that a challenge was answered; the answer is secret."""

    def received(self, data: bytes) -> None:
        """Take received bytes."""

    def ended(self, how: str, *, by_server: bool) -> None:
        """Note the end of the session; ``by_server`` if the server closed the connection."""


class PipeliningObserver(Protocol):
    """Learns how the server handles commands that are sent together."""

    def failed(self) -> None:
        """The server turned out not to support pipelining."""

    def dropped(self, in_flight: int, untried: bool) -> bool:
        """The server hung up over this many commands; ``untried``: it never answered as many.

        Returns whether they may be the reason.
        """

    def stalled(self) -> None:
        """The server fell silent within a batch of a size that it handled before."""


class ServerConnection:
    """A stream, the POP3 session on it, and the pipeline of commands."""

    def __init__(
        self, stream: Stream, server: Server, options: ConnectionOptions = DEFAULT_OPTIONS
    ) -> None:
        self.server, self.options = server, options
        self.on_lost: Callable[[PoptuiError], None] = lambda error: None
        """Called once if the connection ends other than by QUIT."""
        self.error: PoptuiError | None = None
        """The error that ended the connection; None while it is open."""
        self.pipelining_observer: PipeliningObserver | None = None
        self.on_idle_loss: Callable[[float], None] = lambda idle_s: None
        """Called if an idle connection is lost, with the seconds that it was idle."""
        self._silence_s = 0.0
        self.last_refusal: Reply | None = None
        """The last reply, if it was a refusal."""
        self._refused_at = 0.0
        self.round_trips = 0
        """The number of batches sent; each costs one round trip."""
        self.stream = stream
        self.protocol = Connection(readonly=options.readonly)
        self.pipeline = Pipeline()
        self._streamed: dict[OnReplies, list[Reply]] = {}
        """Replies for ``on_replies`` callbacks; delivered once per read."""
        self._observers: list[TrafficObserver] = (
            [WireLog()] if wire_logger.isEnabledFor(logging.DEBUG) else []
        )
        if options.transcript is not None:
            self._observers.append(options.transcript.session())
        self.mechanism: Mechanism | None = None
        """Answers the challenges of AUTH; None without AUTH."""
        self._answering: asyncio.Future[None] | None = None
        """The task that computes a slow answer to a challenge."""
        self._send_scheduled = False
        loop = asyncio.get_running_loop()
        self._connected_at = loop.time()
        self.greeting: asyncio.Future[Greeting] = loop.create_future()
        """Gets the server's first line."""
        self.greeting.add_done_callback(mark_retrieved)
        self._reply_count = 0
        self._closed_by_server = False
        self._reader = loop.create_task(self._read(), name="pop3 connection")
        self.timer = ReplyTimer(
            options.timeout_s,
            is_pending=lambda: bool(self.pipeline.in_flight) or not self.greeting.done(),
            on_timeout=self._time_out,
            on_idle=self._send_noop,
        )

        self._rate = options.minimum_rate
        self._pace = DownloadPace(self._rate, GRACE_TIMEOUT_COUNT * options.timeout_s, loop.time())

    @property
    def alive(self) -> bool:
        """Whether commands can still be sent."""
        return self.error is None and not self._reader.done()

    @property
    def age_s(self) -> float:
        """Seconds since the connection was made."""
        return asyncio.get_running_loop().time() - self._connected_at

    @property
    def busy(self) -> bool:
        """Whether any command is in flight or waits to be sent."""
        return bool(self.pipeline.in_flight or self.pipeline.queue)

    async def _read(self) -> None:
        try:
            while data := await self.stream.read():
                if self.error is not None:
                    continue
                before = self._reply_count
                self.timer.note_received(len(data))
                self._check_pace(len(data))
                for observer in self._observers:
                    observer.received(data)
                for event in self.protocol.receive(data):
                    self._handle(event)
                    if self.error or self._is_over:
                        self._handle_end()
                        return
                if self.protocol.stray_login_reply is not None:
                    self.timer.note_reply()
                self._measure(len(data), self._reply_count - before)
                self._deliver_streamed()
                self._send()
            self._closed_by_server = True
            for event in self.protocol.finish():
                self._handle(event)
            self._handle_end()
        except PoptuiError as error:
            self.fail(error)
        except ReplyMismatchError:
            self.fail(pipelining_failed(self.server))
        except ReplyTooLongError as error:
            self.fail(protocol_violated(self.server, error))
        except ProtocolError as error:
            self.fail(self._blame_pipelining(protocol_violated(self.server, error)))
        except OSError as error:
            self._closed_by_server = True
            if refusal := client_certificate_error(self.server, error):
                self.fail(refusal)
                return
            self._note_idle_loss()
            reason = error.strerror or type(error).__name__
            lost = connection_closed(self.server, f"was lost: {reason}")
            is_reset = isinstance(error, ConnectionError)
            self.fail(self._explain_hang_up(lost) if is_reset else lost)
        except Exception as error:
            logger.exception("poptui failed to process what the server sent")
            how = f"was dropped because of a bug in poptui ({type(error).__name__})"
            self.fail(connection_closed(self.server, how))

    def _check_pace(self, received_bytes: int) -> None:
        """Raises ReplyTimeoutError if downloads have trickled for too long."""
        now = asyncio.get_running_loop().time()
        if not (self.pipeline.in_flight and self.pipeline.in_flight[0].command.multiline):
            self._pace.idle_until(now)
        elif self._pace.is_too_slow(received_bytes, now):
            raise too_slow(self.server, self._rate, self.protocol.partial_header)

    @property
    def _is_over(self) -> bool:
        """Whether the session is over, so that further bytes don't matter."""
        return self.protocol.state in {ProtocolState.UPDATE, ProtocolState.CLOSED}

    def _handle_end(self) -> None:
        """Handle the end of the stream: expected after QUIT, otherwise a loss."""
        if self._is_over:
            self.end(connection_closed(self.server))
        else:
            self._note_idle_loss()
            self.fail(
                self._explain_hang_up(
                    connection_closed(
                        self.server, f"was closed by the server{self._quoted_refusal()}"
                    )
                )
            )

    def _quoted_refusal(self) -> str:
        """Return a clause with the refusal that the server sent just before it hung up."""
        now = asyncio.get_running_loop().time()
        if self.last_refusal is None or now - self._refused_at > REFUSAL_AGE_S:
            return ""
        return f", which had just said {quoted(self.last_refusal.text)}"

    def _measure(self, received_bytes: int, replies: int) -> None:
        now = asyncio.get_running_loop().time()
        self.pipeline.window.note_received(now, received_bytes, replies)
        if not self.pipeline.in_flight:
            self.pipeline.window.note_idle(now)

    def _handle(self, event: Event) -> None:
        match event:
            case Reply():
                self.timer.note_reply()
                self._reply_count += 1
                self.last_refusal = None if event.ok else event
                if not event.ok:
                    self._refused_at = asyncio.get_running_loop().time()
                for job, reply in self.pipeline.take_reply(event):
                    self._deliver(job, reply)
            case Greeting():
                _set_result(self.greeting, event)
            case Challenge():
                self._answer_challenge(event.data)
            case ClosingReply():
                self._note_idle_loss()
                self.fail(
                    connection_closed(self.server, f"was ended by the server: {quoted(event.text)}")
                )

    def _deliver(self, job: Job, reply: Reply) -> None:
        if job.on_replies is not None:
            self._streamed.setdefault(job.on_replies, []).append(reply)
        elif job.future is not None:
            _set_result(job.future, reply)

    def _deliver_streamed(self) -> None:
        streamed, self._streamed = self._streamed, {}
        for on_replies, replies in streamed.items():
            on_replies(replies)

    def _answer_challenge(self, challenge: bytes) -> None:
        if self.mechanism is not None and self.mechanism.is_slow:
            answering = self._answer_slowly(self.mechanism, challenge)
            self._answering = asyncio.ensure_future(answering)
        else:
            self._send_answer(self.mechanism.answer(challenge) if self.mechanism else None)

    async def _answer_slowly(self, mechanism: Mechanism, challenge: bytes) -> None:
        """Answer a challenge that may take long to compute, while the event loop runs on."""
        try:
            answer = await run_detached(partial(mechanism.answer, challenge))
        except Exception:
            logger.exception("poptui failed to answer a challenge of AUTH")
            answer = None
        if self.error is None and self.protocol.is_challenged:
            self._send_answer(answer)

    def _send_answer(self, answer: bytes | None) -> None:
        try:
            line = self.protocol.respond(answer)
        except LocalError as error:
            self.pipeline.in_flight[0].end(error)
            line = self.protocol.respond(None)
        for observer in self._observers:
            observer.sent_answer()
        self.stream.write(line)
        self.round_trips += 1

    def send_soon(self) -> None:
        """Send at the end of this turn of the event loop, so that a batch is one packet."""
        if not self._send_scheduled:
            self._send_scheduled = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._send_scheduled = False
        if self.error is not None or not self.greeting.done():
            return
        idle = not self.pipeline.in_flight
        batch = self.pipeline.next_batch(self._encode)
        self.timer.set_timeout(self._reply_timeout_s())
        if batch:
            self.timer.note_sent(was_idle=idle)
            if idle:
                self._pace.idle_until(asyncio.get_running_loop().time())
                self.pipeline.window.note_sent(asyncio.get_running_loop().time())
            self.round_trips += 1
            self.stream.write(batch)

    def _encode(self, job: Job) -> bytes:
        line = self.protocol.send(job.command, None if job.sink is None else job)
        for observer in self._observers:
            observer.sent(line, job.command)
        return line

    def _reply_timeout_s(self) -> float:
        """Return how long to wait: not long if the server may have lost a quick command."""
        if self.protocol.stray_login_reply is not None:
            return min(STRAY_LOGIN_TIMEOUT_S, self.options.timeout_s)
        if self.pipeline.is_unproven and self.pipeline.next_reply_is_quick:
            short_s = max(UNPROVEN_TIMEOUT_S, 10 * self.pipeline.window.round_trip_s)
            return min(short_s, self.options.timeout_s)
        return self.options.timeout_s

    # --- the end

    async def hang_up(self) -> None:
        """Close without QUIT, which deletes nothing, and wait until the server has noticed."""
        if self.alive:
            self.error = connection_closed(self.server)
            for job in self.pipeline.drain():
                job.end(self.error)
            self.stream.shut_down()
            await asyncio.wait([self._reader], timeout=HANG_UP_S)
        self.end(connection_closed(self.server))

    def fail(self, error: PoptuiError) -> None:
        """Drop the connection because of ``error`` and call ``on_lost``."""
        if self.error is None:
            logger.info("the session failed: %s (%s)", error, type(error).__name__)
            self.end(error)
            lost_commands = isinstance(error, PipeliningError) and not isinstance(
                error, BurstDroppedError
            )
            if lost_commands and self.pipelining_observer is not None:
                self.pipelining_observer.failed()
            self.on_lost(error)

    def _time_out(self) -> None:
        """End the session: the connection is dead, or the server has lost pipelined commands."""
        stray = self.protocol.stray_login_reply
        if stray is not None:
            self.fail(protocol_violated(self.server, not_a_reply(stray)))
            return
        self._note_idle_loss()
        number = self.protocol.partial_header
        is_stalled = self.pipeline.is_partly_answered and not number
        if is_stalled and self.pipeline.is_unproven:
            self.fail(pipelining_failed(self.server))
            return
        self.fail(timed_out(self.server, self.options.timeout_s, number))
        if is_stalled and self.pipelining_observer is not None:
            self.pipelining_observer.stalled()

    def _blame_pipelining(self, error: PoptuiError) -> PoptuiError:
        """Return ``error``, or a PipeliningError if pipelining is unproven: it is to blame."""
        return pipelining_failed(self.server) if self.pipeline.is_unproven else error

    def _explain_hang_up(self, error: PoptuiError) -> PoptuiError:
        """Return ``error``, or a BurstDroppedError if too many commands may be the reason."""
        in_flight = len(self.pipeline.in_flight)
        if in_flight < 2 or not self._blames_burst(in_flight):
            return error
        is_deletion = isinstance(self.pipeline.in_flight[0].command, Dele)
        if is_deletion and not self.pipeline.is_unproven:
            return error  # a commit finds out by itself at which DELE a server hangs up
        return burst_dropped(self.server, in_flight)

    def _blames_burst(self, in_flight: int) -> bool:
        untried = self.pipeline.exceeds_proven
        if self.pipelining_observer is None:
            return untried
        return self.pipelining_observer.dropped(in_flight, untried)

    def end(self, error: PoptuiError) -> None:
        """Drop the connection; ``error`` is what callers get who still wait for a reply."""
        if self.error is None:
            for observer in self._observers:
                observer.ended(str(error), by_server=self._closed_by_server)
        self.error = self.error or error
        self.timer.stop()
        self.stream.close()
        self._reader.cancel()
        if self._answering is not None:
            self._answering.cancel()
        if not self.greeting.done():
            self.greeting.set_exception(error)
        for job in self.pipeline.drain():
            job.end(error)

    def _note_idle_loss(self) -> None:
        """Report a connection that was lost while only a keepalive was in flight, or nothing."""
        in_flight = self.pipeline.in_flight
        if self.error is None and all(job.priority is Priority.KEEPALIVE for job in in_flight):
            self.on_idle_loss(self._silence_s if in_flight else self.timer.idle_s)

    def _send_noop(self) -> None:
        self._silence_s = self.timer.idle_s
        self.pipeline.queue.put(Job(Noop(), Priority.KEEPALIVE))
        self.send_soon()


def mark_retrieved(future: asyncio.Future[Reply] | asyncio.Future[Greeting]) -> None:
    """Keep asyncio from reporting an error whose caller has stopped waiting."""
    if not future.cancelled():
        future.exception()


def _set_result(future: asyncio.Future[_T], value: _T) -> None:
    if not future.done():
        future.set_result(value)
