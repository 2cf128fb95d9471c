"""Which command does a reply answer? Nothing in POP3 says so; the order alone tells.

A server that loses one command of a flight answers the next one in its place, and all headers
after it would stand on wrong rows. So replies in a flight are held back until a fence has passed:
``LIST n``, whose answer names its own message. A moment in which nothing is outstanding is as
good: then no reply was lost.
"""

from __future__ import annotations

import re

from poptui.net.queue import Job, Priority
from poptui.pop3.commands import List, Retr, Top
from poptui.pop3.errors import ProtocolError
from poptui.pop3.events import Reply

FEWEST, MOST = 4, 32
"""Commands from one fence to the next: half a window, and this at least and at most."""

TRUST = 8
"""So many times the largest flight that was answered may be sent before it is a trial again."""


class ReplyMismatchError(ProtocolError):
    """Replies and commands no longer belong together: the server lost one of a flight."""


Answer = tuple[Job, Reply]
_NUMBER = re.compile(r"\s*(\d{1,10})(?!\d)")


class SyncPoints:
    """Holds the replies of a flight back until it is certain what they answer."""

    def __init__(self) -> None:
        self.emptying = False
        """The server does not answer fences: a new flight waits until the last is answered."""
        self._held: list[Answer] = []
        self._unfenced = 0
        self._number = 0
        self._peak = 0
        """The most commands outstanding at once since the last certain answer."""
        self._proven = 0
        """The most that were outstanding at once and all rightly answered."""

    def due(self, window: int) -> Job | None:
        """The fence that goes out now, if it is time for one."""
        if self._unfenced < min(MOST, max(FEWEST, window // 2)):
            return None
        return self.fence()

    def fence(self) -> Job | None:
        """A fence about the last message that was asked for, None where none was."""
        if self.emptying or not (self._unfenced and self._number):
            return None
        self._unfenced = 0
        return Job(List(self._number), Priority.OPEN, fence=True)

    def sent(self, job: Job, outstanding: int) -> None:
        """A command goes out as the last of so many."""
        self._peak = max(self._peak, outstanding)
        if not job.fence:
            self._unfenced += 1
            if isinstance(job.command, (Top, Retr)):
                self._number = job.command.number

    def came(self, job: Job, reply: Reply, outstanding: int) -> list[Answer]:
        """What is certain now. Raises OutOfStep where the replies have lost their step."""
        passed = self._passed(job, reply) if job.fence else not outstanding
        if not job.fence:
            self._check(reply)
            self._held.append((job, reply))
        if not (passed or not outstanding):
            return []
        certain, self._held = self._held, []
        self._proven, self._peak = max(self._proven, self._peak), outstanding
        if not outstanding:
            self._unfenced = self._number = 0
        return certain

    def drain(self) -> list[Job]:
        """The jobs whose replies are not certain."""
        held, self._held = self._held, []
        return [job for job, _ in held]

    @property
    def unproven(self) -> bool:
        """Whether a flight is out of which the server has not shown yet that it takes it."""
        return self._peak > max(1, TRUST * self._proven)

    @property
    def partial(self) -> bool:
        """Whether some of the flight was answered."""
        return bool(self._held)

    def _check(self, reply: Reply) -> None:
        """A header does not begin as a reply does."""
        if isinstance(reply.command, Top) and reply.body.startswith((b"+OK", b"-ERR ")):
            raise ReplyMismatchError("a reply within another one", reply.text)

    def _passed(self, job: Job, reply: Reply) -> bool:
        """Whether the reply is this fence's; a refusal proves nothing."""
        assert isinstance(job.command, List)
        if not reply.ok:
            self.emptying = True
            return False
        told = _NUMBER.match(reply.text)
        if told is None or int(told[1]) != job.command.number:
            raise ReplyMismatchError("an answer to another command", reply.text)
        return True
