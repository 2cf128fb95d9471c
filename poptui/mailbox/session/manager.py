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
from poptui.mailbox.changes import ConnectionState, PasswordWanted, StateChanged
from poptui.mailbox.session.backoff import Backoff
from poptui.mailbox.session.clock import Clock
from poptui.mailbox.session.idle_watch import IdleWatch
from poptui.mailbox.session.patience import patiently
from poptui.mailbox.session.workers import SessionWorkers
from poptui.mailbox.state import MailboxState
from poptui.net.login import LOCK_WAIT_S, LoggedIn
from poptui.pop3.capabilities import AfterDownload
from poptui.pop3.commands import Noop
from poptui.secret import Secret

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
        state: MailboxState,
        *,
        with_password: Callable[[Secret], LogIn] | None = None,
        background: bool = True,
        idle_release: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        """``with_password`` makes a ``log_in`` that uses another password.

        Without ``background`` a lost session isn't followed by another unless one is needed. A
        session that is unused for ``idle_release`` seconds is released; 0 means never.
        """
        self.log_in = log_in
        self._state, self._with_password = state, with_password
        self.state = ConnectionState.OFFLINE
        self.workers: SessionWorkers | None = None
        """The workers of the present session."""
        self.encrypted = False
        self.after_download = AfterDownload.UNKNOWN
        """What this server does at QUIT with downloaded messages."""
        self.open: Callable[[LoggedIn], Awaitable[SessionWorkers]]
        """Reads the listing of a new session and starts its workers. Raises PoptuiError."""
        self.on_session: Callable[[SessionWorkers | None, SessionWorkers | None], None]
        """Called with the last and the present session when one begins or ends."""
        self.on_discarded: Callable[[], Awaitable[None]]
        """Called after the user, rather than a commit or a lost connection, ended a session."""
        self.next_try: datetime | None = None
        """While WAITING: the local time of the next try."""
        self._background = background
        self._clock = clock or Clock()
        self._watch = IdleWatch(self._clock, idle_release, self.release, self.check)
        self._backoff = Backoff()
        self.reached = False
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
            if self.workers is not None and self.workers.client.alive:
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
        while self.workers is None or not self.workers.client.alive:
            await self.connect()
        return self.workers

    def connect_soon(self) -> None:
        """Connect without waiting for it; what comes of it is told as a change of state."""
        asyncio.ensure_future(self.connect()).add_done_callback(_seen)

    async def _connect(self) -> None:
        self._stop_retrying()
        self._turn(ConnectionState.CONNECTING)
        try:
            session, workers = await self._begin_without_bursts()
        except PoptuiError as error:
            seen = self._seen_from_here(error)
            self._failed(seen)
            raise seen from None
        self._enter(workers)
        session.client.on_lost = partial(self._lost, workers)
        self._turn(ConnectionState.ONLINE)

    def _seen_from_here(self, error: PoptuiError) -> PoptuiError:
        """Return ``error``, or what it means after the sessions that there were."""
        if isinstance(error, MailboxInUseError) and self._broke_off:
            return MailboxLockedError(error.sentence_if_own, error.wait_s)
        if isinstance(error, NothingListensError) and self.reached:
            return ConnectError(error.sentence_if_known)
        return error

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
            return session, await self.open(session)
        except BaseException:
            session.client.close()
            raise

    async def _log_in(self) -> LoggedIn:
        """Log in, waiting out a lock that may be our own. Raises PoptuiError."""
        hung_up, self._hung_up = self._hung_up, False
        for wait in OWN_LOCK_WAITS_S if hung_up else ():
            try:
                return await self.log_in()
            except MailboxLockedError as error:
                if error.wait_s > LOCK_WAIT_S:
                    raise
                await self._clock.pause(wait)
        return await self.log_in()

    async def refresh(self) -> None:
        """Begin a new session, which sees new mail; keep marks and headers. Raises PoptuiError."""
        if self.state is not ConnectionState.CONNECTING:
            await self.discard()
        await self.connect()

    @property
    def takes_password(self) -> bool:
        """Whether ``give_password`` can be used."""
        return self._with_password is not None

    async def give_password(self, password: Secret) -> None:
        """Connect with this password, now and from now on. Raises PoptuiError."""
        if self._with_password is not None:
            self.log_in = self._with_password(password)
        await self.connect()

    def connect_if_released(self) -> None:
        """Connect if the session was released because nobody used it: now somebody does."""
        if self.state is ConnectionState.RELEASED:
            self.connect_soon()

    async def renew(self) -> SessionWorkers:
        """A new session in which nothing was downloaded; the present one ends without QUIT.

        Raises PoptuiError.
        """
        await self._leave(ConnectionState.OFFLINE)
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
        except PoptuiError as error:
            self._patient = False
            self._failed(error)
            raise
        finally:
            self._patient = False

    # --- the ends

    async def discard(self) -> None:
        """End the session and delete nothing: RSET, QUIT. Marks are kept. Never raises."""
        await self._leave(ConnectionState.OFFLINE)
        await self.on_discarded()

    async def release(self) -> None:
        """As ``discard``, but whatever needs the server begins another session."""
        await self._leave(ConnectionState.RELEASED)

    async def _leave(self, state: ConnectionState) -> None:
        workers = self._depart()
        if workers is not None:
            async with self._ending:
                self._hung_up = bool(workers.client.removed_by_quit())
                self._broke_off = self._hung_up
                if not self._hung_up:
                    self.downloaded_before_quit = frozenset(workers.client.downloaded)
                await workers.leave()
        self._turn(state)

    def abandon(self) -> None:
        """Drop the line at once, without QUIT: for signals and crashes."""
        workers = self._depart()
        if workers is not None:
            workers.drop()
        self._turn(ConnectionState.OFFLINE)

    def come_back(self, workers: SessionWorkers) -> None:
        """Over a new session, where a message that was stopped took the old one with it."""
        if self.workers is workers and not workers.client.alive:
            self._enter(None)
            if self._background:
                self.connect_soon()

    @asynccontextmanager
    async def ending(self, workers: SessionWorkers) -> AsyncIterator[None]:
        """The commit ends ``workers`` in this block; no new session begins before it is over."""
        workers.stop()
        self._enter(None)
        self.downloaded_before_quit = frozenset(workers.client.downloaded)
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
        workers = self.workers
        self._enter(None)
        return workers

    # --- losses, and what follows them

    def _lost(self, workers: SessionWorkers, error: PoptuiError) -> None:
        workers.stop()
        if self.workers is workers:
            self._broke_off = True
            self._enter(None)
            self._failed(error)

    def _failed(self, error: PoptuiError) -> None:
        """There is no session because of ``error``: try again later where that may help."""
        if self._patient:
            self._turn(ConnectionState.OFFLINE)
            return
        if self._background and self._refusals_doubted and isinstance(error, LoginError):
            self._refusals_doubted -= 1
            self._wait(REFUSED_WAIT_S, error)
            return
        retries = self.reached or isinstance(error, MailboxLockedError)
        wait = (
            self._backoff.after(error) if self._background and error.may_pass and retries else None
        )
        if wait is not None:
            self._wait(wait, error)
        else:
            self._turn(ConnectionState.OFFLINE, str(error))
        if self.reached and self._blames_password(error):
            self._state.notify(PasswordWanted(str(error)))

    def _blames_password(self, error: PoptuiError) -> bool:
        """Whether it was refused, or answered by hanging up so often that it may be that."""
        self._unanswered = self._unanswered + 1 if isinstance(error, LoginUnansweredError) else 0
        if isinstance(error, LoginUnansweredError):
            return self._unanswered == UNANSWERED
        return isinstance(error, LoginError) and error.asks_password

    def _wait(self, seconds: float, error: PoptuiError) -> None:
        self._stop_retrying()
        said, self._told = "" if str(error) == self._told else str(error), str(error)
        self.next_try = self._clock.after(seconds)
        logger.info("trying again in %.1f s, at %s, after: %s", seconds, self.next_try, error)
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
        """Test the connection if the machine was suspended, or ``anyway``.

        A dead connection is dropped; if the next attempt to connect was scheduled, make it now.
        """
        if not (self._clock.woke() or anyway):
            return
        if self._retrying is not None:
            self.connect_soon()
        elif (workers := self.workers) is not None and workers.client.alive:
            await _probe(workers)

    # --- what is told

    def _enter(self, workers: SessionWorkers | None) -> None:
        if self.workers is not None:
            self.downloaded_before_quit = frozenset()
            self._backoff.ended(self._clock.elapsed() - self._began)
        before, self.workers = self.workers, workers
        self._watch.stop()
        if workers is not None:
            self._refusals_doubted = 0
            self._broke_off = False
            self.reached, self._told, self._began = True, "", self._clock.elapsed()
            self._watch.begin(workers)
        self.on_session(before, workers)

    def _turn(self, state: ConnectionState, said: str = "") -> None:
        if state is not ConnectionState.WAITING:
            self.next_try = None
        if (state, said) != (self.state, "") or state is ConnectionState.WAITING:
            self.state = state
            self._state.notify(StateChanged(state, said))


async def _probe(workers: SessionWorkers) -> None:
    try:
        async with asyncio.timeout(PROBE):
            with suppress(PoptuiError):
                await workers.client.execute(Noop())
    except TimeoutError:
        where = workers.client.server.address
        workers.client.fail(
            ReplyTimeoutError(f"The connection to {where} did not outlive the pause.")
        )


def _seen(task: asyncio.Future[None]) -> None:
    """What went wrong was told as a change of state."""
    if not task.cancelled():
        task.exception()
