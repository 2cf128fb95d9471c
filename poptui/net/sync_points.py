"""Detect lost replies in a pipeline by inserting commands whose replies identify themselves.

POP3 replies don't say which command they answer; only their order does. A server that loses one
pipelined command would answer the next one in its place, and every later header would be attached
to the wrong message. So replies are held back until a synchronization point has been answered:
``LIST n``, whose reply repeats the message number. If nothing is outstanding, no reply can have
been lost either.
"""

from __future__ import annotations

from poptui.net.queue import Job, Priority
from poptui.patterns import lazy_pattern
from poptui.pop3.commands import List, Retr, Top
from poptui.pop3.errors import ProtocolError
from poptui.pop3.events import Reply

MIN_INTERVAL_COUNT, MAX_INTERVAL_COUNT = 4, 32
"""Bounds for the number of commands between two sync points, which is half a window."""

TRUSTED_GROWTH_FACTOR = 8
"""A batch up to this many times the largest fully answered one counts as proven. Beyond it the
batch is a trial: its failure is blamed on pipelining."""

MatchedReply = tuple[Job, Reply]
_NUMBER = lazy_pattern(r"\s*(\d{1,10})(?!\d)")


class ReplyMismatchError(ProtocolError):
    """Replies no longer match the commands: the server lost a pipelined command."""


class SyncPoints:
    """Holds back the replies of a pipeline until it is certain which commands they answer."""

    def __init__(self) -> None:
        self.must_drain = False
        """The server refuses ``LIST n``, so each batch waits until the last one is answered."""
        self._held: list[MatchedReply] = []
        self._sent_since_last = 0
        self._number = 0
        """The last message that was asked for: certain to exist, so a sync point can name it."""
        self._peak = 0
        """The most commands outstanding at once since the last certain reply."""
        self._proven = 0
        """The most commands that were outstanding at once and all answered correctly."""

    def create_if_due(self, window: int) -> Job | None:
        """Return a sync point if enough commands were sent since the last one."""
        interval = min(MAX_INTERVAL_COUNT, max(MIN_INTERVAL_COUNT, window // 2))
        return None if self._sent_since_last < interval else self.create()

    def create(self) -> Job | None:
        """Return a sync point; None if none is needed or possible."""
        if self.must_drain or not (self._sent_since_last and self._number):
            return None
        self._sent_since_last = 0
        return Job(List(self._number), Priority.INTERACTIVE, is_sync_point=True)

    def note_sent(self, job: Job, outstanding: int) -> None:
        """Record that ``job`` was sent as the last of ``outstanding`` commands."""
        self._peak = max(self._peak, outstanding)
        if not job.is_sync_point:
            self._sent_since_last += 1
            if isinstance(job.command, (Top, Retr)):
                self._number = job.command.number

    def take_reply(self, job: Job, reply: Reply, outstanding: int) -> list[MatchedReply]:
        """Take a reply; return all replies that are certain now. Raises ReplyMismatchError."""
        passed = self._is_passed(job, reply) if job.is_sync_point else not outstanding
        if not job.is_sync_point:
            self._check(reply)
            self._held.append((job, reply))
        if not (passed or not outstanding):
            return []
        certain, self._held = self._held, []
        self._proven, self._peak = max(self._proven, self._peak), outstanding
        if not outstanding:
            self._sent_since_last = self._number = 0
        return certain

    def drain(self) -> list[Job]:
        """Remove and return the jobs whose replies are held back."""
        held, self._held = self._held, []
        return [job for job, _ in held]

    @property
    def is_unproven(self) -> bool:
        """Whether more commands are outstanding than the server has proved to handle."""
        return self._peak > max(1, TRUSTED_GROWTH_FACTOR * self._proven)

    @property
    def exceeds_proven(self) -> bool:
        """Whether more commands were outstanding at once than were ever answered together."""
        return self._peak > self._proven

    @property
    def is_partly_answered(self) -> bool:
        """Whether some outstanding commands were answered."""
        return bool(self._held)

    def _check(self, reply: Reply) -> None:
        """Raises ReplyMismatchError for a header that begins with another reply."""
        if isinstance(reply.command, Top) and reply.body.startswith((b"+OK", b"-ERR ")):
            raise ReplyMismatchError("a reply within another one", reply.text)

    def _is_passed(self, job: Job, reply: Reply) -> bool:
        """Whether ``reply`` answers the sync point ``job``; a refusal proves nothing."""
        assert isinstance(job.command, List)
        if not reply.ok:
            self.must_drain = True
            return False
        stated = _NUMBER.match(reply.text)
        if stated is None or int(stated[1]) != job.command.number:
            raise ReplyMismatchError("a reply to another command", reply.text)
        return True
