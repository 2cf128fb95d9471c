"""Decide which commands go out together, and match replies to commands."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from poptui.net.queue import Job, JobQueue, Priority
from poptui.net.sync_points import MatchedReply, SyncPoints
from poptui.net.window import Window, WindowLimits
from poptui.pop3.commands import Dele, Noop, Top
from poptui.pop3.errors import LocalError
from poptui.pop3.events import Reply

Encode = Callable[[Job], bytes]
"""Returns the bytes of a job's command; raises LocalError if it may not be sent."""


class Pipeline:
    """The queued commands, the commands in flight, and the window that limits their number."""

    def __init__(self) -> None:
        self.queue = JobQueue()
        self.in_flight: deque[Job] = deque()
        self.window = Window()
        self._sync: SyncPoints | None = None

    def enable(self, limits: WindowLimits, *, verify: bool) -> None:
        """Allow that many commands in flight; ``verify`` detects a server that loses some."""
        self.window.set_limits(*limits)
        self._sync = SyncPoints() if verify else None

    @property
    def is_unproven(self) -> bool:
        """Whether more commands are in flight than the server has proved to handle."""
        return bool(self.in_flight) and self._sync is not None and self._sync.is_unproven

    @property
    def exceeds_proven(self) -> bool:
        """Whether more commands are in flight than were ever answered together."""
        return self._sync is not None and self._sync.exceeds_proven

    @property
    def is_partly_answered(self) -> bool:
        """Whether some of the commands in flight were answered."""
        return self._sync is not None and self._sync.is_partly_answered

    @property
    def next_reply_is_quick(self) -> bool:
        """Whether the next reply takes the server no time to prepare."""
        return bool(self.in_flight) and isinstance(self.in_flight[0].command, (Dele, Noop, Top))

    def next_batch(self, encode: Encode) -> bytes:
        """Take the commands that may be sent now; return their lines, empty if there are none."""
        lines: list[bytes] = []
        while (job := self.queue.first()) and self._may_send(job, in_batch=bool(lines)):
            self.queue.take(job)
            lines += filter(None, self._lines(job, encode))
        return b"".join(lines)

    def take_reply(self, reply: Reply) -> list[MatchedReply]:
        """Take a reply; return all replies that are certain now. Raises ReplyMismatchError."""
        job = self.in_flight.popleft()
        if self._sync is None:
            return [(job, reply)]
        return self._sync.take_reply(job, reply, len(self.in_flight))

    def drain(self) -> Iterator[Job]:
        """Remove and yield every job without a certain reply."""
        held = self._sync.drain() if self._sync else []
        yield from held
        yield from self.in_flight
        self.in_flight.clear()
        yield from self.queue.drain()

    def _may_send(self, job: Job, *, in_batch: bool) -> bool:
        if not self.in_flight:
            return True
        if not (job.command.can_pipeline and self.in_flight[-1].command.can_pipeline):
            return False
        if self._sync is not None and self._sync.must_drain and not in_batch:
            return False
        if len(self.in_flight) < self.window.limit:
            return True
        self.window.note_full()
        return job.priority is Priority.INTERACTIVE and self.window.limit > 1

    def _lines(self, job: Job, encode: Encode) -> Iterator[bytes]:
        """Yield the line of ``job``, with sync points around it if they are due.

        A person waits for an OPEN job: a sync point before it releases the replies held until
        then, one after it makes its own reply certain without waiting for more commands.
        """
        sync, is_awaited = self._sync, job.priority is Priority.INTERACTIVE
        before = sync.create() if sync and is_awaited and self.in_flight else None
        if before:
            yield self._line(before, encode)
        yield self._line(job, encode)
        if sync:
            is_urgent = is_awaited and len(self.in_flight) > 1
            after = sync.create() if is_urgent else sync.create_if_due(self.window.limit)
            if after:
                yield self._line(after, encode)

    def _line(self, job: Job, encode: Encode) -> bytes:
        """Return the line to send; if the job may not be sent, end it and return nothing."""
        try:
            line = encode(job)
        except LocalError as error:
            job.end(error)
            return b""
        self.in_flight.append(job)
        if self._sync is not None:
            self._sync.note_sent(job, len(self.in_flight))
        return line
