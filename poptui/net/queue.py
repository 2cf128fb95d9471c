"""The commands that wait to be sent, the most urgent first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from enum import IntEnum

from poptui.pop3.commands import Command
from poptui.pop3.events import Reply
from poptui.pop3.framing import Sink

OnReplies = Callable[[list[Reply]], None]
"""Receives the replies that one read from the network completed, in order."""


class Priority(IntEnum):
    """The order in which commands are sent."""

    INTERACTIVE = 0
    """A person waits for the reply."""
    VISIBLE = 1
    """Headers of messages on the screen."""
    BACKGROUND = 2
    """Headers of other messages."""
    MARKS = 3
    """DELE and RSET, which bring the server in line with the marks."""
    KEEPALIVE = 4


class Job:
    """A command, the sink for its body, and the receiver of its reply.

    The reply goes to ``future`` or to ``on_replies``.
    """

    __slots__ = ("command", "future", "is_sync_point", "on_replies", "priority", "sink")

    def __init__(
        self,
        command: Command,
        priority: Priority,
        sink: Sink | None = None,
        future: asyncio.Future[Reply] | None = None,
        on_replies: OnReplies | None = None,
        *,
        is_sync_point: bool = False,
    ) -> None:
        """``is_sync_point``: sent by the pipeline itself; see :mod:`poptui.net.sync_points`."""
        self.command, self.priority, self.sink = command, priority, sink
        self.future, self.on_replies, self.is_sync_point = future, on_replies, is_sync_point

    def write(self, data: bytes) -> None:
        """Pass a part of the body to the sink, which a caller that gave up may have closed."""
        if self.sink is not None and not self.cancelled:
            self.sink.write(data)

    @property
    def cancelled(self) -> bool:
        """Whether the caller has stopped waiting for the reply."""
        return self.future is not None and self.future.cancelled()

    def end(self, error: Exception) -> None:
        """Report an error to the caller instead of a reply."""
        if self.future is not None and not self.future.done():
            self.future.set_exception(error)


class JobQueue:
    """A queue for each priority; jobs of the same priority keep their order."""

    def __init__(self) -> None:
        self._queues: tuple[deque[Job], ...] = tuple(deque() for _ in Priority)

    def __bool__(self) -> bool:
        return self._first() is not None

    def put(self, job: Job) -> None:
        """Add a job."""
        self._queues[job.priority].append(job)

    def first(self) -> Job | None:
        """Return the most urgent job that isn't cancelled; None if the queue is empty."""
        queue = self._first()
        return queue[0] if queue else None

    def take(self, job: Job) -> None:
        """Remove ``job``, which ``first`` has returned."""
        self._queues[job.priority].popleft()

    def drain(self) -> Iterator[Job]:
        """Remove and yield all jobs."""
        while job := self.first():
            self.take(job)
            yield job

    def _first(self) -> deque[Job] | None:
        for queue in self._queues:
            while queue and queue[0].future is not None and queue[0].cancelled:
                queue.popleft()
            if queue:
                return queue
        return None
