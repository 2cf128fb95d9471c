"""The sessions of a mailbox, one after another: how each begins and how it ends.

Invariants: there is one session at a time; a new one waits until the QUIT of the old one has been
answered; only a commit ends a session so that it deletes. A lost session is followed by another
automatically; the password is asked for again only if the server refused it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import partial

from poptui.errors import (
    AuthorizationNeededError,
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
from poptui.mailbox.changes import (
    AuthorizationNeeded,
    ConnectionState,
    PasswordNeeded,
    StateChanged,
)
from poptui.mailbox.session.backoff import Backoff, retry_while_refused
from poptui.mailbox.session.idle_watch import Clock, IdleWatch
from poptui.mailbox.session.workers import SessionWorkers
from poptui.mailbox.state import MailboxState
from poptui.net.login import LoggedInClient
from poptui.net.login_refusals import LOCK_WAIT_S
from poptui.pop3.capabilities import AfterDownload
from poptui.pop3.commands import Noop
from poptui.secret import Secret

logger = logging.getLogger(__name__)

LogIn = Callable[[], Awaitable[LoggedInClient]]
"""Begins a new session with the server. Raises PoptuiError."""

OWN_LOCK_WAITS_S = (0.5, 1.0, 2.0, 4.0)
"""Before each further attempt if the server may still hold the lock of a session that we ended
without QUIT."""

MAX_BURSTS_DROPPED = 3
"""Sessions that may be lost before commands go one at a time."""

PROBE_TIMEOUT_S = 5.0
"""Wait this long for a reply on a connection that may have died while the machine was suspended."""


MAX_REFUSALS_WAITED_OUT, REFUSED_WAIT_S = 3, 60.0
"""After a commit some servers refuse the right password for a while. After the
first number of refusals, with a wait of the second in seconds after each, the user is asked for the
password."""

UNANSWERED_LOGINS = 3
"""After this many logins in a row without a reply, the password may be wrong."""


class SessionManager:
    """Begins and ends sessions, and reconnects."""

    def __init__(
        self,
        log_in: LogIn,
        state: MailboxState,
        *,
        with_password: Callable[[Secret], LogIn] | None = None,
        trust: Callable[[str], None] = lambda fingerprint: None,
        background: bool = True,
        idle_release: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        """``with_password`` makes a ``log_in`` that uses another password, ``trust`` makes it
        accept the certificate with a fingerprint until the program ends.

        Without ``background`` a lost session isn't followed by another unless one is needed. A
        session that is unused for ``idle_release`` seconds is released; 0 means never.
        """
        self.log_in = log_in
        self._state, self._with_password = state, with_password
        self.trust = trust
        """Accepts the certificate with this SHA-256, and no other, until the program ends."""
        self.state = ConnectionState.OFFLINE
        self.workers: SessionWorkers | None = None
        """The workers of the present session."""
        self.encrypted = False
        self.after_download = AfterDownload.UNKNOWN
        """The effect of this server's QUIT on downloaded messages."""
        self.open: Callable[[LoggedInClient], Awaitable[SessionWorkers]]
        """Reads the listing of a new session and starts its workers. Raises PoptuiError."""
        self.on_session: Callable[[SessionWorkers | None, SessionWorkers | None], None]
        """Called with the last and the present session when one begins or ends."""
        self.on_discarded: Callable[[], Awaitable[None]]
        """Called after the user, rather than a commit or a lost connection, ended a session."""
        self.next_try: datetime | None = None
        """While WAITING: the local time of the next attempt."""
        self._background = background
        self._clock = clock or Clock()
        self._watch = IdleWatch(self._clock, idle_release, self.release, self.check)
        self._backoff = Backoff()
        self.reached = False
        """A login has succeeded, so later errors may be temporary."""
        self.downloaded_before_quit: frozenset[int] = frozenset()
        """The numbers of what was downloaded in the last session, if that ended by QUIT."""
        self.renewing = False
        """The session that begins now must download nothing."""
        self._hung_up = False
        """The last session ended without QUIT: its lock may be held a little longer."""
        self._broke_off = False
        """A session ended without QUIT and none has begun since: the server may still hold it."""
        self._began = 0.0
        self._last_reason = ""
        """The last reason shown, so that it isn't shown again at each attempt."""
        self._unanswered = 0
        self._caller_retries = False
        """The caller of ``connect`` waits and tries again by itself."""
        self._refusals_to_wait_out = 0
        """The number of further refusals of the password that count as a limit on logins."""
        self._connecting: asyncio.Task[None] | None = None
        self._retrying: asyncio.Task[None] | None = None
        self._ending = asyncio.Lock()
        """Held while a session ends by QUIT: its lock would keep a new one out."""

    # --- connecting

    async def connect(self) -> None:
        """Log in and read the listing, unless that is done or under way. Raises PoptuiError."""
        async with self._ending:
            if self.workers is not None and self.workers.client.alive:
                return
            if self._connecting is None or self._connecting.done():
                self._connecting = asyncio.create_task(self._connect(), name="connect")
                self._connecting.add_done_callback(_retrieve_exception)
            connecting = self._connecting
        await asyncio.shield(connecting)

    async def online(self) -> SessionWorkers:
        """Return the present session, or a new one if there is none. Raises PoptuiError."""
        self.touch()
        await self.check()
        while self.workers is None or not self.workers.client.alive:
            await self.connect()
        return self.workers

    def connect_soon(self) -> None:
        """Connect in the background; the result is reported as a change of state."""
        asyncio.ensure_future(self.connect()).add_done_callback(_retrieve_exception)

    async def _connect(self) -> None:
        self._stop_retrying()
        self._set_state(ConnectionState.CONNECTING)
        try:
            session, workers = await self._begin_without_bursts()
        except PoptuiError as error:
            explained = self._explained(error)
            self._failed(explained)
            raise explained from None
        self._set_workers(workers)
        session.client.connection.on_lost = partial(self._lost, workers)
        self._set_state(ConnectionState.ONLINE)

    def _explained(self, error: PoptuiError) -> PoptuiError:
        """Return ``error``, or a better explanation given the earlier sessions."""
        if isinstance(error, MailboxInUseError) and self._broke_off:
            return MailboxLockedError(error.sentence_if_own, error.wait_s)
        if isinstance(error, NothingListensError) and self.reached:
            return ConnectError(error.sentence_if_known)
        return error

    async def _begin_without_bursts(self) -> tuple[LoggedInClient, SessionWorkers]:
        """Begin a session, again with fewer commands at once if that ended it. Raises PoptuiError.

        The third drop turns pipelining off, so the last try goes without.
        """
        for _ in range(MAX_BURSTS_DROPPED):
            with suppress(PipeliningError):
                return await self._begin()
        return await self._begin()

    async def _begin(self) -> tuple[LoggedInClient, SessionWorkers]:
        """Begin a session. Raises PoptuiError; PipeliningError if the next may work."""
        session = await self._log_in()
        try:
            return session, await self.open(session)
        except BaseException:
            session.client.close()
            raise

    async def _log_in(self) -> LoggedInClient:
        """Log in; wait if a lock may be our own. Raises PoptuiError."""
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
            await self._leave(ConnectionState.CONNECTING)  # never offline: the next one follows
            await self.on_discarded()
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
        """Connect if the session was released because it was idle."""
        if self.state is ConnectionState.RELEASED:
            self.connect_soon()

    async def renew(self) -> SessionWorkers:
        """Begin a session in which nothing was downloaded. Raises PoptuiError.

        The present one ends without QUIT if that might delete downloads.
        """
        await self._leave(ConnectionState.CONNECTING)
        self.renewing = True
        try:
            return await self.online()
        finally:
            self.renewing = False

    async def connect_after_commit(
        self, waiting: Callable[[float, PoptuiError], None], waited: float
    ) -> None:
        """Connect, and wait if the server refuses logins for now; see ``retry_while_refused``.

        Raises PoptuiError; with ``background`` further attempts follow then.
        """
        self._caller_retries = True
        try:
            await retry_while_refused(self.connect, waiting, waited=waited)
        except PoptuiError as error:
            self._caller_retries = False
            self._failed(error)
            raise
        finally:
            self._caller_retries = False

    # --- ending a session

    async def discard(self) -> None:
        """End the session and delete nothing: RSET, QUIT. Marks are kept. Never raises."""
        await self._leave(ConnectionState.OFFLINE)
        await self.on_discarded()

    async def release(self) -> None:
        """End the session like ``discard``; the next action that needs the server reconnects."""
        await self._leave(ConnectionState.RELEASED)

    async def _leave(self, state: ConnectionState) -> None:
        workers = self._detach()
        if workers is not None:
            async with self._ending:
                self._hung_up = workers.client.must_hang_up
                self._broke_off = self._hung_up
                if not self._hung_up:
                    self.downloaded_before_quit = frozenset(workers.client.protocol.downloaded)
                await workers.leave()
        self._set_state(state)

    def abandon(self) -> None:
        """Drop the connection at once, without QUIT: for signals and crashes."""
        workers = self._detach()
        if workers is not None:
            workers.drop()
        self._set_state(ConnectionState.OFFLINE)

    def reconnect_if_lost(self, workers: SessionWorkers) -> None:
        """Connect again if stopping a download ended the session."""
        if self.workers is workers and not workers.client.alive:
            self._set_workers(None)
            if self._background:
                self.connect_soon()

    @asynccontextmanager
    async def ending(self, workers: SessionWorkers) -> AsyncIterator[None]:
        """In this block the commit ends the session; no new one begins before that."""
        workers.stop()
        self._set_workers(None)
        self.downloaded_before_quit = frozenset(workers.client.protocol.downloaded)
        self._refusals_to_wait_out = MAX_REFUSALS_WAITED_OUT
        async with self._ending:
            try:
                yield
            finally:
                self._set_state(ConnectionState.OFFLINE)

    def _detach(self) -> SessionWorkers | None:
        self._stop_retrying()
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        workers = self.workers
        self._set_workers(None)
        return workers

    # --- lost sessions

    def _lost(self, workers: SessionWorkers, error: PoptuiError) -> None:
        workers.stop()
        if self.workers is workers:
            self._broke_off = True
            self._set_workers(None)
            self._failed(error)

    def _failed(self, error: PoptuiError) -> None:
        """Report that the session is lost, and schedule another attempt if that may help."""
        if self._caller_retries:
            self._set_state(ConnectionState.OFFLINE)
            return
        if self._background and self._refusals_to_wait_out and isinstance(error, LoginError):
            self._refusals_to_wait_out -= 1
            self._wait(REFUSED_WAIT_S, error)
            return
        retries = self.reached or isinstance(error, MailboxLockedError)
        wait = (
            self._backoff.after(error)
            if self._background and error.is_temporary and retries
            else None
        )
        if wait is not None:
            self._wait(wait, error)
        else:
            self._set_state(ConnectionState.OFFLINE, str(error))
        if self.reached and self._blames_password(error):
            self._state.notify(PasswordNeeded(str(error)))
        elif self.reached and isinstance(error, AuthorizationNeededError):
            self._state.notify(AuthorizationNeeded(str(error)))

    def _blames_password(self, error: PoptuiError) -> bool:
        """Whether the password was refused, or the server hung up so often that it may be wrong."""
        self._unanswered = self._unanswered + 1 if isinstance(error, LoginUnansweredError) else 0
        if isinstance(error, LoginUnansweredError):
            return self._unanswered == UNANSWERED_LOGINS
        return isinstance(error, LoginError) and error.asks_password

    def _wait(self, seconds: float, error: PoptuiError) -> None:
        self._stop_retrying()
        reason, self._last_reason = (
            "" if str(error) == self._last_reason else str(error),
            str(error),
        )
        self.next_try = self._clock.after(seconds)
        logger.info("trying again in %.1f s, at %s, after: %s", seconds, self.next_try, error)
        self._set_state(ConnectionState.WAITING, reason)
        self._retrying = asyncio.create_task(self._try_after(seconds), name="connect again")

    async def _try_after(self, seconds: float) -> None:
        await self._clock.pause(seconds)
        self._retrying = None
        self.connect_soon()

    def _stop_retrying(self) -> None:
        if self._retrying is not None:
            self._retrying.cancel()
            self._retrying = None

    # --- idle release, and waking from suspend

    def touch(self) -> None:
        """Note that the user is active, so that the session isn't released."""
        self._watch.touch()

    async def check(self, *, anyway: bool = False) -> None:
        """Test the connection if the machine was suspended, or in any case with ``anyway``.

        A dead connection is dropped; if the next attempt to connect was scheduled, make it now.
        """
        if not (self._clock.woke() or anyway):
            return
        if self._retrying is not None:
            self.connect_soon()
        elif (workers := self.workers) is not None and workers.client.alive:
            await _probe(workers)

    # --- reporting

    def _set_workers(self, workers: SessionWorkers | None) -> None:
        if self.workers is not None:
            self.downloaded_before_quit = frozenset()
            self._backoff.ended(self._clock.elapsed() - self._began)
        before, self.workers = self.workers, workers
        self._watch.stop()
        if workers is not None:
            self._refusals_to_wait_out = 0
            self._broke_off = False
            self.reached, self._last_reason, self._began = True, "", self._clock.elapsed()
            self._watch.begin(workers)
        self.on_session(before, workers)

    def _set_state(self, state: ConnectionState, reason: str = "") -> None:
        if state is not ConnectionState.WAITING:
            self.next_try = None
        if (state, reason) != (self.state, "") or state is ConnectionState.WAITING:
            self.state = state
            self._state.notify(StateChanged(state, reason))


async def _probe(workers: SessionWorkers) -> None:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            with suppress(PoptuiError):
                await workers.client.execute(Noop())
    except TimeoutError:
        where = workers.client.server.address
        workers.client.fail(
            ReplyTimeoutError(f"The connection to {where} was lost while the machine slept.")
        )


def _retrieve_exception(task: asyncio.Future[None]) -> None:
    """Retrieve the exception, so that asyncio doesn't log it: it was already reported."""
    if not task.cancelled():
        task.exception()
