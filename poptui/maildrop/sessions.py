"""The sessions of a maildrop, one after another: how each begins, and how it ends.

What this file keeps: there is one session at a time, a new one waits until the QUIT of the old one
is answered, and no end but the commit's deletes anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from poptui.faults import Fault
from poptui.maildrop.changes import Change, State, StateChanged
from poptui.maildrop.visit import Visit
from poptui.net.login import Session

LogIn = Callable[[], Awaitable[Session]]
"""A new session with the server. Raises Fault."""


class Sessions:
    """The present session, and the way to the next."""

    def __init__(
        self,
        log_in: LogIn,
        arrive: Callable[[Session], Awaitable[Visit]],
        enter: Callable[[Visit | None], None],
        tell: Callable[[Change], None],
        *,
        background: bool = True,
    ) -> None:
        """``arrive`` surveys a new session and sets to work in it; ``enter`` hears of each.

        Without ``background`` a session that was dropped is not followed by another unasked.
        """
        self.log_in = log_in
        self.state = State.OFFLINE
        self.visit: Visit | None = None
        self._arrive, self._enter_, self._tell = arrive, enter, tell
        self._background = background
        self._connecting: asyncio.Task[None] | None = None
        self._ending = asyncio.Lock()
        """Held while a session ends by QUIT: a new one would find it in its way."""

    # --- the beginning

    async def connect(self) -> None:
        """Log in and list, unless that is done or under way. Raises Fault."""
        async with self._ending:
            if self.visit is not None and self.visit.client.alive:
                return
            if self._connecting is None or self._connecting.done():
                self._connecting = asyncio.create_task(self._connect(), name="connect")
                self._connecting.add_done_callback(_seen)
            connecting = self._connecting
        await asyncio.shield(connecting)

    async def online(self) -> Visit:
        """The present session, a new one if need be. Raises Fault."""
        while self.visit is None or not self.visit.client.alive:
            await self.connect()
        return self.visit

    async def _connect(self) -> None:
        self._turn(State.CONNECTING)
        try:
            session = await self.log_in()
            try:
                visit = await self._arrive(session)
            except BaseException:
                session.client.close()
                raise
        except Fault as fault:
            self._turn(State.OFFLINE, str(fault))
            raise
        self._enter(visit)
        session.client.lost = partial(self._lost, visit)
        self._turn(State.ONLINE)

    # --- the ends

    async def discard(self) -> None:
        """End the session and delete nothing: RSET, QUIT. Never raises."""
        visit = self._depart()
        if visit is not None:
            async with self._ending:
                await visit.leave()
        self._turn(State.OFFLINE)

    def abandon(self) -> None:
        """Drop the line at once, without QUIT: for signals and crashes."""
        visit = self._depart()
        if visit is not None:
            visit.drop()
        self._turn(State.OFFLINE)

    def come_back(self, visit: Visit) -> None:
        """Over a new session, where a message that was stopped took the old one with it."""
        if self.visit is visit and not visit.client.alive:
            self._enter(None)
            if self._background:
                asyncio.ensure_future(self.connect()).add_done_callback(_seen)

    @asynccontextmanager
    async def ending(self, visit: Visit) -> AsyncIterator[None]:
        """The commit ends ``visit`` in this block; no new session begins before it is over."""
        visit.stop()
        self._enter(None)
        async with self._ending:
            try:
                yield
            finally:
                self._turn(State.OFFLINE)

    def _depart(self) -> Visit | None:
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        visit = self.visit
        self._enter(None)
        return visit

    def _lost(self, visit: Visit, fault: Fault) -> None:
        visit.stop()
        if self.visit is visit:
            self._enter(None)
            self._turn(State.OFFLINE, str(fault))

    # --- what is told

    def _enter(self, visit: Visit | None) -> None:
        self.visit = visit
        self._enter_(visit)

    def _turn(self, state: State, said: str = "") -> None:
        if (state, said) != (self.state, ""):
            self.state = state
            self._tell(StateChanged(state, said))


def _seen(task: asyncio.Future[None]) -> None:
    """What went wrong was told as a change of state."""
    if not task.cancelled():
        task.exception()
