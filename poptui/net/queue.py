"""The commands that wait for the wire, the most urgent first."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count

from poptui.pop3.commands import Command
from poptui.pop3.events import Reply
from poptui.pop3.framing import Sink


class Priority(IntEnum):
    """What goes first: a person waits for OPEN, nobody for KEEPALIVE."""

    OPEN = 0
    VISIBLE = 1
    REST = 2
    MARKS = 3
    KEEPALIVE = 4


@dataclass(order=True)
class Job:
    """A command, where its body goes, and who waits for its reply."""

    priority: Priority
    serial: int
    command: Command = field(compare=False)
    sink: Sink | None = field(compare=False)
    future: asyncio.Future[Reply] = field(compare=False)

    def write(self, data: bytes) -> None:
        """Hand a body on while somebody waits for it: else the sink may be closed."""
        if self.sink is not None and not self.future.cancelled():
            self.sink.write(data)


class Jobs:
    """A heap of jobs; jobs of the same priority keep their order."""

    def __init__(self) -> None:
        self._heap: list[Job] = []
        self._serial = count()

    def __bool__(self) -> bool:
        self._drop_cancelled()
        return bool(self._heap)

    def put(self, command: Command, priority: Priority, sink: Sink | None) -> Job:
        """Add a command; the job's future will have its reply."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        job = Job(priority, next(self._serial), command, sink, future)
        heapq.heappush(self._heap, job)
        return job

    def first(self) -> Job:
        """The most urgent job that somebody still waits for."""
        self._drop_cancelled()
        return self._heap[0]

    def pop(self) -> Job:
        """Take the most urgent job out."""
        self._drop_cancelled()
        return heapq.heappop(self._heap)

    def drain(self) -> Iterator[Job]:
        """Take all of them out."""
        while self:
            yield self.pop()

    def _drop_cancelled(self) -> None:
        while self._heap and self._heap[0].future.cancelled():
            heapq.heappop(self._heap)
