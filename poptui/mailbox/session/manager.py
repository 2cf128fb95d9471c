"""The sessions of a mailbox, one after another: how each begins, and how it ends.

What this file keeps: there is one session at a time, a new one waits until the QUIT of the old one
is answered, and no end but the commit's deletes anything. A session that was lost is followed by
another, by itself; the password is asked for again only where the server refused it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial

from poptui.errors import (
    ConnectError,
    LoginError,
    LoginUnansweredError,
    MailboxInUseError,
    MailboxLockedError,
    NothingListensError,
    PipeliningError,
    PoptuiError,
    ReplyTimeoutError,
)
from poptui.mailbox.changes import Change, ConnectionState, PasswordWanted, StateChanged
from poptui.mailbox.session.backoff import Backoff
from poptui.mailbox.session.clock import Clock
from poptui.mailbox.session.idle_watch import IdleWatch
from poptui.mailbox.session.patience import patiently
from poptui.mailbox.session_workers import SessionWorkers
from poptui.net.login import LOCK_WAIT_S, LoggedIn
from poptui.pop3.commands import Noop

logger = logging.getLogger(__name__)

LogIn = Callable[[], Awaitable[LoggedIn]]
"""A new session with the server. Raises PoptuiError."""

OWN_LOCK_WAITS_S = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further try where the server may still hold the lock of a session that we
ended without QUIT."""

BURSTS_DROPPED = 3
"""Sessions that may be lost before commands go one at a time."""

PROBE = 5.0
"""Seconds for a sign of life from a line that may have died while this machine slept."""


REFUSALS_DOUBTED, REFUSED_WAIT_S = 3, 60.0
"""After a commit some servers refuse the right password for a while, as if it were wrong: so many
refusals are waited out, so many seconds each, before the password is asked for."""

UNANSWERED = 3
"""Logins in a row at which the server hung up, before the password is suspected."""


