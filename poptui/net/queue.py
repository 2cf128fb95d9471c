"""The commands that wait for the wire, the most urgent first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from poptui.pop3.commands import Command
from poptui.pop3.events import Reply
from poptui.pop3.framing import Sink

Answered = Callable[[list[Reply]], None]
"""Takes the replies of one read, in their order."""


class Priority(IntEnum):
    """What goes first: a person waits for OPEN, nobody for KEEPALIVE."""

    OPEN = 0
    VISIBLE = 1
    REST = 2
    MARKS = 3
    KEEPALIVE = 4


@dataclass(slots=True, eq=False)
class Job:
    """A command, where its body goes, and who is told of its reply: a future, or ``answered``."""

    command: Command
    priority: Priority
    sink: Sink | None = None
    future: asyncio.Future[Reply] | None = None
    answered: Answered | None = None
    fence: bool = False
    """Ours, to see where in the stream we are."""

    def write(self, data: bytes) -> None:
        """Hand a body on while somebody waits for it: else the sink may be closed."""
        if self.sink is not None and not self.cancelled:
            self.sink.write(data)

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.future is not None and self.future.cancelled()

    def end(self, error: Exception) -> None:
        """There will be no reply."""
        if self.future is not None and not self.future.done():
            self.future.set_exception(error)


class Jobs:
    """A queue for each priority; jobs of the same priority keep their order."""

    def __init__(self) -> None:
        self._queues: tuple[deque[Job], ...] = tuple(deque() for _ in Priority)

    def __bool__(self) -> bool:
        return self._first() is not None

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    def put(self, job: Job) -> None:
        """Add a command."""
        self._queues[job.priority].append(job)

    def first(self) -> Job | None:
        """The most urgent job that somebody still waits for, None where there is none."""
        queue = self._first()
        return queue[0] if queue else None

    def take(self, job: Job) -> None:
        """Take the ``first`` job out."""
        self._queues[job.priority].popleft()

    def drain(self) -> Iterator[Job]:
        """Take all of them out."""
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
