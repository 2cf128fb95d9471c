"""Make the server's set of deleted messages follow the marks.

One rule covers mark, undo, bulk actions, reconnecting and opening a marked message:

    deleted - wanted  not empty  ->  RSET   (deleted = {})
    wanted - deleted             ->  DELE each, pipelined

The sets are compared once for a whole batch, and again if something changed meanwhile, so the work
grows linearly with the number of marks. Before each comparison ``prepare`` writes the marks to the
disk and verifies their messages: ``wanted`` holds only marks that are both. A refused DELE is not
sent again; since -ERR doesn't prove that it had no effect, RSET follows when it is unmarked.

QUIT is not sent here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Set
from typing import NamedTuple, Protocol

from poptui.errors import PoptuiError, ServerError, quoted
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.pop3.commands import Command, Dele, Rset
from poptui.pop3.events import Reply

BATCH = 256
"""Send this many DELEs at a time: few enough that an unmark takes effect soon."""


class Plan(NamedTuple):
    """The commands that are left to send; none if both fields are empty."""

    reset: bool = False
    """The server holds something as deleted that isn't wanted: send RSET, then plan again."""
    deletions: Sequence[int] = ()
    """Message numbers to DELE, in their order."""


def plan(wanted: Set[int], deleted: Set[int], refused: Set[int]) -> Plan:
    """Plan how to get to ``wanted``; all sets are message numbers."""
    if not (deleted <= wanted and refused <= wanted):
        return Plan(reset=True)
    return Plan(deletions=sorted(wanted - deleted - refused))


class WantedMarks(Protocol):
    """The marks that the server's set of deleted messages follows."""

    async def prepare(self) -> bool:
        """Write and verify marks; return whether ``wanted`` may have grown."""

    def wanted(self) -> Set[int]:
        """Return the message numbers that the server should hold as deleted now."""

    def replied(self, replies: list[Reply]) -> None:
        """Take the replies to DELE and RSET."""


class Reconciler:
    """Reconciles over one session."""

    def __init__(self, client: Client, marks: WantedMarks) -> None:
        self.refused: dict[int, str] = {}
        """Message numbers whose DELE the server refused since the last RSET, with its words."""
        self.marked = False
        """Whether a DELE was ever sent, answered or not: then only RSET makes a QUIT harmless."""
        self._client = client
        self._marks = marks
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._resetting: asyncio.Future[Reply] | None = None
        self._stopped = False
        self._requested = False
        self._outdated = False
        """Something changed since the last comparison."""

    def reconcile_soon(self) -> None:
        """Start reconciling, unless that is under way; the marks have changed."""
        self._requested = self._outdated = True
        if not self._stopped and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._work(), name="reconcile marks")

    async def settle(self) -> None:
        """Reconcile until the server follows the marks. Raises PoptuiError."""
        async with self._lock:
            while any(due := await self._next()):
                await self._run(due)

    def reset(self) -> None:
        """Send RSET before everything else, to open a marked message; the marks follow again."""
        self._resetting = self._client.submit(Rset())
        self._resetting.add_done_callback(self._was_reset)

    def stop(self) -> None:
        """Send no further commands."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    def _was_reset(self, resetting: asyncio.Future[Reply]) -> None:
        if resetting.cancelled() or resetting.exception():
            return
        try:
            self._judge(resetting.result())
        except PoptuiError as error:
            self._client.fail(error)
        else:
            self.reconcile_soon()

    async def _next(self) -> Plan:
        while True:
            prepared = await self._marks.prepare()
            while self._resetting is not None and self._resetting_now:
                await asyncio.wait([self._resetting])
            self._outdated = False
            due = plan(self._marks.wanted(), self._client.protocol.deleted, self.refused.keys())
            if any(due) or not prepared:
                return due

    async def _run(self, due: Plan) -> None:
        """Send the commands of a plan, or stop early if the marks have changed."""
        if due.reset:
            await self._send([Rset()])
        for start in range(0, len(due.deletions), BATCH):
            batch = due.deletions[start : start + BATCH]
            await self._send([Dele(number) for number in batch])
            if self._outdated or self._resetting_now:
                return

    @property
    def _resetting_now(self) -> bool:
        return self._resetting is not None and not self._resetting.done()

    async def _work(self) -> None:
        try:
            while self._requested:
                self._requested = False
                await self.settle()
        except PoptuiError as error:
            self._client.fail(error)

    async def _send(self, commands: Sequence[Command]) -> None:
        self.marked = self.marked or any(isinstance(command, Dele) for command in commands)
        replies = await asyncio.gather(
            *(self._client.execute(command, Priority.MARKS) for command in commands)
        )
        for reply in replies:
            self._judge(reply)
        self._marks.replied(replies)

    def _judge(self, reply: Reply) -> None:
        if isinstance(reply.command, Dele):
            if not reply.ok:
                self.refused[reply.command.number] = quoted(reply.text)
        elif reply.ok:
            self.refused.clear()
        else:
            raise ServerError(
                f"{self._client.server.address} does not take its deletion marks back"
                f" (RSET: {quoted(reply.text)}). The connection was dropped, which deletes nothing."
            )
