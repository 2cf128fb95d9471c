"""Odd servers: each deviation leaves a usable mailbox, and is reported."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from poptui.errors import ConnectError, LoginError, MailboxLockedError, PoptuiError, ServerError
from tests.kit.odd import OddServer
from tests.kit.seed import SeedServer
from tests.mailbox.watched import Watched, make_message, make_messages, watching

HARMLESS = [
    "resp-codes-underscore",
    "uidl-unadvertised",
    "pipelining-unadvertised",
    "capa-bare-after-login",
    "capa-in-pieces",
    "uidl-spaces",
    "uidl-ok-prefix",
    "uidl-extra",
    "uidl-n-odd",
    "uid-long",
    "uid-with-spaces",
    "uid-not-ascii",
    "stat-extra-text",
    "stat-many-lines",
    "list-extra-text",
    "numbers-with-gaps",
    "blank-lines-between",
    "bare-lf",
    "bare-ok",
    "list-sizes-wrong",
    "top-whole-message",
    "top-ten-lines",
    "login-delay",
    "list-refused",
    "stat-refused",
    "capa-refused",
    "no-capa",
    "capa-hangs-up",
]
"""With these a user notices nothing, or one line that says what is missing."""


@pytest.mark.parametrize("oddity", HARMLESS)
async def test_one_lists_reads_marks_and_commits(oddity: str) -> None:
    async with OddServer(make_messages(6), [oddity]) as server, watching(server.port) as watched:
        assert len(watched.entries) == 6
        assert all(entry.uid for entry in watched.entries)
        assert [e.header.subject for e in watched.entries if e.header] == [
            f"letter {number}" for number in range(6, 0, -1)
        ]
        octets = await watched.read(watched.entries[2])
        assert octets.replace(b"\r\n", b"\n").endswith(b"\n\nbody 4\n")
        watched.mailbox.marks.mark([watched.entries[0], watched.entries[3], watched.entries[5]])
        watched.mailbox.marks.unmark([watched.entries[3]])
        outcome = await watched.mailbox.commit.run(stay=False)
        assert outcome.complete
        assert server.uids == ["uid-0002", "uid-0003", "uid-0004", "uid-0005"]


async def test_a_missing_capa_is_reported() -> None:
    async with OddServer(make_messages(2), ["no-capa"]) as server, watching(server.port) as watched:
        assert watched.notices == ["This server has no CAPA."]


async def test_a_capa_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poptui.net.connecting.CAPA_TIMEOUT_S", 0.2)
    async with OddServer(make_messages(2), ["capa-hangs"]) as server:
        async with watching(server.port) as watched:
            assert len(watched.entries) == 2
            assert server.connections == 2


async def test_a_missing_uidl_is_reported_and_marks_hold_for_the_session() -> None:
    async with OddServer(make_messages(3), ["no-uidl", "uidl-refused"]) as server:
        async with watching(server.port) as watched:
            assert watched.notices == [
                "This server has no UIDL (marks hold for this connection only)."
            ]
            watched.mailbox.marks.mark(watched.entries[:1])
            await watched.until(lambda: watched.marks() == "D  ")
            await watched.mailbox.session.refresh()
            assert watched.mailbox.marks.marked() == []
            assert "Unmarked because they changed on the server: 1." in watched.notices
            watched.mailbox.marks.mark(watched.entries[:1])
            assert (await watched.mailbox.commit.run(stay=False)).complete
            assert server.uids == ["uid-0001", "uid-0002"]


async def test_refused_top_is_quoted_and_opening_shows_the_header() -> None:
    async with OddServer(make_messages(5), ["no-top", "top-refused"]) as server:
        async with watching(server.port) as watched:
            assert any("refuses TOP: “" in notice for notice in watched.notices)
            assert server.keywords.count(b"TOP") <= 5
            assert all(entry.header is None for entry in watched.entries)
            assert not any(entry.problem for entry in watched.entries)
            await watched.read(watched.entries[1])
            header = watched.entries[1].header
            assert header is not None
            assert header.subject == "letter 4"
            watched.mailbox.marks.mark(watched.entries[:2])
            await watched.until(lambda: watched.marks() == "DD   ")


async def test_one_refused_top_leaves_the_others() -> None:
    async with OddServer(make_messages(5), ["top-refused:3"]) as server:
        async with watching(server.port) as watched:
            assert [entry.header is None for entry in watched.entries] == [
                False,
                False,
                True,
                False,
                False,
            ]
            assert watched.entries[2].problem


async def test_whole_messages_for_top_stop_the_loading_of_the_rest() -> None:
    many = [make_message(number, "x" * 60 + "\r\n" + "y\r\n" * 30_000) for number in range(1, 201)]
    async with OddServer(many, ["top-whole-message"]) as server:
        watched = Watched(server.port, timeout=30.0)
        await watched.mailbox.session.connect()
        await watched.until(lambda: any("whole messages" in text for text in watched.notices))
        await asyncio.sleep(0.3)
        assert server.keywords.count(b"TOP") < 100
        watched.mailbox.session.abandon()


async def test_a_top_that_sends_one_line_is_shown_as_such() -> None:
    async with OddServer(make_messages(3), ["top-one-line"]) as server:
        async with watching(server.port) as watched:
            headers = [entry.header for entry in watched.entries if entry.header]
            assert [header.from_.name for header in headers] == ["Sender 3", "Sender 2", "Sender 1"]
            assert [header.subject for header in headers] == ["", "", ""]
            assert await watched.read(watched.entries[0]) == make_message(3)


async def test_a_long_login_goes_in_two_steps() -> None:
    password = "p" * 200
    async with OddServer(make_messages(2), ["long-auth-refused"], password=password) as server:
        async with watching(server.port, user="user;auth=PLAIN", password=password) as watched:
            assert len(watched.entries) == 2
        assert b"AUTH PLAIN" in server.commands


async def test_headers_that_differ_from_the_messages_own() -> None:
    """The opened message counts, and a mark made by the header of TOP still belongs to it."""
    async with OddServer(make_messages(3), ["top-headers-differ"]) as server:
        async with watching(server.port) as watched:
            entry = watched.entries[1]
            assert entry.header is not None
            assert entry.header.subject == "[top] letter 2"
            watched.mailbox.marks.mark([entry])
            assert await watched.read(entry) == make_message(2)
            outcome = await watched.mailbox.commit.run(stay=False)
            assert {entry.uid for entry in outcome.deleted} == {"uid-0002"} - set(server.uids)
            assert {"uid-0001", "uid-0003"} <= set(server.uids)


async def test_a_message_that_is_refused_says_so_and_leaves_the_others() -> None:
    async with OddServer(make_messages(3), ["retr-refused:2", "dele-refused:2"]) as server:
        async with watching(server.port) as watched:
            with pytest.raises(PoptuiError, match="not this one"):
                await watched.read(watched.entry("uid-0002"))
            assert await watched.read(watched.entry("uid-0001")) == make_message(1)
            watched.mailbox.marks.mark(watched.entries)
            await watched.until(lambda: watched.marks() == "D!D")
            outcome = await watched.mailbox.commit.run(stay=False)
            assert [entry.uid for entry in outcome.refused] == server.uids == ["uid-0002"]
            assert "not this one" in next(iter(outcome.reasons.values()))


async def test_no_rset_is_sent_if_nothing_was_marked() -> None:
    """RSET clears the Seen flags on some servers, so only withdrawn deletions cause it."""
    async with OddServer(make_messages(3)) as server, watching(server.port) as watched:
        await watched.read(watched.entries[0])
        await watched.mailbox.session.refresh()
        await watched.mailbox.session.discard()
        assert b"RSET" not in server.keywords
        assert server.keywords.count(b"QUIT") == 2


async def test_messages_that_share_a_uid_must_be_opened_before_they_are_marked() -> None:
    async with OddServer(make_messages(3), ["duplicate-uids"]) as server:
        async with watching(server.port) as watched:
            ambiguous = watched.entries[2]
            assert ambiguous.ambiguous
            assert "Open it first" in watched.mailbox.marks.mark([ambiguous])
            assert watched.mailbox.marks.marked() == []
            await watched.read(ambiguous)
            assert watched.mailbox.marks.mark([ambiguous]) == ""
            await watched.mailbox.commit.run(stay=False)
            assert server.messages[0].data == make_message(2)
            assert len(server.messages) == 2


async def test_copies_that_are_all_still_there_are_not_called_deleted() -> None:
    oddities = ["duplicate-uids", "quit-ok-removes-nothing"]
    async with OddServer(make_messages(3), oddities) as server, watching(server.port) as watched:
        ambiguous = watched.entries[2]
        await watched.read(ambiguous)
        watched.mailbox.marks.mark([ambiguous])
        outcome = await watched.mailbox.commit.run(stay=False)
        assert len(server.messages) == 3
        assert outcome.deleted == ()
        assert list(outcome.remaining) == [ambiguous]


@pytest.mark.parametrize("oddity", ["uid-blank:2", "uid-missing:2"])
async def test_a_message_without_uid_is_marked_for_this_connection(oddity: str) -> None:
    async with OddServer(make_messages(3), [oddity]) as server, watching(server.port) as watched:
        assert watched.entries[1].uid is None
        watched.mailbox.marks.mark([watched.entries[1]])
        await watched.mailbox.session.refresh()
        assert watched.mailbox.marks.marked() == []
        watched.mailbox.marks.mark([watched.entries[1]])
        await watched.mailbox.commit.run(stay=False)
        assert server.uids == ["uid-0001", "uid-0003"]


async def test_uids_that_change_with_every_session_lose_marks_and_nothing_else() -> None:
    async with OddServer(make_messages(3), ["uids-change"]) as server:
        async with watching(server.port) as watched:
            watched.mailbox.marks.mark(watched.entries)
            await watched.mailbox.session.refresh()
            assert watched.mailbox.marks.marked() == []
            await watched.mailbox.commit.run(stay=False)
            assert len(server.messages) == 3


async def test_unstuffed_dots_are_noticed() -> None:
    bad = make_message(2, "one\r\n.\r\n+OK not a reply\r\ntwo")
    async with OddServer([make_message(1), bad], ["no-dot-stuffing"]) as server:
        async with watching(server.port) as watched:
            message = asyncio.create_task(watched.mailbox.messages.retrieve(watched.entries[0]))
            await asyncio.wait([message], timeout=5)
            with suppress(PoptuiError):
                (await message).close()
            await watched.until(lambda: watched.mailbox.session.state.value != "connecting")
            assert server.uids == ["uid-0001", "uid-0002"]
            assert not server.quit_arrived
            await watched.read(watched.entry("uid-0001"))
            assert server.connections >= 2


LOST = ["retr-hangs", "retr-trickles", "retr-hangs-up", "retr-cut", "no-crlf-before-dot"]


@pytest.mark.parametrize("oddity", LOST)
async def test_a_message_that_never_arrives_is_reported_in_a_sentence(oddity: str) -> None:
    async with OddServer(make_messages(2)) as server, watching(server.port, timeout=0.4) as watched:
        server.become(oddity)
        with pytest.raises(ServerError):
            await watched.mailbox.messages.retrieve(watched.entries[0])
        server.become()
        assert await watched.read(watched.entries[0]) == make_message(2)


ENDLESS = ["capa-endless", "uidl-endless", "list-endless", "capa-endless-line", "stat-endless-line"]


@pytest.mark.parametrize("oddity", ENDLESS)
async def test_replies_without_end_are_cut_off(
    oddity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in ("List", "Uidl", "Capa"):
        monkeypatch.setattr(f"poptui.pop3.commands.{command}.max_bytes", 300_000)
    async with OddServer(make_messages(2), [oddity]) as server:
        watched = Watched(server.port)
        if oddity == "capa-endless":
            await watched.ready()
        elif oddity != "capa-endless-line":
            with pytest.raises(PoptuiError):
                await watched.ready()
        watched.mailbox.session.abandon()


REFUSALS = [
    ("in-use", MailboxLockedError, 6),
    ("lock-in-prose", MailboxLockedError, 6),
    ("login-delayed", MailboxLockedError, 6),
    ("sys-temp", MailboxLockedError, 6),
]


@pytest.mark.parametrize(("oddity", "kind", "code"), REFUSALS)
async def test_a_failed_login_is_reported_in_a_sentence(
    oddity: str, kind: type[PoptuiError], code: int
) -> None:
    async with OddServer(make_messages(2), [oddity]) as server:
        watched = Watched(server.port, timeout=0.4)
        with pytest.raises(kind) as caught:
            await watched.ready()
        assert caught.value.exit_code == code
        assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("oddity", ["apop-hangs-up", "apop-hangs"])
async def test_a_server_that_fails_at_apop_is_logged_in_to_by_another_method(oddity: str) -> None:
    async with OddServer(make_messages(2), [oddity]) as server:
        watched = Watched(server.port, timeout=0.4)
        await watched.ready()
        assert len(watched.entries) == 2
        watched.mailbox.session.abandon()


async def test_a_wrong_password() -> None:
    async with OddServer(make_messages(2)) as server:
        watched = Watched(server.port, password="wrong")
        with pytest.raises(LoginError, match="refused the login as"):
            await watched.ready()


async def test_a_closed_port() -> None:
    async with OddServer([]) as server:
        port = server.port
    with pytest.raises(ConnectError, match="Nothing listens"):
        await Watched(port).ready()


async def test_the_recorded_session_is_reproduced() -> None:
    async with SeedServer() as server:
        async with watching(server.port, user="user%40nic.ru", password="qwerty") as watched:
            assert b"APOP user@nic.ru d0a42277e0dc30b9cbc8295653928dca" in server.commands
            assert [entry.number for entry in watched.entries] == [5, 4, 3, 2, 1]
            assert any("UIDL names 1 more" in notice for notice in watched.notices)
            spam = watched.entry("3877")
            assert spam.header is not None
            assert spam.header.from_.name == "Центр Миграции"
            assert spam.header.subject == "Hello"
            watched.mailbox.marks.mark([spam])
            outcome = await watched.mailbox.commit.run(stay=False)
            assert outcome.remaining == (spam,), "a recording lists it for ever"
            assert server.removed == {2}
            assert b"RETR" not in server.keywords
