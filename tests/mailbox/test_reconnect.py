"""Reconnecting after a lost session: when, with which password, and what the user sees
meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from functools import partial

import pytest

from poptui.demo.stored_mailbox import StoredMessage
from poptui.errors import LoginError, MailboxLockedError, PoptuiError
from poptui.mailbox.access.mailbox import Mailbox
from poptui.mailbox.changes import ConnectionState, NewMail, PasswordNeeded, StateChanged
from poptui.mailbox.entry import Mark
from poptui.mailbox.session.idle_watch import CHECK_EVERY_S
from poptui.net.credentials import Credentials
from poptui.net.login import log_in
from poptui.net.server import ConnectionOptions, parse_target
from poptui.secret import Secret
from tests.kit.odd import OddServer
from tests.kit.relay import Direction, FaultKind, FaultyRelay
from tests.mailbox.times import START, TestClock
from tests.mailbox.watched import Watched, make_message, make_messages


class Timed(Watched):
    """A mailbox with a fake clock."""

    def __init__(self, port: int, *, password: str = "secret", idle_release: float = 0.0) -> None:
        super().__init__(port)
        self.clock = TestClock()
        server = parse_target(f"pop://user@127.0.0.1:{port}")

        def with_password(given: Secret) -> Callable[[], object]:
            return partial(log_in, server, Credentials(given), options=ConnectionOptions(1.0))

        self.mailbox = Mailbox(
            server.title,
            with_password(Secret(password)),  # type: ignore[arg-type]
            idle_release=idle_release,
            with_password=with_password,  # type: ignore[arg-type]
            clock=self.clock,
        )
        self.mailbox.listen(self.changes.append)

    @property
    def states(self) -> list[ConnectionState]:
        return [change.state for change in self.changes if isinstance(change, StateChanged)]

    @property
    def reasons(self) -> list[str]:
        """The sentences reported with a change of state."""
        return [c.reason for c in self.changes if isinstance(c, StateChanged) and c.reason]

    async def becomes(self, state: ConnectionState) -> None:
        """Wait for ``state``, and for its immediate consequences."""
        await self.until(lambda: self.mailbox.session.state is state)
        await asyncio.sleep(0.01)


@asynccontextmanager
async def timing(port: int, **options: object) -> AsyncIterator[Timed]:
    timed = Timed(port, **options)  # type: ignore[arg-type]
    try:
        await timed.ready()
        yield timed
    finally:
        timed.mailbox.session.abandon()
        await asyncio.sleep(0)


def _connected(server: OddServer, times: int) -> bool:
    return server.connections == times


async def lose(timed: Timed, server: OddServer) -> None:
    """Make the server hang up at the next command; then it behaves again."""
    server.become("rset-hangs-up", "noop-hangs-up")
    await timed.mailbox.session.check(anyway=True)
    await timed.becomes(ConnectionState.WAITING)
    server.become()


@pytest.mark.parametrize("kind", [FaultKind.CUT, FaultKind.RESET, FaultKind.STALL])
@pytest.mark.parametrize("direction", Direction)
async def test_any_loss_is_followed_by_another_session(
    direction: Direction, kind: FaultKind
) -> None:
    async with OddServer(make_messages(3)) as server, FaultyRelay(server.port) as relay:
        async with timing(relay.port) as timed:
            timed.mailbox.marks.mark([timed.entry("uid-0002")])
            await timed.until(lambda: timed.marks() == " D ")
            relay.fail(direction, kind)
            checking = asyncio.create_task(timed.mailbox.session.check(anyway=True))
            await timed.becomes(ConnectionState.WAITING)
            await checking
            assert timed.marks() == " d "
            assert [entry.header is not None for entry in timed.entries] == [True] * 3
            assert len(timed.reasons) == 1
            assert "127.0.0.1" in timed.reasons[0]
            await timed.clock.pass_by(2.0)
            await timed.until(lambda: timed.marks() == " D ")
            assert timed.mailbox.session.state is ConnectionState.ONLINE
            assert len(server.messages) == 3


async def test_the_next_attempt_is_announced_and_made_in_time() -> None:
    async with OddServer(make_messages(1)) as server, timing(server.port) as timed:
        await lose(timed, server)
        assert timed.mailbox.session.next_try is not None
        wait = timed.mailbox.session.next_try - START
        assert timedelta(seconds=1) <= wait <= timedelta(seconds=1.1)
        before = server.connections
        await timed.clock.pass_by(0.9)
        assert timed.mailbox.session.state is ConnectionState.WAITING
        assert server.connections == before
        await timed.clock.pass_by(0.3)
        await timed.becomes(ConnectionState.ONLINE)
        assert timed.mailbox.session.next_try is None


async def test_attempts_become_rarer_and_the_same_reason_is_shown_once() -> None:
    async with OddServer(make_messages(1)) as server, timing(server.port) as timed:
        await lose(timed, server)
        server.become("in-use")
        for tries in range(2, 7):
            await timed.clock.pass_by(100.0)
            await timed.until(partial(_connected, server, tries))
            await timed.becomes(ConnectionState.WAITING)
        waits = [int(pause) for pause in timed.clock.pauses if pause != CHECK_EVERY_S]
        assert waits == sorted(waits)
        assert len(waits) == 6
        assert 60 <= waits[-1] <= 66
        assert sum("locked" in sentence for sentence in timed.reasons) == 1


async def test_an_action_that_needs_the_server_reconnects_at_once() -> None:
    async with OddServer(make_messages(2)) as server, timing(server.port) as timed:
        await lose(timed, server)
        assert await timed.read(timed.entry("uid-0002")) == make_message(2)
        assert timed.mailbox.session.state is ConnectionState.ONLINE


@pytest.mark.parametrize("peek", [False, True])
async def test_over_a_new_session_the_intended_message_is_opened(peek: bool) -> None:
    """Its number has changed by then."""
    async with OddServer(make_messages(4)) as server, timing(server.port) as timed:
        meant = timed.entry("uid-0003")
        await lose(timed, server)
        del server.messages[0]
        if peek:
            with closing(await timed.mailbox.messages.peek(meant, 10)) as message:
                assert message.read().endswith(b"body 3\r\n")
        else:
            assert await timed.read(meant) == make_message(3)


async def test_new_and_vanished_messages_are_reported_and_the_rest_keep_their_rows() -> None:
    async with OddServer(make_messages(4)) as server, timing(server.port) as timed:
        kept = timed.entry("uid-0002")
        timed.mailbox.marks.mark([kept])
        del server.messages[0]
        server.messages.extend(
            [StoredMessage("new-1", make_message(8)), StoredMessage("new-2", make_message(9))]
        )
        await lose(timed, server)
        await timed.clock.pass_by(2.0)
        await timed.becomes(ConnectionState.ONLINE)
        assert "2 new messages; 1 is no longer on the server." in timed.notices
        (new,) = (change for change in timed.changes if isinstance(change, NewMail))
        assert [entry.number for entry in new.entries] == [5, 4]
        assert timed.entry("uid-0002") is kept
        assert kept.number == 1
        await timed.until(lambda: kept.mark is Mark.DELETED)


async def test_our_own_deletions_are_not_reported_as_vanished() -> None:
    async with OddServer(make_messages(4)) as server, timing(server.port) as timed:
        timed.mailbox.marks.mark([timed.entry("uid-0001")])
        await timed.mailbox.commit.run(stay=True)
        assert not any("no longer" in notice for notice in timed.notices)
        await timed.mailbox.session.refresh()
        assert not any("no longer" in notice for notice in timed.notices)


async def test_a_refresh_is_never_offline() -> None:
    """Its new session follows at once, so the title must not flash."""
    async with OddServer(make_messages(1)) as server, timing(server.port) as timed:
        before = len(timed.states)
        await timed.mailbox.session.refresh()
        assert timed.states[before:] == [ConnectionState.CONNECTING, ConnectionState.ONLINE]
        await timed.mailbox.session.renew()
        assert ConnectionState.OFFLINE not in timed.states


async def test_a_refused_password_is_asked_for_and_not_tried_again() -> None:
    async with OddServer(make_messages(2)) as server, timing(server.port) as timed:
        await lose(timed, server)
        server.change_password("another")
        await timed.clock.pass_by(2.0)
        await timed.becomes(ConnectionState.OFFLINE)
        assert any(isinstance(change, PasswordNeeded) for change in timed.changes)
        logins = server.connections
        await timed.clock.pass_by(1000.0)
        assert server.connections == logins
        with pytest.raises(LoginError):
            await timed.mailbox.session.give_password(Secret("wrong"))
        await timed.mailbox.session.give_password(Secret("another"))
        assert timed.mailbox.session.state is ConnectionState.ONLINE
        await lose(timed, server)
        await timed.clock.pass_by(5.0)
        await timed.becomes(ConnectionState.ONLINE)


@pytest.mark.parametrize(
    ("refusal", "least"),
    [("in-use:2", 5.0), ("lock-in-prose:2", 5.0), ("sys-temp:2", 30.0), ("login-delayed:2", 300.0)],
)
async def test_locks_and_delays_are_waited_out(refusal: str, least: float) -> None:
    """The first login is refused too: the mailbox was opened while another program has it."""
    async with OddServer(make_messages(2), [refusal]) as server:
        timed = Timed(server.port)
        with pytest.raises(MailboxLockedError):
            await timed.mailbox.session.connect()
        assert timed.mailbox.session.state is ConnectionState.WAITING
        assert timed.mailbox.session.next_try is not None
        assert timed.mailbox.session.next_try - START >= timedelta(seconds=least)
        await timed.clock.pass_by(least - 1)
        assert server.connections == 1
        await timed.clock.pass_by(least)
        await timed.until(
            lambda: (
                server.connections == 2 and timed.mailbox.session.state is ConnectionState.WAITING
            )
        )
        await timed.clock.pass_by(3 * least)
        await timed.becomes(ConnectionState.ONLINE)
        assert not any(isinstance(change, PasswordNeeded) for change in timed.changes)
        timed.mailbox.session.abandon()


async def test_the_announced_login_delay_is_the_time_waited() -> None:
    async with OddServer(make_messages(2), ["login-delay", "login-delayed:1"]) as server:
        timed = Timed(server.port)
        with pytest.raises(MailboxLockedError):
            await timed.mailbox.session.connect()
        assert timed.mailbox.session.next_try is not None
        assert timed.mailbox.session.next_try - START >= timedelta(seconds=300)
        timed.mailbox.session.abandon()


async def test_the_first_connection_that_fails_is_not_tried_again() -> None:
    async with OddServer(make_messages(2), ["stat-hangs-up"]) as server:
        timed = Timed(server.port)
        with pytest.raises(PoptuiError):
            await timed.mailbox.session.connect()
        assert timed.mailbox.session.state is ConnectionState.OFFLINE
        assert not timed.clock.pauses


async def test_a_batch_command_does_not_reconnect_by_itself() -> None:
    async with OddServer(make_messages(2), ["in-use"]) as server:
        watched = Watched(server.port, background=False)
        with pytest.raises(MailboxLockedError):
            await watched.mailbox.session.connect()
        assert watched.mailbox.session.state is ConnectionState.OFFLINE


class TestSleep:
    async def test_a_connection_lost_during_suspend_is_noticed_before_it_is_used(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("poptui.mailbox.session.manager.PROBE_TIMEOUT_S", 0.1)
        async with OddServer(make_messages(2)) as server, FaultyRelay(server.port) as relay:
            async with timing(relay.port) as timed:
                relay.fail(Direction.UP, FaultKind.STALL)
                timed.clock.slept += 3600.0
                assert await timed.read(timed.entry("uid-0001")) == make_message(1)
                assert any("was lost while the machine slept" in reason for reason in timed.reasons)
                assert server.connections == 2

    async def test_the_connection_is_tested_after_a_suspend(self) -> None:
        async with OddServer(make_messages(2)) as server, timing(server.port) as timed:
            server.become("noop-hangs-up")
            await timed.clock.sleep(60.0)
            await timed.becomes(ConnectionState.WAITING)
            server.become()
            await timed.clock.sleep(60.0)
            await timed.becomes(ConnectionState.ONLINE)

    async def test_a_short_suspend_tests_nothing(self) -> None:
        async with OddServer(make_messages(2)) as server, timing(server.port) as timed:
            await timed.clock.sleep(3.0)
            await timed.clock.pass_by(30.0)
            assert await timed.read(timed.entry("uid-0001")) == make_message(1)
            assert b"NOOP" not in server.keywords


class TestIdleRelease:
    async def test_an_unused_mailbox_is_released(self) -> None:
        async with OddServer(make_messages(3)) as server:
            async with timing(server.port, idle_release=600.0) as timed:
                timed.mailbox.marks.mark([timed.entry("uid-0002")])
                await timed.until(lambda: timed.marks() == " D ")
                await timed.clock.pass_by(599.0)
                timed.mailbox.session.touch()
                await timed.clock.pass_by(599.0)
                await asyncio.sleep(0.02)
                assert timed.mailbox.session.state is ConnectionState.ONLINE
                await timed.clock.pass_by(2.0)
                await timed.becomes(ConnectionState.RELEASED)
                assert server.commands[-2:] == [b"RSET", b"QUIT"]
                assert len(server.messages) == 3
                assert timed.marks() == " d "
                timed.mailbox.headers.prioritize(timed.entries)
                await timed.clock.pass_by(5000.0)
                assert server.connections == 1
                assert await timed.read(timed.entry("uid-0001")) == make_message(1)
                await timed.until(lambda: timed.marks() == " D ")

    async def test_a_mark_connects_again(self) -> None:
        async with OddServer(make_messages(3)) as server:
            async with timing(server.port, idle_release=600.0) as timed:
                await timed.clock.pass_by(601.0)
                await timed.becomes(ConnectionState.RELEASED)
                timed.mailbox.marks.mark([timed.entry("uid-0002")])
                await timed.until(lambda: timed.marks() == " D ")
                assert timed.mailbox.session.state is ConnectionState.ONLINE

    @pytest.mark.parametrize("fault", ["rset-hangs-up", "rset-refused", "quit-eof", "quit-err"])
    async def test_a_release_that_goes_wrong_deletes_nothing(self, fault: str) -> None:
        async with OddServer(make_messages(3)) as server:
            async with timing(server.port, idle_release=600.0) as timed:
                timed.mailbox.marks.mark(timed.entries)
                await timed.until(lambda: timed.marks() == "DDD")
                server.become(fault)
                await timed.clock.pass_by(601.0)
                await timed.becomes(ConnectionState.RELEASED)
                assert len(server.messages) == 3
                assert timed.marks() == "ddd"

    async def test_a_release_does_not_interrupt_a_download(self) -> None:
        async with OddServer(make_messages(3)) as server:
            async with timing(server.port, idle_release=600.0) as timed:
                server.become("retr-in-pieces")
                reading = asyncio.create_task(timed.read(timed.entry("uid-0003")))
                await timed.until(lambda: b"RETR 3" in server.commands)
                await timed.clock.pass_by(601.0)
                assert await reading == make_message(3)
                assert timed.mailbox.session.state is ConnectionState.ONLINE
                await timed.clock.pass_by(590.0)  # the caller is reading it now
                await asyncio.sleep(0.02)
                assert timed.mailbox.session.state is ConnectionState.ONLINE
                await timed.clock.pass_by(11.0)
                await timed.becomes(ConnectionState.RELEASED)

    async def test_no_session_is_released_while_a_message_is_on_its_way(self) -> None:
        async with OddServer(make_messages(3), ["retr-hangs"]) as server:
            async with timing(server.port, idle_release=600.0) as timed:
                reading = asyncio.create_task(timed.read(timed.entry("uid-0003")))
                await timed.until(lambda: b"RETR 3" in server.commands)
                await timed.clock.pass_by(601.0)
                with pytest.raises(PoptuiError, match="did not answer"):
                    await reading
                assert ConnectionState.RELEASED not in timed.states
                assert server.commands[-1] == b"RETR 3"


async def test_a_lock_after_a_lost_session_is_blamed_on_our_own_session() -> None:
    async with OddServer(make_messages(3)) as server, timing(server.port) as timed:
        await lose(timed, server)
        server.become("in-use")
        await timed.clock.pass_by(2.0)
        await timed.until(lambda: any("locked" in sentence for sentence in timed.reasons))
        assert "still holds the session that broke off" in timed.reasons[-1]
        assert "other program" not in timed.reasons[-1]


async def test_a_port_that_worked_before_is_not_called_wrong() -> None:
    async with OddServer(make_messages(3)) as server:
        async with timing(server.port) as timed:
            await lose(timed, server)
            server.stop_listening()
            await timed.clock.pass_by(2.0)
            await timed.until(lambda: any("restarting" in reason for reason in timed.reasons))
            assert not any("check the port" in reason for reason in timed.reasons)
