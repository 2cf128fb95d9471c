"""A server that refuses logins right after a commit: wait, and don't blame the password."""

from __future__ import annotations

import asyncio

import pytest

from poptui.errors import (
    LoginError,
    MailboxLockedError,
    PermanentServerError,
    PoptuiError,
    ServerError,
)
from poptui.mailbox.changes import ConnectionState, Notice, PasswordNeeded
from poptui.mailbox.commit.outcome import Proof
from poptui.mailbox.commit.safety_copies import CommitCallbacks
from poptui.mailbox.commit.verification import DeletionVerifier, Verify
from poptui.mailbox.session import backoff
from poptui.mailbox.session.backoff import retry_while_refused
from tests.kit.odd import OddServer
from tests.mailbox.watched import Watched, make_messages, watching


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The requested waits, none of which takes any time."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(backoff, "FIRST_WAIT_S", 2.0)
    monkeypatch.setattr(backoff, "MAX_WAIT_S", 90.0)
    monkeypatch.setattr(backoff, "sleep", wait)
    return waits


async def tried(*faults: PoptuiError, waited: float = 0.0) -> str:
    left = list(faults)

    async def attempt() -> str:
        if left:
            raise left.pop(0)
        return "in"

    try:
        return await retry_while_refused(attempt, waited=waited)
    except PoptuiError as fault:
        return str(fault)


async def test_without_a_named_delay_the_waits_double(waits: list[float]) -> None:
    assert await tried(LoginError("no"), ServerError("no"), MailboxLockedError("no", 5.0)) == "in"
    assert waits == [2.0, 4.0, 8.0]


async def test_all_waits_together_are_limited(waits: list[float]) -> None:
    assert await tried(*[LoginError("no")] * 50) == "no"
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0]


async def test_earlier_waits_count(waits: list[float]) -> None:
    assert await tried(*[LoginError("no")] * 50, waited=85.0) == "no"
    assert waits == [2.0]


async def test_one_attempt_per_delay_that_the_server_names(waits: list[float]) -> None:
    assert await tried(*[MailboxLockedError("soon", 30.0, wait_is_stated=True)] * 3) == "in"
    assert waits == [30.0, 30.0, 30.0]


async def test_a_delay_beyond_the_limit_is_not_waited_for(waits: list[float]) -> None:
    assert await tried(MailboxLockedError("much later", 300.0, wait_is_stated=True)) == "much later"
    assert waits == []


async def test_permanent_errors_are_not_retried(waits: list[float]) -> None:
    assert await tried(PermanentServerError("for ever")) == "for ever"
    assert waits == []


async def marked(server: OddServer) -> Watched:
    watched = Watched(server.port)
    await watched.ready()
    watched.mailbox.marks.mark([watched.entry("uid-0002")])
    await watched.until(lambda: watched.marks() == " D ")
    return watched


@pytest.mark.parametrize("stay", [False, True])
async def test_a_refused_password_after_a_commit_is_waited_out_and_not_asked_for(
    stay: bool,
) -> None:
    async with OddServer(make_messages(3)) as server:
        watched = await marked(server)
        server.change_password("refused for now")
        reasons: list[str] = []

        def waiting(seconds: float, fault: PoptuiError) -> None:
            reasons.append(str(fault))
            if len(reasons) == 2:
                server.change_password("secret")

        callbacks = CommitCallbacks(on_waiting=waiting)
        outcome = await watched.mailbox.commit.run(stay=stay, callbacks=callbacks)
        assert outcome.complete
        assert outcome.proof is Proof.LISTING
        assert len(reasons) == 2
        assert "refused the login" in reasons[0]
        assert not any(isinstance(change, PasswordNeeded) for change in watched.changes)
        watched.mailbox.session.abandon()


async def test_the_password_is_asked_for_only_after_several_refusals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poptui.mailbox.session.manager.REFUSED_WAIT_S", 0.02)
    async with OddServer(make_messages(3)) as server:
        watched = await marked(server)
        server.change_password("refused for now")
        outcome = await watched.mailbox.commit.run(stay=True)
        assert outcome.complete
        assert outcome.proof is Proof.NONE
        assert not any(isinstance(change, PasswordNeeded) for change in watched.changes)
        assert watched.mailbox.session.state is ConnectionState.WAITING
        await watched.until(lambda: any(isinstance(c, PasswordNeeded) for c in watched.changes))
        watched.mailbox.session.abandon()


async def test_the_wait_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_WAIT_S", 60.0)
    monkeypatch.setattr(backoff, "MAX_WAIT_S", 90.0)
    async with OddServer(make_messages(3)) as server:
        watched = await marked(server)
        server.change_password("refused for now")
        waits = asyncio.Event()
        callbacks = CommitCallbacks(on_waiting=lambda seconds, fault: waits.set())
        committing = asyncio.create_task(
            watched.mailbox.commit.run(stay=False, callbacks=callbacks)
        )
        await waits.wait()
        watched.mailbox.commit.stop_checking()
        async with asyncio.timeout(5):
            outcome = await committing
        assert outcome.complete
        assert outcome.proof is Proof.NONE
        assert not watched.mailbox.commit.in_doubt
        watched.mailbox.session.abandon()


async def test_a_late_deletion_is_named_and_not_reported_as_vanished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.05)
    async with OddServer(make_messages(3), ["expunges-late:6"]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002")])
            outcome = await watched.mailbox.commit.run(stay=True)
            assert [entry.uid for entry in outcome.remaining] == ["uid-0002"]
            await watched.until(lambda: server.uids == ["uid-0001", "uid-0003"])
            await watched.mailbox.session.refresh()
            notices = [c.text for c in watched.changes if isinstance(c, Notice)]
            assert any("Deleted by now, as you confirmed: “letter 2”" in text for text in notices)
            assert not any("no longer on the server" in text for text in notices)


async def test_messages_of_an_earlier_confirmed_commit_have_not_vanished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Confirmed, still there, unmarked, then deleted late: the second commit doesn't report it."""
    monkeypatch.setattr("poptui.mailbox.commit.quit.RECHECK_DELAY_S", 0.02)
    verifier = DeletionVerifier(Verify.ALWAYS)
    async with OddServer(make_messages(4), ["expunges-late:6"]) as server:
        async with watching(server.port, verifier=verifier) as watched:
            watched.mailbox.marks.mark([watched.entry("uid-0002"), watched.entry("uid-0003")])
            first = await watched.mailbox.commit.run(stay=True)
            assert len(first.remaining) == 2
            watched.mailbox.marks.unmark([watched.entry("uid-0003")])
            server.become()
            await watched.until(lambda: server.uids == ["uid-0001", "uid-0004"])
            second = await watched.mailbox.commit.run(stay=False)
            assert second.vanished == ()
