"""Drives what the server holds as deleted towards what the user declared.

One rule for mark, undo, bulk, reconnect and opening a marked message:

    deleted - wanted  not empty  ->  RSET   (deleted = {})
    wanted - deleted             ->  DELE each, pipelined

Before each step ``prepare`` has what is declared written down and its messages looked at:
``wanted`` holds only such as are on the disk and known to be those that were marked. A refused
DELE counts as neither: it is not sent again, and as -ERR is no proof that it had no effect, RSET
takes it back too.

QUIT is not sent here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Set

from poptui.errors import PoptuiError, ServerError, words
from poptui.net.client import Client
from poptui.net.queue import Priority
from poptui.pop3.commands import Command, Dele, Rset
from poptui.pop3.events import Reply

FLIGHT = 256
"""DELEs planned at a time: few enough that a change of mind is soon seen."""


def plan(wanted: Set[int], deleted: Set[int], refused: Set[int]) -> list[Command]:
    """The next commands towards ``wanted``, by message number; none where it is reached."""
    if (deleted | refused) - wanted:
        return [Rset()]
    return [Dele(number) for number in sorted(wanted - deleted - refused)[:FLIGHT]]


class Reconciler:
    """Reconciles over one session."""

    def __init__(
        self,
        client: Client,
        prepare: Callable[[], Awaitable[bool]],
        wanted: Callable[[], Set[int]],
        answered: Callable[[list[Reply]], None],
    ) -> None:
        """``prepare`` says whether it did something, so that more may be wanted now."""
        self.refused: dict[int, str] = {}
        """Message numbers whose DELE the server refused since the last RSET, with its words."""
        self.marked = False
        """Whether a DELE was ever sent, answered or not: then only RSET makes a QUIT harmless."""
        self._client = client
        self._prepare = prepare
        self._wanted = wanted
        self._answered = answered
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._resetting: asyncio.Future[Reply] | None = None
        self._stopped = False
        self._poked = False

    def poke(self) -> None:
        """Something was declared or taken back: set to work, unless at it already."""
        self._poked = True
        if not self._stopped and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._work(), name="reconcile marks")

    async def settle(self) -> None:
        """Reconcile until nothing is left to do. Raises Fault."""
        async with self._lock:
            while commands := await self._next():
                await self._send(commands)

    def reset(self) -> None:
        """RSET ahead of all else, for a message that is to be read; the marks follow again."""
        self._resetting = self._client.submit(Rset())
        self._resetting.add_done_callback(self._was_reset)

    def stop(self) -> None:
        """No further commands."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    def _was_reset(self, resetting: asyncio.Future[Reply]) -> None:
        if resetting.cancelled() or resetting.exception():
            return
        try:
            self._judge(resetting.result())
        except PoptuiError as fault:
            self._client.fail(fault)
        else:
            self.poke()

    async def _next(self) -> list[Command]:
        while True:
            prepared = await self._prepare()
            while self._resetting is not None and not self._resetting.done():
                await asyncio.wait([self._resetting])
            commands = plan(self._wanted(), self._client.deleted, self.refused.keys())
            if commands or not prepared:
                return commands

    async def _work(self) -> None:
        try:
            while self._poked:
                self._poked = False
                await self.settle()
        except PoptuiError as fault:
            self._client.fail(fault)

    async def _send(self, commands: list[Command]) -> None:
        self.marked = self.marked or any(isinstance(command, Dele) for command in commands)
        replies = await asyncio.gather(
            *(self._client.execute(command, Priority.MARKS) for command in commands)
        )
        for reply in replies:
            self._judge(reply)
        self._answered(replies)

    def _judge(self, reply: Reply) -> None:
        if isinstance(reply.command, Dele):
            if not reply.ok:
                self.refused[reply.command.number] = words(reply.text)
        elif reply.ok:
            self.refused.clear()
        else:
            raise ServerError(
                f"{self._client.server.address} does not take its deletion marks back"
                f" (RSET: {words(reply.text)}). The connection was dropped, which deletes nothing."
            )