class SessionManager:
    """The present session, and the way to the next."""

    def __init__(
        self,
        log_in: LogIn,
        arrive: Callable[[LoggedIn], Awaitable[SessionWorkers]],
        entered: Callable[[SessionWorkers | None], None],
        tell: Callable[[Change], None],
        *,
        background: bool = True,
        idle_release: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        """``arrive`` surveys a new session and sets to work in it; ``entered`` hears of each.

        Without ``background`` a session that was dropped is not followed by another unasked. One
        that nobody used for ``idle_release`` seconds is released; 0 for never.
        """
        self.log_in = log_in
        self.state = ConnectionState.OFFLINE
        self.visit: SessionWorkers | None = None
        self.next_try: datetime | None = None
        """While WAITING: the local time of the next try."""
        self._arrive, self._entered, self._tell = arrive, entered, tell
        self._background = background
        self._clock = clock or Clock()
        self._watch = IdleWatch(self._clock, idle_release, self.release, self.check)
        self._backoff = Backoff()
        self.known = False
        """The server has let us in once: what goes wrong since then may pass."""
        self.downloaded_before_quit: frozenset[int] = frozenset()
        """What was downloaded in the last session, if that ended by QUIT: its message numbers."""
        self.renewing = False
        """The session that begins now is to download nothing."""
        self._hung_up = False
        """The last session ended without QUIT: its lock may outlive it a little."""
        self._broke_off = False
        """A session ended without QUIT and none has begun since: the server may still hold it."""
        self._began = 0.0
        self._told = ""
        """The last sentence on what is wrong, so that it is not told at each try."""
        self._unanswered = 0
        self._patient = False
        """Whoever connects now waits and tries again."""
        self._refusals_doubted = 0
        """How many more refusals of the password are taken for a limit on logins."""
        self._connecting: asyncio.Task[None] | None = None
        self._retrying: asyncio.Task[None] | None = None
        self._ending = asyncio.Lock()
        """Held while a session ends by QUIT: a new one would find it in its way."""

    # --- the beginning

    async def connect(self) -> None:
        """Log in and list, unless that is done or under way. Raises PoptuiError."""
        async with self._ending:
            if self.visit is not None and self.visit.client.alive:
                return
            if self._connecting is None or self._connecting.done():
                self._connecting = asyncio.create_task(self._connect(), name="connect")
                self._connecting.add_done_callback(_seen)
            connecting = self._connecting
        await asyncio.shield(connecting)

    async def online(self) -> SessionWorkers:
        """The present session, a new one if need be. Raises PoptuiError."""
        self.touch()
        await self.check()
        while self.visit is None or not self.visit.client.alive:
            await self.connect()
        return self.visit

    def connect_soon(self) -> None:
        """Connect without waiting for it; what comes of it is told as a change of state."""
        asyncio.ensure_future(self.connect()).add_done_callback(_seen)

    async def _connect(self) -> None:
        self._stop_retrying()
        self._turn(ConnectionState.CONNECTING)
        try:
            session, visit = await self._begin_without_bursts()
        except PoptuiError as fault:
            seen = self._seen_from_here(fault)
            self._failed(seen)
            raise seen from None
        self._enter(visit)
        session.client.on_lost = partial(self._lost, visit)
        self._turn(ConnectionState.ONLINE)

    def _seen_from_here(self, fault: PoptuiError) -> PoptuiError:
        """Return ``fault``, or what it means after the sessions that there were."""
        if isinstance(fault, MailboxInUseError) and self._broke_off:
            return MailboxLockedError(fault.sentence_if_own, fault.wait_s)
        if isinstance(fault, NothingListensError) and self.known:
            return ConnectError(fault.sentence_if_known)
        return fault

    async def _begin_without_bursts(self) -> tuple[LoggedIn, SessionWorkers]:
        """Begin a session, again with fewer commands at once if that ended it. Raises PoptuiError.

        The third drop turns pipelining off, so the last try goes without.
        """
        for _ in range(BURSTS_DROPPED):
            with suppress(PipeliningError):
                return await self._begin()
        return await self._begin()

    async def _begin(self) -> tuple[LoggedIn, SessionWorkers]:
        """Begin a session. Raises PoptuiError; PipeliningError if the next may do better."""
        session = await self._log_in()
        try:
            return session, await self._arrive(session)
        except BaseException:
            session.client.close()
            raise

    async def _log_in(self) -> LoggedIn:
        """Log in, waiting out a lock that may be our own. Raises PoptuiError."""
        hung_up, self._hung_up = self._hung_up, False
        for wait in OWN_LOCK_WAITS_S if hung_up else ():
            try:
                return await self.log_in()
            except MailboxLockedError as fault:
                if fault.wait_s > LOCK_WAIT_S:
                    raise
                await self._clock.pause(wait)
        return await self.log_in()

    async def renew(self) -> SessionWorkers:
        """A new session in which nothing was downloaded; the present one ends without QUIT.

        Raises PoptuiError.
        """
        await self.discard()
        self.renewing = True
        try:
            return await self.online()
        finally:
            self.renewing = False

    async def connect_after_commit(
        self, waiting: Callable[[float, PoptuiError], None], waited: float
    ) -> None:
        """Connect, waiting out a server that lets nobody in so soon; see ``patiently``.

        Raises PoptuiError; if ``background``, further tries then come by themselves.
        """
        self._patient = True
        try:
            await patiently(self.connect, waiting, waited=waited)
        except PoptuiError as fault:
            self._patient = False
            self._failed(fault)
            raise
        finally:
            self._patient = False

    # --- the ends

    async def discard(self) -> None:
        """End the session and delete nothing: RSET, QUIT. Never raises."""
        await self._leave(ConnectionState.OFFLINE)

    async def release(self) -> None:
        """As ``discard``, but whatever needs the server begins another session."""
        await self._leave(ConnectionState.RELEASED)

    async def _leave(self, state: ConnectionState) -> None:
        visit = self._depart()
        if visit is not None:
            async with self._ending:
                self._hung_up = bool(visit.client.removed_by_quit())
                self._broke_off = self._hung_up
                if not self._hung_up:
                    self.downloaded_before_quit = frozenset(visit.client.downloaded)
                await visit.leave()
        self._turn(state)

    def abandon(self) -> None:
        """Drop the line at once, without QUIT: for signals and crashes."""
        visit = self._depart()
        if visit is not None:
            visit.drop()
        self._turn(ConnectionState.OFFLINE)

    def come_back(self, visit: SessionWorkers) -> None:
        """Over a new session, where a message that was stopped took the old one with it."""
        if self.visit is visit and not visit.client.alive:
            self._enter(None)
            if self._background:
                self.connect_soon()

    @asynccontextmanager
    async def ending(self, visit: SessionWorkers) -> AsyncIterator[None]:
        """The commit ends ``visit`` in this block; no new session begins before it is over."""
        visit.stop()
        self._enter(None)
        self.downloaded_before_quit = frozenset(visit.client.downloaded)
        self._refusals_doubted = REFUSALS_DOUBTED
        async with self._ending:
            try:
                yield
            finally:
                self._turn(ConnectionState.OFFLINE)

    def _depart(self) -> SessionWorkers | None:
        self._stop_retrying()
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        visit = self.visit
        self._enter(None)
        return visit

    # --- losses, and what follows them

    def _lost(self, visit: SessionWorkers, fault: PoptuiError) -> None:
        visit.stop()
        if self.visit is visit:
            self._broke_off = True
            self._enter(None)
            self._failed(fault)

    def _failed(self, fault: PoptuiError) -> None:
        """There is no session because of ``fault``: try again later where that may help."""
        if self._patient:
            self._turn(ConnectionState.OFFLINE)
            return
        if self._background and self._refusals_doubted and isinstance(fault, LoginError):
            self._refusals_doubted -= 1
            self._wait(REFUSED_WAIT_S, fault)
            return
        retries = self.known or isinstance(fault, MailboxLockedError)
        wait = (
            self._backoff.after(fault) if self._background and fault.may_pass and retries else None
        )
        if wait is not None:
            self._wait(wait, fault)
        else:
            self._turn(ConnectionState.OFFLINE, str(fault))
        if self.known and self._blames_password(fault):
            self._tell(PasswordWanted(str(fault)))

    def _blames_password(self, fault: PoptuiError) -> bool:
        """Whether it was refused, or answered by hanging up so often that it may be that."""
        self._unanswered = self._unanswered + 1 if isinstance(fault, LoginUnansweredError) else 0
        if isinstance(fault, LoginUnansweredError):
            return self._unanswered == UNANSWERED
        return isinstance(fault, LoginError) and fault.asks_password

    def _wait(self, seconds: float, fault: PoptuiError) -> None:
        self._stop_retrying()
        said, self._told = "" if str(fault) == self._told else str(fault), str(fault)
        self.next_try = self._clock.after(seconds)
        logger.info("trying again in %.1f s, at %s, after: %s", seconds, self.next_try, fault)
        self._turn(ConnectionState.WAITING, said)
        self._retrying = asyncio.create_task(self._try_after(seconds), name="connect again")

    async def _try_after(self, seconds: float) -> None:
        await self._clock.pause(seconds)
        self._retrying = None
        self.connect_soon()

    def _stop_retrying(self) -> None:
        if self._retrying is not None:
            self._retrying.cancel()
            self._retrying = None

    # --- a session that nobody uses, and one that may have died in our sleep

    def touch(self) -> None:
        """The user is here."""
        self._watch.touch()

    async def check(self, *, anyway: bool = False) -> None:
        """After a sleep of the machine, or ``anyway``, see whether the line still stands.

        What does not is dropped, and a try that was waited for comes at once.
        """
        if not (self._clock.woke() or anyway):
            return
        if self._retrying is not None:
            self.connect_soon()
        elif (visit := self.visit) is not None and visit.client.alive:
            await _probe(visit)

    # --- what is told

    def _enter(self, visit: SessionWorkers | None) -> None:
        if self.visit is not None:
            self.downloaded_before_quit = frozenset()
            self._backoff.ended(self._clock.elapsed() - self._began)
        self.visit = visit
        self._watch.stop()
        if visit is not None:
            self._refusals_doubted = 0
            self._broke_off = False
            self.known, self._told, self._began = True, "", self._clock.elapsed()
            self._watch.begin(visit)
        self._entered(visit)

    def _turn(self, state: ConnectionState, said: str = "") -> None:
        if state is not ConnectionState.WAITING:
            self.next_try = None
        if (state, said) != (self.state, "") or state is ConnectionState.WAITING:
            self.state = state
            self._tell(StateChanged(state, said))


async def _probe(visit: SessionWorkers) -> None:
    try:
        async with asyncio.timeout(PROBE):
            with suppress(PoptuiError):
                await visit.client.execute(Noop())
    except TimeoutError:
        where = visit.client.server.address
        visit.client.fail(
            ReplyTimeoutError(f"The connection to {where} did not outlive the pause.")
        )


def _seen(task: asyncio.Future[None]) -> None:
    """What went wrong was told as a change of state."""
    if not task.cancelled():
        task.exception()
