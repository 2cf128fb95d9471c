"""Which commands go out together, and who gets which reply."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from poptui.net.queue import Job, Jobs, Priority
from poptui.net.sync_points import Answer, SyncPoints
from poptui.net.window import Window
from poptui.pop3.commands import Dele, Noop, Top
from poptui.pop3.errors import LocalError
from poptui.pop3.events import Reply

Encode = Callable[[Job], bytes]
"""The octets of a job's command; raises LocalError where it may not be sent."""


class Pipeline:
    """What waits, what is outstanding, and how much of it may be."""

    def __init__(self) -> None:
        self.jobs = Jobs()
        self.sent: deque[Job] = deque()
        self.window = Window()
        self._fences: SyncPoints | None = None

    def pipeline(self, window: tuple[int, int, int], *, fenced: bool) -> None:
        """From now on so many commands may be outstanding; ``fenced`` where this is not proven."""
        self.window.widen(*window)
        self._fences = SyncPoints() if fenced else None

    @property
    def backlog(self) -> int:
        """How many commands could be sent if the window were wider."""
        return len(self.jobs)

    @property
    def unproven(self) -> bool:
        """Whether a flight is out of which the server has not shown yet that it takes it."""
        return bool(self.sent) and self._fences is not None and self._fences.unproven

    @property
    def partial(self) -> bool:
        """Whether a flight is out, and some of it was answered."""
        return self._fences is not None and self._fences.partial

    @property
    def brief(self) -> bool:
        """Whether what is due next takes a server no time."""
        return bool(self.sent) and isinstance(self.sent[0].command, (Dele, Noop, Top))

    def packet(self, encode: Encode) -> bytes:
        """The next flight; none where nothing may be sent now."""
        lines: list[bytes] = []
        while (job := self.jobs.first()) and self._may_send(job, begun=bool(lines)):
            self.jobs.take(job)
            lines += filter(None, self._lines(job, encode))
        return b"".join(lines)

    def came(self, reply: Reply) -> list[Answer]:
        """What is answered for certain now. Raises OutOfStep."""
        job = self.sent.popleft()
        if self._fences is None:
            return [(job, reply)]
        return self._fences.came(job, reply, len(self.sent))

    def drain(self) -> Iterator[Job]:
        """Take everything out that has no certain answer."""
        held = self._fences.drain() if self._fences else []
        yield from held
        yield from self.sent
        self.sent.clear()
        yield from self.jobs.drain()

    def _may_send(self, job: Job, *, begun: bool) -> bool:
        if not self.sent:
            return True
        if not (job.command.can_pipeline and self.sent[-1].command.can_pipeline):
            return False
        if self._fences is not None and self._fences.emptying and not begun:
            return False
        if len(self.sent) < self.window.limit:
            return True
        self.window.filled()
        return job.priority is Priority.OPEN and self.window.limit > 1

    def _lines(self, job: Job, encode: Encode) -> Iterator[bytes]:
        """The job's line, and fences where it is time for them."""
        fences, awaited = self._fences, job.priority is Priority.OPEN
        before = fences.fence() if fences and awaited and self.sent else None
        if before:
            yield self._line(before, encode)
        yield self._line(job, encode)
        if fences:
            now = awaited and len(self.sent) > 1
            after = fences.fence() if now else fences.due(self.window.limit)
            if after:
                yield self._line(after, encode)

    def _line(self, job: Job, encode: Encode) -> bytes:
        """The line to send; nothing where the job may not be sent, and has been told so."""
        try:
            line = encode(job)
        except LocalError as error:
            job.end(error)
            return b""
        self.sent.append(job)
        if self._fences is not None:
            self._fences.sent(job, len(self.sent))
        return line
